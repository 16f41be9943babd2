"""Random right and wrong gradients across scales and shapes: problem i is the same every time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from tests.gradient_bench import conditions, losses
from tests.gradient_bench.builders import weighted
from tests.gradient_bench.calls import seen_in_calls
from tests.gradient_bench.conditions import Linear, network
from tests.gradient_bench.mutate import changed, part_changed, rebuilt
from tests.gradient_bench.problem import Build, Instance, Problem, right, wrong
from tests.gradient_bench.slopes import LONG, is_visible, long_double
from tests.gradient_bench.vector import as_vector
from tests.gradient_bench.wrong import (
    imprecise,
    impure,
    mislabelled,
    misplaced,
    misshapen,
    regularized,
    scaled,
)

Rng = np.random.Generator

LOSSES: dict[str, tuple[Any, Any]] = {
    "softmax": (losses.softmax_loss, None),
    "hinge": (losses.hinge_loss, None),
    "squared hinge": (losses.squared_hinge_loss, None),
    "soft targets": (losses.target_loss, conditions.soft_targets),
    "loose targets": (losses.target_loss, conditions.loose_targets),
    "logistic": (losses.logistic_loss, conditions.binary_targets),
    "squared": (losses.squared_loss, conditions.soft_targets),
}
ANY_LOSS = scaled.CHANGES | misplaced.CHANGES | imprecise.SLOPES
LABELLED = {k: v for k, v in mislabelled.CHANGES.items() if not k.startswith("hinge")}
HINGE = {k: v for k, v in mislabelled.CHANGES.items() if k.startswith("hinge")}
SEEN_IN_CALLS = misshapen.SEEN_IN_CALLS | imprecise.SEEN_IN_CALLS
OF_A_PART = {
    name: scaled.CHANGES[name] for name in ("factor 2", "factor 1.01", "factor 1/2", "sign", "zero")
} | {name: misplaced.CHANGES[name] for name in ("entry sign", "entry 1e-3", "entry zero")}


def decades(rng: Rng, low: float, high: float) -> float:
    """Return 10 to a power between low and high."""
    return float(10 ** rng.uniform(low, high))


def size(rng: Rng, low: int, high: int) -> int:
    """Return a size between low and high, small ones as likely as large ones by decade."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def choice(rng: Rng, *options: Any) -> Any:
    """Return one of the options, of whatever type."""
    return options[rng.integers(len(options))]


def linear(rng: Rng, least: int) -> tuple[str, Linear]:
    """Return a name and a linear classifier of any size (D and N at least ``least``) and scale."""
    name = choice(rng, *LOSSES)
    loss, targets = LOSSES[name]
    C, D, N = size(rng, 2, 100), size(rng, least, 400), size(rng, least, 200)
    if rng.random() < 0.03:
        C, D, N = 10, 3073, size(rng, least, 500)
    data = choice(rng, "normal", "normal", "pixels", "centred")
    scale = choice(rng, 1.0, decades(rng, -6, 6))
    weights = choice(rng, 0.0, 0.1, decades(rng, -8, 3), decades(rng, -8, 3))
    scores = choice(rng, None, decades(rng, -3, 4)) if weights else None
    reg = choice(rng, 0.0, decades(rng, -8, 6))
    dtype = choice(rng, np.float64, np.float64, np.float32)
    condition = Linear(C, D, N, loss, data, scale, weights, scores, reg, dtype, "C", targets)
    about = f"C{C} D{D} N{N} {data} times {scale:.0e}, W {weights:.0e}, reg {reg:.0e}"
    top = "" if scores is None else f", scores {scores:.0e}"
    return f"{name}, {about}{top}, {dtype.__name__}", condition


def some_network(rng: Rng) -> tuple[str, tuple[str, ...], Build]:
    """Return a name, the names of its parameters, and the builder of a network."""
    sizes = tuple(size(rng, 2, 40) for _ in range(rng.integers(3, 5)))
    activation = choice(rng, *losses.ACTIVATIONS)
    N, weights = size(rng, 1, 100), decades(rng, -3, 0.5)
    reg, dtype = choice(rng, 0.0, decades(rng, -6, 2)), choice(rng, np.float64, np.float32)
    build = network(sizes, activation, N, weights, reg, dtype=dtype)
    parts = tuple(f"{letter}{k}" for k in range(1, len(sizes)) for letter in "Wb")
    about = f"{activation} {sizes} N{N}, W {weights:.0e}, reg {reg:.0e}, {dtype.__name__}"
    return f"network {about}", parts, build


