"""The reference answers: cut them out of classifiers/, and fill a notebook's stubs with them."""

import ast
import copy
import inspect
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import classifiers
from checks.questions import QUESTIONS

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
MEANT = re.compile(r"#[\s#]*(begin|end)\W*solution\W*", re.IGNORECASE)


class MarkerError(ValueError):
    """Solution markers that are nested, unclosed or misplaced; the message names the line."""


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

    Raises MarkerError for markers that are nested, unclosed, misspelt, or do not hold the rest of
    one function, with the line.
    """
    lines, kept, after = source.splitlines(), [], 0
    for begin, end in marked(source):
        name = _function_around(source, begin)
        indent = lines[begin - 1].partition("#")[0]
        kept += lines[after : begin - 1]
        kept.append(f'{indent}raise NotImplementedError("{_unwritten(name)}")')
        after = end
    return "\n".join([*kept, *lines[after:]]) + "\n"


def solution_lines(source: str) -> list[str]:
    """Return all lines between the markers of a module."""
    lines = source.splitlines()
    return [line for begin, end in marked(source) for line in lines[begin : end - 1]]


def marked(source: str) -> list[tuple[int, int]]:
    """Return the lines of each pair of markers, counted from 1.

    Raises MarkerError as stripped does.
    """
    lines, pairs, begun = source.splitlines(), [], 0
    for number, comment in _markers(source):
        if comment not in (BEGIN, END):
            raise MarkerError(f"line {number}: {comment!r} is read as no marker; write {BEGIN!r}.")
        if (comment == BEGIN) == bool(begun):
            where = f"inside that of line {begun}" if begun else f"without a {BEGIN!r} before it"
            raise MarkerError(f"line {number}: {comment!r} is not expected here, {where}.")
        if comment == END:
            _refuse_crooked(lines, begun, number)
            pairs.append((begun, number))
        begun = number if comment == BEGIN else 0
    if begun:
        raise MarkerError(f"line {begun}: {BEGIN!r} is not closed.")
    for begin, _ in pairs:
        _function_around(source, begin)
    return pairs


def _markers(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every comment that is a marker, or was meant as one."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT and MEANT.fullmatch(token.string):
            yield token.start[0], token.string


def _refuse_crooked(lines: list[str], begin: int, end: int) -> None:
    """Raise MarkerError unless markers stand alone, at one depth, around the rest of a block."""
    indent = lines[begin - 1].partition("#")[0]
    if indent.strip() or lines[end - 1].partition("#")[0] != indent:
        raise MarkerError(
            f"line {end}: {END!r} is not expected here; indent it as {BEGIN!r} in line {begin}."
        )
    for number, line in enumerate(lines[begin : end - 1], start=begin + 1):
        if line.strip() and not line.startswith(indent):
            raise MarkerError(f"line {begin}: {BEGIN!r} is not closed before line {number}.")
    behind = next((n for n, line in enumerate(lines[end:], start=end + 1) if line.strip()), 0)
    if behind and lines[behind - 1].startswith(indent):
        raise MarkerError(f"line {behind}: code is not expected here, behind {END!r}.")


def _function_around(source: str, line: int) -> str:
    """Return the function, "Class.method" in a class, whose body the line belongs to directly."""
    depth = source.splitlines()[line - 1].index("#")
    for owner in ast.walk(ast.parse(source)):
        for node in ast.iter_child_nodes(owner):
            if not isinstance(node, ast.FunctionDef) or node.body[0].col_offset != depth:
                continue
            if node.lineno < line <= (node.end_lineno or 0):
                return f"{owner.name}.{node.name}" if isinstance(owner, ast.ClassDef) else node.name
    raise MarkerError(f"line {line}: {BEGIN!r} is not expected here, outside a function's body.")


def _unwritten(name: str) -> str:
    """Return what a stub says."""
    if name in QUESTIONS:
        return f"{name} is not written yet: fill in its cell."
    return f"{name} is left out here, since it holds an answer: write what you need of it."
