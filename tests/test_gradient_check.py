"""What the gradient checker sees, and what it does not mistake for an error."""

import json
import math
import xml.dom.minidom

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
    plot_gradient_check,
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


def test_a_loop_that_leaves_the_last_sample_out_is_named():
    def short(W, X, y, reg):
        N = X.shape[1]
        loss, _ = softmax(W, X, y, reg)
        dW = reg * W
        for i in range(N - 1):
            dW = dW + softmax(W, X[:, i : i + 1], y[i : i + 1], 0.0)[1] / N
        return loss, dW

    W, X, y, reg = data(2)
    result = check_gradient(short, W, X, y, reg)
    assert result.causes[0] == "example", str(result)
    assert result.where["sample"] == N - 1
    assert f"Sample {N - 1} is missing" in str(result)


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


def lost_in_rounding(x):
    return 1e8 + 1e-12 * np.sum(np.sin(x)), 1e-12 * np.cos(x)


def test_an_inconclusive_result_has_no_truth_value():
    result = check_gradient(lost_in_rounding, np.ones(3))
    assert result.verdict == "inconclusive"
    assert "Nothing can be known here" in str(result)
    assert not result.ok
    assert result.causes == ()
    with pytest.raises(ValueError, match="inconclusive"):
        bool(result)
    with pytest.raises(AssertionError, match="Nothing can be known"):
        assert_gradient(lost_in_rounding, np.ones(3))


