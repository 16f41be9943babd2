"""Functions of one array with their right gradients: f(x, ...) -> (loss, gradient)."""

from typing import Any

import numpy as np

from tests.gradient_bench.losses import half_squares
from tests.gradient_bench.problem import Array, Instance


def quadratic(x: Array) -> tuple[Any, Array]:
    """0.5 * sum(x * x)."""
    return half_squares(x), 1.0 * x


def constant(x: Array) -> tuple[Any, Array]:
    """3, whatever x is."""
    return 3.0, np.zeros_like(x)


def linear(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(v * x)."""
    return (v * x).sum(), v.copy()


def cubic(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(v * x**3): flat to second order at zero."""
    return (v * x**3).sum(), 3 * v * x**2


def wave(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(v * sin(50 * x)): the scale of x says little about the scale of its changes."""
    return (v * np.sin(50 * x)).sum(), 50 * v * np.cos(50 * x)


def rosenbrock(x: Array) -> tuple[Any, Array]:
    """Rosenbrock's valley over a vector."""
    a, b = x[:-1], x[1:]
    r = b - a * a
    dx = np.zeros_like(x)
    dx[:-1] = -400 * a * r - 2 * (1 - a)
    dx[1:] += 200 * r
    return (100 * r * r + (1 - a) ** 2).sum(), dx


def exponential(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(exp(v * x))."""
    e = np.exp(v * x)
    return e.sum(), v * e


def masked(x: Array, v: Array) -> tuple[Any, Array]:
    """Tanh of the entries whose upstream is positive; the others do not matter."""
    keep = v > 0
    t = np.tanh(x)
    return (v * t * keep).sum(), v * (1 - t * t) * keep


def absolute(x: Array, v: Array) -> tuple[Any, Array]:
    """sum(|v| * |x|)."""
    return (np.abs(v) * np.abs(x)).sum(), np.abs(v) * np.sign(x)


def mixed_scales(rng: np.random.Generator) -> Instance:
    """A quadratic whose curvatures and gradients span twelve decades."""
    a = 10.0 ** rng.uniform(-6, 6, 30)

    def f(x: Array, a: Array) -> tuple[Any, Array]:
        return (a * x * x).sum() / 2, a * x

    return f, rng.standard_normal(30), (a,)
