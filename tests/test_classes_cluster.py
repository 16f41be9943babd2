"""A class graded by a real Dask cluster: as here, whatever becomes of its workers."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from grading.classes import cluster
from grading.classes.grade_class import grade_class
from grading.classes.job import grade_one
from grading.settings import Settings
from tests.classes_fakes import obey
from tests.classes_samples import real_class, until

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = Settings(("softmax_loss_naive",), seed=7)


class Dask:
    """A scheduler and its workers, each a process of its own in an empty folder."""

    def __init__(self, folder, stack):
        """Start the scheduler; it gives up on what has killed two workers."""
        self.folder, self.stack, self.workers = folder, stack, []
        folder.mkdir()
        file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        self.address = json.loads(until(lambda: file.exists() and file.read_text()))["address"]

    def start(self, *command):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
        environment["TMPDIR"] = str(self.folder)
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=self.folder,
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.stack.callback(self.end, process)
        return process

    def add_worker(self, *options):
        self.workers.append(self.start("worker", self.address, "--nthreads", "1", *options))

    def end_when(self, process, condition):
        until(condition)
        self.end(process)

    def end(self, process, number=signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
        process.wait()


@pytest.fixture
def dask(tmp_path):
    """A scheduler, for the test alone."""
    with ExitStack() as stack:
        yield Dask(tmp_path / "dask", stack)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A scheduler and one worker, for tests that do them no harm."""
    with ExitStack() as stack:
        dask = Dask(tmp_path_factory.mktemp("shared") / "dask", stack)
        dask.add_worker("--no-nanny")
        yield dask


@pytest.fixture
def hw(tmp_path):
    (tmp_path / "hw").mkdir()
    return tmp_path / "hw"


def graded(folder, out, dask, **options):
    options = {"job": obey, "settings": SETTINGS} | options
    return grade_class([folder], out, scheduler=dask and dask.address, **options)


def records(out):
    """Return each record, by its folder, without the time that it took."""
    files = out.glob("*/result.json")
    return {file.parent.name: json.loads(file.read_bytes()) | {"seconds": 0} for file in files}


def test_a_cluster_grades_as_this_machine_does(hw, shared, tmp_path):
    for number in range(5):
        (hw / f"s{number}.py").write_text(f"points {number}")
    (hw / "a\n🙂.py").write_text("points 5")
    (hw / "large.py").write_text("points 6\n" * 2**21)
    (hw / "wrong.py").write_text("raise of the machine")
    assert graded(hw, tmp_path / "here", None).total == 8
    assert graded(hw, tmp_path / "there", shared).total == 8
    assert records(tmp_path / "here") == records(tmp_path / "there")
    assert (tmp_path / "there" / "s3.py" / "feedback.html").read_text() == "3.0"


def test_a_folder_arrives_as_it_was_sent(tmp_path):
    folder = tmp_path / "ana"
    (folder / "empty").mkdir(parents=True)
    (folder / "of mine").mkdir()
    (folder / "of mine" / "softmax.ipynb").write_bytes(b"\0\xff")
    (folder / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    found = cluster.grade_sent(
        cluster.packed(folder), what_is_there, "ana", SETTINGS, cluster.digest()
    )
    assert found == {
        "empty": None,
        "of mine": None,
        "of mine/softmax.ipynb": b"\0\xff",
        "passwd": "/etc/passwd",
    }


def what_is_there(path, name, settings):
    assert path.name == name
    return {
        str(file.relative_to(path)): str(file.readlink())
        if file.is_symlink()
        else file.read_bytes()
        if file.is_file()
        else None
        for file in path.rglob("*")
    }


def test_what_is_too_large_to_send_is_not_graded(hw, shared, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LARGEST", 2**20)
    (hw / "ana").mkdir()
    (hw / "ana" / "softmax.py").write_bytes(b"#" * (2**20 + 1))
    summary = graded(hw, tmp_path / "out", shared)
    assert summary.not_graded == [("ana", "It cannot be sent: it is larger than 1 MiB.")]


def test_what_kills_every_worker_is_not_graded_and_the_others_are(hw, dask, tmp_path):
    (hw / "ana.py").write_text("die")
    for number in range(5):
        (hw / f"s{number}.py").write_text("points 1")
    dask.add_worker("--nanny")  # starts the worker again
    summary = graded(hw, tmp_path / "out", dask)
    ((name, reason),) = summary.not_graded
    assert name == "ana.py"
    assert "KilledWorker" in reason
    assert summary.graded == 5


def test_a_scheduler_that_is_lost_stops_the_run_and_loses_nothing(hw, dask, tmp_path):
    (hw / "ana.py").write_text("points 1")
    (hw / "ben.py").write_text(f"wait {tmp_path / 'mark'}")
    dask.add_worker("--no-nanny")
    out = tmp_path / "out"
    with ThreadPoolExecutor() as pool:
        pool.submit(dask.end_when, dask.scheduler, (out / "ana.py" / "result.json").exists)
        with pytest.raises(ValueError, match="scheduler was lost; --resume goes on"):
            graded(hw, out, dask)
    assert list(records(out)) == ["ana.py"]
    assert len((out / "grades.csv").read_text().splitlines()) == 2
    (tmp_path / "mark").touch()
    assert graded(hw, out, None, resume=True).graded == 2


def test_nobody_at_the_address_is_said_and_nothing_is_written(hw, dask, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "WAIT", 4)
    (hw / "ana.py").write_text("points 1")
    with pytest.raises(ValueError, match=r"has no worker; start one with dask worker tcp://"):
        graded(hw, tmp_path / "out", dask)
    dask.end(dask.scheduler)
    monkeypatch.setattr(cluster, "WAIT", 1)
    with pytest.raises(ValueError, match="No Dask scheduler answers at"):
        graded(hw, tmp_path / "out", dask)
    assert not (tmp_path / "out").exists()


def test_a_worker_with_another_version_is_refused(hw, shared, tmp_path, monkeypatch):
    (hw / "ana.py").write_text("points 1")
    monkeypatch.setattr(cluster, "digest", lambda: "f" * 64)
    with pytest.raises(ValueError, match="another version of softmax-lab; install this one on"):
        graded(hw, tmp_path / "out", shared)
    assert not (tmp_path / "out").exists()


def test_a_worker_that_comes_later_with_another_version_grades_nothing(tmp_path):
    (tmp_path / "ana.py").write_text("points 1")
    sent = cluster.packed(tmp_path / "ana.py")
    with pytest.raises(ValueError, match="another version"):
        cluster.grade_sent(sent, obey, "ana.py", SETTINGS, "f" * 64)


def test_a_worker_killed_in_the_middle_of_200_costs_nobody_anything(dask, tmp_path):
    hw, here, there = real_class(tmp_path / "hw", 200), tmp_path / "here", tmp_path / "there"
    dask.add_worker("--no-nanny")
    dask.add_worker("--no-nanny")
    asked = {"settings": SETTINGS, "job": grade_one}
    with ThreadPoolExecutor() as pool:
        pool.submit(dask.end_when, dask.workers[0], lambda: len([*there.glob("*/*t.json")]) > 50)
        summary = graded(hw, there, dask, **asked)
    assert dask.workers[0].poll() == -signal.SIGKILL
    assert summary.total == 200
    graded(hw, here, None, **asked)
    assert records(here) == records(there)
