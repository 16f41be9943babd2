"""The same submission and seed have the same grade, wherever and among whomever it is graded."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from grading.classes import grade_class as module
from grading.classes.grade_class import grade_class
from grading.settings import Settings
from tests.classes_samples import LIMIT, ROOT, real_class, until

pytestmark = pytest.mark.slow

SETTINGS = Settings(seed=2026)


def records(out):
    """Return each record, by its folder, without the time that it took."""
    files = out.glob("*/result.json")
    return {file.parent.name: json.loads(file.read_bytes()) | {"seconds": 0} for file in files}


def test_grades_are_the_same_in_any_order_and_with_any_number_of_jobs(tmp_path, monkeypatch):
    hw, one, two = real_class(tmp_path / "hw", 24), tmp_path / "one", tmp_path / "two"
    summary = grade_class([hw], one, SETTINGS, jobs=1)
    assert (summary.total, summary.graded) == (24, 22)
    assert {reason.partition(" is ")[2][:12] for _, reason in summary.not_graded} == {
        "an HTML page"
    }
    missing = module._missing
    monkeypatch.setattr(module, "_missing", lambda *class_: reversed(list(missing(*class_))))
    grade_class([hw], two, SETTINGS, jobs=2)
    assert records(one) == records(two)
    points = {record["points"] for record in records(one).values()}
    assert {None, 0, 20} < points
    assert len(points) > 5
    left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert [line for line in left if "resource_tracker" not in line] == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_leaves_no_sandbox_behind(tmp_path, number):
    (tmp_path / "hw").mkdir()
    (tmp_path / "tmp").mkdir()
    endless = "def softmax_loss_naive(W, X, y, reg):\n    while True:\n        pass\n"
    for student in ("ana", "ben"):
        (tmp_path / "hw" / f"{student}.py").write_text(endless)
    command = [sys.executable, "-m", "softmax_lab", "grade", "hw", "--out", "out", "--jobs", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        everything = until(lambda: family_at_work(process.pid))
        os.killpg(process.pid, number)
        _, complaints = process.communicate(timeout=LIMIT)
    assert (process.returncode, complaints) == ((130, b"") if number == 2 else (-9, b""))
    psutil.wait_procs(everything, timeout=LIMIT)
    assert not [child for child in everything if child.is_running()]
    assert not list((tmp_path / "tmp").glob("softmax-lab-*"))


def family_at_work(pid):
    """Return all processes of a run, once an endless loop has been at work in two of them."""
    family = psutil.Process(pid).children(recursive=True)
    with suppress(psutil.NoSuchProcess):
        jobs = [child for child in family if "spawn_main" in " ".join(child.cmdline())]
        busy = [child for child in family if child not in jobs and child.cpu_times().user > 0.5]
        return family if len(busy) >= 2 else None
