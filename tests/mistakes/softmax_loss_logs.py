"""Mistakes in the shift, the logarithm and the precision."""

from tests.mistakes.softmax_loss_edits import (
    FIRST,
    LOOPS,
    TRANSPOSED,
    each,
    naive,
    vectorized,
    wrong,
)

HUGE = "huge scores"
SMALL = "a true class whose probability is small"
UNDERFLOW = ("log-underflow",)

LOG_OF_P = ("TERM", "-np.log(p[TRUE])")
NO_MAXIMUM = (" - np.max(scoresAXIS)", "")
ON_UNSHIFTED = ("exps / total", "np.exp(scores) / np.sum(np.exp(scores)AXIS)")
SUM_OF_UNSHIFTED = ("exps / total", "exps / np.sum(np.exp(scores)AXIS)")
EPSILONS = {"1e-8": "", "1e-12": SMALL, "1e-7": "", "1e-10": "", "1e-15": SMALL, "1e-5": ""}

STABILITY = [
    *each("no-maximum", NO_MAXIMUM, only_on=HUGE),
    *each("no-maximum", ON_UNSHIFTED, variant="gradient", only_on=HUGE),
    *each(
        "no-maximum",
        ("scores - np.max(scoresAXIS)", "np.clip(scores, -500, 500)"),
        variant="scores clipped",
        only_on=HUGE,
    ),
    *naive("global-maximum", ("np.max(scores)", "np.max(W.dot(X))"), only_on=HUGE),
    *vectorized("global-maximum", ("np.max(scores, axis=0)", "np.max(scores)"), only_on=HUGE),
    *wrong(FIRST, "global-maximum", ("np.max(scores, axis=0)", "np.max(scores)"), only_on=HUGE),
    *naive("maximum-wrong-axis", ("np.max(scores)", "np.max(W.dot(X), axis=1)")),
    *vectorized(
        "maximum-wrong-axis",
        ("np.max(scores, axis=0)", "np.max(scores, axis=1, keepdims=True)"),
    ),
    *vectorized(
        "maximum-wrong-axis",
        ("np.max(scores, axis=0)", "np.max(scores, axis=1)"),
        variant="no keepdims",
        fails=True,
    ),
    *wrong(
        TRANSPOSED,
        "maximum-wrong-axis",
        ("np.max(scores, axis=1, keepdims=True)", "np.max(scores, axis=0)"),
    ),
    *each("shift-wrong-sign", ("scores - np.max", "scores + np.max"), only_on=HUGE),
    *each("shift-not-undone", ("shifted[TRUE]", "scores[TRUE]")),
    *each("shift-not-undone", SUM_OF_UNSHIFTED, variant="gradient"),
    *each(
        "shift-not-undone",
        SUM_OF_UNSHIFTED,
        ("shifted[TRUE]", "scores[TRUE]"),
        variant="both",
    ),
    *wrong(LOOPS, "shift-not-undone", ("np.log(total) + largest", "np.log(total)")),
    *wrong(
        LOOPS,
        "shift-not-undone",
        ("np.log(total) + largest", "np.log(total) - largest"),
        variant="done twice",
    ),
]


