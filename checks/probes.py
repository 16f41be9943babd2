"""The right results of every problem, and what each known mistake returns: numbers, no code.

probes.npz is written by `softmax-lab mistakes --write`.  It holds, for each catalogue,

answers       the right results of the problems of seeds 0 .. SEEDS - 1, one after another
fingerprints  of what each wrong program, and each pair of two mistakes, returns on the problems of
              the seed "naming"
mistakes      which two ids each fingerprint stands for, as places in ids; 0 is no mistake
ids           the mistakes' ids

and of the softmax loss, for each seed's first problem, its probabilities P, the gradients of its
samples alone, and the factors of the terms in its gradient.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.problems import PROBLEMS, Problem

FILE = Path(__file__).with_name("probes.npz")
SEEDS = 24
NAMING = "naming"

Array = NDArray[Any]
Answer = Callable[..., list[Array]]  # returns outputs(...) of what a function returned


def outputs(returned: Any) -> list[Array]:
    """Return what a function returned as a flat list of arrays; those of a dict by sorted name."""
    parts = returned if isinstance(returned, tuple | list) else [returned]
    found: list[Array] = []
    for part in parts:
        named = isinstance(part, Mapping)
        found += [np.asarray(part[key]) for key in sorted(part)] if named else [np.asarray(part)]
    return found


def shapes(catalogue: str, problem: Problem) -> list[tuple[int, ...]]:
    """Return the shapes of the right outputs for a problem."""
    first = problem.arguments[0]
    if catalogue == "softmax_jacobian":
        return [2 * first.shape]
    if catalogue in ("softmax", "softmax_vjp"):
        return [first.shape]
    if catalogue == "network_loss":
        return [(), *(first[name].shape for name in sorted(first))]
    return [(), first.shape]


@cache
def right_answers(catalogue: str, seed: int) -> list[list[Array]]:
    """Return the right outputs of each problem of a seed from 0 to SEEDS - 1."""
    flat, start = stored(f"{catalogue}.answers").reshape(SEEDS, -1)[seed], 0
    found: list[list[Array]] = []
    for problem in PROBLEMS[catalogue](seed):
        found.append([])
        for shape in shapes(catalogue, problem):
            stop = start + int(np.prod(shape))
            found[-1].append(flat[start:stop].reshape(shape))
            start = stop
    return found


def fingerprint(answer: Answer, problems: Iterable[Problem]) -> Array:
    """Return (6,) float32: three numbers from the first outputs, and three from all others.

    answer  called with a problem's arguments, returns outputs(...); an error of its own is noted
            as such, and ends no more than that problem

    Results that differ by rounding have fingerprints that differ by less than 1e-4; where results
    are nan or infinite counts like any value.
    """
    with np.errstate(all="ignore"):
        numbers = np.stack([_numbers(answer, problem) for problem in problems])
        squashed = np.sign(numbers) * np.log1p(np.abs(numbers))
    squashed = np.nan_to_num(squashed, nan=3.3, posinf=5.7, neginf=-5.7)
    return np.concatenate([_mixed(squashed[:, :3]), _mixed(squashed[:, 3:])])


def known(catalogue: str) -> Array:
    """Return the fingerprints of all known mistakes, (K, 6); the first row is a right answer's."""
    return stored(f"{catalogue}.fingerprints")


def names(catalogue: str, row: int) -> tuple[str, ...]:
    """Return the ids of the one or two mistakes that a row of known(catalogue) stands for."""
    ids = stored(f"{catalogue}.ids")
    return tuple(str(ids[i]) for i in stored(f"{catalogue}.mistakes")[row] if i)


def _mixed(numbers: Array) -> Array:
    """Return three sums of all numbers, weighted differently."""
    mixed: Array = (_three_weights(numbers.size) @ numbers.ravel()).astype(np.float32)
    return mixed


@cache
def _three_weights(size: int) -> Array:
    weights: Array = np.cos(np.outer([1.0, 2.3, 3.1], 1 + np.arange(size)))
    return weights


def stored(name: str) -> Array:
    """Return one of the arrays of probes.npz."""
    return _stored()[name]


@cache
def _stored() -> dict[str, Array]:
    with np.load(FILE, allow_pickle=False) as arrays:
        return dict(arrays)


def _numbers(answer: Answer, problem: Problem, most: int = 5) -> Array:
    """Return three numbers for each of at most five outputs: its kind, and two weighted sums."""
    numbers = np.zeros((most, 3))
    try:
        found = answer(*problem.arguments)[:most]
    except Exception:
        numbers[0, 0] = -1
        return numbers.ravel()
    for index, part in enumerate(found):
        kind = 1 + part.ndim / 8 + sum(size * 7.0**axis for axis, size in enumerate(part.shape))
        flat = np.ravel(part).astype(np.float64) if part.dtype.kind in "fiub" else np.zeros(0)
        steps = np.arange(flat.size)
        numbers[index] = kind, flat @ np.cos(steps), flat @ np.sin(2 * steps + 1)
    return numbers.ravel()
