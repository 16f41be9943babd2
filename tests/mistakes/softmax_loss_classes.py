"""Mistakes around the true class, the normalization and the axes."""

from tests.mistakes.softmax_loss_edits import (
    FIRST,
    LOOPS,
    ONE_HOT,
    TRANSPOSED,
    each,
    naive,
    vectorized,
    wrong,
)

TRUE_CLASS = [
    *each("true-class-plus-one", ("p[TRUE] -= 1", "p[TRUE] += 1")),
    *each("true-class-assigned", ("p[TRUE] -= 1", "p[TRUE] = -1")),
    *each("true-class-zeroed", ("p[TRUE] -= 1", "p[TRUE] = 0")),
    *each("true-class-forgotten", ("p[TRUE] -= 1; ", "")),
    *each(
        "only-true-class", ("p[TRUE] -= 1", "d = np.zeros(p.shape); d[TRUE] = p[TRUE] - 1; p = d")
    ),
    *each(
        "only-true-class",
        ("p[TRUE] -= 1", "p = np.zeros(p.shape); p[TRUE] = -1"),
        variant="without its probability",
    ),
    *naive(
        "true-class-in-class-loop",
        ("p[y[i]] -= 1; ", ""),
        ("X[:, i]\n    ", "X[:, i]\n            dW[y[i]] -= X[:, i]\n    "),
    ),
    *naive(
        "true-class-in-class-loop",
        ("p[y[i]] -= 1; ", ""),
        ("dW[c] += ", "p[y[i]] -= 1\n            dW[c] += "),
        variant="on p",
    ),
    *vectorized(
        "true-class-in-class-loop",
        ("p[TRUE] -= 1", "for _ in range(C):\n        p[TRUE] -= 1"),
        also=("python-loop",),
    ),
    *naive("data-gradient-sign", ("dW[c] += ", "dW[c] -= ")),
    *vectorized("data-gradient-sign", ("p.dot(X.T)", "-p.dot(X.T)")),
    *naive("loss-sign", ("loss += ", "loss -= ")),
    *vectorized("loss-sign", ("loss = np", "loss = -np")),
    *each("chain-rule-twice", ("p[TRUE] -= 1", "d = p.copy(); d[TRUE] -= 1; p = p * d")),
    *each(
        "chain-rule-twice",
        ("p[TRUE] -= 1", "d = p.copy(); d[TRUE] -= 1; p = p * (1 - p) * d"),
        variant="sigmoid",
    ),
    *each("diagonal-jacobian", ("p[TRUE] -= 1", "p = p * (1 - p)")),
    *each(
        "diagonal-jacobian",
        ("p[TRUE] -= 1", "d = np.zeros(p.shape); d[TRUE] = -1 / p[TRUE]; p = p * (1 - p) * d"),
        variant="times the loss's derivative",
        also=("only-true-class",),
    ),
    *each(
        "diagonal-jacobian",
        ("p[TRUE] -= 1", "p = p * (1 - p); p[TRUE] -= 1"),
        variant="and minus one",
    ),
    *each("indexed-rows", ("p[TRUE] -= 1", "p[y] -= 1")),
    *vectorized("indexed-columns", ("p[TRUE] -= 1", "p[:, y] -= 1")),
    *wrong(FIRST, "indexed-columns", ("p[y[i], i] -= 1", "p[:, y[i]] -= 1")),
    *wrong(FIRST, "indexed-rows", ("p[y[i], i] -= 1", "p[y[i]] -= 1"), variant="once a sample"),
    *wrong(
        TRANSPOSED,
        "indexed-columns",
        ("p[np.arange(N), y] -= 1", "p[:, y] -= 1"),
        variant="of samples by classes",
        also=("indexed-rows",),
    ),
    *wrong(
        TRANSPOSED,
        "indexed-rows",
        ("p[np.arange(N), y] -= 1", "p[y] -= 1"),
        variant="of samples by classes",
        also=("indexed-columns",),
    ),
    *wrong(LOOPS, "true-class-plus-one", ("(p - 1)", "(p + 1)")),
    *wrong(LOOPS, "true-class-assigned", ("(p - 1) * X", "-1 * X")),
    *wrong(LOOPS, "only-true-class", ("dW[c] += p * X[:, i]", "pass")),
    *wrong(LOOPS, "true-class-zeroed", ("dW[c] += (p - 1) * X[:, i]", "continue")),
    *wrong(ONE_HOT, "true-class-plus-one", ("(p - Y)", "(p + Y)")),
    *wrong(ONE_HOT, "data-gradient-sign", ("(p - Y)", "(Y - p)")),
    *wrong(ONE_HOT, "only-true-class", ("(p - Y)", "(Y * (p - 1))")),
    *wrong(ONE_HOT, "chain-rule-twice", ("(p - Y)", "(p * (p - Y))")),
]


