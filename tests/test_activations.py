"""Softmax, its Jacobian in each of its forms, and activations as layers."""

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
    SquaredError,
    Tanh,
    log_softmax,
    sigmoid,
    softmax,
    softmax_jacobian_batched,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_vjp,
)
from gradient_check import check_jacobian, check_vjp
from tests.network_samples import (
    C,
    N,
    arrays_in,
    assert_close,
    assert_keeps_the_dtype,
    assert_leaves_its_arguments_alone,
    exact,
    exact_softmax,
    over,
    over_calls,
    over_places,
    scores,
    target_of,
)


def batched_at_one_sample(p):
    (J,) = softmax_jacobian_batched(p[:, None])
    return J


def vjp_of_each_basis_vector(p):
    return np.array([softmax_vjp(p, basis) for basis in np.eye(len(p))])


def there_and_back(layer):
    return lambda z, dout: (layer.forward(z), layer.backward(dout))


JACOBIANS = [
    ("naive", softmax_jacobian_naive),
    ("vectorized", softmax_jacobian_vectorized),
    ("batched", batched_at_one_sample),
    ("vjp", vjp_of_each_basis_vector),
]
ACTIVATIONS = [("softmax", Softmax), ("sigmoid", Sigmoid), ("tanh", Tanh), ("relu", ReLU)]
LOSSES = [("squared error", SquaredError), ("cross entropy", CrossEntropy)]
Z, DP = scores(C, N), scores(C, N, seed=1)
P = softmax(Z)
CALLS = [
    ("softmax", softmax, (Z,)),
    ("log_softmax", log_softmax, (Z,)),
    ("sigmoid", sigmoid, (Z,)),
    ("naive jacobian", softmax_jacobian_naive, (P[:, 0],)),
    ("vectorized jacobian", softmax_jacobian_vectorized, (P[:, 0],)),
    ("batched jacobian", softmax_jacobian_batched, (P,)),
    ("vjp", softmax_vjp, (P, DP)),
    *((f"{name} layer", there_and_back(layer()), (Z, DP)) for name, layer in ACTIVATIONS),
]
SCALES = {"seed": st.integers(0, 2**32), "scale": st.sampled_from([2.0**-20, 1.0, 50.0])}
samples = st.builds(scores, st.integers(1, 6), **SCALES)
batches = st.builds(scores, st.integers(1, 6), st.integers(1, 7), **SCALES)


def law(**strategies):
    return lambda test: settings(max_examples=25, deadline=None)(given(**strategies)(test))


def test_the_example_1_2_has_the_known_probabilities():
    np.testing.assert_array_equal(softmax([1, 2]).round(8), [0.26894142, 0.73105858])


@over("jacobian", JACOBIANS)
def test_the_example_1_2_has_the_known_jacobian(jacobian):
    expected = [[0.19661193, -0.19661193], [-0.19661193, 0.19661193]]
    np.testing.assert_array_equal(jacobian(softmax([1, 2])).round(8), expected)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 50.0])
def test_probabilities_and_their_logarithms_are_exact(scale):
    for z in scores(N, C, scale=scale):
        p, _ = exact(exact_softmax, z)
        log_p, _ = exact(lambda z: [mpmath.log(value) for value in exact_softmax(z)], z)
        np.testing.assert_allclose(softmax(z), p, rtol=1e-12)
        np.testing.assert_allclose(log_softmax(z), log_p, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 50.0])
@over("jacobian", JACOBIANS)
def test_jacobian_is_exact(jacobian, scale):
    z = scores(C, scale=scale)
    _, slopes = exact(exact_softmax, z)
    assert_close(jacobian(softmax(z)), slopes.T)


@pytest.mark.parametrize("num_classes", [1, 2, C])
@over("jacobian", JACOBIANS)
def test_jacobian_passes_the_checker(jacobian, num_classes):
    def with_jacobian(z):
        p = softmax(z)
        return p, jacobian(p)

    result = check_jacobian(with_jacobian, scores(num_classes))
    assert result.ok, result.message


@law(z=samples)
@over("jacobian", JACOBIANS)
def test_jacobian_is_that_of_the_loops(jacobian, z):
    p = softmax(z)
    assert_close(jacobian(p), softmax_jacobian_naive(p), tolerance=1e-15)


@law(z=samples)
@over("jacobian", JACOBIANS)
def test_rows_and_columns_of_the_jacobian_sum_to_zero(jacobian, z):
    J = jacobian(softmax(z))
    ones = np.ones(len(J))
    np.testing.assert_allclose(J @ ones, 0, atol=1e-15)
    np.testing.assert_allclose(ones @ J, 0, atol=1e-15)


@law(z=samples)
@over("jacobian", JACOBIANS)
def test_jacobian_is_symmetric_and_positive_semidefinite(jacobian, z):
    J = jacobian(softmax(z))
    assert_close(J, J.T, tolerance=1e-16)
    assert np.linalg.eigvalsh(J).min() > -1e-15


