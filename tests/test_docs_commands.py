"""Every command of the pages for students, graders, instructors and timing, run as it is there."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.asked import SOFTMAX
from grading.release.handout import write_handout
from grading.solutions import fill_notebook
from tests.notebooks import SOFTMAX as SOFTMAX_NOTEBOOK

ROOT = Path(__file__).resolve().parents[1]
FEWER = {  # what takes minutes is asked for less of
    "softmax-lab time": "--C 5 --D 7 --N 11 --no-peers --seconds 1",
    "softmax-lab grading-speed": "--size 10 --chunks 1",
    "jupyter lab": "--version",
}

pytestmark = pytest.mark.slow


def commands(page: str) -> list[str]:
    """Return the lines of a page's code blocks that are commands."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r"^    (uv run .*?)(?: +# .*)?$", text, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder as the pages take it for granted: one submission, and a folder of some."""
    solved = json.dumps(fill_notebook(json.loads(SOFTMAX_NOTEBOOK.read_text("utf-8"))))
    (tmp_path / "submissions").mkdir()
    for name in ("softmax.ipynb", "submissions/ana.ipynb"):
        (tmp_path / name).write_text(solved, encoding="utf-8")
    shutil.copy(SOFTMAX_NOTEBOOK, tmp_path / "submissions" / "ben.ipynb")
    return tmp_path


@pytest.fixture
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def here(command: str) -> str:
    """Return a command for another folder than this project's, with its environment and tests."""
    command = command.replace("tests/graded", str(ROOT / "tests" / "graded"))
    return command.replace("uv run", f"uv run --no-sync --project {shlex.quote(str(ROOT))}")


def run(command: str, folder: Path) -> str:
    """Run a command in a folder; return what it prints."""
    for name, less in FEWER.items():
        command += f" {less}" if name in command else ""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("VIRTUAL_ENV", None)
    ran = subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    return ran.stdout


def test_every_command_for_students_works(tmp_path: Path) -> None:
    handout = tmp_path / "softmax-lab"
    write_handout(handout, SOFTMAX)
    solved = fill_notebook(json.loads(SOFTMAX_NOTEBOOK.read_text("utf-8")))
    (handout / "notebooks" / "softmax.ipynb").write_text(json.dumps(solved), encoding="utf-8")
    said = [run(command, handout) for command in commands("students.md")]
    assert len(said) == 3
    assert "2 passed" in said[1]
    assert (handout / "notebooks" / "softmax-submission.zip").is_file()


def test_every_command_for_graders_works(desk: Path, scheduler: str) -> None:
    said = {}
    for command in commands("graders.md"):
        command = command.replace("tcp://HOST:8786", scheduler)
        if "--scheduler" in command:
            command = command.replace("--out grades", "--out by-cluster")
        said[command] = run(here(command), desk)
    assert len(said) == 6
    assert (desk / "results" / "softmax.ipynb" / "feedback.html").is_file()
    records = [
        json.loads((desk / folder / "softmax.ipynb" / "result.json").read_text("utf-8"))
        for folder in ("results", "again")
    ]
    assert [record["points"] for record in records] == [20, 20]
    for folder in ("grades", "by-cluster"):
        grades = (desk / folder / "grades.csv").read_text("utf-8-sig")
        assert "ana" in grades
        assert (desk / folder / "report.html").is_file()
    assert any("softmax_loss_naive: 10 of 10 points" in text for text in said.values())


def test_every_command_for_instructors_works(desk: Path) -> None:
    pytest.importorskip("nbgrader", reason="the extra nbgrader is not installed")
    for command in commands("instructors.md"):
        run(here(command), desk)
    assert (desk / "fall" / "handout.zip").is_file()
    assert (desk / "fall" / "handout" / "notebooks" / "softmax.ipynb").is_file()
    assert [file.name for file in (desk / "backprop" / "handout" / "notebooks").iterdir()] == [
        "backprop.ipynb"
    ]
    assert list((desk / "for-nbgrader").rglob("source/softmax/softmax.ipynb"))
    assert list((desk / "for-gradescope").rglob("autograder.zip"))


def test_every_command_about_timing_works(desk: Path, full_cifar10: Path) -> None:
    asked = commands("timing.md")
    assert len(asked) == 6
    for command in asked:
        if "--compare A B" in command:
            command = command.replace("A B", "runs/timing-1 runs/timing-2")
        if "training-speed" in command:
            command = command.replace("DIR", str(full_cifar10)) + " --rounds 1"
        run(here(command), desk)
    for number in (1, 2, 3):
        assert (desk / "runs" / f"timing-{number}" / "timing.html").is_file()
