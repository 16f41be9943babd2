"""Bad input to activations, losses and layers is refused with a sentence that helps."""

import re

import numpy as np
import pytest

from classifiers import (
    CrossEntropy,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    log_softmax,
    network_loss,
    sigmoid,
    smooth_labels,
    softmax,
    softmax_cross_entropy,
    softmax_jacobian_batched,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_vjp,
)
from tests.network_samples import C, D, N, over, scores, target_of, weights

H = 3
Z, X, W, B = scores(C, N), scores(D, N), scores(C, D), scores(C)
P, Y, T = softmax(Z), target_of("labels", (C, N), 0), weights(*range(N))
PARAMS = {"W1": W[:H], "b1": B[:H], "W2": W[:, :H], "b2": B}


def changed(array, value):
    array = array.copy()
    array.flat[min(3, array.size - 1)] = value
    return array


def refused(functions, cases):
    """Run a test for each function and (arguments, error, what was given, what was expected)."""
    cases = [
        pytest.param(function, *case, id=f"{name}: {case[2]}")
        for name, function in functions
        for case in cases
    ]
    return pytest.mark.parametrize(("function", "arguments", "error", "given", "expected"), cases)


def assert_refused(function, arguments, error, given, expected):
    with pytest.raises(error, match=re.escape(given)) as refusal:
        function(*arguments)
    assert expected in str(refusal.value)


NOT_NUMBERS = [
    ((Z.astype(complex),), TypeError, "z has dtype complex128", "expected real numbers"),
    ((Z.astype(str),), TypeError, "z has dtype <U32", "expected real numbers"),
    ((Z.astype(object),), TypeError, "z has dtype object", "expected real numbers"),
    ((None,), TypeError, "z has dtype object", "expected real numbers"),
]


@refused(
    [("softmax", softmax), ("log_softmax", log_softmax), ("layer", Softmax().forward)],
    [
        *NOT_NUMBERS,
        ((changed(Z, np.nan),), ValueError, "score of a sample is nan", "expected a finite one"),
        ((changed(Z, np.inf),), ValueError, "score of a sample is inf", "expected a finite one"),
        (
            (np.where(np.arange(N) == 3, -np.inf, Z),),
            ValueError,
            "score of a sample is -inf",
            "not all classes can be masked",
        ),
        ((Z[:0],), ValueError, "z has shape (0, 11)", "expected one class or more"),
        ((1.0,), ValueError, "z has shape () ", "expected an axis that is there"),
    ],
)
def test_bad_scores_are_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


@refused(
    [("sigmoid", sigmoid), *((layer.__name__, layer().forward) for layer in (Sigmoid, Tanh, ReLU))],
    [
        *NOT_NUMBERS,
        ((changed(Z, np.nan),), ValueError, "z has 1 entries that are nan", "expected numbers"),
    ],
)
def test_bad_input_of_an_elementwise_activation_is_refused(
    function, arguments, error, given, expected
):
    assert_refused(function, arguments, error, given, expected)


@pytest.mark.parametrize("axis", [-3, 2, 7])
@over(
    "function",
    [
        ("softmax", lambda axis: softmax(Z, axis)),
        ("log_softmax", lambda axis: log_softmax(Z, axis)),
        ("layer", lambda axis: Softmax(axis).forward(Z)),
        ("vjp", lambda axis: softmax_vjp(P, Z, axis)),
        ("softmax_cross_entropy", lambda axis: softmax_cross_entropy(Z, T, axis)),
        ("CrossEntropy", lambda axis: CrossEntropy(axis).forward(P, T)),
        ("SquaredError", lambda axis: SquaredError(axis).forward(P, T)),
        ("SoftmaxCrossEntropy", lambda axis: SoftmaxCrossEntropy(axis).forward(Z, T)),
    ],
)
def test_an_axis_that_is_not_there_is_refused(function, axis):
    assert_refused(
        function, [axis], ValueError, f"(5, 11) and the classes are said to lie along axis {axis}",
        "expected an axis that is there",
    )  # fmt: skip


@over("function", [("softmax", softmax), ("log_softmax", log_softmax)])
def test_no_classes_along_another_axis_are_refused(function):
    given, expected = "z has shape (11, 0)", "expected one class or more"
    assert_refused(function, [Z.T[:, :0], 1], ValueError, given, expected)


