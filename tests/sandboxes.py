"""Small programs in the sandbox, for the tests of several files."""

import ast
import textwrap
import time

import psutil

from grading.cells import Cell
from grading.sandbox import TheirFailure, WorkerLost

PATIENCE = 30  # seconds in which the kernel has taken away what was killed


def cell(source, filename="mine.ipynb, code cell 3"):
    """Return a cell of which every statement is run."""
    source = textwrap.dedent(source)
    return Cell(filename, source, tuple(range(len(ast.parse(source).body))))


def outcome(worker, *arguments, name="f"):
    """Return what f returns, or else the cause of the worker's end or the class of exception."""
    try:
        return worker.call(name, *arguments).value
    except WorkerLost as lost:
        return lost.cause
    except TheirFailure as failure:
        return failure.kind


def running():
    """Return the numbers of our warm processes and workers, and of those whose parent has gone."""
    ours = {child.pid for child in psutil.Process().children(recursive=True)}
    return {
        process.pid
        for process in psutil.process_iter(["ppid", "cmdline", "status"])
        if any(word.endswith("sandbox/warm.py") for word in process.info["cmdline"] or ())
        and (process.pid in ours or process.info["ppid"] == 1)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    }


def left_over(before=frozenset()):
    """Return those that run and did not before, after a moment in which they may end."""
    until = time.monotonic() + PATIENCE
    while (found := running() - before) and time.monotonic() < until:
        time.sleep(0.02)
    return found
