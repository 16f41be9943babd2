"""Runs pieces of code in workers at a level of isolation, as the sandbox would; attacks too."""

import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

from grading.sandbox import levels, readable

if sys.platform == "linux":
    from grading.sandbox import landlock

HERE = Path(__file__).parent
SANDBOX = Path(levels.__file__).parent
ATTACKS = tomllib.loads((HERE / "isolation_attacks.toml").read_text())
LIMITS = {
    "cpu_seconds": 5,
    "memory_bytes": 2**30,
    "file_bytes": 2 * 2**20,
    "folder_bytes": 8 * 2**20,
    "open_files": 64,
}
CONTENT = "another student's grade"


@functools.cache
def works(level):
    """Return whether the machine has what a level needs, whatever levels.probe finds."""
    if level == "strict":
        tried = [shutil.which("bwrap") or "false", "--ro-bind", "/", "/", "--unshare-net", "true"]
        return subprocess.run(tried, capture_output=True).returncode == 0
    return level == "basic" or landlock.abi() > 0


def run(level, codes, folder, **more):
    """Return what came of each code: "done", "PermissionError: ..." or "exited -9"."""
    with start(level, codes, folder, **more) as process:
        said, problem = process.communicate(timeout=400)
    assert process.returncode == 0, problem
    return json.loads(said)


def start(level, codes, folder, names=None, packages=(), hidden=(), keep=(), **limits):
    """Start the process that forks a worker for each code; its workers inherit what is kept."""
    private = folder / "private"
    private.mkdir(exist_ok=True)
    folder.chmod(0o711)
    private.chmod(0o711)
    paths = [*readable.python_paths(), *map(str, packages)]
    order = {
        "level": level,
        "codes": codes,
        "private": str(private),
        "paths": paths,
        "hidden": list(hidden),
        "packages": [*map(str, packages), *readable.site_folders()],
        "limits": LIMITS | limits,
        "sandbox": str(SANDBOX),
        "names": {"FOLDER": str(folder), **(names or {})},
    }
    argv = [readable.interpreter(), "-I", "-S", str(HERE / "isolation_room.py"), json.dumps(order)]
    seen = [*paths, SANDBOX, HERE / "isolation_room.py"]
    mine, theirs = socket.socketpair()
    with mine, theirs:
        return subprocess.Popen(
            levels.command(level, argv, seen, private, hidden),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=keep,
            env={"OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
            text=True,
        )


def attack(level, folder, chosen=ATTACKS):
    """Attempt the attacks at a level; return what came of each, and what each did to its victim."""
    folder.mkdir()
    victims = folder / "others"
    victims.mkdir(mode=0o755)
    for name in chosen:
        (victims / name).write_text(CONTENT)
    with servers(folder) as listening:
        names = {"FOLDER": str(victims), "PROJECT": str(HERE.parent), **listening}
        codes = {name: chosen[name]["code"] for name in chosen}
        outcomes = run(level, codes, folder, names=names)
    return outcomes, sorted(changes(victims, chosen))


def changes(victims, chosen):
    """Yield the files that are new, gone or different."""
    there = {path.name for path in victims.iterdir()}
    yield from there ^ set(chosen)
    for name in there & set(chosen):
        file = victims / name
        if file.read_text() != CONTENT or file.stat().st_mtime < 10 or file.stat().st_mode & 0o22:
            yield name


@contextlib.contextmanager
def servers(folder) -> Iterator[dict[str, object]]:
    """Listen by TCP, by UDP, and to two Unix sockets."""
    tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(type=socket.SOCK_DGRAM)
    unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    with tcp, udp, unix, abstract:
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        abstract.bind(f"\0isolation {os.getpid()} {threading.get_ident()} {folder}"[:100])
        unix.listen()
        abstract.listen()
        yield {
            "TCP": tcp.getsockname()[1],
            "UDP": udp.getsockname()[1],
            "UNIX": unix.getsockname(),
            "ABSTRACT": abstract.getsockname().decode(),
        }


if __name__ == "__main__":
    where = Path(sys.argv[1])
    print(json.dumps({one.name: attack(one.name, where / one.name) for one in levels.probe()}))
