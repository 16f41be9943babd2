"""Refuse bad input to an activation, a loss or a layer, with a sentence that says what to do."""

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from classifiers.inputs import Floats

Kept = TypeVar("Kept")


def _floats(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}; expected real numbers.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def check_numbers(name: str, values: ArrayLike) -> Floats:
    """Return values as an array of floats; refuse what is nan or not a real number."""
    array = _floats(name, values)
    if np.isnan(array).any():
        raise ValueError(
            f"{name} has {np.count_nonzero(np.isnan(array))} entries that are nan; expected "
            "numbers: look at what was computed before it."
        )
    return array


def check_scores(z: ArrayLike, axis: int) -> Floats:
    """Return the scores z as floats; each sample needs one finite score, the others may be -inf."""
    z = _floats("z", z)
    check_axis("z", z, axis)
    highest = z.max(axis=axis)
    if not np.isfinite(highest).all():
        wrong = highest[~np.isfinite(highest)].flat[0]
        raise ValueError(
            f"The highest score of a sample is {wrong}; expected a finite one in every sample"
            + (": not all classes can be masked." if wrong == -math.inf else ".")
        )
    return z


def check_axis(name: str, array: NDArray[Any], axis: int) -> None:
    """Refuse an axis that the array does not have, or that holds no class."""
    if not isinstance(axis, int | np.integer) or not -array.ndim <= axis < array.ndim:
        raise ValueError(
            f"{name} has shape {array.shape} and the classes are said to lie along axis {axis}; "
            "expected an axis that is there."
        )
    if array.shape[axis] == 0:
        raise ValueError(f"{name} has shape {array.shape}; expected one class or more.")


def check_probabilities(p: ArrayLike, *, ndim: int) -> Floats:
    """Return p as floats; refuse another number of dimensions, and columns that do not sum to 1."""
    p = check_numbers("p", p)
    if p.ndim != ndim or len(p) == 0:
        expected = "(C,), the probabilities of one sample" if ndim == 1 else "(C, N)"
        raise ValueError(f"p has shape {p.shape}; expected {expected}.")
    total = p.sum(axis=0)
    if p.size and (p.min() < 0 or np.abs(total - 1).max() > 1e-3):
        raise ValueError(
            f"p has entries from {p.min():.4g} to {p.max():.4g} and sums from {np.min(total):.4g} "
            f"to {np.max(total):.4g}; expected probabilities, which sum to 1: pass softmax(z)."
        )
    return p


def check_alike(**arrays: ArrayLike) -> tuple[Floats, Floats]:
    """Return two named arrays as floats; refuse them unless their shapes are the same."""
    (first, a), (second, b) = ((name, _floats(name, array)) for name, array in arrays.items())
    if a.shape != b.shape:
        raise ValueError(
            f"{first} has shape {a.shape} and {second} has shape {b.shape}; expected the same."
        )
    return a, b


def check_targets(out: ArrayLike, target: ArrayLike, axis: int) -> tuple[Floats, Floats]:
    """Return a network's output as floats, and the target as weights of its shape and dtype.

    out     any shape, real numbers, classes along the axis, N >= 1 samples along the others
    target  integer labels, shape of out without the axis; or weights, shape of out, finite, 0 or
            more, which need not sum to 1

    Raises TypeError or ValueError for a target of another shape, dtype or range.
    """
    out, target = check_numbers("The output", out), np.asarray(target)
    check_axis("The output", out, axis)
    if out.size == 0:
        raise ValueError(f"The output has shape {out.shape}; expected one sample or more.")
    if target.ndim == out.ndim - 1:
        return out, _one_hot(target, out, axis)
    if target.shape != out.shape:
        raise ValueError(
            f"The target has shape {target.shape} and the output {out.shape}; expected the same "
            f"shape for weights, or that without axis {axis} for labels."
        )
    return out, _weights(target, out.dtype)


def _weights(target: NDArray[Any], dtype: np.dtype[Any]) -> Floats:
    weights = _floats("The target", target).astype(dtype, copy=False)
    if not (np.isfinite(weights).all() and weights.min() >= 0):
        raise ValueError(
            f"The target has entries from {weights.min()} to {weights.max()}; expected finite "
            "weights, 0 or more."
        )
    return weights


def _one_hot(labels: NDArray[Any], out: Floats, axis: int) -> Floats:
    expected = tuple(np.delete(out.shape, axis).tolist())
    if labels.shape != expected:
        raise ValueError(
            f"The target has shape {labels.shape} and the output {out.shape}; expected labels of "
            f"shape {expected}, one a sample, or weights of shape {out.shape}."
        )
    check_label_values(labels, out.shape[axis])
    weights = np.zeros_like(out)
    np.put_along_axis(weights, np.expand_dims(labels, axis), 1, axis)
    return weights


def check_label_values(labels: NDArray[Any], num_classes: int) -> None:
    """Refuse labels unless they are integers from 0 to num_classes - 1."""
    if labels.dtype.kind not in "iu":
        raise TypeError(f"The labels have dtype {labels.dtype}; expected integers.")
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f"The labels are from {labels.min()} to {labels.max()}; expected 0 to "
            f"{num_classes - 1}: are the classes counted from 0?"
        )


def after_forward(layer: object, kept: Kept | None) -> Kept:
    """Return what a layer kept of its forward; refuse a backward that comes before one."""
    if kept is None:
        name = type(layer).__name__
        raise RuntimeError(f"{name}.backward was called before {name}.forward; call that first.")
    return kept
