"""The problems of the graded tests, drawn anew from the seed of the run.

Sizes are drawn too, and are never equal: 3 to 6 classes, 7 to 9 features, 10 to 13 samples.
"""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from checks.examine import narrowed
from checks.problems import Problem

Floats = NDArray[np.floating[Any]]


class Draw:
    """Random sizes and arrays of one problem; many is a larger number of samples."""

    def __init__(self, *seed: int) -> None:
        """Take the numbers that the generator is seeded with."""
        self.rng = np.random.default_rng(seed)
        self.C, self.D, self.N = (
            int(self.rng.integers(*ends)) for ends in ((3, 7), (7, 10), (10, 14))
        )
        self.many = int(self.rng.integers(40, 90))

    def array(self, *shape: int) -> Floats:
        """Return normally distributed numbers."""
        return self.rng.standard_normal(shape)

    def weights(self, *shape: int) -> Floats:
        """Return numbers from 0 to 2, some of them 0: targets that sum to anything."""
        return np.maximum(self.rng.uniform(-0.5, 2, shape), 0)

    def labels(self, N: int, C: int) -> NDArray[np.int64]:
        """Return N random classes."""
        return self.rng.integers(C, size=N)

    def samples(self, D: int, N: int) -> Floats:
        """Return X (D, N), a sample contiguous in memory, its last row all ones for the bias."""
        X = self.array(N, D)
        X[:, -1] = 1
        return X.T

    def probabilities(self, *shape: int) -> Floats:
        """Return columns of positive numbers that sum to 1."""
        drawn = self.rng.uniform(0.2, 1, shape)
        return drawn / drawn.sum(axis=0)


