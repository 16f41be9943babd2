"""One checker on one problem: its verdict, its first cause, and what it cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from tests.gradient_bench.problem import Function, Problem

EVALUATION_LIMIT = 100_000
SECONDS_LIMIT = 20.0

Checker = Callable[..., tuple[str, str]]
"""checker(f, x, args, seed) -> (verdict, first cause or "")"""


class TooSlowError(BaseException):
    """More evaluations or seconds than a problem is worth; `except Exception` lets it through."""


@dataclass
class Counted:
    """f with its calls counted and limited."""

    f: Function
    evaluations: int = 0
    seconds_limit: float = SECONDS_LIMIT
    started: float = field(default_factory=time.perf_counter)
    is_over: bool = False

    def function(self) -> Function:
        """The function to hand to a checker."""

        @wraps(self.f)
        def f(x: Any, *args: Any) -> tuple[Any, Any]:
            self.evaluations += 1
            late = time.perf_counter() - self.started > self.seconds_limit
            if late or self.evaluations > EVALUATION_LIMIT:
                self.is_over = True
                raise TooSlowError
            return self.f(x, *args)

        del f.__wrapped__  # the right function of a mutant stays hidden
        return f


@dataclass(frozen=True)
class Outcome:
    """What one checker said of one instance; verdict also "slow" or "error"."""

    problem: Problem
    seed: int
    verdict: str
    cause: str
    evaluations: int
    seconds: float


def judge(
    checker: Checker, problem: Problem, seed: int, seconds_limit: float = SECONDS_LIMIT
) -> Outcome:
    """One checker on a fresh instance; every checker meets the same instance for a seed."""
    f, x, args = problem.instance(seed)
    counted = Counted(f, seconds_limit=seconds_limit)
    cause = ""
    try:
        with np.errstate(all="ignore"):
            verdict, cause = checker(counted.function(), x, args, seed)
    except TooSlowError:
        verdict = ""
    except Exception as error:
        verdict, cause = "error", f"{type(error).__name__}: {error}".split("\n")[0][:120]
    if counted.is_over:  # also where the checker made another error of it
        verdict, cause = "slow", ""
    seconds = time.perf_counter() - counted.started
    return Outcome(problem, seed, verdict, cause, counted.evaluations, seconds)
