"""The warm process: it has numpy loaded, runs nothing of a submission, and forks the workers.

It is a script of its own, started with the number of a socket that its orders come from.  Where
nothing can be forked it is started with --alone and a port, and turns into one worker.
"""

import builtins
import contextlib
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGE = "grading.sandbox"
CHANNEL = 3  # the descriptor of a worker's channel
MESSAGE = 2**17  # bytes of an order, at most
KILL_ROUNDS = 100


class _Loader(importlib.machinery.SourceFileLoader):
    """Gives our modules built-ins of their own, which a submission cannot replace, and no names."""

    def exec_module(self, module: Any) -> None:
        code: Any = self.get_code(module.__name__)
        counts = module.__name__.endswith(".counting")  # which must tell its own frames from others
        names = vars(module)
        names |= {"__builtins__": dict(vars(builtins)), "__name__": "runpy"}
        exec(_renamed(code, "<frozen runpy>" if counts else "<frozen importlib.runpy>"), names)
        del names["__file__"], names["__cached__"]


def _renamed(code: Any, filename: str) -> Any:
    """Return code that does not say which file it is from, so that no frame tells what this is."""
    constants = [
        _renamed(part, filename) if isinstance(part, type(code)) else part
        for part in code.co_consts
    ]
    return code.replace(co_filename=filename, co_consts=tuple(constants))


class _Finder:
    """Finds the modules beside this file, and nothing else of the project."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name in (PACKAGE, PACKAGE.partition(".")[0]):
            return importlib.machinery.ModuleSpec(name, None, is_package=True)
        if not name.startswith(PACKAGE):
            return None
        file = str(HERE / f"{name.rpartition('.')[2]}.py")
        return importlib.util.spec_from_file_location(name, file, loader=_Loader(name, file))


def _ours() -> tuple[Any, Any]:
    """Return the modules that a worker begins with; the names of all of ours are forgotten."""
    finder: Any = _Finder
    sys.meta_path.insert(0, finder)
    enter, serve = (importlib.import_module(f"{PACKAGE}.{name}") for name in ("enter", "serve"))
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.split(".")[0] == "grading"]:
        del sys.modules[name]
    return enter, serve


def _work(channel: socket.socket, options: dict[str, Any], ours: Any) -> None:
    """Be a worker: give up every power, say so, and answer requests until the channel closes."""
    enter, serve = ours
    limits = type("Limits", (), options["limits"])
    private = Path(options["private"])
    try:
        if options["level"] != "strict":  # there, each worker mounts a folder of its own over it
            private = private / os.urandom(8).hex()
            private.mkdir(0o700)
        enter.enter(options["level"], limits, str(private), options["paths"], options["hidden"])
    except Exception as problem:
        serve.say_first(channel, f"{type(problem).__name__}: {problem}")
        return
    serve.say_first(channel, "")
    serve.serve(channel, str(private), options)


def _fork(control: socket.socket, fds: list[int], options: Any, ours: Any) -> int:
    """Fork a worker; its descriptors are its channel, its output and an empty input."""
    pid = os.fork()
    if pid:
        for fd in fds:
            os.close(fd)
        return pid
    try:
        control.detach()
        _take_descriptors(*fds)
        _work(socket.socket(fileno=CHANNEL), options, ours)
    finally:
        os._exit(70)


def _take_descriptors(channel: int, output: int) -> None:
    import fcntl

    fds = (os.open(os.devnull, os.O_RDONLY), output, channel)
    nothing, output, channel = (fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in fds)
    for fd, standard in ((nothing, 0), (output, 1), (output, 2), (channel, CHANNEL)):
        os.dup2(fd, standard)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))


def _sweep(known: set[int]) -> None:
    """End every child that is not a worker: what workers left behind."""
    for _ in range(KILL_ROUNDS):
        strays = [pid for pid in _children() if pid not in known]
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
        for pid in strays:
            os.waitpid(pid, 0)
        if not strays:
            return


def _children() -> list[int]:
    """The processes whose parent is this one, adopted orphans included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []
    found = []
    with contextlib.suppress(OSError):  # no /proc: nothing can be forked there
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and _parent(folder) == os.getpid():
                    found.append(int(folder.name))
    return found


def _parent(folder: Path) -> int:
    return int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])


def _take_orders(control: socket.socket, options: Any, ours: Any) -> None:
    """Start and end workers as told, and report each that has ended, until the socket closes."""
    workers: dict[int, tuple[int, int]] = {}  # number and pid of each, by its pidfd
    while True:
        waited_for: list[Any] = [control, *workers]
        ready, _, _ = select.select(waited_for, [], [])
        for pidfd in workers.keys() & set(ready):
            number, pid = workers.pop(pidfd)
            os.close(pidfd)
            _, status, usage = os.wait4(pid, 0)
            _sweep({pid for _, pid in workers.values()})
            _report(control, number, status, usage)
        if control in ready:
            message, fds, _, _ = socket.recv_fds(control, MESSAGE, 2)
            if not message:
                return _sweep(set())
            order, number = json.loads(message)
            if order == "start":
                pid = _fork(control, fds, options, ours)
                workers[os.pidfd_open(pid)] = number, pid
            elif order == "end":
                for pid in [pid for other, pid in workers.values() if other == number]:
                    os.kill(pid, signal.SIGKILL)


def _report(control: socket.socket, number: int, status: int, usage: Any) -> None:
    ended = {
        "number": number,
        "exit_code": os.waitstatus_to_exitcode(status),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "memory_bytes": usage.ru_maxrss * 1024,
    }
    control.send(json.dumps(ended).encode())


def main() -> None:
    """Do what the command line says; the first message has the options."""
    if sys.argv[1] == "--alone":
        token = sys.stdin.readline().strip()
        channel = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
        channel.sendall(token.encode())
        options = json.loads(sys.stdin.readline())
    else:
        channel = socket.socket(fileno=int(sys.argv[1]))
        options = json.loads(channel.recv(MESSAGE))
    sys.path[:0] = options["import_first"]
    sys.path += options["import_last"]
    ours = _ours()
    if sys.argv[1] == "--alone":
        _work(channel, options, ours)
    else:
        ours[0].adopt_orphans()
        ours[0].hide_memory()
        gc.collect()
        gc.freeze()
        channel.send(b"ready")
        _take_orders(channel, options, ours)
    os._exit(0)


if __name__ == "__main__":
    main()
