"""Compare what came out with what should have, and say in a sentence where they differ."""

import math

import numpy as np

from checks.laws import Trial
from checks.probes import Array

PRECISION = 1e-9  # of the largest entry; right answers differ by some 1e-14


def seen(trial: Trial, precision: float = PRECISION) -> str:
    """Return a sentence about the first output that is not as expected, or "" where all are."""
    if len(trial.got) != len(trial.expected):
        return f"{trial.phrase}: {len(trial.got)} values, expected {len(trial.expected)}."
    parts = zip(trial.what, trial.got, trial.expected, strict=False)
    for what, *pair in parts:
        got, expected = map(np.asarray, pair)
        if np.shape(got) != np.shape(expected):
            return (
                f"{trial.phrase}: {what} has shape {np.shape(got)}, expected {np.shape(expected)}."
            )
        entry = _worst(got, expected, precision)
        if entry is not None:
            place = f" in entry {[int(i) for i in entry]}" if entry else ""
            return f"{trial.phrase}: {what}{place} is {_both(got[entry], expected[entry])}."
    return ""


def relative_error(got: list[Array], expected: list[Array]) -> float:
    """Return the largest error of any output, as a share of its largest entry; inf if not alike."""
    if [np.shape(part) for part in got] != [np.shape(part) for part in expected]:
        return math.inf
    return max((_relative(*pair) for pair in zip(got, expected, strict=True)), default=0.0)


def parts_off(got: list[Array], expected: list[Array]) -> tuple[bool, bool]:
    """Return whether the first output is off, and whether any other is."""
    first, others = ([got[:1], expected[:1]], [got[1:], expected[1:]])
    return relative_error(*first) > 0, relative_error(*others) > 0


def _relative(got: Array, expected: Array) -> float:
    entry = _worst(got, expected)
    if entry is None:
        return 0.0
    off = abs(float(got[entry]) - float(expected[entry])) / _size(np.asarray(expected))
    return math.inf if math.isnan(off) else float(off)


def _worst(got: Array, expected: Array, precision: float = PRECISION) -> tuple[int, ...] | None:
    """Return the index of the entry that is furthest off, or None where all are right."""
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not got.size:
        return None
    with np.errstate(invalid="ignore"):
        alike = (got == expected) | (np.isnan(got) & np.isnan(expected))
        off = np.where(alike, 0, np.abs(got - expected))
    off = np.where(np.isnan(off), np.inf, off)
    if off.max() <= precision * _size(expected):
        return None
    return tuple(int(i) for i in np.unravel_index(off.argmax(), off.shape))


def _size(expected: Array) -> float:
    """Return 1 and the largest finite entry."""
    return 1 + float(np.abs(expected[np.isfinite(expected)]).max(initial=0))


def _both(got: float, expected: float) -> str:
    """Return the two numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 10, 17):
        written = [f"{float(number):.{digits}g}" for number in (got, expected)]
        if written[0] != written[1]:
            break
    return f"{written[0]}, expected {written[1]}"
