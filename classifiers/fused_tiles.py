"""The compiled part of the fused loss: scores, probabilities and gradient of a few samples at once.

Two loops do almost all of the work, each on a tile of 5 samples × 5 classes with the features
innermost.  A step along the features reads 5 weights and 5 samples and does 25 multiply-adds, so
that arithmetic and not reading sets the pace; the 25 sums of the one loop and the 25 probabilities
of the other stay in registers.  The compiler takes 8 or 16 features a step, as vectors.
"""

import math
from platform import machine

import numpy as np
from llvmlite.binding import get_host_cpu_features
from numba import get_num_threads, njit

from classifiers.inputs import Floats, Integers

TILE = 5  # samples, and classes: with 5 of X and one of W this fills 31 of 32 vector registers
BLOCK = 15  # samples that stay in the second-level cache from their scores to their gradient

# The largest W, in bytes, that this is faster with than two matrix products: W is read again for
# each block.  Measured with 32 vector registers; with 16 the tiles do not fit, and less is gained.
has_32 = get_host_cpu_features().get("avx512f") or machine() in ("arm64", "aarch64")
ROOM = 2**22 if has_32 else 2**19

__all__ = ["BLOCK", "ROOM", "TILE", "add_samples", "get_num_threads", "score_block"]

# Sums may be taken in another order, as vectors; nan and infinity keep their meaning.
compiled = njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})


@compiled
def add_samples(W: Floats, X: Floats, y: Integers, C: int, dW: Floats) -> float:
    """Add the gradient of some samples' losses to dW, and return the sum of these losses.

    W   (K, D) weights, K a multiple of TILE, rows from C on 0
    X   (N, D) data, one ROW a sample, the dtype of W
    y   (N,) int64 labels, 0 <= y[i] < C
    dW  (K, D), the dtype of W; rows from C on have no meaning
    """
    scores, total = np.empty((BLOCK, len(W)), W.dtype), 0.0
    for start in range(0, len(X), BLOCK):
        block, labels = X[start : start + BLOCK], y[start : start + BLOCK]
        if len(block) < BLOCK:
            block = np.zeros((BLOCK, X.shape[1]), X.dtype)
            block[: len(labels)] = X[start:]
        score_block(W, block, scores)
        total += losses_and_errors(scores, labels, C)
        for c in range(0, len(W), TILE):
            for i in range(0, BLOCK, TILE):
                add_gradient(scores, block, c, i, dW)
    return total


@compiled
def score_block(W: Floats, X: Floats, scores: Floats) -> None:
    """Set scores, (BLOCK, K), to X @ W.T, for X of shape (BLOCK, D) and W of (K, D)."""
    for c in range(0, len(W), TILE):
        for i in range(0, BLOCK, TILE):
            set_scores(W, X, c, i, scores)


@compiled
def set_scores(W: Floats, X: Floats, c: int, i: int, scores: Floats) -> None:
    """Set scores[i : i + 5, c : c + 5] to X[i : i + 5] @ W[c : c + 5].T."""
    w0, w1, w2, w3, w4 = W[c], W[c + 1], W[c + 2], W[c + 3], W[c + 4]
    x0, x1, x2, x3, x4 = X[i], X[i + 1], X[i + 2], X[i + 3], X[i + 4]
    p0 = q0 = r0 = s0 = t0 = W.dtype.type(0)
    p1 = q1 = r1 = s1 = t1 = W.dtype.type(0)
    p2 = q2 = r2 = s2 = t2 = W.dtype.type(0)
    p3 = q3 = r3 = s3 = t3 = W.dtype.type(0)
    p4 = q4 = r4 = s4 = t4 = W.dtype.type(0)
    for d in range(W.shape[1]):
        xp, xq, xr, xs, xt = x0[d], x1[d], x2[d], x3[d], x4[d]
        w = w0[d]
        p0, q0, r0, s0, t0 = p0 + w * xp, q0 + w * xq, r0 + w * xr, s0 + w * xs, t0 + w * xt
        w = w1[d]
        p1, q1, r1, s1, t1 = p1 + w * xp, q1 + w * xq, r1 + w * xr, s1 + w * xs, t1 + w * xt
        w = w2[d]
        p2, q2, r2, s2, t2 = p2 + w * xp, q2 + w * xq, r2 + w * xr, s2 + w * xs, t2 + w * xt
        w = w3[d]
        p3, q3, r3, s3, t3 = p3 + w * xp, q3 + w * xq, r3 + w * xr, s3 + w * xs, t3 + w * xt
        w = w4[d]
        p4, q4, r4, s4, t4 = p4 + w * xp, q4 + w * xq, r4 + w * xr, s4 + w * xs, t4 + w * xt
    scores[i, c : c + 5] = p0, p1, p2, p3, p4
    scores[i + 1, c : c + 5] = q0, q1, q2, q3, q4
    scores[i + 2, c : c + 5] = r0, r1, r2, r3, r4
    scores[i + 3, c : c + 5] = s0, s1, s2, s3, s4
    scores[i + 4, c : c + 5] = t0, t1, t2, t3, t4


@compiled
def losses_and_errors(scores: Floats, y: Integers, C: int) -> float:
    """Make scores probabilities, less 1 at the true class, and return the sum of the losses."""
    total = 0.0
    for i in range(len(y)):
        highest = scores[i, 0]
        for c in range(1, C):
            highest = max(highest, scores[i, c])
        total += highest - scores[i, y[i]]
        normalizer = scores.dtype.type(0)
        for c in range(C):
            scores[i, c] = math.exp(scores[i, c] - highest)
            normalizer += scores[i, c]
        total += math.log(normalizer)
        for c in range(C):
            scores[i, c] /= normalizer
        scores[i, y[i]] -= 1
    return total


@compiled
def add_gradient(P: Floats, X: Floats, c: int, i: int, dW: Floats) -> None:
    """Add P[i : i + 5, c : c + 5].T @ X[i : i + 5] to dW[c : c + 5]."""
    dw0, dw1, dw2, dw3, dw4 = dW[c], dW[c + 1], dW[c + 2], dW[c + 3], dW[c + 4]
    x0, x1, x2, x3, x4 = X[i], X[i + 1], X[i + 2], X[i + 3], X[i + 4]
    p0, q0, r0, s0, t0 = five(P, i, c)
    p1, q1, r1, s1, t1 = five(P, i, c + 1)
    p2, q2, r2, s2, t2 = five(P, i, c + 2)
    p3, q3, r3, s3, t3 = five(P, i, c + 3)
    p4, q4, r4, s4, t4 = five(P, i, c + 4)
    for d in range(dW.shape[1]):
        xp, xq, xr, xs, xt = x0[d], x1[d], x2[d], x3[d], x4[d]
        dw0[d] += p0 * xp + q0 * xq + r0 * xr + s0 * xs + t0 * xt
        dw1[d] += p1 * xp + q1 * xq + r1 * xr + s1 * xs + t1 * xt
        dw2[d] += p2 * xp + q2 * xq + r2 * xr + s2 * xs + t2 * xt
        dw3[d] += p3 * xp + q3 * xq + r3 * xr + s3 * xs + t3 * xt
        dw4[d] += p4 * xp + q4 * xq + r4 * xr + s4 * xs + t4 * xt


@compiled
def five(P: Floats, i: int, c: int) -> tuple[float, float, float, float, float]:
    """Return P[i : i + 5, c]."""
    return P[i, c], P[i + 1, c], P[i + 2, c], P[i + 3, c], P[i + 4, c]