@law(z=batches)
def test_batched_jacobian_is_that_of_each_sample(z):
    P = softmax(z)
    J = softmax_jacobian_batched(P)
    assert J.shape == (z.shape[1], len(z), len(z))
    for column, of_sample in zip(P.T, J, strict=True):
        assert_close(of_sample, softmax_jacobian_naive(column), tolerance=1e-15)


def test_batched_jacobian_of_no_samples_is_empty():
    assert softmax_jacobian_batched(np.empty((C, 0))).shape == (0, C, C)


@law(z=batches, seed=st.integers(0, 2**32))
def test_vjp_is_the_product_with_the_jacobian_of_each_sample(z, seed):
    P, dp = softmax(z), scores(*z.shape, seed=seed)
    expected = np.einsum("in,nij->jn", dp, softmax_jacobian_batched(P))
    assert_close(softmax_vjp(P, dp), expected, tolerance=1e-14)


@over_places
def test_vjp_is_exact_along_any_axis(shape, axis):
    z, dp = scores(*shape), scores(*shape, seed=1)
    dz = softmax_vjp(softmax(z, axis), dp, axis)
    of_samples = (np.moveaxis(array, axis, -1).reshape(-1, C) for array in (z, dp, dz))
    for z_sample, dp_sample, dz_sample in zip(*of_samples, strict=True):
        _, slopes = exact(exact_softmax, z_sample)
        assert_close(dz_sample, slopes @ dp_sample)


@over_places
def test_vjp_passes_the_checker_along_any_axis(shape, axis):
    dp = scores(*shape, seed=1)

    def with_vjp(z):
        p = softmax(z, axis)
        return p, softmax_vjp(p, dp, axis)

    result = check_vjp(with_vjp, scores(*shape), dp)
    assert result.ok, result.message


def test_vjp_keeps_a_nan_within_its_sample():
    p, dp = P.copy(), DP.copy()
    p[1, 2] = dp[3, 4] = np.nan
    dz = softmax_vjp(p, dp)
    expected = softmax_vjp(P, DP)
    expected[:, [2, 4]] = np.nan
    np.testing.assert_array_equal(dz, expected)


def elementwise_derivative(z):
    """Return the derivative that fails its check in the thread: the Jacobian's diagonal alone."""
    exps = np.exp(z)
    others = exps.sum(axis=0) - exps
    return 1 / (2 + exps / others + others / exps)


def test_the_elementwise_derivative_is_the_diagonal_of_the_jacobian():
    assert_close(elementwise_derivative(Z[:, 0]), np.diag(softmax_jacobian_naive(P[:, 0])))


@pytest.mark.parametrize("num_classes", [2, C])
def test_the_diagonal_alone_fails_the_check_of_a_jacobian(num_classes):
    def diagonal_alone(z):
        return softmax(z), np.diag(elementwise_derivative(z))

    assert check_jacobian(diagonal_alone, scores(num_classes)).verdict == "fail"


@pytest.mark.parametrize("num_classes", [2, C])
@pytest.mark.parametrize("kind", ["labels", "weights"])
@over("loss", LOSSES)
def test_the_elementwise_derivative_fails_behind_a_loss_where_the_vjp_passes(
    loss, kind, num_classes
):
    z, loss = scores(num_classes, N), loss()
    loss.forward(softmax(z), target_of(kind, z.shape, axis=0))
    dp = loss.backward()
    wrong = check_vjp(lambda z: (softmax(z), elementwise_derivative(z) * dp), z, dp)
    right = check_vjp(lambda z: (softmax(z), softmax_vjp(softmax(z), dp)), z, dp)
    assert (wrong.verdict, right.verdict) == ("fail", "pass")


@law(z=batches, shift=st.integers(-1000, 1000))
def test_probabilities_sum_to_one_and_do_not_feel_a_shift(z, shift):
    p = softmax(z)
    assert (p >= 0).all()
    assert_close(p.sum(axis=0), 1, tolerance=1e-15)
    shifted = z + shift * np.arange(z.shape[1])
    np.testing.assert_allclose(softmax(shifted), p, rtol=1e-11)


@law(z=batches)
def test_log_softmax_is_the_logarithm_of_softmax(z):
    assert_close(log_softmax(z), np.log(softmax(z)))


@over_places
@over("function", [("softmax", softmax), ("log_softmax", log_softmax)])
def test_classes_may_lie_along_any_axis(function, shape, axis):
    z = scores(*shape)
    expected = np.moveaxis(function(np.moveaxis(z, axis, 0)), 0, axis)
    assert_close(function(z, axis), expected, tolerance=1e-15)
    assert_close(Softmax(axis).forward(z), softmax(z, axis), tolerance=0)


