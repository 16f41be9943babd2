"""Mistakes that turn a right function into a wrong one.

``changed(build, change)`` replaces the gradient g by ``change(rng, g, x, *args)``; ``rng`` is
seeded once an instance, so that a mistake at a random place stays at that place.  Every wrong
function keeps the right one as ``__wrapped__``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.gradient_bench import losses
from tests.gradient_bench.problem import Array, Build, Function, Instance

Change = Callable[..., Any]
Mutation = Callable[[Function, np.random.Generator], Function]


def rebuilt(build: Build, mutate: Mutation) -> Build:
    """The builder whose function went through ``mutate(f, rng)``."""

    def build_mutant(rng: np.random.Generator) -> Instance:
        f, x, args = build(rng)
        g = mutate(f, rng)
        g.__wrapped__ = f  # type: ignore[attr-defined]
        return g, x, args

    return build_mutant


def changed(build: Build, change: Change) -> Build:
    """The builder whose gradient is changed, always in the same place."""

    def mutate(f: Function, rng: np.random.Generator) -> Function:
        seed = int(rng.integers(2**31))

        def wrong(x: Any, *args: Any) -> tuple[Any, Any]:
            loss, g = f(x, *args)
            return loss, change(np.random.default_rng(seed), g, x, *args)

        return wrong

    return rebuilt(build, mutate)


def part_changed(build: Build, key: str, change: Change) -> Build:
    """Like ``changed`` for one array of a dict of gradients."""

    def change_part(rng: np.random.Generator, grads: Any, params: Any, *args: Any) -> Any:
        return grads | {key: change(rng, grads[key], params[key], *args)}

    return changed(build, change_part)


def times(k: float) -> Change:
    """k * g."""
    return lambda rng, g, x, *args: g * g.dtype.type(k)


def add_x(k: float) -> Change:
    """g + k * x."""
    return lambda rng, g, x, *args: g + g.dtype.type(k) * x


def scaled_at(index: Any, k: float) -> Change:
    """g with g[index] multiplied by k."""

    def change(rng: np.random.Generator, g: Array, x: Array, *args: Any) -> Array:
        g[index] *= g.dtype.type(k)
        return g

    return change


def entry_scaled(k: float, quantile: float = 0.5) -> Change:
    """One entry multiplied by k, the one at ``quantile`` of the magnitudes at the first call."""
    chosen: dict[int, int] = {}

    def change(rng: np.random.Generator, g: Array, x: Array, *args: Any) -> Array:
        instance = int(rng.integers(2**62))
        if instance not in chosen:
            order = np.argsort(np.abs(g), axis=None)
            chosen[instance] = int(order[round(quantile * (g.size - 1))])
        g.flat[chosen[instance]] *= g.dtype.type(k)
        return g

    return change


def row_scaled(k: float) -> Change:
    """The gradient of one class multiplied by k."""

    def change(rng: np.random.Generator, g: Array, x: Array, *args: Any) -> Array:
        g[rng.integers(len(g))] *= g.dtype.type(k)
        return g

    return change


def column_scaled(k: float) -> Change:
    """The gradient of one feature (not the bias) multiplied by k."""

    def change(rng: np.random.Generator, g: Array, x: Array, *args: Any) -> Array:
        g[:, rng.integers(g.shape[1] - 1)] *= g.dtype.type(k)
        return g

    return change


def set_at(value: float) -> Change:
    """One entry set to ``value``."""

    def change(rng: np.random.Generator, g: Array, x: Array, *args: Any) -> Array:
        g.flat[rng.integers(g.size)] = value
        return g

    return change


def relative_noise(size: float) -> Change:
    """Every entry with a relative error of its own, the same at each call."""
    return lambda rng, g, x, *args: (
        g * (1 + size * rng.choice([-1.0, 1.0], g.shape)).astype(g.dtype)
    )


def through(dtype: Any) -> Change:
    """g rounded to ``dtype`` and back."""
    return lambda rng, g, x, *args: g.astype(dtype).astype(g.dtype)


def data_times(factor: Callable[[int, int], float]) -> Change:
    """The data term multiplied by factor(C, N), the regularization left alone."""

    def change(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
        k = g.dtype.type(factor(len(W), X.shape[1]))
        return (g - reg * W) * k + reg * W

    return change


def true_class(coefficients: Callable[[Array, Array], Array]) -> Change:
    """Adds coefficients(Y, S) (C, N) @ X.T / N, with Y one-hot and S the scores."""

    def change(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
        Y = losses.one_hot(y, len(W), g.dtype)
        return g + coefficients(Y, W @ X).astype(g.dtype) @ X.T / X.shape[1]

    return change


def at_argmax(S: Array) -> Array:
    """One-hot columns at the largest score."""
    return losses.one_hot(S.argmax(axis=0), len(S), S.dtype)


def only_first_label(Y: Array, S: Array) -> Array:
    """The true-class term of the label that sample 0 has, to be taken away again."""
    return Y * Y[:, :1]


def example_weighted(f: Function, weights: Callable[[int], Array]) -> Change:
    """The data term as the sum of w_i times the gradient of sample i, over N."""

    def change(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
        data = g - reg * W
        for i in np.flatnonzero(weights(len(y)) != 1):
            single = f(W, X[:, i : i + 1], y[i : i + 1], 0.0)[1]
            data = data + g.dtype.type(weights(len(y))[i] - 1) * single / len(y)
        return data + reg * W

    return change


def without(i: int) -> Callable[[int], Array]:
    """Weights that leave sample i out."""
    return lambda N: 1.0 - (np.arange(N) == i % N)


def twice(i: int) -> Callable[[int], Array]:
    """Weights that count sample i twice."""
    return lambda N: 1.0 + (np.arange(N) == i % N)


def only_last(N: int) -> Array:
    """Weights that overwrite instead of adding up: the last sample alone is left."""
    return 1.0 * (np.arange(N) == N - 1)