@refused(
    [("naive", softmax_jacobian_naive), ("vectorized", softmax_jacobian_vectorized)],
    [
        ((P,), ValueError, "p has shape (5, 11)", "expected (C,), the probabilities of one sample"),
        ((P[:0, 0],), ValueError, "p has shape (0,)", "expected (C,)"),
        ((Z[:, 0],), ValueError, "p has entries from", "expected probabilities, which sum to 1"),
        ((2 * P[:, 0],), ValueError, "sums from 2 to 2", "pass softmax(z)"),
        (([1.5, -0.5],), ValueError, "p has entries from -0.5 to 1.5", "expected probabilities"),
        ((changed(P[:, 0], np.nan),), ValueError, "p has 1 entries that are nan", "numbers"),
        ((P[:, 0].astype(complex),), TypeError, "p has dtype complex128", "expected real numbers"),
        ((P[:, 0].astype(str),), TypeError, "p has dtype <U32", "expected real numbers"),
    ],
)
def test_a_jacobian_of_what_is_not_one_sample_of_probabilities_is_refused(
    function, arguments, error, given, expected
):
    assert_refused(function, arguments, error, given, expected)


@refused(
    [("batched", softmax_jacobian_batched)],
    [
        ((P[:, 0],), ValueError, "p has shape (5,)", "expected (C, N)"),
        ((P[None],), ValueError, "p has shape (1, 5, 11)", "expected (C, N)"),
        ((P[:0],), ValueError, "p has shape (0, 11)", "expected (C, N)"),
        ((P.T,), ValueError, "sums from", "expected probabilities, which sum to 1"),
        ((changed(P, -1),), ValueError, "p has entries from -1", "expected probabilities"),
        ((changed(P, np.nan),), ValueError, "p has 1 entries that are nan", "expected numbers"),
        ((P.astype(complex),), TypeError, "p has dtype complex128", "expected real numbers"),
    ],
)
def test_jacobians_of_what_are_not_probabilities_are_refused(
    function, arguments, error, given, expected
):
    assert_refused(function, arguments, error, given, expected)


@refused(
    [("vjp", softmax_vjp)],
    [
        ((P, Z.T), ValueError, "p has shape (5, 11) and dp has shape (11, 5)", "expected the same"),
        ((P, Z[:, :1]), ValueError, "dp has shape (5, 1)", "expected the same"),
        ((P.astype(complex), Z), TypeError, "p has dtype complex128", "expected real numbers"),
        ((P, Z.astype(str)), TypeError, "dp has dtype <U32", "expected real numbers"),
    ],
)
def test_bad_arguments_of_the_vjp_are_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


ACTIVATIONS = [(layer.__name__, layer) for layer in (Softmax, Sigmoid, Tanh, ReLU)]
LOSSES = [(loss.__name__, loss) for loss in (CrossEntropy, SquaredError, SoftmaxCrossEntropy)]


@over("layer", [*ACTIVATIONS, ("Linear", lambda: Linear(W, B))])
def test_backward_of_a_layer_before_forward_is_refused(layer):
    layer = layer()
    name = type(layer).__name__
    with pytest.raises(RuntimeError, match=rf"{name}.backward .* before {name}.forward; call that"):
        layer.backward(Z)


@over("loss", LOSSES)
def test_backward_of_a_loss_before_forward_is_refused(loss):
    with pytest.raises(RuntimeError, match=rf"{loss.__name__}.backward .* before .*forward; call"):
        loss().backward()


def test_backward_of_a_network_before_forward_is_refused():
    with pytest.raises(RuntimeError, match=r"ReLU.backward was called before ReLU.forward"):
        Sequential(Linear(W, B), ReLU()).backward(Z)


@pytest.mark.parametrize("dout", [Z.T, Z[:, :1], Z[0], 1.0], ids=np.shape)
@over("layer", [*ACTIVATIONS, ("Linear", lambda: Linear(np.eye(C), B))])
def test_a_gradient_of_another_shape_is_refused(layer, dout):
    layer = layer()
    layer.forward(Z)
    given = f"out has shape (5, 11) and dout has shape {np.shape(dout)}"
    assert_refused(layer.backward, [dout], ValueError, given, "expected the same")


@over("layer", [*ACTIVATIONS, ("Linear", lambda: Linear(np.eye(C), B))])
def test_a_gradient_of_no_real_numbers_is_refused(layer):
    layer = layer()
    layer.forward(Z)
    given = "dout has dtype complex128"
    assert_refused(layer.backward, [Z.astype(complex)], TypeError, given, "expected real numbers")


