"""Linear layers, networks made of them, and one network written out by hand."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    network_loss,
    softmax,
    softmax_jacobian_vectorized,
    softmax_loss_vectorized,
)
from classifiers.descent import Settings, descend
from gradient_check import check_gradient, check_vjp
from tests.loss_samples import problem
from tests.network_samples import (
    TARGETS,
    C,
    D,
    N,
    assert_close,
    assert_keeps_the_dtype,
    assert_leaves_its_arguments_alone,
    exact,
    over,
    over_calls,
    over_targets,
    scores,
    target_of,
    with_floats,
)

H = 3  # hidden units
REG = 0.375
W, B, X, DOUT = scores(C, D), scores(C, seed=1), scores(D, N, seed=2), scores(C, N, seed=3)


def params_of(num_features=D, num_hidden=H, num_classes=C, seed=0):
    """Return W1, b1, W2, b2 of a network with one hidden layer."""
    shapes = {
        "W1": (num_hidden, num_features),
        "b1": (num_hidden,),
        "W2": (num_classes, num_hidden),
        "b2": (num_classes,),
    }
    return {name: scores(*shape, seed=seed + k) for k, (name, shape) in enumerate(shapes.items())}


PARAMS = params_of()


def hidden_layer(*rest, params=PARAMS, loss=None):
    first, second = Linear(params["W1"], params["b1"]), Linear(params["W2"], params["b2"])
    return Sequential(first, Sigmoid(), second, *rest, loss=loss)


def loss_and_grad_of(*rest, loss):
    """Return loss_and_grad of a network that was made with other parameters."""
    network = hidden_layer(*rest, params=params_of(seed=9), loss=loss)
    return network.loss_and_grad


NETWORKS = [
    ("by hand", network_loss),
    ("softmax apart", loss_and_grad_of(Softmax(), loss=CrossEntropy())),
    ("softmax within", loss_and_grad_of(loss=SoftmaxCrossEntropy())),
]


def linear_there_and_back(W, b, X, dout):
    layer = Linear(W, b)
    out, dX = layer.forward(X), layer.backward(dout)
    return {"out": out, "X": dX, "W": layer.dW, "b": layer.db}


def network_there_and_back(X, dout):
    network = hidden_layer()
    return network.forward(X), network.backward(dout)


CALLS = [
    ("linear", linear_there_and_back, (W, B, X, DOUT)),
    *((name, network, (PARAMS, X, target_of("weights", (C, N), 0))) for name, network in NETWORKS),
]


def assert_same(received, expected, tolerance=1e-12):
    """Compare two pairs of a loss and a dict of gradients."""
    (loss, grads), (expected_loss, expected_grads) = received, expected
    assert_close(loss, expected_loss, tolerance)
    assert grads.keys() == expected_grads.keys()
    for name, grad in grads.items():
        assert_close(grad, expected_grads[name], tolerance)


def assert_equal(arrays, expected):
    assert arrays.keys() == expected.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, expected[name], strict=True)


def copied(arrays):
    return {name: array.copy() for name, array in arrays.items()}


# The network of a well-known thread: 3 hidden units h, 2 outputs o, w_ij from hidden i to output j.
HIDDEN = np.array([[0.5], [-1.25], [2.0]])
WEIGHTS = np.array([[0.1, 0.4], [-0.7, 0.2], [0.3, -0.5]])  # row i, column j
OUTPUTS = softmax(WEIGHTS.T @ HIDDEN)


@pytest.mark.parametrize("t", [[1, 0], [0, 1], [0.25, 0.75], [2, 3], [0.3, 0], [0, 0]], ids=str)
def test_dl_dw21_is_h2_times_tau_o1_minus_t1_by_every_path(t):
    target = np.array(t, dtype=float)[:, None]
    linear, activation, loss = Linear(WEIGHTS.T, np.zeros(2)), Softmax(), CrossEntropy()
    o = activation.forward(linear.forward(HIDDEN))
    loss.forward(o, target)
    do = loss.backward()
    linear.backward(activation.backward(do))
    dw21 = linear.dW[0, 1]  # w_ij is W[j - 1, i - 1]

    (t1, t2), (o1, o2), h2 = target.ravel(), o.ravel(), HIDDEN[1, 0]
    assert dw21 == pytest.approx(h2 * ((t1 + t2) * o1 - t1), abs=1e-15)
    through_o1, through_o2 = -t1 / o1 * (o1 * (1 - o1)) * h2, -t2 / o2 * (-o2 * o1) * h2
    assert dw21 == pytest.approx(through_o1 + through_o2, abs=1e-15)
    J = softmax_jacobian_vectorized(o[:, 0])
    assert dw21 == pytest.approx((J @ do)[0, 0] * h2, abs=1e-15)
    network = Sequential(Linear(WEIGHTS.T, np.zeros(2)), Softmax(), loss=CrossEntropy())
    assert dw21 == network.loss_and_grad(network.params, HIDDEN, target)[1]["W1"][0, 1]
    result = check_gradient(network.loss_and_grad, network.params, HIDDEN, target)
    assert result.ok, result.message
    if t1 + t2 == 1:
        assert dw21 == pytest.approx(h2 * (o1 - t1), abs=1e-15)


def test_linear_is_the_weighted_sum_of_its_inputs_and_a_bias():
    out = Linear(W, B).forward(X)
    for c in range(C):
        for n in range(N):
            assert out[c, n] == pytest.approx(B[c] + sum(W[c, d] * X[d, n] for d in range(D)))


def test_gradients_of_linear_are_sums_over_paths():
    grads = linear_there_and_back(W, B, X, DOUT)
    dW, db, dX = np.zeros_like(W), np.zeros_like(B), np.zeros_like(X)
    for c, d, n in np.ndindex(C, D, N):
        dW[c, d] += DOUT[c, n] * X[d, n]
        dX[d, n] += DOUT[c, n] * W[c, d]
    for c, n in np.ndindex(C, N):
        db[c] += DOUT[c, n]
    for name, expected in {"W": dW, "b": db, "X": dX}.items():
        assert_close(grads[name], expected)


@pytest.mark.parametrize("num_samples", [1, N])
def test_linear_passes_the_checker_in_its_weights_biases_and_data(num_samples):
    arrays, dout = {"W": W, "b": B, "X": X[:, :num_samples]}, DOUT[:, :num_samples]

    def linear(arrays):
        grads = linear_there_and_back(**arrays, dout=dout)
        return grads.pop("out"), grads

    result = check_vjp(linear, arrays, dout)
    assert result.ok, result.message


def test_linear_of_no_samples_has_gradients_of_zero():
    grads = linear_there_and_back(W, B, X[:, :0], DOUT[:, :0])
    assert grads["out"].shape == (C, 0)
    assert_equal({name: grads[name] for name in "Wb"}, {"W": np.zeros((C, D)), "b": np.zeros(C)})


def test_linear_keeps_its_arrays_and_takes_biases_to_the_dtype_of_the_weights():
    layer = Linear(W, B)
    assert layer.W is W
    assert layer.b is B
    assert Linear(W.astype(np.float32), B).b.dtype == np.float32
    assert Linear(W, [1, 2, 3, 4, 5]).b.dtype == np.float64


def test_gradients_of_linear_are_those_of_the_last_backward():
    layer = Linear(W, B)
    layer.forward(X)
    layer.backward(DOUT)
    first = layer.dW, layer.db
    kept = [array.copy() for array in first]
    layer.forward(2 * X)
    layer.backward(DOUT)
    assert_close(layer.dW, 2 * kept[0])
    assert_close(layer.db, kept[1])
    for array, before in zip(first, kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_backward_of_linear_is_right_although_what_forward_gave_was_overwritten():
    layer, expected = Linear(W, B), linear_there_and_back(W, B, X, DOUT)
    layer.forward(X)[...] = 99
    dX = layer.backward(DOUT)
    dX[...] = 99
    assert_close(layer.backward(DOUT), expected["X"])
    assert_close(layer.dW, expected["W"])


def test_forward_and_backward_of_a_network_are_those_of_its_layers_in_a_row():
    layers = [Linear(PARAMS["W1"], PARAMS["b1"]), Tanh(), Linear(PARAMS["W2"], PARAMS["b2"])]
    network = Sequential(*layers)
    out = layers[2].forward(layers[1].forward(layers[0].forward(X)))
    np.testing.assert_array_equal(network.forward(X), out)
    dX = layers[0].backward(layers[1].backward(layers[2].backward(DOUT)))
    np.testing.assert_array_equal(network.backward(DOUT), dX)
    names = {"W1": layers[0].dW, "b1": layers[0].db, "W2": layers[2].dW, "b2": layers[2].db}
    assert_equal(network.grads, names)


def test_backward_of_a_network_passes_the_checker_in_the_data():
    result = check_vjp(lambda X: network_there_and_back(X, DOUT), X, DOUT)
    assert result.ok, result.message


def test_a_network_without_layers_gives_its_input_as_a_new_array():
    out = Sequential().forward(X)
    np.testing.assert_array_equal(out, X)
    assert not np.shares_memory(out, X)


def exact_network(X, target):
    """Return the loss of the network as a function of the flat parameters, in mpmath's numbers."""
    X, target = X.tolist(), target.tolist()

    def linear(flat, rows, inputs):
        W = [[flat.pop(0) for _ in inputs] for _ in range(rows)]
        b = [flat.pop(0) for _ in range(rows)]
        return [
            [mpmath.fdot(W[c], column) + b[c] for c in range(rows)]
            for column in zip(*inputs, strict=True)
        ]

    def loss(flat):
        flat = list(flat)
        hidden = [[1 / (1 + mpmath.exp(-a)) for a in column] for column in linear(flat, H, X)]
        all_scores = linear(flat, C, list(zip(*hidden, strict=True)))
        log_totals = [mpmath.log(mpmath.fsum(map(mpmath.exp, column))) for column in all_scores]
        costs = [
            target[c][n] * (log_totals[n] - all_scores[n][c])
            for n in range(len(all_scores))
            for c in range(C)
        ]
        return [mpmath.fsum(costs) / len(all_scores)]

    return loss


