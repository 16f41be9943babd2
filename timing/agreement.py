"""Whether functions that are timed against each other give the same result."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from timing.contests import Contest


@dataclass(frozen=True)
class Agreement:
    """How far apart two results in some precision may lie.

    most   the largest difference of an entry, as a share of that entry
    floor  entries smaller than this share of the largest entry count as so large: their digits are
           lost in sums that cancel
    """

    most: float
    floor: float

    def off(self, result: object, expected: object) -> float:
        """Return the largest difference as a share; inf for another shape, nan for a nan.

        result, expected  an array or a number, or a tuple of them
        """
        parts = [part if isinstance(part, tuple) else (part,) for part in (result, expected)]
        if len(parts[0]) != len(parts[1]):
            return np.inf
        return float(np.max([self._off(*pair) for pair in zip(*parts, strict=True)]))

    def _off(self, result: object, expected: object) -> float:
        a, b = (np.asarray(each, dtype=np.float64) for each in (result, expected))
        if a.shape != b.shape and not a.size == b.size == 1:
            return np.inf
        size = np.maximum(np.abs(b), self.floor * np.max(np.abs(b)))
        with np.errstate(invalid="ignore"):
            return float(np.max(np.abs(a - b) / np.maximum(size, np.finfo(np.float64).tiny)))


AGREEMENT = {"float64": Agreement(1e-9, 1e-3), "float32": Agreement(1e-4, 1.0)}


def compare(contest: Contest) -> None:
    """Raise RuntimeError, with two names, where functions of a contest do not give the same."""
    agreement, expected = AGREEMENT[contest.sizes["dtype"]], cache(contest.expected)
    for function in contest.functions:
        if function.compared:
            off = agreement.off(function.call(), expected(function.N))
            if not off <= agreement.most:
                raise RuntimeError(
                    f"{contest.title}: {function.name} and {contest.functions[0].name} differ by "
                    f"{off:.1e} of the result; expected {agreement.most:g} or less."
                )
