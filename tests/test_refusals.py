import re

import numpy as np
import pytest

from tests.loss_samples import SOFTMAX, SVM, over, problem

W, X, Y = problem()


def changed(array, value):
    array = array.copy()
    array.flat[3] = value
    return array


# argument, what is given for it, error, how its sentence says what was given, and what to do
REFUSED = [
    ("W", W[0], ValueError, "W has shape (7,)", "expected (C, D), one row a class"),
    ("W", W[None], ValueError, "W has shape (1, 5, 7)", "expected (C, D)"),
    ("W", W[:0], ValueError, "W has shape (0, 7)", "expected (C, D)"),
    ("W", W[:, :0], ValueError, "W has shape (5, 0)", "expected (C, D)"),
    ("W", W.T, ValueError, "W has shape (7, 5)", "the transpose of W would fit, so pass W.T"),
    ("W", W.astype(int), TypeError, "W has dtype int64", "pass W.astype(float)"),
    ("W", W.astype(bool), TypeError, "W has dtype bool", "pass W.astype(float)"),
    ("W", W.astype(object), TypeError, "W has dtype object", "pass W.astype(float)"),
    ("W", W.astype(complex), TypeError, "W has dtype complex128", "expected float64 or float32"),
    ("W", changed(W, np.nan), ValueError, "W has 1 entries that are nan or inf", "start again"),
    ("W", changed(W, np.inf), ValueError, "W has 1 entries that are nan or inf", "finite"),
    ("W", changed(W, -np.inf), ValueError, "W has 1 entries that are nan or inf", "lower"),
    ("X", X.T, ValueError, "X has shape (11, 7)", "the transpose would fit, so pass X.T"),
    ("X", X[0], ValueError, "X has shape (11,)", "one column a sample."),
    ("X", X[:, 0], ValueError, "X has shape (7,)", "one column a sample."),
    ("X", X[..., None], ValueError, "X has shape (7, 11, 1)", "expected X as (D, N)"),
    ("X", X[None], ValueError, "X has shape (1, 7, 11)", "expected X as (D, N) with D = 7"),
    ("X", X[:-1], ValueError, "X has shape (6, 11) and W has shape (5, 7)", "a sample."),
    ("X", X[:, :0], ValueError, "X has shape (7, 0), so N = 0", "one sample or more"),
    ("X", X.astype(object), TypeError, "X has dtype object", "pass X.astype(float)"),
    ("X", X.astype(complex), TypeError, "X has dtype complex128", "expected real numbers"),
    ("X", X.astype(str), TypeError, "X has dtype <U32", "expected real numbers"),
    (
        "y",
        Y[:-1],
        ValueError,
        "y has shape (10,)",
        "expected y as (11,), one label for each column",
    ),
    ("y", Y[:, None], ValueError, "y has shape (11, 1)", "pass y.ravel()"),
    ("y", np.eye(5)[Y], ValueError, "y has shape (11, 5)", "each column of X."),
    ("y", np.arange(7) % 5, ValueError, "y has shape (7,)", "one for each row, so pass X.T"),
    ("y", Y.astype(float), TypeError, "y has dtype float64", "pass y.astype(int)"),
    ("y", Y.astype(bool), TypeError, "y has dtype bool", "expected integer labels"),
    ("y", Y.astype(object), TypeError, "y has dtype object", "expected integer labels"),
    ("y", changed(Y, -1), ValueError, "y holds labels from -1 to 4", "expected 0 to 4"),
    (
        "y",
        changed(Y, 5),
        ValueError,
        "y holds labels from 0 to 5",
        "are the classes counted from 0?",
    ),
    ("reg", -1e-9, ValueError, "reg is -1e-09", "0 or more"),
    ("reg", np.nan, ValueError, "reg is nan", "expected a finite number"),
    ("reg", np.inf, ValueError, "reg is inf", "expected a finite number"),
    ("reg", None, TypeError, "reg is None", "expected one number"),
    ("reg", "strong", TypeError, "reg is 'strong'", "expected one number"),
    ("reg", [0.1, 0.2], TypeError, "reg is [0.1, 0.2]", "expected one number"),
]


@pytest.mark.parametrize(("argument", "value", "error", "given", "advice"), REFUSED)
@over([*SOFTMAX, *SVM])
def test_bad_input_is_refused_with_what_was_given_and_what_to_do(
    loss, argument, value, error, given, advice
):
    arguments = {"W": W, "X": X, "y": Y, "reg": 0.1} | {argument: value}
    with pytest.raises(error, match=re.escape(given)) as refusal:
        loss(**arguments)
    assert advice in str(refusal.value)