@over("network", NETWORKS)
def test_loss_and_gradient_of_a_network_are_exact(network):
    few, target = X[:, :2], target_of("weights", (C, 2), 0) + 0.25
    loss, grads = network(PARAMS, few, target)
    flat = np.concatenate([PARAMS[name].ravel() for name in ("W1", "b1", "W2", "b2")])
    expected, slopes = exact(exact_network(few, target), flat)
    assert_close(loss, expected[0])
    received = np.concatenate([grads[name].ravel() for name in ("W1", "b1", "W2", "b2")])
    assert_close(received, slopes[:, 0])


@over_targets
@over("network", NETWORKS)
def test_a_network_passes_the_checker_in_all_its_parameters(network, kind):
    result = check_gradient(network, PARAMS, X, target_of(kind, (C, N), 0))
    assert result.ok, result.message


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(*[st.integers(1, 6)] * 4),
    kind=st.sampled_from(TARGETS),
    seed=st.integers(0, 2**32),
)
def test_the_network_by_hand_is_the_one_of_layers(sizes, kind, seed):
    num_features, num_hidden, num_classes, num_samples = sizes
    params = params_of(num_features, num_hidden, num_classes, seed)
    X = scores(num_features, num_samples, seed=seed)
    target = target_of(kind, (num_classes, num_samples), 0, seed)
    by_hand = network_loss(params, X, target)
    for layers, loss in [([], SoftmaxCrossEntropy()), ([Softmax()], CrossEntropy())]:
        network = hidden_layer(*layers, params=params, loss=loss)
        assert_same(network.loss_and_grad(params, X, target), by_hand)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_stays_finite_for_data_of_any_size(dtype):
    params = with_floats(PARAMS, lambda array: array.astype(dtype))
    loss, grads = network_loss(params, (1e4 * X).astype(dtype), target_of("labels", (C, N), 0))
    assert np.isfinite(loss)
    assert all(np.isfinite(grad).all() for grad in grads.values())


