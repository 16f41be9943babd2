"""A network with one hidden layer: right programs, and the known mistakes as edits of two."""

from tests.mistakes import network_loss_right
from tests.mistakes.network_loss_right import HELPERS, IMPORT, START
from tests.mistakes.programs import Edit, Wrong

__all__ = ["BASES", "RIGHT", "WRONG"]

BASES = {
    "plain": IMPORT
    + START
    + """\
    N = X.shape[1]
    A = W1 @ X + b1[:, None]
    H = 1 / (1 + np.exp(-A))
    Z = W2 @ H + b2[:, None]
    Z, T = check_targets(Z, target, 0)
    Z = Z - Z.max(axis=0)
    e = np.exp(Z)
    total = e.sum(axis=0)
    P = e / total
    loss = np.sum(T * (np.log(total) - Z)) / N
    dZ = (T.sum(axis=0) * P - T) / N
    dW2 = dZ @ H.T
    db2 = dZ.sum(axis=1)
    dH = W2.T @ dZ
    dA = dH * H * (1 - H)
    dW1 = dA @ X.T
    db1 = dA.sum(axis=1)
    return float(loss), {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
""",
    "helpers": IMPORT
    + HELPERS
    + START
    + """\
    hidden = sigmoid(np.dot(W1, X) + b1.reshape(-1, 1))
    scores = np.dot(W2, hidden) + b2.reshape(-1, 1)
    loss, dscores = cross_entropy(scores, target)
    grads = {}
    grads["W2"] = np.dot(dscores, hidden.T)
    grads["b2"] = np.sum(dscores, axis=1)
    dhidden = np.dot(W2.T, dscores)
    dhidden = dhidden * hidden * (1 - hidden)
    grads["W1"] = np.dot(dhidden, X.T)
    grads["b1"] = np.sum(dhidden, axis=1)
    return loss, grads
""",
}

AGAIN = "    dZ = P * dZ\n    dZ = dZ - P * dZ.sum(axis=0)\n"
HUGE = "huge scores"


