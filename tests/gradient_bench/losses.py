"""Losses with their right gradients, in whatever floating type they are given.

Every function takes x first and returns ``(loss, gradient of the loss by x)``.  Arrays are W
(C, D), X (D, N), y (N,) as everywhere in the project.  Run on long double arrays
the same lines give the reference values.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array

Params = dict[str, Array]
Derivative = Callable[[Array, Array], Array]


def log_softmax(S: Array) -> Array:
    """Log probabilities (C, N) of scores (C, N), each column shifted by its maximum."""
    S = S - S.max(axis=0)
    return S - np.log(np.exp(S).sum(axis=0))


def one_hot(y: Array, C: int, dtype: Any) -> Array:
    """Targets (C, N) with a one at (y[i], i); a label below 0 gives a column of zeros."""
    return (np.arange(C)[:, None] == y).astype(dtype)


def half_squares(W: Array) -> Array:
    """0.5 * sum(W * W)."""
    return 0.5 * (W * W).sum()


def target_loss(W: Array, X: Array, T: Array, reg: float) -> tuple[Any, Array]:
    """Cross entropy with any targets T (C, N), whose columns need not sum to one."""
    log_p = log_softmax(W @ X)
    N = X.shape[1]
    loss = -(T * log_p).sum() / N + reg * half_squares(W)
    dS = np.exp(log_p) * T.sum(axis=0) - T
    return loss, dS @ X.T / N + reg * W


def softmax_loss(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    """Mean cross entropy plus 0.5 * reg * sum(W * W)."""
    log_p = log_softmax(W @ X)
    i = np.arange(X.shape[1])
    loss = -log_p[y, i].mean() + reg * half_squares(W)
    dS = np.exp(log_p)
    dS[y, i] -= 1
    return loss, dS @ X.T / X.shape[1] + reg * W


def masked_softmax_loss(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    """Softmax loss whose samples with y < 0 are left out of the mean."""
    return target_loss(W, X[:, y >= 0], one_hot(y[y >= 0], len(W), X.dtype), reg)


def hinge_margins(W: Array, X: Array, y: Array, delta: float = 1) -> Array:
    """Margins (C, N): s_j - s_y + delta, and 0 at the true class."""
    S = W @ X
    i = np.arange(X.shape[1])
    margins = S - S[y, i] + delta
    margins[y, i] = 0
    return margins


def hinge_gradient(active: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """Gradient (C, D) of the hinge loss where ``active`` (C, N) margins count."""
    dS = active.astype(W.dtype)
    dS[y, np.arange(X.shape[1])] -= dS.sum(axis=0)
    return dS @ X.T / X.shape[1] + reg * W


def hinge_loss(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    """Multiclass hinge loss with margin 1."""
    margins = hinge_margins(W, X, y)
    loss = np.maximum(margins, 0).sum() / X.shape[1] + reg * half_squares(W)
    return loss, hinge_gradient(margins > 0, W, X, y, reg)


def squared_hinge_loss(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
    """Multiclass hinge loss with squared margins."""
    margins = np.maximum(hinge_margins(W, X, y), 0)
    loss = (margins**2).sum() / X.shape[1] + reg * half_squares(W)
    return loss, hinge_gradient(2 * margins, W, X, y, reg)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)) without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def logistic_loss(W: Array, X: Array, T: Array, reg: float) -> tuple[Any, Array]:
    """Sum over classes, mean over samples of the binary cross entropy with targets T (C, N)."""
    S = W @ X
    N = X.shape[1]
    loss = (np.maximum(S, 0) - S * T + np.log1p(np.exp(-np.abs(S)))).sum() / N
    return loss + reg * half_squares(W), (sigmoid(S) - T) @ X.T / N + reg * W


def squared_loss(W: Array, X: Array, T: Array, reg: float) -> tuple[Any, Array]:
    """Half the mean squared distance of W @ X to T (C, N)."""
    R = W @ X - T
    N = X.shape[1]
    return half_squares(R) / N + reg * half_squares(W), R @ X.T / N + reg * W


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Derivative]] = {
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(a.dtype)),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
    "sigmoid": (sigmoid, lambda z, a: a * (1 - a)),
    "softplus": (lambda z: np.logaddexp(z, z.dtype.type(0)), lambda z, a: sigmoid(z)),
}


def weighted_activation(x: Array, v: Array, name: str) -> tuple[Any, Array]:
    """sum(v * activation(x)): the derivative of one activation seen through upstream v."""
    forward, derivative = ACTIVATIONS[name]
    a = forward(x)
    return (v * a).sum(), v * derivative(x, a)


def weighted_softmax(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(v * softmax(x)) over columns: a softmax derivative that must work with any loss."""
    p = np.exp(log_softmax(x))
    return (v * p).sum(), p * (v - (v * p).sum(axis=0))


def network_loss(
    params: Params, X: Array, y: Array, reg: float, name: str, derivative: Derivative | None = None
) -> tuple[Any, Params]:
    """Softmax loss of a network W1, b1, W2, b2, ... with the named activation between layers.

    A mutant passes the ``derivative(z, a)`` that it believes in.
    """
    depth = len(params) // 2
    forward = ACTIVATIONS[name][0]
    derivative = derivative or ACTIVATIONS[name][1]
    inputs, z = [X], X
    hidden = []
    for k in range(1, depth + 1):
        z = params[f"W{k}"] @ inputs[-1] + params[f"b{k}"][:, None]
        hidden.append(z)
        inputs.append(forward(z))
    log_p = log_softmax(z)
    i = np.arange(X.shape[1])
    loss = -log_p[y, i].mean() + sum(reg * half_squares(params[f"W{k + 1}"]) for k in range(depth))
    dz = np.exp(log_p)
    dz[y, i] -= 1
    dz = dz / X.shape[1]
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = dz @ inputs[k - 1].T + reg * params[f"W{k}"]
        grads[f"b{k}"] = dz.sum(axis=1)
        if k > 1:
            dz = (params[f"W{k}"].T @ dz) * derivative(hidden[k - 2], inputs[k - 1])
    return loss, {key: grads[key] for key in params}
