"""The numeric gradient checker of this project: a central difference, entry by entry.

    df/dx[i]  is about  (f(x + h e_i) - f(x - h e_i)) / (2 h)

Names and signatures are those of CS231n's gradient_check.py, so that its notebooks run unchanged.
Source: CS231n notes, "Gradient checks".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Index = tuple[int, ...]


@dataclass(frozen=True)
class SparseCheck:
    """One entry that grad_check_sparse looked at.

    index      where in x
    numerical  the central difference there
    analytic   the entry of the gradient that was handed in
    error      their relative error, 0 where both are zero
    """

    index: Index
    numerical: float
    analytic: float
    error: float


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return max |x - y| / max(1e-8, |x| + |y|) over all entries; 0 where both are zero.

    x, y  arrays or numbers.  Raises ValueError for two shapes that do not go together.
    """
    x, y = np.asarray(x), np.asarray(y)
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def eval_numerical_gradient(
    f: Callable[[Array], Any], x: Array, verbose: bool = False, h: float = 1e-5
) -> Array:
    """Return the numeric gradient of f at x, an array of the shape and dtype of x.

    f        takes x and returns one number
    x        floats of any shape; each entry is moved by h, in place, and put back, also after an
             exception, so that an f that reads x from outside sees the move
    verbose  whether to print each entry as it is found
    h        step, in the units of x

    Raises TypeError for an x that is not of floats.
    """
    gradient = np.zeros_like(_floats(x))
    for index in np.ndindex(x.shape):
        above, below = _both_sides(f, x, index, h)
        gradient[index] = (above - below) / (2 * h)
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(
    f: Callable[[Array], Array], x: Array, df: ArrayLike, h: float = 1e-5
) -> Array:
    """Return the numeric gradient of sum(f(x) * df) at x, an array of the shape and dtype of x.

    f   takes x and returns an array
    x   floats of any shape, moved entry by entry as in eval_numerical_gradient
    df  gradient from above, of the shape that f returns
    h   step, in the units of x

    Raises TypeError for an x that is not of floats.
    """
    gradient = np.zeros_like(_floats(x))
    for index in np.ndindex(x.shape):
        above, below = _both_sides(f, x, index, h)
        gradient[index] = np.sum((above - below) * df) / (2 * h)
    return gradient


def grad_check_sparse(
    f: Callable[[Array], Any],
    x: Array,
    analytic_grad: Array,
    num_checks: int = 10,
    h: float = 1e-5,
    seed: int | None = None,
) -> list[SparseCheck]:
    """Compare analytic_grad with the numeric gradient at some entries; print and return them.

    f              takes x and returns one number
    x              floats of any shape, moved entry by entry as in eval_numerical_gradient
    analytic_grad  the gradient in question, of the shape of x
    num_checks     how many entries at least: every row of a matrix is looked at, whatever this is
    h              step, in the units of x
    seed           of the choice of entries; None chooses anew each time

    One of the entries lies in the last column, where the bias is.

    Raises TypeError for an x that is not of floats, and ValueError for a gradient of another shape.
    """
    _floats(x)
    if np.shape(analytic_grad) != x.shape:
        raise ValueError(
            f"analytic_grad has shape {np.shape(analytic_grad)}; expected {x.shape}, that of x."
        )
    checks = []
    for index in _sample(x.shape, num_checks, np.random.default_rng(seed)):
        above, below = _both_sides(f, x, index, h)
        numerical, analytic = float((above - below) / (2 * h)), float(analytic_grad[index])
        error = _relative_error(numerical, analytic)
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {error:e}")
        checks.append(SparseCheck(index, numerical, analytic, error))
    return checks


def _floats(x: Array) -> Array:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        given = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(
            f"x is {given}; expected a numpy array of floats, which a step of h can move: pass "
            "np.array(x, dtype=float)."
        )
    return x


def _both_sides(f: Callable[[Array], Any], x: Array, index: Index, h: float) -> tuple[Any, Any]:
    """Return f at x + h and at x - h in one entry, and leave x as it was."""
    kept = x[index]
    try:
        x[index] = kept + h
        above = np.array(f(x))
        x[index] = kept - h
        below = np.array(f(x))
    finally:
        x[index] = kept
    return above, below


def _sample(shape: Index, num_checks: int, rng: np.random.Generator) -> Iterator[Index]:
    """Yield random indices; of a matrix, every row in turn and first of all its last column."""
    num_checks = max(num_checks, shape[0]) if len(shape) == 2 else num_checks
    rows = rng.permutation(shape[0] if shape else 0)
    for check in range(num_checks):
        index = [int(rng.integers(size)) for size in shape]
        if len(shape) == 2:
            index[0] = int(rows[check % shape[0]])
            index[1] = shape[1] - 1 if check == 0 else index[1]
        yield tuple(index)


def _relative_error(numerical: float, analytic: float) -> float:
    size = abs(numerical) + abs(analytic)
    return abs(numerical - analytic) / size if size else 0.0
