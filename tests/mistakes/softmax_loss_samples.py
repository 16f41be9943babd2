"""Mistakes in the samples and labels that count, and what is left of a hinge loss."""

from typing import Any

from tests.mistakes.programs import Wrong
from tests.mistakes.softmax_loss_edits import LOOPS, ONE_HOT, each, naive, vectorized, wrong

MISSING = "a class without a sample"
CLASS_LOOP = "        for c in range(C):\n            dW[c] += p[c] * X[:, i]\n"
LOOP_TAKEN_OUT = (CLASS_LOOP, "    for c in range(C):\n        dW[c] += p[c] * X[:, i]\n")
LOSS_TAKEN_OUT = (
    ("loss += TERM; ", ""),
    ("loss = loss / N", "loss = (np.log(total) - shifted[y[i]]) / N"),
)


def minibatch(chosen: str, **fields: Any) -> list[Wrong]:
    """Return the programs that replace the samples by those that ``chosen`` draws."""
    lines = f"batch = {chosen}\n    X, y = X[:, batch], y[batch]\n    N = len(batch)"
    return each("random-minibatch", ("N = X.shape[1]", f"N = X.shape[1]\n    {lines}"), **fields)


SAMPLES = [
    *naive("last-sample-only", LOOP_TAKEN_OUT, variant="gradient", also=("assigned-not-added",)),
    *naive("last-sample-only", *LOSS_TAKEN_OUT, variant="loss", also=("assigned-not-added",)),
    *naive("last-sample-only", LOOP_TAKEN_OUT, *LOSS_TAKEN_OUT, also=("assigned-not-added",)),
    *naive(
        "last-sample-only",
        (
            CLASS_LOOP,
            "        for c in range(C):\n            pass\n        dW[c] += p[c] * X[:, i]\n",
        ),
        variant="last class",
    ),
    *naive(
        "assigned-not-added",
        ("dW[c] += ", "dW[c] = "),
        variant="gradient",
        also=("last-sample-only",),
    ),
    *naive(
        "assigned-not-added", ("loss += ", "loss = "), variant="loss", also=("last-sample-only",)
    ),
    *naive(
        "assigned-not-added",
        ("dW[c] += ", "dW[c] = "),
        ("loss += ", "loss = "),
        also=("last-sample-only",),
    ),
    *wrong(
        LOOPS, "assigned-not-added", ("dW[c] += (p - 1)", "dW[c] = (p - 1)"), variant="true class"
    ),
    *wrong(LOOPS, "assigned-not-added", ("dW[c] += p ", "dW[c] = p "), variant="other classes"),
    *wrong(LOOPS, "assigned-not-added", ("total += ", "total = "), variant="sum"),
    *vectorized(
        "assigned-not-added",
        ("p[TRUE] -= 1; ", ""),
        ("dW = p.dot(X.T)", "dW = p.dot(X.T)\n    dW[y] -= X.T"),
    ),
    *naive("first-sample-skipped", ("range(N)", "range(1, N)")),
    *vectorized(
        "first-sample-skipped",
        ("shifted[TRUE]", "shifted[TRUE])[1:]"),
        ("np.sum(np.log", "np.sum((np.log"),
        ("p.dot(X.T)", "p[:, 1:].dot(X[:, 1:].T)"),
    ),
    *vectorized(
        "first-sample-skipped", ("p.dot(X.T)", "p[:, 1:].dot(X[:, 1:].T)"), variant="gradient"
    ),
    *vectorized(
        "first-sample-skipped",
        ("shifted[TRUE]", "shifted[TRUE])[1:]"),
        ("np.sum(np.log", "np.sum((np.log"),
        variant="loss",
    ),
    *naive("first-sample-skipped", ("loss += ", "if i > 0:\n            loss += "), variant="loss"),
    *naive(
        "first-sample-skipped",
        ("for c in range(C):\n", "for c in range(C if i else 0):\n"),
        variant="gradient",
    ),
    *each(
        "first-sample-skipped",
        ("N = X.shape[1]", "X, y = X[:, 1:], y[1:]\n    N = X.shape[1]"),
        variant="not counted",
    ),
    *minibatch("np.random.choice(N, max(1, N // 2))"),
    *minibatch("np.random.choice(N, N)", variant="N of N"),
    *minibatch("np.random.permutation(N)[: max(1, N // 2)]", variant="without replacement"),
    *minibatch("np.random.default_rng().integers(N, size=N // 2 + 1)", variant="new generator"),
    *minibatch(
        "np.random.default_rng(0).choice(N, max(1, N // 2))", variant="the same at each call"
    ),
]


