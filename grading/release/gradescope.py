"""The assignment as Gradescope takes it: autograder.zip."""

import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grading.release.rooms import IGNORED, ROOT

SCRIPTS = Path(__file__).resolve().parent / "autograder"
GRADER = (
    "checks",
    "classifiers",
    "datasets",
    "grading",
    "gradient_check.py",
    "pyproject.toml",
    "tests/__init__.py",
    "tests/graded",
)
MOMENT = (2015, 1, 1, 0, 0, 0)  # of every file, so that one project makes one zip


def write_gradescope(folder: Path, questions: Sequence[str]) -> Path:
    """Write autograder.zip into a folder, and return its path.

    folder     is made where it is missing
    questions  names of the functions that are graded

    The zip holds setup.sh and run_autograder, and the grader with the reference: it is for the
    instructor to upload, never for students.

    Raises FileNotFoundError where a part of the grader is not there to be copied.
    """
    for part in GRADER:
        if not (ROOT / part).exists():
            raise FileNotFoundError(
                f"autograder.zip needs {part}, which an installed package leaves out; make it in a "
                "clone of the repository."
            )
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "autograder.zip"
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=".autograder", suffix=".unfinished")
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w") as zipped:
            for name, content, mode in _members(questions):
                member = zipfile.ZipInfo(name, MOMENT)
                member.create_system, member.external_attr = 3, (0o100000 | mode) << 16
                zipped.writestr(member, content, zipfile.ZIP_DEFLATED)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(made)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return made


def _members(questions: Sequence[str]) -> Iterator[tuple[str, bytes, int]]:
    """Yield name, content and permissions of each file."""
    for script in ("setup.sh", "run_autograder"):
        text = (SCRIPTS / script).read_text("utf-8").replace("@QUESTIONS@", ",".join(questions))
        yield script, text.encode(), 0o755
    for part in GRADER:
        for file in sorted(_files(ROOT / part)):
            yield file.relative_to(ROOT).as_posix(), file.read_bytes(), 0o644


def _files(part: Path) -> Iterator[Path]:
    if part.is_file():
        yield part
    for file in part.rglob("*"):
        if file.is_file() and not any(
            Path(name).match(pattern)
            for name in file.relative_to(part).parts
            for pattern in IGNORED
        ):
            yield file
