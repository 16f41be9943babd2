"""Minibatches: which samples each takes, and the buffers that their columns are gathered in."""

from __future__ import annotations  # numpy.random, which takes long to import, stays unread

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

CHUNK = 256  # columns that are made at a time where no batch size is given: they stay in the cache

Samples = NDArray[np.int64]
Gather = Callable[[Samples, NDArray[Any]], None]
GatherNext = Callable[[Samples, Samples | None], NDArray[Any]]


@runtime_checkable
class Columns(Protocol):
    """Data of shape (D, N) whose columns are made when they are asked for; all are finite."""

    @property
    def shape(self) -> tuple[int, int]:
        """D and N."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the columns, float64 or float32."""

    def gatherer(self, most: int) -> Gather:
        """Return a function (samples, rows) that writes the columns of samples into rows.

        most     samples in one call, at most
        samples  (B,) int64, 0 <= samples[i] < N
        rows     (B, D) C-contiguous, of the dtype: a row for each column, every entry is written

        Two of these functions may be at work at once, in different threads.
        """


Data = NDArray[Any] | Columns


def as_data(X: ArrayLike | Columns) -> Data:
    """Return Columns as they are, and anything else as an array."""
    return X if isinstance(X, Columns) else np.asarray(X)


def outline(X: Data) -> NDArray[Any]:
    """Return an array of the shape and dtype of X, to be checked; Columns give one of zeros.

    Whatever its shape, those zeros take the memory of one number.
    """
    return X if isinstance(X, np.ndarray) else np.broadcast_to(np.zeros((), X.dtype), X.shape)


class BatchBuffer:
    """The memory of one minibatch, gathered into again and again."""

    def __init__(self, X: Data, batch_size: int) -> None:
        """Make room for batch_size columns of X, (D, N)."""
        self._gather = X.gatherer(batch_size) if isinstance(X, Columns) else _array_gatherer(X)
        self._rows = np.empty((batch_size, X.shape[0]), X.dtype)
        self._references = sys.getrefcount(self._rows)

    def gather(self, samples: NDArray[np.int64]) -> NDArray[Any]:
        """Return the columns of samples, (D, B), the transpose of a C-contiguous array.

        They may be changed, and may be kept: as long as anyone holds them or a part of them, the
        next batch is gathered into new memory.
        """
        if sys.getrefcount(self._rows) > self._references:
            self._rows = np.empty_like(self._rows)
        rows = self._rows[: len(samples)]
        self._gather(samples, rows)
        return rows.T


@contextmanager
def gathering(X: Data, batch_size: int) -> Iterator[GatherNext]:
    """Give a function (samples, following) that returns the columns of samples.

    Of Columns those that follow, if any, are made by a second thread meanwhile; the next call asks
    for these.
    """
    if not isinstance(X, Columns):
        buffer = BatchBuffer(X, batch_size)
        yield lambda samples, _: buffer.gather(samples)
        return
    buffers = cycle([BatchBuffer(X, batch_size) for _ in range(2)])
    coming: Future[NDArray[Any]] | None = None
    with ThreadPoolExecutor(1) as pool:

        def gather(samples: Samples, following: Samples | None) -> NDArray[Any]:
            nonlocal coming
            columns = coming.result() if coming else next(buffers).gather(samples)
            if following is not None:
                coming = pool.submit(next(buffers).gather, following)
            return columns

        yield gather


def _array_gatherer(X: NDArray[Any]) -> Gather:
    """Return what copies columns of X, and never more than those."""

    def gather(samples: NDArray[np.int64], rows: NDArray[Any]) -> None:
        if X.flags.f_contiguous:  # np.take would copy all of another X first
            # The default mode, "raise", would gather into memory of its own first.
            np.take(X.T, samples, axis=0, out=rows, mode="clip")
        else:
            rows.T[...] = X[:, samples]

    return gather


def minibatches(
    num_samples: int, batch_size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield the sample indices of one minibatch after another, in a new random order each epoch.

    Samples that do not fill a whole minibatch wait for the next epoch's order.
    """
    while True:
        order = rng.permutation(num_samples)
        for start in range(0, num_samples - batch_size + 1, batch_size):
            yield order[start : start + batch_size]


def in_chunks(function: Callable[[NDArray[Any]], NDArray[Any]], X: Data) -> NDArray[Any]:
    """Return function(X), (K, N); of Columns a few at a time, since they need not fit in memory."""
    if isinstance(X, np.ndarray):
        return function(X)
    buffer, every = BatchBuffer(X, CHUNK), np.arange(X.shape[1])
    starts = range(0, max(1, len(every)), CHUNK)
    parts = [function(buffer.gather(every[start : start + CHUNK])) for start in starts]
    return np.concatenate(parts, axis=1)
