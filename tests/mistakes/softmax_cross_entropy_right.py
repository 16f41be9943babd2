"""Softmax and cross entropy in one, written right in many ways."""

IMPORT = "from classifiers.layer_inputs import check_targets\n\n\n"
START = """\
def softmax_cross_entropy(z, target, axis=0):
    z, target = check_targets(z, target, axis)
"""
HELPER = """\
def log_softmax(z, axis):
    shifted = z - z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


"""

RIGHT = {
    "through softmax's product": IMPORT
    + HELPER
    + START
    + """\
    N = z.size // z.shape[axis]
    log_p = log_softmax(z, axis)
    p = np.exp(log_p)
    kept = np.where(target > 0, p, 1)
    dp = -target / np.where(kept > 0, kept, 1) / N
    s = np.where(kept > 0, dp * p, -target / N)
    loss = -np.sum(target * np.where(target > 0, log_p, 0)) / N
    dz = s - p * s.sum(axis=axis, keepdims=True)
    return float(loss), dz
""",
    "logaddexp": IMPORT
    + START
    + """\
    N = z.size // z.shape[axis]
    log_total = np.logaddexp.reduce(z, axis=axis, keepdims=True)
    some = target > 0
    cost = (log_total - z)[some] @ target[some] / N
    dz = target.sum(axis=axis, keepdims=True) * np.exp(z - log_total) - target
    return float(cost), dz / N
""",
    "log of the sum": IMPORT
    + START
    + """\
    N = z.size // z.shape[axis]
    shifted = z - np.max(z, axis=axis, keepdims=True)
    exps = np.exp(shifted)
    sums = np.sum(exps, axis=axis, keepdims=True)
    tau = np.sum(target, axis=axis, keepdims=True)
    reached = np.sum(np.where(target > 0, target * np.where(target > 0, shifted, 0), 0))
    loss = (np.sum(tau * np.log(sums)) - reached) / N
    return loss.item(), (exps * (tau / sums) - target) / N
""",
    "classes first": IMPORT
    + START
    + """\
    z, target = np.moveaxis(z, axis, 0), np.moveaxis(target, axis, 0)
    z = z - z.max(axis=0)
    log_p = z - np.log(np.exp(z).sum(axis=0))
    each = np.sum(target * np.where(target > 0, -log_p, 0), axis=0)
    dz = (target.sum(axis=0) * np.exp(log_p) - target) / each.size
    return float(np.mean(each)), np.moveaxis(dz, 0, axis)
""",
    "a row a sample": IMPORT
    + START
    + """\
    moved = np.moveaxis(z, axis, -1)
    rows = moved.reshape(-1, moved.shape[-1])
    weights = np.moveaxis(target, axis, -1).reshape(rows.shape)
    rows = rows - rows.max(1)[:, None]
    P = np.exp(rows)
    log_P = rows - np.log(P.sum(1))[:, None]
    P /= P.sum(1)[:, None]
    loss = -np.einsum("nc,nc->", weights, np.where(weights == 0, 0, log_P)) / len(rows)
    dz = (np.einsum("nc,nk->nk", weights, P) - weights) / len(rows)
    return float(loss), np.moveaxis(dz.reshape(moved.shape), -1, axis)
""",
    "helpers": IMPORT
    + """\
def softmax(z, axis):
    exps = np.exp(z - z.max(axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


def log_sum_exp(z, axis):
    m = z.max(axis=axis, keepdims=True)
    return m + np.log(np.exp(z - m).sum(axis=axis, keepdims=True))


"""
    + START
    + """\
    N = np.delete(z.shape, axis).prod()
    each = np.zeros_like(z)
    np.subtract(log_sum_exp(z, axis), z, out=each, where=target > 0)
    loss = (target * each).sum() / int(N)
    tau = target.sum(axis=axis, keepdims=True)
    return float(loss), (tau * softmax(z, axis) - target) / int(N)
""",
    "nothing made twice": IMPORT
    + START
    + """\
    N = z.size // z.shape[axis]
    dz = z - z.max(axis=axis, keepdims=True)
    score = np.vdot(target, np.where(target > 0, dz, 0))
    np.exp(dz, out=dz)
    totals = dz.sum(axis=axis, keepdims=True)
    tau = target.sum(axis=axis, keepdims=True)
    loss = (np.vdot(tau, np.log(totals)) - score) / N
    dz *= tau / totals
    dz -= target
    dz /= N
    return float(loss), dz
""",
}
