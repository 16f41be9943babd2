"""Minibatch gradient descent with momentum: settings, steps and what was seen on the way."""

from __future__ import annotations  # numpy.random, which takes long to import, stays unread

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, tee, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.batches import Data, gathering, minibatches
from classifiers.inputs import Floats, Integers

Loss = Callable[[Any, Any, Any, float], tuple[float, Any]]

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
}


@dataclass(frozen=True)
class Settings:
    """How to descend; see LinearClassifier.train for the meaning and range of each.

    Raises ValueError for a value out of its range.
    """

    learning_rate: float
    reg: float
    num_iters: int
    batch_size: int
    momentum: float
    schedule: str

    def __post_init__(self) -> None:
        """Refuse a value out of its range."""
        _require(0 < self.learning_rate < math.inf, "learning_rate", self.learning_rate, "above 0")
        for name in ("num_iters", "batch_size"):
            count = getattr(self, name)
            whole = isinstance(count, int | np.integer)
            _require(whole and bool(count >= 1), name, count, "a whole number, 1 or more")
        _require(0 <= self.momentum < 1, "momentum", self.momentum, "from 0 to below 1")
        _require(self.schedule in SCHEDULES, "schedule", self.schedule, f"one of {[*SCHEDULES]}")

    def rate(self, iteration: int) -> float:
        """Return the learning rate of an iteration, counted from 0."""
        return self.learning_rate * SCHEDULES[self.schedule](iteration / self.num_iters)


def _require(holds: bool, name: str, given: object, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {given!r}; expected {expected}.")


@dataclass
class History:
    """What one call of train saw.

    loss                 the minibatch loss of each iteration, regularization included
    epoch_ends           after how many iterations each of the accuracies below was measured
    train_accuracy       share of the training samples that are right, 0..1, after each epoch
    validation_accuracy  the same for the validation samples; empty without them
    interrupted          whether Ctrl-C or the notebook's stop button ended the training
    """

    loss: list[float] = field(default_factory=list)
    epoch_ends: list[int] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    interrupted: bool = False

    def status(self) -> str:
        """Return the newest figures in a few words, for a progress bar."""
        figures = {
            "loss": self.loss,
            "train accuracy": self.train_accuracy,
            "validation accuracy": self.validation_accuracy,
        }
        return ", ".join(f"{name} {seen[-1]:.3f}" for name, seen in figures.items() if seen)


def descend(
    loss: Loss,
    W: Any,
    X: Data,
    y: Integers,
    settings: Settings,
    rng: np.random.Generator,
) -> Generator[tuple[float, Any]]:
    """Yield (minibatch loss before the step, weights after it) for each of num_iters steps.

    W  (C, D), or a dict of arrays where the loss returns such a dict as dW: the parameters of a
    network.  X  (D, N), an array or Columns; the loss gets batches of it, (D, B) arrays that it may
    change and keep.  y  (N,), or (C, N) where the loss takes weights.  W is left as it is and each
    yielded array is a new one.
    Source: Polyak (1964), the heavy-ball step: velocity = momentum * velocity - rate * dW.

    Raises FloatingPointError when the loss or a weight becomes nan or infinite, and TypeError or
    ValueError when the loss function returns something other than (loss, dW).
    """
    velocity = _each(np.zeros_like, W)
    batch_size = min(settings.batch_size, X.shape[1])
    batches, ahead = tee(islice(minibatches(X.shape[1], batch_size, rng), settings.num_iters))
    next(ahead)
    with gathering(X, batch_size) as gather:
        for iteration, (batch, following) in enumerate(zip_longest(batches, ahead)):
            columns, labels = gather(batch, following), y[..., batch]
            value, dW = loss_and_gradient(loss, W, columns, labels, settings.reg)
            del columns  # its memory is the next batch's
            step = partial(_step, settings.momentum, settings.rate(iteration))
            W = _each(step, W, velocity, dW)
            _refuse_divergence(value, W, iteration, settings)
            yield value, W


def _refuse_divergence(value: float, W: Any, iteration: int, settings: Settings) -> None:
    if not (math.isfinite(value) and all(np.isfinite(part).all() for part in _parts(W))):
        raise FloatingPointError(
            f"The training cannot go on: the loss is {value} at iteration {iteration} and the "
            f"step after it is too large; lower learning_rate, which is "
            f"{settings.learning_rate:g}, or reg, which is {settings.reg:g}."
        )


def _step(momentum: float, rate: float, W: Floats, velocity: Floats, dW: Floats) -> Floats:
    """Return W a step further, and leave the velocity as it was during the step."""
    with np.errstate(over="ignore", invalid="ignore"):
        velocity *= momentum
        velocity -= rate * dW
        return W + velocity


def _each(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """Call a function on arrays, or on the arrays of the same name in dicts."""
    if not isinstance(first, Mapping):
        return function(first, *others)
    return {name: function(first[name], *(other[name] for other in others)) for name in first}


def _parts(W: Any) -> list[Floats]:
    return list(W.values()) if isinstance(W, Mapping) else [W]


def loss_and_gradient(
    loss: Loss, W: Any, X: NDArray[Any], y: Integers, reg: float
) -> tuple[float, Any]:
    """Call a loss function and return its value as a float and dW as an array.

    Raises TypeError or ValueError when it returns something other than a number and a dW of the
    shape of W, in this order.
    """
    name, result = getattr(loss, "__name__", "the loss function"), loss(W, X, y, reg)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"{name} returned {_kind(result)}; expected two values, loss and dW.")
    value, dW = result
    if isinstance(W, Mapping):
        return float(value), dW
    dW = np.asarray(dW)
    if np.size(value) != 1 or dW.shape != W.shape:
        swapped = dW.size == 1 and np.shape(value) == W.shape
        raise ValueError(
            f"{name} returned a loss of shape {np.shape(value)} and a dW of shape {dW.shape}; "
            f"expected one number and {W.shape}, the shape of W"
            + (": are the two swapped?" if swapped else ".")
        )
    return float(np.reshape(value, ())), dW


def _kind(result: object) -> str:
    if isinstance(result, tuple):
        return f"{len(result)} values"
    return "None" if result is None else f"one {type(result).__name__}"
