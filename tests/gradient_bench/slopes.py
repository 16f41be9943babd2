"""Slopes of losses by differences: in long double for the truth, in x's own type for what shows."""

from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Function

LONG = np.longdouble
STEPS = LONG(10) ** np.arange(-12, 10)


def long_double(a: Any) -> Any:
    """Floating arrays, numbers and dicts of them in long double; labels and names stay."""
    if isinstance(a, dict):
        return {key: long_double(part) for key, part in a.items()}
    if isinstance(a, float) or getattr(a, "dtype", np.dtype(int)).kind == "f":
        return np.array(a, dtype=LONG)[()]
    return a


def loss_of(f: Function, x: Array, args: Any) -> Any:
    """The loss as a number of its own type."""
    return np.ravel(f(x, *args)[0])[0]


def slope(f: Function, x: Array, d: Array, args: Any) -> tuple[Any, Any]:
    """Slope of the loss along d and its error bar, in long double.

    Sixth-order central differences at growing steps, for as long as each agrees with the sharpest
    one before it; so a kink further off than the first steps does no harm.
    """
    unit_step = 1 / np.abs(d).max()
    noise = rounding_noise(f, x, d * unit_step, args)
    best = (np.nan, np.inf)
    last = np.nan
    for h in STEPS * unit_step:
        value = extrapolated(f, x, d, args, h)
        if abs(value - best[0]) > 4 * best[1] + noise / h or abs(value) > best[1] * 1e13:
            break
        bar = noise / h + abs(value - last)
        if bar < best[1]:
            best = (value, bar)
        last = value
    return best


def rounding_noise(f: Function, x: Array, d: Array, args: Any) -> Any:
    """Size of the loss's rounding error: its second differences over steps too small to bend.

    A loss near zero may come of larger terms that cancel; at x = 0 they seldom do.
    """
    h = 1e-14 * max(1, np.abs(x).max())
    values = np.array([loss_of(f, x + k * h * d, args) for k in range(-4, 5)])
    level = max(np.abs(values).max(), np.abs(np.nan_to_num(loss_of(f, 0 * x, args))))
    return 10 * np.abs(np.diff(values, 2)).max() + 10 * np.finfo(x.dtype).eps * level


def extrapolated(f: Function, x: Array, d: Array, args: Any, h: Any) -> Any:
    """Richardson's sixth-order central difference at step h."""
    a, b, c = (
        (loss_of(f, x + t * d, args) - loss_of(f, x - t * d, args)) / (2 * t)
        for t in (h, h / 2, h / 4)
    )
    ab, bc = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * bc - ab) / 15


def unit(size: int, i: int) -> Array:
    """The i-th unit vector."""
    e = np.zeros(size, LONG)
    e[i] = 1
    return e


def is_visible(f: Function, x: Array, d: Array, args: Any, truth: Any, claim: Any) -> bool:
    """Whether plain central differences at three steps in turn stand by truth, in x's own type."""
    d = d.astype(x.dtype)
    near = []
    for h in (np.repeat(STEPS, 2) * np.tile([1, 3], STEPS.size) / np.abs(d).max()).astype(x.dtype):
        ahead, behind = x + h * d, x - h * d
        run = ((ahead - behind).astype(LONG) @ d) / (d.astype(LONG) @ d)
        rise = LONG(loss_of(f, ahead, args)) - LONG(loss_of(f, behind, args))
        near.append(run != 0 and abs(rise / run - truth) < abs(claim - truth) / 8)
    return any(all(near[i : i + 3]) for i in range(len(near) - 2))


def one_sided(f: Function, x: Array, d: Array, args: Any) -> Any:
    """Slope ahead of x along d, for losses that are smooth within 1e-6 of it."""
    h = LONG(2) ** -21
    a, b, c = ((loss_of(f, x + t * d, args) - loss_of(f, x, args)) / t for t in (h, h / 2, h / 4))
    return (4 * (2 * c - b) - (2 * b - a)) / 3
