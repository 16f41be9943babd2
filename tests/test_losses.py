import tracemalloc

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import softmax_loss_vectorized, svm_loss_vectorized
from gradient_check import eval_numerical_gradient
from tests.loss_samples import SOFTMAX, SVM, over, problem

LOSSES = [*SOFTMAX, *SVM]
REG = 0.375
problems = st.builds(
    problem,
    C=st.integers(1, 6),
    D=st.integers(1, 5),
    N=st.integers(1, 7),
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([2.0**-20, 1.0, 8.0]),
)


def law(test):
    """Run a test on random problems, for each loss."""
    test = settings(max_examples=25, deadline=None)(given(given_problem=problems)(test))
    return over(LOSSES)(test)


def assert_same(received, expected, rtol=1e-10, atol=1e-12):
    np.testing.assert_allclose(received[0], expected[0], rtol, atol, err_msg="loss")
    np.testing.assert_allclose(received[1], expected[1], rtol, atol, err_msg="dW")


def softmax_pulls(scores, true_class):
    """Return one sample's loss and its gradient on the scores."""
    total = mpmath.fsum(mpmath.exp(s) for s in scores)
    pulls = [mpmath.exp(s) / total - (c == true_class) for c, s in enumerate(scores)]
    return mpmath.log(total) - scores[true_class], pulls


def svm_pulls(scores, true_class):
    margins = [s - scores[true_class] + 1 for s in scores]
    pulls = [int(c != true_class and m > 0) for c, m in enumerate(margins)]
    loss = mpmath.fsum(m for m, p in zip(margins, pulls, strict=True) if p)
    pulls[true_class] = -sum(pulls)
    return loss, pulls


def exact(pulls_of, W, X, y, reg):
    """Return (loss, dW) by the definitions, computed with 60 digits."""
    N = len(y)
    with mpmath.workdps(60):
        W, X, reg = mpmath.matrix(W.tolist()), mpmath.matrix(X.tolist()), mpmath.mpf(reg)
        scores = W * X
        samples = [pulls_of(list(scores[:, i]), int(y[i])) for i in range(N)]
        data_loss = mpmath.fsum(loss for loss, _ in samples) / N
        dW = mpmath.matrix([pulls for _, pulls in samples]).T * X.T / N + reg * W
        loss = data_loss + reg / 2 * mpmath.fsum(w * w for w in W)
        return float(loss), np.array(dW.tolist(), dtype=float)


@pytest.mark.parametrize("scale", [2.0**-40, 1.0, 2.0**20])
@pytest.mark.parametrize("reg", [0, REG])
@pytest.mark.parametrize("missing", [None, 0, 4], ids=lambda c: f"without class {c}")
@pytest.mark.parametrize(
    ("loss", "pulls_of"),
    [(f, softmax_pulls) for _, f in SOFTMAX] + [(f, svm_pulls) for _, f in SVM],
    ids=[name for name, _ in LOSSES],
)
def test_value_and_gradient_are_those_of_a_computation_with_60_digits(
    loss, pulls_of, missing, reg, scale
):
    W, X, y = problem(scale=scale)
    y = np.where(y == missing, 2, y)
    assert_same(loss(W, X, y, reg), exact(pulls_of, W, X, y, reg))


@over(SOFTMAX)
def test_a_true_class_1000_below_the_largest_score_costs_1000(loss):
    value, dW = loss(np.array([[0.0], [1000.0]]), np.ones((1, 1)), np.array([0]), 0)
    assert value == 1000
    np.testing.assert_array_equal(dW, [[-1.0], [1.0]])


@over(SOFTMAX)
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 2.0**70), (np.float64, 2.0**600)])
def test_weights_whose_squares_overflow_have_a_loss_where_reg_is_0(loss, dtype, size):
    value, _ = loss(np.array([[0], [size]], dtype), np.ones((1, 1), dtype), np.array([0]), 0)
    assert value == size


@over(SOFTMAX)
def test_each_sample_has_its_own_largest_score(loss):
    value, _ = loss(np.array([[1.0], [2.0]]), np.array([[3000.0, -3000.0]]), np.array([0, 1]), 0)
    assert value == 3000


@over(SVM)
def test_a_margin_of_exactly_zero_counts_as_satisfied(loss):
    value, dW = loss(np.array([[2.0], [1.0], [1.5]]), np.ones((1, 1)), np.array([0]), 0)
    assert value == 0.5
    np.testing.assert_array_equal(dW, [[-1.0], [0.0], [1.0]])


