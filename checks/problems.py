"""The problems that answers are tried on, of unequal sizes, made anew from a seed each time.

Every number is made by the one generator whose numbers Python promises never to change: the right
results, kept in probes.npz, belong to exactly these problems.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Problem:
    """One call that an answer is tried on.

    name       what is special about it, as it is said to a student
    arguments  what the function is called with, in order
    """

    name: str
    arguments: tuple[Any, ...]


class Numbers:
    """Pseudo-random arrays that are the same on every machine and in every version."""

    def __init__(self, *seed: object) -> None:
        """Start the sequence that belongs to this seed."""
        self._random = random.Random(" ".join(map(str, seed)))

    def array(self, *shape: int) -> Floats:
        """Return numbers from -2 to 2."""
        size = int(np.prod(shape))
        numbers = [4 * self._random.random() - 2 for _ in range(size)]
        return np.array(numbers, dtype=np.float64).reshape(shape)

    def weights(self, *shape: int) -> Floats:
        """Return numbers from 0 to 2, half of them 0."""
        return np.maximum(self.array(*shape), 0)

    def labels(self, N: int, classes: list[int]) -> NDArray[np.int64]:
        """Return N of these classes in random order, each of them once at least where N allows."""
        more = [classes[int(len(classes) * self._random.random())] for _ in range(N)]
        chosen = (classes + more)[:N]
        order = np.argsort(self.array(N), kind="stable")
        return np.array(chosen, dtype=np.int64)[order]


def losses(seed: object) -> list[Problem]:
    """Return the problems of a loss (W, X, y, reg)."""
    draw = Numbers("losses", seed)
    W, X, y = draw.array(5, 7), _samples(draw, 7, 11), draw.labels(11, [0, 1, 2, 3, 4])

    def of_size(C: int, D: int, N: int, classes: list[int]) -> tuple[Any, ...]:
        return draw.array(C, D), _samples(draw, D, N), draw.labels(N, classes)

    def with_feature(column: Floats, row: Floats) -> tuple[Any, ...]:
        return np.hstack([W, column]), np.asfortranarray(np.vstack([X, row])), y, 0.0

    each_class, each_sample = np.ones((5, 1)), np.ones((1, 11))
    turns = 2000 * (-1.0) ** np.arange(11)[None, :]
    true_class = np.equal.outer(np.arange(5), y).astype(np.float64)
    one_of_them = true_class * (np.arange(11) == 4)
    return [
        Problem("no regularization", (W, X, y, 0.0)),
        Problem("regularization", (W, X, y, 0.75)),
        Problem("other sizes", (*of_size(3, 4, 8, [0, 1, 2]), 2.5)),
        Problem("one sample", (*of_size(4, 5, 1, [2]), 0.25)),
        Problem("two classes", (*of_size(2, 3, 7, [0, 1]), 0.5)),
        Problem("one class", (*of_size(1, 2, 3, [0]), 0.5)),
        Problem("last classes without a sample", (*of_size(6, 3, 5, [0, 1, 3]), 0.0)),
        Problem("a first class without a sample", (*of_size(4, 6, 9, [1, 2, 3]), 0.0)),
        Problem("all weights 0", (0 * W, X, y, 0.75)),
        Problem("all scores near 400", with_feature(400 * each_class, each_sample)),
        Problem("all scores near 1000", with_feature(1000 * each_class, each_sample)),
        Problem("all scores near -1000", with_feature(-1000 * each_class, each_sample)),
        Problem("samples with scores near 2000 and near -2000", with_feature(each_class, turns)),
        Problem("true classes 1000 below the others", with_feature(-1000 * np.eye(5), true_class)),
        Problem(
            "one true class 1000 below the others", with_feature(-1000 * np.eye(5), one_of_them)
        ),
        Problem("true classes 30 below the others", with_feature(-30 * np.eye(5), true_class)),
        Problem("true classes 20 below the others", with_feature(-20 * np.eye(5), true_class)),
        Problem("as many samples as classes", (*of_size(4, 6, 4, [0, 1, 2, 3]), 0.5)),
        Problem("as many samples and features as classes", (*of_size(4, 4, 4, [0, 1, 2, 3]), 0.5)),
    ]


def _samples(draw: Numbers, D: int, N: int) -> Floats:
    """Return X (D, N), a sample contiguous in memory, its last row all ones for the bias."""
    X = draw.array(N, D)
    X[:, -1] = 1
    return X.T


def softmax(seed: object) -> list[Problem]:
    """Return the problems of softmax(z, axis)."""
    draw = Numbers("softmax", seed)
    z = draw.array(5, 11)
    masked = draw.array(4, 6)
    masked[1, ::2] = -np.inf
    turns = 2000 * (-1.0) ** np.arange(11)
    return [
        Problem("one column a sample", (z, 0)),
        Problem("one row a sample", (draw.array(4, 7), 1)),
        Problem("one sample, without an axis for it", (draw.array(6), 0)),
        Problem("three axes", (draw.array(2, 3, 4), -1)),
        Problem("two classes", (draw.array(2, 5), 0)),
        Problem("one class", (draw.array(1, 3), 0)),
        Problem("equal scores", (np.zeros((3, 4)), 0)),
        Problem("all scores near 1000", (z + 1000, 0)),
        Problem("all scores near -1000", (z - 1000, 0)),
        Problem("samples with scores near 2000 and near -2000", (z + turns, 0)),
        Problem("scores from -10,000 to 10,000", (5000 * z, 0)),
        Problem("masked classes, of score -inf", (masked, 0)),
    ]


def softmax_jacobian(seed: object) -> list[Problem]:
    """Return the problems of softmax's Jacobian at p."""
    draw = Numbers("softmax_jacobian", seed)

    def of_size(C: int) -> tuple[Floats]:
        weights = 2.5 + draw.array(C)
        return (weights / weights.sum(),)

    return [
        Problem("five classes", of_size(5)),
        Problem("three classes", of_size(3)),
        Problem("two classes", of_size(2)),
        Problem("one class", (np.ones(1),)),
        Problem("equal probabilities", (np.full(4, 0.25),)),
        Problem("a class of probability 1", (np.array([0.0, 1.0, 0.0]),)),
    ]