def test_scores_far_apart_give_exactly_0_and_1():
    z = [[1e4, -1e4, 0.0], [-1e4, 1e4, -1e4], [0.0, 0.0, 1e4]]
    np.testing.assert_array_equal(softmax(z), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    expected = np.array([[0, -2e4, -1e4], [-2e4, 0, -2e4], [-1e4, -1e4, 0]])
    np.testing.assert_array_equal(log_softmax(z), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@over("function", [("softmax", softmax), ("log_softmax", log_softmax)])
def test_scores_as_far_apart_as_floats_can_be_are_no_overflow(function, dtype):
    largest = np.finfo(dtype).max
    highest = function(np.array([largest, -largest], dtype))[0]
    assert highest == (1 if function is softmax else 0)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_large_scores_close_together_keep_their_differences(shift):
    assert_close(softmax(np.array([1.0, 2.0]) + shift), softmax([1, 2]), tolerance=1e-11)


def test_a_masked_class_has_no_probability_and_the_others_share_it():
    masked = Z.copy()
    masked[2] = -np.inf
    others = np.delete(np.arange(C), 2)
    np.testing.assert_array_equal(softmax(masked)[2], 0)
    np.testing.assert_array_equal(log_softmax(masked)[2], -np.inf)
    assert_close(softmax(masked)[others], softmax(Z[others]))
    assert_close(log_softmax(masked)[others], log_softmax(Z[others]))


@pytest.mark.parametrize("shape", [(1,), (1, N)])
def test_one_class_is_certain(shape):
    np.testing.assert_array_equal(softmax(scores(*shape)), np.ones(shape))
    np.testing.assert_array_equal(log_softmax(scores(*shape)), np.zeros(shape))


@pytest.mark.parametrize("sign", [-1, 1])
def test_sigmoid_is_exact_for_any_z(sign):
    z = sign * np.array([0, 1e-9, 0.3, 2, 30, 700])
    with mpmath.workdps(60):
        expected = [float(1 / (1 + mpmath.exp(-mpmath.mpf(value)))) for value in z]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=1e-12)


def test_no_z_is_too_large_for_sigmoid():
    np.testing.assert_array_equal(sigmoid([-np.inf, -1e308, -1e4, 1e4, np.inf]), [0, 0, 0, 1, 1])


@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0])
@pytest.mark.parametrize(
    ("layer", "of_numbers"),
    [
        (Softmax, exact_softmax),
        (Sigmoid, lambda z: [1 / (1 + mpmath.exp(-value)) for value in z]),
        (Tanh, lambda z: [mpmath.tanh(value) for value in z]),
        (ReLU, lambda z: [value * (mpmath.re(value) > 0) for value in z]),
    ],
    ids=[name for name, _ in ACTIVATIONS],
)
def test_forward_and_backward_of_a_layer_are_exact(layer, of_numbers, scale):
    z, dout, layer = scale * Z, DP, layer()
    out, dz = there_and_back(layer)(z, dout)
    for n in range(N):
        expected, slopes = exact(of_numbers, z[:, n])
        assert_close(out[:, n], expected)
        assert_close(dz[:, n], slopes @ dout[:, n])


@over("layer", ACTIVATIONS)
def test_a_layer_passes_the_checker(layer):
    function = there_and_back(layer())
    result = check_vjp(lambda z: function(z, DP), Z, DP)
    assert result.ok, result.message


def test_relu_takes_0_as_its_derivative_at_0():
    layer = ReLU()
    np.testing.assert_array_equal(layer.forward([-1.0, 0.0, 2.0]), [0, 0, 2])
    np.testing.assert_array_equal(layer.backward([3.0, 4.0, 5.0]), [0, 0, 5])


@over("layer", ACTIVATIONS)
def test_backward_is_that_of_the_last_forward_and_may_be_repeated(layer):
    expected, layer = there_and_back(layer())(Z, DP)[1], layer()
    layer.forward(scores(2, 3, seed=5))
    layer.forward(Z)
    for _ in range(2):
        np.testing.assert_array_equal(layer.backward(DP), expected)


@over("layer", ACTIVATIONS)
def test_backward_is_right_although_the_input_and_what_forward_gave_were_overwritten(layer):
    expected, layer, z = there_and_back(layer())(Z, DP)[1], layer(), Z.copy()
    out = layer.forward(z)
    out[...] = z[...] = 99
    dz = layer.backward(DP)
    np.testing.assert_array_equal(dz, expected)
    dz[...] = 99
    np.testing.assert_array_equal(layer.backward(DP), expected)


@over_calls(CALLS)
def test_arguments_stay_and_results_are_new(function, arguments):
    assert_leaves_its_arguments_alone(function, arguments)


@over_calls(CALLS)
def test_float32_stays_float32(function, arguments):
    assert_keeps_the_dtype(function, arguments)


@pytest.mark.parametrize("dtype", [int, np.uint8, bool, list])
@over_calls([call for call in CALLS if "jacobian" not in call[0] and call[0] != "vjp"])
def test_integers_and_lists_become_float64(function, arguments, dtype):
    whole = [(array > 0).astype(int) for array in arguments]
    given = [array.tolist() if dtype is list else array.astype(dtype) for array in whole]
    expected = arrays_in(function(*(array.astype(float) for array in whole)))
    for result, wanted in zip(arrays_in(function(*given)), expected, strict=True):
        np.testing.assert_array_equal(result, wanted, strict=True)


@over("jacobian", JACOBIANS)
def test_certain_probabilities_may_be_integers(jacobian):
    np.testing.assert_array_equal(jacobian(np.array([0, 1, 0])), np.zeros((3, 3)), strict=True)
