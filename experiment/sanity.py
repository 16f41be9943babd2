"""What to see of a loss before training with it: its value at tiny W, gradient and speed."""

import contextlib
import io
import math
from functools import partial

import numpy as np

from classifiers.descent import Loss
from datasets import Split
from gradient_check import grad_check_sparse
from timing.rounds import time_in_rounds

LARGEST_ERROR = 1e-4
REG = 0.1


def loss_at_tiny_weights(kind: str, loss: Loss, dev: Split, seed: int) -> tuple[float, float]:
    """Return (loss at W of about 1e-4, the value it should be near).

    kind  "softmax", near log C, or "svm", near C - 1
    loss  a function (W, X, y, reg) -> (loss, dW); dev  the images to try it on
    """
    X, y, C = dev.columns(), dev.labels, len(dev.class_names)
    value, _ = loss(_weights(C, len(X), 1e-4, seed), X, y, 0.0)
    return float(value), {"softmax": math.log(C), "svm": C - 1.0}[kind]


def gradient_error(loss: Loss, dev: Split, seed: int) -> float:
    """Return the largest relative error of the loss's gradient at sampled entries, reg included."""
    X, y, C = dev.columns()[:, :100], dev.labels[:100], len(dev.class_names)
    W = _weights(C, len(X), 1e-2, seed)
    with contextlib.redirect_stdout(io.StringIO()):
        _, dW = loss(W, X, y, REG)
        checks = grad_check_sparse(lambda W: loss(W, X, y, REG)[0], W, dW, h=1e-4, seed=seed)
    return max(check.error for check in checks)


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
