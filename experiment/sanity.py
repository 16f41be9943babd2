"""What to see of a loss before training with it: its value at tiny W, gradient and speed."""

import math
from functools import partial

import numpy as np

from classifiers.descent import Loss, loss_and_gradient
from datasets import Split
from gradient_check import GradientCheck, check_gradient
from timing.rounds import time_in_rounds

REG = 0.1


def loss_at_tiny_weights(kind: str, loss: Loss, dev: Split, seed: int) -> tuple[float, float]:
    """Return (loss at W of about 1e-4, the value it should be near).

    kind  "softmax", near log C, or "svm", near C - 1
    loss  a function (W, X, y, reg) -> (loss, dW); dev  the images to try it on
    """
    X, y, C = dev.columns(), dev.labels, len(dev.class_names)
    value, _ = loss_and_gradient(loss, _weights(C, len(X), 1e-4, seed), X, y, 0.0)
    return value, {"softmax": math.log(C), "svm": C - 1.0}[kind]


def loss_at_huge_weights(loss: Loss, dev: Split, seed: int) -> float:
    """Return the loss at W of about 1e4, where scores are in the thousands; it should be finite."""
    X, C = dev.columns(), len(dev.class_names)
    with np.errstate(all="ignore"):
        return loss_and_gradient(loss, _weights(C, len(X), 1e4, seed), X, dev.labels, 0.0)[0]


def regularization_factor(loss: Loss, dev: Split, seed: int) -> float:
    """Return k where regularization adds k * reg * sum(W * W) to the loss; it should be 0.5."""
    X, y, C = dev.columns(), dev.labels, len(dev.class_names)
    W = _weights(C, len(X), 1e-2, seed)
    with_reg, without = (loss_and_gradient(loss, W, X, y, reg)[0] for reg in (REG, 0.0))
    return (with_reg - without) / (REG * float(np.sum(W * W)))


def gradient_verdict(loss: Loss, dev: Split, seed: int) -> GradientCheck:
    """Return what the numeric checker says of the loss on 100 images of dev, reg included."""
    X, y, C = dev.columns()[:, :100], dev.labels[:100], len(dev.class_names)
    return check_gradient(loss, _weights(C, len(X), 1e-2, seed), X, y, REG, seed=seed)


def seconds_a_call(losses: dict[str, Loss], dev: Split, seed: int) -> dict[str, float]:
    """Return the seconds of one call of each loss on all of dev, the fastest of some in turn."""
    X, y = dev.columns(), dev.labels
    W = _weights(len(dev.class_names), len(X), 1e-2, seed)
    calls = {name: partial(loss, W, X, y, REG) for name, loss in losses.items()}
    return {name: float(taken.min()) for name, taken in time_in_rounds(calls).items()}


def _weights(
    C: int, D: int, size: float, seed: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return size * np.random.default_rng(seed).standard_normal((C, D))
