"""Job processes: each grades one submission after the other, and ends when the grader does."""

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading.classes.job import Answer, Job, attempt

if TYPE_CHECKING:
    from grading.settings import Settings

SPAWN = get_context("spawn")
CAN_HOLD_BACK = hasattr(signal, "pthread_sigmask")
ENOUGH = 200  # so many submissions, and a new process takes over


class JobLostError(Exception):
    """A job process that came to an end, or was ended, with its submission not graded."""


class JobProcesses:
    """Job processes; a submission whose process dies is tried once more, in a new one."""

    def __init__(self, jobs: int, seconds: float) -> None:
        """Take how many processes there may be, and how long one may take for a submission."""
        self.width, self.seconds = jobs, seconds
        self._lock, self._ended = threading.Lock(), False
        self._idle: list[JobProcess] = []
        self._all: set[JobProcess] = set()
        if CAN_HOLD_BACK:
            resource_tracker.ensure_running()  # started later, it would let SIGINT through again
        self._threads = ThreadPoolExecutor(jobs, initializer=_keep_from_ctrl_c)

    def __enter__(self) -> "JobProcesses":
        """Return itself."""
        return self

    def __exit__(self, *problem: object) -> None:
        """End every process, also one at work."""
        with self._lock:
            self._ended = True
            for process in self._all:
                process.end()
        self._threads.shutdown(cancel_futures=True)

    def submit(self, job: Job, path: Path, name: str, settings: "Settings") -> "Future[Answer]":
        """Grade in a process; the future has the result, or why there is none."""
        return self._threads.submit(self._grade, (job, path, name, settings))

    def _grade(self, task: tuple[Any, ...]) -> Answer:
        for _ in range(2):
            try:
                return self._grade_once(task)
            except JobLostError as lost:
                reason = str(lost)
        return reason

    def _grade_once(self, task: tuple[Any, ...]) -> Answer:
        process = self._take()
        try:
            return process.answer(task, self.seconds)
        finally:
            self._give_back(process)

    def _take(self) -> "JobProcess":
        with self._lock:
            if self._ended:
                raise JobLostError("The run was stopped.")
            if self._idle:
                return self._idle.pop()
            process = JobProcess()
            self._all.add(process)
            return process

    def _give_back(self, process: "JobProcess") -> None:
        with self._lock:
            if process.ended or process.graded >= ENOUGH:
                process.end()
                self._all.discard(process)
            else:
                self._idle.append(process)


class JobProcess:
    """One process, which grades what it is told to; its temporary files are gone with it."""

    def __init__(self) -> None:
        """Start it."""
        self.graded, self.ended, self._lock = 0, False, threading.Lock()
        self._folder = tempfile.mkdtemp()
        Path(self._folder).chmod(0o711)  # a sandbox in it may belong to another user
        self._connection, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs, self._folder))
        self._process.start()
        theirs.close()

    def answer(self, task: tuple[Any, ...], seconds: float) -> Answer:
        """Return what `attempt` returns for a task, or that it took too long and was ended.

        Raises JobLostError where the process dies.
        """
        self.graded += 1
        try:
            self._connection.send(task)
            if not self._connection.poll(seconds):
                self.end()
                return f"The grader's process took longer than {seconds:g} s."
            answer: Answer = self._connection.recv()
        except (EOFError, OSError):
            self.end()
            raise JobLostError(f"The grader's process {_end_of(self._process.exitcode)}.") from None
        return answer

    def end(self) -> None:
        """Kill it and what it started, once."""
        with self._lock:
            if self.ended:
                return
            self.ended = True
            if self._process.pid and hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.join()
            shutil.rmtree(self._folder, ignore_errors=True)


def _end_of(code: int | None) -> str:
    return f"was ended by signal {-code}" if code and code < 0 else f"exited with status {code}"


def _keep_from_ctrl_c() -> None:
    """Hold Ctrl-C back from what this thread starts, until it is out of the terminal's reach."""
    if CAN_HOLD_BACK:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _leave_the_terminal() -> None:
    if CAN_HOLD_BACK:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # drops the one that was held back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_with_the_grader(folder: str) -> None:
    grader = parent_process()
    assert grader is not None
    grader.join()
    shutil.rmtree(folder, ignore_errors=True)
    if hasattr(os, "killpg"):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _serve(connection: "Connection[Any, Any]", folder: str) -> None:
    _leave_the_terminal()
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    threading.Thread(target=_end_with_the_grader, args=(folder,), daemon=True).start()
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(attempt(*task))
