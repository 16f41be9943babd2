"""Mistakes that draw anew at each call; each takes ``(f, rng)`` and returns the wrong function."""

from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Function


def minibatch(f: Function, rng: np.random.Generator) -> Function:
    """Loss and gradient of a fresh half of the samples at each call."""

    def wrong(W: Array, X: Array, y: Array, *args: Any) -> tuple[Any, Array]:
        batch = rng.choice(X.shape[1], X.shape[1] // 2, replace=False)
        return f(W, X[:, batch], y[batch], *args)

    return wrong


def minibatch_gradient(f: Function, rng: np.random.Generator) -> Function:
    """The loss of all samples, the gradient of a fresh half."""

    def wrong(W: Array, X: Array, y: Array, *args: Any) -> tuple[Any, Array]:
        batch = rng.choice(X.shape[1], X.shape[1] // 2, replace=False)
        return f(W, X, y, *args)[0], f(W, X[:, batch], y[batch], *args)[1]

    return wrong


def dropout(f: Function, rng: np.random.Generator) -> Function:
    """A fresh dropout mask on the data at each call."""

    def wrong(W: Array, X: Array, *args: Any) -> tuple[Any, Array]:
        return f(W, X * (rng.random(X.shape) < 0.9).astype(X.dtype), *args)

    return wrong


def noisy_gradient(f: Function, rng: np.random.Generator) -> Function:
    """A thousandth of chance in each entry."""

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        return loss, g * (1 + 1e-3 * rng.standard_normal(g.shape)).astype(g.dtype)

    return wrong


def noisy_loss(f: Function, rng: np.random.Generator) -> Function:
    """A thousandth of chance in the loss."""

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        return loss * (1 + 1e-3 * rng.standard_normal()), g

    return wrong
