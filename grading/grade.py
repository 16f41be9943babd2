"""Grade one submission."""

import ast
import atexit
import compileall
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from grading.answers import Answer, Submitted
from grading.naming import difference, named
from grading.points import points
from grading.reading.sentences import shown
from grading.record import SCHEMA, Record, plain, validate
from grading.release.rooms import write_rooms
from grading.sandbox import Sandbox
from grading.sandbox.levels import Level, strongest
from grading.settings import STRENGTH, Settings
from grading.submission import Submission, SubmissionError, read_submission
from grading.suite import FAILED, NOT_ATTEMPTED, Run, digest, run_suite

STILL_RAISES = (
    "There is code in it, and the stub's line that raises NotImplementedError as well: that line "
    "is to be replaced."
)


class IsolationError(RuntimeError):
    """This machine cannot keep a submission as apart as is required."""


def isolation(require: str) -> Level:
    """Return the strongest isolation of this machine.

    Raises IsolationError where it is less than what is required.
    """
    level, weaker = strongest(), STRENGTH[: STRENGTH.index(require)]
    if level is None or {"basic": "any"}.get(level.name, level.name) in weaker:
        offered = repr(level.name) if level else "that does not even start a process"
        raise IsolationError(
            f"This machine offers the isolation {offered}, and {require!r} is required; "
            "docs/graders.md says what each level needs."
        )
    return level


def grade(path: Path, settings: Settings) -> Record:
    """Return the record of one submission, whatever it does.

    path      a notebook, a .py file, or a zip or folder holding them
    settings  of the run
    """
    start = perf_counter()
    record = blank(path.name, settings)
    try:
        record |= _graded(path, settings)
    except (SubmissionError, IsolationError) as refused:
        record["reason"] = str(refused)
    except Exception as problem:
        record["reason"] = f"The grader could not go on: {type(problem).__name__}: {problem}"
        record["notes"] = [traceback.format_exc(limit=-4)]
    record["seconds"] = perf_counter() - start
    result: Record = plain(record)
    validate(result)
    return result


def blank(name: str, settings: Settings, reason: str = "") -> Record:
    """Return the record of a submission of which nothing could be asked, for the reason given."""
    tables = [points()[question] for question in settings.questions]
    return {
        "schema": SCHEMA,
        "name": shown(name),
        "student": shown(Path(name).stem),
        "digest": "",
        "status": "not graded",
        "reason": reason,
        "points": None,
        "max_points": sum(test.points for table in tables for test in table.values()),
        "seed": settings.seed,
        "suite": digest(),
        "isolation": {"level": "", "in_force": []},
        "questions": [],
        "notes": [],
        "seconds": 0.0,
    }


def _graded(path: Path, settings: Settings) -> Record:
    submission, level = read_submission(path), isolation(settings.require)
    with Sandbox(level, settings.limits, packages(), submission.files) as sandbox:
        answers = _Answers(submission, sandbox)
        run = Run(settings.questions, settings.seed, answers)
        run_suite(run)
        if run.broken:
            raise RuntimeError(" ".join(run.broken))
        questions = [_question(run, question, answers(question)) for question in run.questions]
        answers.close()
    return {
        "name": submission.name,
        "student": submission.student,
        "digest": submission.digest,
        "status": "graded",
        "points": sum(question["points"] for question in questions),
        "isolation": {"level": level.name, "in_force": list(level.in_force)},
        "questions": questions,
        "notes": list(dict.fromkeys([*submission.notes, *answers.problems])),
    }


class _Answers:
    """The answers of one submission; the worker of one question is ended before the next begins."""

    def __init__(self, submission: Submission, sandbox: Sandbox) -> None:
        self.submission, self.sandbox = submission, sandbox
        self.open: dict[str, Submitted] = {}

    def __call__(self, question: str) -> Submitted:
        if question not in self.open:
            self.close()
            self.sandbox.renew()
            self.open[question] = Submitted(self.submission, self.sandbox, question)
        return self.open[question]

    @property
    def problems(self) -> list[str]:
        """What could not be loaded, over all questions."""
        return [problem for answer in self.open.values() for problem in answer.problems]

    def close(self) -> None:
        for answer in self.open.values():
            answer.close()


