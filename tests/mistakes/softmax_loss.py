"""The softmax loss: right programs, and every known mistake as edits of two or more of them.

All take (W (C, D), X (D, N), y (N,), reg) and return (loss, dW) when they are right.
"""

from tests.mistakes import (
    softmax_loss_classes,
    softmax_loss_logs,
    softmax_loss_samples,
    softmax_loss_scale,
)
from tests.mistakes.softmax_loss_edits import FIRST, LOOPS, ONE_HOT, TRANSPOSED
from tests.mistakes.softmax_loss_right import RIGHT

__all__ = ["BASES", "RIGHT", "WRONG"]

TAIL = """\
    loss = loss / N
    dW = dW / N
    loss = loss + 0.5 * reg * np.sum(W * W)
    dW = dW + reg * W
    return loss, dW
"""
BASES = {
    "naive": """\
def softmax_loss_naive(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(N):
        scores = W.dot(X[:, i])
        shifted = scores - np.max(scores)
        exps = np.exp(shifted)
        total = np.sum(exps)
        p = exps / total
        loss += np.log(total) - shifted[y[i]]
        p[y[i]] -= 1
        for c in range(C):
            dW[c] += p[c] * X[:, i]
"""
    + TAIL,
    "vectorized": """\
def softmax_loss_vectorized(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    scores = W.dot(X)
    shifted = scores - np.max(scores, axis=0)
    exps = np.exp(shifted)
    total = np.sum(exps, axis=0)
    p = exps / total
    loss = np.sum(np.log(total) - shifted[y, np.arange(N)])
    p[y, np.arange(N)] -= 1
    dW = p.dot(X.T)
"""
    + TAIL,
    FIRST: """\
def softmax_loss_naive(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    scores = W.dot(X)
    scores = scores - np.max(scores, axis=0)
    exps = np.exp(scores)
    totals = np.sum(exps, axis=0)
    p = exps / totals
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(N):
        loss += np.log(totals[i]) - scores[y[i], i]
        p[y[i], i] -= 1
    for i in range(N):
        for c in range(C):
            dW[c] += p[c, i] * X[:, i]
"""
    + TAIL,
    LOOPS: """\
def softmax_loss_naive(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = np.zeros(C)
        for c in range(C):
            scores[c] = np.sum(W[c] * X[:, i])
        largest = max(scores)
        total = 0.0
        for c in range(C):
            total += np.exp(scores[c] - largest)
        loss += np.log(total) + largest - scores[y[i]]
        for c in range(C):
            p = np.exp(scores[c] - largest) / total
            if c == y[i]:
                dW[c] += (p - 1) * X[:, i]
            else:
                dW[c] += p * X[:, i]
"""
    + TAIL,
    ONE_HOT: """\
def softmax_loss_vectorized(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    Y = np.zeros((C, N))
    Y[y, np.arange(N)] = 1
    scores = W @ X
    scores = scores - scores.max(axis=0)
    exps = np.exp(scores)
    total = exps.sum(axis=0)
    p = exps / total
    loss = np.log(total).sum() - (Y * scores).sum()
    dW = (p - Y) @ X.T
"""
    + TAIL,
    TRANSPOSED: """\
def softmax_loss_vectorized(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    scores = X.T.dot(W.T)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(scores)
    total = np.sum(exps, axis=1, keepdims=True)
    p = exps / total
    loss = np.sum(np.log(total[:, 0]) - scores[np.arange(N), y])
    p[np.arange(N), y] -= 1
    dW = X.dot(p).T
"""
    + TAIL,
}

WRONG = [
    *softmax_loss_scale.WRONG,
    *softmax_loss_classes.WRONG,
    *softmax_loss_logs.WRONG,
    *softmax_loss_samples.WRONG,
]