NORMALIZED = [
    *wrong(
        FIRST,
        "normalized-over-samples",
        ("totals = np.sum(exps, axis=0)", "totals = np.sum(exps, axis=1)"),
        ("exps / totals", "exps / totals[:, None]"),
        ("totals[i]", "totals[y[i]]"),
    ),
    *wrong(
        FIRST,
        "normalized-over-samples",
        ("exps / totals", "exps / np.sum(exps, axis=1, keepdims=True)"),
        variant="gradient",
    ),
    *vectorized(
        "normalized-over-samples",
        ("np.sum(exps, axis=0)", "np.sum(exps, axis=1, keepdims=True)"),
        ("np.log(total)", "np.log(total)[y, 0]"),
    ),
    *vectorized(
        "normalized-over-samples",
        ("np.sum(exps, axis=0)", "np.sum(exps, axis=1, keepdims=True)"),
        variant="sum over all pairs",
    ),
    *vectorized(
        "normalized-over-samples",
        ("np.sum(exps, axis=0)", "np.sum(exps, axis=1)"),
        variant="no keepdims",
        fails=True,
    ),
    *vectorized(
        "normalized-over-samples",
        ("exps / total", "exps / np.sum(exps, axis=1, keepdims=True)"),
        variant="gradient",
    ),
    *wrong(
        TRANSPOSED,
        "normalized-over-samples",
        ("np.sum(exps, axis=1, keepdims=True)", "np.sum(exps, axis=0)"),
        ("np.log(total[:, 0])", "np.log(total[y])"),
    ),
    *wrong(
        FIRST,
        "normalized-over-everything",
        ("exps / totals", "exps / np.sum(exps)"),
        ("np.log(totals[i])", "np.log(np.sum(exps))"),
    ),
    *wrong(
        FIRST,
        "normalized-over-everything",
        ("exps / totals", "exps / np.sum(exps)"),
        variant="gradient",
    ),
    *vectorized("normalized-over-everything", ("np.sum(exps, axis=0)", "np.sum(exps)")),
    *vectorized(
        "normalized-over-everything", ("exps / total", "exps / np.sum(exps)"), variant="gradient"
    ),
]


TRANSPOSES = [
    *vectorized(
        "result-transposed",
        ("p.dot(X.T)", "X.dot(p.T)"),
        variant="before regularization",
        fails=True,
    ),
    *wrong(TRANSPOSED, "result-transposed", ("X.dot(p).T", "X.dot(p)"), fails=True),
    *naive("input-transposed", ("N = X.shape[1]", "N = X.shape[0]"), variant="N from the rows"),
    *vectorized(
        "input-transposed",
        ("N = X.shape[1]", "N = X.shape[0]"),
        variant="N from the rows",
        fails=True,
    ),
    *naive(
        "input-transposed",
        ("C = W.shape[0]", "C = W.shape[1]"),
        variant="C from the columns",
        fails=True,
    ),
    *naive(
        "input-transposed", ("W.dot(X[:, i])", "W.dot(X[i])"), variant="rows as samples", fails=True
    ),
    *naive("input-transposed", ("W.dot(X[:, i])", "X[:, i].dot(W)"), variant="X W", fails=True),
    *naive(
        "input-transposed",
        ("N = X.shape[1]", "N = X.shape[0]"),
        ("W.dot(X[:, i])", "W.dot(X[i])"),
        ("p[c] * X[:, i]", "p[c] * X[i]"),
        variant="all of it",
        fails=True,
    ),
    *vectorized("input-transposed", ("W.dot(X)", "X.dot(W)"), variant="X W", fails=True),
    *vectorized("input-transposed", ("W.dot(X)", "W.dot(X.T)"), variant="W Xᵀ", fails=True),
    *vectorized("input-transposed", ("p.dot(X.T)", "p.dot(X)"), variant="P X", fails=True),
    *vectorized(
        "input-transposed",
        ("p[TRUE]", "p[np.arange(N), y]"),
        variant="indices, gradient",
        fails=True,
    ),
    *vectorized(
        "input-transposed",
        ("p[TRUE]", "p[np.arange(N), y]"),
        ("shifted[TRUE]", "shifted[np.arange(N), y]"),
        variant="indices",
        fails=True,
    ),
]

WRONG = [*TRUE_CLASS, *NORMALIZED, *TRANSPOSES]