def plain(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "plain", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def helpers(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "helpers", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


LOSS = [
    plain("mean-missing-in-gradient", ("P - T) / N", "P - T)")),
    helpers("mean-missing-in-gradient", ("- T) / N", "- T)")),
    plain("mean-missing-in-loss", ("(np.log(total) - Z)) / N", "(np.log(total) - Z))")),
    helpers("mean-missing-in-loss", ("log_P) / N", "log_P)")),
    plain(
        "mean-missing",
        ("(np.log(total) - Z)) / N", "(np.log(total) - Z))"),
        ("P - T) / N", "P - T)"),
    ),
    helpers("mean-missing", ("log_P) / N", "log_P)"), ("- T) / N", "- T)")),
    plain(
        "mean-twice",
        ("dZ @ H.T", "dZ @ H.T / N"),
        ("dA @ X.T", "dA @ X.T / N"),
        ("dZ.sum(axis=1)", "dZ.sum(axis=1) / N"),
        ("dA.sum(axis=1)", "dA.sum(axis=1) / N"),
        variant="every gradient",
    ),
    plain(
        "mean-twice", ("dZ @ H.T", "dZ @ H.T / N"), ("dA @ X.T", "dA @ X.T / N"), variant="weights"
    ),
    plain("mean-twice", ("- Z)) / N", "- Z)) / N / N"), variant="loss"),
    helpers(
        "mean-twice",
        ("dscores, hidden.T)", "dscores, hidden.T) / X.shape[1]"),
        ("dhidden, X.T)", "dhidden, X.T) / X.shape[1]"),
        variant="weights",
    ),
    plain("tau-missing", ("T.sum(axis=0) * P", "P")),
    helpers("tau-missing", ("T.sum(axis=0) * ", "")),
    plain("gradient-sign", ("T.sum(axis=0) * P - T", "T - T.sum(axis=0) * P")),
    helpers(
        "gradient-sign", ("T.sum(axis=0) * np.exp(log_P) - T", "T - T.sum(axis=0) * np.exp(log_P)")
    ),
    plain("no-maximum", ("    Z = Z - Z.max(axis=0)\n", ""), only_on=HUGE),
    helpers("no-maximum", ("    m = Z.max(axis=0)\n", "    m = 0\n"), only_on=HUGE),
    plain(
        "normalized-over-samples", ("total = e.sum(axis=0)", "total = e.sum(axis=1, keepdims=True)")
    ),
    helpers(
        "normalized-over-samples",
        ("np.exp(Z - m).sum(axis=0)", "np.exp(Z - m).sum(axis=1, keepdims=True)"),
    ),
    plain("log-underflow", ("np.log(total) - Z", "-np.log(P)"), only_on=HUGE),
    helpers("log-underflow", ("T * log_P", "T * np.log(np.exp(log_P))"), only_on=HUGE),
    plain("log-eps", ("np.log(total) - Z", "-np.log(P + 1e-8)"), only_on=HUGE),
    plain("log-eps", ("np.log(total) - Z", "-np.log(P + 1e-12)"), variant="1e-12", only_on=HUGE),
    plain("log-eps", ("np.log(total) - Z", "-np.log(P + 1e-3)"), variant="1e-3"),
    plain(
        "softmax-derivative-twice",
        ("    dW2 = ", "    dZ = P * (1 - P) * dZ\n    dW2 = "),
        variant="diagonal",
    ),
    plain("softmax-derivative-twice", ("    dW2 = ", f"{AGAIN}    dW2 = ")),
    plain(
        "softmax-derivative-twice", ("    dW2 = ", "    dZ = P * dZ\n    dW2 = "), variant="times p"
    ),
    helpers(
        "softmax-derivative-twice",
        (
            "    return float(loss), dZ",
            "    return float(loss), np.exp(log_P) * (1 - np.exp(log_P)) * dZ",
        ),
        variant="diagonal",
    ),
]

FORWARD = [
    plain("hidden-bias-missing", ("W1 @ X + b1[:, None]", "W1 @ X")),
    helpers("hidden-bias-missing", (" + b1.reshape(-1, 1)", "")),
    plain("output-bias-missing", ("W2 @ H + b2[:, None]", "W2 @ H")),
    helpers("output-bias-missing", (" + b2.reshape(-1, 1)", "")),
    plain("sigmoid-missing", ("1 / (1 + np.exp(-A))", "A"), ("dH * H * (1 - H)", "dH")),
    plain("sigmoid-missing", ("1 / (1 + np.exp(-A))", "A"), variant="forward"),
    helpers(
        "sigmoid-missing",
        ("sigmoid(np.dot(W1, X) + b1.reshape(-1, 1))", "np.dot(W1, X) + b1.reshape(-1, 1)"),
        ("    dhidden = dhidden * hidden * (1 - hidden)\n", ""),
    ),
    plain(
        "tanh-for-sigmoid",
        ("1 / (1 + np.exp(-A))", "np.tanh(A)"),
        ("dH * H * (1 - H)", "dH * (1 - H * H)"),
    ),
    helpers(
        "tanh-for-sigmoid",
        ("1 / (1 + np.exp(-A))", "np.tanh(A)"),
        ("dhidden * hidden * (1 - hidden)", "dhidden * (1 - hidden**2)"),
    ),
    plain("tanh-for-sigmoid", ("1 / (1 + np.exp(-A))", "np.tanh(A)"), variant="forward"),
]

BACKWARD = [
    plain("tanh-derivative", ("dH * H * (1 - H)", "dH * (1 - H * H)")),
    helpers("tanh-derivative", ("dhidden * hidden * (1 - hidden)", "dhidden * (1 - hidden**2)")),
    plain("sigmoid-derivative-missing", ("dH * H * (1 - H)", "dH")),
    helpers("sigmoid-derivative-missing", ("    dhidden = dhidden * hidden * (1 - hidden)\n", "")),
    plain("sigmoid-derivative-missing-in-bias", ("dA.sum(axis=1)", "dH.sum(axis=1)")),
    helpers(
        "sigmoid-derivative-missing-in-bias",
        ("np.sum(dhidden, axis=1)", "np.sum(np.dot(W2.T, dscores), axis=1)"),
    ),
    plain("sigmoid-derivative-at-scores", ("dH * H * (1 - H)", "dH * A * (1 - A)")),
    plain(
        "sigmoid-applied-twice",
        ("    dA = dH * H * (1 - H)", "    S = 1 / (1 + np.exp(-H))\n    dA = dH * S * (1 - S)"),
    ),
    helpers(
        "sigmoid-applied-twice",
        ("dhidden * hidden * (1 - hidden)", "dhidden * sigmoid(hidden) * (1 - sigmoid(hidden))"),
    ),
    plain("reshaped-not-transposed", ("W2.T @ dZ", "W2.reshape(-1, len(W2)) @ dZ")),
    helpers(
        "reshaped-not-transposed",
        ("np.dot(W2.T, dscores)", "np.dot(W2.reshape(W2.shape[::-1]), dscores)"),
    ),
    plain("hidden-for-input", ("dA @ X.T", "dA @ H.T")),
    helpers("hidden-for-input", ("dhidden, X.T", "dhidden, hidden.T")),
    plain("input-for-hidden", ("dZ @ H.T", "dZ @ X.T")),
    helpers("input-for-hidden", ("dscores, hidden.T", "dscores, X.T")),
    plain("scores-for-hidden", ("dZ @ H.T", "dZ @ A.T")),
    plain(
        "first-layer-zero",
        ("dA @ X.T", "np.zeros_like(W1)"),
        ("dA.sum(axis=1)", "np.zeros_like(b1)"),
    ),
    helpers(
        "first-layer-zero",
        ("np.dot(dhidden, X.T)", "np.zeros_like(W1)"),
        ("np.sum(dhidden, axis=1)", "np.zeros_like(b1)"),
    ),
]

RETURNS = [
    plain(
        "bias-gradient-mean",
        ("dZ.sum(axis=1)", "dZ.mean(axis=1)"),
        ("dA.sum(axis=1)", "dA.mean(axis=1)"),
    ),
    plain("bias-gradient-mean", ("dA.sum(axis=1)", "dA.mean(axis=1)"), variant="hidden"),
    plain("bias-gradient-mean", ("dZ.sum(axis=1)", "dZ.mean(axis=1)"), variant="output"),
    helpers(
        "bias-gradient-mean",
        ("np.sum(dscores", "np.mean(dscores"),
        ("np.sum(dhidden", "np.mean(dhidden"),
    ),
    plain(
        "bias-gradient-missing",
        ("dZ.sum(axis=1)", "np.zeros_like(b2)"),
        ("dA.sum(axis=1)", "np.zeros_like(b1)"),
    ),
    plain("bias-gradient-missing", ("dZ.sum(axis=1)", "np.zeros_like(b2)"), variant="output"),
    plain("bias-gradient-missing", ("dA.sum(axis=1)", "np.zeros_like(b1)"), variant="hidden"),
    helpers(
        "bias-gradient-missing",
        ("np.sum(dscores, axis=1)", "0 * b2"),
        ("np.sum(dhidden, axis=1)", "0 * b1"),
    ),
    plain(
        "bias-gradient-column",
        ("dZ.sum(axis=1)", "dZ.sum(axis=1, keepdims=True)"),
        ("dA.sum(axis=1)", "dA.sum(axis=1, keepdims=True)"),
    ),
    helpers(
        "bias-gradient-column",
        ("dscores, axis=1", "dscores, axis=1, keepdims=True"),
        ("dhidden, axis=1", "dhidden, axis=1, keepdims=True"),
    ),
    plain(
        "bias-gradient-one-number", ("dZ.sum(axis=1)", "dZ.sum()"), ("dA.sum(axis=1)", "dA.sum()")
    ),
    helpers(
        "bias-gradient-one-number",
        ("np.sum(dscores, axis=1)", "np.sum(dscores)"),
        ("np.sum(dhidden, axis=1)", "np.sum(dhidden)"),
    ),
    plain(
        "bias-gradient-one-number",
        ("db1 = dA.sum(axis=1)", "db1 = np.full_like(b1, dA.sum())"),
        variant="hidden, filled",
    ),
    plain("weights-swapped", ('"W1": dW1', '"W1": dW2'), ('"W2": dW2', '"W2": dW1')),
    helpers("weights-swapped", ('grads["W2"]', 'grads["W1"]'), ('grads["W1"]', 'grads["W2"]')),
    plain("biases-swapped", ('"b1": db1', '"b1": db2'), ('"b2": db2', '"b2": db1')),
    helpers("biases-swapped", ('grads["b2"]', 'grads["b1"]'), ('grads["b1"]', 'grads["b2"]')),
    plain("gradient-transposed", ("dA @ X.T", "X @ dA.T"), ("dZ @ H.T", "H @ dZ.T")),
    plain("gradient-transposed", ("dZ @ H.T", "H @ dZ.T"), variant="W2"),
    plain("gradient-transposed", ("dA @ X.T", "X @ dA.T"), variant="W1"),
    helpers("gradient-transposed", ("np.dot(dhidden, X.T)", "np.dot(X, dhidden.T)"), variant="W1"),
    plain("dtype-not-kept", ("H = 1 / ", "H = np.ones(A.shape) / "), only_on="float32"),
    helpers(
        "dtype-not-kept",
        ("np.dot(W1, X) +", "np.zeros((len(b1), X.shape[1])) + np.dot(W1, X) +"),
        only_on="float32",
    ),
    plain(
        "input-changed",
        ("    return float", "    W1 -= 0.1 * dW1\n    return float"),
        only_on="arguments",
    ),
    helpers(
        "input-changed",
        ("    return loss, grads", '    params["b1"] -= grads["b1"]\n    return loss, grads'),
        only_on="arguments",
    ),
]

WRONG = [*LOSS, *FORWARD, *BACKWARD, *RETURNS]
RIGHT = BASES | network_loss_right.RIGHT
