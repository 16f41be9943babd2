"""The roof of the machine, in log-log axes of flop/s against flop for each byte."""

from math import atan2, degrees, log10

from matplotlib.axes import Axes

from timing.roofline import bound
from timing.show.about import rate
from timing.show.drawing import FONT, GREY
from timing.show.form import Record
from timing.show.series import Series

# Behind words, so that no line runs through them
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0}
BELOW = 1.6  # the points, and above the grid


def limit_to(ax: Axes, machine: Record, series: Series) -> None:
    """Set limits that hold the points, the ridge of the roof, and what is written beside it."""
    full, memory = machine["full_flops_per_second"], machine["read_bytes_per_second"]
    points = [point for of_one in series.values() for point in of_one]
    xs = [full / memory, *(point.x for point in points)]
    ys = [full, min(xs) / 3 * memory, *(y for point in points for y in (point.low, point.high))]
    ax.set(xlim=(min(xs) / 3, 3 * max(xs)), ylim=(min(ys) / 2, 4 * max(ys)))


def draw_roof(ax: Axes, machine: Record, held: int | None) -> None:
    """Draw what the memory, a cache and the arithmetic allow, each with its number.

    machine  an entry of a record's "roofline"
    held     bytes that a function works on, which say what cache it may find them in, if known
    """
    full, memory = machine["full_flops_per_second"], machine["read_bytes_per_second"]
    _slope(ax, memory, full, "memory", above=False)
    cache = held / bound(machine, 0, held) if held else memory
    if cache > 1.02 * memory:
        _slope(ax, cache, full, "X in cache", above=True)
    left, right = ax.get_xlim()
    ax.plot([max(left, full / max(memory, cache)), right], [full, full], color=GREY, linewidth=4)
    ax.annotate(
        f"arithmetic: {rate(full, 'flop/s')}", (right, full), (0, 6), ha="right", va="bottom",
        textcoords="offset points", fontsize=FONT, color=GREY, bbox=PAPER, zorder=BELOW,
    )  # fmt: skip


def _slope(ax: Axes, bandwidth: float, full: float, name: str, above: bool) -> None:
    """Draw what a bandwidth allows below the arithmetic, its name along the line."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    start = left, left * bandwidth
    if start[1] > full:
        return
    ax.plot(
        [left, full / bandwidth], [start[1], full], color=GREY, linewidth=4,
        linestyle="--" if above else "-",
    )  # fmt: skip
    width, height = ax.bbox.size
    steep = degrees(atan2(height / log10(high / low), width / log10(right / left)))
    ax.annotate(
        f"{name}: {rate(bandwidth, 'B/s')}", start, (8, 6 if above else -6),
        textcoords="offset points", ha="left", va="bottom" if above else "top",
        rotation=steep, rotation_mode="anchor", fontsize=FONT, color=GREY, bbox=PAPER,
        zorder=BELOW,
    )  # fmt: skip
