"""Softmax and cross entropy in one: right programs, and the known mistakes as edits of two."""

from tests.mistakes import softmax_cross_entropy_right
from tests.mistakes.programs import Edit, Wrong
from tests.mistakes.softmax_cross_entropy_right import HELPER, IMPORT, START

__all__ = ["BASES", "RIGHT", "WRONG"]

BASES = {
    "plain": IMPORT
    + START
    + """\
    N = z.size // z.shape[axis]
    m = z.max(axis=axis, keepdims=True)
    e = np.exp(z - m)
    total = e.sum(axis=axis, keepdims=True)
    p = e / total
    log_p = z - m - np.log(total)
    kept = np.where(target > 0, log_p, 0)
    loss = -np.sum(target * kept) / N
    tau = target.sum(axis=axis, keepdims=True)
    dz = (tau * p - target) / N
    return float(loss), dz
""",
    "helper": IMPORT
    + HELPER
    + START
    + """\
    N = z.size // z.shape[axis]
    log_p = log_softmax(z, axis)
    some = target > 0
    loss = -np.sum(target[some] * log_p[some])
    tau = np.sum(target, axis=axis, keepdims=True)
    dz = tau * np.exp(log_p) - target
    loss /= N
    dz /= N
    return float(loss), dz
""",
}

TOTAL_OF_TARGET = "target.sum(axis=axis, keepdims=True)"
NORMALIZED = f"target = target / np.maximum({TOTAL_OF_TARGET}, 1e-12)"
HEAVIEST = """\
heaviest = np.expand_dims(target.argmax(axis=axis), axis)
    target = np.zeros_like(z)
    np.put_along_axis(target, heaviest, 1, axis)
"""
AGAIN = ("z = np.exp(z - z.max(axis=axis, keepdims=True))", "z /= z.sum(axis=axis, keepdims=True)")
LOSS, GRADIENT = "np.sum(target * kept) / N", "(tau * p - target) / N"
LOSS_MEAN, MEAN = ("    loss /= N\n", ""), ("    dz /= N\n", "")
HUGE, MASKED = "huge scores", "masked classes"
OTHER_AXIS = "classes along another axis"
WEIGHTS = "targets that do not sum to 1"


def plain(
    id: str,
    *edits: tuple[str, str],
    variant: str = "",
    also: tuple[str, ...] = (),
    only_on: str = "",
) -> Wrong:
    return Wrong(id, "plain", tuple(Edit(*edit) for edit in edits), variant, also, only_on)


