"""Lines in log-log axes, each with its name at its end, none of the names on another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    LogLocator,
    NullFormatter,
    NullLocator,
)

from grading.feedback.text import one_line
from timing.show.series import Series

FONT = 16  # points; on 1600 by 900 pixels they can be read from the back row
LINE = 28  # pixels that a line of it is high
LONGEST = 24  # characters of a name
# Okabe and Ito without yellow, which nobody sees on white
COLOURS = ("#0072B2", "#000000", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = "osD^vPX<>p*h"
GREY = "#666666"


@dataclass(frozen=True)
class Style:
    """How a function is drawn, alike in all panels."""

    color: str
    marker: str
    dashes: str


def styles(names: Iterable[str]) -> dict[str, Style]:
    """Return a style for each name; no two of the first 84 are alike."""
    return {
        name: Style(
            COLOURS[i % len(COLOURS)],
            MARKERS[i % len(MARKERS)],
            "-" if i < len(COLOURS) else "--",
        )
        for i, name in enumerate(names)
    }


def draw(ax: Axes, series: Series, drawn: dict[str, Style]) -> None:
    """Draw each function as a line through its medians, with quartile bars, hollow where fewer."""
    ax.set(xscale="log", yscale="log")
    for name, points in series.items():
        style = drawn[name]
        x, low, median, high = np.transpose([(p.x, p.low, p.median, p.high) for p in points])
        ax.plot(x, median, style.dashes, color=style.color, linewidth=2)
        ax.vlines(x, low, high, color=style.color, linewidth=4, alpha=0.5)
        for point in points:
            face = "white" if point.fewer else style.color
            ax.plot(
                point.x, point.median, style.marker, color=style.color, markersize=10,
                markerfacecolor=face, markeredgewidth=2, zorder=3,
            )  # fmt: skip
    low, high = ax.get_ylim()
    middle = (low * high) ** 0.5
    ax.set_ylim(min(low, middle / 2), max(high, 2 * middle))  # one of 1, 2, 5, 10 is in a factor 4
    ax.grid(which="major", color="#dddddd")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=FONT)


def name_ends(ax: Axes, series: Series, drawn: dict[str, Style]) -> None:
    """Write each function's name right of the axes, with its marker, tied to its line's end."""
    ends = sorted((points[-1].median, points[-1].x, name) for name, points in series.items())
    low, high = map(log, ax.get_ylim())
    wanted = [(log(y) - low) / (high - low) for y, _, _ in ends]
    for (y, x, name), place in zip(ends, spread_out(wanted, LINE / ax.bbox.height), strict=True):
        style, at = drawn[name], (1.05, place)
        ax.annotate(
            "", (x, y), at, textcoords="axes fraction", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "ls": ":", "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        ax.plot(
            *at, style.marker, color=style.color, markersize=10,
            transform=ax.transAxes, clip_on=False,
        )  # fmt: skip
        ax.annotate(
            plain(name), at, (12, 0), xycoords="axes fraction", textcoords="offset points",
            va="center", fontsize=FONT,
        )  # fmt: skip


def spread_out(wanted: list[float], gap: float) -> list[float]:
    """Return rising places that are `gap` apart and as near as can be to those that are wanted.

    That is isotonic regression, by pooling neighbours, of wanted[i] - i * gap; kept within 0 to 1.
    """
    pools: list[tuple[float, int]] = []
    for i, place in enumerate(wanted):
        mean, count = place - i * gap, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    room = max(0.0, 1 - (len(wanted) - 1) * gap)
    return [min(max(mean, 0.0), room) + i * gap for i, mean in enumerate(means)]


def mark_above(ax: Axes, marks: list[tuple[float, str]]) -> None:
    """Draw dashed vertical lines within the axes, and write above them what they are."""
    left, right = ax.get_xlim()
    seen, row = 0.0, 0
    for x, text in sorted(mark for mark in marks if left < mark[0] < right):
        near = seen > 0 and log(x / seen) < 150 / ax.bbox.width * log(right / left)
        seen, row = x, 1 - row if near else 0
        ax.axvline(x, color=GREY, linestyle=(0, (2, 3)), linewidth=2, zorder=0)
        ax.annotate(
            text, (x, 1), (0, 4 + 22 * row), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", fontsize=FONT, color=GREY,
        )  # fmt: skip


def tick_at(ax: Axes, sizes: list[int]) -> None:
    """Put ticks at the sizes that were measured, but for those too near to the one before."""
    left, right = map(log, ax.get_xlim())
    kept: list[int] = []
    for size in sorted(sizes):
        if not kept or log(size / kept[-1]) > 75 / ax.bbox.width * (right - left):
            kept.append(size)
    ax.xaxis.set_major_locator(FixedLocator(kept))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{size:,}" for size in kept]))
    ax.xaxis.set_minor_locator(NullLocator())


def tick_decades(axis: Axis, words: Callable[[float], str]) -> None:
    """Put ticks at powers of ten, and at 2 and 5 times these where there are few."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: words(value)))
    axis.set_minor_formatter(NullFormatter())


def plain(name: str) -> str:
    """Return a name fit for a picture: short, in one line, and no formula to matplotlib."""
    text = one_line(name, 10 * LONGEST).replace("$", r"\$")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
