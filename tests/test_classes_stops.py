"""A run that is stopped or killed ends with all it started, and is gone on with."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.classes_samples import LIMIT, until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
RUN = """
import sys
from pathlib import Path
from grading.classes import grade_class as module
from grading.settings import Settings
from tests.classes_fakes import obey

module.suite = lambda: "0" * 64
folder, resume = Path(sys.argv[1]), "--resume" in sys.argv
summary = module.grade_class([folder / "hw"], folder / "out", Settings(seed=7), 2, resume, job=obey)
print(*summary.lines(), sep="\\n")
sys.exit(summary.status)
"""


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def booting_jobs(pid):
    """Return the job processes that are still within the terminal's reach, and their state."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            named = "spawn_main" in " ".join(child.cmdline())
            state = Path(f"/proc/{child.pid}/status").read_text()
            if named and os.getsid(child.pid) != child.pid:
                found.append(state)
    return found


def holds_back_ctrl_c(state):
    blocked = int(state.partition("SigBlk:")[2].split()[0], 16)
    return bool(blocked >> (signal.SIGINT - 1) & 1)


class Run:
    """A run over a class of five, of whom two wait for a mark that is not there yet."""

    def __init__(self, folder):
        self.folder, self.mark, self.temporary = folder, folder / "mark", folder / "tmp"
        self.out, self.asked = folder / "out", folder / "asked"
        (folder / "hw").mkdir()
        self.temporary.mkdir()
        for number in range(3):
            (folder / "hw" / f"a{number}.py").write_text(f"points {number}")
        for number in range(2):
            (folder / "hw" / f"b{number}.py").write_text(f"wait {self.mark}\npoints 9")

    def start(self, *options, **streams):
        command = [sys.executable, "-c", RUN, str(self.folder), *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, start_new_session=True, **streams
        )

    def pids(self):
        """Return the job processes, once all five submissions have been begun."""
        lines = self.asked.read_text().splitlines() if self.asked.exists() else []
        done = len(list(self.out.glob("*/result.json")))
        return {int(line.split()[0]) for line in lines} if (len(lines), done) == (5, 3) else None

    def ends(self, pids):
        until(lambda: not any(map(is_running, pids)))
        until(lambda: not list(self.temporary.glob("softmax-lab-*")))

    def points(self):
        files = self.out.glob("*/result.json")
        return {file.parent.name: json.loads(file.read_bytes())["points"] for file in files}

    def resumes(self):
        """The two in flight are graded again, the others are not."""
        self.mark.touch()
        with self.start("--resume") as process:
            assert process.wait(LIMIT) == 0, process.stderr.read()
        asked = [line.split()[1] for line in self.asked.read_text().splitlines()]
        assert Counter(asked) == {"a0.py": 1, "a1.py": 1, "a2.py": 1, "b0.py": 2, "b1.py": 2}
        assert self.points() == {"a0.py": 0, "a1.py": 1, "a2.py": 2, "b0.py": 9, "b1.py": 9}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_ctrl_c_keeps_and_reports_what_is_graded(run):
    with run.start() as process:
        pids = until(run.pids)
        os.killpg(process.pid, signal.SIGINT)
        said, complaints = process.communicate(timeout=LIMIT)
    assert (process.returncode, complaints) == (130, "")
    assert said.splitlines()[:2] == [
        "3 of 3 graded.  Points on average: 1.00 of 10.",
        "Stopped with 2 to go; --resume goes on.",
    ]
    assert len((run.out / "grades.csv").read_text().splitlines()) == 4
    run.ends(pids)
    run.resumes()


def test_ctrl_c_while_the_processes_start_is_as_quiet(run):
    run.mark.touch()
    with run.start() as process:
        states = until(lambda: booting_jobs(process.pid))
        os.killpg(process.pid, signal.SIGINT)
        _, complaints = process.communicate(timeout=LIMIT)
    assert (process.returncode, complaints) == (130, "")
    assert all(map(holds_back_ctrl_c, states))
    run.ends([])


def test_ctrl_c_that_was_held_back_is_dropped():
    program = (
        "import os, signal; from grading.classes.processes import _leave_the_terminal as leave\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "leave()\n"
        "assert os.getsid(0) == os.getpid()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_takes_its_processes_along_and_loses_what_was_in_flight(run, number):
    with run.start() as process:
        pids = until(run.pids)
        process.send_signal(number)
        process.communicate(timeout=LIMIT)
    run.ends(pids)
    assert run.points() == {"a0.py": 0, "a1.py": 1, "a2.py": 2}
    run.resumes()


@pytest.mark.parametrize("options", [[], ["--resume"]])
def test_a_terminal_shows_how_far_it_is(run, options):
    run.mark.touch()
    if options:
        with run.start() as before:
            assert before.wait(LIMIT) == 0
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    with run.start(*options, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"5/5" not in shown:
            shown += os.read(ours, 4096)
        process.communicate(timeout=LIMIT)
    os.close(ours)
    assert process.returncode == 0
    assert "submissions" in shown.decode()