@refused(
    [
        ("softmax_cross_entropy", softmax_cross_entropy),
        *((loss.__name__, loss().forward) for _, loss in LOSSES),
    ],
    [
        ((P, Y[:-1]), ValueError, "target has shape (10,) and the output (5, 11)", "shape (11,)"),
        ((P, Y[:C]), ValueError, "The target has shape (5,)", "labels of shape (11,)"),
        ((P, T.T), ValueError, "target has shape (11, 5) and the output (5, 11)", "same shape for"),
        ((P, T[:-1]), ValueError, "The target has shape (4, 11)", "that without axis 0 for labels"),
        ((P, T[None]), ValueError, "The target has shape (1, 5, 11)", "the same shape for weights"),
        ((P, 2), ValueError, "The target has shape ()", "the same shape for weights"),
        ((P, changed(Y, C)), ValueError, "to 5; expected 0 to 4", "are the classes counted"),
        ((P, changed(Y, -1)), ValueError, "The labels are from -1", "expected 0 to 4"),
        ((P, Y.astype(float)), TypeError, "The labels have dtype float64", "expected integers"),
        ((P, Y > 1), TypeError, "The labels have dtype bool", "expected integers"),
        ((P, Y.astype(str)), TypeError, "The labels have dtype <U21", "expected integers"),
        ((P, changed(T, -0.1)), ValueError, "target has entries from -0.1", "weights, 0 or more"),
        ((P, changed(T, np.nan)), ValueError, "The target has entries from nan", "finite weights"),
        ((P, changed(T, np.inf)), ValueError, "to inf", "expected finite weights"),
        ((P, T.astype(complex)), TypeError, "The target has dtype complex128", "real numbers"),
        ((P, T.astype(str)), TypeError, "The target has dtype <U32", "expected real numbers"),
        ((P.astype(complex), T), TypeError, "has dtype complex128", "real numbers"),
        ((P.astype(str), T), TypeError, "has dtype <U32", "expected real numbers"),
        ((P[:, :0], Y[:0]), ValueError, "output has shape (5, 0)", "expected one sample or more"),
        ((P[:0], T[:0]), ValueError, " has shape (0, 11)", "expected one class or more"),
        ((0.5, 0), ValueError,  " has shape ()", "expected an axis that is there"),
        ((changed(P, np.nan), T), ValueError, "nan", "expected"),
    ],
)  # fmt: skip
def test_bad_outputs_and_targets_of_a_loss_are_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


@over("loss", LOSSES)
def test_labels_in_another_order_of_axes_are_refused(loss):
    given, expected = "The target has shape (3, 2)", "labels of shape (2, 3), one a sample"
    out, labels = np.ones((2, 3, C)), np.zeros((3, 2), dtype=int)
    assert_refused(loss(-1).forward, [out, labels], ValueError, given, expected)


@over("function", [("function", softmax_cross_entropy), ("layer", SoftmaxCrossEntropy().forward)])
def test_a_sample_whose_classes_are_all_masked_is_refused(function):
    masked = np.where(np.arange(N) == 3, -np.inf, Z)
    given, expected = "The highest score of a sample is -inf", "not all classes can be masked"
    assert_refused(function, [masked, Y], ValueError, given, expected)


@over(
    "function",
    [("function", softmax_cross_entropy), *((n, loss().forward) for n, loss in LOSSES[::2])],
)
def test_an_infinite_output_is_refused_where_it_has_no_loss(function):
    assert_refused(function, [changed(P, np.inf), T], ValueError, "inf", "expected")


def test_a_probability_below_0_is_refused():
    given, expected = "p has entries from -0.25", "is there a Softmax or a Sigmoid before"
    assert_refused(CrossEntropy().forward, [changed(P, -0.25), T], ValueError, given, expected)


