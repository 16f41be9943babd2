"""Linear layers, and layers in a row: a network, in the convention of this project.

Numbers in brackets are those of the formulas in docs/softmax.md.
"""

import copy
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from classifiers.inputs import Floats, check_data, check_regularization, check_weights
from classifiers.layer_inputs import after_forward, check_alike, check_numbers
from classifiers.losses import Loss


class Layer(Protocol):
    """What a network is made of; Linear, and every activation, is one."""

    def forward(self, z: ArrayLike, /) -> Floats:
        """Return what the layer makes of z, and remember what backward needs."""

    def backward(self, dout: ArrayLike, /) -> Floats:
        """Return the gradient on the z of the last forward, from the gradient on its result."""


class Linear:
    """W @ X + b as a layer, formulas (17) and (18).

    W  (C, D) float64 or float32, weights, one row an output
    b  (C,) biases, taken to the dtype of W

    After backward, dW (C, D) and db (C,) hold the gradients on them.  The arrays are kept as they
    are, and never written into.

    Raises TypeError or ValueError for W or b of another shape or dtype, or not finite.
    """

    def __init__(self, W: ArrayLike, b: ArrayLike) -> None:
        """Keep W and b."""
        self.W = np.asarray(W)
        check_weights(self.W)
        self.b = check_numbers("b", b).astype(self.W.dtype, copy=False)
        if not np.isfinite(self.b).all():
            raise ValueError("b has entries that are inf; expected finite biases.")
        if self.b.shape != self.W.shape[:1]:
            raise ValueError(
                f"b has shape {self.b.shape} and W has shape {self.W.shape}; expected b as "
                f"({len(self.W)},), one bias for each row of W."
            )
        self.dW: Floats = np.zeros_like(self.W)
        self.db: Floats = np.zeros_like(self.b)
        self._X: Floats | None = None

    def forward(self, X: ArrayLike, /) -> Floats:
        """Return W @ X + b, (C, N) in the dtype of W, for X (D, N), one column a sample.

        X is kept for backward, and should stay as it is until then.

        Raises TypeError or ValueError for X of another D, or no numbers.
        """
        X = check_numbers("X", X).astype(self.W.dtype, copy=False)
        check_data(X, self.W)
        self._X = X
        scores: Floats = self.W @ X + self.b[:, None]
        return scores

    def backward(self, dout: ArrayLike, /) -> Floats:
        """Set dW and db, and return dX (D, N), from the gradient on what forward returned, (C, N).

        Raises RuntimeError before forward, and TypeError or ValueError for another shape.
        """
        X = after_forward(self, self._X)
        _, dout = check_alike(
            out=np.broadcast_to(self.b[:, None], (len(self.b), X.shape[1])), dout=dout
        )
        # BEGIN SOLUTION
        self.dW = dout @ X.T
        self.db = dout.sum(axis=1)
        dX: Floats = self.W.T @ dout
        return dX
        # END SOLUTION


class Sequential:
    """Layers in a row, each fed with what the one before it gives: a network.

    layers  Linear, activations, or other Sequentials, whose layers are taken over
    loss    what follows the last layer; needed for loss_and_grad only

    Raises TypeError for what is no layer or loss, and ValueError for a layer that stands twice: it
    would remember only its last forward.
    """

    def __init__(self, *layers: Any, loss: Loss | None = None) -> None:
        """Keep the layers and the loss."""
        self.layers: list[Layer] = []
        for layer in layers:
            _refuse_unless(layer, "layer", "Softmax()")
            self.layers += layer.layers if isinstance(layer, Sequential) else [layer]
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("The same layer object stands twice; expected a new one each time.")
        if loss is not None:
            _refuse_unless(loss, "loss", "CrossEntropy()")
        self.loss = loss

    def forward(self, X: ArrayLike, /) -> Floats:
        """Return what the last layer gives for X, (D, N), one column a sample."""
        out = np.array(X)
        for layer in self.layers:
            out = layer.forward(out)
        return out

    def backward(self, dout: ArrayLike, /) -> Floats:
        """Return the gradient on X, from that on the last result; every dW and db is set."""
        dX = np.asarray(dout)
        for layer in reversed(self.layers):
            dX = layer.backward(dX)
        return dX

    @property
    def params(self) -> dict[str, Floats]:
        """The arrays W1, b1, W2, b2, ... of each Linear, in a new dict.

        To change them, assign to this: network.params = {...}.
        """
        return self._named("W", "b")

    @params.setter
    def params(self, params: Mapping[str, Floats]) -> None:
        shapes = {name: array.shape for name, array in self.params.items()}
        given = {name: np.shape(array) for name, array in params.items()}
        if given != shapes:
            raise ValueError(f"params has {given}; expected {shapes}.")
        numbers = range(1, 1 + len(self._linears()))
        checked = [Linear(params[f"W{number}"], params[f"b{number}"]) for number in numbers]
        for linear, new in zip(self._linears(), checked, strict=True):
            linear.W, linear.b = new.W, new.b

    @property
    def grads(self) -> dict[str, Floats]:
        """The gradients of the last backward, under the names of params."""
        grads = self._named("dW", "db")
        return {name.removeprefix("d"): grad for name, grad in grads.items()}

    def loss_and_grad(
        self, params: Mapping[str, Floats], X: ArrayLike, target: ArrayLike, reg: float = 0.0
    ) -> tuple[float, dict[str, Floats]]:
        """Return the loss with these parameters, and its gradient on each of them.

        params  arrays under the names and of the shapes of self.params, which stay as they are
        X       (D, N) data, one column a sample
        target  (N,) integer labels, or (C, N) weights, whatever the loss takes
        reg     regularization strength, 0 or more: 0.5 * reg * sum(W * W) of each W, not of a b

        Returns (loss, grads), where grads has the names and shapes of params.

        Raises TypeError or ValueError for input of another shape, dtype or range, and ValueError
        for a network without a loss.
        """
        if self.loss is None:
            raise ValueError(
                "The network has no loss; make it Sequential(..., loss=CrossEntropy())."
            )
        reg = check_regularization(reg)
        there, criterion = Sequential(*map(copy.copy, self.layers)), copy.copy(self.loss)
        there.params = dict(params)
        loss = criterion.forward(there.forward(X), target)
        there.backward(criterion.backward())
        grads = there.grads
        for name, W in there.params.items():
            if name.startswith("W"):
                loss += 0.5 * float(np.sum(reg * W * W))
                grads[name] = grads[name] + reg * W
        return loss, grads

    def _linears(self) -> list[Linear]:
        return [layer for layer in self.layers if isinstance(layer, Linear)]

    def _named(self, *attributes: str) -> dict[str, Floats]:
        return {
            f"{attribute}{number}": getattr(linear, attribute)
            for number, linear in enumerate(self._linears(), start=1)
            for attribute in attributes
        }


def _refuse_unless(thing: object, what: str, example: str) -> None:
    if isinstance(thing, type) or not hasattr(thing, "backward"):
        given = f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__
        raise TypeError(f"A {what} was given as {given}; expected an object such as {example}.")
