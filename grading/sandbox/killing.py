"""The end of a process and of everything that came from it."""

import contextlib
import time
from pathlib import Path

import psutil

_PATIENCE = 5.0  # seconds in which a killed process must be gone


def end_tree(pid: int) -> None:
    """End a process and all its descendants, and return when they are gone.

    They are stopped first, again and again until no new one is found, so that none can start
    another meanwhile.  Orphans are found as long as the process adopts them (enter.adopt_orphans).
    A child of the caller stays to be waited for.  Raises TimeoutError when one cannot be ended.
    """
    try:
        root = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    tree = _stopped(root)
    for process in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    patience_ends = time.monotonic() + _PATIENCE
    while alive := [process.pid for process in tree if _runs(process)]:
        if time.monotonic() > patience_ends:
            raise TimeoutError(f"Processes {alive} still run {_PATIENCE:g} s after being killed.")
        time.sleep(0.001)


def _stopped(root: psutil.Process) -> list[psutil.Process]:
    """Stop a process and all its descendants; return them."""
    tree: list[psutil.Process] = []
    new = [root]
    while new:
        for process in new:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.suspend()
        tree += new
        new = [child for process in tree for child in _children(process) if child not in tree]
    return tree


def _children(process: psutil.Process) -> list[psutil.Process]:
    """Return the children of a process, as the kernel lists them at one moment where it does."""
    children = []
    with contextlib.suppress(psutil.NoSuchProcess):
        if files := list(Path(f"/proc/{process.pid}/task").glob("*/children")):
            for number in _read(files).split():
                with contextlib.suppress(psutil.NoSuchProcess):
                    children.append(psutil.Process(int(number)))
        else:
            children = process.children()
    return children


def _read(files: list[Path]) -> str:
    """Return the text of the files, as far as they are still there."""
    text = ""
    for file in files:
        with contextlib.suppress(OSError):
            text += file.read_text()
    return text


def _runs(process: psutil.Process) -> bool:
    """Return whether a process is more than an entry that waits to be collected."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
