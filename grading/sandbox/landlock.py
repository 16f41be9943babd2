"""Landlock: this process gives up, for ever, the files that it was not explicitly left.

<https://docs.kernel.org/userspace-api/landlock.html>; the three system calls have the same numbers
on every architecture.
"""

import os
import stat
import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from . import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_OF_INTERFACE, _BENEATH_A_PATH, _WITHOUT_LOG = 1, 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL_DEV = (
    1 << n for n in (0, 1, 2, 3, 14, 15)
)
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READ = EXECUTE | READ_FILE | READ_DIR
_KNOWN_RIGHTS = (0, 13, 14, 15, 15, 16)  # how many for files, by version; later ones added none


def abi() -> int:
    """Return the version of the kernel's interface, 0 where there is none."""
    try:
        return linux.syscall(_CREATE_RULESET, 0, 0, _VERSION_OF_INTERFACE)
    except OSError:
        return 0


def restrict(
    readable: Iterable[str], writable: Iterable[str], hidden: Collection[str] = ()
) -> None:
    """Keep this process from all files but those below some paths, and from TCP and signals.

    readable  files and folders to be read, and all that is below them; missing ones are left out
    writable  folders in which everything may be done, and devices to be read and written
    hidden    what is not to be read although it is below one of `readable`

    Connecting and listening by TCP is refused from version 4 of the interface on, abstract Unix
    sockets and signals to processes outside from version 6 on.  Raises OSError.
    """
    version = abi()
    rights = (1 << _KNOWN_RIGHTS[min(version, len(_KNOWN_RIGHTS) - 1)]) - 1
    ruleset = _ruleset(version, rights)
    try:
        for path in readable:
            for part, allowed in _parts(Path(path), {Path(one) for one in hidden}):
                _allow(ruleset, part, allowed & rights)
        for path in writable:
            _allow(ruleset, Path(path), rights)
        linux.syscall(_RESTRICT_SELF, ruleset, _WITHOUT_LOG if version >= 7 else 0)
    finally:
        os.close(ruleset)


def _ruleset(version: int, rights: int) -> int:
    """Return the descriptor of a set of rules that handles everything the kernel can."""
    network, scopes = 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("QQQ", rights, network, scopes)[:size]
    return linux.syscall(_CREATE_RULESET, linux.buffer(attributes), size, 0)


def _parts(path: Path, hidden: Collection[Path]) -> Iterator[tuple[Path, int]]:
    """Yield a path and what may be done with it; one with something hidden below it, by parts."""
    if any(path in one.parents for one in hidden):
        yield path, READ_DIR
        for part in path.iterdir():
            yield from _parts(part, hidden)
    elif path not in hidden:
        yield path, READ


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Add the rule that these rights are left below a path that is there."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = linux.buffer(struct.pack("=Qi", rights, descriptor))
        linux.syscall(_ADD_RULE, ruleset, _BENEATH_A_PATH, rule, 0)
    finally:
        os.close(descriptor)
