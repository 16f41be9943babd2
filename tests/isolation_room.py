"""Stands where the warm process stands: forks a worker for each attack and prints what came of it.

python -I -S isolation_room.py ORDER      (JSON; the answer is JSON too)
"""

import json
import os
import signal
import sys
import types
from pathlib import Path

TIME = 20  # seconds for one attack


def main(order):
    room = types.ModuleType("room")
    room.__path__ = [order["sandbox"]]
    sys.modules["room"] = room
    from room import enter

    if order["level"] != "none":
        enter.adopt_orphans()
        enter.hide_memory()
    sys.path[:0] = order["packages"]
    outcomes = {name: forked(enter, order, name) for name in order["codes"]}
    print(json.dumps(outcomes))


def forked(enter, order, name):
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.write(writer, attempted(enter, order, name)[:1000].encode())
        os._exit(0)
    os.close(writer)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(TIME)
    with os.fdopen(reader) as stream:
        said = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.alarm(0)
    return said or f"exited {code}"


def attempted(enter, order, name):
    private = order["private"]
    if order["level"] != "strict":
        private = str(Path(private, name))
        Path(private).mkdir()
    try:
        enter_or_not(enter, order, private)
        exec(order["codes"][name], names(order, name))
    except BaseException as problem:
        return f"{type(problem).__name__}: {problem}"
    return "done"


def enter_or_not(enter, order, private):
    if order["level"] == "none":
        os.chdir(private)
        return
    limits = types.SimpleNamespace(**order["limits"])
    enter.enter(order["level"], limits, private, order["paths"], order["hidden"])


def names(order, name):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)

    def call(function, *arguments):
        result = getattr(libc, function)(*arguments)
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def syscall(number, *arguments):
        return call("syscall", ctypes.c_long(number), *arguments)

    given = {key: order["names"][key] for key in order["names"]}
    given["VICTIM"] = str(Path(given["FOLDER"], name))
    given["PARENT"] = os.getppid()
    return given | {"call": call, "syscall": syscall, "ctypes": ctypes, "os": os, "sys": sys}


main(json.loads(sys.argv[1]))
