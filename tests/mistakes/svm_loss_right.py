"""The hinge loss, written right in many ways."""

END = """\
    loss = loss / N + 0.5 * reg * np.sum(W * W)
    dW = dW / N + reg * W
    return float(loss), dW
"""


def naive(*body: str) -> str:
    return "".join(["def svm_loss_naive(W, X, y, reg):\n", *body])


def vectorized(*body: str) -> str:
    return "".join(["def svm_loss_vectorized(W, X, y, reg):\n", *body])


RIGHT = {
    "naive: continue": naive(
        """\
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        scores = W @ X[:, i]
        for c in range(C):
            if c == y[i]:
                continue
            margin = scores[c] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[c] += X[:, i]
                dW[y[i]] -= X[:, i]
""",
        END,
    ),
    "naive: margin >= 0": naive(
        """\
    N = len(y)
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        scores = np.dot(W, X[:, i])
        true_score = scores[y[i]]
        for c in range(len(W)):
            if c != y[i] and scores[c] - true_score + 1 >= 0:
                loss = loss + scores[c] - true_score + 1
                dW[c, :] = dW[c, :] + X[:, i]
                dW[y[i], :] = dW[y[i], :] - X[:, i]
""",
        END,
    ),
    "naive: count of a sample": naive(
        """\
    N = X.shape[1]
    loss = 0
    dW = np.zeros_like(W)
    for x, true_class in zip(X.T, y):
        scores = W.dot(x)
        violations = 0
        for c, score in enumerate(scores):
            if c == true_class:
                continue
            margin = max(0, score - scores[true_class] + 1)
            loss += margin
            if margin:
                violations += 1
                dW[c] += x
        dW[true_class] -= violations * x
""",
        END,
    ),
    "naive: true class taken back": naive(
        """\
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = W @ X[:, i]
        for c in range(W.shape[0]):
            margin = scores[c] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[c] += X[:, i]
                dW[y[i]] -= X[:, i]
        loss -= 1
""",
        END,
    ),
    "naive: one sample at a time": naive(
        """\
    N = X.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(N):
        margins = np.maximum(0, W @ X[:, i] - W[y[i]] @ X[:, i] + 1)
        margins[y[i]] = 0
        loss += margins.sum()
        pulls = (margins > 0).astype(W.dtype)
        pulls[y[i]] = -pulls.sum()
        dW += np.outer(pulls, X[:, i])
""",
        END,
    ),
    "naive: divided at once": naive(
        """\
    C, N = W.shape[0], X.shape[1]
    loss = 0.5 * reg * (W**2).sum()
    dW = reg * W
    for i in range(N):
        for c in range(C):
            margin = (W[c] - W[y[i]]) @ X[:, i] + 1
            if c != y[i] and margin > 0:
                loss += margin / N
                dW[c] += X[:, i] / N
                dW[y[i]] -= X[:, i] / N
    return loss, dW
"""
    ),
    "vectorized: corrected afterwards": vectorized(
        """\
    N = X.shape[1]
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, np.arange(N)] + 1)
    margins[y, np.arange(N)] = 0
    loss = np.sum(margins)
    counts = (margins > 0).astype(W.dtype)
    counts[y, np.arange(N)] -= np.sum(counts, axis=0)
    dW = counts.dot(X.T)
""",
        END,
    ),
    "vectorized: one-hot": vectorized(
        """\
    C, N = W.shape[0], X.shape[1]
    Y = np.eye(C, dtype=W.dtype)[y].T
    margins = W @ X - (Y * (W @ X)).sum(axis=0) + (1 - Y)
    above = np.where(margins > 0, 1 - Y, 0)
    loss = (above * margins).sum()
    dW = (above - above.sum(axis=0) * Y) @ X.T
""",
        END,
    ),
    "vectorized: one row a sample": vectorized(
        """\
    rows = X.T
    N = len(rows)
    scores = rows @ W.T
    margins = scores - scores[np.arange(N), y][:, None] + 1
    margins[np.arange(N), y] = 0
    above = (margins > 0) * np.ones_like(margins)
    loss = margins[margins > 0].sum()
    above[np.arange(N), y] = -above.sum(axis=1)
    dW = (rows.T @ above).T
""",
        END,
    ),
    "vectorized: einsum": vectorized(
        """\
    N = X.shape[1]
    scores = np.einsum("cd,dn->cn", W, X)
    true_scores = np.take_along_axis(scores, y[None], axis=0)
    margins = np.clip(scores - true_scores + 1, 0, None)
    np.put_along_axis(margins, y[None], 0, axis=0)
    pulls = np.sign(margins)
    np.put_along_axis(pulls, y[None], -pulls.sum(axis=0, keepdims=True), axis=0)
    loss = np.einsum("cn->", margins)
    dW = np.einsum("cn,dn->cd", pulls, X)
""",
        END,
    ),
    "vectorized: margin >= 0 among other classes": vectorized(
        """\
    C, N = W.shape[0], X.shape[1]
    scores = W @ X
    others = np.arange(C)[:, None] != y
    margins = scores - np.diagonal(scores[y]) + 1
    counted = others & (margins >= 0)
    loss = margins[counted].sum()
    dW = counted.astype(W.dtype) @ X.T
    np.subtract.at(dW, y, (counted.sum(axis=0) * X).T)
""",
        END,
    ),
    "vectorized: minus one a sample": vectorized(
        """\
    N = X.shape[1]
    scores = W @ X
    margins = np.maximum(scores - scores[y, range(N)] + 1, 0)
    loss = margins.sum() - N
    pulls = (margins > 0).astype(W.dtype)
    pulls[y, range(N)] -= pulls.sum(axis=0)
    dW = pulls @ X.T
""",
        END,
    ),
    "vectorized: helpers": """\
def margins_of(scores, y):
    samples = np.arange(len(y))
    margins = np.maximum(0, scores - scores[y, samples] + 1)
    margins[y, samples] = 0
    return margins


def regularization(W, reg):
    return 0.5 * reg * np.vdot(W, W), reg * W


def svm_loss_vectorized(W, X, y, reg):
    margins = margins_of(W @ X, y)
    pulls = np.heaviside(margins, 0)
    pulls[y, np.arange(len(y))] = -np.sum(pulls, axis=0)
    price, pull = regularization(W, reg)
    return float(np.mean(margins.sum(axis=0)) + price), pulls @ X.T / len(y) + pull
""",
}
