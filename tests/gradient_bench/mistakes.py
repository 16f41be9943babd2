"""Mistakes that need the course's formulas: regularization, classes, hinge, softmax, layers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.gradient_bench import losses
from tests.gradient_bench.mutate import Change, Mutation, example_weighted
from tests.gradient_bench.problem import Array, Function


def reg_times(k: float) -> Change:
    """The regularization's gradient multiplied by k."""
    return lambda rng, g, W, X, y, reg: g + g.dtype.type((k - 1) * reg) * W


def reg_over_n(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """The regularization inside the mean."""
    return g + g.dtype.type(reg * (1 / X.shape[1] - 1)) * W


def reg_absolute(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """The gradient of sum(|W|)."""
    return g + reg * (np.sign(W) - W)


def reg_on_data(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """reg times the mean sample instead of the weights."""
    return g + reg * (X.mean(axis=1) - W)


def bias_unregularised(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """The bias column is regularised in the loss only."""
    g[:, -1] -= reg * W[:, -1]
    return g


def transposed(rng: Any, g: Array, *args: Any) -> Array:
    """g.T."""
    return g.T.copy()


def transposed_reshaped(rng: Any, g: Array, *args: Any) -> Array:
    """g.T forced into the shape of g."""
    return g.T.reshape(g.shape)


def classes_swapped(rng: np.random.Generator, g: Array, *args: Any) -> Array:
    """Two classes exchange their gradients."""
    a, b = rng.choice(len(g), 2, replace=False)
    g[[a, b]] = g[[b, a]]
    return g


def first_class_copied(rng: Any, g: Array, *args: Any) -> Array:
    """Every class gets the gradient of class 0."""
    return np.repeat(g[:1], len(g), axis=0)


def entries_swapped(rng: np.random.Generator, g: Array, *args: Any) -> Array:
    """Two entries of different classes and features exchange their values."""
    (a, b), (i, j) = (rng.choice(n, 2, replace=False) for n in g.shape)
    g[a, i], g[b, j] = g[b, j], g[a, i]
    return g


def weighted_examples(weights: Callable[[int], Array]) -> Mutation:
    """The mutation that weighs the samples in the gradient only."""

    def mutate(f: Function, rng: Any) -> Function:
        change = example_weighted(f, weights)

        def wrong(W: Array, *args: Any) -> tuple[Any, Array]:
            loss, g = f(W, *args)
            return loss, change(rng, g, W, *args)

        return wrong

    return mutate


def hinge_counts(Y: Array, S: Array) -> Array:
    """Y times the number of margins of each sample that count."""
    margins = S - (S * Y).sum(axis=0) + 1
    return Y * ((margins > 0).sum(axis=0) - 1)


def hinge_margin(delta: float) -> Change:
    """The gradient of the hinge loss with another margin."""

    def change(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
        active = losses.hinge_margins(W, X, y, delta) > 0
        return losses.hinge_gradient(active, W, X, y, reg)

    return change


def hinge_worst(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """Only the largest margin of each sample counts."""
    margins = losses.hinge_margins(W, X, y)
    active = (margins > 0) & (margins == margins.max(axis=0))
    return losses.hinge_gradient(active, W, X, y, reg)


def hinge_squared(rng: Any, g: Array, W: Array, X: Array, y: Array, reg: float) -> Array:
    """Margins weigh by their size, as if squared."""
    margins = np.maximum(losses.hinge_margins(W, X, y), 0)
    return losses.hinge_gradient(margins, W, X, y, reg)


def softmax_diagonal(rng: Any, g: Array, x: Array, v: Array) -> Array:
    """Only the diagonal p (1 - p) of the Jacobian."""
    p = np.exp(losses.log_softmax(x))
    return v * p * (1 - p)


def softmax_p_v(rng: Any, g: Array, x: Array, v: Array) -> Array:
    """The Jacobian's first term alone."""
    return v * np.exp(losses.log_softmax(x))


def softmax_wrong_axis(rng: Any, g: Array, x: Array, v: Array) -> Array:
    """The sum over v p taken over samples."""
    p = np.exp(losses.log_softmax(x))
    return p * (v - (v * p).sum(axis=1, keepdims=True))


def derivative(d: losses.Derivative) -> Mutation:
    """The mutation of a network that takes d(z, a) for its activation's derivative."""

    def mutate(f: Function, rng: Any) -> Function:
        def wrong(params: Any, *args: Any) -> tuple[Any, Any]:
            return f(params, *args)[0], f(params, *args, d)[1]

        return wrong

    return mutate


def softmax_like(probabilities: Callable[[Array], Array], loss_too: bool) -> Mutation:
    """The mutation that computes with probabilities(S) in the gradient, or in the loss too."""

    def mutate(f: Function, rng: Any) -> Function:
        def wrong(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
            loss = f(W, X, y, reg)[0]
            S, i = W @ X, np.arange(X.shape[1])
            with np.errstate(all="ignore"):
                p = probabilities(S)
                if loss_too:
                    loss = -np.log(p[y, i]).mean() + reg * losses.half_squares(W)
                p[y, i] -= 1
                return loss, p @ X.T / X.shape[1] + reg * W

        return wrong

    return mutate


def naive_softmax(S: Array) -> Array:
    """Probabilities without the maximum subtracted."""
    e = np.exp(S)
    return e / e.sum(axis=0)


def scores_clipped(limit: float) -> Mutation:
    """The gradient's scores are clipped to [-limit, limit]."""
    return softmax_like(lambda S: naive_softmax(np.clip(S, -limit, limit)), False)


def uniform(f: Function, rng: Any) -> Function:
    """Every probability is 1 / C in the gradient, as it is for W = 0."""
    return softmax_like(lambda S: np.full_like(S, 1) / len(S), False)(f, rng)


def probabilities_clipped(f: Function, rng: Any) -> Function:
    """The loss takes no probability below 1e-12; the gradient knows nothing of it."""

    def wrong(W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Array]:
        log_p = losses.log_softmax(W @ X)[y, np.arange(X.shape[1])]
        loss = -np.log(np.maximum(np.exp(log_p), 1e-12)).mean() + reg * losses.half_squares(W)
        return loss, f(W, X, y, reg)[1]

    return wrong


no_maximum = softmax_like(naive_softmax, True)
no_maximum_in_gradient = softmax_like(naive_softmax, False)
