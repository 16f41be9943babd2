"""Read what a student handed in: a notebook, a .py file, or a zip or folder that holds them."""

import __future__

import ast
import linecache
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Any

from checks.questions import QUESTIONS
from grading.cells import Cell
from grading.reading import dependencies
from grading.reading.documents import Document
from grading.reading.files import find
from grading.reading.gather import gather
from grading.reading.sentences import (
    ABSENT,
    BROKEN,
    INDENTED,
    MORE,
    NEAR,
    SubmissionError,
    reason,
    shown,
)

__all__ = [
    "Answers",
    "Submission",
    "SubmissionError",
    "read_answers",
    "read_submission",
    "their_line",
]

NOTES = 40
THEIRS = re.compile(r"<(.*(?:\.py|, \w+ cell \d+))>")


@dataclass(frozen=True)
class Submission:
    """What a student handed in, read but not run.

    name       the path's name
    student    whom it is from: the file's name without its ending, or the folder's name
    digest     sha256 in hex of what was read; the same wherever the submission lies
    notes      sentences on what was left out, mended, or counted although there is more of it
    files      helper modules that the cells may import: content by "helper.py", "tools/draw.py"
    documents  its notebooks and .py files, parsed, those that count most first
    """

    name: str
    student: str
    digest: str
    notes: tuple[str, ...]
    files: dict[str, bytes] = field(repr=False)
    documents: tuple[Document, ...] = field(repr=False)

    def defines(self, function: str) -> bool:
        """Whether something in it defines that function, if only as a stub."""
        return dependencies.home(self.documents, function) is not None

    def cells_for(self, function: str) -> list[Cell]:
        """Return what that function depends on, in order; [] if it is not defined.

        That is imports, definitions and assignments of the names that it needs, and of those that
        these need in turn; never a loop, a with, a del, or an expression by itself.
        """
        return dependencies.cells_for(self.documents, function)

    def why_missing(self, function: str) -> str:
        """Return, in a few sentences, why that function was not found and what may be it."""
        defined = {name for document in self.documents for name in document.functions()}
        likely = sorted(name for name in defined - set(QUESTIONS) if len(name) < 100)
        near = get_close_matches(function, likely[:1000], n=1, cutoff=0.8)
        hints = [NEAR.format(near=name) for name in near]
        return " ".join([ABSENT.format(function=function), *hints, *self._mentions(function)[:3]])

    def _mentions(self, function: str) -> list[str]:
        """Return where a function stands in a cell that could not be parsed, or is indented."""
        found = []
        word = re.compile(rf"\b{re.escape(function)}\b")
        indented = re.compile(rf"^[ \t]+(async )?def {re.escape(function)}\b", re.MULTILINE)
        for document in self.documents:
            for text, parsed in zip(document.texts, document.parsed, strict=True):
                inside = indented.search(parsed.source)
                if parsed.problem and word.search(text.source or ""):
                    found.append(parsed.problem)
                elif inside:
                    line = parsed.source.count("\n", 0, inside.start()) + 1
                    found.append(INDENTED.format(place=text.place, line=line))
        return found


def read_submission(path: str | Path) -> Submission:
    """Read a notebook, a .py file, or a zip or folder that holds them.  Nothing of it is run.

    Raises SubmissionError, with a sentence, for what cannot be read.
    """
    path = Path(path)
    path = path if path.name not in ("", "..") else path.resolve()
    found = find(path)
    gathered = gather(shown(path.name), found)
    unsure = [dependencies.notes_on(gathered.documents, name) for name in QUESTIONS]
    return Submission(
        name=shown(path.name),
        student=shown(path.name if path.is_dir() else path.stem.removesuffix(".ipynb")),
        digest=found.digest(),
        notes=_some([*gathered.notes, *chain.from_iterable(unsure)]),
        files=gathered.files,
        documents=gathered.documents,
    )


def _some(notes: list[str]) -> tuple[str, ...]:
    more = [MORE.format(count=len(notes) - NOTES)] if len(notes) > NOTES else []
    return (*notes[:NOTES], *more)


@dataclass
class Answers:
    """The functions of a submission, run in this process: for one's own work only.

    submission  what they are read from
    folder      where it lies, and helper modules with it; None for nowhere
    problems    why something that a function needs could not be run, a sentence each
    """

    submission: Submission
    folder: Path | None = None
    problems: list[str] = field(default_factory=list)

    def function(self, name: str) -> Callable[..., Any]:
        """Run what a function depends on, and return the function.

        Raises SubmissionError where there is none, with what could not be read.
        """
        names: dict[str, Any] = {"__name__": "submission"}
        if self.folder and str(self.folder) not in sys.path:
            sys.path.append(str(self.folder))
        for cell in self.submission.cells_for(name):
            self._run(cell, names)
        found: Callable[..., Any] | None = names.get(name)
        if not callable(found):
            why = self.submission.why_missing(name)
            raise SubmissionError(" ".join([why, *self.problems]))
        return found

    def _run(self, cell: Cell, names: dict[str, Any]) -> None:
        """Run each statement by itself; what it raises is kept, since it may cost nothing."""
        filename = f"<{cell.filename}>"
        linecache.cache[filename] = (
            len(cell.source),
            None,
            cell.source.splitlines(True),
            filename,
        )
        flag = __future__.annotations.compiler_flag
        body = ast.parse(cell.source).body
        for statement in (body[index] for index in cell.statements):
            try:
                exec(compile(ast.Module([statement], []), filename, "exec", flag), names)
            except (Exception, SystemExit) as problem:
                line, words = statement.lineno, reason(problem)
                self.problems.append(BROKEN.format(place=cell.filename, line=line, problem=words))


def read_answers(path: str | Path) -> Answers:
    """Read a notebook, a .py file, or a zip or folder that holds them, to be run in this process.

    Raises SubmissionError for what cannot be read.
    """
    path = Path(path)
    path = path.resolve() if path.is_symlink() else path
    return Answers(read_submission(path), path if path.is_dir() else path.absolute().parent)


def their_line(problem: BaseException) -> str | None:
    """Return which line of a student's cell a problem came from, or None if from none."""
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        place = THEIRS.fullmatch(frame.filename)
        if place:
            return f"{place[1]}, line {frame.lineno}: {frame.line}"
    return None
