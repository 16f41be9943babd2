"""Make the text of a submission: insert the programs that it names, and what the world is like."""

import ast
import re
from collections.abc import Mapping

from tests.mistakes.softmax_loss import BASES, RIGHT, WRONG

INCLUDE = re.compile(
    r"^(?P<indent> *)# include (?P<kind>right|wrong) (?P<base>naive|vectorized)"
    r"(?: (?P<id>[a-z][a-z0-9-]+)(?<! as))?(?:, (?P<variant>.*?))?(?: as (?P<name>\w+))?$",
    re.MULTILINE,
)
FILE = re.compile(r"^# ==> (.+)\n", re.MULTILINE)
CELL = re.compile(r"^# %%\n", re.MULTILINE)


def complete(source: str, places: Mapping[str, str]) -> str:
    """Return a source with every program that it includes, and with @PLACES@ filled in."""
    text = INCLUDE.sub(_included, source)
    for word, value in places.items():
        text = text.replace(f"@{word}@", value)
    return text


def files(source: str) -> tuple[str, dict[str, str]]:
    """Return the first part of a source, and the texts of the files that follow, by name."""
    first, *rest = FILE.split(source)
    return first, dict(zip(rest[::2], rest[1::2], strict=True))


def cells(source: str) -> list[str]:
    """Return the cells of a source, after one that imports numpy."""
    theirs = [cell.strip("\n") for cell in CELL.split(source) if cell.strip()]
    return ["import numpy as np", *theirs]


def _included(found: re.Match[str]) -> str:
    """Return the program that a line names, indented as the line is, perhaps under another name."""
    base, variant = found["base"], found["variant"]
    if found["kind"] == "right":
        text = RIGHT[f"{base}, {variant}"] if variant else BASES[base]
    else:
        (wrong,) = (
            one
            for one in WRONG
            if (one.id, one.base, one.variant) == (found["id"], base, variant or "")
        )
        text = wrong.source(BASES)
    if found["name"]:
        text = text.replace(f"def softmax_loss_{base}(", f"def {found['name']}(")
    ast.parse(text)
    return "".join(found["indent"] + line for line in text.splitlines(keepends=True)).rstrip("\n")
