"""The multiclass hinge loss and its gradient, with loops and without."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.inputs import Floats, Integers, check_inputs


def svm_loss_naive(W: Floats, X: NDArray[Any], y: Integers, reg: float) -> tuple[float, Floats]:
    """Return the multiclass hinge loss with margin 1 and its gradient on W, with explicit loops.

    W    (C, D) float64 or float32, weights, one row a class
    X    (D, N) data, one column a sample, bias row included
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Returns (loss, dW):
    loss  float, in units of score: mean over samples of
          sum over c != y[i] of max(0, scores[c] - scores[y[i]] + 1),
          plus 0.5 * reg * sum(W * W)
    dW    (C, D), dtype of W, its gradient on W; a new array each call.  Where a margin is exactly
          zero the loss has a kink; there the gradient counts that margin as satisfied.

    The inputs are left as they are.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    Source: CS231n notes, "Linear classification: Multiclass Support Vector Machine loss", after
    Weston and Watkins (1999).
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    # BEGIN SOLUTION
    C, N = W.shape[0], X.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = W @ X[:, i]
        for c in range(C):
            margin = scores[c] - scores[y[i]] + 1
            if c != y[i] and margin > 0:
                loss += margin
                dW[c] += X[:, i]
                dW[y[i]] -= X[:, i]
    loss = loss / N + 0.5 * np.sum(reg * W * W)
    dW = dW / N + reg * W
    return float(loss), dW
    # END SOLUTION


def svm_loss_vectorized(
    W: Floats, X: NDArray[Any], y: Integers, reg: float
) -> tuple[float, Floats]:
    """Return the multiclass hinge loss with margin 1 and its gradient on W, without a Python loop.

    W    (C, D) float64 or float32, weights, one row a class
    X    (D, N) data, one column a sample, bias row included
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Returns (loss, dW), the same as svm_loss_naive:
    loss  float, in units of score: mean over samples of
          sum over c != y[i] of max(0, scores[c] - scores[y[i]] + 1),
          plus 0.5 * reg * sum(W * W)
    dW    (C, D), dtype of W, its gradient on W; a new array each call.  Where a margin is exactly
          zero the loss has a kink; there the gradient counts that margin as satisfied.

    The inputs are left as they are.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    Source: CS231n notes, "Linear classification: Multiclass Support Vector Machine loss", after
    Weston and Watkins (1999).
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    # BEGIN SOLUTION
    N = X.shape[1]
    true_class = y, np.arange(N)
    margins = W @ X
    margins -= margins[true_class] - 1
    margins[true_class] = 0
    np.maximum(margins, 0, out=margins)
    loss = margins.sum() / N + 0.5 * np.sum(reg * W * W)
    pulls = (margins > 0).astype(margins.dtype)
    pulls[true_class] = -pulls.sum(axis=0)
    pulls /= N
    dW = (pulls @ X.T).astype(W.dtype, copy=False)
    dW += reg * W
    return float(loss), dW
    # END SOLUTION
