"""Shows the truth of every problem, by long double differences and by watching calls.

Right: the gradient's code, run in long double, agrees with sixth-order differences of the loss in
long double along random directions and entries, and in its own type it differs from that by
rounding.  Wrong: along the direction of its error and at its worst entry the gradient differs from
the long double slope by far more than rounding; and a difference in the problem's own type, at
several neighbouring steps, shows it, so that nobody is asked for the impossible.
"""

from collections.abc import Iterator

import numpy as np

from tests.gradient_bench.calls import seen_in_calls
from tests.gradient_bench.problem import Array, Instance, Problem
from tests.gradient_bench.slopes import LONG, is_visible, long_double, one_sided, slope, unit
from tests.gradient_bench.vector import as_vector


def directions(rng: np.random.Generator, g: Array) -> Iterator[Array]:
    """Isotropic ones, one that weighs every entry of g alike, and single entries."""
    size = g.size
    yield rng.standard_normal(size).astype(LONG)
    yield rng.standard_normal(size) / (
        np.maximum(np.abs(g), 1e-3 * np.abs(g).max()) if g.any() else 1
    )
    few = 1 if size > 10_000 else 4
    for i in {int(np.abs(g).argmax()), *rng.integers(size, size=few - 1).tolist()}:
        yield unit(size, i)


def shows_right(instance: Instance, rng: np.random.Generator) -> str:
    """ "" or what speaks against a right gradient."""
    f, x, args = instance
    f, x = as_vector(f, x)
    eps = np.finfo(x.dtype).eps
    g = f(x.copy(), *args)[1]
    x_long, args_long = x.astype(LONG), long_double(args)
    g_long = f(x_long, *args_long)[1]
    off = np.abs(g - g_long).max()
    if off > max(16 * eps, eps**0.55 * np.abs(g_long).max()):
        return f"rounding is {off:.1e} of {np.abs(g_long).max():.1e}"
    for d in directions(rng, g_long):
        found, bar = slope(f, x_long, d, args_long)
        terms = np.abs(g_long * d).sum() + 1e-6 * np.abs(g_long).max() * np.abs(d).max()
        if (
            abs(found - g_long @ d) > 2 * bar + 1e-13 * terms
            or not bar <= 1e-3 * terms + 1e-15 * np.abs(d).max()
        ):
            return f"slope {found:.12g} +- {bar:.1e}, gradient says {g_long @ d:.12g}"
    return ""


def shows_wrong(instance: Instance, rng: np.random.Generator) -> str:
    """ "" or what speaks against the gradient being wrong, and seen to be."""
    f, x, args = instance
    f, x = as_vector(f, x)
    right = f.__wrapped__  # type: ignore[attr-defined]
    g = f(x.copy(), *args)[1]
    x_long, args_long = x.astype(LONG), long_double(args)
    truth = right(x_long, *args_long)[1]
    rounding = np.abs(right(x.copy(), *args)[1] - truth).max()
    error = g - truth
    if not np.abs(error).max() > 30 * rounding:  # then the loss is what is wrong
        error = truth
    for d in (error / np.sqrt(error @ error), unit(x.size, int(np.abs(error).argmax()))):
        found, bar = slope(f, x_long, d, args_long)
        if not abs(g @ d - found) > 10 * bar + 30 * rounding * np.sqrt(d @ d):
            return f"slope {found:.12g} +- {bar:.1e}, gradient says {g @ d:.12g}"
        if not is_visible(f, x, d, args, found, g @ d):
            return f"slope {found:.12g}, gradient {g @ d:.12g}: not visible in {x.dtype}"
    return ""


def shows_off_point(instance: Instance, rng: np.random.Generator) -> str:
    """ "" or what speaks against a gradient being right at x and wrong at 30 x or near x."""
    f, x, args = instance
    with np.errstate(all="ignore"):
        far = f(30 * x, *args)
    if not (np.isfinite(far[0]) and np.isfinite(far[1]).all()):
        return ""
    if not shows_wrong((f, 30 * x, args), rng):
        return ""
    return shows_wrong((f, x + 0.1 * rng.standard_normal(x.shape), args), rng)


def entries_off_both_slopes(instance: Instance) -> int:
    """How many entries of the gradient equal neither one-sided slope."""
    f, x, args = instance
    f, x = as_vector(f, x)
    g = f(x.copy(), *args)[1]
    x_long, args_long = x.astype(LONG), long_double(args)
    off = 0
    for i, claim in enumerate(g):
        d = unit(x.size, i)
        sides = np.array([one_sided(f, x_long, d, args_long), -one_sided(f, x_long, -d, args_long)])
        off += np.abs(sides - claim).min() > 1e-8
    return off


def shows_right_at_kink(instance: Instance, rng: np.random.Generator) -> str:
    """ "" or what speaks against a gradient whose every entry is a one-sided slope."""
    off = entries_off_both_slopes(instance)
    return f"{off} entries equal neither one-sided slope" if off else ""


def shows_wrong_at_kink(instance: Instance, rng: np.random.Generator) -> str:
    """ "" or what speaks against some entry being neither one-sided slope."""
    off = entries_off_both_slopes(instance)
    return "" if off else "every entry equals a one-sided slope"


EVIDENCE = {
    ("right", "slope"): shows_right,
    ("right", "kink"): shows_right_at_kink,
    ("wrong", "slope"): shows_wrong,
    ("wrong", "kink"): shows_wrong_at_kink,
    ("wrong", "offpoint"): shows_off_point,
}


def doubt(problem: Problem, seed: int) -> str:
    """ "" where the truth of the instance is shown, else what is missing."""
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        seen = seen_in_calls(problem, seed, rng)
        if problem.evidence == "calls":
            return "" if seen & problem.causes else f"calls show {seen or 'nothing'}"
        if seen:
            return f"calls show {seen}"
        shows = EVIDENCE[problem.truth, problem.evidence]
        return shows(problem.instance(seed), rng)
