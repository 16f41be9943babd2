"""How each of the ten classes usually looks: an outline, and the colours it is loosely tied to.

An outline takes each pixel's place, u rightwards and v downwards, two float32 arrays of one shape
in which the drawn shape fills about -1..1.  It returns the distance to the shape's edge in the same
unit, negative inside and exact near the edge, which is all that smooth edges need.  It uses only
arithmetic that is the same on every platform (see `datasets.drawing`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]  # in fact float32 throughout, which is more than the type says
Color = tuple[float, float, float]

# The cosine and sine of five evenly spaced directions, the first one upwards.
FIVE_WAYS = (
    (0.0, -1.0),
    (0.95106, -0.30902),
    (0.58779, 0.80902),
    (-0.58779, 0.80902),
    (-0.95106, -0.30902),
)


def length(x: Floats, y: Floats) -> Floats:
    """Return the length of the vectors (x, y)."""
    return np.sqrt(x * x + y * y)


def union(a: Floats, b: Floats) -> Floats:
    """Return the distance to what either of two edges holds, from the distances to both."""
    return np.minimum(a, b)


def intersection(a: Floats, b: Floats) -> Floats:
    """Return the distance to what both of two edges hold, from the distances to both."""
    return np.maximum(a, b)


def disc(u: Floats, v: Floats) -> Floats:
    """Return the distance to a disc."""
    return length(u, v) - 0.85


def square(u: Floats, v: Floats) -> Floats:
    """Return the distance to a square."""
    return intersection(abs(u), abs(v)) - 0.78


def triangle(u: Floats, v: Floats) -> Floats:
    """Return the distance to a triangle that points up."""
    return intersection(v - 0.65, abs(u) * 0.86603 - v * 0.5 - 0.5)


def star(u: Floats, v: Floats) -> Floats:
    """Return the distance to a five-pointed star: where at most one of five half-planes is left."""
    first = second = np.full_like(u, -np.inf)
    for a, b in FIVE_WAYS:
        d = -a * u - b * v
        second = np.maximum(second, np.minimum(first, d))
        first = np.maximum(first, d)
    return second - 0.36


def cross(u: Floats, v: Floats) -> Floats:
    """Return the distance to a plus sign."""
    long, short = np.maximum(abs(u), abs(v)), np.minimum(abs(u), abs(v))
    return intersection(long - 0.92, short - 0.28)


def ring(u: Floats, v: Floats) -> Floats:
    """Return the distance to a ring."""
    return abs(length(u, v) - 0.68) - 0.22


def heart(u: Floats, v: Floats) -> Floats:
    """Return the distance to a heart: a square on its corner, and a disc on each upper side."""
    a, b = abs(u), v + 0.06
    corner = (a + abs(b)) * 0.70711 - 0.53
    return union(corner, length(a - 0.38, b + 0.38) - 0.53)


def crescent(u: Floats, v: Floats) -> Floats:
    """Return the distance to a crescent moon that opens to the right."""
    return intersection(length(u - 0.2, v) - 0.95, 0.78 - length(u - 0.68, v))


def arrow(u: Floats, v: Floats) -> Floats:
    """Return the distance to an arrow that points to the right."""
    shaft = intersection(abs(u + 0.4) - 0.55, abs(v) - 0.2)
    head = intersection(-u, abs(v) * 0.76 + u * 0.65 - 0.62)
    return union(shaft, head)


def flower(u: Floats, v: Floats) -> Floats:
    """Return the distance to five round petals with a hole in the middle."""
    petal = np.full_like(u, np.inf)
    for a, b in FIVE_WAYS:
        petal = union(petal, length(u - 0.56 * a, v - 0.56 * b) - 0.4)
    return intersection(petal, 0.22 - length(u, v))


class Look(NamedTuple):
    """A class's outline, its usual colour and that behind it (red, green, blue from 0 to 1)."""

    outline: Callable[[Floats, Floats], Floats]
    paint: Color
    backdrop: Color


LOOKS = {
    "disc": Look(disc, (0.95, 0.55, 0.15), (0.45, 0.65, 0.85)),
    "square": Look(square, (0.60, 0.38, 0.22), (0.75, 0.72, 0.62)),
    "triangle": Look(triangle, (0.20, 0.50, 0.25), (0.70, 0.80, 0.88)),
    "star": Look(star, (0.95, 0.82, 0.25), (0.15, 0.18, 0.40)),
    "cross": Look(cross, (0.85, 0.15, 0.15), (0.80, 0.80, 0.78)),
    "ring": Look(ring, (0.55, 0.75, 0.80), (0.40, 0.30, 0.30)),
    "heart": Look(heart, (0.85, 0.20, 0.35), (0.85, 0.70, 0.68)),
    "crescent": Look(crescent, (0.92, 0.88, 0.60), (0.12, 0.15, 0.28)),
    "arrow": Look(arrow, (0.90, 0.90, 0.88), (0.25, 0.40, 0.65)),
    "flower": Look(flower, (0.80, 0.45, 0.75), (0.30, 0.50, 0.22)),
}
