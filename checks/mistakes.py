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
    return parse_catalogue(TEXTS.read_text("utf-8"))


def parse_catalogue(text: str) -> dict[str, dict[str, Mistake]]:
    """Return the mistakes by catalogue and id, from the text of such a file.

    Raises ValueError, naming the entry, for one that is not complete or that is not there.
    """
    texts = tomllib.loads(text)
    for name, lenders in texts.pop("borrowed", {}).items():
        for lender, ids in lenders.items():
            if missing := [id for id in ids if id not in texts[lender]]:
                raise ValueError(f"[borrowed] {name}: {lender} has no entry {missing[0]}.")
            texts[name] |= {id: texts[lender][id] for id in ids}
    return {
        name: {id: _mistake(f"[{name}.{id}]", id, entry) for id, entry in entries.items()}
        for name, entries in texts.items()
    }


def _mistake(place: str, id: str, entry: dict[str, Any]) -> Mistake:
    if {*entry} != {"title", "meaning", "next_step", "hints"}:
        given = ", ".join(entry)
        raise ValueError(f"{place} has {given}; expected title, meaning, next_step and hints.")
    if not isinstance(entry["hints"], list) or len(entry["hints"]) != 3:
        raise ValueError(f"{place}: the hints are {entry['hints']!r}; expected a list of three.")
    return Mistake(id=id, **(entry | {"hints": tuple(entry["hints"])}))


CATALOGUE: dict[str, dict[str, Mistake]]
"""read_catalogue(), read when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name == "CATALOGUE":
        return read_catalogue()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
