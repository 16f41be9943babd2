"""Refuse bad input to a loss before any work starts, with a sentence that says what to do."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


def check_inputs(
    W: ArrayLike, X: ArrayLike, y: ArrayLike, reg: float
) -> tuple[Floats, NDArray[Any], Integers, float]:
    """Return the four arguments of a loss as arrays and a float, or refuse them.

    W    (C, D) float32 or float64, finite
    X    (D, N) real numbers, one column a sample, N >= 1
    y    (N,) integers, 0 <= y[i] < C
    reg  one number, 0 <= reg < infinity

    Nothing is copied when arrays are given.  Raises TypeError for a wrong dtype and ValueError
    for a wrong shape or value.
    """
    W, X, y = np.asarray(W), np.asarray(X), np.asarray(y)
    check_weights(W)
    check_data(X, W)
    if X.shape[1] == 0:
        raise ValueError(f"X has shape {X.shape}, so N = 0; expected one sample or more.")
    check_labels(y, X, num_classes=W.shape[0])
    return W, X, y, check_regularization(reg)


def check_weights(W: NDArray[Any]) -> None:
    """Refuse W unless it is a finite (C, D) array of floats."""
    if W.ndim != 2 or 0 in W.shape:
        raise ValueError(f"W has shape {W.shape}; expected (C, D), one row a class.")
    if W.dtype.kind != "f":
        raise TypeError(
            f"W has dtype {W.dtype}; expected float64 or float32: pass W.astype(float), "
            "since a gradient step cannot be taken in whole numbers."
        )
    if not np.isfinite(W).all():
        raise ValueError(
            f"W has {np.count_nonzero(~np.isfinite(W))} entries that are nan or inf; expected "
            "finite weights: if they come from training, start again with a lower learning rate."
        )


def check_data(X: NDArray[Any], W: NDArray[Any]) -> None:
    """Refuse X unless it is a (D, N) array of real numbers with the D of W."""
    D = W.shape[1]
    if X.dtype.kind not in "fiub":
        raise TypeError(f"X has dtype {X.dtype}; expected real numbers: pass X.astype(float).")
    if X.ndim != 2 or X.shape[0] != D:
        raise ValueError(
            f"X has shape {X.shape} and W has shape {W.shape}; expected X as (D, N) with D = {D}, "
            f"one column a sample{_transpose_advice(X, W)}."
        )


def _transpose_advice(X: NDArray[Any], W: NDArray[Any]) -> str:
    if X.ndim == 2 and X.shape[1] == W.shape[1]:
        return ": the transpose would fit, so pass X.T"
    if X.ndim == 2 and X.shape[0] == W.shape[0]:
        return ": the transpose of W would fit, so pass W.T, one row a class"
    return ""


def check_labels(y: NDArray[Any], X: NDArray[Any], *, num_classes: int) -> None:
    """Refuse y unless it holds one integer in [0, C) for each column of X."""
    D, N = X.shape
    if y.shape != (N,):
        raise ValueError(
            f"y has shape {y.shape} and X has shape {X.shape}; expected y as ({N},), one label for "
            f"each column of X{_label_advice(y, D, N)}."
        )
    if y.dtype.kind not in "iu":
        raise TypeError(f"y has dtype {y.dtype}; expected integer labels: pass y.astype(int).")
    low, high = y.min(), y.max()
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"y holds labels from {low} to {high}; expected 0 to {num_classes - 1}, since W has "
            f"{num_classes} rows: are the classes counted from 0?"
        )


def _label_advice(y: NDArray[Any], D: int, N: int) -> str:
    if y.size == N:
        return ": pass y.ravel()"
    if y.shape == (D,):
        return ": there is one for each row, so pass X.T"
    return ""


def check_regularization(reg: float) -> float:
    """Return reg as a Python float, which leaves float32 arrays float32; refuse a negative one."""
    try:
        strength = float(reg)
    except (TypeError, ValueError):
        raise TypeError(f"reg is {reg!r}; expected one number, 0 or more.") from None
    if not 0 <= strength < math.inf:
        raise ValueError(f"reg is {strength}; expected a finite number, 0 or more.")
    return strength
