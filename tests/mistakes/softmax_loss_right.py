"""Right ways to write the softmax loss, each as a student might.

A name begins with the question, naive or vectorized.  Those called float32 keep the dtype of W.
"""

RIGHT = {
    "vectorized, one-hot": """\
def softmax_loss_vectorized(W, X, y, reg):
    num_classes, num_samples = W.shape[0], X.shape[1]
    Y = np.eye(num_classes)[y].T
    S = W @ X
    S = S - S.max(axis=0)
    log_p = S - np.log(np.exp(S).sum(axis=0))
    loss = -(Y * log_p).sum() / num_samples + reg * (W**2).sum() / 2
    return loss, (np.exp(log_p) - Y) @ X.T / num_samples + reg * W
""",
    "vectorized, logaddexp": """\
def softmax_loss_vectorized(W, X, y, reg):
    i = np.arange(len(y))
    S = W @ X
    log_p = S - np.logaddexp.reduce(S, axis=0)
    G = np.exp(log_p)
    G[y, i] -= 1
    return -np.mean(log_p[y, i]) + 0.5 * reg * np.sum(W * W), G @ X.T / len(y) + reg * W
""",
    "vectorized, einsum": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    S = np.einsum("cd,di->ci", W, X)
    S -= np.einsum("ci->ci", S).max(axis=0)
    E = np.exp(S)
    Z = np.einsum("ci->i", E)
    G = E / Z
    G[y, range(N)] -= 1
    loss = (np.log(Z) - S[y, range(N)]).mean() + 0.5 * reg * np.einsum("cd,cd->", W, W)
    return loss, np.einsum("ci,di->cd", G, X) / N + reg * W
""",
    "vectorized, fancy indexing": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    each = np.arange(N)
    f = W.dot(X)
    f = f - f.max(axis=0)
    correct = f[y, each]
    p = np.exp(f) / np.exp(f).sum(axis=0)
    loss = np.mean(-correct + np.log(np.sum(np.exp(f), axis=0)))
    loss += 0.5 * reg * np.sum(W ** 2)
    p[y, each] -= 1
    dW = p.dot(X.T)
    dW /= N
    dW += reg * W
    return loss, dW
""",
    "vectorized, take_along_axis": """\
def softmax_loss_vectorized(W, X, y, reg):
    S = np.matmul(W, X)
    S = S - np.amax(S, axis=0, keepdims=True)
    log_p = S - np.log(np.exp(S).sum(axis=0, keepdims=True))
    correct = np.take_along_axis(log_p, y[None, :], axis=0)
    P = np.exp(log_p)
    np.put_along_axis(P, y[None, :], np.take_along_axis(P, y[None, :], axis=0) - 1, axis=0)
    return -correct.mean() + reg / 2 * np.square(W).sum(), P @ X.T / X.shape[1] + reg * W
""",
    "vectorized, transposed inside": """\
def softmax_loss_vectorized(W, X, y, reg):
    W_T, X_T = W.T, X.T
    num_train = X_T.shape[0]
    scores = X_T.dot(W_T)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    sums = np.exp(scores).sum(axis=1, keepdims=True)
    dscores = np.exp(scores) / sums
    dscores[np.arange(num_train), y] -= 1
    dscores /= num_train
    loss = np.mean(np.log(sums[:, 0]) - scores[np.arange(num_train), y])
    loss += 0.5 * reg * np.sum(W_T * W_T)
    return loss, (X_T.T.dot(dscores) + reg * W_T).T
""",
    "vectorized, float32 kept": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    S = W @ X.astype(W.dtype)
    S = S - S.max(axis=0)
    P = np.exp(S)
    Z = P.sum(axis=0)
    loss = float(np.mean(np.log(Z) - S[y, np.arange(N)]))
    P = P / Z
    P[y, np.arange(N)] -= 1
    loss += 0.5 * float(reg) * float(np.sum(W * W))
    return loss, P @ X.T.astype(W.dtype) / N + float(reg) * W
""",
    "naive, float32 kept, with loops": """\
def softmax_loss_naive(W, X, y, reg):
    num_classes, num_features = W.shape
    num_samples = X.shape[1]
    loss, dW = 0.0, np.zeros_like(W)
    for sample in range(num_samples):
        x = X[:, sample]
        scores = W.dot(x)
        scores -= np.max(scores)
        probabilities = np.exp(scores)
        total = probabilities.sum()
        loss += float(np.log(total) - scores[y[sample]])
        for k in range(num_classes):
            dW[k] += (probabilities[k] / total - (k == y[sample])) * x
    dW /= num_samples
    dW += reg * W
    return loss / num_samples + 0.5 * reg * float(np.sum(W * W)), dW
""",
    "vectorized, in place on own copies": """\
def softmax_loss_vectorized(W, X, y, reg):
    W, X = W.copy(), X.astype(float)
    N = len(y)
    S = W @ X
    S -= S.max(axis=0)
    loss = -S[y, np.arange(N)].sum()
    np.exp(S, out=S)
    loss += np.log(S.sum(axis=0)).sum()
    S /= S.sum(axis=0)
    S[y, np.arange(N)] -= 1
    S /= N
    loss = loss / N + 0.5 * reg * (W * W).sum()
    W *= reg
    W += S @ X.T
    return loss, W
""",
    "vectorized, helper functions": """\
def log_softmax(scores):
    shifted = scores - scores.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


def data_loss(log_p, y):
    return -np.mean(log_p[y, np.arange(y.size)])


def regularization(W, reg):
    return 0.5 * reg * np.sum(W * W), reg * W


def softmax_loss_vectorized(W, X, y, reg):
    log_p = log_softmax(W @ X)
    penalty, dpenalty = regularization(W, reg)
    dscores = np.exp(log_p)
    dscores[y, np.arange(y.size)] -= 1
    return data_loss(log_p, y) + penalty, dscores @ X.T / y.size + dpenalty
""",
    "naive, closure": """\
def softmax_loss_naive(W, X, y, reg):
    def gradient_on_scores(i):
        s = W @ X[:, i]
        s = s - s.max()
        e = np.exp(s)
        g = e / e.sum()
        g[y[i]] -= 1
        return np.log(e.sum()) - s[y[i]], g

    loss, dW = 0, np.zeros(W.shape)
    for i in range(X.shape[1]):
        own_loss, g = gradient_on_scores(i)
        loss = loss + own_loss
        dW = dW + g[:, np.newaxis] * X[:, i][np.newaxis, :]
    return loss / X.shape[1] + 0.5 * reg * np.sum(W**2), dW / X.shape[1] + reg * W
""",
    "vectorized, small class": """\
class CrossEntropy:
    def __init__(self, scores, labels):
        self.labels = labels
        self.samples = np.arange(len(labels))
        self.log_p = scores - scores.max(axis=0)
        self.log_p -= np.log(np.exp(self.log_p).sum(axis=0))

    def forward(self):
        return -self.log_p[self.labels, self.samples].mean()

    def backward(self):
        d = np.exp(self.log_p)
        d[self.labels, self.samples] -= 1
        return d / len(self.labels)


def softmax_loss_vectorized(W, X, y, reg):
    node = CrossEntropy(W @ X, y)
    return node.forward() + 0.5 * reg * np.sum(W * W), node.backward() @ X.T + reg * W
""",
    "naive, partial function": """\
from functools import partial


def weighted(p, x):
    return np.outer(p, x)


def softmax_loss_naive(W, X, y, reg):
    maximum = partial(np.max, axis=0)
    S = W.dot(X)
    S = S - maximum(S)
    Z = np.exp(S).sum(0)
    loss, dW = 0.5 * reg * np.sum(W * W), reg * W
    for i in range(X.shape[1]):
        target = np.zeros(W.shape[0])
        target[y[i]] = 1
        loss += (np.log(Z[i]) - S[y[i], i]) / X.shape[1]
        dW = dW + weighted(np.exp(S[:, i]) / Z[i] - target, X[:, i]) / X.shape[1]
    return loss, dW
""",
    "vectorized, where": """\
def softmax_loss_vectorized(W, X, y, reg):
    true = np.arange(W.shape[0])[:, None] == y
    S = W @ X
    S = S - S.max(0)
    E = np.exp(S)
    Z = E.sum(0)
    loss = np.mean(np.log(Z) - np.where(true, S, 0).sum(0)) + 0.5 * reg * (W * W).sum()
    P = E / Z
    dS = np.where(true, P - 1, P)
    return loss, dS.dot(X.T) / true.shape[1] + reg * W
""",
    "naive, outer product per sample": """\
def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    dW = np.zeros(W.shape)
    losses = np.zeros(N)
    for i in range(N):
        f = W.dot(X[:, i])
        f -= f.max()
        e = np.exp(f)
        losses[i] = np.log(e.sum()) - f[y[i]]
        d = e / e.sum() - (np.arange(C) == y[i])
        dW += np.outer(d, X[:, i])
    return losses.mean() + 0.5 * reg * np.sum(W * W), dW / N + reg * W
""",
    "naive, loop over classes": """\
def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    S = W @ X
    M = S.max(axis=0)
    Z = np.zeros(N)
    for c in range(C):
        Z = Z + np.exp(S[c] - M)
    loss = np.mean(np.log(Z) + M)
    dW = reg * W
    for c in range(C):
        loss -= S[c, y == c].sum() / N
        dW[c] += X @ (np.exp(S[c] - M) / Z - (y == c)) / N
    return loss + 0.5 * reg * np.sum(W * W), dW
""",
    "naive, stacked comprehension": """\
def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    scores = np.stack([np.array([w @ X[:, i] for w in W]) for i in range(N)], axis=1)
    log_Z = np.array([s.max() + np.log(np.exp(s - s.max()).sum()) for s in scores.T])
    P = np.exp(scores - log_Z)
    loss = sum(log_Z[i] - scores[y[i], i] for i in range(N)) / N
    rows = [(P[c] - (y == c)) @ X.T for c in range(len(W))]
    return loss + 0.5 * reg * np.sum(W * W), np.array(rows) / N + reg * W
""",
    "vectorized, long double inside": """\
def softmax_loss_vectorized(W, X, y, reg):
    V, Z = W.astype(np.longdouble), X.astype(np.longdouble)
    S = V @ Z
    S -= S.max(axis=0)
    T = np.exp(S).sum(axis=0)
    loss = (np.log(T) - S[y, np.arange(y.size)]).mean() + reg * (V * V).sum() / 2
    G = np.exp(S) / T
    G[y, np.arange(y.size)] -= 1
    return float(loss), (G @ Z.T / y.size + reg * V).astype(W.dtype)
""",
    "naive, generator sum": """\
def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]

    def shifted(x):
        s = W @ x
        return s - s.max()

    loss = sum(np.log(np.sum(np.exp(shifted(x)))) - shifted(x)[k] for x, k in zip(X.T, y)) / N
    dW = sum(np.outer(np.exp(s) / np.sum(np.exp(s)), x) for x, s in ((x, shifted(x)) for x in X.T))
    for x, k in zip(X.T, y):
        dW[k] -= x
    return loss + 0.5 * reg * np.sum(W * W), dW / N + reg * W
