"""Mistakes seen between calls: changed arguments, reused buffers, old answers, chance.

Each takes ``(f, rng)`` and returns the wrong function, with its own memory.
"""

from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Function


def mutates_x(f: Function, rng: np.random.Generator) -> Function:
    """dW = W; dW *= reg; dW += ...: the gradient is written over the weights."""

    def wrong(W: Array, *args: Any) -> tuple[Any, Array]:
        loss, dW = f(W, *args)
        W[...] = dW
        return loss, W

    return wrong


def nudges_x(f: Function, rng: np.random.Generator) -> Function:
    """A check's own step left behind in one entry of x."""

    def wrong(W: Array, *args: Any) -> tuple[Any, Array]:
        result = f(W, *args)
        W.flat[-1] += 1e-5
        return result

    return wrong


def steps_x(f: Function, rng: np.random.Generator) -> Function:
    """The training step taken inside the loss."""

    def wrong(W: Array, *args: Any) -> tuple[Any, Array]:
        loss, dW = f(W, *args)
        W -= W.dtype.type(0.01) * dW
        return loss, dW

    return wrong


def centres_data(f: Function, rng: np.random.Generator) -> Function:
    """Centres the data in place, all but the bias row."""

    def wrong(W: Array, X: Array, *args: Any) -> tuple[Any, Array]:
        X[:-1] -= X[:-1].mean(axis=1, keepdims=True)
        return f(W, X, *args)

    return wrong


def scales_data(f: Function, rng: np.random.Generator) -> Function:
    """Divides the data by 255 in place, after use."""

    def wrong(W: Array, X: Array, *args: Any) -> tuple[Any, Array]:
        result = f(W, X, *args)
        X /= 255
        return result

    return wrong


def shifts_labels(f: Function, rng: np.random.Generator) -> Function:
    """Changes the labels in place, after use."""

    def wrong(W: Array, X: Array, y: Array, *args: Any) -> tuple[Any, Array]:
        result = f(W, X, y, *args)
        y[0] = (y[0] + 1) % len(W)
        return result

    return wrong


def reuses_buffer(f: Function, rng: np.random.Generator) -> Function:
    """One buffer for all gradients: each call overwrites what the last one returned."""
    buffer: list[Array] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        if not buffer or buffer[0].dtype != g.dtype:
            buffer[:] = [np.empty_like(g)]
        buffer[0][...] = g
        return loss, buffer[0]

    return wrong


def reuses_buffer_view(f: Function, rng: np.random.Generator) -> Function:
    """A fresh view each time, of one and the same buffer."""
    inner = reuses_buffer(f, rng)

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = inner(x, *args)
        return loss, g[:]

    return wrong


def accumulates(f: Function, rng: np.random.Generator) -> Function:
    """Adds to the buffer of the call before and returns that buffer."""
    buffer: list[Array] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        if not buffer:
            buffer.append(np.zeros_like(g))
        buffer[0] += g.astype(buffer[0].dtype)
        return loss, buffer[0]

    return wrong


def accumulates_copy(f: Function, rng: np.random.Generator) -> Function:
    """Adds to the gradient of the call before and returns a copy."""
    inner = accumulates(f, rng)

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = inner(x, *args)
        return loss, g.copy()

    return wrong


def previous_gradient(f: Function, rng: np.random.Generator) -> Function:
    """From the second call on the gradient is that of the call before."""
    memory: list[Array] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        memory.append(g)
        return loss, memory[max(len(memory) - 2, 0)].copy()

    return wrong


def first_gradient(f: Function, rng: np.random.Generator) -> Function:
    """The gradient is computed at the first call only."""
    memory: list[Array] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        memory.append(g)
        return loss, memory[0].copy()

    return wrong


def first_result(f: Function, rng: np.random.Generator) -> Function:
    """Loss and gradient are computed at the first call only."""
    memory: list[tuple[Any, Array]] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        memory.append(memory[0] if memory else f(x, *args))
        return memory[0][0], memory[0][1].copy()

    return wrong


def second_call_doubles(f: Function, rng: np.random.Generator) -> Function:
    """Right at the first call, twice the gradient ever after."""
    calls: list[int] = []

    def wrong(x: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(x, *args)
        calls.append(1)
        return loss, g if len(calls) == 1 else 2 * g

    return wrong
