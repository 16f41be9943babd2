"""A network with one hidden layer, its loss and its gradient written out by hand."""

from collections.abc import Mapping

from numpy.typing import ArrayLike

from classifiers.activations import sigmoid
from classifiers.inputs import Floats, check_data
from classifiers.layer_inputs import check_numbers
from classifiers.layers import Linear
from classifiers.losses import softmax_cross_entropy


def network_loss(
    params: Mapping[str, Floats], X: ArrayLike, target: ArrayLike
) -> tuple[float, dict[str, Floats]]:
    """Return the cross entropy of a network with one hidden layer, and its gradient.

    The network is softmax(W2 @ sigmoid(W1 @ X + b1) + b2); formulas (8), (14), (15), (17) and (18)
    of docs/softmax.md.

    params  W1 (H, D), b1 (H,), W2 (C, H), b2 (C,), float64 or float32, by these names
    X       (D, N) data, one column a sample
    target  (N,) integer labels, or (C, N) weights, 0 or more, that need not sum to 1

    Returns (loss, grads):
    loss   float, in nats: mean over samples of -sum_c target[c] * log(p[c])
    grads  dict of new arrays, names, shapes and dtypes of params: the gradient on each

    The inputs are left as they are.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    """
    W1, b1, W2, b2, X = check_network(params, X)
    # BEGIN SOLUTION
    H = sigmoid(W1 @ X + b1[:, None])
    loss, dZ = softmax_cross_entropy(W2 @ H + b2[:, None], target)
    dA = (W2.T @ dZ) * H * (1 - H)
    grads = {"W1": dA @ X.T, "b1": dA.sum(axis=1), "W2": dZ @ H.T, "b2": dZ.sum(axis=1)}
    return loss, grads
    # END SOLUTION


def check_network(
    params: Mapping[str, Floats], X: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return W1, b1, W2, b2 and X as arrays; refuse them unless their names and shapes fit."""
    if {*params} != {"W1", "b1", "W2", "b2"}:
        raise ValueError(f"params has {[*params]}; expected W1, b1, W2 and b2.")
    first, second = Linear(params["W1"], params["b1"]), Linear(params["W2"], params["b2"])
    X = check_numbers("X", X).astype(first.W.dtype, copy=False)
    check_data(X, first.W)
    if second.W.shape[1] != len(first.W):
        raise ValueError(
            f"W1 has shape {first.W.shape} and W2 has shape {second.W.shape}; expected (H, D) and "
            "(C, H), with the same H."
        )
    return first.W, first.b, second.W, second.b, X
