"""The laws that a right answer obeys, whatever its numbers are; each is tried on one problem.

A law needs no right result to compare with: it calls the answer twice and compares the two.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.problems import Problem

Array = NDArray[Any]
Call = Callable[..., list[Array]]


@dataclass(frozen=True)
class Trial:
    """One law, tried.

    name      what the law is called
    phrase    what was done, as the start of a sentence
    what      the outputs that were compared, as they are said to a student
    got       what came out
    expected  what the law says
    """

    name: str
    phrase: str
    what: tuple[str, ...]
    got: list[Array]
    expected: list[Array]


BOTH = ("your loss", "your gradient")


def softmax_loss(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of the softmax loss (W, X, y, reg)."""
    W, X, y, _ = problem.arguments
    log_C = np.array(math.log(len(W)))
    loss = call(0 * W, X, y, 0.0)[0]
    yield Trial("log C", "With all weights 0 every class is as probable", BOTH, [loss], [log_C])
    yield from _losses(call, problem)


def svm_loss(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of the hinge loss (W, X, y, reg)."""
    W, X, y, _ = problem.arguments
    loss = call(0 * W, X, y, 0.0)[0]
    phrase = "With all weights 0 every wrong class violates its margin by 1"
    yield Trial("C − 1", phrase, BOTH, [loss], [np.array(len(W) - 1.0)])
    yield from _losses(call, problem)


def _losses(call: Call, problem: Problem) -> Iterator[Trial]:
    W, X, y, _ = problem.arguments
    C, N = len(W), X.shape[1]
    loss, dW = call(W, X, y, 0.0)

    def same(name: str, phrase: str, got: list[Array]) -> Trial:
        return Trial(name, phrase, BOTH, got, [loss, dW])

    twice = call(W, np.hstack([X, X]), np.tile(y, 2), 0.0)
    yield same("doubled data", "With every sample given twice", twice)
    order = np.arange(N)[::-1]
    turned = call(W, X[:, order], y[order], 0.0)
    yield same("order of the samples", "With the samples in another order", turned)
    classes = np.roll(np.arange(C), 2)
    there, dW_there = call(W[classes], X, np.argsort(classes)[y], 0.0)
    back = [there, dW_there[np.argsort(classes)]]
    yield same("order of the classes", "With the classes in another order", back)
    added = call(W + np.linspace(-1, 2, W.shape[1]), X, y, 0.0)
    yield same("added vector", "With the same vector added to every row of W", added)
    alone = [call(W, X[:, i : i + 1], y[i : i + 1], 0.0) for i in range(N)]
    mean = [np.mean([one[part] for one in alone], axis=0) for part in range(2)]
    phrase = "Beside the mean of what you return for each sample alone"
    yield Trial("mean of single samples", phrase, BOTH, [loss, dW], mean)
    phrase = "Without regularization the rows of a gradient add up to 0"
    sums = dW.sum(axis=0)
    yield Trial("class sums", phrase, ("their sum",), [sums], [0 * sums])


def softmax(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of softmax(z, axis)."""
    z, axis = problem.arguments
    (p,) = call(z, axis)
    ones, what = np.ones(z.shape[1]), ("what you return",)
    yield Trial(
        "sum to 1",
        "The probabilities of a sample add up to 1",
        ("their sum",),
        [p.sum(axis=axis)],
        [ones],
    )
    (low, high), phrase = (p.min(), p.max()), "Probabilities lie between 0 and 1"
    yield Trial(
        "0 to 1",
        phrase,
        ("your lowest", "your highest"),
        [low, high],
        [np.maximum(low, 0), np.minimum(high, 1)],
    )
    shifted = call(z + np.linspace(-3, 4, z.shape[1]), axis)
    yield Trial("shift", "With the same number added to all scores of a sample", what, shifted, [p])
    turned = call(z.T, 1)[0].T
    yield Trial("axis", "With one row a sample, and axis = 1", what, [turned], [p])
    (permuted,) = call(z[::-1], axis)
    yield Trial(
        "order of the classes", "With the classes in another order", what, [permuted[::-1]], [p]
    )


def softmax_jacobian(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of softmax's Jacobian at p."""
    (p,) = problem.arguments
    (J,) = call(p)
    zeros, theirs = np.zeros(len(p)), ("their sums",)
    yield Trial("rows", "Each row of the Jacobian adds up to 0", theirs, [J.sum(axis=1)], [zeros])
    yield Trial(
        "columns", "Each column of the Jacobian adds up to 0", theirs, [J.sum(axis=0)], [zeros]
    )
    yield Trial("symmetry", "The Jacobian equals its transpose", ("yours",), [J], [J.T])
    (permuted,) = call(p[::-1])
    phrase = "With the classes in another order"
    yield Trial("order of the classes", phrase, ("your Jacobian",), [permuted[::-1, ::-1]], [J])


def softmax_vjp(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of the vector-Jacobian product (p, dp, axis)."""
    p, dp, axis = problem.arguments
    (dz,), what = call(p, dp, axis), ("what you return",)
    phrase = "A number added to all scores of a sample changes nothing, so its dz adds up to 0"
    yield Trial(
        "sum over the classes", phrase, ("their sum",), [dz.sum(axis=axis)], [np.zeros(p.shape[1])]
    )
    yield Trial("twice dp", "With twice the dp", what, call(p, 2 * dp, axis), [2 * dz])
    shifted = call(p, dp + np.linspace(-3, 4, p.shape[1]), axis)
    phrase = "With the same number added to all entries of a sample's dp"
    yield Trial("shift", phrase, what, shifted, [dz])
    turned = call(p.T, dp.T, 1)[0].T
    yield Trial("axis", "With one row a sample, and axis = 1", what, [turned], [dz])
    (alone,) = call(p[:, :1], dp[:, :1], axis)
    yield Trial("single sample", "With the first sample alone", what, [alone], [dz[:, :1]])


def softmax_cross_entropy(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of the cross entropy (z, target, axis)."""
    z, target, axis = problem.arguments
    target = target if target.shape == z.shape else np.equal.outer(np.arange(len(z)), target) * 1.0
    loss, dz = call(z, target, axis)
    yield Trial(
        "twice the target",
        "With twice the target",
        BOTH,
        call(z, 2 * target, axis),
        [2 * loss, 2 * dz],
    )
    other = np.roll(target, 1, axis=0) + 0.5
    parts = [a + b for a, b in zip(call(z, target, axis), call(z, other, axis), strict=True)]
    yield Trial(
        "sum of two targets",
        "With the sum of two targets",
        BOTH,
        call(z, target + other, axis),
        parts,
    )
    twice = call(np.hstack([z, z]), np.hstack([target, target]), axis)
    yield Trial(
        "doubled data",
        "With every sample given twice",
        BOTH,
        twice,
        [loss, np.hstack([dz, dz]) / 2],
    )
    shifted = call(z + np.linspace(-3, 4, z.shape[1]), target, axis)
    yield Trial(
        "shift", "With the same number added to all scores of a sample", BOTH, shifted, [loss, dz]
    )
    sums = dz.sum(axis=axis)
    yield Trial(
        "class sums", "The gradient of a sample adds up to 0", ("your sum",), [sums], [0 * sums]
    )
    turned, dz_turned = call(z.T, target.T, 1)
    yield Trial(
        "axis", "With one row a sample, and axis = 1", BOTH, [turned, dz_turned.T], [loss, dz]
    )


def network_loss(call: Call, problem: Problem) -> Iterator[Trial]:
    """Yield the laws of the network's loss (params, X, target)."""
    params, X, target = problem.arguments
    right = call(params, X, target)
    what = ("your loss", *(f"your gradient on {name}" for name in sorted(params)))
    twice = call(params, np.hstack([X, X]), np.hstack([target, target]))
    yield Trial("doubled data", "With every sample given twice", what, twice, right)
    doubled = call(params, X, 2 * target)
    yield Trial(
        "twice the target", "With twice the target", what, doubled, [2 * part for part in right]
    )
    order = np.roll(np.arange(len(params["b1"])), 1)
    turned = {"W1": params["W1"][order], "b1": params["b1"][order], "W2": params["W2"][:, order]}
    loss, W1, W2, b1, b2 = call({**params, **turned}, X, target)
    back = np.argsort(order)
    phrase = "With the hidden units in another order"
    yield Trial(
        "order of the hidden units",
        phrase,
        what,
        [loss, W1[back], W2[:, back], b1[back], b2],
        right,
    )
    (sums,) = [right[4].sum(keepdims=True)]
    yield Trial(
        "sum over the classes", "The gradient on b2 adds up to 0", ("yours",), [sums], [0 * sums]
    )


LAWS: dict[str, Callable[[Call, Problem], Iterator[Trial]]] = {
    "softmax_loss": softmax_loss,
    "svm_loss": svm_loss,
    "softmax": softmax,
    "softmax_jacobian": softmax_jacobian,
    "softmax_vjp": softmax_vjp,
    "softmax_cross_entropy": softmax_cross_entropy,
    "network_loss": network_loss,
}
