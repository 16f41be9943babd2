"""What is timed against what: functions that do the same work, compared before they are timed."""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from classifiers import (
    softmax,
    softmax_jacobian_batched,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_loss_naive,
    softmax_loss_vectorized,
    softmax_vjp,
    svm_loss_naive,
    svm_loss_vectorized,
)
from classifiers.descent import Loss
from classifiers.fused import softmax_loss_fused
from classifiers.inputs import Floats
from gradient_check import check_gradient, eval_numerical_gradient, grad_check_sparse
from timing.peers import peers
from timing.rounds import affordable
from timing.samples import SEED, Samples, draw

Call = Callable[[], object]
CallOn = Callable[[int], Call]

JACOBIANS = 5_000_000  # entries of all samples' Jacobians, about 40 MB


@dataclass(frozen=True)
class Function:
    """One function of a contest.

    name      as it is shown
    N         samples that one call works on
    call      what is timed
    compared  whether it gives the same as the others
    """

    name: str
    N: int
    call: Call
    compared: bool = True


@dataclass(frozen=True)
class Contest:
    """Functions that do the same work, the first of which the others are compared with.

    kind       "softmax", "svm", "derivatives" or "gradient check"
    title      what they compute, and of what size
    sizes      its "C", "D", "N" and "dtype"; D is None where there are no features
    functions  what is timed
    expected   takes a number of samples, and returns what every function gives for them
    """

    kind: str
    title: str
    sizes: Mapping[str, Any]
    functions: tuple[Function, ...]
    expected: Callable[[int], object]


def softmax_contest(
    sizes: Mapping[str, Any],
    *,
    seconds: float,
    with_peers: bool,
    theirs: Mapping[str, Loss],
) -> Contest:
    """Return the contest of the softmax loss.

    sizes       "C", "D", "N" and "dtype"
    seconds     of one call with loops: it gets as many samples as it can do in these
    with_peers  whether other packages take part
    theirs      losses of others, by the name that is shown
    """
    samples, N = draw(**sizes), sizes["N"]
    expected = on(softmax_loss_vectorized, samples)
    functions = [
        Function("vectorized", N, expected(N)),
        Function("its two matrix products", N, _products(samples), compared=False),
        Function("fused", N, on(softmax_loss_fused, samples)(N)),
    ]
    with_loops = {"naive": on(softmax_loss_naive, samples)}
    for name, call in (peers(*samples.first(N)) if with_peers else {}).items():
        if "naive" in name:
            with_loops[name] = _peer_on(name, samples)
        else:
            functions.append(Function(name, N, call))
    with_loops |= {name: on(loss, samples) for name, loss in theirs.items()}
    functions += [_on_fewer(name, call_on, N, seconds) for name, call_on in with_loops.items()]
    title = f"softmax loss and its gradient, {_said(sizes)}"
    return Contest("softmax", title, sizes, tuple(functions), lambda n: expected(n)())


def svm_contest(sizes: Mapping[str, Any], *, seconds: float) -> Contest:
    """Return the contest of the hinge loss; the arguments are those of softmax_contest."""
    samples, N = draw(**sizes), sizes["N"]
    expected = on(svm_loss_vectorized, samples)
    functions = (
        Function("vectorized", N, expected(N)),
        _on_fewer("naive", on(svm_loss_naive, samples), N, seconds),
    )
    title = f"hinge loss and its gradient, {_said(sizes)}"
    return Contest("svm", title, sizes, functions, lambda n: expected(n)())


def on(loss: Loss, samples: Samples) -> CallOn:
    """Return what takes a number of samples, and returns a call of the loss on so many."""
    return lambda n: partial(loss, *samples.first(n))


def _peer_on(name: str, samples: Samples) -> CallOn:
    return lambda n: peers(*samples.first(n))[name]


def _products(samples: Samples) -> Call:
    W, X = samples.W, samples.X
    P = W @ X
    return lambda: (W @ X, P @ X.T)


def _on_fewer(name: str, call_on: CallOn, N: int, seconds: float) -> Function:
    n = affordable(call_on, N, seconds)
    return Function(name, n, call_on(n))


def _said(sizes: Mapping[str, Any]) -> str:
    numbers = (f"{name} = {sizes[name]:,}" for name in "CDN" if sizes[name] is not None)
    return f"{', '.join(numbers)}, {sizes['dtype']}"


def derivatives_contest(C: int, dtype: str, *, seconds: float) -> Contest:
    """Return the contest of dp through softmax's Jacobian: formed or not, with loops or without.

    The arguments are those of softmax_contest.
    """
    N = max(1, min(50_000, JACOBIANS // C**2))
    sizes = {"C": C, "D": None, "N": N, "dtype": dtype}
    rng = np.random.default_rng(SEED)
    p, dp = softmax(rng.standard_normal((C, N)).astype(dtype)), rng.standard_normal((C, N))
    dp = dp.astype(dtype)

    def sample_by_sample(jacobian: Callable[[Floats], Floats]) -> CallOn:
        return lambda n: lambda: np.stack([jacobian(p[:, i]) @ dp[:, i] for i in range(n)], axis=1)

    def batched() -> object:
        return np.einsum("nij,jn->in", softmax_jacobian_batched(p), dp)

    functions = (
        Function("multiply, sum, multiply-subtract", N, lambda: _three_passes(p, dp)),
        Function("softmax_vjp", N, lambda: softmax_vjp(p, dp)),
        Function("softmax_jacobian_batched, times dp", N, batched),
        *(
            _on_fewer(f"{jacobian.__name__}, times dp", sample_by_sample(jacobian), N, seconds)
            for jacobian in (softmax_jacobian_vectorized, softmax_jacobian_naive)
        ),
    )
    title = f"dp through softmax's Jacobian, {_said(sizes)}"
    return Contest(
        "derivatives", title, sizes, functions, lambda n: _three_passes(p[:, :n], dp[:, :n])
    )


def _three_passes(p: Floats, dp: Floats) -> Floats:
    """Return what softmax_vjp does, in the array passes that it cannot avoid."""
    dz: Floats = np.multiply(p, dp)
    total = np.add.reduce(dz, axis=0)
    np.subtract(dz, np.multiply(p, total), out=dz)
    return dz


def gradient_contest(C: int, D: int, N: int, *, every_entry: bool) -> Contest:
    """Return the contest of gradient checks, which all find that softmax_loss_vectorized is right.

    every_entry  whether the numeric gradient takes part, which moves all C * D entries of W
    """
    sizes = {"C": C, "D": D, "N": N, "dtype": "float64"}
    W, X, y, reg = draw(C, D, N, "float64").first(N)
    dW = softmax_loss_vectorized(W, X, y, reg)[1]

    def loss(W: Floats) -> float:
        return softmax_loss_vectorized(W, X, y, reg)[0]

    def sparse() -> bool:
        with redirect_stdout(io.StringIO()):
            return all(check.error < 1e-4 for check in grad_check_sparse(loss, W, dW, seed=SEED))

    calls = {
        "check_gradient": lambda: (
            check_gradient(softmax_loss_vectorized, W, X, y, reg, seed=SEED).ok
        ),
        "grad_check_sparse": sparse,
    }
    if every_entry:
        calls["eval_numerical_gradient"] = lambda: np.allclose(eval_numerical_gradient(loss, W), dW)
    functions = tuple(Function(name, N, call) for name, call in calls.items())
    title = f"whether the gradient of the softmax loss is right, {_said(sizes)}"
    return Contest("gradient check", title, sizes, functions, lambda n: True)
