"""What the machine is: what seconds depend on besides the code."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy  # noqa: F401  its BLAS is then there to be named
from threadpoolctl import threadpool_info

from timing.threads import SYSTEM, listed, usable_cores

PACKAGES = ("numpy", "numba", "torch", "jax", "scipy", "scikit-learn")


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
                yield int(level), 1024 * int(size.removesuffix("K")), len(listed(shared))


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