@refused(
    [("smooth_labels", smooth_labels)],
    [
        ((Y[:, None], C, 0.1), ValueError, "y has shape (11, 1)", "expected (N,)"),
        ((2, C, 0.1), ValueError, "y has shape ()", "expected (N,), one label a sample"),
        ((Y.astype(float), C, 0.1), TypeError, "The labels have dtype float64", "integers"),
        ((Y > 1, C, 0.1), TypeError, "The labels have dtype bool", "expected integers"),
        ((changed(Y, C), C, 0.1), ValueError, "to 5; expected 0 to 4", "counted from 0?"),
        ((changed(Y, -1), C, 0.1), ValueError, "The labels are from -1", "expected 0 to 4"),
        ((Y, C, -0.1), ValueError, "smoothing is -0.1", "expected a share from 0 to 1"),
        ((Y, C, 1.1), ValueError, "smoothing is 1.1", "expected a share from 0 to 1"),
        ((Y, C, np.nan), ValueError, "smoothing is nan", "expected a share from 0 to 1"),
        ((Y[:0], 0, 0.1), ValueError, "0", "1 or more"),
        ((Y, 4.5, 0.1), (TypeError, ValueError), "4.5", "expected"),
    ],
)  # fmt: skip
def test_bad_arguments_of_smooth_labels_are_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


@refused(
    [("Linear", Linear)],
    [
        ((W[0], B), ValueError, "W has shape (7,)", "expected (C, D)"),
        ((W[:0], B[:0]), ValueError, "W has shape (0, 7)", "expected (C, D)"),
        ((W.astype(int), B), TypeError, "W has dtype int64", "pass W.astype(float)"),
        ((W.astype(complex), B), TypeError, "W has dtype complex128", "expected float64"),
        ((W.astype(str), B), TypeError, "W has dtype <U32", "expected float64"),
        ((changed(W, np.nan), B), ValueError, "W has 1 entries that are nan or inf", "finite"),
        ((W, B[:-1]), ValueError, "b has shape (4,) and W has shape (5, 7)", "expected b as (5,)"),
        ((W, B[:, None]), ValueError, "b has shape (5, 1)", "one bias for each row of W"),
        ((W, 0.0), ValueError, "b has shape ()", "expected b as (5,)"),
        ((W, B.astype(complex)), TypeError, "b has dtype complex128", "expected real numbers"),
        ((W, B.astype(str)), TypeError, "b has dtype <U32", "expected real numbers"),
        ((W, changed(B, np.nan)), ValueError, "b has 1 entries that are nan", "expected"),
        ((W, changed(B, np.inf)), ValueError, "b has entries that are inf", "expected"),
    ],
)
def test_bad_weights_and_biases_are_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


DATA = [
    ((X.T,), ValueError, "X has shape (11, 7)", "the transpose would fit, so pass X.T"),
    ((X[:-1],), ValueError, "X has shape (6, 11)", "expected X as (D, N) with D = 7"),
    ((X[:, 0],), ValueError, "X has shape (7,)", "one column a sample"),
    ((X[None],), ValueError, "X has shape (1, 7, 11)", "one column a sample"),
    ((X.astype(complex),), TypeError, "X has dtype complex128", "expected real numbers"),
    ((X.astype(str),), TypeError, "X has dtype <U32", "expected real numbers"),
    ((changed(X, np.nan),), ValueError, "X has 1 entries that are nan", "expected numbers"),
]


def network(*rest, loss=None):
    first, second = Linear(PARAMS["W1"], PARAMS["b1"]), Linear(PARAMS["W2"], PARAMS["b2"])
    return Sequential(first, Sigmoid(), second, *rest, loss=loss)


BY_HAND_AND_OF_LAYERS = [
    ("by hand", network_loss),
    ("of layers", network(loss=SoftmaxCrossEntropy()).loss_and_grad),
]


@refused(
    [
        ("Linear", Linear(W, B).forward),
        ("Sequential", network().forward),
        ("by hand", lambda X: network_loss(PARAMS, X, Y)),
        ("of layers", lambda X: BY_HAND_AND_OF_LAYERS[1][1](PARAMS, X, Y)),
    ],
    DATA,
)
def test_bad_data_is_refused(function, arguments, error, given, expected):
    assert_refused(function, arguments, error, given, expected)


def without(name):
    return {key: array for key, array in PARAMS.items() if key != name}