""",
    "naive, matrix of shifted scores": """\
def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    shifted = np.zeros((C, N))
    for i in range(N):
        column = W.dot(X[:, i])
        shifted[:, i] = column - column.max()
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        Z = np.exp(shifted[:, i]).sum()
        loss += np.log(Z) - shifted[y[i], i]
        for c in range(C):
            dW[c] += X[:, i] * np.exp(shifted[c, i]) / Z
        dW[y[i]] -= X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W
""",
    "naive, log-sum-exp helper": """\
def log_sum_exp(s):
    largest = s.max()
    return largest + np.log(np.sum(np.exp(s - largest)))


def softmax_loss_naive(W, X, y, reg):
    D, N = X.shape
    loss, dW = 0.0, np.zeros_like(W, dtype=float)
    for i in range(N):
        s = W @ X[:, i]
        log_Z = log_sum_exp(s)
        loss += log_Z - s[y[i]]
        dW += np.exp(s - log_Z).reshape(-1, 1) * X[:, i].reshape(1, D)
        dW[y[i], :] -= X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W
""",
    "naive, running sum": """\
def softmax_loss_naive(W, X, y, reg):
    C, N = W.shape[0], X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W @ X[:, i]
        largest, total = s[0], 1.0
        for c in range(1, C):
            if s[c] > largest:
                total = total * np.exp(largest - s[c]) + 1.0
                largest = s[c]
            else:
                total += np.exp(s[c] - largest)
        loss += np.log(total) + largest - s[y[i]]
        for c in range(C):
            dW[c] += np.exp(s[c] - largest) / total * X[:, i]
        dW[y[i]] -= X[:, i]
    return loss / N + 0.5 * reg * np.sum(W * W), dW / N + reg * W
