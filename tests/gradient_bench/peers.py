"""Other people's gradient checkers behind one signature; those not installed are left out.

They see x as one vector of its own type, since none takes a dict; inputs are copied first, since
CS231n's step x in place.
"""

import logging
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from tests.gradient_bench.problem import Array, Function
from tests.gradient_bench.vector import as_vector

Peer = Callable[..., tuple[str, str]]


def vector_form(f: Function, x: Any, args: tuple[Any, ...]) -> tuple[Any, Any, Array]:
    """(loss(v), gradient(v), v) for a vector v; the gradient must have the shape of x."""
    g, v = as_vector(f, x)

    def loss(v: Array) -> Any:
        return np.ravel(g(v, *args)[0])[0]

    def gradient(v: Array) -> Array:
        dv = np.asarray(g(v, *args)[1])
        if dv.shape != v.shape:
            raise ValueError(f"gradient has {dv.size} entries, x has {v.size}")
        return dv

    return loss, gradient, v.copy()


def verdict(passes: Any) -> tuple[str, str]:
    """ "pass" or "fail", with no cause."""
    return ("pass" if passes else "fail"), ""


def refusing(check: Callable[..., bool]) -> Peer:
    """A peer that fails what makes the check raise: wrong shapes, non-finite values, types."""

    def peer(f: Function, x: Any, args: tuple[Any, ...], seed: int) -> tuple[str, str]:
        loss, gradient, v = vector_form(f, x, args)
        try:
            return verdict(check(loss, gradient, v, np.random.default_rng(seed)))
        except (ValueError, TypeError, AssertionError, RuntimeError):
            return verdict(False)

    return peer


def central(loss: Any, v: Array, i: int, h: float) -> Any:
    """CS231n's central difference of one entry."""
    old = v[i]
    v[i] = old + h
    ahead = loss(v)
    v[i] = old - h
    behind = loss(v)
    v[i] = old
    return (ahead - behind) / (2 * h)


def cs231n_sparse(tolerance: float, checks: int = 10, h: float = 1e-5) -> Peer:
    """grad_check_sparse: ten random entries, relative error |a - b| / (|a| + |b|)."""

    def check(loss: Any, gradient: Any, v: Array, rng: np.random.Generator) -> bool:
        analytic = gradient(v)
        for i in rng.integers(v.size, size=checks):
            numeric = central(loss, v, i, h)
            size = abs(numeric) + abs(analytic[i])
            if size and not abs(numeric - analytic[i]) / size < tolerance:
                return False
        return True

    return refusing(check)


def cs231n_full(tolerance: float = 1e-5, h: float = 1e-5) -> Peer:
    """eval_numerical_gradient and rel_error: every entry, the largest relative error."""

    def check(loss: Any, gradient: Any, v: Array, rng: np.random.Generator) -> bool:
        analytic = gradient(v)
        numeric = np.array([central(loss, v, i, h) for i in range(v.size)])
        size = np.maximum(1e-8, np.abs(numeric) + np.abs(analytic))
        return bool((np.abs(numeric - analytic) / size).max() < tolerance)

    return refusing(check)


def torch_gradcheck() -> Peer:
    """torch.autograd.gradcheck, fast mode, its own tolerances."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    warnings.filterwarnings("ignore", module="torch")

    def check(loss: Any, gradient: Any, v: Array, rng: np.random.Generator) -> bool:
        class Loss(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
            @staticmethod
            def forward(ctx: Any, t: Any) -> Any:
                ctx.save_for_backward(t)
                return t.new_tensor(float(loss(t.detach().numpy())))

            @staticmethod
            def backward(ctx: Any, upstream: Any) -> Any:
                (t,) = ctx.saved_tensors
                return upstream * torch.from_numpy(np.array(gradient(t.detach().numpy())))

        torch.manual_seed(int(rng.integers(2**31)))
        t = torch.tensor(v, requires_grad=True)
        return bool(
            torch.autograd.gradcheck(Loss.apply, (t,), fast_mode=True, check_batched_grad=False)
        )

    return refusing(check)


def jax_check_grads() -> Peer:
    """jax.test_util.check_grads, reverse mode, first order, its own tolerances."""
    import jax  # type: ignore[import-not-found, unused-ignore]
    from jax.test_util import check_grads  # type: ignore[import-not-found, unused-ignore]

    jax.config.update("jax_enable_x64", True)
    logging.getLogger("jax").setLevel(logging.CRITICAL)

    def check(loss: Any, gradient: Any, v: Array, rng: np.random.Generator) -> bool:
        scalar = jax.ShapeDtypeStruct((), v.dtype)
        vector = jax.ShapeDtypeStruct(v.shape, v.dtype)

        def host_loss(t: Any) -> Array:
            return np.asarray(loss(np.array(t)), v.dtype)

        def host_gradient(t: Any) -> Array:
            return np.asarray(gradient(np.array(t)), v.dtype)

        @jax.custom_vjp  # type: ignore[untyped-decorator, unused-ignore]
        def g(t: Any) -> Any:
            return jax.pure_callback(host_loss, scalar, t)

        g.defvjp(
            lambda t: (g(t), t),
            lambda t, upstream: (upstream * jax.pure_callback(host_gradient, vector, t),),
        )
        np.random.seed(int(rng.integers(2**31)))
        check_grads(g, (v,), order=1, modes=["rev"])
        return True

    return refusing(check)


def scipy_check_grad(tolerance: float = 1e-6) -> Peer:
    """scipy.optimize.check_grad relative to the size of the gradient."""
    from scipy.optimize import check_grad  # type: ignore[import-untyped, import-not-found, unused-ignore]

    def check(loss: Any, gradient: Any, v: Array, rng: np.random.Generator) -> bool:
        size = float(np.linalg.norm(gradient(v)))
        return bool(check_grad(loss, gradient, v) <= tolerance * max(size, 1))

    return refusing(check)


def available_peers() -> dict[str, Peer]:
    """CS231n's method, and torch, jax and scipy where they are installed."""
    peers = {f"CS231n sparse, {t:g}": cs231n_sparse(t) for t in (1e-7, 1e-5, 1e-4)}
    peers["CS231n full, 1e-05"] = cs231n_full()
    if find_spec("torch"):
        peers["torch gradcheck, fast"] = torch_gradcheck()
    if find_spec("jax"):
        peers["jax check_grads"] = jax_check_grads()
    if find_spec("scipy"):
        peers["scipy check_grad, 1e-06"] = scipy_check_grad()
    return peers
