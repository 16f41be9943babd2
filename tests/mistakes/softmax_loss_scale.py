"""Mistakes outside of the data term: the mean, the regularization, what is returned."""

from tests.mistakes.softmax_loss_edits import each, naive, vectorized

NO_LOSS_MEAN = ("loss = loss / N\n    ", "")
NO_MEAN = ("dW = dW / N\n    ", "")
NO_LOSS_REG = ("loss = loss + 0.5 * reg * np.sum(W * W)\n    ", "")
NO_REG = ("dW = dW + reg * W\n    ", "")

LOSS_BY_C, BY_C = ("loss / N", "loss / C"), ("dW / N", "dW / C")
LOSS_BY_CN, BY_CN = ("loss / N", "loss / (C * N)"), ("dW / N", "dW / (C * N)")
LOSS_TWICE, TWICE = ("loss / N", "loss / N / N"), ("dW / N", "dW / N / N")
LOSS_PRECEDENCE = ("loss = loss + 0.5", "loss /= N + 0.5")
PRECEDENCE = ("dW = dW + reg * W\n", "dW /= N + reg * W\n")

MEANS = [
    *each("mean-missing-in-gradient", NO_MEAN),
    *each("mean-missing-in-loss", NO_LOSS_MEAN),
    *each("mean-missing", NO_LOSS_MEAN, NO_MEAN),
    *each("mean-twice", LOSS_TWICE, TWICE),
    *each("mean-twice", TWICE, variant="gradient"),
    *each("mean-twice", LOSS_TWICE, variant="loss"),
    *each("mean-over-classes", LOSS_BY_C, BY_C),
    *each("mean-over-classes", BY_C, variant="gradient"),
    *each("mean-over-classes", LOSS_BY_C, variant="loss"),
    *each("mean-over-classes-and-samples", LOSS_BY_CN, BY_CN),
    *each("mean-over-classes-and-samples", BY_CN, variant="gradient"),
    *each("mean-over-classes-and-samples", LOSS_BY_CN, variant="loss"),
    *each("precedence-in-gradient", NO_MEAN, PRECEDENCE),
    *each("precedence", NO_LOSS_MEAN, NO_MEAN, LOSS_PRECEDENCE, PRECEDENCE),
    *each("precedence", NO_LOSS_MEAN, LOSS_PRECEDENCE, variant="loss"),
]

LOSS_REG_BY_N, REG_BY_N = ("W * W)\n", "W * W) / N\n"), ("reg * W\n", "reg * W / N\n")
NO_HALF, DOUBLED = ("0.5 * reg", "reg"), ("reg * W\n", "2 * reg * W\n")
LOSS_SIGN, SIGN = ("loss + 0.5", "loss - 0.5"), ("dW + ", "dW - ")
PLAIN_SUM = ("0.5 * reg * np.sum(W * W)", "reg * np.sum(W)")
PLAIN_NORM = ("0.5 * reg * np.sum(W * W)", "reg * np.linalg.norm(W)")
PLAIN_ABS = ("0.5 * reg * np.sum(W * W)", "reg * np.sum(np.abs(W))")
ABS_GRADIENT = ("reg * W\n", "reg * np.sign(W)\n")
NORM_GRADIENT = ("reg * W\n", "reg * W / np.linalg.norm(W)\n")
LOSS_NO_LAST = ("W * W)", "W[:, :-1] * W[:, :-1])")
NO_LAST = ("dW = dW + reg * W\n", "dW[:, :-1] += reg * W[:, :-1]\n")
LOSS_NO_FIRST = ("W * W)", "W[:, 1:] * W[:, 1:])")
NO_FIRST = ("dW = dW + reg * W\n", "dW[:, 1:] += reg * W[:, 1:]\n")

REGULARIZATION = [
    *each("reg-divided-by-n-in-gradient", REG_BY_N),
    *each("reg-divided-by-n", LOSS_REG_BY_N, REG_BY_N),
    *each(
        "reg-divided-by-n",
        LOSS_REG_BY_N,
        variant="loss",
    ),
    *each("reg-missing-in-gradient", NO_REG),
    *each("reg-missing-in-loss", NO_LOSS_REG),
    *each("reg-missing", NO_LOSS_REG, NO_REG),
    *each("reg-doubled-in-gradient", DOUBLED),
    *each("reg-halved-in-gradient", ("reg * W\n", "0.5 * reg * W\n")),
    *each("reg-half-missing-in-loss", NO_HALF),
    *each("other-convention", NO_HALF, DOUBLED),
    *each("reg-sign", LOSS_SIGN, SIGN),
    *each("reg-sign", SIGN, variant="gradient"),
    *each("reg-sign", LOSS_SIGN, variant="loss"),
    *each("reg-sum-of-weights", PLAIN_SUM),
    *each("reg-sum-of-weights", ("np.sum(W * W)", "np.sum(W)"), variant="half"),
    *each("reg-sum-of-weights", PLAIN_SUM, ("reg * W\n", "reg\n"), variant="and its gradient"),
    *each("reg-sum-of-weights", ("np.sum(W * W)", "np.sum(W) ** 2"), variant="sum squared"),
    *each("reg-number-added", ("reg * W\n", "reg * np.sum(W * W)\n"), variant="squares"),
    *each("reg-number-added", ("reg * W\n", "0.5 * reg * np.sum(W * W)\n"), variant="half"),
    *each("reg-number-added", ("reg * W\n", "reg * np.sum(W)\n"), variant="weights"),
    *each("norm-not-squared", PLAIN_NORM),
    *each("norm-not-squared", ("np.sum(W * W)", "np.linalg.norm(W)"), variant="half"),
    *each("norm-not-squared", PLAIN_NORM, NORM_GRADIENT, variant="and its gradient"),
    *each("reg-l1", PLAIN_ABS, ABS_GRADIENT),
    *each("reg-l1", ("W * W)", "np.abs(W))"), variant="half, loss"),
    *each(
        "reg-l1",
        ("W * W)", "np.abs(W))"),
        ("reg * W\n", "0.5 * reg * np.sign(W)\n"),
        variant="half",
    ),
    *each("reg-l1", PLAIN_ABS, variant="loss"),
    *each("reg-l1", ABS_GRADIENT, variant="gradient"),
    *each("reg-bias-left-out", LOSS_NO_LAST, NO_LAST),
    *each("reg-bias-left-out", LOSS_NO_LAST, variant="loss"),
    *each("reg-bias-left-out", NO_LAST, variant="gradient"),
    *each("reg-bias-left-out", LOSS_NO_FIRST, NO_FIRST, variant="first column"),
]

