"""Builders made of other builders, and the builder of a function of one array."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tests.gradient_bench.conditions import laid_out
from tests.gradient_bench.problem import Array, Build, Function, Instance


def with_loss_form(build: Build, loss_form: Callable[[Any], Any]) -> Build:
    """Return the builder whose loss goes through ``loss_form``; the gradient stays."""

    def build_converted(rng: np.random.Generator) -> Instance:
        f, x, args = build(rng)

        def g(x: Any, *args: Any) -> tuple[Any, Any]:
            loss, dx = f(x, *args)
            return loss_form(loss), dx

        g.__wrapped__ = f  # type: ignore[attr-defined]
        return g, x, args

    return build_converted


def times(build: Build, factor: float) -> Build:
    """Return the builder with loss and gradient both multiplied by ``factor``."""

    def build_scaled(rng: np.random.Generator) -> Instance:
        f, x, args = build(rng)

        def g(x: Any, *args: Any) -> tuple[Any, Any]:
            loss, dx = f(x, *args)
            return loss * factor, dx * factor

        return g, x, args

    return build_scaled


def of_array(
    f: Function,
    shape: tuple[int, ...],
    spread: float = 1,
    *,
    dtype: DTypeLike = np.float64,
    layout: str = "C",
    zeros: int = 0,
) -> Build:
    """Return the builder of f at a normal x of ``shape``, ``zeros`` entries of which are zero."""

    def build(rng: np.random.Generator) -> Instance:
        return f, drawn(rng, shape, spread, dtype, layout, zeros), ()

    return build


def weighted(
    f: Function,
    shape: tuple[int, ...],
    spread: float = 1,
    *names: str,
    dtype: DTypeLike = np.float64,
    layout: str = "C",
    zeros: int = 0,
) -> Build:
    """Return the builder of f(x, v, *names) at a normal x with a normal upstream v."""

    def build(rng: np.random.Generator) -> Instance:
        x = drawn(rng, shape, spread, dtype, layout, zeros)
        return f, x, (rng.standard_normal(shape).astype(x.dtype), *names)

    return build


def drawn(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    spread: float,
    dtype: DTypeLike,
    layout: str,
    zeros: int,
) -> Array:
    """Return a normal x of one shape, type and layout, with some entries zero."""
    x = np.array(rng.normal(0, spread, shape), dtype=dtype)
    x.flat[rng.choice(x.size, zeros, replace=False)] = 0
    return laid_out(x, layout)