def trained(gap):
    """Weights so good that the gradient is about exp(-gap)."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, C, N)
    X = np.eye(C)[:, y] + 0.05 * rng.standard_normal((C, N))
    return gap * np.eye(C), X, y, 0.0


@pytest.mark.parametrize("gap", [10, 20, 30])
def test_a_tiny_gradient_in_a_flat_place_is_judged(gap):
    assert check_gradient(softmax, *trained(gap)).ok
    for factor in (-1, 0, 10):
        wrong = changed(lambda g, *args, factor=factor: factor * g)
        assert check_gradient(wrong, *trained(gap)).verdict == "fail"


def test_a_gradient_of_zero_is_right_where_the_loss_turns():
    x = np.zeros(4)
    assert check_gradient(lambda x: (np.sum(x**3), 3 * x**2), x).ok
    assert check_gradient(lambda x: (np.sum(x**3), 3 * x**2 + 1e-30), x).ok is False


WEIGHTS = np.array([1.0, -2.0, 3.0, -0.5])


@pytest.mark.parametrize("seed", range(5))
def test_the_claim_may_mix_the_sides_of_several_kinks(seed):
    """Along a direction both one-sided slopes may then lie on the same side of the claim."""

    def f(x, convention=0.0):
        slope = np.where(x == 0, convention, x > 0)
        return WEIGHTS @ np.maximum(x, 0), WEIGHTS * slope

    assert check_gradient(f, np.zeros(4), seed=seed).ok
    result = check_gradient(f, np.zeros(4), 3.0, seed=seed)
    assert result.verdict == "fail"
    assert "kink" in result.causes


@pytest.mark.parametrize(
    ("slope", "verdict"), [(0, "pass"), (0.3, "pass"), (1, "pass"), (2, "fail")]
)
def test_one_gradient_at_a_kink_is_held_against_both_sides(slope, verdict):
    result = check_values(lambda x: max(x[0], 0.0) + x[1], np.zeros(2), np.array([slope, 1.0]))
    assert result.verdict == verdict


def test_float32_is_held_against_float64():
    def f(W, X, y, reg):
        loss, dW = softmax(W, X, y, reg)
        return loss, dW.round(1) if W.dtype == np.float32 else dW

    assert check_gradient(f, *data(1, np.float32)).causes == ("precision",)


def test_a_minibatch_is_found_also_in_float32():
    W, X, y, _ = data(3, np.float32)
    rng = np.random.default_rng(0)

    def minibatch(W, X, y, reg):
        batch = rng.choice(N, 3)
        return softmax(W, X, y, reg)[0], softmax(W, X[:, batch], y[batch], reg)[1]

    assert check_gradient(minibatch, W, (1e-7 * X).astype(np.float32), y, 1e3).causes == ("nondet",)


@pytest.mark.parametrize("entry", [(0, 0), (3, 4), (4, 6)])
def test_an_entry_as_large_as_all_others_is_not_taken_for_a_factor(entry):
    W, X, y, reg = data(2)
    result = check_gradient(changed(set_at(entry, 1e6)), W, X, y, reg)
    assert result.where["index"] == entry


def test_a_function_that_reads_its_own_copy_of_x_is_stale():
    W, X, y, reg = data(2)
    result = check_gradient(lambda w, *args: softmax(W, *args), W, X, y, reg)
    assert result.causes == ("stale",)


def test_small_entries_beside_large_ones_are_checked():
    scales = 10.0 ** np.arange(-6, 7, 2)

    def f(x, factor=1.0):
        g = 2 * scales * x
        g[0] *= factor
        return scales @ (x * x), g

    x = np.linspace(1, 2, 7)
    assert check_gradient(f, x).ok
    result = check_gradient(f, x, 1.01)
    assert result.where["index"] == (0,)


def test_entries_said_to_be_zero_are_checked():
    def f(x, missing=0):
        g = np.zeros_like(x)
        g[0] = 2e6 * x[0]
        g[5] = 1e-7 * (1 - missing)
        return 1e6 * x[0] ** 2 + 1e-7 * x[5], g

    assert check_gradient(f, np.ones(9)).ok
    result = check_gradient(f, np.ones(9), 1)
    assert result.where["index"] == (5,)
    assert "zero" in result.causes


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6, 1e12])
def test_units_do_not_matter(size):
    W, X, y, _ = data(1)

    def f(W, X, y, reg):
        loss, dW = softmax(W / size, X, y, reg)
        return loss * 1e3, dW * 1e3 / size

    assert check_gradient(f, size * W, X, y, 0.1).ok
    assert check_gradient(changed(NAMED["entry"], f), size * W, X, y, 0.1).causes[0] == "entry"


def test_a_rough_loss_is_judged_by_its_own_noise():
    """Digits beyond the ninth are noise that the function itself makes."""

    def f(x, factor=1.0):
        loss = float(np.sum(np.cos(x)))
        return loss + 1e-9 * math.sin(1e12 * loss), -np.sin(x) * factor

    x = np.linspace(0.5, 2, 5)
    result = check_gradient(f, x)
    assert result.verdict == "pass", str(result)
    assert 1e-10 < result.resolution < 1e-2
    assert check_gradient(f, x, 1.1).verdict == "fail"


def test_reports():
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED["col"]), W, X, y, reg)
    assert json.loads(json.dumps(result.to_dict()))["causes"][0] == "col"
    assert len(str(result).splitlines()) <= 8
    with pytest.raises(AssertionError, match="column 6"):
        assert_gradient(changed(NAMED["col"]), W, X, y, reg)
    assert_gradient(softmax, W, X, y, reg)


def test_the_picture_shows_the_wrong_column_and_nothing_else():
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED["col"]), W, X, y, reg)
    shown = np.zeros((C, D))
    shown[:, -1] = 1
    np.testing.assert_array_equal(result.picture > 0, shown)
    page = xml.dom.minidom.parseString(result._repr_html_())
    assert len(page.getElementsByTagName("title")) == C
    assert "column 6" in page.getElementsByTagName("pre")[0].firstChild.data


def test_a_message_is_escaped_in_a_notebook():
    def f(x):
        raise ValueError("<b> & co")

    assert "&lt;b&gt; &amp; co" in check_gradient(f, np.ones(2))._repr_html_()
    assert "<svg" not in check_gradient(f, np.ones(2))._repr_html_()


def test_a_large_picture_is_made_small_and_keeps_the_worst():
    rng = np.random.default_rng(5)
    W, X = 0.01 * rng.standard_normal((30, 400)), rng.standard_normal((400, 9))
    wrong = changed(set_at((17, 333), -1))
    picture = check_gradient(wrong, W, X, rng.integers(0, 30, 9), 0.1).picture
    assert picture.shape == (24, 64)
    assert np.count_nonzero(picture) == 1


def test_the_plot_shows_the_picture():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    W, X, y, reg = data(2)
    result = check_gradient(changed(NAMED["col"]), W, X, y, reg)
    figure = plot_gradient_check(result)
    axes = figure.axes[0]
    image = axes.images[0].get_array()
    assert image.shape == (C, D)
    assert np.all(image[:, -1] == 0)
    assert "column 6" in axes.get_title()
    pyplot.close(figure)
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_gradient_check(check_gradient(softmax, W, X, y, reg))


@settings(max_examples=25, deadline=None, derandomize=True)
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


def test_an_answer_that_is_not_written_yet_is_not_called_wrong():
    def stub(W, X, y, reg):
        raise NotImplementedError("stub is not written yet")

    with pytest.raises(NotImplementedError, match="stub is not written yet"):
        check_gradient(stub, *data())