@pytest.mark.parametrize("activation", [ReLU, Tanh, Sigmoid])
@pytest.mark.parametrize("kind", ["labels", "weights"])
@pytest.mark.parametrize("loss", [SquaredError, SoftmaxCrossEntropy])
def test_a_deep_network_passes_the_checker_with_regularization(activation, loss, kind):
    sizes = [D, 4, 6, C]
    linears = [
        Linear(scores(rows, columns, seed=rows), scores(rows, seed=columns))
        for columns, rows in pairwise(sizes)
    ]
    network = Sequential(
        linears[0], activation(), linears[1], activation(), linears[2], loss=loss()
    )
    target = target_of(kind, (C, N), 0)
    result = check_gradient(network.loss_and_grad, network.params, X, target, REG)
    assert result.ok, result.message


def test_regularization_is_on_the_weights_and_not_on_the_biases():
    loss_and_grad, target = (
        loss_and_grad_of(loss=SoftmaxCrossEntropy()),
        target_of("labels", (C, N), 0),
    )
    data_loss, data_grads = loss_and_grad(PARAMS, X, target)
    squares = sum(np.sum(PARAMS[name] ** 2) for name in ("W1", "W2"))
    expected = {
        "W1": data_grads["W1"] + REG * PARAMS["W1"],
        "b1": data_grads["b1"],
        "W2": data_grads["W2"] + REG * PARAMS["W2"],
        "b2": data_grads["b2"],
    }
    with_reg = loss_and_grad(PARAMS, X, target, REG)
    assert_same(with_reg, (data_loss + 0.5 * REG * squares, expected))


