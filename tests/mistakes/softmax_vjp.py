"""The vector-Jacobian product of softmax: right programs, and known mistakes as edits of two."""

from tests.mistakes.programs import Edit, Wrong

__all__ = ["BASES", "RIGHT", "WRONG"]

START = """\
from classifiers.layer_inputs import check_alike


def softmax_vjp(p, dp, axis=0):
    p, dp = check_alike(p=p, dp=dp)
"""
BASES = {
    "bracket": START
    + """\
    s = np.sum(p * dp, axis=axis, keepdims=True)
    dz = p * (dp - s)
    return dz
""",
    "product first": START
    + """\
    dz = p * dp
    s = dz.sum(axis=axis, keepdims=True)
    dz = dz - p * s
    return dz
""",
}

SUM, SUM_OF_PRODUCT = "np.sum(p * dp, axis=axis, keepdims=True)", "dz.sum(axis=axis, keepdims=True)"
OTHER_AXIS = "classes along another axis"
ALWAYS = [("0", ""), ("1", "one row a sample"), ("-1", "the last axis"), ("p.ndim - 1", "ndim")]
AGAIN = "p = np.exp(p) / np.sum(np.exp(p), axis=axis, keepdims=True)"


def bracket(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(id, "bracket", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def product(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return Wrong(
        id, "product first", tuple(Edit(*edit) for edit in edits), variant, only_on=only_on
    )


WRONG = [
    bracket("diagonal-only", ("p * (dp - s)", "p * (1 - p) * dp")),
    product("diagonal-only", ("dz - p * s", "dz - p * dz")),
    bracket(
        "diagonal-only",
        ("p * (dp - s)", "dp / (2 + p / (1 - p) + (1 - p) / p)"),
        variant="half a derivative",
    ),
    *(
        bracket("axis-ignored", ("axis=axis", f"axis={axis}"), variant=variant, only_on=OTHER_AXIS)
        for axis, variant in ALWAYS
    ),
    *(
        product("axis-ignored", ("axis=axis", f"axis={axis}"), variant=variant, only_on=OTHER_AXIS)
        for axis, variant in ALWAYS
    ),
    bracket("sum-wrong-axis", ("axis=axis", "axis=axis - 1"), variant="the axis before"),
    bracket("sum-wrong-axis", ("axis=axis", "axis=1 - axis"), variant="the other axis"),
    product("sum-wrong-axis", ("axis=axis", "axis=1 - axis"), variant="the other axis"),
    bracket("sum-over-everything", (SUM, "np.sum(p * dp)")),
    product("sum-over-everything", (SUM_OF_PRODUCT, "dz.sum()")),
    bracket("sum-without-p", ("np.sum(p * dp", "np.sum(dp")),
    product("sum-without-p", ("dz.sum(", "dp.sum(")),
    bracket("not-multiplied-by-p", ("p * (dp - s)", "dp - s")),
    product("not-multiplied-by-p", ("dz - p * s", "dp - s")),
    bracket("sum-not-multiplied-by-p", ("p * (dp - s)", "p * dp - s")),
    product("sum-not-multiplied-by-p", ("dz - p * s", "dz - s")),
    bracket("first-term-without-p", ("p * (dp - s)", "dp - p * s")),
    product("first-term-without-p", ("dz - p * s", "dp - p * s")),
    bracket("sign-of-sum", ("dp - s", "dp + s")),
    product("sign-of-sum", ("dz - p * s", "dz + p * s")),
    bracket("sign", ("dp - s", "s - dp")),
    product("sign", ("return dz", "return -dz")),
    bracket("sum-left-out", ("p * (dp - s)", "p * dp")),
    product("sum-left-out", ("    dz = dz - p * s\n", "")),
    bracket("mean-for-sum", ("np.sum(", "np.mean(")),
    product("mean-for-sum", ("dz.sum(", "dz.mean(")),
    bracket("softmax-twice", ("    s = ", f"    {AGAIN}\n    s = ")),
    product("softmax-twice", ("    dz = p * dp", f"    {AGAIN}\n    dz = p * dp")),
    bracket("mean-added", ("return dz", "return dz / (p.size / p.shape[axis])")),
    product("mean-added", ("return dz", "return dz / (p.size / p.shape[axis])")),
    bracket("dp-left-out", ("p * (dp - s)", "p * (1 - p)")),
    product("dp-left-out", ("dz = p * dp", "dz = p")),
    bracket("loss-assumed", ("p * (dp - s)", "p - dp")),
    bracket(
        "dtype-not-kept",
        ("dz = p * (dp - s)", "dz = np.zeros(p.shape)\n    dz += p * (dp - s)"),
        only_on="float32",
    ),
    product(
        "dtype-not-kept",
        ("dz = dz - p * s", "dz = dz - p * s * np.ones(p.shape)"),
        only_on="float32",
    ),
    bracket(
        "input-changed",
        ("dz = p * (dp - s)", "dz = dp\n    dz -= s\n    dz *= p"),
        only_on="arguments",
    ),
    product("input-changed", ("dz = p * dp", "dz = dp\n    dz *= p"), only_on="arguments"),
]

RIGHT = {
    **BASES,
    "in place on its own array": START
    + """\
    dz = np.multiply(p, dp)
    dz -= p * dz.sum(axis=axis, keepdims=True)
    return dz
""",
    "classes first": START
    + """\
    p, dp = np.moveaxis(p, axis, 0), np.moveaxis(dp, axis, 0)
    dz = p * (dp - (p * dp).sum(axis=0))
    return np.moveaxis(dz, 0, axis)
""",
    "classes last, einsum": START
    + """\
    p, dp = np.swapaxes(p, axis, -1), np.swapaxes(dp, axis, -1)
    dz = p * (dp - np.einsum("...c,...c->...", p, dp)[..., np.newaxis])
    return np.swapaxes(dz, axis, -1)
""",
    "a Jacobian a sample": START
    + """\
    p, dp = np.moveaxis(p, axis, -1), np.moveaxis(dp, axis, -1)
    J = p[..., :, None] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., None, :])
    return np.moveaxis((J @ dp[..., None])[..., 0], -1, axis)
""",
    "a Jacobian in einsum": START
    + """\
    p, dp = np.moveaxis(p, axis, -1), np.moveaxis(dp, axis, -1)
    J = np.einsum("...i,ij->...ij", p, np.eye(p.shape[-1], dtype=p.dtype))
    J = J - np.einsum("...i,...j->...ij", p, p)
    return np.moveaxis(np.einsum("...i,...ij->...j", dp, J), -1, axis)
""",
    "a column a sample": START
    + """\
    moved = np.moveaxis(p, axis, 0)
    columns = moved.reshape(len(moved), -1)
    given = np.moveaxis(dp, axis, 0).reshape(columns.shape)
    dz = columns * given - columns * np.sum(columns * given, axis=0)
    return np.moveaxis(dz.reshape(moved.shape), 0, axis)
""",
    "expand_dims": START
    + """\
    return p * dp - p * np.expand_dims(np.add.reduce(p * dp, axis), axis)
""",
    "helper": """\
from classifiers.layer_inputs import check_alike


def mean_under(p, values, axis):
    return (p * values).sum(axis=axis, keepdims=True)


def softmax_vjp(p, dp, axis=0):
    p, dp = check_alike(p=p, dp=dp)
    return p * (dp - mean_under(p, dp, axis))
""",
}
