"""Softmax with its Jacobian and vector-Jacobian product, and activations as layers.

Numbers in brackets are those of the formulas in docs/softmax.md.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from classifiers.inputs import Floats
from classifiers.layer_inputs import (
    after_forward,
    check_alike,
    check_axis,
    check_numbers,
    check_probabilities,
    check_scores,
)


def softmax(z: ArrayLike, axis: int = 0) -> Floats:
    """Return exp(z) / sum(exp(z)) along an axis, formulas (1) and (2).

    z     any shape, float64 or float32 (other real numbers become float64), scores; an entry of
          -inf is a class that is masked out, and gets the probability 0
    axis  along which the classes lie; 0 for (C, N), one column a sample

    Returns probabilities, shape and dtype of z, a new array.  Finite scores of any size are fine.

    Raises TypeError or ValueError for scores that are nan, inf, no numbers or no classes, and for a
    sample whose classes are all masked.
    """
    z = check_scores(z, axis)
    # BEGIN SOLUTION
    with np.errstate(over="ignore"):
        exps: Floats = np.exp(z - z.max(axis=axis, keepdims=True))
    exps /= exps.sum(axis=axis, keepdims=True)
    return exps
    # END SOLUTION


def log_softmax(z: ArrayLike, axis: int = 0) -> Floats:
    """Return log(softmax(z)) along an axis, formula (3), exact where softmax underflows to 0.

    Arguments, result and errors are those of softmax; a masked class gets -inf.
    """
    z = check_scores(z, axis)
    # BEGIN SOLUTION
    with np.errstate(over="ignore"):
        shifted: Floats = z - z.max(axis=axis, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted
    # END SOLUTION


def softmax_jacobian_naive(p: ArrayLike) -> Floats:
    """Return the Jacobian of softmax at one sample, with explicit loops, formula (4).

    p  (C,) float64 or float32, the probabilities softmax(z)

    Returns J (C, C), dtype of p: J[i, j] is the derivative of p[i] on the score z[j].

    Raises TypeError or ValueError for a p that is not 1-dimensional, or not probabilities.
    """
    p = check_probabilities(p, ndim=1)
    # BEGIN SOLUTION
    C = len(p)
    J = np.zeros((C, C), dtype=p.dtype)
    for i in range(C):
        for j in range(C):
            delta = 1 if i == j else 0
            J[i, j] = p[i] * (delta - p[j])
    return J
    # END SOLUTION


def softmax_jacobian_vectorized(p: ArrayLike) -> Floats:
    """Return the Jacobian of softmax at one sample, without a Python loop, formula (5).

    p  (C,) float64 or float32, the probabilities softmax(z)

    Returns J (C, C), dtype of p: J[i, j] is the derivative of p[i] on the score z[j].

    Raises TypeError or ValueError for a p that is not 1-dimensional, or not probabilities.
    """
    p = check_probabilities(p, ndim=1)
    # BEGIN SOLUTION
    return np.diag(p) - np.outer(p, p)
    # END SOLUTION


def softmax_jacobian_batched(P: ArrayLike) -> Floats:
    """Return the Jacobian of softmax at each of N samples, formula (5).

    P  (C, N) float64 or float32, probabilities, one column a sample

    Returns J (N, C, C), dtype of P: J[n] is the Jacobian at P[:, n].

    Raises TypeError or ValueError for a P that is not 2-dimensional, or not probabilities.
    """
    P = check_probabilities(P, ndim=2)
    # BEGIN SOLUTION
    samples = P.T
    J = -samples[:, :, None] * samples[:, None, :]
    each = np.arange(len(P))
    J[:, each, each] += samples
    return J
    # END SOLUTION


def softmax_vjp(p: ArrayLike, dp: ArrayLike, axis: int = 0) -> Floats:
    """Return dp through the Jacobian of softmax, without forming it, formula (6).

    p     any shape, float64 or float32, the probabilities softmax(z, axis)
    dp    shape of p, the gradient of a loss on p, whatever that loss is
    axis  along which the classes lie; 0 for (C, N), one column a sample

    Returns dz, shape of p, a new array: the gradient of that loss on z.  It costs O(C) a sample.
    What is nan in a sample of p or dp is nan in that sample of dz.

    Raises TypeError or ValueError for p and dp of unlike shapes, or no numbers.
    """
    p, dp = check_alike(p=p, dp=dp)
    check_axis("p", p, axis)
    # BEGIN SOLUTION
    dz = p * dp
    dz -= p * dz.sum(axis=axis, keepdims=True)
    return dz
    # END SOLUTION


def sigmoid(z: ArrayLike) -> Floats:
    """Return 1 / (1 + exp(-z)), entry by entry, formula (8); no z is too large.

    z  any shape, float64 or float32 (other real numbers become float64)

    Returns the shape and dtype of z, a new array.

    Raises TypeError or ValueError for a z with nan, or no numbers.
    """
    z = check_numbers("z", z)
    result: Floats = np.exp(-np.logaddexp(z.dtype.type(0), -z))
    return result


class Activation(ABC):
    """A layer without parameters: forward, and then backward through the same values.

    A subclass gives compute(z), and differentiate(out, dout) in terms of what compute returned.
    """

    def __init__(self) -> None:
        """Start with nothing to go back through."""
        self._out: Floats | None = None

    @abstractmethod
    def compute(self, z: ArrayLike) -> Floats:
        """Return the activation at z."""

    @abstractmethod
    def differentiate(self, out: Floats, dout: Floats) -> Floats:
        """Return dout through the derivative of the activation where it gave out."""

    def forward(self, z: ArrayLike) -> Floats:
        """Return the activation at z, float64 or float32 as z is, and remember it for backward.

        Raises TypeError or ValueError for a z with nan, or no numbers.
        """
        self._out = self.compute(z)
        return self._out.copy()

    def backward(self, dout: ArrayLike) -> Floats:
        """Return the gradient on the z of the last forward, from the gradient on its result.

        dout  shape of what forward returned

        Raises RuntimeError before forward, and TypeError or ValueError for another shape.
        """
        out = after_forward(self, self._out)
        return self.differentiate(*check_alike(out=out, dout=dout))


class Softmax(Activation):
    """softmax(z, axis) as a layer, formulas (1) and (6); any loss may follow it."""

    def __init__(self, axis: int = 0) -> None:
        """Keep the axis along which the classes lie; 0 for (C, N), one column a sample."""
        super().__init__()
        self.axis = axis

    def compute(self, z: ArrayLike) -> Floats:
        """Return softmax(z, axis)."""
        return softmax(z, self.axis)

    def differentiate(self, out: Floats, dout: Floats) -> Floats:
        """Return softmax_vjp(out, dout, axis)."""
        return softmax_vjp(out, dout, self.axis)


class Sigmoid(Activation):
    """1 / (1 + exp(-z)) as a layer, formula (8)."""

    def compute(self, z: ArrayLike) -> Floats:
        """Return sigmoid(z)."""
        return sigmoid(z)

    def differentiate(self, out: Floats, dout: Floats) -> Floats:
        """Return dout * out * (1 - out)."""
        return dout * out * (1 - out)


class Tanh(Activation):
    """tanh(z) as a layer, formula (9)."""

    def compute(self, z: ArrayLike) -> Floats:
        """Return tanh(z)."""
        out: Floats = np.tanh(check_numbers("z", z))
        return out

    def differentiate(self, out: Floats, dout: Floats) -> Floats:
        """Return dout * (1 - out**2)."""
        return dout * (1 - out * out)


class ReLU(Activation):
    """max(z, 0) as a layer, formula (10); at z = 0, where it has no derivative, 0 is taken."""

    def compute(self, z: ArrayLike) -> Floats:
        """Return max(z, 0)."""
        out: Floats = np.maximum(check_numbers("z", z), 0)
        return out

    def differentiate(self, out: Floats, dout: Floats) -> Floats:
        """Return dout where out > 0, else 0."""
        return dout * (out > 0)
