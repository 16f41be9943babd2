"""The two pictures of a timing, as matplotlib figures of 1600 by 900 pixels."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from timing.show import about
from timing.show.drawing import (
    FONT,
    GREY,
    draw,
    mark_above,
    name_ends,
    styles,
    tick_at,
    tick_decades,
)
from timing.show.form import Record
from timing.show.roof import draw_roof, limit_to
from timing.show.rows import duration, roof
from timing.show.series import Series, base, calls, samples, speeds, sweep
from timing.spread import figure as figure_of

DPI = 100
SIZE = (1600, 900)  # pixels
WIDE, HIGH = 1060, 670  # pixels of axes that have the figure to themselves, names beside them
ITEM = {"float64": 8, "float32": 4}  # bytes


def draw_sweeps(record: Record) -> Figure:
    """Return a figure of the time of a call against N, and of a sample against C and D."""
    start = base(record)
    figure = _figure(f"{start['kind'].capitalize()}: time against size")
    sizes = sweep(record, "N")
    series = calls(sizes)
    sides = {name: sweep(record, name) for name in ("C", "D")}
    sides = {name: found for name, found in sides.items() if len(found) > 1}
    names = [f["name"] for c in record["contests"] for f in c["functions"]]
    drawn = styles(dict.fromkeys(name for name in names))
    ax = _axes(figure, 125, 90, WIDE if not sides else 620, HIGH)
    draw(ax, series, drawn)
    _label_calls(ax, start, series, [contest["N"] for contest in sizes])
    _mark_caches(ax, record, start)
    name_ends(ax, series, drawn)
    for number, (name, contests) in enumerate(sides.items()):
        height = HIGH if len(sides) == 1 else 280
        side = _axes(figure, 1215, 90 + (len(sides) - 1 - number) * 390, 345, height)
        draw(side, samples(contests, name), drawn)
        side.set(xlabel={"C": "C, classes", "D": "D, features"}[name], ylabel="µs a sample")
        tick_at(side, [contest[name] for contest in contests])
        tick_decades(side.yaxis, figure_of)
        _enlarge(side)
    return figure


def draw_roofline(record: Record, dtype: str) -> Figure:
    """Return a figure of the flop/s that each function reaches below the roof of the machine.

    Raises ValueError where the roofline of the dtype was not measured.
    """
    machine = roof(record, dtype)
    if machine is None:
        raise ValueError(f"There is no roofline for {dtype}; time again with that dtype.")
    contests = [c for c in sweep(record, "C", dtype=dtype) if c["flops"] and c["bytes"]]
    series = speeds(contests)
    figure = _figure(f"Roofline, {dtype}")
    ax = _axes(figure, 125, 90, WIDE, HIGH)
    drawn = styles(series)
    draw(ax, series, drawn)
    limit_to(ax, machine, series)
    draw_roof(ax, machine, max((c["bytes"] for c in contests), default=None))
    ax.set(xlabel="flop for each byte of X, W and dW", ylabel="flop/s")
    tick_decades(ax.yaxis, lambda y: about.rate(y, "").strip())
    tick_decades(ax.xaxis, figure_of)
    mark_above(ax, [(c["flops"] / c["bytes"], f"C = {c['C']:,}") for c in contests])
    name_ends(ax, series, drawn)
    _enlarge(ax)
    return figure


def _figure(title: str) -> Figure:
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI)
    figure.text(0.02, 0.965, title, fontsize=22, va="center")
    figure.text(
        0.98, 0.965, "medians and quartiles; hollow: timed on fewer samples",
        fontsize=FONT, va="center", ha="right", color=GREY,
    )  # fmt: skip
    return figure


def _axes(figure: Figure, left: int, bottom: int, width: int, height: int) -> Axes:
    """Return axes at a place in pixels."""
    place = left / SIZE[0], bottom / SIZE[1], width / SIZE[0], height / SIZE[1]
    return figure.add_axes(place)


def _label_calls(ax: Axes, start: Record, series: Series, sizes: list[int]) -> None:
    D = "" if start["D"] is None else f", D = {start['D']:,}"
    ax.set(xlabel=f"N, samples (C = {start['C']:,}{D}, {start['dtype']})", ylabel="time of a call")
    xs = [point.x for points in series.values() for point in points]
    ax.set_xlim(min(xs) / 1.5, max(xs) * 1.5)
    tick_at(ax, sizes)
    tick_decades(ax.yaxis, duration)
    _enlarge(ax)


def _mark_caches(ax: Axes, record: Record, start: Record) -> None:
    """Mark the N at which X is as large as a cache."""
    if start["D"]:
        a_sample = start["D"] * ITEM.get(start["dtype"], 8)
        caches = {cache["level"]: cache["bytes"] for cache in record["machine"]["caches"]}
        mark_above(ax, [(size / a_sample, f"X fills L{n}") for n, size in caches.items()])


def _enlarge(ax: Axes) -> None:
    ax.xaxis.label.set_fontsize(FONT)
    ax.yaxis.label.set_fontsize(FONT)
