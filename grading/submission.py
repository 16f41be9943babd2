"""Read the functions that a student wrote out of a notebook, without running the rest of it."""

import ast
import json
import linecache
import re
import traceback
from pathlib import Path
from typing import Any

NOT_PYTHON = re.compile(r"^\s*[%!?].*$|^.*\?$", re.MULTILINE)


class SubmissionError(ValueError):
    """A notebook from which no answer can be read; the message says why."""


def read_answers(path: str | Path) -> dict[str, Any]:
    """Return everything that the code cells of a notebook define, by name.

    Imports, functions, classes and plain constants of all code cells are run, in order; every other
    statement is left out.  A cell that is not Python costs only what it defines.  The last
    definition of a name wins.

    Raises SubmissionError for a file that is missing or not a notebook.
    """
    names: dict[str, Any] = {"__name__": "submission"}
    for number, source in enumerate(_code_cells(Path(path)), start=1):
        filename = f"<{Path(path).name}, code cell {number}>"
        source = NOT_PYTHON.sub("", source)
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        for statement in _definitions(source):
            _run(statement, filename, names)
    return names


def their_line(problem: BaseException) -> str | None:
    """Return which line of a student's cell a problem came from, or None if from none."""
    frames = traceback.extract_tb(problem.__traceback__)
    theirs = [frame for frame in frames if ", code cell " in frame.filename]
    if not theirs:
        return None
    return f"{theirs[-1].filename[1:-1]}, line {theirs[-1].lineno}: {theirs[-1].line}"


def _code_cells(path: Path) -> list[str]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return ["".join(source) for source in cells]
    except OSError as problem:
        raise SubmissionError(f"{path} cannot be read: {problem.strerror}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SubmissionError(
            f"{path} is not a Jupyter notebook; expected the .ipynb file that Jupyter saves."
        ) from None


def _definitions(source: str) -> list[ast.stmt]:
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
    return [statement for statement in statements if _defines(statement)]


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return _is_constant(statement.value)
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return isinstance(statement, kinds)


def _is_constant(expression: ast.expr) -> bool:
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _run(statement: ast.stmt, filename: str, names: dict[str, Any]) -> None:
    code = compile(ast.Module([statement], []), filename, "exec")
    try:
        exec(code, names)
    except ImportError:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            raise
