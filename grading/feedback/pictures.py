"""What the pictures of the pages show: maps of a gradient, and how the points are spread."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Okabe and Ito's blue and orange, told apart by everyone; white is 0
NEGATIVE, POSITIVE = "#0072b2", "#d55e00"
BARS = (1, 2, 5, 10, 20, 50, 100, 1000)  # points that a bar may stand for

Numbers = list[list[float | None]]


@dataclass(frozen=True)
class Map:
    """A matrix as a picture.

    title   what it is
    colors  of its cells, "" for what is not a finite number
    limit   the number at the end of its scale, as text
    """

    title: str
    colors: list[list[str]]
    limit: str


@dataclass(frozen=True)
class Maps:
    """Yours, right and their difference, and what there is to say of them."""

    what: str
    problem: str
    axes: tuple[str, str]
    pictures: list[Map]
    largest: str
    not_numbers: int


def maps(what: str, problem: str, got: Numbers, expected: Numbers) -> Maps:
    """Return the three maps of a matrix; the first two share one scale.

    got, expected  (C, D), None for what is not finite
    """
    yours, right = _matrix(got), _matrix(expected)
    difference = yours - right
    pictures = {"yours": yours, "right": right, "yours − right": difference}
    limits = [max(_limit(yours), _limit(right))] * 2 + [_limit(difference)]
    axes = ("class", "feature") if what == "dW" else ("row", "column")
    return Maps(
        what,
        problem,
        axes,
        [
            Map(title, _colors(matrix, limit), _number(limit))
            for (title, matrix), limit in zip(pictures.items(), limits, strict=True)
        ],
        _largest(difference, axes),
        int(np.sum(~np.isfinite(yours))),
    )


def draw_points(points: list[float], max_points: float) -> bytes:
    """Return a histogram of the points of graded submissions as PNG, a bar a whole number."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    width = next(width for width in BARS if max_points / width <= 25)
    bars = round(max_points / width) + 1
    ends = -width / 2, (bars - 0.5) * width
    figure = Figure(figsize=(5, 2.6), layout="constrained")
    ax = figure.subplots()
    ax.hist(points, bins=bars, range=ends, color=NEGATIVE, edgecolor="white")
    ax.set(xlabel=f"points, of {max_points:g}", ylabel="submissions", xlim=ends)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines[["top", "right"]].set_visible(False)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=180)
    return file.getvalue()


def _matrix(numbers: Numbers) -> NDArray[np.float64]:
    matrix = np.array(numbers, dtype=float)
    matrix[~np.isfinite(matrix)] = np.nan
    return matrix


def _limit(matrix: NDArray[np.float64]) -> float:
    return float(np.max(np.abs(matrix), initial=0, where=np.isfinite(matrix)))


def _colors(matrix: NDArray[np.float64], limit: float) -> list[list[str]]:
    """Return colours from blue over white to orange for numbers from -limit to limit."""
    finite = np.isfinite(matrix)
    share = np.where(finite, matrix, 0) / (limit or 1)
    ends = np.array([[int(end[i : i + 2], 16) for i in (1, 3, 5)] for end in (NEGATIVE, POSITIVE)])
    end = ends[(share > 0).astype(int)]
    shades = np.rint(255 + (end - 255) * np.abs(share)[..., None]).astype(int)
    names = ["#{:02x}{:02x}{:02x}".format(*shade) for shade in shades.reshape(-1, 3)]
    colors: list[list[str]] = np.where(finite, np.reshape(names, finite.shape), "").tolist()
    return colors


def _largest(difference: NDArray[np.float64], axes: tuple[str, str]) -> str:
    size = np.where(np.isfinite(difference), np.abs(difference), -1)
    row, column = (int(i) for i in np.unravel_index(np.argmax(size), size.shape))
    if size[row, column] < 0:
        return ""
    return f"{_number(difference[row, column])}, at {axes[0]} {row}, {axes[1]} {column}"


def _number(value: Any) -> str:
    return f"{value:.2g}".replace("-", "−")
