"""How the seconds of a function grow with the sizes: fits, and what they found in sentences."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timing.spread import figure, interval

SIZES = {"N": "a sample", "C": "a class of each sample", "D": "a feature of each sample"}
CALLS = {"N": "a call", "C": "a sample", "D": "a sample"}
UNSTEADY = 0.3  # share that a median may leave open; a line says nothing where it is more
DRIFT = 0.1  # share by which a machine's speed may differ between contests, which are minutes apart


@dataclass(frozen=True)
class Fit:
    """The seconds of one function against one size, where three of these or more were measured.

    name     the function's
    against  "N", "C" or "D"
    others   the two other sizes and the dtype, e.g. {"C": 10, "D": 3073, "dtype": "float64"}
    sizes    of `against`, in rising order
    micros   median µs at each: a call's against N, a sample's against C and D
    slope    of log micros over log size, least squares
    a, b     µs, and µs a unit of `against`: of the lines a + b * size with a and b >= 0 the one
             whose relative deviations are least in squares
    is_line  whether each of these is what that median leaves open, or 10 %, at most
    allowed  the share that the least sure of the medians leaves open, and 10 % at least
    """

    name: str
    against: str
    others: dict[str, Any]
    sizes: tuple[int, ...]
    micros: tuple[float, ...]
    slope: float
    a: float
    b: float
    is_line: bool
    allowed: float

    def sentence(self) -> str:
        """Return what was found, e.g. "naive grows linearly in N: 31 µs a sample (slope 1.00)"."""
        name, against, unit = self.name, self.against, SIZES[self.against]
        doubt = self.allowed * self.micros[0]  # µs, of a: so far the smallest size may be off
        a, b = figure(self.a, doubt / self.a if self.a else 0), self._figure(self.b)
        slope = f"(slope {self.slope:z.2f})"
        if self.allowed > UNSTEADY:
            return f"{name}: the seconds are too unsteady for a line in {against} {slope}"
        if not self.is_line:
            return f"{name} grows along no line in {against} {slope}: {self._each()}"
        if self.b * self.sizes[-1] <= self.allowed * self.a:
            return f"{name} hardly grows with {against}: {a} µs {CALLS[against]} {slope}"
        if self.a <= 2 * doubt:
            return f"{name} grows linearly in {against}: {b} µs {unit} {slope}"
        return f"{name} takes {a} µs {CALLS[against]} and {b} µs {unit} {slope}"

    def _figure(self, micros: float) -> str:
        return figure(micros, self.allowed / 2)  # such a deviation is the largest of several

    def _each(self) -> str:
        a_sample = [
            micros / (size if self.against == "N" else 1)
            for size, micros in zip(self.sizes, self.micros, strict=True)
        ]
        pairs = zip(a_sample, self.sizes, strict=True)
        listed = [f"{self._figure(each)} at {self.against} = {size:,}" for each, size in pairs]
        return f"µs a sample are {', '.join(listed)}"


def fits(record: Mapping[str, Any]) -> list[Fit]:
    """Return the fits of a record's softmax contests, for each function of three sizes or more.

    record  as in timing.json
    """
    contests = [contest for contest in record["contests"] if contest["kind"] == "softmax"]
    return [fit for against in SIZES for fit in _against(against, contests)]


def sentences(record: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what the fits of a record found: the sizes that are common, and a sentence a fit."""
    found = []
    for others, group in groupby(fits(record), key=lambda fit: fit.others):
        sizes = (f"{name} = {size:,}" if name in SIZES else size for name, size in others.items())
        found.append((f"{', '.join(sizes)}:", [fit.sentence() for fit in group]))
    return found


def _against(against: str, contests: list[dict[str, Any]]) -> Iterator[Fit]:
    def others(contest: dict[str, Any]) -> dict[str, Any]:
        return {name: contest[name] for name in ("C", "D", "N", "dtype") if name != against}

    key: Callable[[dict[str, Any]], list[Any]] = lambda contest: [*others(contest).values()]  # noqa: E731
    for _, group in groupby(sorted(contests, key=key), key=key):
        alike = sorted(group, key=lambda contest: int(contest[against]))
        names = dict.fromkeys(f["name"] for contest in alike for f in contest["functions"])
        for name in names:
            points = _points(name, against, alike)
            if len(points) >= 3:
                yield _fit(name, against, others(alike[0]), points)


def _points(
    name: str, against: str, contests: list[dict[str, Any]]
) -> dict[int, tuple[float, float]]:
    """Return the median µs of a function and how much it leaves open, by size.

    Of two contests on as many samples the first counts: that of its own size where they rise.
    """
    points: dict[int, tuple[float, float]] = {}
    for contest in contests:
        for function in contest["functions"]:
            if function["name"] == name:
                size = function["N"] if against == "N" else contest[against]
                calls = 1 if against == "N" else function["N"]
                micros = 1e6 * np.asarray(function["seconds"]) / calls
                middle, (low, high) = float(np.median(micros)), interval(micros)
                points.setdefault(size, (middle, (high - low) / 2 / middle))
    return dict(sorted(points.items()))


def _fit(
    name: str, against: str, others: dict[str, Any], points: dict[int, tuple[float, float]]
) -> Fit:
    sizes = np.array([*points], dtype=np.float64)
    micros, unsure = np.transpose([*points.values()])
    slope = np.polyfit(np.log(sizes), np.log(micros), 1)[0]
    a, b = _line(sizes, micros)
    allowed = np.maximum(DRIFT, unsure)
    is_line = bool(np.all(np.abs((a + b * sizes) / micros - 1) <= allowed))
    return Fit(
        name, against, others, tuple(points), tuple(micros.tolist()), float(slope), a, b,
        is_line, float(np.max(allowed)),
    )  # fmt: skip


def _line(sizes: NDArray[np.float64], micros: NDArray[np.float64]) -> tuple[float, float]:
    """Return a and b of the line a + b * size, neither below 0, that is nearest to the points."""
    terms = np.stack([1 / micros, sizes / micros])
    a, b = np.linalg.lstsq(terms.T, np.ones(len(sizes)), rcond=None)[0]
    if a >= 0 and b >= 0:
        return float(a), float(b)
    alone = terms.sum(axis=1) / np.square(terms).sum(axis=1)
    return (0.0, float(alone[1])) if a < 0 else (float(alone[0]), 0.0)
