"""Where gradients are taken: sizes, scales, types, layouts and places of x."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from tests.gradient_bench import losses
from tests.gradient_bench.problem import Array, Build, Function, Instance


def samples(rng: np.random.Generator, kind: str, D: int, N: int) -> Array:
    """X (D, N) of one kind; with two rows or more the last is the bias row of ones."""
    if kind == "normal":
        X = rng.standard_normal((D, N))
    else:
        brightness = rng.uniform(40, 215, (D, 1)) + rng.normal(0, 25, (1, N))
        X = np.clip(np.rint(brightness + rng.normal(0, 45, (D, N))), 0, 255)
    if kind == "centred":
        X -= X.mean(axis=1, keepdims=True)
    if D > 1:
        X[-1] = 1
    return X


def laid_out(a: Array, layout: str) -> Array:
    """The same numbers in another memory layout: "C", "F", "strided", "reversed", "read-only"."""
    if layout == "F":
        return np.asfortranarray(a)
    if layout == "strided":
        wide = np.zeros(tuple(2 * n for n in a.shape), a.dtype)
        view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
        view[...] = a
        return view
    if layout == "reversed":
        return np.ascontiguousarray(a[::-1])[::-1]
    if layout == "read-only":
        a.flags.writeable = False
    return a


@dataclass(frozen=True)
class Linear:
    """A linear classifier: ``build(rng)`` gives (loss, W, (X, targets, reg)).

    ``weights`` is the standard deviation of W, ``scores`` (if given) the largest score that W is
    scaled to instead, ``scale`` a factor on the data.
    """

    C: int = 5
    D: int = 7
    N: int = 11
    loss: Function = losses.softmax_loss
    data: str = "normal"
    scale: float = 1.0
    weights: float = 0.1
    scores: float | None = None
    reg: float = 0.0
    dtype: Any = np.float64
    layout: str = "C"
    targets: Callable[[np.random.Generator, int, int], Array] | None = None

    def build(self, rng: np.random.Generator) -> Instance:
        """One fresh instance."""
        X = samples(rng, self.data, self.D, self.N) * self.scale
        W = rng.standard_normal((self.C, self.D)) * self.weights
        if self.scores is not None:
            W *= self.scores / np.abs(W @ X).max()
        T = self.targets(rng, self.C, self.N) if self.targets else labels(rng, self.C, self.N)
        if T.dtype.kind == "f":
            T = T.astype(self.dtype)
        X = np.asfortranarray(X.astype(self.dtype))
        return self.loss, laid_out(W.astype(self.dtype), self.layout), (X, T, self.reg)


PIXELS = Linear(C=10, D=3073, N=20, weights=1e-4, data="pixels")
CENTRED = replace(PIXELS, data="centred", weights=1e-3)


def labels(rng: np.random.Generator, C: int, N: int) -> Array:
    """Labels (N,); every class occurs where N allows it."""
    return rng.permutation(np.r_[np.arange(C), rng.integers(0, C, max(N - C, 0))])[:N]


def masked_labels(rng: np.random.Generator, C: int, N: int) -> Array:
    """Labels (N,) with -1 at every third sample."""
    y = labels(rng, C, N)
    y[1::3] = -1
    return y


def soft_targets(rng: np.random.Generator, C: int, N: int) -> Array:
    """Targets (C, N) whose columns sum to one."""
    return rng.dirichlet(np.ones(C), N).T.copy()


def loose_targets(rng: np.random.Generator, C: int, N: int) -> Array:
    """Targets (C, N) whose columns sum to anything, negative ones too."""
    return rng.normal(0.3, 1, (C, N))


def smoothed_targets(rng: np.random.Generator, C: int, N: int) -> Array:
    """One-hot targets (C, N) smoothed by a tenth."""
    return 0.9 * losses.one_hot(labels(rng, C, N), C, float) + 0.1 / C


def binary_targets(rng: np.random.Generator, C: int, N: int) -> Array:
    """Targets (C, N) of zeros and ones."""
    return rng.integers(0, 2, (C, N)).astype(float)


def converged(gap: float, dtype: Any = np.float64, loss: Function = losses.softmax_loss) -> Build:
    """Builder of a trained classifier whose true score leads by about ``gap``."""

    def build(rng: np.random.Generator) -> Instance:
        C, N = 5, 11
        y = labels(rng, C, N)
        centres = np.kron(np.eye(C), np.ones((4, 1))) / 2
        X = centres[:, y] + rng.normal(0, 0.05, (4 * C, N))
        W = gap * centres.T * (1 + rng.normal(0, 0.02, (C, 4 * C)))
        return loss, W.astype(dtype), (X.astype(dtype), y, 0.0)

    return build


def one_tiny_feature(build: Build) -> Build:
    """The builder whose first feature is a million times smaller than the others."""

    def build_tiny(rng: np.random.Generator) -> Instance:
        f, W, (X, *rest) = build(rng)
        X[0] *= 1e-6
        return f, W, (X, *rest)

    return build_tiny


def on_margin(offset: float, loss: Function = losses.hinge_loss, C: int = 3, N: int = 4) -> Build:
    """Builder of a hinge loss with exactly one margin equal to ``offset`` (0: x lies on a kink).

    Everything else is a multiple of 1/64, so the margins are exact.
    """

    def build(rng: np.random.Generator) -> Instance:
        D = 4
        while True:
            X = rng.integers(-8, 9, (D, N)) / 8
            X[-1] = 1
            y = labels(rng, C, N)
            W = rng.integers(-8, 9, (C, D)) / 8
            j = (y[0] + 1) % C
            W[j, -1] -= losses.hinge_margins(W, X, y)[j, 0]
            margins = losses.hinge_margins(W, X, y)
            margins[y, np.arange(N)] = 1
            if (np.abs(margins) < 1 / 64).sum() == 1:
                W[j, -1] += offset
                return loss, W, (X, y, 0.0)

    return build


def network(
    sizes: tuple[int, ...] = (7, 6, 5),
    activation: str = "relu",
    N: int = 11,
    weights: float = 0.5,
    reg: float = 0.05,
    data: str = "normal",
    dtype: Any = np.float64,
) -> Build:
    """Builder of a network with a dict of parameters; sizes are D, hidden units, ..., C."""

    def build(rng: np.random.Generator) -> Instance:
        X = samples(rng, data, sizes[0], N).astype(dtype)
        params = {}
        for k, (D, H) in enumerate(pairwise(sizes), 1):
            params[f"W{k}"] = (rng.standard_normal((H, D)) * weights).astype(dtype)
            params[f"b{k}"] = (rng.standard_normal(H) * weights).astype(dtype)
        return losses.network_loss, params, (X, labels(rng, sizes[-1], N), reg, activation)

    return build