def test_one_linear_layer_is_the_softmax_classifier():
    W, X, y = problem()
    network = Sequential(Linear(W, np.zeros(C)), loss=SoftmaxCrossEntropy())
    loss, grads = network.loss_and_grad(network.params, X, y, REG)
    expected = softmax_loss_vectorized(W, X, y, REG)
    assert_same((loss, {"W1": grads["W1"]}), (expected[0], {"W1": expected[1]}))


def test_parameters_are_numbered_from_the_first_linear_on():
    network = hidden_layer(Softmax())
    assert list(network.params) == ["W1", "b1", "W2", "b2"]
    assert_equal(network.params, PARAMS)
    assert all(network.params[name] is PARAMS[name] for name in PARAMS)


def test_parameters_can_be_set_in_any_order():
    network, other = hidden_layer(), params_of(seed=20)
    network.params = dict(reversed(other.items()))
    assert_equal(network.params, other)
    np.testing.assert_array_equal(
        network.forward(X), hidden_layer(params=other).forward(X), strict=True
    )


def test_loss_and_grad_leaves_the_network_its_own_parameters():
    network = hidden_layer(loss=SoftmaxCrossEntropy())
    network.loss_and_grad(params_of(seed=20), X, target_of("labels", (C, N), 0))
    assert all(network.params[name] is PARAMS[name] for name in PARAMS)


@pytest.mark.parametrize(
    ("change", "X", "target"),
    [
        ({}, X[:-1], np.zeros(N, dtype=int)),
        ({}, X, np.full(N, C)),
        ({"b2": np.full(C, np.nan)}, X, np.zeros(N, dtype=int)),
        ({"W2": PARAMS["W2"].tolist()}, X, np.full(N, C)),
        ({"W2": PARAMS["W2"].T}, X, np.zeros(N, dtype=int)),
    ],
    ids=["data", "labels", "nan in a parameter", "labels, and a list", "shape of a parameter"],
)
def test_a_network_keeps_its_own_parameters_when_the_call_is_refused(change, X, target):
    network = hidden_layer(loss=SoftmaxCrossEntropy())
    with pytest.raises(ValueError, match="expected"):
        network.loss_and_grad(params_of(seed=20) | change, X, target)
    assert all(network.params[name] is PARAMS[name] for name in PARAMS)


def test_parameters_may_be_nested_lists():
    network, target = hidden_layer(loss=SoftmaxCrossEntropy()), target_of("labels", (C, N), 0)
    expected = network.loss_and_grad(PARAMS, X, target)
    lists = {name: array.tolist() for name, array in PARAMS.items()}
    assert_same(network.loss_and_grad(lists, X, target), expected)
    assert all(network.params[name] is PARAMS[name] for name in PARAMS)


def test_a_step_down_the_gradient_lowers_the_loss():
    network, target = hidden_layer(loss=SoftmaxCrossEntropy()), target_of("labels", (C, N), 0)
    before, grads = network.loss_and_grad(network.params, X, target)
    network.params = {name: array - 0.01 * grads[name] for name, array in network.params.items()}
    after, _ = network.loss_and_grad(network.params, X, target)
    assert after < before


def test_layers_of_a_network_within_a_network_are_taken_over():
    inner = Sequential(Linear(PARAMS["W1"], PARAMS["b1"]), Sequential(Sigmoid()))
    outer = Linear(PARAMS["W2"], PARAMS["b2"])
    network = Sequential(inner, outer, loss=SoftmaxCrossEntropy())
    assert network.layers == [*inner.layers, outer]
    assert all(network.params[name] is PARAMS[name] for name in PARAMS)
    target = target_of("weights", (C, N), 0)
    assert_same(network.loss_and_grad(PARAMS, X, target), network_loss(PARAMS, X, target))