@pytest.mark.parametrize(
    ("params", "given", "expected"),
    [
        ({}, "params has ", "expected"),
        (without("b2"), "W2", "b2"),
        (PARAMS | {"W3": W}, "W3", "expected"),
        (without("W1") | {"w1": W[:H]}, "w1", "W1"),
        (PARAMS | {"b1": B}, "(5,)", "(3,)"),
        (PARAMS | {"b2": B[:, None]}, "(5, 1)", "(5,)"),
        (PARAMS | {"W1": W[0]}, "(7,)", "expected"),
        (PARAMS | {"W1": W[:H].T}, "(7, 3)", "expected"),
        (PARAMS | {"W2": W[:, :H].T}, "(3, 5)", "expected"),
        (PARAMS | {"W2": W[:, : H + 1]}, "W2", "(5, 4)"),
    ],
)
@over("function", BY_HAND_AND_OF_LAYERS)
def test_parameters_of_other_names_or_shapes_are_refused(function, params, given, expected):
    assert_refused(function, [params, X, Y], ValueError, given, expected)


@pytest.mark.parametrize(
    ("change", "error", "given", "expected"),
    [
        (lambda array: array.astype(complex), TypeError, "dtype complex128", "expected"),
        (lambda array: array.astype(str), TypeError, "dtype <U32", "expected"),
        (lambda array: array.astype(object), TypeError, "dtype object", "expected"),
        (lambda array: changed(array, np.nan), ValueError, "nan", "expected"),
    ],
    ids=["complex", "str", "object", "nan"],
)
@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
@over("function", BY_HAND_AND_OF_LAYERS)
def test_parameters_that_are_no_real_numbers_are_refused(
    function, name, change, error, given, expected
):
    params = PARAMS | {name: change(PARAMS[name])}
    assert_refused(function, [params, X, Y], error, given, expected)


@pytest.mark.parametrize("dtype", [int, bool])
@over("function", BY_HAND_AND_OF_LAYERS)
def test_weights_that_are_whole_numbers_are_refused(function, dtype):
    params = PARAMS | {"W1": PARAMS["W1"].astype(dtype)}
    given, expected = f"W has dtype {np.dtype(dtype)}", "a gradient step cannot be taken in whole"
    assert_refused(function, [params, X, Y], TypeError, given, expected)


@over("function", BY_HAND_AND_OF_LAYERS)
def test_data_of_no_samples_is_refused(function):
    given, expected = "shape (5, 0)", "expected one sample or more"
    assert_refused(function, [PARAMS, X[:, :0], Y[:0]], ValueError, given, expected)


@over("function", BY_HAND_AND_OF_LAYERS)
def test_targets_that_do_not_fit_the_network_are_refused(function):
    for target, error, given in [
        (Y[:-1], ValueError, "The target has shape (10,)"),
        (changed(Y, C), ValueError, "to 5; expected 0 to 4"),
        (Y.astype(float), TypeError, "The labels have dtype float64"),
        (-T, ValueError, "The target has entries from -"),
    ]:
        assert_refused(function, [PARAMS, X, target], error, given, "expected")


@pytest.mark.parametrize(
    ("reg", "error", "given"),
    [
        (-0.1, ValueError, "reg is -0.1"),
        (np.nan, ValueError, "reg is nan"),
        (np.inf, ValueError, "reg is inf"),
        (None, TypeError, "reg is None"),
        ("strong", TypeError, "reg is 'strong'"),
    ],
)
def test_a_bad_regularization_strength_is_refused(reg, error, given):
    loss_and_grad = network(loss=SoftmaxCrossEntropy()).loss_and_grad
    assert_refused(loss_and_grad, [PARAMS, X, Y, reg], error, given, "0 or more")


def test_loss_and_grad_of_a_network_without_a_loss_is_refused():
    given, expected = "The network has no loss", "make it Sequential(..., loss=CrossEntropy())"
    assert_refused(network().loss_and_grad, [PARAMS, X, Y], ValueError, given, expected)


def test_a_layer_that_stands_twice_is_refused():
    again = ReLU()
    for layers in [(again, again), (Sequential(again), Linear(W, B), Sequential(again))]:
        given, expected = "The same layer object stands twice", "expected a new one each time"
        assert_refused(Sequential, layers, ValueError, given, expected)


def test_equal_layers_may_stand_in_one_network():
    assert len(Sequential(ReLU(), ReLU()).layers) == 2


def test_parameters_of_another_shape_leave_those_of_the_network():
    own = network()
    with pytest.raises(ValueError, match=r"params has .*\(4, 7\).*; expected .*\(3, 7\)"):
        own.params = PARAMS | {"W1": W[:4]}
    assert all(own.params[name] is PARAMS[name] for name in PARAMS)