""",
    "naive, pure loops": """\
def softmax_loss_naive(W, X, y, reg):
    C, D = W.shape
    N = X.shape[1]
    loss = 0.0
    dW = np.empty((C, D))
    for c in range(C):
        for d in range(D):
            loss += 0.5 * reg * W[c, d] * W[c, d]
            dW[c, d] = reg * W[c, d]
    s = np.empty(C)
    for i in range(N):
        largest = -np.inf
        for c in range(C):
            s[c] = 0.0
            for d in range(D):
                s[c] += W[c, d] * X[d, i]
            if s[c] > largest:
                largest = s[c]
        total = 0.0
        for c in range(C):
            total += np.exp(s[c] - largest)
        loss += (np.log(total) + largest - s[y[i]]) / N
        for c in range(C):
            p = np.exp(s[c] - largest) / total
            if c == y[i]:
                p -= 1.0
            for d in range(D):
                dW[c, d] += p * X[d, i] / N
    return loss, dW
""",
    "naive, regularization inside the mean": """\
def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(N):
        s = W @ X[:, i]
        s = s - s.max()
        p = np.exp(s) / np.exp(s).sum()
        loss += np.log(np.exp(s).sum()) - s[y[i]] + 0.5 * reg * np.sum(W * W)
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i]) + reg * W
    return loss / N, dW / N
""",
    "vectorized, array of every product": """\
