"""Every submission of the corpus gets the grade that it deserves, and touches nothing."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from checks.mistakes import CATALOGUE
from grading.classes.entries import find
from grading.classes.grade_class import grade_class
from grading.points import points
from grading.record import validate
from grading.sandbox.levels import probe
from tests.corpus.build import KINDS
from tests.corpus.expected import QUESTIONS, Deserved, Submission, corpus
from tests.corpus.world import SETTINGS, Seen, World, grade_watched, world

CORPUS = corpus()
KINDS_OF_FILE = ["right/zipped", "right/folder", "right/script", "right/large"]
WORKERS = 2
DEMANDS = """
endless loop in a cell, endless loop in a function, swallowing exceptions, ignoring signals,
endless loop in C, memory bombs, fork bombs, thread bombs, disk bombs, output bombs, orphans,
segfaults, deep recursion, os._exit(0), sys.exit, quit, killing itself, killing its parent, atexit,
KeyboardInterrupt, pytest.skip, pytest.exit, pytest.xfail, replaced numpy functions,
replaced checker, clock tricks, gc tricks, displayhook, reading tests, reading the reference,
reading frames, reading the environment, /proc, other students' files, network, forged stdout,
forged results, forged replies, pickles, writing outside, deleting, ptrace on the parent,
lying arrays, lying floats, __reduce__, huge reprs, mutated inputs, None, nan, wrong shapes,
float32, lists, 0-d arrays, random answers, hard-coded answers, right by luck,
loops in the vectorized one, detecting that it is graded, missing modules, input(),
noise on stdout, warnings, syntax errors, merge markers, magics, %reset, conftest.py,
modules that shadow numpy, modules that shadow the checks, zip bombs, links, truncated JSON,
wrong encodings, empty notebooks, 50 MB notebooks, names with spaces, names with quotes,
names with emoji, names with leading dashes, helpers in other cells, constants, dialects, metadata,
kinds of file, the last definition wins, transposed, result swapped, missing 1/N,
factor of regularization, no max shift, sign
"""


def test_the_corpus_covers_every_demand() -> None:
    demands = {demand.strip() for demand in DEMANDS.replace("\n", " ").split(",")}
    covered = [demand for submission in CORPUS.values() for demand in submission.covers]
    assert {*covered} == demands
    assert len(CORPUS) >= 80


def test_what_is_said_of_a_submission_is_possible() -> None:
    for submission in CORPUS.values():
        assert submission.kind in KINDS, submission.name
        for name, deserved in submission.questions.items():
            tests = points()[QUESTIONS[name]]
            assert deserved.lost <= {*tests}, submission.name
            kept = [test.points for id_, test in tests.items() if id_ not in deserved.lost]
            assert sum(kept) == deserved.points, submission.name
            assert deserved.mistake in ("", *CATALOGUE["softmax_loss"]), submission.name


def told(question: dict[str, Any]) -> str:
    """Return everything that a record says of a question."""
    tests = [part for test in question["tests"] for part in (test["cause"], test["seen"])]
    return " ".join([question["cause"], question["seen"], *tests])


def assert_deserved(question: dict[str, Any], deserved: Deserved) -> None:
    lost = {test["id"]: told(question) for test in question["tests"] if not test["points"]}
    assert {*lost} == deserved.lost, "; ".join({*lost.values()})
    assert question["points"] == deserved.points
    assert deserved.says.lower() in told(question).lower()
    assert deserved.outcome in ("", question["outcome"])
    assert deserved.mistake in ("", *question["mistakes"])


def assert_fair(submission: Submission, seen: Seen) -> None:
    record = seen.record
    validate(record)
    assert seen.left == []
    if not submission.graded:
        assert (record["status"], record["points"]) == ("not graded", None)
        assert submission.reason.lower() in record["reason"].lower()
        assert "could not go on" not in record["reason"]
        return
    assert (record["status"], record["reason"]) == ("graded", ""), record["notes"]
    for question, deserved in zip(record["questions"], submission.questions.values(), strict=True):
        assert_deserved(question, deserved)
    assert record["points"] == sum(one.points for one in submission.questions.values())
    assert submission.notes.lower() in " ".join(record["notes"]).lower()


QUICK = [name for name, submission in CORPUS.items() if submission.quick]
HOSTILE = [name for name in CORPUS if name.startswith("hostile/")]
ASKED = [("strict", name) for name in CORPUS]
ASKED += [("landlock", name) for name in [*QUICK, *HOSTILE, *KINDS_OF_FILE]]


@pytest.fixture(scope="module")
def place() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, place: World) -> dict[str, Path]:
    """Make every submission that is asked for, each once, in one folder."""
    asked = {name for _, name in selected(request)} or {*CORPUS}
    return {name: place.build(name) for name in CORPUS if name in asked}


def selected(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    """Return the pairs of level and name that are tested in this session."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    pairs = [call.params for call in calls if call and {"level", "name"} <= {*call.params}]
    return [(params["level"], params["name"]) for params in pairs]


@cache
def offered() -> list[str]:
    """Return the levels of isolation that this machine offers, the strongest first."""
    return [level.name for level in probe()]


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_submission_gets_what_it_deserves(place: World, name: str) -> None:
    assert_fair(CORPUS[name], grade_watched(place, place.build(name), offered()[0]))


Graded = dict[tuple[str, str], Future[Seen]]


@pytest.fixture(scope="module")
def graded(
    request: pytest.FixtureRequest, place: World, built: dict[str, Path]
) -> Iterator[Graded]:
    """Grade all that is asked for, several at a time, each in a process that watches it."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        yield {
            (level, name): pool.submit(grade_watched, place, built[name], level)
            for level, name in selected(request)
            if level in offered()
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.slow
@pytest.mark.parametrize(("level", "name"), ASKED)
def test_a_submission_gets_what_it_deserves(graded: Graded, level: str, name: str) -> None:
    if level not in offered():
        pytest.skip(f"this machine does not offer the isolation {level!r}")
    assert_fair(CORPUS[name], graded[level, name].result())


@pytest.mark.slow
def test_a_class_of_them_all_gets_the_same_grades(
    graded: Graded, place: World, built: dict[str, Path], tmp_path: Path
) -> None:
    summary = grade_class([place.handed_in], tmp_path / "out", SETTINGS, jobs=WORKERS)
    assert summary.waiting == 0
    for (level, name), seen in graded.items():
        if level == offered()[0] and os.path.lexists(built[name]):
            together = graded_in(tmp_path / "out", built[name])
            alike = earned if name.startswith("hostile/") else steady
            assert alike(together) == alike(seen.result().record), name


def graded_in(out: Path, path: Path) -> dict[str, Any]:
    """Return the record of a submission in the folder of a class's results."""
    (entry,) = find([path], out, one=True)
    record: dict[str, Any] = json.loads((out / entry.folder / "result.json").read_text("utf-8"))
    return record


def earned(record: dict[str, Any]) -> list[Any]:
    """Return what a hostile one must get each time: which of its limits it meets first may vary."""
    questions = record.get("questions", [])
    return [record["status"], *((each["id"], each["points"]) for each in questions)]


def steady(record: dict[str, Any]) -> dict[str, Any]:
    """Return what must be the same each time: all but the seconds."""
    return {name: part for name, part in record.items() if name != "seconds"}
