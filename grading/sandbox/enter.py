"""What a freshly forked worker does before any of a student's code runs: it gives up its powers.

This module and the three that it imports need nothing but the standard library and each other, so
that the process in which they run needs to know no more of this project.
"""

import contextlib
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

if sys.platform == "linux":
    from . import landlock, linux, seccomp
if sys.platform != "win32":
    import resource

MOST_FILES = 1024  # in the private folder of the level "strict"
MOST_THREADS = 64  # where the worker has a user of its own
_STACK_BYTES = 8 * 2**20
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_NOBODY = 65534


class Limits(Protocol):
    """The limits that are set here: CPU time in seconds, a number of files, sizes in bytes."""

    @property
    def cpu_seconds(self) -> int: ...  # noqa: D102
    @property
    def memory_bytes(self) -> int: ...  # noqa: D102
    @property
    def file_bytes(self) -> int: ...  # noqa: D102
    @property
    def folder_bytes(self) -> int: ...  # noqa: D102
    @property
    def open_files(self) -> int: ...  # noqa: D102


def adopt_orphans() -> None:
    """Become the parent of all orphans among the descendants, so that they can be found."""
    if sys.platform == "linux":
        linux.prctl(linux.SUBREAPER, 1)


def hide_memory() -> None:
    """Keep other processes of the same user out of this one's memory (Linux only).

    A process that has called this, and its children, cannot be traced, nor its /proc/PID/mem or
    environ opened; "basic" has nothing else that keeps a worker from it.
    """
    if sys.platform == "linux":
        linux.prctl(linux.DUMPABLE, 0)


def enter(
    level: str, limits: Limits, private: str, paths: Sequence[str], hidden: Sequence[str] = ()
) -> None:
    """Give up, for ever, everything that a student's code does not need; it may not be undone.

    level    "strict" (inside of bubblewrap), "landlock" or "basic"
    limits   what the worker may use
    private  absolute path of the folder that it may write in, which becomes the current folder
    paths    absolute paths that it may read, with all below them, in order to import modules
    hidden   absolute paths below those that it may not read all the same

    To be called with one thread running, at a level that works here (levels.probe).  Raises OSError
    when something that it promises cannot be had; no code of a student may run then.
    """
    _set_limits(limits)
    os.umask(0o077)
    if sys.platform == "linux":
        user = _stranger() if os.geteuid() == 0 else os.geteuid()
        if level == "strict":
            linux.mount_private(private, limits.folder_bytes, MOST_FILES, user)
        _become(user, private, _capabilities_to_import(level, private, paths))
        linux.prctl(linux.DEATH_SIGNAL, signal.SIGKILL)
        linux.prctl(linux.NO_NEW_PRIVS, 1)
        if level == "landlock" or (level == "strict" and landlock.abi()):
            landlock.restrict(paths, (private, *_DEVICES), hidden)
    os.chdir(private)
    if sys.platform == "linux":
        with contextlib.suppress(*(OSError, KeyError) if level == "basic" else ()):
            seccomp.restrict()


def _set_limits(limits: Limits) -> None:
    """Set the limits that this system knows, which cannot be raised again."""
    if sys.platform == "win32":
        return
    wanted = {
        "CPU": limits.cpu_seconds,
        "AS": limits.memory_bytes,
        "FSIZE": limits.file_bytes,
        "NOFILE": limits.open_files,
        "STACK": _STACK_BYTES,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "NPROC": MOST_THREADS if os.geteuid() == 0 else None,
    }
    if sys.platform == "darwin":
        del wanted["AS"]  # it is known there, but cannot be set
        wanted["NPROC"] = 1
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None and value is not None:
            highest = resource.getrlimit(kind)[1]
            value = value if highest == resource.RLIM_INFINITY else min(value, highest)
            resource.setrlimit(kind, (value, value))


if sys.platform == "linux":

    def _stranger() -> int:
        """Return the number of a user whom nobody is, or root's where no other can be had."""
        for user in (random.SystemRandom().randrange(2**30, 2**31), _NOBODY):
            with contextlib.suppress(OSError):
                os.setresuid(-1, user, -1)
                os.setresuid(-1, 0, -1)
                return user
        return 0

    def _capabilities_to_import(level: str, private: str, paths: Sequence[str]) -> set[int]:
        """Return the capability without which another user could not open the paths.

        A Python below /root, of mode 700, is one that only root can read.  To look into every
        folder is much, but Landlock and the mounts of bubblewrap still keep all others shut.
        """
        readable = all(map(_way_open, (private, *paths))) and all(map(_open, paths))
        if os.geteuid() != 0 or readable:
            return set()
        enough = (linux.DAC_READ_SEARCH, linux.DAC_OVERRIDE)[: 1 if level == "basic" else 2]
        return {*[one for one in enough if one in linux.capabilities()][:1]}

    def _way_open(path: str) -> bool:
        """Return whether everybody may pass through the folders above a path."""
        ways = {*Path(path).parents, *Path(os.path.realpath(path)).parents}
        return all(way.stat().st_mode & 0o001 for way in ways)

    def _open(path: str) -> bool:
        """Return whether everybody may read a path that is there."""
        return not Path(path).exists() or bool(Path(path).stat().st_mode & 0o004)

    def _become(user: int, private: str, kept: set[int]) -> None:
        """Become a user for good, with no group and no capabilities but these."""
        if user != os.geteuid():
            os.chown(private, user, user)
            linux.prctl(linux.KEEP_CAPABILITIES, 1)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        linux.keep_capabilities(kept)
