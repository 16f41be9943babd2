"""The softmax loss and its gradient in one pass over the data."""

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.inputs import Floats, Integers, check_inputs
from classifiers.softmax_loss import softmax_loss_vectorized

BLOCK = 512  # samples at once where nothing is compiled
A_THREAD = 2**21  # multiply-adds of the scores that are worth a thread of their own


def softmax_loss_fused(W: Floats, X: NDArray[Any], y: Integers, reg: float) -> tuple[float, Floats]:
    """Return the softmax loss and its gradient on W, reading each sample from memory once.

    W    (C, D) float64 or float32, weights, one row a class
    X    (D, N) data, one column a sample, bias row included
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Returns (loss, dW), what softmax_loss_vectorized returns but for rounding:
    loss  float, in nats: mean over samples of -log softmax(W @ X[:, i])[y[i]],
          plus 0.5 * reg * sum(W * W)
    dW    (C, D), dtype of W, its gradient on W; a new array each call

    A block of samples is read, scored and added to the gradient while it is in the cache.  Where
    numba works, X has the dtype of W, a sample is contiguous in it and W is not too large, this is
    compiled and runs in as many threads as numba.set_num_threads allows the caller; otherwise it is
    numpy, block by block.  Either takes memory for a few (C, D) arrays a thread, a block and y.
    Sums go over the samples one block after another: in float32 the gradient's rounding grows with
    N, to some 1e-5 of its largest entry at N = 400,000.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    Formulas (20) and (21) of docs/softmax.md.
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    tiles, N = compiled_tiles(), X.shape[1]
    alike = X.dtype == W.dtype in (np.float64, np.float32) and X.T.flags.c_contiguous
    if tiles and alike and W.nbytes <= tiles.ROOM:
        parts = _in_threads(tiles, W, X.T, y)
    else:
        parts = _in_blocks(W, X, y)
    total, dW = next(parts)
    for loss, gradient in parts:
        total += loss
        dW += gradient
    dW /= N
    dW += reg * W
    return float(total / N + 0.5 * np.sum(reg * W * W)), dW


@cache
def compiled_tiles() -> ModuleType | None:
    """Return the compiled loops, or None where numba is not there, or is and does not work."""
    try:
        from classifiers import fused_tiles

        fused_tiles.get_num_threads()
    except (ImportError, OSError, RuntimeError, AttributeError, ValueError):
        return None
    return fused_tiles


def _in_threads(
    tiles: ModuleType, W: Floats, X: Floats, y: Integers
) -> Iterator[tuple[float, Floats]]:
    """Yield each thread's sum of losses and gradient on W; X is (N, D)."""
    (C, D), N = W.shape, len(y)
    padded = np.zeros((C + -C % tiles.TILE, D), W.dtype)
    padded[:C] = W

    def add(share: slice) -> tuple[float, Floats]:
        dW = np.zeros_like(padded)
        labels = np.array(y[share], np.int64)  # a copy: another kind of y would be compiled anew
        return tiles.add_samples(padded, X[share], labels, C, dW), dW[:C]

    threads = max(1, min(tiles.get_num_threads(), C * D * N // A_THREAD))
    ends = [N * thread // threads for thread in range(threads + 1)]
    own, *others = itertools.starmap(slice, itertools.pairwise(ends))
    futures = [_pool().submit(add, share) for share in others]
    yield add(own)
    yield from (future.result() for future in futures)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a fork has none of the threads


def _in_blocks(W: Floats, X: NDArray[Any], y: Integers) -> Iterator[tuple[float, Floats]]:
    """Yield each block's sum of losses and gradient on W."""
    for start in range(0, X.shape[1], BLOCK):
        labels = y[start : start + BLOCK]
        loss, dW = softmax_loss_vectorized(W, X[:, start : start + BLOCK], labels, 0.0)
        dW *= len(labels)
        yield loss * len(labels), dW
