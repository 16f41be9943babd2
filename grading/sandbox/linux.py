"""Calls of the Linux kernel for which Python has no function."""

import ctypes
import os

DEATH_SIGNAL, DUMPABLE, KEEP_CAPABILITIES, SUBREAPER = 1, 4, 8, 36  # options of prctl
NO_NEW_PRIVS, GET_NO_NEW_PRIVS = 38, 39
DAC_OVERRIDE, DAC_READ_SEARCH, SYS_ADMIN = 1, 2, 21  # numbers of capabilities
SECCOMP, _FILTER_MODE = 22, 2
_NEW_MOUNT_NAMESPACE = 0x20000
_NO_SET_USER_ID, _NO_DEVICES, _NO_EXECUTION = 2, 4, 8  # flags of a mount
_CAPABILITIES_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int) -> int:
    """Return the result of a system call, or raise the OSError that it stands for."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: "int | ctypes.Array[ctypes.c_char]") -> int:
    """Make a system call by its number; arguments are integers or buffers.  Raises OSError."""
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *wide))


def buffer(content: bytes) -> "ctypes.Array[ctypes.c_char]":
    """Return bytes as a buffer that a system call can be given."""
    return ctypes.create_string_buffer(content, len(content))


def prctl(option: int, *values: int) -> int:
    """Change or read a property of this process.  Raises OSError."""
    wide = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(option, *wide))


def mount_private(folder: str, bytes_: int, files: int, user: int) -> None:
    """Mount an empty file system in memory, of a limited size, over a folder.

    Only this process and its children see it, and it is gone with the last of them.
    Raises OSError.
    """
    _checked(_libc.unshare(_NEW_MOUNT_NAMESPACE))
    options = f"size={bytes_},nr_inodes={files},mode=700,uid={user},gid={user}"
    flags = ctypes.c_ulong(_NO_SET_USER_ID | _NO_DEVICES | _NO_EXECUTION)
    _checked(_libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options.encode()))


def capabilities() -> set[int]:
    """Return the numbers of the capabilities that this process may use."""
    header, sets = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _checked(_libc.capget(header, sets))
    permitted = sets[1] | sets[4] << 32
    return {number for number in range(64) if permitted >> number & 1}


def keep_capabilities(kept: set[int]) -> None:
    """Give up all capabilities but these (numbers below 32).  Raises OSError."""
    mask = sum(1 << number for number in kept)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def set_filter(length: int, instructions: "ctypes.Array[ctypes.c_char]") -> None:
    """Filter the system calls of this thread by a program of so many instructions."""
    program = _Program(length, ctypes.addressof(instructions))
    prctl(SECCOMP, _FILTER_MODE, ctypes.addressof(program))
