"""Which mistake a submitted answer makes: the same examination as check(), across the sandbox."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from checks.errors import BlockedError, NotAttemptedError, StoppedError, TheirError
from checks.mistakes import CATALOGUE
from checks.probes import outputs, right_answers
from checks.problems import PROBLEMS
from checks.questions import QUESTIONS
from checks.result import CheckResult
from checks.verdict import judged
from grading.answers import Answer
from grading.sandbox import TheirFailure, WorkerLost

ON_W = ("softmax_loss", "svm_loss")  # the catalogues whose gradient is one on W


class AcrossTheSandbox:
    """Calls an answer for an examination; see checks.calls.Called."""

    def __init__(self, answer: Answer) -> None:
        """Take the answer, which has its own limits."""
        self.answer = answer
        self.function: Callable[..., Any] = self.__call__
        self.changed: list[str] = []
        self.seconds, self.printed, self.used_random = 0.0, False, False

    def __call__(self, *arguments: Any) -> Any:
        """Return what the answer returns; a lost worker ends the examination."""
        try:
            reply = self.answer.ask(*arguments)
        except TheirFailure as failure:
            raise told(failure) from None
        except WorkerLost:
            raise StoppedError(0.0, None) from None
        self.changed += [f"argument {1 + position}" for position in reply.changed]
        return reply.value


def told(failure: TheirFailure) -> TheirError | NotAttemptedError | BlockedError:
    """Return a failure as check() tells it."""
    where = f"{failure.message}\n  {failure.place}" if failure.place else failure.message
    if failure.not_attempted:
        return NotAttemptedError(failure.kind, where, ())
    if failure.blocked_by:
        return BlockedError(failure.blocked_by, where, ())
    return TheirError(failure.kind, where, ())


def named(question: str, answer: Answer, loops: bool) -> CheckResult:
    """Return what check() says of an answer that lost points.

    loops  whether Python loops were counted where there should be none
    """
    about = replace(QUESTIONS[question], vectorized=False)  # loops are counted elsewhere
    result = judged(AcrossTheSandbox(answer), question, about, 0, nullcontext())
    catalogue = CATALOGUE[about.catalogue]
    if loops and "python-loop" in catalogue:
        loop = catalogue["python-loop"]
        result.seen = "" if result.ok else result.seen
        result.mistakes.insert(len(result.titles), loop.id)
        result.titles.append(loop.title)
        if result.outcome == "correct":
            result.outcome, result.meaning, result.next_step = (
                "incorrect",
                loop.meaning,
                loop.next_step,
            )
    return result


def difference(question: str, answer: Answer) -> dict[str, Any] | None:
    """Return where the gradient differs on a problem that check() shows too, or None.

    It is None for an answer whose gradient cannot be laid beside the right one.
    """
    catalogue = QUESTIONS[question].catalogue
    if catalogue not in ON_W:
        return None
    problem, (_, expected) = PROBLEMS[catalogue](0)[0], right_answers(catalogue, 0)[0]
    try:
        got = outputs(answer.ask(*problem.arguments).value)[1]
    except (TheirFailure, WorkerLost, IndexError, ValueError, TypeError):
        return None
    if got.shape != expected.shape or got.dtype.kind not in "fiu":
        return None
    (C, D), N = expected.shape, problem.arguments[1].shape[1]
    name = f"{C} classes, {D} features, {N} samples, {problem.name}"
    found = got.astype(np.float64).tolist()
    return {"what": "dW", "problem": name, "got": found, "expected": expected.tolist()}
