"""How many threads are at work: pinned, and said."""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy  # noqa: F401  its BLAS is then there to be limited
from threadpoolctl import threadpool_info, threadpool_limits

SYSTEM = Path("/sys/devices/system/cpu")
TASKS = Path("/proc/self/task")
STATISTICS = Path("/proc/stat")
LOOK = 0.2  # seconds in which the idlest cores are found
_pinned: ContextVar[int | None] = ContextVar("_pinned", default=None)


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may use, as the system counts them."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pinned() -> int:
    """Return the count of the `threads` that surrounds the caller; without one, all cores."""
    return _pinned.get() or len(usable_cores())


@contextmanager
def threads(count: int) -> Iterator[dict[str, int]]:
    """Pin everything within to `count` threads, and restore what there was before.

    count  1 up to the cores that this process may use

    Yields what is really in force: threads by the name of the pool (the most, where a pool is there
    twice), and `processors`, which the process may run on.

    Bound are the BLAS and OpenMP pools that are loaded, numba and torch (both are imported where
    they are installed), and on Linux the processors of every thread of the process.  The last binds
    libraries that have no count of their own, as JAX has none, and those that are imported within:
    these start `count` threads at most, and may stay with them afterwards.  Not bound are processes
    that are already running; nor, on other systems, JAX and what is imported within.
    The processors are those that have least to do at the moment, where the system says which.

    Raises ValueError for another count.
    """
    cores = usable_cores()
    if not 1 <= count <= len(cores):
        raise ValueError(
            f"threads is {count}; expected 1 to {len(cores)}, the cores that can be used here."
        )
    with ExitStack() as stack:
        for name in ("numba", "torch"):
            if find_spec(name):
                stack.enter_context(_library(import_module(name), count))
        stack.enter_context(threadpool_limits(count))
        stack.enter_context(_processors(set(_apart(cores, _busy(LOOK))[:count])))
        before = _pinned.set(count)
        try:
            yield _in_force()
        finally:
            _pinned.reset(before)


@contextmanager
def _library(library: Any, count: int) -> Iterator[None]:
    """Pin numba or torch; numba has no more threads than NUMBA_NUM_THREADS, which stays."""
    before = library.get_num_threads()
    most = library.config.NUMBA_NUM_THREADS if library.__name__ == "numba" else count
    library.set_num_threads(min(count, most))
    try:
        yield
    finally:
        library.set_num_threads(before)


@contextmanager
def _processors(chosen: set[int]) -> Iterator[None]:
    """Bind every thread of the process, where the system can.

    On Linux a call binds one thread and those that it starts from then on; those that already run,
    as JAX's do, are bound one by one.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    own = os.sched_getaffinity(0)
    before = {task: os.sched_getaffinity(task) for task in _tasks()}
    _bind(dict.fromkeys(before, chosen))
    try:
        yield
    finally:
        _bind({task: before.get(task, own) for task in _tasks()})


def _tasks() -> list[int]:
    return [int(task.name) for task in TASKS.glob("*")] or [0]


def _bind(processors: dict[int, set[int]]) -> None:
    for task, chosen in processors.items():
        with suppress(ProcessLookupError):  # it has ended since it was listed
            os.sched_setaffinity(task, chosen)


def _busy(seconds: float) -> dict[int, float]:
    """Return how long each core works in the next seconds, in ticks, where the system says so."""
    before = _worked()
    time.sleep(seconds)
    after = _worked()
    return {core: after[core] - before.get(core, 0) for core in after}


def _worked() -> dict[int, int]:
    lines = STATISTICS.read_text().splitlines() if STATISTICS.is_file() else []
    cores = [line.split() for line in lines if re.match(r"cpu\d", line)]
    return {int(name[3:]): sum(map(int, ticks[:3])) for name, *ticks in cores}


def _apart(cores: list[int], busy: Mapping[int, float]) -> list[int]:
    """Return cores with one of each physical core first, where this is known, and the idlest first.

    busy  how long each has worked of late, in any unit
    """

    def place(core: int) -> int:
        siblings = SYSTEM / f"cpu{core}/topology/thread_siblings_list"
        return listed(siblings.read_text()).index(core) if siblings.is_file() else 0

    return sorted(cores, key=lambda core: (place(core), busy.get(core, 0), core))


def listed(text: str) -> list[int]:
    """Return the numbers of a list as Linux writes it, "0-2,8"."""
    ends = [part.split("-") for part in text.strip().split(",")]
    return [number for end in ends for number in range(int(end[0]), int(end[-1]) + 1)]


def _in_force() -> dict[str, int]:
    force: dict[str, int] = {}
    for pool in threadpool_info():
        name = pool["internal_api"]
        force[name] = max(force.get(name, 0), pool["num_threads"])
    for name in ("numba", "torch"):
        if name in sys.modules:
            force[name] = sys.modules[name].get_num_threads()
    return force | {"processors": len(usable_cores())}