def losses(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of a loss (W, X, y, reg) for one test."""
    C, D, N = draw.C, draw.D, draw.N

    def of_size(C: int, D: int, N: int, reg: float, classes: int = 0) -> tuple[Any, ...]:
        return 0.3 * draw.array(C, D), draw.samples(D, N), draw.labels(N, classes or C), reg

    W, X, y, _ = ordinary = of_size(C, D, N, 0.0)
    reg = float(draw.rng.uniform(0.2, 2))
    sizes = f"{C} classes, {D} features, {N} samples"
    if test == "regularization":
        return [Problem(f"{sizes}, reg = {reg:.3g}", (W, X, y, reg))]
    if test == "huge_scores":
        return _huge(draw, W, X, y)
    if test == "sizes":
        return [
            Problem("one sample", of_size(C, D, 1, 0.0)),
            Problem("one class", of_size(1, D, N, 0.0)),
            Problem("more classes than features", of_size(D, C, N, 0.0)),
            Problem("a last class without a sample", of_size(C + 1, D, N, 0.0, C)),
            Problem("as many classes, features and samples", of_size(C, C, C, 0.0)),
            Problem("float32", tuple(map(narrowed, of_size(C, D, N, 0.0)))),
        ]
    many = f"{C} classes, {D} features, {draw.many} samples, reg = 0"
    return [Problem(f"{sizes}, reg = 0", ordinary), Problem(many, of_size(C, D, draw.many, 0.0))]


def _huge(draw: Draw, W: Floats, X: Floats, y: NDArray[np.int64]) -> list[Problem]:
    """Return problems whose scores are shifted by an added feature."""
    C, N = len(W), X.shape[1]
    far = float(draw.rng.uniform(900, 1100))

    def with_features(columns: Floats, rows: Floats) -> tuple[Any, ...]:
        return np.hstack([W, columns]), np.asfortranarray(np.vstack([X, rows])), y, 0.0

    true_class, each = np.equal.outer(np.arange(C), y).astype(np.float64), np.ones((C, 1))
    turns = (-1.0) ** np.arange(N)[None, :]
    return [
        Problem("all scores near 1,000", with_features(far * each, np.ones((1, N)))),
        Problem("all scores near -1,000", with_features(-far * each, np.ones((1, N)))),
        Problem("true classes 1,000 below the others", with_features(-far * np.eye(C), true_class)),
        Problem("true classes 25 below the others", with_features(-25 * np.eye(C), true_class)),
        Problem(
            "samples with scores near 2,000 and near -2,000", with_features(2 * far * each, turns)
        ),
    ]


def softmax(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of softmax(z, axis) for one test."""
    C, N = draw.C, draw.N
    z, masked = 2 * draw.array(C, N), draw.array(C, N)
    masked[1, ::2] = -np.inf
    tests = {
        "axis": [
            ("one row a sample", draw.array(N, C), 1),
            ("three axes", draw.array(2, C, 4), -1),
        ],
        "huge_scores": [
            ("all scores near 1,000", z + 1000, 0),
            ("all scores near -1,000", z - 1000, 0),
            ("scores of some ±10,000", 5000 * z, 0),
        ],
        "sizes": [
            ("one sample, without an axis for it", draw.array(C), 0),
            ("one class", draw.array(1, N), 0),
            ("masked classes, of score -inf", masked, 0),
            ("float32", np.float32(z), 0),
        ],
    }
    many = (f"{C} classes, {draw.many} samples", draw.array(C, draw.many), 0)
    return _named(tests.get(test, [(f"{C} classes, {N} samples", z, 0), many]))


def softmax_jacobian(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of softmax's Jacobian at p for one test."""
    p = draw.probabilities(draw.C)
    if test == "sizes":
        certain = np.array([0.0, 1.0, 0.0])
        return _named([
            ("one class", np.ones(1)),
            ("two classes", draw.probabilities(2)),
            ("a class of probability 1", certain),
            ("float32", np.float32(p)),
        ])  # fmt: skip
    return _named([(f"{draw.C} classes", p)])


def softmax_vjp(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of the vector-Jacobian product (p, dp, axis) for one test."""
    C, N = draw.C, draw.N
    p, dp = draw.probabilities(C, N), draw.array(C, N)
    tests = {
        "axis": [("one row a sample", p.T.copy(), draw.array(N, C), 1)],
        "sizes": [
            ("one sample, without an axis for it", draw.probabilities(C), draw.array(C), 0),
            ("one class", np.ones((1, N)), draw.array(1, N), 0),
            ("float32", np.float32(p), np.float32(dp), 0),
        ],
    }
    sizes = C, draw.many
    many = (
        "{} classes, {} samples".format(*sizes),
        draw.probabilities(*sizes),
        draw.array(*sizes),
        0,
    )
    return _named(tests.get(test, [(f"{C} classes, {N} samples", p, dp, 0), many]))


def softmax_cross_entropy(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of the cross entropy (z, target, axis) for one test."""
    C, N = draw.C, draw.N
    z, target, y = draw.array(C, N), draw.weights(C, N), draw.labels(N, C)
    masked, unmasked = draw.array(C, N), draw.weights(C, N)
    masked[1, ::2], unmasked[1, ::2] = -np.inf, 0
    true_class, turns = np.equal.outer(np.arange(C), y) * 1.0, 2000 * (-1.0) ** np.arange(N)
    tests = {
        "labels": [(f"{C} classes, {N} samples, labels", z, y, 0)],
        "huge_scores": [
            ("all scores near 1,000", z + 1000, target, 0),
            ("all scores near -1,000", z - 1000, target, 0),
            ("true classes 1,000 below the others", z - 1000 * true_class, y, 0),
            ("true classes 25 below the others", z - 25 * true_class, y, 0),
            ("samples with scores near 2,000 and near -2,000", z + turns, target, 0),
        ],
        "sizes": [
            ("one row a sample", draw.array(N, C), draw.weights(N, C), 1),
            ("one sample, without an axis for it", draw.array(C), draw.weights(C), 0),
            ("one class", draw.array(1, N), draw.weights(1, N), 0),
            ("masked classes, of score -inf", masked, unmasked, 0),
            ("float32", np.float32(z), np.float32(target), 0),
        ],
    }
    ordinary = (f"{C} classes, {N} samples, weights that sum to anything", z, target, 0)
    return _named(tests.get(test, [ordinary]))


def network_loss(draw: Draw, test: str) -> list[Problem]:
    """Return the problems of the network's loss (params, X, target) for one test."""
    C, D, N, H = draw.C, draw.D, draw.N, int(draw.rng.integers(14, 17))

    def of_size(D: int, H: int, C: int, N: int) -> tuple[Any, ...]:
        shapes = {"W1": (H, D), "b1": (H,), "W2": (C, H), "b2": (C,)}
        params = {name: draw.array(*shape) for name, shape in shapes.items()}
        return params, draw.array(N, D).T, draw.weights(C, N)

    params, X, target = ordinary = of_size(D, H, C, N)
    far = {**params, "b2": params["b2"] - 1000 * (np.arange(C) == 1)}
    tests = {
        "huge_scores": [
            ("all scores near 1,000", {**params, "b2": params["b2"] + 1000}, X, target),
            ("all scores near -1,000", {**params, "b2": params["b2"] - 1000}, X, target),
            ("true classes 1,000 below the others", far, X, np.full(N, 1)),
        ],
        "sizes": [
            ("labels", params, X, draw.labels(N, C)),
            ("one sample", *of_size(D, H, C, 1)),
            ("fewer hidden units than classes", *of_size(D, 2, C, N)),
            ("float32", *map(narrowed, ordinary)),
        ],
    }
    sizes = f"{C} classes, {D} features, {H} hidden units, {N} samples"
    return _named(tests.get(test, [(sizes, *ordinary)]))


def _named(problems: list[tuple[Any, ...]]) -> list[Problem]:
    return [Problem(name, tuple(arguments)) for name, *arguments in problems]


MAKERS: dict[str, Callable[[Draw, str], list[Problem]]] = {
    "softmax_loss": losses,
    "svm_loss": losses,
    "softmax": softmax,
    "softmax_jacobian": softmax_jacobian,
    "softmax_vjp": softmax_vjp,
    "softmax_cross_entropy": softmax_cross_entropy,
    "network_loss": network_loss,
}


def problems(catalogue: str, question: str, test: str, seed: int) -> list[list[Problem]]:
    """Return the problems of one test twice, from two seeds, so that luck shows."""
    which = crc32(f"{question} {test}".encode())
    return [MAKERS[catalogue](Draw(seed, which, twice), test) for twice in (0, 1)]
