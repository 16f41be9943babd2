"""What the walk through a handout finds: an answer in whatever form, and nothing else."""

import os
import pickle
import subprocess
import sys

import pytest

from grading.release import walk
from grading.release.sought import sought

LEAKY = """\
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


def _coefficients(W, X, Y):
    E = np.exp(W @ X - (W @ X).max(axis=0))
    return E / E.sum(axis=0) - Y


@dataclass
class _Setting:
    X: np.ndarray
    Y: np.ndarray
    flipped: bool

    def summed(self, W) -> dict[str, Any]:
        dW = _coefficients(W, self.X, self.Y) @ self.X.T
        return {"loss": 0.0, "grads": [dW.T if self.flipped else dW]}

    @property
    def pulls(self) -> np.ndarray:
        raise ValueError("it has no weights")


class _Explainer:
    def __init__(self, setting: _Setting, W) -> None:
        self.setting, self.W = setting, W

    def candidates(self) -> Iterator[Any]:
        yield 1.0
        yield [self.setting.summed(self.W)["grads"][0] / 11 + 2.5 * self.W]

    @property
    def regularized(self) -> np.ndarray:
        return next(iter(list(self.candidates())[1])).ravel()


def made(W: np.ndarray, X, Y) -> _Explainer:
    return _Explainer(_Setting(X, Y, True), W)


def hinge(scores, Y):
    active = scores - (scores * Y).sum(axis=0) + 1 > 0
    return 3.0 * (active * (1 - Y) - Y * (active.sum(axis=0) - 1))


def turned(W, X, Y):
    return X @ _coefficients(W, X, Y).T


def jacobian(p):
    return np.diag(p) - np.outer(p, p)


def half(p):
    return np.diag(p * (1 - p))


def products(X, Y):
    return Y @ X.T


def same(W):
    return 2 * W


def noise(W):
    return W + 1e-3 * np.sin(np.arange(W.size)).reshape(W.shape)


def endless(W):
    while True:
        pass
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the walk prints of a folder with one module."""
    folder = tmp_path_factory.mktemp("walked")
    (folder / "room").mkdir()
    (folder / "room" / "__init__.py").touch()
    (folder / "room" / "leaky.py").write_text(LEAKY)
    (folder / "sought").write_bytes(pickle.dumps(sought()))
    environment = {**os.environ, "HOME": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-P", walk.__file__, folder / "sought"], cwd=folder, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout.splitlines()


@pytest.mark.parametrize(
    "found",
    [
        "room.leaky._coefficients returns the gradient on the scores of softmax_loss_naive",
        "room.leaky._Setting.summed returns the gradient of softmax_loss_naive",
        "room.leaky._Explainer.candidates returns the gradient of softmax_loss_naive",
        "room.leaky._Explainer.regularized returns the gradient of softmax_loss_naive",
        "room.leaky.turned returns the gradient of softmax_loss_naive",
        "room.leaky.hinge returns the gradient on the scores of svm_loss_naive",
        "room.leaky.jacobian returns an answer to softmax_jacobian_naive",
    ],
)
def test_an_answer_is_found_in_whatever_form(found: str, printed: list[str]) -> None:
    assert found in printed


def test_what_is_no_answer_is_not_found(printed: list[str]) -> None:
    innocent = ("half", "products", "same", "noise", "endless", "_Setting ", "_Setting.pulls")
    wrongly = [
        line for line in printed if line.startswith(tuple(f"room.leaky.{i}" for i in innocent))
    ]
    assert wrongly == []


def test_the_walk_says_how_much_it_called(printed: list[str]) -> None:
    assert printed[0] == "12 functions and classes"
    assert int(printed[-1].split()[0]) > 500
