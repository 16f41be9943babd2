"""Pictures that are too long for a notebook's cell."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import FancyArrowPatch
from numpy.typing import ArrayLike

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#AAAAAA"  # Okabe and Ito's

PLACES = {
    **{f"h{i}": (0.0, 1.9 * (2 - i)) for i in (1, 2, 3)},
    **{f"w{i}{j}": (2.5, 1.9 * (2 - i) + 0.95 * (1.5 - j)) for i in (1, 2, 3) for j in (1, 2)},
    **{f"y{j}": (6.2, 3.0 * (1.5 - j)) for j in (1, 2)},
    **{f"o{k}": (9.8, 3.0 * (1.5 - k)) for k in (1, 2)},
    **{f"t{k}": (13.2, 4.6 * (1.5 - k)) for k in (1, 2)},
    "L": (13.2, 0.0),
}
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
PATHS = {BLUE: ("w21", "y1", "o1", "L"), ORANGE: ("w21", "y1", "o2", "L")}


def draw_jacobian(ax: Axes, J: ArrayLike, title: str) -> AxesImage:
    """Draw the Jacobian of softmax as a heat map, with each value in its cell.

    ax     axes to draw on
    J      (C, C), J[i, j] is the derivative of p[i] on the score z[j]
    title  of the picture

    Returns the image, for a colour bar.  Below 0 is purple, above 0 orange.  The scale is the same
    for all: it ends at -1/4 and 1/4, which no derivative of softmax exceeds.
    """
    J = np.asarray(J)
    image = ax.imshow(J, cmap="PuOr_r", vmin=-0.25, vmax=0.25)
    for (i, j), value in np.ndenumerate(J):
        dark = np.dot(image.to_rgba(value)[:3], [0.21, 0.72, 0.07]) < 0.46
        color = "white" if dark else "black"
        ax.text(j, i, _written(value, 2), ha="center", va="center", color=color, fontsize=9)
    ax.set(title=title, xlabel="score $j$", ylabel="probability $i$")
    ax.set(xticks=range(J.shape[1]), yticks=range(J.shape[0]))
    return image


def draw_small_network(
    *,
    h: ArrayLike,
    W: ArrayLike,
    y: ArrayLike,
    o: ArrayLike,
    t: ArrayLike,
    L: float,
    dL_do: ArrayLike,
    do_dy1: ArrayLike,
) -> Figure:
    """Return the computational graph of a small network, both paths from w21 to the loss lit.

    h       (3,) what the layer below gives
    W       (2, 3) weights, one row a score; w21 leads from h2 to y1, so it is W[0, 1]
    y       (2,) scores
    o       (2,) their softmax
    t       (2,) targets
    L       the cross entropy, in nats
    dL_do   (2,) derivatives of L on o1 and o2
    do_dy1  (2,) derivatives of o1 and o2 on y1

    The numbers are drawn as given; nothing is computed.  An edge that is lit carries its local
    derivative: the one of the node that it leads to on the node that it comes from.
    """
    figure = Figure(figsize=(10, 5.4))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.7, 13.9), ylim=(-3.1, 3.1))
    ax.axis("off")
    for start, end in _edges():
        _draw_edge(ax, start, end)
    values = {"L": L}
    for name, vector in [
        *_numbered("w", np.transpose(W)).items(),
        *zip("hyot", (h, y, o, t), strict=True),
    ]:
        values |= _numbered(name, vector)
    _draw_nodes(ax, values)
    local = {("w21", "y1"): values["h2"]}
    local |= {("y1", name): value for name, value in _numbered("o", do_dy1).items()}
    local |= {(name, "L"): value for name, value in _numbered("o", dL_do).items()}
    _draw_derivatives(ax, local)
    return figure


def _numbered(name: str, vector: ArrayLike) -> dict[str, Any]:
    return {f"{name}{index}": value for index, value in enumerate(np.asarray(vector), start=1)}


def _edges() -> Iterator[tuple[str, str]]:
    for j in (1, 2):
        for i in (1, 2, 3):
            yield f"h{i}", f"w{i}{j}"
            yield f"w{i}{j}", f"y{j}"
        for k in (1, 2):
            yield f"y{j}", f"o{k}"
        yield f"o{j}", "L"
        yield f"t{j}", "L"


def _draw_edge(ax: Axes, start: str, end: str) -> None:
    """Draw one arrow for each path that the edge is part of, side by side; else a grey one."""
    (x, y), (x_end, y_end) = PLACES[start], PLACES[end]
    colors = [color for color, path in PATHS.items() if (start, end) in pairwise(path)]
    for number, color in enumerate(colors or [GREY]):
        up = 0.06 - 0.12 * number if len(colors) == 2 else 0.0
        arrow = FancyArrowPatch(
            (x, y + up),
            (x_end, y_end + up),
            arrowstyle="-|>" if colors else "->",
            mutation_scale=14,
            shrinkA=22,
            shrinkB=22,
            color=color,
            linewidth=2.5 if colors else 1,
            linestyle=(0, (5, 2)) if color == ORANGE else "-",
        )
        ax.add_patch(arrow)


def _draw_nodes(ax: Axes, values: Mapping[str, float]) -> None:
    """Draw what is computed as circles, and what is given as squares."""
    for name, value in values.items():
        x, y = PLACES[name]
        marker = "o" if name[0] in "hyoL" else "s"
        lit = any(name in path for path in PATHS.values())
        ax.plot(
            x, y, marker, markersize=42 if marker == "o" else 40, markerfacecolor="white",
            markeredgecolor="black" if lit else GREY, zorder=3,
        )  # fmt: skip
        text = f"${_symbol(name)}$\n{_written(value, 3)}"
        ax.text(x, y, text, ha="center", va="center", fontsize=10, zorder=4)


def _draw_derivatives(ax: Axes, derivatives: Mapping[tuple[str, str], float]) -> None:
    for (start, end), value in derivatives.items():
        along = 0.7 if (start, end) == ("y1", "o2") else 0.5  # beside y2-o1, which it crosses
        x, y = (1 - along) * np.array(PLACES[start]) + along * np.array(PLACES[end])
        text = rf"$\partial {_symbol(end)} / \partial {_symbol(start)}$" + f"\n{_written(value, 3)}"
        ax.text(x, y, text, ha="center", va="center", fontsize=11, zorder=5, bbox=WHITE)


def _symbol(name: str) -> str:
    return f"{name[0]}_{{{name[1:]}}}" if name[1:] else name


def _written(value: float, digits: int) -> str:
    unsigned_zero = round(value, digits) + 0.0
    written = f"{unsigned_zero:.{digits}f}" if abs(value) < 1e4 else f"{value:.1e}"
    return written.replace("-", "\N{MINUS SIGN}")
