"""The Jacobian of softmax at p: right programs, and the known mistakes as edits of four of them."""

from tests.mistakes.programs import Edit, Wrong

__all__ = ["BASES", "RIGHT", "WRONG"]


def start(way: str) -> str:
    return f"""\
from classifiers.layer_inputs import check_probabilities


def softmax_jacobian_{way}(p):
    p = check_probabilities(p, ndim=1)
"""


BASES = {
    "naive": start("naive")
    + """\
    C = len(p)
    J = np.zeros((C, C), dtype=p.dtype)
    for i in range(C):
        for j in range(C):
            if i == j:
                J[i, j] = p[i] * (1 - p[i])
            else:
                J[i, j] = -p[i] * p[j]
    return J
""",
    "naive, delta": start("naive")
    + """\
    C = p.shape[0]
    J = np.zeros((C, C), dtype=p.dtype)
    for i in range(C):
        for j in range(C):
            delta = 1 if i == j else 0
            J[i, j] = p[i] * (delta - p[j])
    return J
""",
    "vectorized": start("vectorized")
    + """\
    J = np.diag(p) - np.outer(p, p)
    return J
""",
    "vectorized, column": start("vectorized")
    + """\
    s = p.reshape(-1, 1)
    J = np.diagflat(s) - np.dot(s, s.T)
    return J
""",
}

EACH = ("naive", "naive, delta", "vectorized", "vectorized, column")
SIZES = {"naive": "C = len(p)", "naive, delta": "C = p.shape[0]"}
OUTER = "np.diag(p) - np.outer(p, p)"
HALF = "1 / (2 + p / (1 - p) + (1 - p) / p)"


def wrong(
    base: str, id: str, *edits: tuple[str, str], variant: str = "", only_on: str = ""
) -> Wrong:
    return Wrong(id, base, tuple(Edit(*edit) for edit in edits), variant, only_on=only_on)


