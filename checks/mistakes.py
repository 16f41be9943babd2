"""The catalogue of mistakes: what each may mean, where to look next, and three hints."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).with_name("mistakes.toml")


@dataclass(frozen=True)
class Mistake:
    """The texts of one mistake; none of them holds code of the answer."""

    id: str
    """Its name for programs, unique within a catalogue."""
    title: str
    """A few words that name it, without a full stop."""
    meaning: str
    """What it may mean that this was seen: one or two sentences."""
    next_step: str
    """One question that points to where to look."""
    hints: tuple[str, str, str]
    """Said one at a time, each blunter than the one before."""


@functools.cache
def read_catalogue() -> dict[str, dict[str, Mistake]]:
    """Return the mistakes by catalogue and id, as mistakes.toml has them."""
    with TEXTS.open("rb") as file:
        texts = tomllib.load(file)
    borrowed = texts.pop("borrowed")
    for name, lenders in borrowed.items():
        for lender, ids in lenders.items():
            texts[name] |= {id: texts[lender][id] for id in ids}
    return {
        name: {id: _mistake(id, entry) for id, entry in entries.items()}
        for name, entries in texts.items()
    }


def _mistake(id: str, entry: dict[str, Any]) -> Mistake:
    return Mistake(id=id, **(entry | {"hints": tuple(entry["hints"])}))


CATALOGUE: dict[str, dict[str, Mistake]]
"""read_catalogue(), read when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name == "CATALOGUE":
        return read_catalogue()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
