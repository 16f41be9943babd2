"""The points of the pictures: what each function took along a sweep of one size."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from timing.show.form import Record
from timing.spread import spread


@dataclass(frozen=True)
class Point:
    """A function at one place of a sweep.

    x                  a size, or flops a byte
    low, median, high  quartiles, in the unit of the picture
    fewer              whether it was timed on fewer samples than the others
    """

    x: float
    low: float
    median: float
    high: float
    fewer: bool


Series = dict[str, list[Point]]


def base(record: Record) -> Record:
    """Return the sizes and the kind that the sweeps of a record start from: its first contest's."""
    sizes = {name: record["settings"][name][0] for name in ("C", "D", "N", "dtype")}
    softmax = [c for c in record["contests"] if c["kind"] == "softmax"] or record["contests"]
    matching = (c for c in softmax if all(c[name] == size for name, size in sizes.items()))
    return next(matching, softmax[0])


def sweep(record: Record, against: str, **sizes: Any) -> list[Record]:
    """Return the contests that differ from the base in one size only, in its order.

    against  "C", "D" or "N"
    sizes    that are other than the base's, such as dtype="float32"
    """
    start = base(record) | sizes
    same = [name for name in ("kind", "C", "D", "N", "dtype") if name != against]
    found = [c for c in record["contests"] if all(c[name] == start[name] for name in same)]
    return sorted((c for c in found if c[against]), key=lambda contest: int(contest[against]))


def calls(contests: list[Record]) -> Series:
    """Return the seconds of a call against the samples that it really worked on.

    contests  in rising order of N: of two on as many samples the first counts, as in timing.growth
    """
    points: dict[str, dict[int, Point]] = {}
    for contest in contests:
        for function in contest["functions"]:
            N, at = function["N"], points.setdefault(function["name"], {})
            at.setdefault(N, _point(N, function["seconds"], fewer=contest["N"] > N))
    return {name: [at[N] for N in sorted(at)] for name, at in points.items()}


def samples(contests: list[Record], against: str) -> Series:
    """Return the microseconds a sample against C or D."""
    return _series(
        (contest, function, contest[against], 1e6 * _seconds(function) / function["N"])
        for contest in contests
        for function in contest["functions"]
    )


def speeds(contests: list[Record]) -> Series:
    """Return the flop/s against the flops for each byte that is read; without contests of none."""
    return _series(
        (
            contest,
            function,
            contest["flops"] / contest["bytes"],
            contest["flops"] / contest["N"] * function["N"] / _seconds(function),
        )
        for contest in contests
        if contest["flops"] and contest["bytes"]
        for function in contest["functions"]
    )


def _series(measured: Iterator[tuple[Record, Record, float, Any]]) -> Series:
    series: Series = {}
    for contest, function, x, values in measured:
        point = _point(x, values, function["N"] < contest["N"])
        series.setdefault(function["name"], []).append(point)
    return series


def _seconds(function: Record) -> Any:
    return np.asarray(function["seconds"])


def _point(x: float, values: Any, fewer: bool) -> Point:
    found = spread(values)
    return Point(x, found.first_quartile, found.median, found.third_quartile, fewer)
