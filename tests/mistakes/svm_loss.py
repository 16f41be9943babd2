"""The hinge loss: right programs, and the known mistakes as edits of two of them.

What lies outside of the data term is the same as in the softmax loss, and so are its mistakes.
"""

from tests.mistakes.programs import Edit, Wrong
from tests.mistakes.softmax_loss import TAIL
from tests.mistakes.softmax_loss_scale import MEANS, REGULARIZATION
from tests.mistakes.svm_loss_right import RIGHT

__all__ = ["BASES", "RIGHT", "WRONG"]

BASES = {
    "naive": """\
def svm_loss_naive(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = W.dot(X[:, i])
        for c in range(C):
            if c == y[i]:
                continue
            margin = scores[c] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[c] += X[:, i]
                dW[y[i]] -= X[:, i]
"""
    + TAIL,
    "vectorized": """\
def svm_loss_vectorized(W, X, y, reg):
    C = W.shape[0]
    N = X.shape[1]
    scores = W.dot(X)
    margins = np.maximum(0, scores - scores[y, np.arange(N)] + 1)
    margins[y, np.arange(N)] = 0
    loss = np.sum(margins)
    counts = (margins > 0).astype(W.dtype)
    counts[y, np.arange(N)] = -np.sum(counts, axis=0)
    dW = counts.dot(X.T)
"""
    + TAIL,
}

SKIP = ("            if c == y[i]:\n                continue\n", "")
NO_CORRECTION = ("    margins[y, np.arange(N)] = 0\n", "")
CLAMP = "np.maximum(0, scores - scores[y, np.arange(N)] + 1)"
ONES = "(margins > 0).astype(W.dtype)"
SET_TRUE = "counts[y, np.arange(N)] = -np.sum(counts, axis=0)"
SUM = "loss = np.sum(margins)"
STEPS = """\
                dW[c] += X[:, i]
                dW[y[i]] -= X[:, i]
"""
LARGEST = """\
        margins = scores - scores[y[i]] + 1
        margins[y[i]] = 0
        c = np.argmax(margins)
        if margins[c] > 0:
            loss += margins[c]
            dW[c] += X[:, i]
            dW[y[i]] -= X[:, i]
"""
AFTER_CLASSES = """\
        if loss > before:
            dW[y[i]] -= X[:, i]
"""
PROBABILITIES = """\
        p = np.exp(scores - np.max(scores))
        p = p / np.sum(p)
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i])
"""
BATCH = """\
    N = X.shape[1] // 2 + 1
    batch = np.random.choice(X.shape[1], N)
    X, y = X[:, batch], y[batch]
"""
BODY = BASES["naive"].partition("range(C):\n")[2].removesuffix(TAIL)
CLASS_LOOP = f"        for c in range(C):\n{BODY}"


