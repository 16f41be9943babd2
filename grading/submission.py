"""Read the functions that a student wrote out of a notebook, without running the rest of it."""

import __future__

import ast
import json
import linecache
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

NOT_PYTHON = re.compile(r"^\s*([%!?].*|[\w.]+\?{1,2}|\w+ *= *[%!].*)$", re.MULTILINE)


class SubmissionError(ValueError):
    """A notebook from which no answer can be read; the message says why."""


@dataclass
class Answers:
    """What the code cells of a notebook define.

    names     everything that they define, by name
    problems  why something of them could not be read, a sentence each
    """

    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "submission"})
    problems: list[str] = field(default_factory=list)

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function of that name.

        Raises SubmissionError where there is none, with what could not be read.
        """
        found: Callable[..., Any] | None = self.names.get(name)
        if not callable(found):
            alike = get_close_matches(name, self.names, cutoff=0.8)
            hint = [f"There is {alike[0]}: is that it?"] if alike else []
            raise SubmissionError(
                " ".join([f"No cell defines a function {name}.", *hint, *self.problems])
            )
        return found


def read_answers(path: str | Path) -> Answers:
    """Return what the code cells of a notebook define.

    Imports, functions, classes and plain constants of all code cells are run, in order; every other
    statement is left out.  A cell that is not Python costs only what it defines.  The last
    definition of a name wins.

    Raises SubmissionError for a file that is missing or not a notebook.
    """
    answers = Answers()
    for number, source in enumerate(_code_cells(Path(path)), start=1):
        filename = f"<{Path(path).name}, code cell {number}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        try:
            statements = _parse(source)
        except SyntaxError as problem:
            answers.problems.append(f"{filename[1:-1]}, line {problem.lineno}: {problem.msg}.")
            continue
        except (ValueError, MemoryError, RecursionError) as problem:
            answers.problems.append(f"{filename[1:-1]} cannot be parsed: {problem}.")
            continue
        for statement in filter(_defines, statements):
            _run(statement, filename, answers)
    return answers


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


def _parse(source: str) -> list[ast.stmt]:
    """Return the statements of a cell; Jupyter's own lines are left out of one that needs it."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return ast.parse(NOT_PYTHON.sub("", source)).body


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return _is_plain(statement.value)
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return isinstance(statement, kinds)


def _is_plain(value: ast.expr) -> bool:
    """Whether a value is had without calling anything: numbers, names, arithmetic, a lambda."""
    calls = (ast.Call, ast.Await, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    return isinstance(value, ast.Lambda) or not any(isinstance(n, calls) for n in ast.walk(value))


def _run(statement: ast.stmt, filename: str, answers: Answers) -> None:
    """Run one definition; what it raises is noted, since it may cost nothing that matters."""
    try:
        code = compile(
            ast.Module([statement], []), filename, "exec", __future__.annotations.compiler_flag
        )
        exec(code, answers.names)
    except (Exception, SystemExit) as problem:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            answers.problems.append(f"{filename[1:-1]}, line {statement.lineno}: {problem}.")
