"""How pictures of a class are painted, in arithmetic that is the same on every platform.

Only elementwise + − × ÷ sqrt, comparisons, min, max and floor are used, which IEEE 754 defines to
the last bit.  sin, exp, matmul and sum are not: their last bits vary between processors.

Inside, k pictures are float32 arrays (k, channels, 32, 32), light from 0 (black) to 1 (white), and
one number for each picture is (k, channels, 1, 1).
"""

import numpy as np
from numpy.typing import NDArray

from datasets.looks import Color, Floats, Look

SIDE = 32  # pixels
PIXELS = np.arange(SIDE, dtype=np.float32)
X = (PIXELS - 15.5) / 16  # of a pixel's middle, from left to right; the picture is -1..1
Y = X[:, None]  # from top to bottom
SHADED_FROM = np.maximum(np.arange(SIDE) - 2, 0)  # light comes from two pixels up, two to the left


def draw_pictures(look: Look, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return `count` pictures (count, 32, 32, 3) uint8 of one class, each unlike the others."""
    paint, backdrop = draw_colors(look, count, rng)
    distance = draw_distance(look, count, rng)
    picture = draw_texture(backdrop, 0.2, count, rng)
    shadow = coverage(distance[:, :, SHADED_FROM][..., SHADED_FROM], sharpness=0.5)
    picture *= 1 - np.where(chance(rng, count, 0.4), 0.35 * shadow, 0)
    surface = draw_texture(paint, 0.1, count, rng)
    rim = coverage(-1.5 - distance, sharpness=0.7)
    surface *= 1 - uniform(rng, count, 0, 0.4) * rim
    picture += (surface - picture) * coverage(distance)
    cover_partly(picture, count, rng)
    return develop(picture, count, rng)


def uniform(
    rng: np.random.Generator, count: int, low: float, high: float, channels: int = 1
) -> Floats:
    """Return numbers (count, channels, 1, 1) spread evenly from low to high."""
    return low + (high - low) * rng.random((count, channels, 1, 1), dtype=np.float32)


def chance(rng: np.random.Generator, count: int, share: float) -> NDArray[np.bool_]:
    """Return which pictures (count, 1, 1, 1) something happens to, a `share` 0..1 of them."""
    return rng.random((count, 1, 1, 1), dtype=np.float32) < share


def either_side(rng: np.random.Generator, count: int, share: float) -> Floats:
    """Return -1 for a `share` 0..1 of the pictures and 1 for the others, (count, 1, 1, 1)."""
    return np.where(chance(rng, count, share), np.float32(-1), np.float32(1))


def direction(rng: np.random.Generator, count: int, power: int) -> tuple[Floats, Floats]:
    """Return the cosine and sine of an angle within ±90°, closer to 0° for a higher odd power.

    The tangent t of half the angle gives both without sin or cos: (1 - t²) / (1 + t²) and
    2t / (1 + t²).
    """
    base = uniform(rng, count, -1, 1)
    t = base
    for _ in range(power - 1):
        t = t * base
    return (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)


def coverage(distance: Floats, sharpness: float = 1) -> Floats:
    """Return how much of each pixel lies inside an edge, 0..1, from its distance in pixels."""
    inside: Floats = np.clip(0.5 - sharpness * distance, 0, 1)
    return inside


def draw_colors(look: Look, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return a colour (count, 3, 1, 1) for each shape and each background, and never two alike."""
    backdrop = draw_color(look.backdrop, count, rng)
    paint = draw_color(look.paint, count, rng)
    for _ in range(3):
        other = draw_any_color(count, rng)
        seen = contrast(paint, backdrop)
        better = (seen < 0.55) & (contrast(other, backdrop) > seen)
        paint = np.where(better, other, paint)
    return paint, backdrop


def draw_color(usual: Color, count: int, rng: np.random.Generator) -> Floats:
    """Return colours near the usual one for most pictures, and any colour for the others."""
    near = np.array(usual, np.float32)[:, None, None] + uniform(rng, count, -0.15, 0.15, 3)
    return np.where(chance(rng, count, 0.6), near, draw_any_color(count, rng))


def draw_any_color(count: int, rng: np.random.Generator) -> Floats:
    """Return colours (count, 3, 1, 1) anywhere between dull and bright."""
    gray, vivid = uniform(rng, count, 0.1, 0.9), uniform(rng, count, 0.05, 0.95, 3)
    return gray + uniform(rng, count, 0.2, 0.9) * (vivid - gray)


def contrast(a: Floats, b: Floats) -> Floats:
    """Return the distance (count, 1, 1, 1) between colours (count, 3, 1, 1)."""
    d = (a - b) * (a - b)
    return np.sqrt(d[:, :1] + d[:, 1:2] + d[:, 2:])


def draw_distance(look: Look, count: int, rng: np.random.Generator) -> Floats:
    """Return each pixel's distance in pixels to a shape whose place, size, tilt and width vary."""
    x = X - uniform(rng, count, -0.17, 0.17) - uniform(rng, count, -0.17, 0.17)
    y = Y - uniform(rng, count, -0.17, 0.17) - uniform(rng, count, -0.17, 0.17)
    c, s = direction(rng, count, power=3)
    size = uniform(rng, count, 0.55, 0.85)
    u = (c * x + s * y) * (either_side(rng, count, 0.15) / size)
    v = (c * y - s * x) * (uniform(rng, count, 0.85, 1.15) / size)
    return look.outline(u, v) * (size * 16)


def draw_texture(color: Floats, strength: float, count: int, rng: np.random.Generator) -> Floats:
    """Return pictures (count, 3, 32, 32) of one colour made uneven by clouds or wavy stripes."""
    c, s = direction(rng, count, power=1)
    stripes = np.maximum(uniform(rng, count, -6, 5), 0)
    phase = stripes * (c * X + s * Y) + 1.6 * draw_clouds(3, count, rng)
    wave = smooth(abs(phase - 2 * np.floor(phase / 2) - 1)) - 0.5
    wave += uniform(rng, count, 0, 0.7) * (draw_clouds(10, count, rng) - 0.5)
    tint = uniform(rng, count, -strength, strength) + uniform(rng, count, -strength, strength, 3)
    return color + 2 * tint * wave


def draw_clouds(cells: int, count: int, rng: np.random.Generator) -> Floats:
    """Return noise (count, 1, 32, 32) from 0 to 1, smooth between (cells + 1)² random points."""
    points = rng.random((count, 1, cells + 1, cells + 1), dtype=np.float32)
    place = PIXELS * cells / SIDE
    left = place.astype(np.intp)
    w = smooth(place - np.floor(place))
    rows = points[:, :, left] + (points[:, :, left + 1] - points[:, :, left]) * w[:, None]
    return rows[..., left] + (rows[..., left + 1] - rows[..., left]) * w


def smooth(w: Floats) -> Floats:
    """Return 3w² - 2w³, which goes from 0 to 1 as w does, but levels out at both ends."""
    return w * w * (3 - 2 * w)


def cover_partly(picture: Floats, count: int, rng: np.random.Generator) -> None:
    """Paint a bar over a quarter of the pictures, in place, beside their middle."""
    c, s = direction(rng, count, power=1)
    offset = either_side(rng, count, 0.5) * uniform(rng, count, 0.25, 0.7)
    bar = coverage(abs(c * X + s * Y - offset) * 16 - uniform(rng, count, 1, 2))
    bar *= chance(rng, count, 0.25)
    picture += (draw_any_color(count, rng) - picture) * bar


def develop(picture: Floats, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return pictures as bytes (count, 32, 32, 3), unevenly lit and with a camera's grain."""
    slope = uniform(rng, count, -0.25, 0.25) * X + uniform(rng, count, -0.25, 0.25) * Y
    light = uniform(rng, count, 0.75, 1.15) + slope
    grain = rng.random(picture.shape, dtype=np.float32)
    grain += rng.random(picture.shape, dtype=np.float32) - 1
    lit = picture * light + uniform(rng, count, 0.01, 0.09) * grain
    return (np.clip(lit, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)
