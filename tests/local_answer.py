"""An answer that is called in this process: for tests of the graded tests, with code of our own."""

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from checks.copies import same
from checks.loops import counted_lines
from grading.sandbox import Reply, TheirFailure
from grading.suite import Run, run_suite
from tests.mistakes.programs import make


class Local:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.changed = function, set[int]()

    def ask(self, *arguments: Any) -> Reply:
        given = copy.deepcopy(arguments)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                value = self.function(*given)
        except Exception as problem:
            raise TheirFailure(type(problem).__name__, str(problem)) from None
        pairs = enumerate(zip(arguments, given, strict=True))
        self.changed |= {i for i, pair in pairs if not same(*pair)}
        return Reply(value, changed=tuple(self.changed))

    def lines(self, *arguments: Any) -> tuple[Reply, int]:
        return self.ask(*arguments), counted_lines(self.function, arguments, arguments)[0]


def graded(function: Callable[..., Any], question: str, seed: int = 0) -> Run:
    """Return the run of one function as the answer to one question."""
    answer = Local(function)
    run = Run((question,), seed, lambda _: answer)
    run_suite(run)
    return run


def graded_program(source: str, question: str, seed: int = 0) -> Run:
    return graded(make(source, question), question, seed)


def points_of(run: Run) -> float:
    return sum(test["points"] for test in run.outcomes.values())


def lost(run: Run) -> list[str]:
    """Return the ids of the tests that earned nothing."""
    return [test["id"] for test in run.outcomes.values() if test["outcome"] != "passed"]