@pytest.mark.parametrize("reg", [0, REG])
@over(LOSSES)
def test_gradient_is_the_numeric_one(loss, reg):
    W, X, y = problem()
    W += 0.01 * np.random.default_rng(1).standard_normal(W.shape)  # away from the hinge's kinks
    numeric = eval_numerical_gradient(lambda W: loss(W, X, y, reg)[0], W)
    np.testing.assert_allclose(loss(W, X, y, reg)[1], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("pair", [SOFTMAX, SVM], ids=["softmax", "svm"])
@given(given_problem=problems, reg=st.sampled_from([0, REG, 100]))
@settings(max_examples=60, deadline=None)
def test_naive_and_vectorized_agree(pair, given_problem, reg):
    (_, naive), (_, vectorized) = pair
    assert_same(vectorized(*given_problem, reg), naive(*given_problem, reg))


@law
def test_regularization_adds_half_reg_times_the_squares(loss, given_problem):
    W = given_problem[0]
    (value, dW), (data_value, data_dW) = loss(*given_problem, REG), loss(*given_problem, 0)
    assert_same((value, dW), (data_value + 0.5 * REG * np.sum(W * W), data_dW + REG * W))


@law
def test_doubling_every_sample_changes_nothing(loss, given_problem):
    W, X, y = given_problem
    assert_same(loss(W, np.hstack([X, X]), np.tile(y, 2), REG), loss(W, X, y, REG))


@law
def test_the_order_of_samples_does_not_matter(loss, given_problem):
    W, X, y = given_problem
    order = np.random.default_rng(1).permutation(len(y))
    assert_same(loss(W, X[:, order], y[order], REG), loss(W, X, y, REG))


@law
def test_classes_in_another_order_give_the_gradient_in_that_order(loss, given_problem):
    W, X, y = given_problem
    order = np.random.default_rng(1).permutation(len(W))
    value, dW = loss(W, X, y, REG)
    assert_same(loss(W[order], X, np.argsort(order)[y], REG), (value, dW[order]))


@law
def test_one_vector_added_to_every_row_changes_nothing(loss, given_problem):
    W, X, y = given_problem
    row = np.random.default_rng(1).integers(-8, 9, W.shape[1]) / 4
    assert_same(loss(W + row, X, y, 0), loss(W, X, y, 0))


@law
def test_data_gradient_sums_to_zero_over_classes(loss, given_problem):
    _, dW = loss(*given_problem, 0)
    np.testing.assert_allclose(dW.sum(axis=0), 0, atol=1e-13)


@law
def test_loss_and_gradient_are_the_means_of_single_samples(loss, given_problem):
    W, X, y = given_problem
    values, gradients = zip(*(loss(W, X[:, [i]], y[[i]], REG) for i in range(len(y))), strict=True)
    assert_same(loss(W, X, y, REG), (np.mean(values), np.mean(gradients, axis=0)))


@pytest.mark.parametrize(
    ("loss", "of_classes"),
    [(f, np.log) for _, f in SOFTMAX] + [(f, lambda C: C - 1) for _, f in SVM],
    ids=[name for name, _ in LOSSES],
)
@pytest.mark.parametrize("C", [1, 2, 5, 10])
def test_without_weights_the_loss_depends_on_the_number_of_classes_alone(loss, of_classes, C):
    W, X, y = problem(C)
    assert loss(np.zeros_like(W), X, y, REG)[0] == pytest.approx(of_classes(C), abs=1e-14)


@over(LOSSES)
def test_inputs_stay_and_each_gradient_is_a_new_array(loss):
    arguments = problem()
    kept = [a.copy() for a in arguments]
    _, first = loss(*arguments, REG)
    kept_first = first.copy()
    _, second = loss(-arguments[0], *arguments[1:], REG)
    for now, before in zip([*arguments, first], [*kept, kept_first], strict=True):
        np.testing.assert_array_equal(now, before, strict=True)
    assert not any(np.shares_memory(first, other) for other in [second, *arguments])


@over(LOSSES)
def test_the_same_call_gives_the_same_bits(loss):
    (value, dW), (again, dW_again) = loss(*problem(), REG), loss(*problem(), REG)
    assert value == again
    assert dW.tobytes() == dW_again.tobytes()


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    wide = np.full([3 * n for n in array.shape], 99, dtype=array.dtype)
    view = wide[tuple(slice(None, None, -3) for _ in array.shape)]
    view[...] = array
    return view


@pytest.mark.parametrize("layout", [read_only, np.asfortranarray, strided, np.ndarray.tolist])
@over(LOSSES)
def test_any_memory_layout_will_do(loss, layout):
    arguments = problem()
    assert_same(loss(*map(layout, arguments), REG), loss(*arguments, REG))


@pytest.mark.parametrize("reg", [0, 0.5, np.float64(0.5), np.array(0.5)], ids=repr)
@pytest.mark.parametrize("data", [np.float32, np.float64, np.uint8, bool])
@pytest.mark.parametrize("weights", [np.float32, np.float64])
@over(LOSSES)
def test_gradient_has_the_dtype_of_the_weights_and_loss_is_a_float(loss, weights, data, reg):
    W, X, y = problem()
    W, X = W.astype(weights), np.abs(X).astype(data)
    value, dW = loss(W, X, y.astype(np.uint8), reg)
    assert type(value) is float
    assert dW.dtype == weights
    expected = loss(W.astype(float), X.astype(float), y, float(reg))
    assert_same((value, dW), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", [softmax_loss_vectorized, svm_loss_vectorized])
def test_float32_is_kept_on_the_way(loss):
    def peak(dtype):
        W, X, y = problem(C=50, D=3, N=4000)
        W, X = W.astype(dtype), X.astype(dtype)
        tracemalloc.start()
        loss(W, X, y, np.float64(REG))
        _, bytes_at_peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return bytes_at_peak

    assert peak(np.float32) < 0.7 * peak(np.float64)
