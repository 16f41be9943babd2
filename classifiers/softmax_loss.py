"""The softmax loss and its gradient, with loops and without."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.inputs import Floats, Integers, check_inputs


def softmax_loss_naive(W: Floats, X: NDArray[Any], y: Integers, reg: float) -> tuple[float, Floats]:
    """Return the softmax loss and its gradient on W, with explicit loops.

    W    (C, D) float64 or float32, weights, one row a class
    X    (D, N) data, one column a sample, bias row included
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Returns (loss, dW):
    loss  float, in nats: mean over samples of -log softmax(W @ X[:, i])[y[i]],
          plus 0.5 * reg * sum(W * W)
    dW    (C, D), dtype of W, its gradient on W; a new array each call

    The inputs are left as they are.  Scores of any finite size give a finite loss.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    Formulas (20) and (21) of docs/softmax.md.
    Source: CS231n notes, "Linear classification: Softmax classifier" (its Winter 2015 layout).
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    # BEGIN SOLUTION
    C, N = W.shape[0], X.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = W @ X[:, i]
        scores -= scores.max()
        total = 0.0
        for c in range(C):
            total += np.exp(scores[c])
        loss += np.log(total) - scores[y[i]]
        for c in range(C):
            p = np.exp(scores[c]) / total
            dW[c] += (p - (c == y[i])) * X[:, i]
    loss = loss / N + 0.5 * np.sum(reg * W * W)
    dW = dW / N + reg * W
    return float(loss), dW
    # END SOLUTION


def softmax_loss_vectorized(
    W: Floats, X: NDArray[Any], y: Integers, reg: float
) -> tuple[float, Floats]:
    """Return the softmax loss and its gradient on W, without a Python loop.

    W    (C, D) float64 or float32, weights, one row a class
    X    (D, N) data, one column a sample, bias row included
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Returns (loss, dW), the same as softmax_loss_naive:
    loss  float, in nats: mean over samples of -log softmax(W @ X[:, i])[y[i]],
          plus 0.5 * reg * sum(W * W)
    dW    (C, D), dtype of W, its gradient on W; a new array each call

    The inputs are left as they are.  Scores of any finite size give a finite loss.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    Formulas (20) and (21) of docs/softmax.md.
    Source: CS231n notes, "Linear classification: Softmax classifier" (its Winter 2015 layout).
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    # BEGIN SOLUTION
    N = X.shape[1]
    true_class = y, np.arange(N)
    scores = W @ X
    scores -= scores.max(axis=0)
    true_scores = scores[true_class]
    P = np.exp(scores, out=scores)
    totals = P.sum(axis=0)
    loss = np.mean(np.log(totals) - true_scores) + 0.5 * np.sum(reg * W * W)
    P /= totals
    P[true_class] -= 1
    P /= N
    dW = (P @ X.T).astype(W.dtype, copy=False)
    dW += reg * W
    return float(loss), dW
    # END SOLUTION