def branches(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return wrong("naive", id, *edits, variant=variant, only_on=only_on)


def delta(id: str, *edits: tuple[str, str], variant: str = "", only_on: str = "") -> Wrong:
    return wrong("naive, delta", id, *edits, variant=variant, only_on=only_on)


def whole(id: str, new: str, variant: str = "", only_on: str = "") -> Wrong:
    return wrong("vectorized", id, (OUTER, new), variant=variant, only_on=only_on)


def column(id: str, *edits: tuple[str, str], variant: str = "") -> Wrong:
    return wrong("vectorized, column", id, *edits, variant=variant)


WRONG = [
    branches("diagonal-only", ("-p[i] * p[j]", "0")),
    delta("diagonal-only", ("p[i] * (delta - p[j])", "delta * p[i] * (1 - p[i])")),
    whole("diagonal-only", "np.diag(p * (1 - p))"),
    whole("diagonal-only", "np.diag(p) - np.diag(np.diag(np.outer(p, p)))", "of the product"),
    whole("diagonal-only", f"np.diag({HALF})", "half a derivative"),
    column("diagonal-only", ("np.dot(s, s.T)", "np.diagflat(s * s)")),
    branches("diagonal-as-vector", ("return J", "return np.diag(J)")),
    whole("diagonal-as-vector", "p * (1 - p)"),
    whole("diagonal-as-vector", HALF, "half a derivative"),
    column("diagonal-as-vector", ("np.diagflat(s) - np.dot(s, s.T)", "s * (1 - s)")),
    branches("off-diagonal-sign", ("-p[i] * p[j]", "p[i] * p[j]")),
    delta("off-diagonal-sign", ("delta - p[j]", "delta + p[j]"), variant="everywhere"),
    whole("off-diagonal-sign", "np.diag(p) + np.outer(p, p)", "everywhere"),
    column("off-diagonal-sign", ("- np.dot", "+ np.dot"), variant="everywhere"),
    branches("diagonal-p", ("p[i] * (1 - p[i])", "p[i]")),
    whole("diagonal-p", f"{OUTER}\n    np.fill_diagonal(J, p)"),
    branches("diagonal-one-minus-p", ("p[i] * (1 - p[i])", "1 - p[i]")),
    whole("diagonal-one-minus-p", f"{OUTER}\n    np.fill_diagonal(J, 1 - p)"),
    branches("delta-forgotten", ("p[i] * (1 - p[i])", "-p[i] * p[i]")),
    delta("delta-forgotten", ("delta - p[j]", "-p[j]")),
    whole("delta-forgotten", "-np.outer(p, p)"),
    column("delta-forgotten", ("np.diagflat(s) - np", "-np")),
    delta("delta-not-multiplied", ("p[i] * (delta - p[j])", "delta - p[i] * p[j]")),
    whole("delta-not-multiplied", "np.eye(len(p), dtype=p.dtype) - np.outer(p, p)"),
    branches("delta-not-multiplied", ("p[i] * (1 - p[i])", "1 - p[i] * p[i]")),
    delta("first-factor-missing", ("p[i] * (delta - p[j])", "delta - p[j]")),
    whole("first-factor-missing", "np.eye(len(p), dtype=p.dtype) - p"),
    branches("first-factor-missing", ("p[i] * (1 - p[i])", "1 - p[i]"), ("-p[i] * p", "-p")),
    delta("same-index-twice", ("delta - p[j]", "delta - p[i]"), variant="of the probability"),
    delta("same-index-twice", ("p[i] * (delta", "p[j] * (delta"), variant="of the score"),
    branches("same-index-twice", ("-p[i] * p[j]", "-p[i] * p[i]"), variant="of the probability"),
    branches("same-index-twice", ("-p[i] * p[j]", "-p[j] * p[j]"), variant="of the score"),
    whole("same-index-twice", "np.diag(p) - p * p", "of the score"),
    branches("delta-reversed", ("i == j", "i != j")),
    delta("delta-reversed", ("i == j", "i != j")),
    delta("delta-everywhere", ("1 if i == j else 0", "1")),
    whole("delta-everywhere", "np.outer(p, 1 - p)"),
    branches("delta-everywhere", ("-p[i] * p[j]", "p[i] * (1 - p[j])")),
    column("delta-everywhere", ("np.diagflat(s) - np.dot(s, s.T)", "np.dot(s, (1 - s).T)")),
    *(wrong(base, "sign", ("return J", "return -J")) for base in EACH),
    whole("inner-for-outer", "np.diag(p) - p @ p.T"),
    whole("inner-for-outer", "np.diag(p) - np.dot(p, p)", "dot"),
    column("inner-for-outer", ("np.dot(s, s.T)", "np.dot(s.T, s)")),
    *(
        wrong(base, "softmax-twice", (size, f"p = np.exp(p) / np.sum(np.exp(p))\n    {size}"))
        for base, size in SIZES.items()
    ),
    wrong(
        "vectorized",
        "softmax-twice",
        ("    J = ", "    p = np.exp(p) / np.sum(np.exp(p))\n    J = "),
    ),
    *(wrong(base, "integer-array", ("dtype=p.dtype", "dtype=int")) for base in SIZES),
    *(
        wrong(
            base,
            "last-class-skipped",
            ("for i in range(C)", "for i in range(C - 1)"),
            ("for j in range(C)", "for j in range(C - 1)"),
        )
        for base in SIZES
    ),
    *(
        wrong(base, "upper-triangle-only", ("for j in range(C)", "for j in range(i, C)"))
        for base in SIZES
    ),
    *(
        wrong(
            base,
            "upper-triangle-only",
            ("for j in range(C)", "for j in range(i + 1)"),
            variant="lower",
        )
        for base in SIZES
    ),
    *(wrong(base, "dtype-not-kept", (", dtype=p.dtype", ""), only_on="float32") for base in SIZES),
    whole("dtype-not-kept", "np.eye(len(p)) * p - np.outer(p, p)", only_on="float32"),
    wrong(
        "vectorized",
        "input-changed",
        (OUTER, "-np.outer(p, p)\n    p *= 1 - p\n    np.fill_diagonal(J, p)"),
        only_on="arguments",
    ),
]

RIGHT = {
    **{f"{base.split(',')[0]}: {base}": source for base, source in BASES.items()},
    "naive: one row at a time": start("naive")
    + """\
    J = np.empty((len(p), len(p)), p.dtype)
    for i in range(len(p)):
        J[i] = -p[i] * p
        J[i, i] += p[i]
    return J
""",
    "naive: enumerate": start("naive")
    + """\
    J = [[p_i * ((i == j) - p_j) for j, p_j in enumerate(p)] for i, p_i in enumerate(p)]
    return np.array(J, dtype=p.dtype)
""",
    "naive: from the diagonal": start("naive")
    + """\
    J = np.diag(p)
    for i in range(len(J)):
        for j in range(len(J)):
            if i == j:
                J[i][j] = p[i] * (1 - p[i])
            else:
                J[i][j] = -p[i] * p[j]
    return J
""",
    "naive: one triangle and its mirror image": start("naive")
    + """\
    C = len(p)
    J = np.zeros_like(p, shape=(C, C))
    for i in range(C):
        J[i, i] = p[i] - p[i] ** 2
        for j in range(i):
            J[i, j] = J[j, i] = -p[i] * p[j]
    return J
""",
    "naive: no loop": start("naive")
    + """\
    return np.diag(p) - np.outer(p, p)
""",
    "naive: while": start("naive")
    + """\
    C, J, i = len(p), np.zeros((len(p), len(p)), p.dtype), 0
    while i < C * C:
        J.flat[i] = p[i // C] * (float(i // C == i % C) - p[i % C])
        i += 1
    return J
""",
    "vectorized: identity": start("vectorized")
    + """\
    return p[:, None] * (np.eye(len(p), dtype=p.dtype) - p[None, :])
""",
    "vectorized: einsum": start("vectorized")
    + """\
    return np.einsum("i,ij->ij", p, np.eye(p.size, dtype=p.dtype)) - np.einsum("i,j->ij", p, p)
""",
    "vectorized: fill_diagonal": start("vectorized")
    + """\
    J = -np.outer(p, p)
    np.fill_diagonal(J, p * (1 - p))
    return J
""",
    "vectorized: added on the diagonal": start("vectorized")
    + """\
    J = np.multiply.outer(-p, p)
    each = np.arange(len(p))
    J[each, each] += p
    return J
""",
    "vectorized: where": start("vectorized")
    + """\
    each = np.arange(len(p))
    return np.where(each[:, None] == each, np.diag(p * (1 - p)), -p[:, np.newaxis] * p)
""",
    "vectorized: a matrix product": start("vectorized")
    + """\
    D = np.diagflat(p)
    return D - D @ np.ones_like(D) @ D
""",
    "vectorized: helper": """\
from classifiers.layer_inputs import check_probabilities


def as_column(v):
    return np.reshape(v, (-1, 1))


def softmax_jacobian_vectorized(p):
    p = check_probabilities(p, ndim=1)
    return np.diag(p) - as_column(p) @ as_column(p).T
""",
}
