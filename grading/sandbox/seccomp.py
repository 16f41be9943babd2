"""Seccomp: this process gives up, for ever, the system calls that computing does not need.

What is not on the list is refused: with "operation not permitted", or, for calls that came to Linux
late and that the C library can do without, with "function not implemented".  So a fork, a program
started, a socket or a signal to another process is an OSError in Python, and no more.
"""

import errno
import os
import platform
import struct

from . import linux

# name, number on x86_64, number on aarch64 ("-": none), the most frequent first
_ALLOWED = """
read 0 63, write 1 64, futex 202 98, mmap 9 222, munmap 11 215, madvise 28 233, brk 12 214,
mremap 25 216, mprotect 10 226, msync 26 227, close 3 57, lseek 8 62, fstat 5 80,
newfstatat 262 79, stat 4 -, lstat 6 -, statx 332 291, pread64 17 67, pwrite64 18 68, readv 19 65,
writev 20 66, preadv 295 69, pwritev 296 70, preadv2 327 286, pwritev2 328 287,
getdents64 217 61, statfs 137 43, fstatfs 138 44, getcwd 79 17, chdir 80 49, fchdir 81 50,
access 21 -, faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78, creat 85 -,
mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -,
renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37, symlink 88 -, symlinkat 266 36,
ftruncate 77 46, fsync 74 82, fdatasync 75 83, flock 73 32, fadvise64 221 223, sendfile 40 71,
copy_file_range 326 285, umask 95 166, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59,
close_range 436 436, eventfd2 290 19, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72,
epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
futex_waitv 449 449, set_robust_list 273 99, get_robust_list 274 100, rseq 334 293,
membarrier 324 283, restart_syscall 219 128, sched_yield 24 124, gettid 186 178, exit 60 93,
exit_group 231 94, wait4 61 260, waitid 247 95, rt_sigaction 13 134, rt_sigprocmask 14 135,
rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133,
sigaltstack 131 132, pause 34 -, alarm 37 -, getitimer 36 102, setitimer 38 103,
clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101,
gettimeofday 96 169, time 201 -, times 100 153, getrusage 98 165, getcpu 309 168,
getrandom 318 278, getpid 39 172, getppid 110 173, getpgid 121 155, getpgrp 111 -, getsid 124 156,
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148,
getresgid 120 150, getgroups 115 158, uname 63 160, sysinfo 99 179, getrlimit 97 163,
getpriority 140 141, sched_getaffinity 204 123, sched_getparam 143 121,
sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126
"""
_NUMBERS = {  # of the calls that are allowed with some arguments only
    "x86_64": {"open": 2, "openat": 257, "fcntl": 72, "ioctl": 16, "clone": 56, "kill": 62,
               "tgkill": 234, "prctl": 157, "prlimit64": 302},
    "aarch64": {"openat": 56, "fcntl": 25, "ioctl": 29, "clone": 220, "kill": 129, "tgkill": 131,
                "prctl": 167, "prlimit64": 261},
}  # fmt: skip
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FIRST_LATE_CALL, _X32 = 424, 0x40000000

# F_DUPFD to F_SETLKW, F_OFD_GETLK to F_OFD_SETLKW, F_DUPFD_CLOEXEC, F_GETPIPE_SZ: not F_SETOWN and
# F_SETSIG, which send signals to others, nor leases and notices
_FCNTL = (*range(8), 36, 37, 38, 1030, 1032)
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FION.., FIO.CLEX
_PRCTL = (15, 16, 39, 0x53564D41)  # PR_SET_NAME, PR_GET_NAME, PR_GET_NO_NEW_PRIVS, PR_SET_VMA
_THREAD, _NEW_NAMESPACES_AND_TRACING = 0x10000, 0x7E02E000 | 0x80 | 0x800000
_WRITE, _READ_AND_WRITE, _TRUNCATE = 1, 2, 0x200

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06  # instructions
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # where in struct seccomp_data
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000

Condition = tuple[int, int, tuple[int, ...]]  # half of an argument, mask, values that are allowed


def restrict() -> None:
    """Refuse this process, for ever, the system calls that are not on the list.

    It needs no_new_privs or CAP_SYS_ADMIN.  Threads that run already are not restricted.
    Raises OSError; KeyError on a machine that is neither x86_64 nor aarch64.
    """
    instructions = program(platform.machine(), os.getpid())
    code = linux.buffer(b"".join(instructions))
    linux.set_filter(len(instructions), code)


def program(machine: str, pid: int) -> list[bytes]:
    """Return the instructions of the filter for a process on a machine."""
    numbers = _NUMBERS[machine]
    refused = [_op(_AT_LEAST, _FIRST_LATE_CALL, 0, 1), _op(_RETURN, _ERROR | errno.ENOSYS)]
    return [
        _op(_LOAD, _ARCH),
        _op(_EQUAL, _ARCHITECTURE[machine], 1, 0),
        _op(_RETURN, _KILL),
        _op(_LOAD, _NUMBER),
        *([_op(_AT_LEAST, _X32, 0, 1), _op(_RETURN, _KILL)] if machine == "x86_64" else []),
        *(op for number in _allowed(machine) for op in _rule(number, [])),
        *(op for name, rule in _rules(pid) if name in numbers for op in _rule(numbers[name], rule)),
        *refused,
        _op(_RETURN, _ERROR | errno.EPERM),
    ]


def _rules(pid: int) -> list[tuple[str, list[Condition]]]:
    """Return the calls that are allowed when all their conditions hold."""
    # cutting off a file takes the right to write it, which Landlock before version 3 does not ask
    opening = (0, 1, 2, _WRITE | _TRUNCATE, _READ_AND_WRITE | _TRUNCATE)
    everything = 0xFFFFFFFF
    only_me: Condition = (0, everything, (pid,))
    return [
        ("openat", [(4, 3 | _TRUNCATE, opening)]),
        ("open", [(2, 3 | _TRUNCATE, opening)]),
        ("fcntl", [(2, everything, _FCNTL)]),
        ("ioctl", [(2, everything, _IOCTL)]),
        ("clone", [(0, _THREAD | _NEW_NAMESPACES_AND_TRACING, (_THREAD,))]),
        ("kill", [only_me]),
        ("tgkill", [only_me]),
        ("prctl", [(0, everything, _PRCTL)]),
        ("prlimit64", [(0, everything, (0, pid)), (4, everything, (0,)), (5, everything, (0,))]),
    ]


def _allowed(machine: str) -> list[int]:
    """Return the numbers of the calls that are allowed with any arguments."""
    column = 1 if machine == "x86_64" else 2
    numbers = [entry.split()[column] for entry in _ALLOWED.split(",")]
    return [int(number) for number in numbers if number != "-"]


def _rule(number: int, conditions: list[Condition]) -> list[bytes]:
    """Return the instructions that decide one call, and pass on to the next rule any other."""
    decision: list[bytes] = []
    for half, mask, values in conditions:
        decision += [_op(_LOAD, _ARGUMENTS + 4 * half), _op(_AND, mask)]
        decision += [_op(_EQUAL, one, len(values) - k, 0) for k, one in enumerate(values)]
        decision += [_op(_RETURN, _ERROR | errno.EPERM)]
    decision += [_op(_RETURN, _ALLOW)]
    return [_op(_EQUAL, number, 0, len(decision)), *decision]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Return one instruction; a jump skips so many instructions."""
    return struct.pack("HBBI", code, if_true, if_false, value)
