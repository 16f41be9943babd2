"""What all ways of starting a worker process have in common."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grading.sandbox.killing import end_tree
from grading.sandbox.line import Line

START_SECONDS = 60.0  # in which a process must have started
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
KEPT = ("SYSTEMROOT",)  # Windows opens no socket without it


class SandboxError(RuntimeError):
    """No worker can be started, which is no fault of the submission; the message says why."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, negative for a signal, and what it used in all."""

    exit_code: int
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


class Process(Protocol):
    """One worker process, and the line to it."""

    line: Line

    def ended(self, wait: float = 0.0) -> Ended | None:
        """Return how it ended, after waiting that many seconds for it; None if that is unknown."""

    def end(self) -> None:
        """End it and everything that it started."""


def started(
    argv: Sequence[str],
    stdin: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, with no more of this process than descriptors."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.Popen(
        argv,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=ENVIRONMENT | kept,
        pass_fds=pass_fds,
        start_new_session=True,
    )


def end(popen: subprocess.Popen[bytes]) -> None:
    """End a program, if it still runs, and everything that came from it."""
    if popen.poll() is None:
        end_tree(popen.pid)
    popen.wait()
    if popen.stderr:
        popen.stderr.close()
