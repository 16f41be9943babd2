"""The four losses, and small problems whose scores float64 holds exactly."""

import numpy as np
import pytest

from classifiers import (
    softmax_loss_naive,
    softmax_loss_vectorized,
    svm_loss_naive,
    svm_loss_vectorized,
)

SOFTMAX = [("softmax naive", softmax_loss_naive), ("softmax vectorized", softmax_loss_vectorized)]
SVM = [("svm naive", svm_loss_naive), ("svm vectorized", svm_loss_vectorized)]


def over(pairs):
    """Run a test once for each (name, function) pair."""
    names, functions = zip(*pairs, strict=True)
    return pytest.mark.parametrize("loss", functions, ids=names)


def problem(C=5, D=7, N=11, seed=0, scale=1.0):
    """Return W (C, D), X (D, N), y (N,) in quarters; with a scale of 2**k no score is rounded."""
    rng = np.random.default_rng(seed)
    W, X = rng.integers(-8, 9, (C, D)) / 4, rng.integers(-8, 9, (D, N)) / 4
    return scale * W, X, rng.integers(C, size=N)
