"""Losses behind any activation, for targets of any kind and sum."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import (
    CrossEntropy,
    ReLU,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    smooth_labels,
    softmax,
    softmax_cross_entropy,
    softmax_loss_vectorized,
)
from gradient_check import check_gradient
from tests.loss_samples import problem
from tests.network_samples import (
    TARGETS,
    C,
    N,
    assert_close,
    assert_keeps_the_dtype,
    assert_leaves_its_arguments_alone,
    exact,
    over,
    over_calls,
    over_places,
    over_targets,
    scores,
    target_of,
    weights,
)

LOSSES = [
    ("cross entropy", CrossEntropy),
    ("squared error", SquaredError),
    ("softmax cross entropy", SoftmaxCrossEntropy),
]
ACTIVATIONS = [
    ("softmax", Softmax),
    ("sigmoid", lambda axis: Sigmoid()),
    ("tanh", lambda axis: Tanh()),
    ("relu", lambda axis: ReLU()),
]
Z = scores(C, N)
SUMS = [0, 0.3, 1, 5]


def forward_and_backward(loss):
    return lambda p, target: (loss.forward(p, target), loss.backward())


CALLS = [("function", softmax_cross_entropy, (Z, weights(*range(N))))] + [
    (f"{name}, {kind}", forward_and_backward(loss()), (softmax(Z), target_of(kind, Z.shape, 0)))
    for name, loss in LOSSES
    for kind in TARGETS
]
batches = st.builds(
    scores,
    st.integers(1, 6),
    st.integers(1, 7),
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([2.0**-20, 1.0, 50.0]),
)


def law(test):
    """Run a test on random scores, for targets of each kind."""
    return over_targets(settings(max_examples=20, deadline=None)(given(z=batches)(test)))


def assert_same(received, expected, tolerance=1e-12):
    for one, other in zip(received, expected, strict=True):
        assert_close(one, other, tolerance)


def of_one_sample(p, t):
    return -mpmath.fsum(
        weight * mpmath.log(value) for value, weight in zip(p, t, strict=True) if weight
    )


def softmax_of_one_sample(z, t):
    total = mpmath.fsum(mpmath.exp(value) for value in z)
    return of_one_sample([mpmath.exp(value) / total for value in z], t)


def squared_of_one_sample(p, t):
    return mpmath.fsum((value - weight) ** 2 for value, weight in zip(p, t, strict=True)) / 2


def exact_mean(loss_of_one_sample, out, target):
    """Return the mean loss over the columns of out (C, N), and its gradient, with 60 digits."""
    samples = [
        exact(lambda column, t=t: [loss_of_one_sample(column, t)], column)
        for column, t in zip(out.T, target.T.tolist(), strict=True)
    ]
    values, slopes = zip(*samples, strict=True)
    return np.mean(values), np.hstack(slopes) / len(out.T)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 50.0])
@pytest.mark.parametrize("kind", ["one-hot", "weights", "smoothed"])
@pytest.mark.parametrize(
    ("loss", "loss_of_one_sample", "activation"),
    [
        (CrossEntropy, of_one_sample, softmax),
        (SquaredError, squared_of_one_sample, softmax),
        (SoftmaxCrossEntropy, softmax_of_one_sample, np.copy),
    ],
    ids=[name for name, _ in LOSSES],
)
def test_value_and_gradient_are_exact(loss, loss_of_one_sample, activation, kind, scale):
    out, target = activation(scale * Z), target_of(kind, Z.shape, axis=0)
    value, gradient = forward_and_backward(loss())(out, target)
    expected_value, expected_gradient = exact_mean(loss_of_one_sample, out, target)
    assert value == pytest.approx(expected_value, rel=1e-12, abs=1e-14)
    assert_close(gradient, expected_gradient)


@pytest.mark.parametrize("sums", [[0], [0.3], [1], [5], SUMS], ids=str)
def test_softmax_cross_entropy_is_exact_for_targets_of_any_sum(sums):
    target = weights(*np.resize(sums, N))
    loss, dz = softmax_cross_entropy(Z, target)
    assert_same((loss, dz), exact_mean(softmax_of_one_sample, Z, target))
    assert_close(dz, (target.sum(axis=0) * softmax(Z) - target) / N)


def test_a_target_without_weight_costs_nothing_and_pulls_nothing():
    loss, dz = softmax_cross_entropy(Z, np.zeros(Z.shape))
    assert loss == 0
    np.testing.assert_array_equal(dz, np.zeros(Z.shape))


@pytest.mark.parametrize("kind", ["one-hot", "weights", "smoothed"])
def test_softmax_cross_entropy_is_exact_for_scores_of_any_size(kind):
    z = 1e4 * np.sign(Z) + scores(C, N, seed=3)
    target = target_of(kind, z.shape, axis=0)
    loss, dz = softmax_cross_entropy(z, target)
    assert np.isfinite(loss)
    assert_same((loss, dz), exact_mean(softmax_of_one_sample, z, target))


def test_a_label_20000_below_the_highest_score_costs_20000():
    z = [[1e4, -1e4], [-1e4, 1e4]]
    loss, dz = softmax_cross_entropy(z, [1, 1])
    assert loss == 1e4
    np.testing.assert_array_equal(dz, [[0.5, 0], [-0.5, 0]])


@over("loss", LOSSES)
@over_places
def test_labels_are_one_hot_weights_along_any_axis(loss, shape, axis):
    out, loss = np.abs(scores(*shape)), forward_and_backward(loss(axis))
    value, gradient = loss(out, target_of("labels", shape, axis))
    expected, expected_gradient = loss(out, target_of("one-hot", shape, axis))
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient)


@over("loss", LOSSES)
@over_places
@over_targets
def test_the_axis_of_the_classes_changes_nothing_but_the_layout(loss, shape, axis, kind):
    out, target = np.abs(scores(*shape)), target_of(kind, shape, axis)
    value, gradient = forward_and_backward(loss(axis))(out, target)
    moved = (np.moveaxis(out, axis, 0), target)
    if kind != "labels":
        moved = (moved[0], np.moveaxis(target, axis, 0))
    expected, expected_gradient = forward_and_backward(loss())(*moved)
    assert_same((value, np.moveaxis(gradient, axis, 0)), (expected, expected_gradient))


@over("activation", ACTIVATIONS)
@over("loss", LOSSES)
@over_targets
@over_places
def test_every_activation_passes_the_checker_before_every_loss(activation, loss, kind, shape, axis):
    activation, loss, z = activation(axis), loss(axis), scores(*shape, seed=1)
    if isinstance(loss, CrossEntropy) and isinstance(activation, (Tanh, ReLU)):
        z = np.abs(z)  # a logarithm needs p > 0

    def through_both(z, target):
        value = loss.forward(activation.forward(z), target)
        return value, activation.backward(loss.backward())

    result = check_gradient(through_both, z, target_of(kind, shape, axis, seed=1))
    assert result.ok, result.message


@over_targets
@over_places
def test_softmax_cross_entropy_passes_the_checker(kind, shape, axis):
    target = target_of(kind, shape, axis)
    result = check_gradient(softmax_cross_entropy, scores(*shape), target, axis)
    assert result.ok, result.message


@pytest.mark.parametrize(
    "gradient",
    [
        lambda p, t: t * (1 - p) / N,
        lambda p, t: -t * (1 - p) / N,
        lambda p, t: (p - t) / N,  # right where targets sum to one, and only there
    ],
    ids=["t (1 - o)", "-t (1 - o)", "o - t"],
)
def test_readings_that_forget_a_path_or_the_sum_of_the_target_fail(gradient):
    def misread(z, target):
        return softmax_cross_entropy(z, target)[0], gradient(softmax(z), target)

    assert check_gradient(misread, Z, weights(*np.resize(SUMS, N))).verdict == "fail"


def test_the_reading_of_one_path_fails_for_one_hot_targets_too():
    def misread(z, target):
        return softmax_cross_entropy(z, target)[0], -target * (1 - softmax(z)) / N

    assert check_gradient(misread, Z, target_of("one-hot", Z.shape, axis=0)).verdict == "fail"


def one_target(z, kind):
    return target_of(kind, z.shape, axis=0)


@law
def test_softmax_and_cross_entropy_apart_are_the_two_in_one(z, kind):
    activation, loss, target = Softmax(), CrossEntropy(), one_target(z, kind)
    value = loss.forward(activation.forward(z), target)
    dz = activation.backward(loss.backward())
    assert_same((value, dz), softmax_cross_entropy(z, target))


@law
def test_gradient_sums_to_zero_over_the_classes(z, kind):
    _, dz = softmax_cross_entropy(z, one_target(z, kind))
    np.testing.assert_allclose(dz.sum(axis=0), 0, atol=1e-14)


@law
def test_loss_and_gradient_are_the_means_of_single_samples(z, kind):
    target = one_target(z, kind)
    columns = range(z.shape[1])
    singles = [softmax_cross_entropy(z[:, [n]], target[..., [n]]) for n in columns]
    values, gradients = zip(*singles, strict=True)
    expected = np.mean(values), np.hstack(gradients) / len(columns)
    assert_same(softmax_cross_entropy(z, target), expected)


@settings(max_examples=25, deadline=None)
@given(z=batches)
def test_loss_and_gradient_are_linear_in_the_target(z):
    one, other = one_target(z, "smoothed"), one_target(z, "weights")
    of_sum = softmax_cross_entropy(z, 3 * one + 0.25 * other)
    parts = zip(softmax_cross_entropy(z, one), softmax_cross_entropy(z, other), strict=True)
    assert_same(of_sum, [3 * first + 0.25 * second for first, second in parts])


@law
def test_a_shift_of_all_scores_of_a_sample_changes_nothing(z, kind):
    target = one_target(z, kind)
    shifted = z + 100 * np.arange(z.shape[1])
    received, expected = softmax_cross_entropy(shifted, target), softmax_cross_entropy(z, target)
    assert_same(received, expected, tolerance=1e-10)


def test_scores_of_a_linear_classifier_have_the_softmax_loss():
    W, X, y = problem()
    loss, dz = softmax_cross_entropy(W @ X, y)
    assert_same((loss, dz @ X.T), softmax_loss_vectorized(W, X, y, 0))


def test_a_masked_class_without_weight_costs_nothing():
    masked, target = Z.copy(), weights(*range(N))
    masked[2], target[2] = -np.inf, 0
    others = np.delete(np.arange(C), 2)
    loss, dz = softmax_cross_entropy(masked, target)
    expected, expected_dz = softmax_cross_entropy(Z[others], target[others])
    assert_same((loss, dz[others]), (expected, expected_dz))
    np.testing.assert_array_equal(dz[2], 0)


def test_a_masked_class_with_weight_costs_infinitely_much_and_its_gradient_is_finite():
    masked, target = Z.copy(), weights(*range(1, N + 1))
    masked[0] = -np.inf
    loss, dz = softmax_cross_entropy(masked, target)
    assert loss == np.inf
    assert_close(dz, (target.sum(axis=0) * softmax(masked) - target) / N)


def test_cross_entropy_is_infinite_where_a_class_with_weight_has_no_probability():
    loss, p = CrossEntropy(), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert loss.forward(p, [1, 1]) == 0
    assert loss.forward(p, [1, 0]) == np.inf
    np.testing.assert_array_equal(loss.backward(), [[0, -np.inf], [-0.5, 0]])


def test_cross_entropy_of_the_smallest_probability_is_finite():
    loss = CrossEntropy()
    value = loss.forward(np.array([[1.0], [5e-324]]), [1])
    assert value == pytest.approx(744.44, abs=0.01)
    assert loss.backward()[1, 0] < -1e308


@over("loss", LOSSES)
@pytest.mark.parametrize(("num_classes", "num_samples"), [(1, 1), (1, N), (C, 1)])
def test_one_class_or_one_sample_will_do(loss, num_classes, num_samples):
    p = softmax(scores(num_classes, num_samples))
    y = np.full(num_samples, num_classes - 1)
    value, gradient = forward_and_backward(loss())(p, y)
    assert gradient.shape == p.shape
    expected = forward_and_backward(loss())(p[:, 0], y[0])
    assert value >= 0
    assert_same((value, gradient[:, 0] * num_samples), expected)


@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
def test_smoothed_labels_share_one_between_the_label_and_all_classes(smoothing):
    y = np.array([2, 0, 4])
    target = smooth_labels(y, C, smoothing)
    assert target.shape == (C, 3)
    assert target.dtype == np.float64
    expected = np.full((C, 3), smoothing / C)
    expected[y, [0, 1, 2]] += 1 - smoothing
    assert_close(target, expected, tolerance=1e-15)
    assert_close(target.sum(axis=0), 1, tolerance=1e-15)


def test_smoothed_labels_of_no_samples_are_empty():
    assert smooth_labels(np.array([], dtype=int), C, 0.1).shape == (C, 0)


def test_labels_stay_as_they_are_and_smoothed_ones_are_new():
    assert_leaves_its_arguments_alone(lambda y: smooth_labels(y, C, 0.1), (np.arange(C),))


@over_calls(CALLS)
def test_arguments_stay_and_results_are_new(function, arguments):
    assert_leaves_its_arguments_alone(function, arguments)


@over_calls(CALLS)
def test_float32_stays_float32_and_the_loss_is_a_float(function, arguments):
    assert_keeps_the_dtype(function, arguments)
    assert type(function(*arguments)[0]) is float


@over_calls([call for call in CALLS if "labels" not in call[0]])
def test_the_gradient_has_the_dtype_of_the_output_whatever_that_of_the_target(function, arguments):
    out, target = arguments
    for dtype in (np.float32, np.float64):
        for weights_dtype in (np.float32, np.float64):
            _, gradient = function(out.astype(dtype), target.astype(weights_dtype))
            assert gradient.dtype == dtype


@over("loss", LOSSES)
@pytest.mark.parametrize("dtype", [int, np.uint8, bool, list])
def test_integers_and_lists_become_float64(loss, dtype):
    loss, whole = forward_and_backward(loss()), (Z > 0).astype(int)
    p, target = [a.tolist() if dtype is list else a.astype(dtype) for a in (whole | 1, whole)]
    value, gradient = loss(p, target)
    expected, expected_gradient = loss((whole | 1).astype(float), whole.astype(float))
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient, strict=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64, list])
@over("loss", LOSSES)
def test_labels_may_be_integers_of_any_kind(loss, dtype):
    y = target_of("labels", Z.shape, axis=0)
    given_y = y.tolist() if dtype is list else y.astype(dtype)
    loss = forward_and_backward(loss())
    assert_same(loss(softmax(Z), given_y), loss(softmax(Z), y), tolerance=0)


@over("loss", LOSSES)
def test_backward_is_right_although_the_inputs_and_an_earlier_result_were_overwritten(loss):
    p, target, loss = softmax(Z), weights(*range(N)), loss()
    _, expected = forward_and_backward(loss)(p, target)
    p, target, expected = p.copy(), target.copy(), expected.copy()
    loss.forward(p, target)
    p[...] = target[...] = 99
    for _ in range(2):
        dp = loss.backward()
        np.testing.assert_array_equal(dp, expected)
        dp[...] = 99


@over("loss", LOSSES)
def test_backward_is_that_of_the_last_forward(loss):
    loss, p = loss(), softmax(Z)
    y = target_of("labels", Z.shape, axis=0)
    loss.forward(np.ones((2, 3)), [0, 1, 1])
    loss.forward(p, y)
    np.testing.assert_array_equal(loss.backward(), forward_and_backward(type(loss)())(p, y)[1])
