"""A class is graded once, whatever becomes of the processes that grade it, and gone on with."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import pytest

from grading.classes import content as contents
from grading.classes import grade_class as module
from grading.classes.entries import Entry
from grading.classes.grade_class import grade_class
from grading.settings import Settings
from tests.classes_fakes import obey

SETTINGS = Settings(("softmax_loss_naive",), seed=7)


class Class:
    """A class folder, its results, and a list of what has been graded."""

    def __init__(self, folder):
        self.folder, self.out, self.asked = folder / "hw", folder / "out", folder / "asked"
        self.folder.mkdir(exist_ok=True)

    def add(self, name, *lines):
        (self.folder / name).write_text("\n".join(lines))

    def grade(self, resume=False, jobs=1, settings=SETTINGS, **options):
        return grade_class([self.folder], self.out, settings, jobs, resume, job=obey, **options)

    def graded(self):
        """Return who has been graded since the last time, with how often."""
        lines = self.asked.read_text().splitlines() if self.asked.exists() else []
        self.asked.unlink(missing_ok=True)
        return Counter(line.partition(" ")[2] for line in lines)

    def record(self, folder):
        return json.loads((self.out / folder / "result.json").read_bytes())

    def points(self):
        files = self.out.glob("*/result.json")
        return {file.parent.name: self.record(file.parent.name)["points"] for file in files}


@pytest.fixture
def hw(tmp_path):
    return Class(tmp_path)


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    hw = Class(tmp_path_factory.mktemp("graded"))
    for number, name in enumerate(("ana.ipynb", "ben.py", "cy.zip", "dan.py")):
        hw.add(name, f"points {number}")
    summary = hw.grade(jobs=2)
    hw.folder.rename(hw.folder.with_name("was hw"))  # so that a copy of it is the class
    return hw, summary


@pytest.fixture
def four(graded_once, tmp_path):
    """A class of four that has been graded."""
    original, _ = graded_once
    shutil.copytree(original.folder.with_name("was hw"), tmp_path / "hw")
    shutil.copytree(original.out, tmp_path / "out")
    return Class(tmp_path)


def test_each_submission_has_its_result_and_the_class_its_report(graded_once):
    hw, summary = graded_once
    assert hw.graded() == {"ana.ipynb": 1, "ben.py": 1, "cy.zip": 1, "dan.py": 1}
    assert hw.points() == {"ana.ipynb": 0, "ben.py": 1, "cy.zip": 2, "dan.py": 3}
    assert (hw.out / "dan.py" / "feedback.html").read_text() == "3.0"
    assert len((hw.out / "grades.csv").read_text().splitlines()) == 5
    assert "dan" in (hw.out / "report.html").read_text()
    assert summary.status == 0
    assert summary.lines() == [
        "4 of 4 graded.  Points on average: 1.50 of 10.",
        f"Look at {hw.out / 'grades.csv'} and {hw.out / 'report.html'}",
    ]
    assert not list(hw.out.rglob("*.unfinished"))


def test_a_resumed_run_grades_nothing_twice_and_makes_the_report_again(four):
    (four.out / "grades.csv").unlink()
    (four.out / "report.html").write_text("old")
    four.grade(resume=True)
    assert four.graded() == {}
    assert len((four.out / "grades.csv").read_text().splitlines()) == 5
    assert (four.out / "report.html").read_text() != "old"


def test_a_resumed_run_grades_what_is_new_missing_or_changed(four):
    four.add("eva.zip", "points 5")
    four.add("ben.py", "points 6")
    (four.out / "ana.ipynb" / "result.json").unlink()
    summary = four.grade(resume=True)
    assert four.graded() == {"eva.zip": 1, "ben.py": 1, "ana.ipynb": 1}
    assert four.points() == {"ana.ipynb": 0, "ben.py": 6, "cy.zip": 2, "dan.py": 3, "eva.zip": 5}
    assert summary.total == 5


def test_a_result_that_does_not_hold_is_made_again(four):
    for folder, content in zip(
        sorted(four.points()), ["", "{", "[]", '{"points": 10}'], strict=True
    ):
        (four.out / folder / "result.json").write_text(content)
    four.grade(resume=True)
    assert sorted(four.points().values()) == [0, 1, 2, 3]


def test_other_tests_and_another_name_make_other_results(four, monkeypatch):
    (four.folder / "ana.ipynb").rename(four.folder / "anna.ipynb")
    four.grade(resume=True)
    assert four.graded() == {"anna.ipynb": 1}
    monkeypatch.setattr(module, "suite", lambda: "f" * 64)
    four.grade(resume=True)
    assert four.graded() == {"anna.ipynb": 1, "ben.py": 1, "cy.zip": 1, "dan.py": 1}


def test_what_was_graded_from_elsewhere_stays_in_the_report(four, tmp_path):
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "late.py").write_text("points 9")
    summary = grade_class([tmp_path / "late"], four.out, SETTINGS, 1, resume=True, job=obey)
    assert (summary.total, summary.points) == (5, 15)


def test_another_submission_of_the_same_name_replaces_no_result(four, tmp_path):
    four.add("dan.py", "points 5")
    four.grade(resume=True)
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "dan.py").write_text("points 9")
    with pytest.raises(ValueError, match=r"late/dan\.py would replace the result of .*hw/dan\.py"):
        grade_class([tmp_path / "late"], four.out, SETTINGS, 1, resume=True, job=obey)
    assert four.points()["dan.py"] == 5


def test_a_grader_that_fails_is_no_zero_and_is_asked_again(hw):
    hw.add("ana.py", "raise of the machine")
    summary = hw.grade()
    reason = "The grader failed: ZeroDivisionError: of the machine"
    assert summary.not_graded == [("ana.py", reason)]
    assert summary.status == 1
    assert (hw.record("ana.py")["status"], hw.record("ana.py")["points"]) == ("not graded", None)
    assert reason in summary.lines()[1]
    hw.grade(resume=True)
    assert hw.graded() == {"ana.py": 2}


def test_a_process_that_dies_costs_nobody_anything_but_who_kills_it_twice(hw, tmp_path):
    hw.add("ana.py", "die")
    hw.add("ben.py", "points 3", f"die {tmp_path / 'died'}")
    hw.add("cy.py", "points 4")
    summary = hw.grade()
    assert summary.not_graded == [("ana.py", "The grader's process was ended by signal 9.")]
    assert summary.graded == 2
    assert hw.graded() == {"ana.py": 2, "ben.py": 2, "cy.py": 1}
    assert hw.points() == {"ana.py": None, "ben.py": 3, "cy.py": 4}


@pytest.mark.slow
def test_a_process_that_never_ends_is_ended(hw, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "seconds_for", lambda settings: 5)
    hw.add("ana.py", f"wait {tmp_path / 'never'}")
    hw.add("ben.py", "points 1")
    summary = hw.grade()
    assert summary.not_graded == [("ana.py", "The grader's process took longer than 5 s.")]
    assert summary.graded == 1


@pytest.mark.slow
def test_a_process_is_replaced_after_so_many_submissions(hw, monkeypatch):
    monkeypatch.setattr("grading.classes.processes.ENOUGH", 2)
    for number in range(5):
        hw.add(f"s{number}.py")
    hw.grade(jobs=1)
    pids = [line.split()[0] for line in hw.asked.read_text().splitlines()]
    assert sorted(Counter(pids).values()) == [1, 2, 2]


@pytest.mark.slow
def test_so_many_jobs_work_at_once(hw, tmp_path):
    """Each of three waits for the next, and the last is not begun before the first is done."""
    marks = [tmp_path / f"mark{number}" for number in range(3)]
    for number in range(3):
        hw.add(f"s{number}.py", f"wait {marks[number]}")
    run = threading.Thread(target=hw.grade, kwargs={"jobs": 2})
    run.start()
    while not hw.asked.exists() or len(hw.asked.read_text().splitlines()) < 2:
        time.sleep(0.01)
    assert hw.graded() == {"s0.py": 1, "s1.py": 1}
    marks[1].touch()
    while not hw.asked.exists():
        time.sleep(0.01)
    assert hw.graded() == {"s2.py": 1}
    marks[0].touch()
    marks[2].touch()
    run.join()
    assert set(hw.points()) == {"s0.py", "s1.py", "s2.py"}


class Noting:
    """Where nothing takes any time, and who was handed over is noted."""

    width = 3

    def __init__(self):
        self.names = []

    def submit(self, job, path, name, settings):
        self.names.append(name)
        future = Future()
        future.set_result("Not looked at.")
        return future


def test_no_more_are_in_hand_than_are_worth_it(tmp_path):
    tasks = [module.Task(Entry(tmp_path / name, name, name), "") for name in "abcdefghi"]
    executor = Noting()
    graded = module._graded(tasks, executor, obey, SETTINGS)
    next(graded)
    assert executor.names == ["a", "b", "c"]
    assert len(list(graded)) == 8
    assert "".join(executor.names) == "abcdefghi"


def test_links_and_pipes_are_not_graded_and_never_opened(hw, tmp_path):
    (tmp_path / "secret.py").write_text("points 10")
    (hw.folder / "ana.py").symlink_to(tmp_path / "secret.py")
    os.mkfifo(hw.folder / "ben.py")
    summary = hw.grade()
    assert summary.not_graded == [
        ("ana.py", "ana.py is a link and is not followed: hand in the file itself."),
        (
            "ben.py",
            "ben.py is neither a file nor a folder: hand in a notebook, a .py file, a zip or a "
            "folder.",
        ),
    ]


def test_folders_in_folders_without_end_cost_nobody_else_anything(hw):
    hw.add("ben.py", "points 1")
    with contextlib.chdir(hw.folder):
        for _ in range(1_100):
            Path("a").mkdir()
            os.chdir("a")
    summary = hw.grade()
    subprocess.run(["rm", "-rf", hw.folder / "a"], check=True)  # too deep for shutil
    assert summary.graded == 1
    assert summary.not_graded == [
        (
            "a",
            "a holds folders more than 100 deep: hand in only your notebook and its helpers.",
        )
    ]


def test_a_submission_whose_digest_fails_is_not_graded(hw, monkeypatch):
    def failing(path):
        raise RuntimeError("of the disk")

    hw.add("ana.py")
    monkeypatch.setattr(module, "digest", failing)
    assert hw.grade().not_graded == [("ana.py", "It cannot be read: RuntimeError: of the disk")]


def test_of_what_is_too_large_to_be_read_only_the_size_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "FILE_BYTES", 3)
    digests = []
    for text in ("abcd", "abce", "abcde", "abc", "abd"):
        (tmp_path / "ana.py").write_text(text)
        digests.append(contents.digest(tmp_path / "ana.py"))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_a_folder_of_too_much_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("abc")
    (tmp_path / "b.py").write_text("abc")
    monkeypatch.setattr(contents, "HASHED", 5)
    with pytest.raises(contents.ContentError, match="are larger than 0 MB together"):
        contents.digest(tmp_path)
    monkeypatch.setattr(contents, "ENTRIES", 1)
    with pytest.raises(contents.ContentError, match="more than 1 files"):
        contents.digest(tmp_path)


def test_nothing_is_written_where_there_is_nothing_to_grade(hw):
    with pytest.raises(ValueError, match="no submission"):
        hw.grade()
    assert not hw.out.exists()


def test_a_result_is_there_whole_or_not_at_all(four, monkeypatch):
    """The disk is full when the last file of a result is written."""
    from grading.classes import results

    def full(path, content, mode=0o666):
        if path.name == "result.json":
            raise OSError(28, "No space left on device", str(path))
        write_whole(path, content, mode)

    write_whole = results.write_whole
    monkeypatch.setattr(results, "write_whole", full)
    four.add("ana.ipynb", "points 9")
    with pytest.raises(OSError, match="No space left"):
        four.grade(resume=True)
    assert four.points() == {"ben.py": 1, "cy.zip": 2, "dan.py": 3}
    assert len((four.out / "grades.csv").read_text().splitlines()) == 4
    monkeypatch.undo()
    four.grade(resume=True)
    assert four.points() == {"ana.ipynb": 9, "ben.py": 1, "cy.zip": 2, "dan.py": 3}
