"""What plain calls show of a function: impurity, shapes, types, values that are not finite."""

from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Problem, flatten


def seen_in_calls(problem: Problem, seed: int, rng: np.random.Generator) -> set[str]:
    """What plain calls show: the words for impurity, shape, type and non-finite values.

    Stale is what a second instance, whose first call is at the other place, contradicts.
    """
    f, x, args = problem.instance(seed)
    fresh = problem.instance(seed)[0]
    x_kept, args_kept = kept(x), kept(args)
    other = moved(x, rng)
    loss, g = f(x, *args)
    g_first = kept(g)
    words = static_faults(loss, g, x_kept)
    if not same(x, x_kept) or not same(args, args_kept):
        return words | {"mutates"}
    g_other = f(kept(other), *args)[1]
    if not same(g, g_first):
        words |= {"alias"}
    if "shape" in words:
        return words
    if not close(g_other, fresh(kept(other), *kept(args_kept))[1]):
        words |= {"stale"}
    results = [kept(f(kept(x_kept), *kept(args_kept))) for _ in range(3)]
    rounding = 30 * np.finfo(flatten(x_kept).dtype).eps
    if "loss_nan" not in words and spread([loss for loss, _ in results]) > rounding:
        words |= {"nondet"}
    if "nan" not in words and spread([flatten(g) for _, g in results]) > rounding:
        words |= {"nondet"}
    return words


def spread(results: list[Array]) -> float:
    """Return how far results differ from the first, relative to their largest entry."""
    size = max(np.abs(result).max() for result in results)
    off = max(np.abs(result - results[0]).max() for result in results)
    return float(off / size) if size else 0.0


def kept(a: Any) -> Any:
    """A deep copy of arrays in dicts and tuples that later changes do not reach."""
    if isinstance(a, dict):
        return {key: kept(part) for key, part in a.items()}
    if isinstance(a, tuple):
        return tuple(kept(part) for part in a)
    return a.copy() if isinstance(a, np.ndarray) else a


def same(a: Any, b: Any) -> bool:
    """Whether two such structures are equal, entry by entry."""
    if isinstance(a, dict):
        return all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return all(map(same, a, b))
    return bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc"))


def close(a: Any, b: Any) -> bool:
    """Whether two gradients agree to a thousandth of their largest entry; nan agrees with nan."""
    a, b = flatten(a), flatten(b)
    if not np.isfinite(b).all():
        return bool((np.isnan(a) == np.isnan(b)).all())
    return bool(np.abs(a - b).max() <= 1e-3 * np.abs(b).max())


def moved(x: Any, rng: np.random.Generator) -> Any:
    """Another place of the same type."""
    if isinstance(x, dict):
        return {key: moved(part, rng) for key, part in x.items()}
    return np.asarray(x + rng.standard_normal(x.shape), dtype=x.dtype)


def static_faults(loss: Any, g: Any, x: Any) -> set[str]:
    """Words that one call shows: shape, dtype, nan, loss_nan."""
    if isinstance(x, dict):
        return set().union(*(static_faults(loss, g[key], x[key]) for key in x))
    words = set() if np.shape(g) == x.shape else {"shape"}
    words |= set() if np.isfinite(g).all() else {"nan"}
    words |= set() if np.isfinite(loss).all() else {"loss_nan"}
    return words | (set() if np.asarray(g).dtype == x.dtype else {"dtype"})
