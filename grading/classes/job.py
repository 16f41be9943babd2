"""What a job process does: grade one submission and write what people read of it."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grading.settings import Settings


@dataclass(frozen=True)
class Result:
    """One graded submission.

    record  as it goes into result.json
    files   feedback.html and results.json, by name
    """

    record: dict[str, Any]
    files: dict[str, bytes]


Answer = Result | str  # or why the grader has no result
Job = Callable[[Path, str, "Settings"], Result]


class StopRunError(ValueError):
    """What makes every further grade pointless; the message says what to do."""


def grade_one(path: Path, name: str, settings: "Settings") -> Result:
    """Grade the submission at a path.

    name  for its record; where it has folders in it, they tell the student from others
    """
    from grading.grade import grade

    record = grade(path, settings)
    if "/" in name:
        record |= {"name": name, "student": name.removesuffix(path.suffix)}
    return with_feedback(record)


def with_feedback(record: dict[str, Any]) -> Result:
    """Return a record and what people read of it."""
    from grading.feedback import write_one

    with tempfile.TemporaryDirectory() as folder:
        write_one(record, Path(folder))
        return Result(record, {file.name: file.read_bytes() for file in Path(folder).iterdir()})


def not_graded(name: str, settings: "Settings", reason: str) -> Result:
    """Return the result of a submission that nothing could be asked of."""
    from grading.grade import blank

    return with_feedback(blank(name, settings, reason))


def attempt(job: Job, path: Path, name: str, settings: "Settings") -> Answer:
    """Return the result of a job, or why the grader itself failed."""
    try:
        return job(path, name, settings)
    except Exception as problem:
        return f"The grader failed: {type(problem).__name__}: {problem}"
