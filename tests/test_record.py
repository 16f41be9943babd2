"""The record of a graded submission: what is refused as one, and how a mistake gets into it."""

import copy
import json
import math
from typing import Any

import numpy as np
import pytest

from grading.asked import SOFTMAX
from grading.naming import difference, named
from grading.record import Record, plain, validate
from tests.local_answer import Local
from tests.mistakes import softmax_loss
from tests.mistakes.programs import make

NAIVE, VECTORIZED = SOFTMAX
TEST = {"id": "loss", "title": "The loss", "points": 2.0, "max_points": 2.0}
TEST |= {"hidden": False, "outcome": "passed", "cause": "", "seen": ""}
QUESTION = {"id": NAIVE, "points": 2.0, "max_points": 2.0, "outcome": "passed", "cause": ""}
QUESTION |= {"mistakes": [], "titles": [], "seen": "", "meaning": "", "next_step": ""}
QUESTION |= {"tests": [TEST], "difference": None}
RECORD: Record = {"schema": 1, "name": "ana.ipynb", "student": "ana", "digest": "0f", "reason": ""}
RECORD |= {"status": "graded", "points": 2.0, "max_points": 2.0, "seed": 3, "suite": "1e"}
RECORD |= {"isolation": {"level": "strict", "in_force": ["seccomp"]}, "questions": [QUESTION]}
RECORD |= {"notes": [], "seconds": 0.4}


def changed(path: list[Any], value: Any) -> Record:
    record = copy.deepcopy(RECORD)
    part: Any = record
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return record


def test_a_record_is_accepted_and_survives_json() -> None:
    validate(json.loads(json.dumps(RECORD)))
    validate({**RECORD, "status": "not graded", "points": None, "questions": []})


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["points"], None, "points is None and status 'graded'"),
        (["status"], "not graded", "points is 2.0 and status 'not graded'"),
        (["status"], "fine", "the record.*|status is 'fine'; expected one of graded, not graded"),
        (["points"], 3.0, r"points is 3\.0; expected 2\.0, those of its questions"),
        (["schema"], 2, "schema is 2; expected 1"),
        (["seed"], "3", "seed is '3'"),
        (["seed"], True, "seed is True"),
        (["student"], None, "student is None"),
        (["more"], 1, "the record has"),
        (["isolation", "in_force"], "seccomp", "in_force is a str; expected a list"),
        (["questions", 0, "outcome"], "won", r"outcome is 'won'; expected one of passed"),
        (["questions", 0, "tests", 0, "points"], "2", r"points is '2'"),
        (["questions", 0, "tests", 0, "hidden"], 0, r"hidden is 0"),
        (["questions", 0], 7, r"questions\[0\] has int"),
        (["notes"], [1], r"notes\[0\] is 1"),
    ],
)
def test_what_is_no_record_is_refused_with_the_field(
    path: list[Any], value: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        validate(changed(path, value))


def test_what_json_does_not_know_becomes_plain() -> None:
    value = {1: (np.float64(2.5), math.nan), "a": np.array([[1.0, math.inf]]), "b": np.int64(3)}
    assert plain(np.ones(2, np.longdouble)) == [1.0, 1.0]
    assert plain(value) == {"1": [2.5, None], "a": [[1.0, None]], "b": 3}


@pytest.mark.parametrize("one", softmax_loss.WRONG[::17], ids=lambda one: one.name)
def test_a_mistake_is_named_as_check_names_it(one: Any) -> None:
    answer = Local(make(one.source(softmax_loss.BASES)))
    question = VECTORIZED if "vectorized" in one.source(softmax_loss.BASES) else NAIVE
    assert {one.id, *one.also} & {*named(question, answer, loops=False).mistakes}


def test_a_loop_that_was_counted_is_a_mistake_by_name() -> None:
    from classifiers import softmax_loss_vectorized

    result = named(VECTORIZED, Local(softmax_loss_vectorized), loops=True)
    assert (result.mistakes, result.outcome) == (["python-loop"], "incorrect")
    assert result.next_step


def test_where_the_gradient_differs_is_kept_beside_the_right_one() -> None:
    from classifiers import softmax_loss_naive

    def half(W: Any, X: Any, y: Any, reg: Any) -> Any:
        loss, dW = softmax_loss_naive(W, X, y, reg)
        return loss, dW / 2

    beside = difference(NAIVE, Local(half))
    assert beside is not None
    assert np.array(beside["got"]).shape == (5, 7)
    np.testing.assert_allclose(2 * np.array(beside["got"]), beside["expected"])


@pytest.mark.parametrize("result", [None, 3.0, (1.0, np.zeros((7, 5))), (1.0, "x"), (1.0, 1j)])
def test_what_cannot_be_laid_beside_it_is_left_out(result: Any) -> None:
    assert difference(NAIVE, Local(lambda W, X, y, reg: result)) is None