def test_what_is_done_to_the_gradients_of_a_call_changes_nothing_in_the_network():
    network = hidden_layer(loss=SoftmaxCrossEntropy())
    _, grads = network.loss_and_grad(PARAMS, X, target_of("labels", (C, N), 0))
    kept = copied(network.grads)
    for grad in grads.values():
        grad[...] = 99
    assert_equal(network.grads, kept)


def test_gradients_of_a_call_stay_after_the_next():
    network = hidden_layer(loss=SoftmaxCrossEntropy())
    target = target_of("labels", (C, N), 0)
    _, grads = network.loss_and_grad(PARAMS, X, target)
    kept = copied(grads)
    network.loss_and_grad(params_of(seed=20), -X, target)
    assert_equal(grads, kept)


@over_calls(CALLS)
def test_arguments_stay_and_results_are_new(function, arguments):
    assert_leaves_its_arguments_alone(function, arguments)


@over_calls(CALLS)
def test_float32_stays_float32(function, arguments):
    assert_keeps_the_dtype(function, arguments)


@pytest.mark.parametrize("data", [np.uint8, int, bool, np.float32, np.float64])
@over("network", NETWORKS)
def test_gradients_of_a_network_have_the_dtypes_of_its_parameters(network, data):
    params = with_floats(PARAMS, lambda array: array.astype(np.float32))
    loss, grads = network(params, np.abs(X).astype(data), target_of("weights", (C, N), 0))
    assert type(loss) is float
    assert {name: grad.dtype for name, grad in grads.items()} == dict.fromkeys(PARAMS, np.float32)


@over("network", NETWORKS)
def test_data_of_whole_numbers_will_do(network):
    whole, target = (4 * X).astype(int), target_of("labels", (C, N), 0)
    expected = network(PARAMS, whole.astype(float), target)
    for data in (whole, whole.tolist(), np.asfortranarray(whole)):
        assert_same(network(PARAMS, data, target), expected, tolerance=1e-14)
        assert all(grad.dtype == np.float64 for grad in network(PARAMS, data, target)[1].values())


def test_a_gradient_somewhere_else_leaves_what_the_layers_remember():
    net = hidden_layer(Softmax(), loss=CrossEntropy())
    X, T = problem()[1], target_of("weights", (C, N), 0)
    before = net.forward(X)
    there = {name: array + 0.5 for name, array in net.params.items()}
    net.loss_and_grad(there, X, T)
    net.forward(X)
    kept = net.backward(np.ones_like(before))
    net.forward(X)
    net.loss_and_grad(there, X, T)
    np.testing.assert_array_equal(net.backward(np.ones_like(before)), kept)


@pytest.mark.parametrize(
    ("layers", "loss", "given"),
    [
        (([Sigmoid()],), None, "A layer was given as list"),
        ((Sigmoid,), None, "A layer was given as the class Sigmoid"),
        ((Sigmoid(),), CrossEntropy, "A loss was given as the class CrossEntropy"),
    ],
)
def test_what_is_no_layer_or_loss_is_refused_at_once(layers, loss, given):
    with pytest.raises(TypeError, match=given):
        Sequential(*layers, loss=loss)


@pytest.mark.parametrize("kind", ["labels", "one-hot"])
def test_a_network_is_trained_by_the_descent_of_the_linear_classifier(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2, 200))
    label = (X[0] * X[1] > 0).astype(int)  # no line separates the two classes
    y = label if kind == "labels" else np.equal.outer([0, 1], label) * 1.0
    first, second = (
        Linear(rng.standard_normal(shape), np.zeros(shape[0])) for shape in [(8, 2), (2, 8)]
    )
    net = Sequential(first, Tanh(), second, Softmax(), loss=CrossEntropy())
    start = copied(net.params)
    settings = Settings(0.3, 1e-4, 300, 50, 0.9, "cosine")
    *_, (_, params) = descend(net.loss_and_grad, net.params, X, y, settings, rng)
    assert_equal(net.params, start)
    net.params = params
    assert np.mean(net.forward(X).argmax(axis=0) == label) > 0.95
