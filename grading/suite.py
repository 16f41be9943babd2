"""Run the graded tests on one submission, in this process, and keep what came of each."""

import hashlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grading.answers import Answer, MissingError
from grading.points import GRADED, points
from grading.sandbox import TheirFailure, WorkerLost

ROOT = GRADED.parents[1]
A_HIDDEN_ONE = "a test that is not shown"
PASSED, FAILED, BLOCKED, NOT_ATTEMPTED = "passed", "failed", "blocked", "not attempted"
# What decides about a grade: the digest of these files is kept with each result.
DECIDING = (
    "tests/graded", "classifiers", "checks", "gradient_check.py", "grading/reading",
    "grading/sandbox", *(f"grading/{name}.py" for name in (
        "answers", "cells", "grade", "naming", "points", "submission", "suite",
    )),
)  # fmt: skip

# Of pytest's own plugins those that write, and two that collect garbage after each run, for 60 ms.
WITHOUT = (
    "cacheprovider", "doctest", "faulthandler", "junitxml", "logging", "pastebin", "setuponly",
    "stepwise", "terminal", "threadexception", "unittest", "unraisableexception", "warnings",
)  # fmt: skip
# What comparing can raise for a result that no comparison was written for.
UNCOMPARABLE = (ValueError, TypeError, ArithmeticError, MemoryError, RecursionError)
QUIET = ("--capture=no", *(f"-pno:{plugin}" for plugin in WITHOUT))


@dataclass
class Run:
    """One run of the graded tests.

    questions  the names of the questions, in order
    seed       of every input
    answer     gives the answer under test to a question
    outcomes   what came of each test, by question and test id: a test of the record
    broken     what went wrong in the tests themselves, with a traceback; should be empty
    """

    questions: tuple[str, ...]
    seed: int
    answer: Callable[[str], Answer]
    outcomes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def missing(self, question: str, test: str) -> list[str]:
        """Return titles of the tests that a test needs, and that have not been passed."""
        table = points()[question]
        return [
            A_HIDDEN_ONE if table[need].hidden else table[need].title
            for need in table[test].needs
            if self.outcomes.get((question, need), {}).get("outcome") != PASSED
        ]

    def note(self, question: str, test: str, outcome: str, seen: str = "", cause: str = "") -> None:
        """Keep what came of a test; only a passed one earns its points."""
        about = points()[question][test]
        self.outcomes[question, test] = {
            "id": test,
            "title": about.title,
            "points": about.points if outcome == PASSED else 0.0,
            "max_points": about.points,
            "hidden": about.hidden,
            "outcome": outcome,
            "cause": cause,
            "seen": seen,
        }

    def note_failure(self, question: str, test: str, problem: BaseException) -> None:
        """Keep why a test was not passed: the answer's own doing, or else the tests' own fault."""
        unwritten = isinstance(problem, TheirFailure) and problem.not_attempted
        if unwritten or isinstance(problem, MissingError):
            self.note(question, test, NOT_ATTEMPTED, str(problem))
        elif isinstance(problem, TheirFailure) and problem.blocked_by:
            self.note(question, test, BLOCKED, str(problem), "error")
        elif isinstance(problem, TheirFailure):
            self.note(question, test, FAILED, str(problem), "error")
        elif isinstance(problem, WorkerLost):
            self.note(question, test, FAILED, problem.sentence, problem.cause)
        elif isinstance(problem, AssertionError):
            self.note(question, test, FAILED, str(problem))
        elif isinstance(problem, UNCOMPARABLE):
            self.note(question, test, FAILED, f"What is returned cannot be compared: {problem}")
        else:
            self.broken.append(f"{question}, {test}: {type(problem).__name__}: {problem}")


class WithRun:
    """The pytest plugin that hands a run to tests/graded/conftest.py."""

    def __init__(self, run: Run) -> None:
        """Take the run."""
        self.graded_run = run

    def pytest_configure(self, config: pytest.Config) -> None:
        """Leave out the source lines of a failure, which nobody reads and which cost 0.1 s each."""
        config.option.tbstyle = "native"


def run_suite(run: Run) -> None:
    """Run every graded test of the run's questions, and fill in its outcomes."""
    arguments = [
        str(GRADED / "test_answers.py"),
        *QUIET,
        f"--rootdir={ROOT}",
        "-c",
        str(GRADED / "pytest.ini"),
    ]
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said), np.errstate(all="ignore"):
        status = pytest.main(arguments, plugins=[WithRun(run)])
    asked = {(question, test) for question in run.questions for test in points()[question]}
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or asked != {*run.outcomes}:
        lost = ", ".join(" ".join(pair) for pair in sorted(asked - {*run.outcomes}))
        run.broken.append(f"pytest ended with {status!r}; no outcome of: {lost}. {said.getvalue()}")


@cache
def digest() -> str:
    """Return the sha256, in hex, of every file that decides about a grade."""
    total = hashlib.sha256()
    for room in DECIDING:
        for file in sorted(_files(ROOT / room)):
            total.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files(room: Path) -> list[Path]:
    if room.is_file():
        return [room]
    return [file for kind in ("*.py", "*.toml", "*.npz") for file in room.rglob(kind)]
