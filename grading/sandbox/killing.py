"""The end of a process and of everything that came from it."""

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

_PATIENCE = 5.0  # seconds in which all must be stopped, and in which all must be gone


def end_tree(pid: int) -> None:
    """End a process and all its descendants, and return when they are gone.

    They are stopped first, again and again until no new one is found, so that none can start
    another meanwhile.  Orphans are found as long as the process adopts them (enter.adopt_orphans).
    A child of the caller stays to be waited for.  Raises TimeoutError when one cannot be ended.
    """
    tree = _stopped(pid)
    for one in tree:
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            os.kill(one, signal.SIGKILL) if os.name == "posix" else psutil.Process(one).kill()
    patience_ends = time.monotonic() + _PATIENCE
    while alive := {one for one in tree if _runs(one)}:
        if time.monotonic() > patience_ends:
            raise TimeoutError(f"Processes {alive} still run {_PATIENCE:g} s after being killed.")
        time.sleep(0.001)


def _stopped(root: int) -> set[int]:
    """Stop a process and all its descendants; return their numbers."""
    patience_ends = time.monotonic() + _PATIENCE
    tree, new = set[int](), {root}
    while new and time.monotonic() < patience_ends:
        for one in new:
            _stop(one)
        tree = {one for one in tree if psutil.pid_exists(one)} | new
        new = {child for one in tree for child in _children(one)} - tree
    return tree | new


def _stop(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, psutil.Error):
        os.kill(pid, signal.SIGSTOP) if os.name == "posix" else psutil.Process(pid).suspend()


def _children(pid: int) -> list[int]:
    """Return the children of a process: on Linux as its kernel lists them, at one moment."""
    with contextlib.suppress(OSError):
        texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
        if texts:
            return [int(number) for number in " ".join(texts).split()]
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def _runs(pid: int) -> bool:
    """Return whether a process is more than an entry that waits to be collected."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