LOSS_REG_INSIDE = ("TERM", "(TERM) / N + 0.5 * reg * np.sum(W * W)")
REG_INSIDE = ("p[c] * X[:, i]", "p[c] * X[:, i] / N + reg * W[c]")
REG_OF_EACH_SAMPLE = (
    "dW = p.dot(X.T)",
    "dW = np.sum(p[:, None, :] * X / N + reg * W[:, :, None], axis=2)",
)
LOSS_REG_OF_EACH_CLASS = (
    "dW[c] += p[c] * X[:, i]",
    "dW[c] += p[c] * X[:, i]\n            loss += 0.5 * reg * np.sum(W * W)",
)
REG_OF_EACH_CLASS = (
    "dW[c] += p[c] * X[:, i]",
    "dW[c] += p[c] * X[:, i]\n            dW += reg * W",
)

SAMPLE_LOOP = [
    *each("reg-in-sample-loop", LOSS_REG_INSIDE, NO_LOSS_MEAN, NO_LOSS_REG, variant="loss"),
    *naive("reg-in-sample-loop", REG_INSIDE, NO_MEAN, NO_REG, variant="gradient"),
    *naive(
        "reg-in-sample-loop",
        *(LOSS_REG_INSIDE, NO_LOSS_MEAN, NO_LOSS_REG, REG_INSIDE, NO_MEAN, NO_REG),
        variant="both",
    ),
    *naive(
        "reg-in-sample-loop", LOSS_REG_OF_EACH_CLASS, NO_LOSS_REG, variant="loss, in the class loop"
    ),
    *naive("reg-in-sample-loop", REG_OF_EACH_CLASS, NO_REG, variant="gradient, in the class loop"),
    *vectorized("reg-in-sample-loop", REG_OF_EACH_SAMPLE, NO_MEAN, NO_REG, variant="gradient"),
    *vectorized(
        "reg-in-sample-loop",
        *(LOSS_REG_INSIDE, NO_LOSS_MEAN, NO_LOSS_REG, REG_OF_EACH_SAMPLE, NO_MEAN, NO_REG),
        variant="both",
    ),
]

CHANGED = [
    *each(
        "input-changed",
        ("dW = dW + reg * W\n", "W *= reg\n    dW = dW + W\n"),
        variant="W times reg",
    ),
    *each(
        "input-changed",
        ("return loss, dW", "W -= 0.01 * dW\n    return loss, dW"),
        variant="W takes a step",
    ),
    *each(
        "input-changed",
        ("N = X.shape[1]", "N = X.shape[1]\n    X -= np.mean(X, axis=1, keepdims=True)"),
        variant="X centred",
    ),
    *each(
        "input-changed",
        ("N = X.shape[1]", "N = X.shape[1]\n    X /= np.max(np.abs(X))"),
        variant="X scaled",
    ),
    *each(
        "input-changed",
        ("N = X.shape[1]", "N = X.shape[1]\n    X[-1] = 1"),
        variant="bias row of X set",
        only_on="a last row of X that is not all 1",
    ),
    *each(
        "input-changed",
        ("N = X.shape[1]", "N = X.shape[1]\n    y -= np.min(y)"),
        variant="y counted from its smallest",
        only_on="class 0 without a sample",
    ),
    *naive("input-changed", ("np.zeros(W.shape)", "W"), variant="dW is W"),
    *naive(
        "input-changed",
        ("dW[c] += p[c] * X[:, i]", "x = X[:, i]\n            x *= p[c]\n            dW[c] += x"),
        variant="a view of X multiplied",
    ),
    *naive(
        "input-changed",
        ("p[TRUE] -= 1; ", "p[TRUE] -= 1; y[i] = np.argmax(scores); "),
        variant="y holds predictions",
    ),
    *vectorized(
        "input-changed",
        ("p[TRUE] -= 1", "y *= N\n    y += np.arange(N)\n    p.flat[y] -= 1"),
        variant="y made flat indices",
    ),
]

RETURNED = [
    *each("result-transposed", ("return loss, dW", "return loss, dW.T")),
    *each("result-swapped", ("return loss, dW", "return dW, loss")),
    *each("gradient-zero", ("return loss, dW", "return loss, np.zeros(W.shape)")),
    *naive("gradient-zero", ("dW[c] += p[c] * X[:, i]", "pass"), variant="only regularization"),
    *vectorized(
        "gradient-zero", ("p.dot(X.T)", "np.zeros(W.shape)"), variant="only regularization"
    ),
]

WRONG = [*MEANS, *REGULARIZATION, *SAMPLE_LOOP, *CHANGED, *RETURNED]
