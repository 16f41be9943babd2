"""What the machine is, and how many threads are at work on it."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy  # noqa: F401  its BLAS is then there to be named and limited
from threadpoolctl import threadpool_info, threadpool_limits

PACKAGES = ("numpy", "numba", "torch", "jax", "scipy", "scikit-learn")
SYSTEM = Path("/sys/devices/system/cpu")
TASKS = Path("/proc/self/task")
_pinned: ContextVar[int | None] = ContextVar("_pinned", default=None)


def machine() -> dict[str, Any]:
    """Return what the seconds depend on, besides the code, as plain JSON.

    processor     the name that it gives itself
    cores         that this process may use
    memory_bytes  of the whole machine; None where it cannot be read
    caches        for data, by level: bytes of one, and how many cores share it; empty where they
                  cannot be read
    system        its name and release
    python        its version
    packages      the versions of those of PACKAGES that are installed
    blas          name, version and architecture of each BLAS that is loaded
    """
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    loaded = [
        {"name": b["internal_api"], "version": b["version"], "architecture": b.get("architecture")}
        for b in blas
    ]
    return {
        "processor": _processor(),
        "cores": len(usable_cores()),
        "memory_bytes": _memory_bytes(),
        "caches": _caches(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": _versions(),
        "blas": [b for number, b in enumerate(loaded) if b not in loaded[:number]],
    }


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
        stack.enter_context(_processors(set(_apart(cores)[:count])))
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


def _apart(cores: list[int]) -> list[int]:
    """Return cores in the order that puts one of each physical core first, where this is known."""

    def place(core: int) -> int:
        siblings = SYSTEM / f"cpu{core}/topology/thread_siblings_list"
        return _listed(siblings.read_text()).index(core) if siblings.is_file() else 0

    return sorted(cores, key=lambda core: (place(core), core))


def _listed(text: str) -> list[int]:
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


def _processor() -> str:
    if platform.system() == "Darwin":
        return _sysctl("machdep.cpu.brand_string") or platform.processor()
    information = Path("/proc/cpuinfo")
    for line in information.read_text().splitlines() if information.is_file() else []:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    if not hasattr(os, "sysconf"):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _caches() -> list[dict[str, int]]:
    if platform.system() == "Darwin":
        return _caches_of_macos()
    found = {
        (level, size, shared)
        for core in usable_cores()
        for level, size, shared in _caches_of_linux(SYSTEM / f"cpu{core}/cache")
    }
    return [
        {"level": level, "bytes": size, "shared_by": shared}
        for level, size, shared in sorted(found)
    ]


def _caches_of_linux(folder: Path) -> Iterator[tuple[int, int, int]]:
    for index in folder.glob("index*"):
        with suppress(OSError):  # a container may hide some of it
            kind, level, size, shared = (
                (index / name).read_text().strip()
                for name in ("type", "level", "size", "shared_cpu_list")
            )
            if kind != "Instruction":
                yield int(level), 1024 * int(size.removesuffix("K")), len(_listed(shared))


def _caches_of_macos() -> list[dict[str, int]]:
    """Return those of the fast cores, where the processor has fast and thrifty ones."""
    shared = _sysctl("hw.cacheconfig").split()
    caches = []
    for level, name in enumerate(("l1dcachesize", "l2cachesize", "l3cachesize"), start=1):
        size = int(_sysctl(f"hw.perflevel0.{name}") or _sysctl(f"hw.{name}") or 0)
        if size:
            cores = int(shared[level]) if level < len(shared) else 1
            caches.append({"level": level, "bytes": size, "shared_by": max(cores, 1)})
    return caches


def _sysctl(name: str) -> str:
    """Return a value of macOS's kernel, empty where it has none of this name."""
    asked = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True)
    return asked.stdout.strip()
