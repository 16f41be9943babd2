"""Parse what a student wrote: lines of Jupyter's own and broken blocks cost only themselves."""

import ast
import re
import warnings
from dataclasses import dataclass, field

from grading.reading.notebooks import MERGE_MARKER
from grading.reading.sentences import BROKEN, MARKER, UNPARSED, reason

# %magic, !shell, ?help, help?, and x = !shell
NOT_PYTHON = re.compile(r"([%!?].*|[\w.]+\?{1,2}[ \t]*|\w[\w, \t]*=[ \t]*[%!].*)$")
LONG = 20_000  # characters: what is longer than that is tried fewer times
AHEAD = 8  # blocks that a string or bracket may reach over
FRESH = re.compile(r"@|(def|class|async)\b")
NO_START = re.compile(r"[\s)\]}#]|$|(else|elif|except|finally)\b")
UNPARSABLE = (SyntaxError, ValueError, MemoryError, RecursionError)


@dataclass(frozen=True)
class Parsed:
    """What could be parsed of a cell.

    source      the cell with everything else blank, so that lines keep their numbers
    statements  of that source
    problem     a sentence on what could not be parsed, or ""
    """

    source: str = ""
    statements: list[ast.stmt] = field(default_factory=list)
    problem: str = ""


def parse(place: str, text: str) -> Parsed:
    """Parse a cell as Jupyter would run it; never raises."""
    source = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    source = source.encode("utf-8", "replace").decode()  # half of an emoji is no text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _parse(place, source)
        except UNPARSABLE as problem:
            return Parsed(problem=UNPARSED.format(place=place, problem=reason(problem)))


def _parse(place: str, source: str) -> Parsed:
    try:
        return Parsed(source, ast.parse(source).body)
    except SyntaxError:
        lines = _without_magics(source)
    try:
        return Parsed("\n".join(lines), ast.parse("\n".join(lines)).body)
    except SyntaxError as problem:
        sentence = _sentence(place, lines, problem)
    source = "\n".join(_unbroken(lines))
    return Parsed(source, ast.parse(source).body, sentence)


def _sentence(place: str, lines: list[str], problem: SyntaxError) -> str:
    for number, line in enumerate(lines, start=1):
        if MERGE_MARKER.match(line):
            return BROKEN.format(place=place, line=number, problem=MARKER)
    return BROKEN.format(place=place, line=problem.lineno, problem=reason(problem))


def _without_magics(source: str) -> list[str]:
    """Return a cell's lines with `pass` for those of Jupyter's own.

    Such a line is known by its look and by Python's complaint about it, since a line of a string
    may look alike; if that does not suffice, by its look alone.
    """
    lines = source.split("\n")
    for _ in range(20 if len(source) < LONG else 1):
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as problem:
            number = (problem.lineno or 0) - 1
            if not 0 <= number < len(lines) or not _is_magic(lines[number]):
                break
            _blank(lines, number)
        else:
            return lines
    for number, line in enumerate(lines):
        if _is_magic(line):
            _blank(lines, number)
    return lines


def _is_magic(line: str) -> bool:
    return NOT_PYTHON.match(line.lstrip(" \t")) is not None


def _blank(lines: list[str], number: int) -> None:
    """Put `pass` in place of a line, and blanks for those that it is continued on."""
    continued = lines[number].endswith("\\")
    lines[number] = re.match(r"[ \t]*", lines[number])[0] + "pass"  # type: ignore[index]
    while continued and number + 1 < len(lines):
        number += 1
        continued = lines[number].endswith("\\")
        lines[number] = ""


@dataclass
class _Block:
    """Lines from one start at the left margin to the next."""

    start: int
    stop: int
    parses: bool
    is_simple: bool = False


def _unbroken(lines: list[str]) -> list[str]:
    """Return a cell's lines with blanks for the blocks at the left margin that do not parse.

    A block with an indented body that is followed by a broken one may have lost its end to it, and
    goes with it, unless the broken one begins a definition of its own.
    """
    blocks = _blocks(lines)
    kept = [""] * len(lines)
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        cut = after and not after.parses and not FRESH.match(lines[after.start])
        if block.parses and (block.is_simple or not cut):
            kept[block.start : block.stop] = lines[block.start : block.stop]
    return kept


def _blocks(lines: list[str]) -> list[_Block]:
    starts = [number for number, line in enumerate(lines) if not NO_START.match(line)]
    edges = [*starts, len(lines)]
    left = 2_000 + 4 * sum(map(len, lines))  # characters that may still be parsed
    blocks, first = [], 0
    while first < len(starts):
        last = first + 1
        for ahead in range(first + 1, min(first + AHEAD, len(starts)) + 1):
            piece = "\n".join(lines[edges[first] : edges[ahead]])
            left -= len(piece)
            body = _body(piece) if left > 0 else None
            if body is not None:
                last = ahead
                break
        is_simple = body is not None and not any(hasattr(part, "body") for part in body)
        blocks.append(_Block(edges[first], edges[last], body is not None, is_simple))
        first = last
    return blocks


def _body(piece: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(piece).body
    except UNPARSABLE:
        return None
