"""Losses that any activation may stand before, with targets that need not sum to one.

Numbers in brackets are those of the formulas in docs/softmax.md.  Every loss is a mean over the N
samples, in nats where it has a logarithm.  A target is one of two:

labels   integers, shape of the output without the axis of the classes
weights  (C, N) like the output, 0 or more; a sample's weights may sum to anything, 0 included
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from classifiers.inputs import Floats
from classifiers.layer_inputs import (
    after_forward,
    check_label_values,
    check_scores,
    check_targets,
)


def softmax_cross_entropy(z: ArrayLike, target: ArrayLike, axis: int = 0) -> tuple[float, Floats]:
    """Return the cross entropy of softmax(z) and its gradient on z, formulas (14) and (15).

    z       (C, N), float64 or float32, scores; or any shape with the classes along the axis; a
            score of -inf masks a class, which then adds nothing where its weight is 0
    target  (N,) integer labels, or (C, N) weights, 0 or more, that need not sum to 1
    axis    along which the classes lie; 0 for (C, N), one column a sample

    Returns (loss, dz):
    loss  float, in nats: mean over samples of -sum_c target[c] * log(p[c])
    dz    shape and dtype of z, a new array: the gradient of the loss on z

    Scores up to 1e300 (1e37 in float32) give a finite loss.  The inputs are left as they are.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    """
    z, target = check_targets(check_scores(z, axis), target, axis)
    # BEGIN SOLUTION
    N = z.size // z.shape[axis]
    shifted = z - z.max(axis=axis, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    loss = np.sum(target * -np.where(target > 0, log_p, 0)) / N
    tau = target.sum(axis=axis, keepdims=True)
    dz: Floats = (tau * np.exp(log_p) - target) / N
    return float(loss), dz
    # END SOLUTION


def smooth_labels(y: ArrayLike, num_classes: int, smoothing: float) -> Floats:
    """Return targets that leave some weight for the classes that are not the label, formula (16).

    y            (N,) integer labels, 0 <= y[i] < C
    num_classes  C, 1 or more
    smoothing    share of a sample's weight that is spread evenly over all C classes, 0 to 1

    Returns (C, N) float64; every column sums to 1.

    Raises TypeError or ValueError for input of another shape, dtype or range.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y has shape {y.shape}; expected (N,), one label a sample.")
    if not isinstance(num_classes, int | np.integer) or num_classes < 1:
        raise ValueError(f"num_classes is {num_classes}; expected a whole number, 1 or more.")
    check_label_values(y, num_classes)
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing is {smoothing}; expected a share from 0 to 1.")
    one_hot = np.equal.outer(np.arange(num_classes), y)
    target: Floats = (1 - smoothing) * one_hot + smoothing / num_classes
    return target


class Loss(ABC):
    """A loss: forward(p, target), and then backward() for the gradient on p."""

    def __init__(self, axis: int = 0) -> None:
        """Keep the axis along which the classes lie; 0 for (C, N), one column a sample."""
        self.axis = axis
        self._dp: Floats | None = None

    @abstractmethod
    def compute(self, p: ArrayLike, target: ArrayLike) -> tuple[float, Floats]:
        """Return the loss and its gradient on p, a new array."""

    def forward(self, p: ArrayLike, target: ArrayLike) -> float:
        """Return the loss, a mean over the N samples, and remember its gradient for backward.

        p       (C, N), float64 or float32: what the network gives
        target  (N,) integer labels, or (C, N) weights, 0 or more, that need not sum to 1

        Raises TypeError or ValueError for input of another shape, dtype or range.
        """
        loss, self._dp = self.compute(p, target)
        return loss

    def backward(self) -> Floats:
        """Return the gradient of the last forward's loss on its p, shape and dtype of p.

        Raises RuntimeError before forward.
        """
        return after_forward(self, self._dp).copy()


class CrossEntropy(Loss):
    """-sum(target * log(p)) of probabilities, formulas (11) and (12).

    Where a class with weight has a p too near 0 for a float, the gradient is infinite, and with
    p = 0 the loss too.  Behind softmax that is a score 708 below the highest (87 in float32);
    SoftmaxCrossEntropy has no such limit.
    """

    def compute(self, p: ArrayLike, target: ArrayLike) -> tuple[float, Floats]:
        """Return the loss and its gradient on p; raises ValueError for a p below 0."""
        p, target = check_targets(p, target, self.axis)
        if not 0 <= p.min() <= p.max() < np.inf:
            raise ValueError(
                f"p has entries from {p.min():.4g} to {p.max():.4g}; expected probabilities, 0 or "
                "more: is there a Softmax or a Sigmoid before CrossEntropy?"
            )
        # BEGIN SOLUTION
        N = p.size // p.shape[self.axis]
        p = np.where(target > 0, p, 1)
        with np.errstate(divide="ignore", over="ignore"):
            loss = np.sum(target * -np.log(p)) / N
            dp = -target / p / N
        return float(loss), dp
        # END SOLUTION


class SquaredError(Loss):
    """0.5 * sum((p - target)**2), formula (13)."""

    def compute(self, p: ArrayLike, target: ArrayLike) -> tuple[float, Floats]:
        """Return the loss and its gradient on p."""
        p, target = check_targets(p, target, self.axis)
        N = p.size // p.shape[self.axis]
        difference = p - target
        return float(0.5 * np.sum(difference * difference) / N), difference / N


class SoftmaxCrossEntropy(Loss):
    """Softmax and CrossEntropy in one, on scores, formulas (14) and (15); finite for any score."""

    def compute(self, p: ArrayLike, target: ArrayLike) -> tuple[float, Floats]:
        """Return softmax_cross_entropy(p, target, axis), where p are scores."""
        return softmax_cross_entropy(p, target, self.axis)