def softmax_vjp(seed: object) -> list[Problem]:
    """Return the problems of the vector-Jacobian product (p, dp, axis)."""
    draw = Numbers("softmax_vjp", seed)

    def of_shape(*shape: int, axis: int) -> tuple[Any, ...]:
        weights = 2.5 + draw.array(*shape)
        return weights / weights.sum(axis=axis, keepdims=True), draw.array(*shape), axis

    p, _, _ = of_shape(5, 11, axis=0)
    return [
        Problem("one column a sample", of_shape(5, 11, axis=0)),
        Problem("one row a sample", of_shape(4, 7, axis=1)),
        Problem("one sample, without an axis for it", of_shape(6, axis=0)),
        Problem("three axes", of_shape(2, 3, 4, axis=-1)),
        Problem("two classes", of_shape(2, 5, axis=0)),
        Problem("one class", of_shape(1, 3, axis=0)),
        Problem("the same gradient on every class", (p, np.ones_like(p), 0)),
    ]


def softmax_cross_entropy(seed: object) -> list[Problem]:
    """Return the problems of the cross entropy (z, target, axis)."""
    draw = Numbers("softmax_cross_entropy", seed)
    z, target = draw.array(5, 11), draw.weights(5, 11)
    target[:, 3] = 0
    y = draw.labels(11, [0, 1, 2, 4])
    one_hot = np.equal.outer(np.arange(5), y).astype(np.float64)
    masked, weights = draw.array(4, 6), draw.weights(4, 6)
    masked[1, ::2], weights[1, ::2] = -np.inf, 0
    turns = 2000 * (-1.0) ** np.arange(11)
    return [
        Problem("labels", (z, y, 0)),
        Problem("targets that sum to 1", (z, 0.25 * one_hot + 0.15, 0)),
        Problem("targets that sum to anything", (z, target, 0)),
        Problem("one row a sample", (draw.array(7, 4), draw.weights(7, 4), 1)),
        Problem("one sample, without an axis for it", (draw.array(6), draw.weights(6), 0)),
        Problem("two classes", (draw.array(2, 5), draw.weights(2, 5), 0)),
        Problem("one class", (draw.array(1, 3), draw.weights(1, 3), 0)),
        Problem("all scores near 1000", (z + 1000, target, 0)),
        Problem("all scores near -1000", (z - 1000, target, 0)),
        Problem("samples with scores near 2000 and near -2000", (z + turns, target, 0)),
        Problem("true classes 1000 below the others", (z - 1000 * one_hot, y, 0)),
        Problem("true classes 30 below the others", (z - 30 * one_hot, y, 0)),
        Problem("true classes 20 below the others", (z - 20 * one_hot, y, 0)),
        Problem("masked classes, of score -inf", (masked, weights, 0)),
    ]


