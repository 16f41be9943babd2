"""What the graded cells of this assignment call; keep this file beside the notebook."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from checks.calls import Caller
from checks.copies import same
from checks.examine import narrowed
from checks.loops import loop_growth
from checks.mistakes import CATALOGUE
from checks.probes import Array, outputs
from checks.problems import PROBLEMS, of_size
from checks.questions import QUESTIONS

Answer = Callable[..., Any]
# Of 1 and the largest entry: results in float64, results in float32, and those of float32 inputs.
DOUBLE, SINGLE, FROM_SINGLE = 1e-10, 1e-5, 1e-4
UNSEEN = "A test that is not shown did not pass."


def called(function: Answer, *arguments: Any) -> Any:
    """Return what a function returns on copies; what it prints or warns of does not matter."""
    return Caller(function)(*arguments)


def added(function: Answer, W: Array, X: Array, y: Array, reg: float) -> list[Array]:
    """Return what reg adds to the loss and to the gradient that a function returns."""
    both = (outputs(called(function, W, X, y, weight)) for weight in (reg, 0.0))
    return [with_reg - without for with_reg, without in zip(*both, strict=True)]


def assert_close(got: Any, expected: Any, what: str = "what you return") -> None:
    """Raise AssertionError unless every number is as expected, rounding aside; nan never is.

    got, expected  a number, an array or lists of numbers, or a dict of them by name
    what           what it is called in the message
    """
    if isinstance(expected, Mapping):
        assert isinstance(got, Mapping), f"{what} is a {type(got).__name__}, expected a dict."
        for name, part in expected.items():
            assert name in got, f"{what} has no {name!r}."
            assert_close(got[name], part, f"{what}[{name!r}]")
        return
    found, right = np.asarray(got), np.asarray(expected, dtype=np.float64)
    single = found.dtype == np.float32
    found = found.astype(np.float64)
    found = found.reshape(right.shape) if found.size == right.size == 1 else found
    assert found.shape == right.shape, f"{what} has shape {found.shape}, expected {right.shape}."
    off = np.abs(found - right).max(initial=0)
    most = (SINGLE if single else DOUBLE) * (1 + np.abs(right).max(initial=0))
    assert off <= most, f"{what} is\n{found}\nexpected\n{right}"


def assert_form(got: Any, expected: Any, what: str = "what you return") -> None:
    """Raise AssertionError unless a result has the types and shapes that are asked for.

    expected  float for a number; a shape for an array of float64; a dict of shapes by name; a list
              of these for a tuple
    """
    if isinstance(expected, list):
        many = isinstance(got, tuple | list) and len(got) == len(expected)
        assert many, f"{what} is no tuple of {len(expected)} parts."
        for position, part in enumerate(expected):
            assert_form(got[position], part, f"{what}[{position}]")
    elif isinstance(expected, dict):
        named = isinstance(got, dict) and set(got) == set(expected)
        assert named, f"{what} is no dict of {', '.join(expected)}."
        for name, shape in expected.items():
            assert_form(got[name], shape, f"{what}[{name!r}]")
    elif expected is float:
        number = isinstance(got, float | int | np.number | np.ndarray) and np.shape(got) == ()
        assert number, f"{what} is a {type(got).__name__}, expected one number."
    else:
        array = isinstance(got, np.ndarray) and got.dtype == np.float64 and got.shape == expected
        assert array, f"{what} is no float64 array of shape {expected}."


def assert_kept(function: Answer, *arguments: Any) -> None:
    """Raise AssertionError if a call changes its arguments, or gives another result next time."""
    caller = Caller(function)
    first, second = (outputs(caller(*arguments)) for _ in range(2))
    assert not caller.changed, f"These were changed by the call: {', '.join(caller.changed)}."
    assert same(first, second), "The same call gave two results."


def assert_no_loops(function: Answer, question: str) -> None:
    """Raise AssertionError if more Python lines run for more samples or for more classes."""
    catalogue = QUESTIONS[question].catalogue
    for size, growth in loop_growth(function, lambda N, C: of_size(catalogue, N, C)).items():
        assert not growth.grows, f"More of your lines run as {size} grows: that is a Python loop."


def probes(results: list[Array]) -> list[list[float]]:
    """Return two sums of each result's entries, weighted differently; inf and nan stay."""
    flat = [np.ravel(part).astype(np.float64) for part in results]
    steps = [np.arange(part.size) for part in flat]
    with np.errstate(invalid="ignore"):
        sums = [
            (part @ np.cos(step), part @ np.sin(2 * step + 1))
            for part, step in zip(flat, steps, strict=True)
        ]
    return [[float(a), float(b)] for a, b in sums]


def problem(question: str, seed: object, name: str, single: bool = False) -> tuple[Any, ...]:
    """Return the arguments of a problem of checks/problems.py, in float32 if single."""
    for one in PROBLEMS[QUESTIONS[question].catalogue](seed):
        if one.name == name:
            return tuple(map(narrowed, one.arguments)) if single else one.arguments
    raise KeyError(name)


def assert_probes(
    function: Answer,
    question: str,
    part: slice,
    expected: Mapping[tuple[str, str, bool], list[list[float]]],
    call: Callable[..., Any] = called,
) -> None:
    """Raise AssertionError, with nothing in it, unless the probes of all results are as expected.

    part      which of the outputs are compared
    expected  their probes by seed, name of the problem and whether it is in float32
    call      called or added
    """
    keeps = "dtype-not-kept" in CATALOGUE[QUESTIONS[question].catalogue]
    for (seed, name, single), right in expected.items():
        returned = call(function, *problem(question, seed, name, single))
        got = outputs(returned)[part]
        assert len(got) == len(right), UNSEEN
        assert not (single and keeps and _widened(returned)), UNSEEN
        low = any(one.dtype == np.float32 for one in got)
        most = FROM_SINGLE if single else SINGLE if low else DOUBLE
        off = np.abs(np.array(probes(got)) - np.array(right)).max()
        assert off <= most * (1 + max(np.abs(one).sum() for one in got)), UNSEEN


def _widened(returned: Any) -> bool:
    """Whether there is an array of float64 in what was returned; lists have no dtype to keep."""
    if isinstance(returned, np.ndarray):
        return bool(returned.ndim and returned.dtype == np.float64)
    parts = returned.values() if isinstance(returned, dict) else returned
    return isinstance(returned, dict | tuple | list) and any(map(_widened, parts))
