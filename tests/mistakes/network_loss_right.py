"""A network with one hidden layer, written right in many ways."""

IMPORT = """\
from classifiers.layer_inputs import check_targets
from classifiers.network import check_network


"""
START = """\
def network_loss(params, X, target):
    W1, b1, W2, b2, X = check_network(params, X)
"""
HELPERS = """\
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


def cross_entropy(Z, target):
    Z, T = check_targets(Z, target, 0)
    N = Z.shape[1]
    m = Z.max(axis=0)
    log_P = Z - m - np.log(np.exp(Z - m).sum(axis=0))
    loss = -np.sum(T * log_P) / N
    dZ = (T.sum(axis=0) * np.exp(log_P) - T) / N
    return float(loss), dZ


"""

RIGHT = {
    "one row a sample inside": IMPORT
    + START
    + """\
    rows = X.T
    H = 1 / (1 + np.exp(-(rows.dot(W1.T) + b1)))
    Z = H.dot(W2.T) + b2
    _, T = check_targets(Z.T, target, 0)
    T = T.T
    Z = Z - Z.max(axis=1, keepdims=True)
    exps = np.exp(Z)
    totals = exps.sum(axis=1, keepdims=True)
    loss = np.sum(T * (np.log(totals) - Z)) / len(rows)
    dZ = (T.sum(axis=1, keepdims=True) * exps / totals - T) / len(rows)
    dA = dZ.dot(W2) * H * (1 - H)
    return float(loss), {
        "W1": dA.T.dot(rows),
        "b1": dA.sum(axis=0),
        "W2": dZ.T.dot(H),
        "b2": dZ.sum(axis=0),
    }
""",
    "biases as weights of a one": IMPORT
    + START
    + """\
    ones = np.ones_like(X, shape=(1, X.shape[1]))
    V1, V2 = np.c_[W1, b1], np.c_[W2, b2]
    X1 = np.concatenate([X, ones])
    H = 1 / (1 + np.exp(-V1 @ X1))
    H1 = np.concatenate([H, ones])
    Z, T = check_targets(V2 @ H1, target, 0)
    log_P = Z - np.logaddexp.reduce(Z, axis=0)
    N = X.shape[1]
    dZ = (T.sum(axis=0) * np.exp(log_P) - T) / N
    dV2, dV1 = dZ @ H1.T, (W2.T @ dZ * H * (1 - H)) @ X1.T
    grads = {"W1": dV1[:, :-1], "b1": dV1[:, -1], "W2": dV2[:, :-1], "b2": dV2[:, -1]}
    return float(-np.sum(T * log_P) / N), {k: v.copy() for k, v in grads.items()}
""",
    "einsum": IMPORT
    + HELPERS
    + START
    + """\
    A = np.einsum("hd,dn->hn", W1, X) + np.expand_dims(b1, 1)
    H = sigmoid(A)
    loss, dZ = cross_entropy(np.einsum("ch,hn->cn", W2, H) + np.expand_dims(b2, 1), target)
    dA = np.einsum("ch,cn,hn,hn->hn", W2, dZ, H, 1 - H)
    grads = dict(W1=np.einsum("hn,dn->hd", dA, X), b1=np.einsum("hn->h", dA))
    grads.update(W2=np.einsum("cn,hn->ch", dZ, H), b2=np.einsum("cn->c", dZ))
    return loss, grads
""",
    "sigmoid from tanh": IMPORT
    + HELPERS
    + START
    + """\
    H = (np.tanh((W1 @ X + b1[:, np.newaxis]) / 2) + 1) / 2
    loss, dZ = cross_entropy(W2 @ H + b2[:, np.newaxis], target)
    dA = (W2.T @ dZ) * (H - H**2)
    one = np.ones_like(X[0])
    return loss, {"W1": dA @ X.T, "b1": dA @ one, "W2": dZ @ H.T, "b2": dZ @ one}
""",
    "sigmoid without overflow": IMPORT
    + HELPERS.replace("1 / (1 + np.exp(-A))", "np.exp(-np.logaddexp(0, -A).astype(A.dtype))")
    + START
    + """\
    H = sigmoid(W1 @ X + b1[:, None])
    loss, dZ = cross_entropy(W2 @ H + b2[:, None], target)
    dA = np.multiply(W2.T @ dZ, H) * (1 - H)
    grads = {"W1": dA @ X.T, "b1": dA.sum(1), "W2": dZ @ H.T, "b2": dZ.sum(1)}
    return loss, grads
""",
    "layers": IMPORT
    + HELPERS
    + """\
class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        self.X = X
        return self.W @ X + self.b[:, None]

    def backward(self, dout):
        return dout @ self.X.T, dout.sum(axis=1), self.W.T @ dout


"""
    + START
    + """\
    first, second = Linear(W1, b1), Linear(W2, b2)
    H = sigmoid(first.forward(X))
    loss, dZ = cross_entropy(second.forward(H), target)
    grads = {}
    grads["W2"], grads["b2"], dH = second.backward(dZ)
    grads["W1"], grads["b1"], _ = first.backward(dH * H * (1 - H))
    return loss, grads
""",
    "derivative first": IMPORT
    + HELPERS
    + START
    + """\
    H = sigmoid(W1 @ X + b1[:, None])
    slope = H * (1 - H)
    loss, dZ = cross_entropy(W2 @ H + b2[:, None], target)
    blamed = (dZ.T @ W2).T
    blamed *= slope
    return loss, {
        "b2": np.add.reduce(dZ, axis=1),
        "W2": (H @ dZ.T).T,
        "b1": np.add.reduce(blamed, axis=1),
        "W1": (X @ blamed.T).T,
    }
""",
}