LOGARITHM = [
    *each("log-underflow", LOG_OF_P, only_on=HUGE),
    *(
        program
        for eps, where in EPSILONS.items()
        for program in each(
            "log-eps", ("TERM", f"-np.log(p[TRUE] + {eps})"), variant=eps, only_on=where
        )
    ),
    *each(
        "log-eps",
        ("exps / total", "exps / (total + 1e-6)"),
        LOG_OF_P,
        variant="under p",
        also=UNDERFLOW,
    ),
    *each("probability-clipped", ("TERM", "-np.log(np.clip(p[TRUE], 1e-12, 1))"), only_on=SMALL),
    *each(
        "probability-clipped",
        ("TERM", "-np.log(np.maximum(p[TRUE], 1e-8))"),
        variant="1e-8",
        only_on=SMALL,
    ),
    *each(
        "probability-clipped",
        ("TERM", "-np.log(np.maximum(p[TRUE], 1e-15))"),
        variant="1e-15",
        only_on=SMALL,
    ),
    *each(
        "probability-clipped",
        ("exps / total", "np.clip(exps / total, 1e-7, 1 - 1e-7)"),
        LOG_OF_P,
        variant="all of P",
        only_on=SMALL,
    ),
    *each(
        "probability-clipped",
        ("exps / total", "np.clip(exps / total, 1e-7, 1 - 1e-7)"),
        variant="all of P, gradient",
        only_on=SMALL,
    ),
    *each(
        "nan-hidden",
        LOG_OF_P,
        ("return loss", "return np.nan_to_num(loss)"),
        only_on=HUGE,
        also=UNDERFLOW,
    ),
    *each(
        "nan-hidden",
        ("TERM", "-np.nan_to_num(np.log(p[TRUE]))"),
        variant="each logarithm",
        only_on=HUGE,
        also=UNDERFLOW,
    ),
    *each(
        "nan-hidden",
        ("TERM", "-np.nan_to_num(np.log(p[TRUE]), neginf=0)"),
        variant="counted as 0",
        only_on=HUGE,
        also=UNDERFLOW,
    ),
    *each(
        "nan-hidden",
        NO_MAXIMUM,
        ("exps / total", "np.nan_to_num(exps / total)"),
        ("TERM", "-np.nan_to_num(np.log(p[TRUE]))"),
        variant="no maximum",
        only_on=HUGE,
        also=("no-maximum", "log-underflow"),
    ),
    *each(
        "nan-hidden",
        NO_MAXIMUM,
        ("exps / total", "np.nan_to_num(exps / total)"),
        ("return loss", "return np.nan_to_num(loss)"),
        variant="at the end",
        only_on=HUGE,
        also=("no-maximum",),
    ),
    *(
        program
        for base in ("2", "10")
        for program in (
            *each(f"log-base-{base}", ("TERM", f"-np.log{base}(p[TRUE])"), also=UNDERFLOW),
            *each(f"log-base-{base}", ("TERM", f"(TERM) / np.log({base})"), variant="divided"),
            *each(f"log-base-{base}", ("np.log(total)", f"np.log{base}(total)"), variant="sum"),
        )
    ),
    *each("one-minus-p", ("TERM", "-np.log(1 - p[TRUE])")),
    *each("one-minus-p", ("TERM", "-np.log(1 - p[TRUE] + 1e-12)"), variant="with eps"),
    *each("log-missing", ("TERM", "-p[TRUE]")),
    *each("log-missing", ("TERM", "1 - p[TRUE]"), variant="one minus"),
    *each("log-missing", ("np.log(total)", "total"), variant="sum"),
    *naive("loss-over-all-classes", ("TERM", "np.sum(np.log(total) - shifted)")),
    *vectorized("loss-over-all-classes", ("TERM", "np.log(total) - shifted")),
    *naive(
        "loss-over-all-classes", ("TERM", "-np.sum(np.log(p))"), variant="log of P", also=UNDERFLOW
    ),
    *vectorized(
        "loss-over-all-classes", ("TERM", "-np.log(p)"), variant="log of P", also=UNDERFLOW
    ),
    *naive(
        "loss-after-subtraction",
        ("loss += TERM; p[TRUE] -= 1", "p[TRUE] -= 1; loss -= np.log(p[TRUE])"),
    ),
    *vectorized(
        "loss-after-subtraction",
        ("loss = np.sum(TERM); p[TRUE] -= 1", "p[TRUE] -= 1; loss = -np.sum(np.log(p[TRUE]))"),
    ),
    *each(
        "loss-after-subtraction",
        ("TERM", "-np.log(np.abs(p[TRUE] - 1))"),
        variant="absolute value",
        also=("one-minus-p",),
    ),
]


PRECISION = [
    *each(
        "float32-inside",
        ("C = W.shape[0]", "C = W.shape[0]\n    W = W.astype(np.float32)"),
        variant="W",
    ),
    *each(
        "float32-inside",
        ("C = W.shape[0]", "C = W.shape[0]\n    X = X.astype(np.float32)"),
        variant="X",
    ),
    *each(
        "float32-inside",
        ("C = W.shape[0]", "C = W.shape[0]\n    W, X = W.astype(np.float32), X.astype(np.float32)"),
        variant="both",
    ),
    *each(
        "float32-inside",
        ("np.exp(shifted)", "np.exp(shifted).astype(np.float32)"),
        variant="exponentials",
    ),
    *each("float32-inside", ("exps / total", "(exps / total).astype(np.float32)"), variant="P"),
    *naive(
        "float32-inside", ("np.zeros(W.shape)", "np.zeros(W.shape, dtype=np.float32)"), variant="dW"
    ),
    *vectorized("float32-inside", ("p.dot(X.T)", "p.dot(X.T).astype(np.float32)"), variant="dW"),
    *each(
        "float32-inside",
        ("return loss, dW", "return loss, dW.astype(np.float32)"),
        variant="result",
    ),
]

WRONG = [*STABILITY, *LOGARITHM, *PRECISION]