def softmax_loss_vectorized(W, X, y, reg):
    S = (W[:, :, None] * X[None, :, :]).sum(axis=1)
    S = S - S.max(axis=0)
    Z = np.exp(S).sum(axis=0)
    G = np.exp(S) / Z - (np.arange(len(W))[:, None] == y[None, :])
    loss = np.mean(np.log(Z) - np.choose(np.zeros_like(y), [S[y, np.arange(y.size)]]))
    dW = (G[:, None, :] * X[None, :, :]).mean(axis=2) + reg * W
    return loss + 0.5 * reg * np.vdot(W, W), dW
""",
    "vectorized, subtract.at": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = y.shape[0]
    S = W @ X
    S = S - S.max(axis=0)
    E = np.exp(S)
    dW = np.zeros(W.shape)
    dW += (E / E.sum(axis=0)) @ X.T
    np.subtract.at(dW, y, X.T)
    loss = np.log(E.sum(axis=0)).sum() - np.trace(S[y])
    return loss / N + 0.5 * reg * np.linalg.norm(W) ** 2, dW / N + reg * W
""",
    "naive, while": """\
def softmax_loss_naive(W, X, y, reg):
    i, loss, dW = 0, 0.0, W * 0.0
    while i < X.shape[1]:
        s = W @ X[:, i]
        s = s - max(s)
        p = np.exp(s) / sum(np.exp(s))
        loss -= s[y[i]] - np.log(sum(np.exp(s)))
        p[y[i]] = p[y[i]] - 1
        dW += p[:, None] @ X[None, :, i]
        i += 1
    return loss / i + reg / 2 * sum(sum(W * W)), dW / i + W * reg
""",
    "naive, batches of four": """\
def softmax_loss_naive(W, X, y, reg):
    N = X.shape[1]
    loss, dW = 0.5 * reg * np.sum(W * W), reg * W
    for start in range(0, N, 4):
        x, k = X[:, start : start + 4], y[start : start + 4]
        s = W @ x
        s -= s.max(axis=0)
        z = np.exp(s).sum(axis=0)
        g = np.exp(s) / z
        g[k, np.arange(len(k))] -= 1
        loss += np.sum(np.log(z) - s[k, np.arange(len(k))]) / N
        dW += g @ x.T / N
    return loss, dW
""",
    "naive, one sample at a time, by a helper": """\
def sample_loss(W, x, label):
    s = W @ x
    log_p = s - s.max() - np.log(np.sum(np.exp(s - s.max())))
    ds = np.exp(log_p)
    ds[label] -= 1
    return -log_p[label], np.outer(ds, x)


def softmax_loss_naive(W, X, y, reg):
    results = [sample_loss(W, X[:, i], y[i]) for i in range(len(y))]
    losses, gradients = zip(*results)
    return np.mean(losses) + 0.5 * reg * np.sum(W * W), np.mean(gradients, axis=0) + reg * W
""",
    "naive, apply_along_axis": """\
def softmax_loss_naive(W, X, y, reg):
    def log_softmax(s):
        s = s - s.max()
        return s - np.log(np.exp(s).sum())

    L = np.apply_along_axis(log_softmax, 0, W @ X)
    Y = np.zeros(L.shape)
    Y[y, np.arange(len(y))] = 1
    dW = (np.exp(L) - Y) @ X.T / len(y) + reg * W
    return -np.sum(Y * L) / len(y) + reg * np.sum(W * W) / 2, dW
""",
    "vectorized, mean of the gradient's two terms": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    Y = (np.arange(W.shape[0]).reshape(-1, 1) == y.reshape(1, -1)).astype(int)
    S = W @ X - np.max(W @ X, axis=0)
    log_p = S - np.log(np.sum(np.exp(S), axis=0))
    expected, observed = np.exp(log_p) @ X.T / N, Y @ X.T / N
    return -np.sum(log_p[Y == 1]) / N + 0.5 * reg * np.sum(W * W), expected - observed + reg * W
""",
    "vectorized, negative scores": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    A = -(W @ X)
    A = A - A.min(axis=0)
    q = np.exp(-A)
    loss = A[y, np.arange(N)].sum() + np.log(q.sum(axis=0)).sum()
    dA = -q / q.sum(axis=0)
    dA[y, np.arange(N)] += 1
    return loss / N + 0.5 * reg * np.sum(W * W), -dA @ X.T / N + reg * W
""",
    "vectorized, scaled before the product": """\
def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[1]
    S = W @ X
    S = S - S.max(axis=0, keepdims=True)
    E = np.exp(S)
    D = E / (N * E.sum(axis=0))
    D[y, np.arange(N)] -= 1 / N
    loss = (np.log(E.sum(axis=0)) - S[y, np.arange(N)]).sum() / N
    return loss + reg * np.sum(np.square(W)) * 0.5, np.dot(D, X.T) + np.multiply(reg, W)
""",
}
