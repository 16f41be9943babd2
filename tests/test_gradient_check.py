"""What the gradient checker sees, and what it does not mistake for an error."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradient_check import (
    CAUSES,
    assert_gradient,
    check_gradient,
    check_jacobian,
    check_values,
    check_vjp,
)

C, D, N = 5, 7, 11


def data(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    W, X = rng.standard_normal((C, D)), rng.standard_normal((D, N))
    X[-1] = 1
    return W.astype(dtype), np.asfortranarray(X, dtype=dtype), rng.integers(0, C, N), 0.1


def softmax(W, X, y, reg):
    S = W @ X
    S = S - S.max(axis=0)
    L = S - np.log(np.exp(S).sum(axis=0))
    P, columns = np.exp(L), np.arange(len(y))
    loss = -L[y, columns].mean() + 0.5 * reg * np.sum(W * W)
    P[y, columns] -= 1
    return loss, P @ X.T / len(y) + reg * W


def hinge(W, X, y, reg):
    S = W @ X
    columns = np.arange(len(y))
    margins = np.maximum(S - S[y, columns] + 1, 0)
    margins[y, columns] = 0
    active = (margins > 0).astype(W.dtype)
    active[y, columns] = -active.sum(axis=0)
    return margins.sum() / len(y) + 0.5 * reg * np.sum(W * W), active @ X.T / len(y) + reg * W


def changed(change, f=softmax):
    def wrong(W, X, y, reg):
        loss, dW = f(W, X, y, reg)
        return loss, change(dW, W, X, y, reg)

    return wrong


def one_hot(y):
    return np.eye(C)[:, y]


def set_at(index, factor):
    def change(g, *args):
        g[index] *= factor
        return g

    return change


@pytest.mark.parametrize("f", [softmax, hinge])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 1e3])
def test_right_gradients_pass(f, dtype, scale):
    W, X, y, reg = data(1, dtype)
    result = check_gradient(f, (scale * W).astype(dtype), X, y, reg)
    assert result.verdict == "pass", str(result)
    assert result.evaluations <= 150
    assert bool(result)


NAMED = {
    "scale": lambda g, W, X, y, reg: g * N,
    "sign": lambda g, W, X, y, reg: -g,
    "reg": lambda g, W, X, y, reg: g - reg * W,
    "zero": lambda g, W, X, y, reg: 0 * g,
    "nan": lambda g, W, X, y, reg: g * np.nan,
    "row": set_at(2, 1.1),
    "col": set_at((slice(None), -1), 0),
    "entry": set_at((3, 4), -1),
    "label": lambda g, W, X, y, reg: g + one_hot(y) @ X.T / N,
    "shape": lambda g, W, X, y, reg: g.ravel(),
    "transpose": lambda g, W, X, y, reg: g.T,
    "dtype": lambda g, W, X, y, reg: g.astype(np.float32),
    "precision": lambda g, W, X, y, reg: g.astype(np.float32).astype(np.float64),
    "example": lambda g, W, X, y, reg: g - (softmax(W, X[:, -1:], y[-1:], 0.0)[1]) / N,
    "other": lambda g, W, X, y, reg: g + 0.1 * np.sin(np.arange(g.size) ** 2.0).reshape(g.shape),
}


@pytest.mark.parametrize("cause", NAMED)
def test_causes_are_named(cause):
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED[cause]), W, X, y, reg)
    assert result.verdict == "fail"
    assert result.causes[0] == cause, str(result)
    assert set(result.causes) <= set(CAUSES)
    assert len(str(result).splitlines()) <= 8


def test_a_missing_mean_is_asked_about():
    W, X, y, _ = data(2)
    wrong = changed(lambda g, W, X, y, reg: g * N)
    text = str(check_gradient(wrong, W, X, y, 0.0))
    assert "11 times too large; N is 11: is the mean taken in both?" in text


def test_where_points_at_the_bias_column():
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED["col"]), W, X, y, reg)
    assert result.where["column"] == D - 1
    assert "bias" in str(result)


def test_one_wrong_entry_of_thirty_thousand_is_found():
    rng = np.random.default_rng(5)
    W, X = 0.01 * rng.standard_normal((10, 3073)), rng.standard_normal((3073, 20))
    result = check_gradient(changed(set_at((4, 2000), -1)), W, X, rng.integers(0, 10, 20), 0.1)
    assert result.verdict == "fail"
    assert result.where["index"] == (4, 2000)
    assert result.evaluations <= 3000


def test_a_millionth_over_the_whole_gradient_is_found():
    W, X, y, reg = data(3)
    wrong = changed(lambda g, *args: g * (1 + 1e-6))
    assert check_gradient(wrong, W, X, y, reg).verdict == "fail"


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_any_slope_between_both_sides_of_a_kink_is_right(slope):
    def f(x):
        return max(x[0], 0.0), np.array([slope if x[0] == 0 else float(x[0] > 0)])

    result = check_gradient(f, np.zeros(1))
    assert result.verdict == "pass", str(result)


@pytest.mark.parametrize("slope", [-1.0, 2.0])
def test_a_slope_outside_both_sides_of_a_kink_is_wrong(slope):
    def f(x):
        return max(x[0], 0.0), np.array([slope if x[0] == 0 else float(x[0] > 0)])

    result = check_gradient(f, np.zeros(1))
    assert result.verdict == "fail"
    assert "kink" in result.causes


def mutates_x(x):
    x += 1
    return np.sum(x * x), 2 * x


def mutates_args(x, a):
    a *= 2
    return np.sum(a * x), a.copy()


def test_changed_arguments_are_found_and_the_callers_stay_as_they_were():
    x, a = np.arange(3.0), np.ones(3)
    assert check_gradient(mutates_x, x).causes == ("mutates",)
    assert check_gradient(mutates_args, x, a).causes == ("mutates",)
    assert np.array_equal(x, np.arange(3.0))
    assert np.array_equal(a, np.ones(3))


def test_a_reused_buffer_is_found():
    buffer = np.zeros(3)

    def f(x):
        buffer[:] = 2 * x
        return np.sum(x * x), buffer

    assert check_gradient(f, np.arange(3.0)).causes == ("alias",)


def test_an_old_gradient_is_found():
    kept = []

    def f(x):
        kept.append(2 * x)
        return np.sum(x * x), kept[0].copy()

    assert check_gradient(f, np.arange(3.0)).causes == ("stale",)


def test_chance_is_found():
    rng = np.random.default_rng(0)

    def f(x):
        return np.sum(x * x) * (1 + 1e-3 * rng.random()), 2 * x

    assert check_gradient(f, np.arange(3.0)).causes == ("nondet",)


def test_what_only_large_scores_break_is_found():
    def unstable(W, X, y, reg):
        E = np.exp(W @ X)
        P = E / E.sum(axis=0)
        columns = np.arange(len(y))
        loss = -np.log(P[y, columns]).mean() + 0.5 * reg * np.sum(W * W)
        P[y, columns] -= 1
        return loss, P @ X.T / len(y) + reg * W

    W, X, y, reg = data(4)
    W *= 60 / np.abs(W @ X).max()
    assert check_gradient(unstable, W, X, y, reg).causes == ("offpoint",)


def test_a_loss_that_is_not_finite_is_found():
    assert check_gradient(lambda x: (np.nan, x), np.ones(2)).causes == ("loss_nan",)


def test_a_function_that_raises_is_reported_with_its_line():
    def f(x):
        raise KeyError("dW")

    result = check_gradient(f, np.ones(2))
    assert result.causes == ("other",)
    assert 'raise KeyError("dW")' in str(result)


def test_dicts_and_slices_are_checked_part_by_part():
    x = {"W": np.arange(1.0, 7).reshape(2, 3), "b": np.array([1e-4, 2e-4])}

    def f(p):
        loss = np.sum(p["W"] ** 4) + np.sum(p["b"] ** 2)
        return loss, {"W": 4 * p["W"] ** 3, "b": 3 * p["b"]}

    result = check_gradient(f, x)
    assert result.causes[0] in ("scale", "reg")
    assert result.where["part"] == "b"

    def flat(v):
        return np.sum(v[:6] ** 4) + np.sum(v[6:] ** 2), np.r_[4 * v[:6] ** 3, 3 * v[6:]]

    vector = np.concatenate([x["W"].ravel(), x["b"]])
    result = check_gradient(flat, vector, parts={"W": slice(0, 6), "b": slice(6, 8)})
    assert result.where["part"] == "b"


@pytest.mark.parametrize("x", [np.array(2.0), 2.0, np.float64(2.0), np.full((2, 3, 4), 2.0)])
def test_any_number_of_axes(x):
    assert check_gradient(lambda x: (np.sum(x * x), 2 * x), x).ok


def test_memory_layouts():
    W, X, y, reg = data(1)
    for laid_out in (np.asfortranarray(W), np.repeat(W, 2, axis=0)[::2], W[::-1]):
        laid_out.flags.writeable = False
        assert check_gradient(softmax, laid_out, X, y, reg).ok


def test_the_loss_may_be_one_number_in_an_array():
    for form in (np.float64, np.array, lambda v: np.array([v])):
        assert check_gradient(lambda x, form=form: (form(np.sum(x * x)), 2 * x), np.ones(3)).ok
    result = check_gradient(lambda x: (x * x, 2 * x), np.ones(3))
    assert result.causes == ("shape",)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="astype"):
        check_gradient(softmax, np.arange(3))


def test_same_seed_same_result():
    W, X, y, reg = data(6)
    wrong = changed(NAMED["row"])
    assert check_gradient(wrong, W, X, y, reg, seed=3) == check_gradient(
        wrong, W, X, y, reg, seed=3
    )


def test_global_randomness_is_left_alone():
    before = np.random.get_state()[1].copy()
    check_gradient(softmax, *data(6))
    assert np.array_equal(before, np.random.get_state()[1])


def test_vjp_and_jacobian():
    x, df = np.linspace(-2, 2, 6), np.arange(1.0, 7)

    def softmax_of(x):
        e = np.exp(x - x.max())
        return e / e.sum()

    def vjp(x):
        p = softmax_of(x)
        return p, p * (df - p @ df)

    def jacobian(x):
        p = softmax_of(x)
        return p, np.diag(p) - np.outer(p, p)

    assert check_vjp(vjp, x, df).ok
    assert check_vjp(lambda x: (vjp(x)[0], df * vjp(x)[0]), x, df).verdict == "fail"
    assert check_jacobian(jacobian, x).ok
    assert not check_jacobian(lambda x: (jacobian(x)[0], np.diag(jacobian(x)[0])), x).ok
    A = np.arange(1.0, 10).reshape(3, 3)
    assert check_jacobian(lambda x: (A @ x, A.T), np.ones(3)).causes[0] == "transpose"


def test_values_and_one_gradient():
    x = np.linspace(0.5, 2, 5)
    assert check_values(lambda x: np.sum(x**3), x, 3 * x**2).ok
    assert check_values(lambda x: np.sum(x**3), x, 6 * x**2).causes[0] == "scale"


def test_an_inconclusive_result_has_no_truth_value():
    result = check_gradient(lambda x: (1e8 + 1e-12 * np.sum(x), np.full(3, 1e-12)), np.ones(3))
    assert result.verdict in ("inconclusive", "pass")
    steps = check_gradient(lambda x: (np.round(x[0]), np.array([1e-20])), np.full(1, 0.1))
    if steps.verdict == "inconclusive":
        with pytest.raises(ValueError, match="inconclusive"):
            bool(steps)


def test_reports():
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED["col"]), W, X, y, reg)
    assert json.loads(json.dumps(result.to_dict()))["causes"][0] == "col"
    assert "<svg" in result._repr_html_()
    with pytest.raises(AssertionError, match="column 6"):
        assert_gradient(changed(NAMED["col"]), W, X, y, reg)
    assert_gradient(softmax, W, X, y, reg)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(-3, 3), st.integers(0, 2))
def test_smooth_functions_pass_and_one_perturbation_fails(seed, size, exponent, kind):
    rng = np.random.default_rng(seed)
    A, b, x = rng.standard_normal((4, size)), rng.standard_normal(4), rng.standard_normal(size)
    A *= 10**exponent

    def f(x):
        z = A @ x + b
        return float(np.sum(np.tanh(z) + 0.5 * z * z)), A.T @ (1 - np.tanh(z) ** 2 + z)

    right = check_gradient(f, x, seed=seed)
    assert right.ok, str(right)
    gradient = f(x)[1]
    change = np.zeros(size)
    length = 20 * max(right.resolution, 1e-9) * np.linalg.norm(gradient)
    if kind == 0:
        change[rng.integers(size)] = length
    else:
        change = rng.standard_normal(size)
        change *= length / np.linalg.norm(change)
    wrong = check_gradient(lambda x: (f(x)[0], f(x)[1] + change), x, seed=seed)
    assert wrong.verdict == "fail", (right.resolution, str(wrong))
