"""Any function of the bench as a function of one vector."""

from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Build, Function, Instance, flatten


def unflatten(v: Array, like: Any) -> Any:
    """The inverse of ``flatten``: an array or a dict of arrays shaped like ``like``."""
    if not isinstance(like, dict):
        return v.reshape(like.shape)
    ends = np.cumsum([part.size for part in like.values()])
    parts = np.split(v, ends[:-1])
    return {
        key: part.reshape(shaped.shape)
        for (key, shaped), part in zip(like.items(), parts, strict=True)
    }


def as_vector(f: Function, x: Any) -> tuple[Function, Array]:
    """The same function of a vector, and x as that vector; mutants keep ``__wrapped__``."""

    def f_vector(v: Array, *args: Any) -> tuple[Any, Array]:
        loss, g = f(unflatten(v, x), *args)
        return loss, flatten(g)

    if hasattr(f, "__wrapped__"):
        f_vector.__wrapped__ = as_vector(f.__wrapped__, x)[0]  # type: ignore[attr-defined]
    return f_vector, flatten(x)


def flat(build: Build) -> Build:
    """The builder of the same function over one vector that holds all parameters in turn."""

    def build_flat(rng: np.random.Generator) -> Instance:
        f, x, args = build(rng)
        return *as_vector(f, x), args

    return build_flat
