"""Read the formula back out of what a softmax loss returns: which terms, with which factors."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.probes import stored
from checks.problems import Problem

LETTERS = "P are the probabilities, and Y is 1 at the true classes"
Floats = NDArray[np.floating[Any]]
Result = tuple[float, Floats]

EXACT = 1e-8  # relative; rounding leaves some 1e-14, and no two named factors are so near


def read_formula(
    plain: Problem, P: Floats, result: Result, right: Result, regularized: Result, reg: float
) -> Iterator[str]:
    """Yield a sentence for each part of a loss and its gradient that has another, simple formula.

    plain        the problem without regularization, sizes C, D and N all unlike
    P            (C, N) its probabilities
    result       the loss and gradient that were returned for it
    right        those that are right
    regularized  what was returned for the same problem with regularization strength reg
    """
    W, X, y, _ = plain.arguments
    sizes = {"N": X.shape[1], "C": W.shape[0], "D": W.shape[1]}
    yield from _data_gradient(result[1], X, P, 1.0 * np.equal.outer(np.arange(len(W)), y), sizes)
    yield from _data_loss(result[0], right[0], sizes)
    yield from _regularization(
        W, reg, regularized[0] - result[0], regularized[1] - result[1], sizes
    )


def _data_gradient(
    dW: Floats, X: Floats, P: Floats, Y: Floats, sizes: dict[str, int]
) -> Iterator[str]:
    terms = {
        "P": P,
        "Y": Y,
        "P∘Y": P * Y,
        "P∘P": P * P,
        "P∘P∘Y": P * P * Y,
        "1": np.ones_like(P),
    }
    for count in (2, 3, len(terms)):
        names = [*terms][:count]
        factors = _fit(dW, [terms[name] @ X.T / sizes["N"] for name in names])
        if factors is not None:
            break
    else:
        return
    expected = np.zeros_like(factors)
    expected[:2] = stored("softmax_loss.factors")
    if not np.allclose(factors, expected, rtol=0, atol=EXACT):
        written = _sum_of(dict(zip(names, factors, strict=True)), sizes)
        yield f"Your data gradient is [{written}] Xᵀ / N{_where(written, sizes)}; {LETTERS}."


def _data_loss(loss: float, right: float, sizes: dict[str, int]) -> Iterator[str]:
    if math.isclose(loss, right, rel_tol=EXACT):
        return
    factor = name_factor(loss / right, sizes)
    if factor is not None:
        yield f"Your data loss is {factor} times the right one{_where(factor, sizes)}."


def _regularization(
    W: Floats, reg: float, loss: float, dW: Floats, sizes: dict[str, int]
) -> Iterator[str]:
    squares = float(np.sum(W * W))
    if not math.isclose(loss, 0.5 * reg * squares, rel_tol=EXACT):
        factor = name_factor(loss / (reg * squares), sizes)
        if factor is not None:
            what = f"{factor} · reg · Σ W²"
            yield f"reg adds {what} to your loss{_where(what, sizes)}."
    factors = _fit(dW, [reg * W, np.full_like(W, reg)])
    if factors is not None and not np.allclose(factors, [1, 0], rtol=0, atol=EXACT):
        written = _sum_of({"reg · W": factors[0], "reg": factors[1]}, sizes)
        yield f"reg adds {written} to your gradient{_where(written, sizes)}."


def _fit(value: Floats, terms: list[Floats]) -> Floats | None:
    """Return the factors with which the terms add up to the value exactly, or None."""
    if not np.isfinite(value).all():
        return None
    basis = np.stack([term.ravel() for term in terms], axis=1)
    factors: Floats = np.linalg.lstsq(basis, value.ravel(), rcond=None)[0]
    left = np.linalg.norm(value.ravel() - basis @ factors)
    return factors if left <= EXACT * max(float(np.linalg.norm(value)), 1e-3) else None


def name_factor(factor: float, sizes: dict[str, int]) -> str | None:
    """Return a factor as a person would write it, "N", "1/C", "½", or None if it is no such."""
    N, C, D = sizes["N"], sizes["C"], sizes["D"]
    named: dict[str, float] = {
        "1": 1, "2": 2, "½": 0.5, "¼": 0.25, "3": 3, "4": 4, "N": N, "1/N": 1 / N, "C": C,
        "1/C": 1 / C,
        "N/C": N / C, "C/N": C / N, "1/(C N)": 1 / (C * N), "C N": C * N, "N²": N * N,
        "1/N²": 1 / N**2, "½ N": N / 2, "1/(2 N)": 0.5 / N, "2/N": 2 / N, "2 N": 2 * N,
        "N/D": N / D, "1/D": 1 / D, "D": D,
        "1/ln 2": 1 / math.log(2), "1/ln 10": 1 / math.log(10), "(N − 1)/N": (N - 1) / N, "0": 0,
    }  # fmt: skip
    for name, value in named.items():
        if math.isclose(abs(factor), value, rel_tol=1e-7, abs_tol=1e-9):
            return name if factor >= 0 or name == "0" else f"−{name}"
    return None


def _sum_of(factors: dict[str, Any], sizes: dict[str, int]) -> str:
    """Return "N (P − Y)", "P − C Y" and the like; "0" for nothing."""
    used = {term: factor for term, factor in factors.items() if abs(factor) >= EXACT}
    if len(used) == 2 and math.isclose(0, sum(used.values()), abs_tol=EXACT):
        (plus, factor), (minus, _) = used.items()
        used = {f"({plus} − {minus})": factor}
    written = ""
    for term, factor in used.items():
        size = name_factor(abs(factor), sizes) or f"{abs(factor):.4g}"
        sign = "−" if factor < 0 else "+"
        written += f" {sign} " if written else sign.replace("+", "")
        written += term if size == "1" else f"{size} {term}"
    return written or "0"


def _where(written: str, sizes: dict[str, int]) -> str:
    used = [f"{name} is {size}" for name, size in sizes.items() if name in written]
    return f", where {' and '.join(used)}" if used else ""
