"""The command line with which bubblewrap starts the warm process in namespaces of its own."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

if sys.platform == "linux":
    from grading.sandbox import linux

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_NAMESPACES = ("pid", "net", "ipc", "uts", "cgroup-try")
# to mount a worker's folder; to make the worker another user, look after its files and end it
_AS_ANYBODY = ("CAP_SYS_ADMIN",)
_AS_ROOT = (
    *("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"),
    *("CAP_CHOWN", "CAP_KILL", "CAP_DAC_READ_SEARCH"),
)
_NOBODY = "65534"


def command(
    argv: Sequence[str], paths: Iterable[str], private: str, hidden: Iterable[str] = ()
) -> list[str]:
    """Return the command line that starts `argv` where only the paths can be seen, read-only.

    paths    absolute paths of files and folders, which are found under the same names inside
    private  absolute path of the folder over which a worker mounts its own
    hidden   absolute paths below those which are empty inside

    There is no /proc, no /dev but four devices, no network, and no process but its own; all of them
    end with the thread that starts it.  Root stays root inside, with few capabilities, in order to
    become another user later; everybody else, and a root that may not mount, as in most containers,
    gets a user namespace.  Raises FileNotFoundError where bubblewrap is not installed.
    """
    program = shutil.which("bwrap")  # the process itself may be started without a PATH
    if program is None:
        raise FileNotFoundError("There is no bwrap on the PATH; install bubblewrap for it.")
    return [
        *(program, "--die-with-parent", "--new-session", "--hostname", "localhost"),
        *(f"--unshare-{name}" for name in _NAMESPACES),
        *_user(),
        *(word for path in paths for word in ("--ro-bind", path, path)),
        *(word for path in hidden for word in _emptied(path)),
        *(word for path in _DEVICES for word in ("--dev-bind", path, path)),
        *("--dir", private, "--remount-ro", "/", "--chdir", "/", "--", *argv),
    ]


def _user() -> list[str]:
    """Return the options that say who the warm process is, and what it may do inside."""
    mighty = os.geteuid() == 0 and linux.SYS_ADMIN in linux.capabilities()
    kept = [word for name in (_AS_ROOT if mighty else _AS_ANYBODY) for word in ("--cap-add", name)]
    if mighty:
        return ["--cap-drop", "ALL", *kept]
    return ["--unshare-user", "--uid", _NOBODY, "--gid", _NOBODY, *kept]


def _emptied(path: str) -> list[str]:
    """Return the options that put nothing in the place of a path."""
    if Path(path).is_dir():
        return ["--perms", "0555", "--tmpfs", path, "--remount-ro", path]
    return ["--ro-bind", "/dev/null", path]
