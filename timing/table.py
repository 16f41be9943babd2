"""The timing table: functions that do the same work, timed in turn and compared round by round."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

import classifiers as reference
from classifiers import (
    softmax,
    softmax_jacobian_batched,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_vjp,
)
from classifiers.inputs import Floats
from timing.rounds import time_in_rounds


@dataclass(frozen=True)
class Contest:
    """Functions that give the same result, the first of which the others are compared with.

    title      what they compute, and of what size
    N          samples that one call works on
    functions  what to call, by name
    """

    title: str
    N: int
    functions: Mapping[str, Callable[[], object]]


def timing_table(rounds: int) -> Iterator[str]:
    """Yield the lines of the table, a contest at a time, measured with one BLAS thread.

    rounds  how often each function is timed, in turn with the others of its contest

    Raises RuntimeError where two functions of a contest do not agree.
    """
    with threadpool_limits(1):
        for contest in (losses("softmax"), losses("svm"), derivatives()):
            compare(contest)
            yield f"{contest.title}, N = {contest.N:,}, float64, one thread"
            yield from _rows(contest, rounds)
            yield ""


def losses(name: str, C: int = 10, D: int = 3073, N: int = 500) -> Contest:
    """Return the contest of a loss without loops and with them, "softmax" or "svm"."""
    rng = np.random.default_rng(0)
    W, X = 1e-2 * rng.standard_normal((C, D)), rng.standard_normal((N, D)).T
    y = rng.integers(C, size=N)
    both = [getattr(reference, f"{name}_loss_{way}") for way in ("vectorized", "naive")]
    calls = {loss.__name__: lambda loss=loss: loss(W, X, y, 0.1) for loss in both}
    return Contest(f"{name} loss and its gradient, C = {C}, D = {D:,}", N, calls)


def derivatives(C: int = 10, N: int = 50_000) -> Contest:
    """Return the contest of dp through softmax's Jacobian: formed or not, with loops or without."""
    rng = np.random.default_rng(0)
    p, dp = softmax(rng.standard_normal((C, N))), rng.standard_normal((C, N))

    def sample_by_sample(jacobian: Callable[[Floats], Floats]) -> Floats:
        return np.stack([jacobian(p[:, i]) @ dp[:, i] for i in range(N)], axis=1)

    calls = {
        "multiply, sum, multiply-subtract": lambda: _three_passes(p, dp),
        "softmax_vjp": lambda: softmax_vjp(p, dp),
        "softmax_jacobian_batched, times dp": lambda: np.einsum(
            "nij,jn->in", softmax_jacobian_batched(p), dp
        ),
        "softmax_jacobian_vectorized, times dp": lambda: sample_by_sample(
            softmax_jacobian_vectorized
        ),
        "softmax_jacobian_naive, times dp": lambda: sample_by_sample(softmax_jacobian_naive),
    }
    return Contest(f"dp through softmax's Jacobian, C = {C}", N, calls)


def _three_passes(p: Floats, dp: Floats) -> Floats:
    """Return what softmax_vjp does, in the array passes that it cannot avoid."""
    dz: Floats = np.multiply(p, dp)
    total = np.add.reduce(dz, axis=0)
    np.subtract(dz, np.multiply(p, total), out=dz)
    return dz


def compare(contest: Contest) -> None:
    """Raise RuntimeError where the functions of a contest do not give the same result."""
    results = {name: function() for name, function in contest.functions.items()}
    first, *others = [_flat(result) for result in results.values()]
    for name, other in zip([*results][1:], others, strict=True):
        if not np.allclose(other, first, rtol=1e-9, atol=1e-12):
            raise RuntimeError(f"{name} gives another result than {next(iter(results))}.")


def _flat(result: object) -> Floats:
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.ravel(part) for part in parts])


def _rows(contest: Contest, rounds: int) -> Iterator[str]:
    seconds = time_in_rounds(contest.functions, rounds)
    first = next(iter(seconds.values()))
    yield f"  {'':40}{'µs a sample':>12}{'times the first':>18}{'quartiles':>20}"
    for name, taken in seconds.items():
        a_sample = figure(1e6 * np.median(taken) / contest.N)
        low, middle, high = map(figure, np.percentile(taken / first, [25, 50, 75]))
        yield f"  {name:40}{a_sample:>12}{middle:>18}{f'{low} to {high}':>20}"


def figure(number: float) -> str:
    """Return a number to three significant digits, in plain notation."""
    rounded = float(f"{number:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"
