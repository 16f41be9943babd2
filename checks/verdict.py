"""check(): is an answer right, and if not, which mistake was it?"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from difflib import get_close_matches
from time import perf_counter
from typing import Any

import numpy as np

from checks import sentences
from checks.calls import Called, Caller
from checks.deadline import deadline
from checks.errors import BlockedError, NotAttemptedError, StoppedError
from checks.examine import Examination, Findings
from checks.mistakes import CATALOGUE, Mistake
from checks.naming import Named, name_mistakes
from checks.probes import SEEDS
from checks.questions import QUESTIONS, Question
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

    Raises TypeError for what cannot be called, and ValueError for an unknown question or a seed
    below 0.
    """
    name = _question(function, question, seed)
    caller = Caller(function, seed=seed)
    return judged(caller, name, QUESTIONS[name], seed, _limited(caller))


def judged(
    caller: Called, name: str, question: Question, seed: int, limit: AbstractContextManager[None]
) -> CheckResult:
    """Return check's result for an answer that is called in a way of its own.

    caller    calls the answer
    name      of the question, as it is said to the student
    question  what is asked for
    seed      of the problems that it is tried on
    limit     wraps all calls; it may raise StoppedError
    """
    start = perf_counter()
    result = CheckResult(question=name, outcome="correct", seed=seed)
    try:
        with limit, np.errstate(all="ignore"):
            examination = Examination(caller, question, seed % SEEDS)
            _conclude(result, examination, examination.run())
    except NotAttemptedError as missing:
        result.outcome, result.next_step = "not attempted", sentences.START
        result.seen = sentences.NOT_ATTEMPTED.format(question=name, line=missing.line_number)
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


@contextmanager
def _limited(caller: Caller) -> Iterator[None]:
    """Limit the time of all calls together, and lend them their random numbers once."""
    with deadline(LIMIT), caller.own_random():
        yield


def _question(function: Callable[..., Any], question: str | None, seed: int) -> str:
    if not callable(function):
        raise TypeError(f"check was given a {type(function).__name__}; expected your function.")
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected 0 or more.")
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
    result.seen = "\n".join(_evidence(findings)[:3])
    catalogue = CATALOGUE[examination.question.catalogue]
    named = _looked_up(examination, findings)
    certain = [id_ for id_ in (*named.mistakes, *findings.direct) if id_ in catalogue]
    possible = [*certain, *named.others, *named.loss, *named.gradient]
    result.mistakes = [id_ for id_ in dict.fromkeys(possible) if id_ in catalogue]
    result.titles = [catalogue[id_].title for id_ in certain]
    titles = [catalogue[id_].title for id_ in result.mistakes if id_ in named.others]
    result.notes += [sentences.EITHER.format(title=title) for title in titles[:2]]
    result.meaning, result.next_step = _unnamed(examination, findings, named)
    if certain:
        result.meaning = "\n".join(catalogue[id_].meaning for id_ in certain[:2])
        result.next_step = catalogue[certain[0]].next_step
        result.hints = list(catalogue[certain[0]].hints)


def _looked_up(examination: Examination, findings: Findings) -> Named:
    """Return what the answer's fingerprint says, where it can say anything."""
    comparable = findings.off and not findings.shapeless
    if findings.imprecise:
        everywhere = ["float32-inside"] if findings.off[0] > 0 else []
        return Named(others=[*everywhere, "probability-clipped"])
    if findings.unsteady:
        return Named(others=["random-minibatch"])
    if not comparable or not findings.wrong_values:
        return Named()
    named = name_mistakes(examination.answer, examination.question.catalogue)
    if findings.saturated and not named.mistakes:
        return Named(("log-eps",), ["probability-clipped"])
    return named


def _unnamed(examination: Examination, findings: Findings, named: Named) -> tuple[str, str]:
    """Return the meaning and the next step of what is no mistake of the catalogue."""
    catalogue = CATALOGUE[examination.question.catalogue]
    if findings.imprecise:
        return sentences.LOST_DIGITS, sentences.FIND_DIGITS
    if findings.unsteady:
        return sentences.KEPT_STATE, sentences.FIND_STATE
    if findings.raised and not findings.off:
        return sentences.THEIR_ERROR, sentences.READ_ERROR
    if findings.raised:
        return sentences.SOMETIMES, sentences.FIND_SOMETIMES
    if findings.shapeless:
        return sentences.UNCOMPARED, sentences.LOOK_AT_RETURN
    if named.loss or named.gradient:
        loss, gradient = (_titles(catalogue, ids) for ids in (named.loss, named.gradient))
        return sentences.APART.format(loss=loss, gradient=gradient), sentences.LOOK_AT_DATA
    meaning = [sentences.UNKNOWN]
    if not findings.form and examination.question.catalogue == "softmax_loss":
        meaning += [] if findings.formula else [sentences.NOT_OF_THIS_FORM]
        meaning.append(examination.furthest())
    return " ".join(filter(None, meaning)), sentences.LOOK_AT_DATA


def _titles(catalogue: Mapping[str, Mistake], ids: tuple[str, ...]) -> str:
    return " and ".join(catalogue[id_].title for id_ in ids) or sentences.RIGHT_PART


def _evidence(findings: Findings) -> list[str]:
    """Return what was seen, the most telling sentences first."""
    if findings.raised and not findings.off:
        return findings.form or [str(findings.raised)]
    if findings.shapeless:
        return findings.form
    raised = [str(findings.raised)] if findings.raised else []
    only = [sentences.ONLY[findings.alone]] if findings.alone else []
    numeric = []
    failed = findings.gradient is not None and findings.gradient.verdict == "fail"
    if findings.gradient is not None and failed and findings.alone != "loss":
        numeric = [] if findings.unsteady else [findings.gradient.message.splitlines()[0]]
    told = [*raised, *findings.form, *findings.formula, *only, *numeric, *findings.broken]
    return list(dict.fromkeys([*told, *findings.loops]))
