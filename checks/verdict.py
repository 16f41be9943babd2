"""check(): is an answer right, and if not, which mistake was it?"""

from collections.abc import Callable
from difflib import get_close_matches
from time import perf_counter
from typing import Any

from checks import sentences
from checks.calls import (
    BlockedError,
    Caller,
    NotAttemptedError,
    StoppedError,
    deadline,
)
from checks.examine import Examination, Findings
from checks.mistakes import CATALOGUE
from checks.naming import name_mistakes
from checks.probes import SEEDS
from checks.questions import QUESTIONS
from checks.result import CheckResult

LIMIT = 10.0  # seconds for a whole check; a right answer takes a small part of one


def check(
    function: Callable[..., Any], question: str | None = None, *, seed: int = 0
) -> CheckResult:
    """Try an answer in every way that is known here, and say which mistake it makes.

    function  the answer; it is run on copies, and is stopped after 10 seconds
    question  the name of the stub that it answers; by default its own name
    seed      of the problems that it is tried on; the same seed gives the same result

    Returns a CheckResult, which a notebook shows.

    Raises TypeError for what cannot be called, and ValueError for an unknown question.
    """
    name = _question(function, question)
    start, caller = perf_counter(), Caller(function, seed=seed)
    result = CheckResult(question=name, outcome="correct", seed=seed)
    try:
        with deadline(LIMIT):
            examination = Examination(caller, QUESTIONS[name], seed % SEEDS)
            _conclude(result, examination, examination.run())
    except NotAttemptedError:
        result.outcome, result.next_step = "not attempted", sentences.START
        result.seen = sentences.NOT_ATTEMPTED.format(question=name)
    except BlockedError as missing:
        result.outcome, result.next_step = (
            "blocked",
            sentences.WRITE_OTHER.format(other=missing.name),
        )
        result.seen = sentences.BLOCKED.format(question=name, other=missing.name)
    except StoppedError as stopped:
        result.outcome, result.seen = "error", str(stopped)
        result.meaning, result.next_step = sentences.STOPPED, sentences.LOOK_AT_LOOP
    except Exception as error:  # whatever is wrong here, a student never meets our lines
        result.outcome = "error"
        result.seen = sentences.UNEXPECTED.format(kind=type(error).__name__, error=error)
    if caller.printed:
        result.notes.append(sentences.PRINTED)
    result.seconds = perf_counter() - start
    return result


def _question(function: Callable[..., Any], question: str | None) -> str:
    if not callable(function):
        raise TypeError(f"check was given a {type(function).__name__}; expected your function.")
    name = str(question or getattr(function, "__name__", "f"))
    if name not in QUESTIONS:
        alike = get_close_matches(name, [*QUESTIONS], n=1)
        hint = f' Is it check({name}, "{alike[0]}")?' if alike else ""
        raise ValueError(
            f"No question is called {name!r}; expected one of {', '.join(QUESTIONS)}.{hint}"
        )
    return name


def _conclude(result: CheckResult, examination: Examination, findings: Findings) -> None:
    """Fill in the result from what was seen."""
    result.gradient, result.laws, result.notes = findings.gradient, findings.laws, findings.notes
    if not findings.wrong_values and not findings.loops:
        result.seen = sentences.CORRECT.format(question=result.question)
        return
    result.outcome = "error" if findings.raised else "incorrect"
    catalogue = CATALOGUE[examination.question.catalogue]
    result.mistakes = [id_ for id_ in _named(examination, findings) if id_ in catalogue]
    result.titles = [catalogue[id_].title for id_ in result.mistakes]
    result.seen = "\n".join(_evidence(findings)[:3])
    if result.mistakes:
        first = catalogue[result.mistakes[0]]
        result.meaning = "\n".join(catalogue[id_].meaning for id_ in result.mistakes[:2])
        result.next_step, result.hints = first.next_step, list(first.hints)
    elif findings.raised:
        result.meaning, result.next_step = sentences.THEIR_ERROR, sentences.READ_ERROR
    else:
        result.meaning, result.next_step = sentences.UNKNOWN, sentences.LOOK_AT_DATA
        if not findings.form and examination.question.catalogue == "softmax_loss":
            result.meaning += " " + examination.furthest()


def _named(examination: Examination, findings: Findings) -> list[str]:
    """Return the mistakes, most certain first."""
    if not findings.wrong_values:
        return findings.direct
    if findings.imprecise:
        everywhere = findings.off[0] > 0
        return [*findings.direct, "float32-inside" if everywhere else "probability-clipped"]
    catalogue = examination.question.catalogue
    found = name_mistakes(examination.answer, catalogue) + findings.direct
    return found or ["log-eps", "probability-clipped"] * findings.saturated


def _evidence(findings: Findings) -> list[str]:
    """Return what was seen, the most telling sentences first."""
    if findings.form and findings.raised:
        return findings.form
    numeric = []
    if findings.gradient is not None and findings.gradient.verdict == "fail":
        numeric = [findings.gradient.message.splitlines()[0]]
    return [*findings.form, *findings.formula, *numeric, *findings.broken, *findings.loops]