def network_loss(seed: object) -> list[Problem]:
    """Return the problems of the network's loss (params, X, target)."""
    draw = Numbers("network_loss", seed)

    def params(D: int, H: int, C: int) -> dict[str, Floats]:
        shapes = {"W1": (H, D), "b1": (H,), "W2": (C, H), "b2": (C,)}
        return {name: draw.array(*shape) for name, shape in shapes.items()}

    ordinary, X = params(7, 3, 5), draw.array(11, 7).T
    huge = {**ordinary, "b2": ordinary["b2"] + 1000}
    far = {**ordinary, "b2": ordinary["b2"] - 1000 * (np.arange(5) == 2)}
    return [
        Problem("targets that sum to anything", (ordinary, X, draw.weights(5, 11))),
        Problem("labels", (ordinary, X, draw.labels(11, [0, 1, 2, 3, 4]))),
        Problem("one sample", (params(4, 6, 2), draw.array(4, 1), draw.weights(2, 1))),
        Problem(
            "more hidden units than features",
            (params(2, 5, 3), draw.array(2, 4), draw.weights(3, 4)),
        ),
        Problem("all scores near 1000", (huge, X, draw.weights(5, 11))),
        Problem("true classes 1000 below the others", (far, X, np.full(11, 2))),
    ]


def of_size(catalogue: str, N: int, C: int) -> tuple[Any, ...]:
    """Return the arguments of an ordinary problem with N samples and C classes."""
    draw = Numbers(catalogue, N, C)
    if catalogue in ("softmax_loss", "svm_loss"):
        return draw.array(C, 7), _samples(draw, 7, N), np.arange(N) % C, 0.75
    if catalogue == "network_loss":
        params = {"W1": draw.array(3, 7), "b1": draw.array(3), "W2": draw.array(C, 3)}
        return {**params, "b2": draw.array(C)}, draw.array(7, N), draw.weights(C, N)
    z = draw.array(C, N)
    p = (2.5 + z) / (2.5 + z).sum(axis=0)
    others = {
        "softmax": (z, 0),
        "softmax_jacobian": (p[:, 0],),
        "softmax_vjp": (p, draw.array(C, N), 0),
        "softmax_cross_entropy": (z, draw.weights(C, N), 0),
    }
    return others[catalogue]


PROBLEMS: dict[str, Callable[[object], list[Problem]]] = {
    "softmax_loss": losses,
    "svm_loss": losses,
    "softmax": softmax,
    "softmax_jacobian": softmax_jacobian,
    "softmax_vjp": softmax_vjp,
    "softmax_cross_entropy": softmax_cross_entropy,
    "network_loss": network_loss,
}