def layer(rng: Rng) -> tuple[str, Build]:
    """Return a name and the builder of a softmax or an activation under an upstream gradient."""
    shape = tuple(rng.integers(1, 9, rng.integers(1, 4)).tolist())
    spread, dtype = decades(rng, -6, 1.5), choice(rng, np.float64, np.float32)
    name = choice(rng, "softmax", *losses.ACTIVATIONS)
    about = f"{name} {shape}, x {spread:.0e}, {dtype.__name__}"
    if name == "softmax":
        return about, weighted(losses.weighted_softmax, shape, spread, dtype=dtype)
    return about, weighted(losses.weighted_activation, shape, spread, name, dtype=dtype)


def right_candidate(rng: Rng) -> Problem:
    """Return a problem whose gradient is right, unless rounding spoils it."""
    kind = rng.random()
    if kind < 0.7:
        name, condition = linear(rng, 1)
        return right(name, condition.build)
    if kind < 0.85:
        name, _, build = some_network(rng)
        return right(name, build)
    return right(*layer(rng))


def wrong_candidate(rng: Rng) -> Problem:
    """Return a problem with one of the bench's mistakes, which may not matter where it was made."""
    if rng.random() < 0.2:
        name, parts, build = some_network(rng)
        part, mistake = choice(rng, *parts), choice(rng, *OF_A_PART)
        causes, change, _ = OF_A_PART[mistake]
        return wrong(f"{mistake} of {part}: {name}", causes, part_changed(build, part, change))
    name, condition = linear(rng, 4)
    table, mistaken, evidence = choice(rng, *tables(condition))
    mistake = choice(rng, *table)
    causes, how, _ = table[mistake]
    return wrong(f"{mistake}: {name}", causes, mistaken(condition.build, how), evidence)


def tables(condition: Linear) -> list[tuple[dict[str, Any], Callable[..., Build], str]]:
    """Return the tables of mistakes that can be made there, with their makers and evidence."""
    found: list[tuple[dict[str, Any], Callable[..., Build], str]] = [
        (ANY_LOSS, changed, "slope"),
        (misplaced.CHANGES, changed, "slope"),
        (SEEN_IN_CALLS, changed, "calls"),
    ]
    if condition.reg:
        found.append((regularized.CHANGES, changed, "slope"))
    if condition.targets is None:
        found.append((mislabelled.EXAMPLES, rebuilt, "slope"))
        found.append((impure.IMPURE, rebuilt, "calls"))
    if condition.loss is losses.softmax_loss:
        found.append((LABELLED, changed, "slope"))
    if condition.loss is losses.hinge_loss:
        found.append((HINGE, changed, "slope"))
    return found


def is_right(instance: Instance) -> bool:
    """Whether the gradient, in its own type, is right to rounding and everything is finite."""
    f, x, args = instance
    f, x = as_vector(f, x)
    loss, g = f(x.copy(), *args)
    truth = f(x.astype(LONG), *long_double(args))[1]
    eps = np.finfo(x.dtype).eps
    tolerated = max(16 * eps, eps**0.55 * np.abs(truth).max())
    return bool(np.isfinite(loss) and np.abs(g - truth).max() <= tolerated)


def is_wrong(instance: Instance) -> bool:
    """Whether the gradient is off by far more than rounding, and differences of the loss show it.

    Some entry must be off by a ten-millionth of itself, a thousandth in float32: anything smaller
    is no mistake that a course meets.
    """
    f, x, args = instance
    f, x = as_vector(f, x)
    right_f = f.__wrapped__  # type: ignore[attr-defined]
    truth = right_f(x.astype(LONG), *long_double(args))[1]
    claim = f(x.copy(), *args)[1]
    rounding = np.abs(right_f(x.copy(), *args)[1] - truth).max()
    error = claim - truth
    beyond_rounding = np.abs(error) > 30 * rounding
    noticeable = np.abs(error) > np.finfo(x.dtype).eps ** 0.45 * np.abs(truth)
    if not (beyond_rounding & noticeable).any():
        return False
    d = error / np.sqrt(error @ error)
    return is_visible(f, x, d, args, truth @ d, claim @ d)


def is_admitted(problem: Problem) -> bool:
    """Whether the truth of the problem's instance 0 holds."""
    with np.errstate(all="ignore"):
        seen = seen_in_calls(problem, 0, np.random.default_rng(0))
        if problem.evidence == "calls":
            return bool(seen & problem.causes)
        if seen:
            return False
        holds = is_right if problem.truth == "right" else is_wrong
        return holds(problem.instance(0))


def random_problem(i: int) -> Problem:
    """Return random problem i: a right one for even i, a wrong one for odd i."""
    rng = np.random.default_rng([231, i])
    draw = wrong_candidate if i % 2 else right_candidate
    while True:
        problem = draw(rng)
        named = replace(problem, name=f"random {i}: {problem.name}")
        if is_admitted(named):
            return named


def random_problems(count: int) -> list[Problem]:
    """Return the first ``count`` random problems."""
    return [random_problem(i) for i in tqdm(range(count), desc="drawing", leave=False)]