@contextmanager
def answers_of(path: Path, settings: Settings) -> Iterator[Callable[[str], Answer]]:
    """Open the answers of a submission for as long as the block runs.

    Raises SubmissionError for what cannot be read, IsolationError where too little is offered.
    """
    submission, level = read_submission(path), isolation(settings.require)
    with Sandbox(level, settings.limits, packages(), submission.files) as sandbox:
        yield _Answers(submission, sandbox)


def _question(run: Run, question: str, answer: Submitted) -> dict[str, Any]:
    tests = [run.outcomes[question, test] for test in points()[question]]
    earned, most = (sum(test[part] for test in tests) for part in ("points", "max_points"))
    entry = {
        "id": question,
        "points": earned,
        "max_points": most,
        "outcome": _outcome(answer, tests),
        "cause": _cause(answer, tests),
        "mistakes": [],
        "titles": [],
        "seen": "",
        "meaning": "",
        "next_step": "",
        "tests": tests,
        "difference": None,
    }
    if entry["outcome"] in ("partly", "failed"):
        entry |= _explained(question, answer, tests)
    return entry


def _cause(answer: Submitted, tests: list[dict[str, Any]]) -> str:
    """Return why there was nothing to compare, or "" where there was."""
    submission, question = answer.submission, answer.question
    if not submission.defines(question):
        return submission.why_missing(question)
    if _outcome(answer, tests) == NOT_ATTEMPTED and _has_code(submission, question):
        return STILL_RAISES
    return next((test["seen"] for test in tests if test["cause"] and not test["hidden"]), "")


def _has_code(submission: Submission, question: str) -> bool:
    """Whether there is more in a function than its stub: a docstring, a check_ and a raise."""
    for cell in submission.cells_for(question):
        statements = ast.parse(cell.source).body
        for statement in (statements[index] for index in cell.statements):
            if isinstance(statement, ast.FunctionDef) and statement.name == question:
                texts = [ast.unparse(one) for one in statement.body[1:]]
                if any(not text.startswith("raise") and "check_" not in text for text in texts):
                    return True
    return False


def _outcome(answer: Submitted, tests: list[dict[str, Any]]) -> str:
    outcomes = {test["outcome"] for test in tests}
    if not answer.submission.defines(answer.question):
        return "missing"
    if len(outcomes) == 1:
        return str(outcomes.pop())
    earned = any(test["points"] for test in tests)
    if earned:
        return "partly"
    return FAILED if FAILED in outcomes else "not attempted"


def _explained(question: str, answer: Submitted, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """Return which mistake it may be, in the words of checks."""
    failed = [test["id"] for test in tests if test["outcome"] == FAILED]
    answer.close()  # what it remembers of the graded inputs shall not be told
    result = named(question, answer, loops="no_loops" in failed)
    public = [t["seen"] for t in tests if t["outcome"] == FAILED and t["seen"] and not t["hidden"]]
    told = not result.ok and result.outcome != "error"
    seen = result.seen if told else "\n".join([*dict.fromkeys(public)][:2])
    return {
        "mistakes": result.mistakes[: len(result.titles)],  # the others are guesses
        "titles": result.titles,
        "seen": seen,
        "meaning": result.meaning,
        "next_step": result.next_step,
        "difference": difference(question, answer) if "gradient" in failed else None,
    }


@cache
def packages() -> Path:
    """Return a folder with what a submission may import: the rooms of the handout.

    It is made once in a process, and gone when that ends.
    """
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    write_rooms(folder, tuple(points()))
    compileall.compile_dir(folder / "classifiers", quiet=2)  # or each worker would do it
    return folder
