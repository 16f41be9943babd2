"""What a check found: first a record, and every display made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checks import display
from gradient_check import GradientCheck

SCHEMA = 1
OUTCOMES = ("correct", "incorrect", "not attempted", "blocked", "error")


@dataclass
class Law:
    """Something that every right answer obeys: its name, whether it held, and what was seen."""

    name: str
    held: bool
    seen: str = ""


class Hint(str):
    """A hint that a notebook shows as text, not as a quoted string."""

    def __repr__(self) -> str:
        """The text itself, wrapped for a terminal."""
        return display.hint_as_text(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return display.hint_as_html(self)


@dataclass(repr=False)
class CheckResult:
    """What a check saw, what it may mean, and what to look at next.

    Attributes:
        question: name of the function asked for.
        outcome: one of OUTCOMES.
        mistakes: ids of the catalogue, the most certain first.
        titles: a few words for each of them.
        seen: what was seen, and nothing else.
        meaning: what it may mean.
        next_step: a question that points to the next step.
        hints: of growing bluntness.
        gradient: the numeric check of the gradient against the loss, None if it was not made.
        laws: what was tried, and whether it held.
        seconds: how long the check took.
        seed: of its problems.
        notes: what is worth knowing beside the outcome.

    Raises:
        ValueError: the outcome is none of OUTCOMES.
    """

    question: str
    outcome: str
    mistakes: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    seen: str = ""
    meaning: str = ""
    next_step: str = ""
    hints: list[str] = field(default_factory=list)
    gradient: GradientCheck | None = None
    laws: list[Law] = field(default_factory=list)
    seconds: float = 0.0
    seed: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse an outcome that no display knows."""
        if self.outcome not in OUTCOMES:
            raise ValueError(
                f"The outcome of a check was {self.outcome!r}; give one of {', '.join(OUTCOMES)}."
            )

    @property
    def ok(self) -> bool:
        """Whether the answer is correct."""
        return self.outcome == "correct"

    def __bool__(self) -> bool:
        """Whether the answer is correct."""
        return self.ok

    def to_dict(self) -> dict[str, Any]:
        """The record as plain Python values, ready for JSON; nan and infinities become None."""
        names = ("question", "outcome", "ok", "mistakes", "titles", "seen", "meaning", "next_step")
        record = {"schema": SCHEMA} | {name: getattr(self, name) for name in names}
        record["hints"] = self.hints
        record["gradient"] = None if self.gradient is None else self.gradient.to_dict()
        record["laws"] = [vars(law) for law in self.laws]
        record |= {"seconds": self.seconds, "seed": self.seed, "notes": self.notes}
        plain: dict[str, Any] = _plain(record)
        return plain

    def hint(self) -> Hint:
        """The next hint for this mistake; after the last, all of them again.

        What was given is remembered as long as Python runs, by question and mistake, so that
        check(f).hint() goes on from hint to hint although each check gives a new result.
        """
        if not self.hints:
            return Hint("There is nothing to hint at." if self.ok else "There is no hint for this.")
        key = self.question, tuple(self.mistakes), tuple(self.hints)
        number = _given.get(key, 0)
        if number == len(self.hints):
            every = "\n".join(f"{i}. {hint}" for i, hint in enumerate(self.hints, start=1))
            return Hint(f"These were all the hints:\n{every}")
        _given[key] = number + 1
        return Hint(f"Hint {number + 1} of {len(self.hints)}: {self.hints[number]}")

    def __str__(self) -> str:
        """The record as text of at most 100 columns."""
        return display.as_text(self.to_dict())

    __repr__ = __str__  # a terminal shows what a cell returned by its repr

    def _repr_html_(self) -> str:
        return display.as_html(self.to_dict())


_given: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}  # how many hints so far


def _plain(value: Any) -> Any:
    """The value in JSON's own types."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else str(value)
