"""Softmax along an axis: right programs, and the known mistakes as edits of two of them."""

from tests.mistakes.programs import Edit, Wrong

__all__ = ["BASES", "RIGHT", "WRONG"]

START = """\
from classifiers.layer_inputs import check_scores


def softmax(z, axis=0):
    z = check_scores(z, axis)
"""
BASES = {
    "plain": START
    + """\
    m = z.max(axis=axis, keepdims=True)
    e = np.exp(z - m)
    total = e.sum(axis=axis, keepdims=True)
    p = e / total
    return p
""",
    "in place": START
    + """\
    p = z - np.max(z, axis=axis, keepdims=True)
    p = np.exp(p)
    p /= np.sum(p, axis=axis, keepdims=True)
    return p
""",
}

PAIRWISE = """\
    z = np.moveaxis(z, axis, 0)
    p = 1 / np.exp(z[:, None] - z).sum(axis=0)
    return np.moveaxis(p, 0, axis)
"""
AXIS_OF_MAX, AXIS_OF_SUM = "z.max(axis=axis", "e.sum(axis=axis"
MAX_IN_PLACE, SUM_IN_PLACE = "np.max(z, axis=axis", "np.sum(p, axis=axis"
HUGE, MASKED = "huge scores", "masked classes"
OTHER_AXIS = "classes along another axis"


