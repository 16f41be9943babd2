"""Random data of a given size for a loss, made faster than a loss works through it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from classifiers.inputs import Floats, Integers

REG = 0.1
SEED = 0  # of all data that are timed
FRESH = 4_000_000  # numbers drawn; the samples are repeated after these


@dataclass(frozen=True)
class Samples:
    """What a loss is called with.

    W  (C, D) weights of about 0.01;  X  (D, N) standard normal, the last row ones, in memory one
    sample after another;  y  (N,) labels
    """

    W: Floats
    X: Floats
    y: Integers

    def first(self, n: int) -> tuple[Floats, Floats, Integers, float]:
        """Return the arguments (W, X, y, reg) with the first n samples, which are not copied."""
        return self.W, self.X[:, :n], self.y[:n], REG


def draw(C: int, D: int, N: int, dtype: DTypeLike, seed: int = SEED) -> Samples:
    """Return samples of C classes with D features, N of them, float64 or float32."""
    rng = np.random.default_rng(seed)
    rows = np.empty((N, D), dtype)
    fresh = min(N, max(1, FRESH // D))
    rows[:fresh] = rng.standard_normal((fresh, D), dtype=rows.dtype.type)
    rows[:, -1] = 1
    for start in range(fresh, N, fresh):
        rows[start : start + fresh] = rows[: min(fresh, N - start)]
    W = 0.01 * rng.standard_normal((C, D), dtype=rows.dtype.type)
    return Samples(W, rows.T, rng.integers(C, size=N))


def bytes_of(C: int, D: int, N: int, dtype: DTypeLike) -> int:
    """Return the bytes that a contest takes at most: X, a peer's copy of it, scores and weights."""
    return np.dtype(dtype).itemsize * (2 * D * N + 6 * C * N + 6 * C * D)