LABELS = [
    *each("label-off-by-one", ("N = X.shape[1]", "N = X.shape[1]\n    y = y - 1")),
    *each(
        "label-off-by-one",
        ("N = X.shape[1]", "N = X.shape[1]\n    y = y + 1"),
        variant="plus one",
        fails=True,
    ),
    *each(
        "label-off-by-one",
        ("N = X.shape[1]", "N = X.shape[1]\n    y = (y + 1) % C"),
        variant="plus one, modulo",
    ),
    *each(
        "label-off-by-one",
        ("N = X.shape[1]", "N = X.shape[1]\n    y = np.minimum(y + 1, C - 1)"),
        variant="plus one, clipped",
    ),
    *each(
        "label-off-by-one",
        ("N = X.shape[1]", "N = X.shape[1]\n    y = np.maximum(y - 1, 0)"),
        variant="minus one, clipped",
    ),
    *naive("label-off-by-one", ("shifted[y[i]]", "shifted[y[i] - 1]"), variant="loss"),
    *naive("label-off-by-one", ("p[y[i]]", "p[y[i] - 1]"), variant="gradient"),
    *vectorized("label-off-by-one", ("shifted[y,", "shifted[y - 1,"), variant="loss"),
    *vectorized("label-off-by-one", ("p[y,", "p[y - 1,"), variant="gradient"),
    *wrong(LOOPS, "label-off-by-one", ("c == y[i]", "c + 1 == y[i]"), variant="gradient"),
    *naive(
        "mean-over-features",
        ("N = X.shape[1]", "N = X.shape[1]\n    D = X.shape[0]"),
        ("loss = loss / N", "loss = loss / D"),
        ("dW = dW / N", "dW = dW / D"),
    ),
    *vectorized(
        "mean-over-features",
        ("N = X.shape[1]", "N = X.shape[1]\n    D = X.shape[0]"),
        ("loss = loss / N", "loss = loss / D"),
        ("dW = dW / N", "dW = dW / D"),
    ),
    *naive("mean-over-features", ("dW = dW / N", "dW = dW / X.shape[0]"), variant="gradient"),
    *vectorized("mean-over-features", ("dW = dW / N", "dW = dW / X.shape[0]"), variant="gradient"),
    *naive("mean-over-features", ("loss = loss / N", "loss = loss / X.shape[0]"), variant="loss"),
    *vectorized(
        "mean-over-features", ("loss = loss / N", "loss = loss / X.shape[0]"), variant="loss"
    ),
    *naive(
        "returned-in-the-loop",
        (
            "            dW[c] += p[c] * X[:, i]\n",
            "            dW[c] += p[c] * X[:, i]\n        break\n",
        ),
    ),
    *naive(
        "returned-in-the-loop",
        (
            "            dW[c] += p[c] * X[:, i]\n",
            "            dW[c] += p[c] * X[:, i]\n        break\n",
        ),
        ("loss = loss / N", "loss = loss"),
        ("dW = dW / N", "dW = dW"),
        variant="not divided",
    ),
    *naive(
        "divided-in-the-loop",
        (
            "            dW[c] += p[c] * X[:, i]\n",
            "            dW[c] += p[c] * X[:, i]\n        dW = dW / N\n        loss = loss / N\n",
        ),
        ("    loss = loss / N\n    dW = dW / N\n    loss = loss + 0.5", "    loss = loss + 0.5"),
    ),
    *naive(
        "loss-in-an-array",
        ("N = X.shape[1]", "N = X.shape[1]\n    y = y.reshape(-1, 1)"),
        variant="from labels in a column",
    ),
    *naive("loss-in-an-array", ("loss = 0.0", "loss = np.zeros(1)")),
    *vectorized(
        "loss-in-an-array",
        (
            "loss = np.sum(np.log(total) - shifted[y, np.arange(N)])",
            "loss = np.sum(np.log(total) - shifted[y, np.arange(N)], keepdims=True)",
        ),
    ),
    *vectorized("labels-as-column", ("N = X.shape[1]", "N = X.shape[1]\n    y = y.reshape(-1, 1)")),
    *vectorized("labels-as-column", ("shifted[y,", "shifted[y[:, None],"), variant="loss"),
    *vectorized(
        "labels-as-column", ("p[y,", "p[y[:, None],"), variant="gradient", also=("indexed-rows",)
    ),
    *vectorized(
        "labels-as-column",
        ("p[TRUE] -= 1", "p -= np.arange(C) == y[:, None]"),
        variant="one-hot, gradient",
        fails=True,
    ),
    *wrong(ONE_HOT, "labels-as-column", ("Y[y,", "Y[y.reshape(-1, 1),")),
    *naive("classes-from-batch", ("C = W.shape[0]", "C = len(np.unique(y))"), only_on=MISSING),
    *naive(
        "classes-from-batch",
        ("C = W.shape[0]", "C = np.max(y) + 1"),
        variant="largest",
        only_on=MISSING,
    ),
    *wrong(
        LOOPS, "classes-from-batch", ("C = W.shape[0]", "C = len(np.unique(y))"), only_on=MISSING
    ),
    *wrong(
        LOOPS,
        "classes-from-batch",
        ("C = W.shape[0]", "C = np.max(y) + 1"),
        variant="largest",
        only_on=MISSING,
    ),
    *(
        program
        for variant, count in (("", "len(np.unique(y))"), ("largest", "np.max(y) + 1"))
        for program in (
            *naive(
                "classes-from-batch",
                ("C = W.shape[0]", f"C = {count}"),
                ("W.dot(X[:, i])", "W[:C].dot(X[:, i])"),
                variant=f"{variant} scores too".strip(),
                only_on=MISSING,
            ),
            *vectorized(
                "classes-from-batch",
                ("C = W.shape[0]", f"C = {count}"),
                ("W.dot(X)", "W[:C].dot(X)"),
                ("dW = p.dot(X.T)", "dW = np.zeros(W.shape)\n    dW[:C] = p.dot(X.T)"),
                variant=variant,
                only_on=MISSING,
            ),
            *vectorized(
                "classes-from-batch",
                ("C = W.shape[0]", f"C = {count}"),
                ("p[TRUE] -= 1", "p -= np.eye(C)[y].T"),
                variant=f"{variant} one-hot, gradient".strip(),
                only_on=MISSING,
            ),
            *wrong(
                ONE_HOT,
                "classes-from-batch",
                ("C = W.shape[0]", f"C = {count}"),
                variant=variant,
                only_on=MISSING,
            ),
        )
    ),
]