def naive(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "naive", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def vectorized(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "vectorized", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


MARGINS = [
    naive("margin-of-true-class", SKIP),
    vectorized("margin-of-true-class", NO_CORRECTION, variant="in the loss"),
    vectorized(
        "margin-of-true-class",
        NO_CORRECTION,
        (SET_TRUE, "counts[y, np.arange(N)] -= np.sum(counts, axis=0)"),
    ),
    naive("delta-missing", (" + 1\n", "\n")),
    vectorized("delta-missing", (" + 1)", ")")),
    *(
        naive("delta-wrong-size", (" + 1\n", f" + {size}\n"), variant=size)
        for size in ("0.5", "10")
    ),
    *(
        vectorized("delta-wrong-size", (" + 1)", f" + {size})"), variant=size)
        for size in ("0.5", "10")
    ),
    naive("delta-wrong-size", (" + 1\n", " - 1\n"), variant="-1"),
    vectorized("delta-wrong-size", (" + 1)", " - 1)"), variant="-1"),
    naive("margin-sign", ("scores[c] - scores[y[i]]", "scores[y[i]] - scores[c]")),
    vectorized(
        "margin-sign", ("scores - scores[y, np.arange(N)]", "scores[y, np.arange(N)] - scores")
    ),
    naive("hinge-missing", ("if margin > 0:", "if True:")),
    vectorized(
        "hinge-missing",
        (
            "np.maximum(0, scores - scores[y, np.arange(N)] + 1)",
            "scores - scores[y, np.arange(N)] + 1",
        ),
    ),
    vectorized(
        "hinge-missing",
        (CLAMP, "scores - scores[y, np.arange(N)] + 1"),
        (ONES, "np.ones_like(scores)\n    counts[y, np.arange(N)] = 0"),
        variant="in both",
    ),
    naive("squared-hinge", ("loss += margin", "loss += margin**2"), variant="loss"),
    naive(
        "squared-hinge",
        ("loss += margin", "loss += margin**2"),
        (STEPS, STEPS.replace("= X", "= 2 * margin * X")),
    ),
    vectorized("squared-hinge", (SUM, "loss = np.sum(margins**2)"), variant="loss"),
    vectorized("squared-hinge", (SUM, "loss = np.sum(margins**2)"), (ONES, "2 * margins")),
    naive("maximum-instead-of-sum", (CLASS_LOOP, LARGEST)),
    vectorized(
        "maximum-instead-of-sum", (SUM, "loss = np.sum(np.max(margins, axis=0))"), variant="loss"
    ),
    vectorized(
        "maximum-instead-of-sum",
        (SUM, "loss = np.sum(np.max(margins, axis=0))"),
        (ONES, "np.where((margins > 0) & (margins == np.max(margins, axis=0)), 1.0, 0.0)"),
    ),
]

ROWS = [
    naive("true-class-row-forgotten", ("                dW[y[i]] -= X[:, i]\n", "")),
    vectorized("true-class-row-forgotten", (f"    {SET_TRUE}\n", "")),
    naive("true-class-sign", ("dW[y[i]] -= ", "dW[y[i]] += ")),
    vectorized("true-class-sign", ("-np.sum(counts", "np.sum(counts")),
    naive(
        "violations-counted-once",
        ("        scores = ", "        before = loss\n        scores = "),
        ("                dW[y[i]] -= X[:, i]\n", AFTER_CLASSES),
    ),
    vectorized(
        "violations-counted-once", (SET_TRUE, "counts[y, np.arange(N)] = -1"), variant="always"
    ),
    vectorized(
        "violations-counted-once",
        (SET_TRUE, "counts[y, np.arange(N)] = -np.max(counts, axis=0)"),
    ),
    vectorized("violations-of-all-samples", ("np.sum(counts, axis=0)", "np.sum(counts)")),
    naive("only-true-class", ("                dW[c] += X[:, i]\n", "")),
    vectorized(
        "only-true-class",
        (
            SET_TRUE,
            "violations = np.sum(counts, axis=0)\n    counts = np.zeros_like(counts)\n"
            "    counts[y, np.arange(N)] = -violations",
        ),
    ),
    naive("comparison-missing", (STEPS, STEPS.replace("    dW", "dW"))),
    vectorized("comparison-missing", ("margins > 0", "margins >= 0"), variant="and the true class"),
    vectorized(
        "comparison-missing", (ONES, "np.ones_like(margins)\n    counts[y, np.arange(N)] = 0")
    ),
    naive("margin-in-gradient", (STEPS, STEPS.replace("= X", "= margin * X"))),
    vectorized("margin-in-gradient", (ONES, "margins.copy()")),
    naive(
        "data-gradient-sign",
        (STEPS, STEPS.replace("+=", "%").replace("-=", "+=").replace("%", "-=")),
    ),
    vectorized("data-gradient-sign", ("counts.dot(", "-counts.dot(")),
    naive("loss-sign", ("loss += margin", "loss -= margin")),
    vectorized("loss-sign", (SUM, "loss = -np.sum(margins)")),
    naive("softmax-left-over", (STEPS, ""), (TAIL, f"{PROBABILITIES}{TAIL}"), variant="gradient"),
    naive(
        "softmax-left-over",
        ("scores[c] - scores[y[i]]", "np.exp(scores[c]) - np.exp(scores[y[i]])"),
        variant="exponentials",
    ),
    vectorized(
        "softmax-left-over",
        ("scores = W.dot(X)", "scores = np.exp(W.dot(X))"),
        variant="exponentials",
    ),
    vectorized(
        "softmax-left-over",
        (
            ONES,
            "np.exp(scores - np.max(scores, axis=0))\n    counts = counts / np.sum(counts, axis=0)",
        ),
        (SET_TRUE, "counts[y, np.arange(N)] -= 1"),
        variant="gradient",
    ),
]

SAMPLES = [
    naive("last-sample-only", ("range(N)", "range(N - 1, N)")),
    naive(
        "last-sample-only",
        ("        for c in", "    for c in"),
        (BODY, BODY.replace(" " * 12, " " * 8)),
        variant="dedented",
    ),
    naive("assigned-not-added", ("loss += margin", "loss = margin"), variant="loss"),
    naive("assigned-not-added", ("dW[c] += X", "dW[c] = X"), variant="gradient"),
    naive("first-sample-skipped", ("range(N)", "range(1, N)")),
    naive(
        "classes-from-batch",
        ("W.shape[0]", "len(np.unique(y))"),
        only_on="a class without a sample",
    ),
    naive(
        "classes-from-batch",
        ("W.shape[0]", "np.max(y) + 1"),
        variant="largest label",
        only_on="a class without a sample",
    ),
    naive("label-off-by-one", ("N = X.shape[1]", "N = X.shape[1]\n    y = y - 1")),
    vectorized("label-off-by-one", ("N = X.shape[1]", "N = X.shape[1]\n    y = y - 1")),
    vectorized(
        "first-sample-skipped",
        ("N = X.shape[1]", "N = X.shape[1] - 1\n    X, y = X[:, 1:], y[1:]"),
        variant="and not counted",
    ),
    *(Wrong("random-minibatch", base, (Edit("    N = X.shape[1]\n", BATCH),)) for base in BASES),
]

RETURNS = [
    *(
        Wrong("result-transposed", base, (Edit("return loss, dW", "return loss, dW.T"),))
        for base in BASES
    ),
    *(
        Wrong("result-swapped", base, (Edit("return loss, dW", "return dW, loss"),))
        for base in BASES
    ),
    naive("gradient-zero", (STEPS, ""), variant="only regularization"),
    *(
        Wrong("gradient-zero", base, (Edit("return loss, dW", "return loss, np.zeros_like(W)"),))
        for base in BASES
    ),
    naive("float32-inside", ("np.zeros_like(W)", "np.zeros(W.shape, np.float32)")),
    vectorized("float32-inside", ("W.dot(X)", "W.astype(np.float32).dot(X.astype(np.float32))")),
    naive("input-changed", ("np.zeros_like(W)", "W"), variant="dW is W"),
    *(
        Wrong(
            "input-changed",
            base,
            (Edit("    dW = dW + reg * W\n", "    W *= reg\n    dW = dW + W\n"),),
            only_on="arguments",
        )
        for base in BASES
    ),
    naive(
        "reg-in-sample-loop",
        ("loss += margin", "loss += margin / N"),
        ("        for c in", "        loss += 0.5 * reg * np.sum(W * W)\n        for c in"),
        ("    loss = loss / N\n    dW", "    dW"),
        ("    loss = loss + 0.5 * reg * np.sum(W * W)\n", ""),
        variant="loss",
    ),
]

WRONG = [*MEANS, *REGULARIZATION, *MARGINS, *ROWS, *SAMPLES, *RETURNS]
