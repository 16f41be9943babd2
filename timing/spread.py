"""How sure a measured number is: the interval of its median, and the digits that it deserves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

UNSURE = 40  # the median lies below the interval once in so many times, and above it as often
FEWEST = 6  # of fewer values not even the smallest and the largest enclose the median so surely


@dataclass(frozen=True)
class Spread:
    """The middle of some values, in their unit, and how far apart they lie.

    median                       of the values
    low, high                    95 % confidence interval of the median
    first_quartile, third_quartile  half of the values lie between these
    rounds                       how many values there are
    """

    median: float
    low: float
    high: float
    first_quartile: float
    third_quartile: float
    rounds: int

    @property
    def relative(self) -> float:
        """How far the interval reaches from the median at most, as a share of the median."""
        return max(self.high - self.median, self.median - self.low) / self.median

    def too_wide(self, within: float) -> bool:
        """Whether the interval leaves the median +- `within` per cent, or there is none yet."""
        return self.rounds < FEWEST or self.relative > within / 100

    def text(self, within: float) -> str:
        """Return the median in the digits it deserves, or a range, to a tenth of its width."""
        if not self.too_wide(within) or self.low == self.high:
            return figure(self.median, self.relative)
        last = _place((self.high - self.low) / 10)
        return f"{_plain(self.low, last)} to {_plain(self.high, last)}"


def spread(values: ArrayLike) -> Spread:
    """Return the spread of values, (rounds,) floats above 0 in any unit.

    Raises ValueError where there are none.
    """
    low, high = interval(values)
    first, median, third = map(float, np.percentile(np.asarray(values), [25, 50, 75]))
    return Spread(median, low, high, first, third, np.size(values))


def interval(values: ArrayLike) -> tuple[float, float]:
    """Return the 95 % confidence interval of the median of values, (rounds,), in their unit.

    Its ends are two of the values, whatever the distribution of rounds that are independent of each
    other: the median lies below the k-th smallest as often as fewer than k of n fair coins show
    heads.  Where a round is like the one before it is too narrow.  Of fewer than 6 values it is the
    smallest and the largest, which are less sure.

    Raises ValueError where there are none.
    Source: W. J. Conover, Practical Nonparametric Statistics, section 3.2.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if n == 0:
        raise ValueError("There are no values; expected one or more, a round each.")
    k = _rank(n)
    return float(ordered[k - 1]), float(ordered[n - k])


@cache
def _rank(n: int) -> int:
    """Return the largest k so that at most 2.5 % of all throws of n coins show fewer than k heads.

    1 where there is none.
    """
    k, ways, fewer = 1, n, 1
    while UNSURE * (fewer + ways) <= 2**n:
        k, ways, fewer = k + 1, ways * (n - k) // (k + 1), fewer + ways
    return k


def ratios(function: Mapping[str, Any], first: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return how many times the first's time a sample a function takes, round by round.

    function, first  entries of a record's "functions": "seconds", (rounds,), and "N", samples

    The result is (rounds,), without a unit.
    """
    theirs, ours = (np.asarray(each["seconds"]) / each["N"] for each in (function, first))
    found: NDArray[np.float64] = theirs / ours
    return found


def figure(number: float, relative: float = 0.0) -> str:
    """Return a number in plain notation, to three digits or as few as its doubt allows.

    number    in any unit
    relative  how far off it may be, as a share of it: rounding moves it no farther, where three
              digits are enough for that
    """
    first = _place(number)
    last = _place(2 * relative * number) if relative else first - 2
    return _plain(number, min(first, max(first - 2, last)))


def _place(number: float) -> int:
    """Return the power of ten of a number's first digit: 1 of 31.2, -2 of 0.04."""
    return math.floor(math.log10(abs(number))) if number else 0


def _plain(number: float, last: int) -> str:
    """Return a number rounded to a power of ten, without an exponent or zeros that say nothing."""
    text = f"{round(number, -last):,.{max(0, -last)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
