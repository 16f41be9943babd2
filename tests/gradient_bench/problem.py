"""What a problem of the bench is."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

CAUSES = frozenset(
    [
        *("scale", "sign", "reg", "transpose", "shape", "zero", "nan", "loss_nan"),
        *("row", "col", "entry", "label", "example"),
        *("nondet", "mutates", "alias", "stale", "dtype", "precision"),
        *("kink", "offpoint", "other"),
    ]
)

Array = Any
"""An array of any floating type, long double included, or a number of that type."""

Function = Callable[..., tuple[Any, Any]]
Instance = tuple[Function, Any, tuple[Any, ...]]
Build = Callable[[np.random.Generator], Instance]


def flatten(x: Any) -> Array:
    """All entries of an array, or of a dict of arrays, as one new vector."""
    parts = x.values() if isinstance(x, dict) else [x]
    return np.concatenate([np.ravel(part) for part in parts])


@dataclass(frozen=True)
class Problem:
    """One function with the gradient it claims.

    ``build(rng)`` gives a fresh ``(f, x, args)`` with ``f(x, *args) -> (loss, gradient)``; x is an
    array or a dict of arrays.  ``causes`` holds the words that are right as the first cause named.
    ``evidence`` says how the truth is shown: "slope" at x, "offpoint" at 30 x and near x,
    "calls" by watching calls, "kink" by the one-sided slopes of single entries.
    """

    name: str
    truth: str
    causes: frozenset[str]
    build: Build
    evidence: str = "slope"

    def instance(self, seed: int) -> Instance:
        """The instance of this problem that belongs to ``seed``.

        A mistake can be harmless by chance, as a sample left out is where all its margins hold;
        then another instance is drawn, 100 times at most.
        """
        draws = itertools.chain([[]], ([draw] for draw in range(1, 100)))
        for draw in draws:
            instance = self.build(np.random.default_rng([seed, *self.name.encode(), *draw]))
            if self.truth == "right" or self.evidence != "slope" or not _is_harmless(*instance):
                break
        return instance

    def __post_init__(self) -> None:
        """Refuses words that are not in the lists."""
        if self.truth not in ("right", "wrong"):
            raise ValueError(f"{self.name}: truth is {self.truth!r}; give 'right' or 'wrong'.")
        if not self.causes <= CAUSES:
            raise ValueError(f"{self.name}: {set(self.causes - CAUSES)} are no words for causes.")


def _is_harmless(f: Function, x: Any, args: tuple[Any, ...]) -> bool:
    """Whether a mutant's gradient is, bit for bit, that of the function it was made from."""
    if not hasattr(f, "__wrapped__"):
        return False
    given, original = (flatten(g(x, *args)[1]) for g in (f, f.__wrapped__))
    return np.array_equal(given, original)


def right(name: str, build: Build, evidence: str = "slope") -> Problem:
    """A problem whose gradient is right."""
    return Problem(name, "right", frozenset(), build, evidence)


def wrong(name: str, causes: str, build: Build, evidence: str = "slope") -> Problem:
    """A problem whose gradient is wrong; ``causes`` are words with blanks between them."""
    return Problem(name, "wrong", frozenset(causes.split()), build, evidence)