HINGE = [
    *each(
        "hinge-left-over",
        (
            "exps = np.exp(shifted)",
            "shifted = scores - scores[TRUE] + 1; shifted[TRUE] = 0; "
            "shifted -= np.max(shiftedAXIS); exps = np.exp(shifted)",
        ),
        variant="margin",
    ),
    *each(
        "hinge-left-over",
        ("total = np.sum(expsAXIS)", "total = np.sum(expsAXIS) - exps[TRUE]"),
        variant="sum without the true class",
    ),
    *naive(
        "hinge-left-over",
        ("TERM", "np.sum(np.maximum(0, scores - scores[TRUE] + 1)) - 1"),
        variant="loss",
    ),
    *vectorized(
        "hinge-left-over",
        ("TERM", "np.sum(np.maximum(0, scores - scores[TRUE] + 1), axis=0) - 1"),
        variant="loss",
    ),
    *each(
        "hinge-left-over",
        ("p[TRUE] -= 1", "p = 1.0 * (scores - scores[TRUE] + 1 > 0); p[TRUE] -= np.sum(pAXIS)"),
        variant="gradient",
    ),
    *wrong(
        LOOPS,
        "hinge-left-over",
        (
            "            total += np.exp(scores[c] - largest)\n",
            "            if c == y[i]:\n                continue\n"
            "            total += np.exp(scores[c] - largest)\n",
        ),
        variant="sum without the true class",
    ),
]

WRONG = [*SAMPLES, *LABELS, *HINGE]