def plain(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "plain", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def in_place(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "in place", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


WRONG = [
    plain("no-maximum", ("z - m", "z"), only_on=HUGE),
    in_place("no-maximum", ("z - np.max(z, axis=axis, keepdims=True)", "z"), only_on=HUGE),
    plain("global-maximum", ("z.max(axis=axis, keepdims=True)", "z.max()"), only_on=HUGE),
    in_place("global-maximum", ("np.max(z, axis=axis, keepdims=True)", "np.max(z)"), only_on=HUGE),
    plain("maximum-wrong-axis", (AXIS_OF_MAX, "z.max(axis=axis - 1"), variant="the axis before"),
    plain("maximum-wrong-axis", (AXIS_OF_MAX, "z.max(axis=1 - axis"), variant="the other axis"),
    plain("maximum-wrong-axis", (AXIS_OF_MAX, "z.max(axis=-1"), variant="the last axis"),
    in_place("maximum-wrong-axis", (MAX_IN_PLACE, "np.max(z, axis=1")),
    plain("shift-wrong-sign", ("z - m", "z + m"), only_on=HUGE),
    plain("minimum-subtracted", ("z.max(", "z.min("), only_on=HUGE),
    in_place("minimum-subtracted", ("np.max(", "np.min("), only_on=HUGE),
    plain("absolute-maximum", ("z.max(", "np.abs(z).max("), only_on=HUGE),
    plain("mean-subtracted", ("z.max(", "z.mean("), only_on=HUGE),
    plain("divided-by-maximum", ("z - m", "z / m")),
    in_place("divided-by-maximum", ("z - np.max", "z / np.max")),
    plain(
        "axis-ignored",
        (AXIS_OF_MAX, "z.max(axis=0"),
        (AXIS_OF_SUM, "e.sum(axis=0"),
        only_on=OTHER_AXIS,
    ),
    plain(
        "axis-ignored",
        (AXIS_OF_MAX, "z.max(axis=-1"),
        (AXIS_OF_SUM, "e.sum(axis=-1"),
        variant="the last axis",
        only_on=OTHER_AXIS,
    ),
    plain(
        "axis-ignored",
        (AXIS_OF_MAX, "z.max(axis=1"),
        (AXIS_OF_SUM, "e.sum(axis=1"),
        variant="one row a sample",
        only_on=OTHER_AXIS,
    ),
    plain("axis-ignored", (AXIS_OF_SUM, "e.sum(axis=0"), variant="in the sum", only_on=OTHER_AXIS),
    in_place(
        "axis-ignored",
        (MAX_IN_PLACE, "np.max(z, axis=0"),
        (SUM_IN_PLACE, "np.sum(p, axis=0"),
        only_on=OTHER_AXIS,
    ),
    plain("normalized-wrong-axis", (AXIS_OF_SUM, "e.sum(axis=axis - 1"), variant="the axis before"),
    plain("normalized-wrong-axis", (AXIS_OF_SUM, "e.sum(axis=1 - axis"), variant="the other axis"),
    in_place("normalized-wrong-axis", (SUM_IN_PLACE, "np.sum(p, axis=1 - axis")),
    plain("normalized-over-everything", ("e.sum(axis=axis, keepdims=True)", "e.sum()")),
    plain(
        "normalized-over-everything",
        ("z.max(axis=axis, keepdims=True)", "z.max()"),
        ("e.sum(axis=axis, keepdims=True)", "e.sum()"),
        variant="and its maximum",
    ),
    in_place("normalized-over-everything", ("np.sum(p, axis=axis, keepdims=True)", "np.sum(p)")),
    plain("not-normalized", ("e / total", "e")),
    in_place("not-normalized", ("    p /= np.sum(p, axis=axis, keepdims=True)\n", "")),
    plain("not-normalized", ("e.sum(", "e.max("), variant="divided by the largest"),
    plain("exponential-missing", ("np.exp(z - m)", "z")),
    plain("exponential-missing", ("np.exp(z - m)", "z - m"), variant="shifted"),
    plain("scores-negated", ("z - m", "-(z - m)"), variant="shifted"),
    plain("scores-negated", ("z.max(", "z.min("), ("z - m", "m - z"), variant="without overflow"),
    plain("scores-negated", ("z - m", "-z"), variant="without a shift"),
    plain(
        "masked-class-counted",
        ("    m = ", "    z = np.nan_to_num(z, neginf=0.0)\n    m = "),
        only_on=MASKED,
    ),
    plain(
        "masked-class-counted",
        ("    m = ", "    z = np.where(np.isinf(z), -1, z)\n    m = "),
        variant="-1",
        only_on=MASKED,
    ),
    Wrong(
        "masked-nan",
        "plain",
        (Edit(BASES["plain"].removeprefix(START), PAIRWISE),),
        variant="differences of all pairs",
        only_on=MASKED,
    ),
    plain("log-returned", ("e / total", "z - m - np.log(total)")),
    plain("log-returned", ("e / total", "np.log(e / total)"), variant="of the quotient"),
    plain("probability-clipped", ("e / total", "np.clip(e / total, 1e-7, 1)"), only_on=HUGE),
    plain(
        "probability-clipped",
        ("e / total", "np.clip(e / total, 1e-3, 1 - 1e-3)"),
        variant="at both ends",
        only_on=HUGE,
    ),
    plain("nan-hidden", ("z - m", "z"), ("e / total", "np.nan_to_num(e / total)"), only_on=HUGE),
    plain("result-transposed", ("return p", "return p.T")),
    plain("base-two", ("np.exp(z - m)", "2 ** (z - m)")),
    in_place("base-two", ("np.exp(", "np.exp2(")),
    plain("sigmoid-instead", ("e / total", "1 / (1 + np.exp(-z))")),
    plain("float32-inside", ("np.exp(z - m)", "np.exp(z - m).astype(np.float32)")),
    plain("float32-inside", ("    m = ", "    z = z.astype(np.float32)\n    m = "), variant="z"),
    plain(
        "dtype-not-kept",
        ("p = e / total", "p = np.zeros(z.shape)\n    p += e / total"),
        only_on="float32",
    ),
    plain("input-changed", ("e = np.exp(z - m)", "z -= m\n    e = np.exp(z)"), only_on="arguments"),
    in_place(
        "input-changed",
        ("p = z - np.max", "p = z\n    p -= np.max"),
        only_on="arguments",
    ),
]

RIGHT = {
    **BASES,
    "through the logarithm": START
    + """\
    shifted = z - z.max(axis=axis, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return np.exp(log_p)
""",
    "logaddexp": START
    + """\
    return np.exp(z - np.logaddexp.reduce(z, axis=axis, keepdims=True))
""",
    "classes first": START
    + """\
    scores = np.moveaxis(z, axis, 0)
    exps = np.exp(scores - scores.max(axis=0))
    return np.moveaxis(exps / exps.sum(axis=0), 0, axis)
""",
    "classes last": START
    + """\
    scores = np.swapaxes(z, axis, -1)
    scores = scores - scores.max(-1)[..., None]
    exps = np.exp(scores)
    return np.swapaxes(exps / exps.sum(-1)[..., None], axis, -1)
""",
    "expand_dims": START
    + """\
    exps = np.exp(z - np.expand_dims(np.amax(z, axis), axis))
    return np.divide(exps, np.expand_dims(np.sum(exps, axis), axis))
""",
    "einsum": START
    + """\
    scores = np.moveaxis(z, axis, -1)
    exps = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    p = np.einsum("...c,...->...c", exps, 1 / np.einsum("...c->...", exps))
    return np.moveaxis(p, -1, axis)
""",
    "a copy changed in place": START
    + """\
    p = z.copy()
    np.subtract(p, p.max(axis=axis, keepdims=True), out=p)
    np.exp(p, out=p)
    p *= 1 / p.sum(axis=axis, keepdims=True)
    return p
""",
    "helpers": """\
from classifiers.layer_inputs import check_scores


def shift(z, axis):
    return z - z.max(axis=axis, keepdims=True)


def normalize(weights, axis):
    return weights / weights.sum(axis=axis, keepdims=True)


def softmax(z, axis=0):
    z = check_scores(z, axis)
    return normalize(np.exp(shift(z, axis)), axis)
""",
    "a mask": START
    + """\
    highest = z.max(axis=axis, keepdims=True)
    kept = z > -np.inf
    exps = np.where(kept, np.exp(np.where(kept, z, highest) - highest), 0)
    return exps / exps.sum(axis=axis, keepdims=True)
""",
}
