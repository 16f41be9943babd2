"""How many submissions a minute nbgrader and softmax-lab grade, on one class and in one run."""

import csv
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from grading.asked import SOFTMAX
from grading.release.nbgrader import ASSIGNMENT, write_nbgrader
from grading.release.rooms import ROOT
from grading.sandbox import linux
from timing.spread import figure

KINDS = {"right": 0.6, "wrong": 0.3, "empty": 0.1}  # the share of each in the class


@dataclass(frozen=True)
class Student:
    """One submission: who handed it in, of which kind it is, and the programs in it."""

    name: str
    kind: str
    programs: dict[str, str]


def grading_speed(size: int, chunks: int, whole: bool) -> Iterator[str]:
    """Yield the lines of the comparison: a class, graded by one and by the other.

    size    submissions in the class
    chunks  how many parts it is graded in, in turn; `size` is divided by it
    whole   grade the whole notebook; else one without the cells that train, draw and check, which
            nbgrader runs and softmax-lab does not

    Raises ValueError where nbgrader is not installed or the sizes do not fit, RuntimeError where a
    program fails or the two do not agree about who is right.
    """
    _refuse(size, chunks)
    parts = [make_class(size // chunks, part) for part in range(chunks)]
    counts = {kind: sum(s.kind == kind for part in parts for s in part) for kind in KINDS}
    named = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    notebook = "the whole notebook" if whole else "answers and graded cells only"
    yield f"{size} submissions ({named}), {notebook}; softmax-lab before nbgrader and after it"
    yield f"{'part':>7}{'nbgrader':>14}{'softmax-lab':>14}{'ratio':>9}   submissions a minute"
    with tempfile.TemporaryDirectory(prefix="grading-speed-") as folder:
        speeds = []
        rounds = _Rounds(Path(folder), whole)
        for number, part in enumerate(parts, start=1):
            speeds.append([60 * len(part) / seconds for seconds in rounds.grade(part)])
            yield _row(str(number), *speeds[-1])
        theirs, ours = np.transpose(speeds)
        yield _row("median", np.median(theirs), np.median(ours), float(np.median(ours / theirs)))
        yield from rounds.agreement(parts)
        right = [student for part in parts for student in part if student.kind == "right"]
        each, start = rounds.cpu_seconds(right[:20])
        yield f"CPU of a right submission: {each:.3f} s, besides {start:.2f} s once a run"


def _row(name: str, theirs: float, ours: float, ratio: float | None = None) -> str:
    ratio = ours / theirs if ratio is None else ratio
    return f"{name:>7}{figure(theirs):>14}{figure(ours):>14}{figure(ratio):>9}"


def _refuse(size: int, chunks: int) -> None:
    if importlib.util.find_spec("nbgrader") is None:
        raise ValueError(
            "nbgrader is not installed here, and there is nothing to compare with; run "
            "`uv run --extra nbgrader softmax-lab grading-speed`."
        )
    if size % chunks or size // chunks < 10:
        raise ValueError(
            f"A class of {size} cannot be graded in {chunks} chunks; expected chunks of one size, "
            "10 submissions or more."
        )


def make_class(size: int, part: int) -> list[Student]:
    """Return students in mixed order, each with a program of tests/mistakes for each question.

    size  how many
    part  which part of the class they are, 0, 1, ...; it is in their names
    """
    from tests.mistakes.run import right, wrong

    draw = random.Random(part)
    good, bad = (
        {q: [p.source for p in every if p.question == q] for q in SOFTMAX}
        for every in (list(right("softmax_loss")), list(wrong("softmax_loss")))
    )
    kinds = [kind for kind, share in KINDS.items() for _ in range(round(share * size))][:size]
    kinds += ["right"] * (size - len(kinds))
    draw.shuffle(kinds)
    students = []
    for number, kind in enumerate(kinds):
        programs = {question: draw.choice(good[question]) for question in SOFTMAX}
        if kind == "wrong":
            question = draw.choice(SOFTMAX)
            programs[question] = draw.choice(bad[question])
        students.append(Student(f"p{part}-s{number:03}", kind, programs if kind != "empty" else {}))
    return students


class _Rounds:
    """A course of nbgrader and a folder of ours, with one submission graded by both already."""

    def __init__(self, folder: Path, whole: bool) -> None:
        self.folder, self.course = folder, write_nbgrader(folder / "course", SOFTMAX)
        # Whoever imports something first compiles it; nobody is to be timed while they do that.
        self.environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        scripts = str(Path(sys.executable).parent)
        self.environment["PATH"] = scripts + os.pathsep + os.environ["PATH"]
        if not whole:
            _keep_graded_cells(self.course / "source" / ASSIGNMENT / "softmax.ipynb")
        self._run(self.course, "nbgrader", "generate_assignment", ASSIGNMENT)
        released = self.course / "release" / ASSIGNMENT / "softmax.ipynb"
        self.notebook: dict[str, Any] = json.loads(released.read_text("utf-8"))
        self.grade([Student("first", "empty", {})])

    def grade(self, students: Sequence[Student]) -> tuple[float, float]:
        """Return the seconds that nbgrader takes for these students, and those that we take.

        Ours are the mean of two runs, one before nbgrader's and one after.
        """
        handed_in = self.folder / f"handed in by {students[0].name}"
        handed_in.mkdir()
        for student in students:
            text = json.dumps(_filled(self.notebook, student.programs))
            submitted = self.course / "submitted" / student.name / ASSIGNMENT
            submitted.mkdir(parents=True)
            for folder, name in ((submitted, "softmax"), (handed_in, student.name)):
                (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
        group = students[0].name.partition("-")[0]
        clock = [perf_counter()]
        self._ours(handed_in, self.folder / f"graded {group}")
        clock.append(perf_counter())
        self._run(self.course, "nbgrader", "autograde", ASSIGNMENT, f"--student={group}*")
        clock.append(perf_counter())
        self._ours(handed_in, self.folder / f"again {group}")
        clock.append(perf_counter())
        before, theirs, after = np.diff(clock)
        return float(theirs), float(before + after) / 2

    def agreement(self, parts: Sequence[Sequence[Student]]) -> Iterator[str]:
        """Yield the points of each kind of submission by both; RuntimeError unless they agree."""
        self._run(self.course, "nbgrader", "export")
        with (self.course / "grades.csv").open(encoding="utf-8", newline="") as table:
            theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
        records = [json.loads(f.read_bytes()) for f in self.folder.glob("graded p*/*/result.json")]
        ours = {record["student"]: record["points"] for record in records}
        most = records[0]["max_points"]
        for kind in KINDS:
            names = [student.name for part in parts for student in part if student.kind == kind]
            both = [[points[name] for name in names] for points in (theirs, ours)]
            if any(None in points for points in both):
                raise RuntimeError(f"A {kind} submission was not graded.")
            if kind != "wrong" and {*both[0], *both[1]} != {most if kind == "right" else 0.0}:
                raise RuntimeError(f"nbgrader and softmax-lab do not agree on what is {kind}.")
            means = [figure(float(np.mean(points))) for points in both]
            yield f"points, mean of {kind} ones: nbgrader {means[0]}, softmax-lab {means[1]}"

    def cpu_seconds(self, students: Sequence[Student]) -> tuple[float, float]:
        """Return the CPU seconds of one submission, and those of a run besides."""
        spent = []
        for number in (1, len(students)):
            handed_in = self.folder / f"for cpu {number}"
            handed_in.mkdir()
            for student in students[:number]:
                text = json.dumps(_filled(self.notebook, student.programs))
                (handed_in / f"{student.name}.ipynb").write_text(text, encoding="utf-8")
            with _cpu_of_descendants() as seconds:
                self._ours(handed_in, self.folder / f"cpu {number}", "--jobs", "1")
            spent += seconds
        each = (spent[1] - spent[0]) / (len(students) - 1)
        return each, spent[0] - each

    def _ours(self, handed_in: Path, out: Path, *options: str) -> None:
        command = [sys.executable, "-m", "softmax_lab", "grade", str(handed_in), "--out", str(out)]
        self._run(ROOT, *command, "--require", "strict", *options)

    def _run(self, folder: Path, *command: str) -> None:
        ran = subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True
        )
        if ran.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stderr[-2000:]}")


@contextmanager
def _cpu_of_descendants() -> Iterator[list[float]]:
    """Yield a list that gets the CPU seconds of all that was started within and has ended.

    Those who have lost their parent are adopted, or else nobody would count them.
    """
    seconds: list[float] = []
    before = _cpu_of_children()
    linux.prctl(linux.SUBREAPER, 1)
    try:
        yield seconds
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
    finally:
        linux.prctl(linux.SUBREAPER, 0)
    seconds.append(_cpu_of_children() - before)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _keep_graded_cells(path: Path) -> None:
    """Leave nothing in a source notebook but its first cell, the answers and the graded cells."""
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _filled(notebook: dict[str, Any], programs: dict[str, str]) -> dict[str, Any]:
    """Return a notebook with programs in their answer cells."""
    cells = []
    for cell in notebook["cells"]:
        question = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cells.append(cell | {"source": programs.get(question, cell["source"])})
    return notebook | {"cells": cells}
