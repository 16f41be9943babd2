"""The reference answers: cut them out of classifiers/, and fill a notebook's stubs with them."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import classifiers

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


def solution(function: Callable[..., Any]) -> str:
    """Return the lines of a reference function between its markers, indented as they stand.

    Raises ValueError unless there is one pair of markers.
    """
    lines = inspect.getsource(function).splitlines()
    begins = [number for number, line in enumerate(lines) if line.strip() == BEGIN]
    ends = [number for number, line in enumerate(lines) if line.strip() == END]
    if len(begins) != 1 or len(ends) != 1 or begins > ends:
        raise ValueError(
            f"{function.__name__} has {len(begins)} {BEGIN!r} and {len(ends)} {END!r}; expected "
            "one of each, in this order."
        )
    return "\n".join(lines[begins[0] + 1 : ends[0]])


def fill_stub(stub: str) -> str:
    """Return a stub's source with its last line, a raise, replaced by the reference body."""
    function = ast.parse(stub).body[0]
    assert isinstance(function, ast.FunctionDef)
    missing = function.body[-1]
    assert isinstance(missing, ast.Raise)
    body = solution(getattr(classifiers, function.name))
    body = textwrap.indent(textwrap.dedent(body), " " * missing.col_offset)
    before = stub.splitlines()[: missing.lineno - 1]
    return "\n".join([*before, body]) + "\n"


def fill_notebook(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a notebook, as JSON, whose answer cells hold the reference."""
    solved = copy.deepcopy(notebook)
    for cell in solved["cells"]:
        if cell["cell_type"] == "code" and "answer" in cell["metadata"].get("tags", []):
            cell["source"] = fill_stub("".join(cell["source"]))
    return solved


def stripped(source: str) -> str:
    """Return a module's source with a raise in place of every reference body, markers included.

    Raises ValueError for markers that are nested, unclosed or outside a function, with the line.
    """
    kept: list[str] = []
    function, begun = "", 0
    for number, line in enumerate(source.splitlines(), start=1):
        words = line.split()
        if words[:1] == ["def"]:
            function = words[1].partition("(")[0]
        if line.strip() == BEGIN:
            if begun or not function:
                raise ValueError(f"line {number}: {BEGIN!r} is not expected here.")
            begun = number
            indent = line[: len(line) - len(line.lstrip())]
            missing = f'"{function} is not written yet: fill in its cell."'
            kept.append(f"{indent}raise NotImplementedError({missing})")
        elif line.strip() == END:
            if not begun:
                raise ValueError(f"line {number}: {END!r} is not expected here.")
            begun = 0
        elif not begun:
            kept.append(line)
    if begun:
        raise ValueError(f"line {begun}: {BEGIN!r} is not closed.")
    return "\n".join(kept) + "\n"