def helper(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "helper", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def first(*lines: str) -> tuple[str, str]:
    """Return the change that puts lines before the work begins, in either base."""
    return "    N = z.size", "".join(f"    {line.rstrip()}\n" for line in lines) + "    N = z.size"


MEANS = [
    plain("mean-missing-in-gradient", (GRADIENT, "tau * p - target")),
    helper("mean-missing-in-gradient", MEAN),
    plain("mean-missing-in-loss", (LOSS, "np.sum(target * kept)")),
    helper("mean-missing-in-loss", LOSS_MEAN),
    plain("mean-missing", (LOSS, "np.sum(target * kept)"), (GRADIENT, "tau * p - target")),
    helper("mean-missing", LOSS_MEAN, MEAN),
    plain("mean-twice", (GRADIENT, f"{GRADIENT} / N"), variant="gradient"),
    plain("mean-twice", (LOSS, f"{LOSS} / N"), variant="loss"),
    plain("mean-twice", (LOSS, f"{LOSS} / N"), (GRADIENT, f"{GRADIENT} / N")),
    helper("mean-twice", ("dz /= N", "dz /= N * N"), variant="gradient"),
    plain("mean-over-classes", ("z.size // z.shape[axis]", "z.shape[axis]")),
    plain("mean-over-classes", ("z.size // z.shape[axis]", "z.shape[0]"), variant="the first axis"),
    plain(
        "mean-over-classes", (GRADIENT, "(tau * p - target) / z.shape[axis]"), variant="gradient"
    ),
    plain("mean-over-classes", (LOSS, "np.sum(target * kept) / z.shape[axis]"), variant="loss"),
    plain("mean-over-classes-and-samples", ("z.size // z.shape[axis]", "z.size")),
    plain("mean-over-classes-and-samples", (LOSS, "np.mean(target * kept)"), variant="loss"),
    plain(
        "mean-over-classes-and-samples",
        (GRADIENT, "(tau * p - target) / z.size"),
        variant="gradient",
    ),
    helper(
        "mean-over-classes-and-samples",
        (
            "loss = -np.sum(target[some] * log_p[some])",
            "loss = -np.sum(target[some] * log_p[some]) / z.shape[axis]",
        ),
        variant="loss",
    ),
    plain("mean-over-weights", ("z.size // z.shape[axis]", "target.sum()"), only_on=WEIGHTS),
    plain(
        "mean-over-weights",
        (LOSS, "np.sum(target * kept) / target.sum()"),
        variant="loss",
        only_on=WEIGHTS,
    ),
    helper(
        "mean-over-weights",
        ("loss /= N", "loss /= np.sum(target)"),
        variant="loss",
        only_on=WEIGHTS,
    ),
]

TARGETS = [
    plain("tau-missing", ("tau * p - target", "p - target"), only_on=WEIGHTS),
    helper("tau-missing", ("tau * np.exp(log_p)", "np.exp(log_p)"), only_on=WEIGHTS),
    plain("tau-on-both", ("tau * p - target", "tau * (p - target)"), only_on=WEIGHTS),
    helper(
        "tau-on-both",
        ("tau * np.exp(log_p) - target", "tau * (np.exp(log_p) - target)"),
        only_on=WEIGHTS,
    ),
    plain("targets-normalized", first(NORMALIZED), only_on=WEIGHTS),
    helper("targets-normalized", first(NORMALIZED), only_on=WEIGHTS),
    plain(
        "targets-normalized",
        first(f"target = target / {TOTAL_OF_TARGET}"),
        variant="0 / 0",
        only_on=WEIGHTS,
    ),
    plain("heaviest-class-only", first(HEAVIEST), only_on="weights"),
    helper("heaviest-class-only", first(HEAVIEST), only_on="weights"),
    plain("target-forgotten", ("tau * p - target", "tau * p")),
    plain("target-forgotten", ("tau * p - target", "p"), variant="its sum as well"),
    helper("target-forgotten", ("np.exp(log_p) - target", "np.exp(log_p)")),
    plain("loss-over-all-classes", ("target * kept", "log_p")),
    helper("loss-over-all-classes", ("target[some] * log_p[some]", "log_p")),
    plain(
        "kl-divergence",
        ("target * kept", "target * (kept - np.log(np.where(target > 0, target, 1)))"),
        only_on="weights",
    ),
    helper(
        "kl-divergence",
        ("target[some] * log_p[some]", "target[some] * (log_p[some] - np.log(target[some]))"),
        only_on="weights",
    ),
    plain(
        "binary-cross-entropy", ("target * kept", "target * kept + (1 - target) * np.log(1 - p)")
    ),
    plain("masked-nan", ("target * kept", "target * log_p"), only_on=MASKED),
    helper("masked-nan", ("target[some] * log_p[some]", "target * log_p"), only_on=MASKED),
]

GRADIENTS = [
    plain("diagonal-jacobian", ("tau * p - target", "-target * (1 - p)")),
    helper("diagonal-jacobian", ("tau * np.exp(log_p) - target", "-target * (1 - np.exp(log_p))")),
    plain("chain-rule-twice", (GRADIENT, f"p * {GRADIENT}")),
    plain("chain-rule-twice", (GRADIENT, f"p * (1 - p) * {GRADIENT}"), variant="diagonal"),
    plain(
        "chain-rule-twice",
        (GRADIENT, f"p * {GRADIENT}\n    dz -= p * dz.sum(axis=axis, keepdims=True)"),
        variant="all of it",
    ),
    helper(
        "chain-rule-twice",
        (
            "dz = tau * np.exp(log_p) - target",
            "dz = np.exp(log_p) * (tau * np.exp(log_p) - target)",
        ),
    ),
    plain("gradient-on-p", ("tau * p - target", "-target / p")),
    helper("gradient-on-p", ("tau * np.exp(log_p) - target", "-target / np.exp(log_p)")),
    plain("gradient-sign", ("tau * p - target", "target - tau * p")),
    helper("gradient-sign", ("tau * np.exp(log_p) - target", "target - tau * np.exp(log_p)")),
]

LOSSES = [
    plain("loss-sign", ("-np.sum(", "np.sum(")),
    helper("loss-sign", ("-np.sum(", "np.sum(")),
    plain("log-missing", ("log_p = z - m - np.log(total)", "log_p = p")),
    helper("log-missing", ("target[some] * log_p[some]", "target[some] * np.exp(log_p[some])")),
    plain("log-base-2", ("z - m - np.log(total)", "np.log2(p)")),
    plain("log-base-2", ("target * kept", "target * kept / np.log(2)"), variant="from nats"),
    plain("log-underflow", ("z - m - np.log(total)", "np.log(p)"), only_on=HUGE),
    helper(
        "log-underflow",
        ("= log_softmax(z, axis)", "= np.log(np.exp(log_softmax(z, axis)))"),
        only_on=HUGE,
    ),
    plain("log-eps", ("z - m - np.log(total)", "np.log(p + 1e-8)"), variant="1e-8", only_on=HUGE),
    plain(
        "log-eps",
        ("z - m - np.log(total)", "np.log(p + 1e-15)"),
        variant="1e-15",
        also=("probability-clipped",),
        only_on=HUGE,
    ),
    plain(
        "log-eps",
        ("z - m - np.log(total)", "np.log(p + 1e-12)"),
        variant="1e-12",
        also=("probability-clipped",),
        only_on=HUGE,
    ),
    plain("log-eps", ("z - m - np.log(total)", "np.log(p + 1e-3)"), variant="1e-3"),
    plain(
        "probability-clipped",
        ("z - m - np.log(total)", "np.log(np.clip(p, 1e-7, 1 - 1e-7))"),
        variant="1e-7",
        only_on=HUGE,
    ),
    plain(
        "probability-clipped",
        ("z - m - np.log(total)", "np.log(np.clip(p, 1e-12, 1))"),
        variant="1e-12",
        also=("log-eps",),
        only_on=HUGE,
    ),
    plain(
        "probability-clipped",
        ("z - m - np.log(total)", "np.log(np.maximum(p, 1e-15))"),
        variant="1e-15",
        also=("log-eps",),
        only_on=HUGE,
    ),
]

SCORES = [
    plain("no-maximum", ("z - m)", "z)"), ("z - m - np", "z - np"), only_on=HUGE),
    plain(
        "no-maximum",
        ("z - m)", "z)"),
        ("z - m - np.log(total)", "np.log(p)"),
        variant="log(p)",
        only_on=HUGE,
    ),
    helper("no-maximum", ("z - z.max(axis=axis, keepdims=True)", "z"), only_on=HUGE),
    plain("global-maximum", ("z.max(axis=axis, keepdims=True)", "z.max()"), only_on=HUGE),
    helper("global-maximum", ("z.max(axis=axis, keepdims=True)", "z.max()"), only_on=HUGE),
    plain("normalized-over-everything", ("e.sum(axis=axis, keepdims=True)", "e.sum()")),
    helper(
        "normalized-over-everything",
        ("np.exp(shifted).sum(axis=axis, keepdims=True)", "np.exp(shifted).sum()"),
    ),
    plain("normalized-over-samples", ("e.sum(axis=axis", "e.sum(axis=axis - 1")),
    plain(
        "normalized-over-samples",
        ("e.sum(axis=axis", "e.sum(axis=1 - axis"),
        variant="the other axis",
    ),
    helper(
        "normalized-over-samples",
        ("np.exp(shifted).sum(axis=axis", "np.exp(shifted).sum(axis=1 - axis"),
        variant="the other axis",
    ),
    plain("softmax-twice", first(*AGAIN)),
    helper(
        "softmax-twice",
        ("log_p = log_softmax(z, axis)", "log_p = log_softmax(np.exp(log_softmax(z, axis)), axis)"),
    ),
    *(
        plain("axis-ignored", first(f"axis = {axis}"), variant=variant, only_on=OTHER_AXIS)
        for axis, variant in [("0", ""), ("-1", "the last axis"), ("1", "one row a sample")]
    ),
    *(
        helper("axis-ignored", first(f"axis = {axis}"), variant=variant, only_on=OTHER_AXIS)
        for axis, variant in [("0", ""), ("-1", "the last axis"), ("1", "one row a sample")]
    ),
    helper(
        "axis-ignored",
        ("log_softmax(z, axis)\n    some", "log_softmax(z, 0)\n    some"),
        variant="in the helper's call",
        only_on=OTHER_AXIS,
    ),
    plain(
        "axis-ignored",
        ("z.size // z.shape[axis]", "z.shape[1]"),
        variant="in the mean",
        only_on=OTHER_AXIS,
    ),
]

RETURNS = [
    plain("result-swapped", ("return float(loss), dz", "return dz, float(loss)")),
    helper("result-swapped", ("return float(loss), dz", "return dz, float(loss)")),
    plain("dtype-not-kept", ("dz = (", "dz = np.ones(z.shape) * ("), only_on="float32"),
    helper(
        "dtype-not-kept",
        (
            "dz = tau * np.exp(log_p) - target",
            "dz = np.zeros(z.shape)\n    dz += tau * np.exp(log_p) - target",
        ),
        only_on="float32",
    ),
    plain(
        "input-changed",
        ("e = np.exp(z - m)", "z -= m\n    e = np.exp(z)"),
        ("z - m - np.log", "z - np.log"),
        only_on="arguments",
    ),
    helper(
        "input-changed",
        (
            "shifted = z - z.max(axis=axis, keepdims=True)",
            "shifted = z\n    shifted -= z.max(axis=axis, keepdims=True)",
        ),
        only_on="arguments",
    ),
]

WRONG = [*MEANS, *TARGETS, *GRADIENTS, *LOSSES, *SCORES, *RETURNS]
RIGHT = BASES | softmax_cross_entropy_right.RIGHT
