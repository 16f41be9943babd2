"""Try a level from inside, as a warm process and its worker would, and print what holds as JSON.

    python -I -S trial.py LEVEL PRIVATE OUTSIDE PATHS HIDDEN

PRIVATE is the folder that may be written, OUTSIDE a file that may not be read, PATHS and HIDDEN are
JSON lists as for enter().
"""

import importlib
import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path


class _Limits:
    cpu_seconds = 10
    memory_bytes = 2**30
    file_bytes = folder_bytes = 2**20
    open_files = 32


def main(level: str, private: str, outside: str, paths: str, hidden: str) -> None:
    """Fork a worker that enters the level, and print what holds in this process and in that."""
    room = types.ModuleType("room")
    room.__path__ = [str(Path(__file__).parent)]
    sys.modules["room"] = room
    enter = importlib.import_module("room.enter")

    holds = ["own process", *_namespaces(outside)] if level == "strict" else ["own process"]
    reader, writer = os.pipe()
    if not hasattr(os, "fork") or os.fork() == 0:
        was_root = hasattr(os, "geteuid") and os.geteuid() == 0
        abi = enter.landlock.abi() if sys.platform == "linux" else 0
        enter.enter(level, _Limits, private, json.loads(paths), json.loads(hidden))
        os.write(writer, json.dumps(_worker(outside, was_root, abi)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        print(json.dumps(holds + json.load(stream)))


def _namespaces(outside: str) -> list[str]:
    """Return the namespaces that this process is seen to be in."""
    import socket

    seen = {
        "mount namespace": not Path(outside).exists(),
        "pid namespace": os.getpid() < 5,
        "network namespace": [name for _, name in socket.if_nameindex()] == ["lo"],
        "user namespace": os.geteuid() != 0,
    }
    return [name for name, held in seen.items() if held]


def _worker(outside: str, was_root: bool, abi: int) -> list[str]:
    """Return what is seen to hold in a worker; raise OSError or ImportError if it cannot work."""
    import colorsys  # noqa: F401 - a module that nothing has imported yet

    Path("mine").write_text("written")
    beside = Path(outside).parent / "beside"
    seen = {"private folder": _refused(lambda: beside.write_text("written"))}
    if sys.platform != "win32":
        seen["rlimits"] = _rlimits()
    if sys.platform == "linux":
        seen["unprivileged user"] = was_root and 0 not in os.getresuid()
        linux = importlib.import_module("room.linux")
        seen["no_new_privs"] = linux.prctl(linux.GET_NO_NEW_PRIVS) == 1
        seen["seccomp"] = _seccomp()
        outsides: tuple[Callable[[], object], ...] = (
            Path(outside).read_bytes,
            lambda: list(Path("/").iterdir()),
        )
        seen[f"landlock abi {abi}"] = all(map(_refused, outsides))
    return [name for name, held in seen.items() if held]


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _rlimits() -> bool:
    import resource

    files = resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_NOFILE)
    return files == ((_Limits.file_bytes,) * 2, (_Limits.open_files,) * 2)


def _seccomp() -> bool:
    """Return whether a child, a socket and a signal to the parent are refused."""
    import socket

    attempts: list[Callable[[], object]] = [
        os.fork,
        socket.socket,
        lambda: os.kill(os.getppid(), 0),
    ]
    return all(map(_refused, attempts))


main(*sys.argv[1:])
