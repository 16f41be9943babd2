"""Count the Python lines that a call executes, in a worker that is hardened for it.

A hook that cannot be removed refuses what would hide lines from the count.  It is a hurdle and no
wall: whoever writes into the memory of the process gets past it, and the loops inside of compiled
functions have no lines.
"""

import _thread
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

REFUSED = {
    "sys.settrace": "sets a tracer",
    "sys.setprofile": "sets a profiler",
    "sys.addaudithook": "adds an audit hook",
    "sys.monitoring.register_callback": "sets a monitor",
    "sys._getframe": "looks into frames",
    "sys._getframemodulename": "looks into frames",
    "sys._current_frames": "looks into frames",
    "sys._current_exceptions": "looks into frames",
    "object.__getattr__": "looks into frames",
    "object.__setattr__": "changes the code of a function",
    "code.__new__": "makes code by hand",
    "marshal.loads": "makes code by hand",
    "compile": "compiles code under the name of an installed file",
    "_thread.start_new_thread": "starts a thread",
    "_thread.start_joinable_thread": "starts a thread",
    "cpython.PyInterpreterState_New": "starts another interpreter",
    "subprocess.Popen": "starts a process",
    **dict.fromkeys(("gc.get_objects", "gc.get_referrers", "gc.get_referents"), "searches memory"),
    **dict.fromkeys(("os.fork", "os.forkpty", "os.exec", "os.posix_spawn"), "starts a process"),
    **dict.fromkeys(("os.spawn", "os.system"), "starts a process"),
    **{
        f"ctypes.{name}": "uses ctypes"
        for name in ("dlopen", "dlsym", "dlsym/handle", "cdata", "cdata/buffer", "call_function")
    },
    "ctypes.string_at": "uses ctypes",
    "ctypes.wstring_at": "uses ctypes",
}
FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")
# They look up the name of the module that called them, and give no frame away.
LOOK_FOR_A_NAME = ("collections/__init__.py", "enum.py", "typing.py", "warnings.py")

_start_new_thread = _thread.start_new_thread
_settrace, _gettrace, _getframe = sys.settrace, sys.gettrace, sys._getframe
_here, _standard = (f"{Path(file).parent}{os.sep}" for file in (__file__, os.__file__))


class Counter:
    """Counts lines of code that is neither Python's nor of an installed package.

    lines      executed so far, calls included
    tampering  what was refused, or "": what their code does, for a sentence
    """

    def __init__(self, installed: Sequence[str]) -> None:
        """Take the folders of packages."""
        folders = [f"{folder}{os.sep}" for folder in installed]
        self.lines, self.tampering, self.busy = 0, "", False
        self.known = (_here, _standard, "<frozen ", *folders)
        self.tracer: Callable[..., Any] = self.trace

    def trace(self, frame: Any, event: str, argument: Any) -> Any:
        """Count a call, and have its lines counted, if the function is theirs."""
        if frame.f_code.co_filename.startswith(self.known):
            return None
        self.lines += 1
        return self.count_line

    def count_line(self, frame: Any, event: str, argument: Any) -> Any:
        """Count a line."""
        if event == "line":
            self.lines += 1
        return self.count_line

    def hook(self, event: str, arguments: Any) -> None:
        """Refuse what hides lines, as an audit hook; raises RuntimeError."""
        if event not in REFUSED or self.busy:
            return
        self.busy = True
        try:
            refused = self._is_meant(event, arguments) and self._is_theirs(event, _getframe(1))
        finally:
            self.busy = False
        if refused:
            self.tampering = self.tampering or REFUSED[event]
            raise RuntimeError(f"The code {REFUSED[event]}, which is refused while lines count.")

    def start_thread(self, *arguments: Any) -> Any:
        """Start a thread, unless it is theirs; Python 3.11 has no audit event for it."""
        self.hook("_thread.start_new_thread", arguments)
        return _start_new_thread(*arguments)

    def _is_meant(self, event: str, arguments: Any) -> bool:
        if event == "object.__getattr__":
            return arguments[1] in FRAMES
        if event == "object.__setattr__":
            return bool(arguments[1] == "__code__")
        if event == "compile":
            return os.fspath(arguments[1] or "").startswith(self.known)
        return True

    def _is_theirs(self, event: str, frame: Any) -> bool:
        """Whether it is done for their code, and not by an import or by us."""
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith((_here, "<frozen importlib")) and file != __file__:
                return False
            if not file.startswith(self.known):
                return True
            if event.startswith("sys._getframe") and file.endswith(LOOK_FOR_A_NAME):
                return False
            frame = frame.f_back
        return False


_counter = Counter([])  # replaced by harden


def harden(installed: Sequence[str]) -> None:
    """Refuse, from now on and for ever, what hides lines from the count.

    Args:
        installed: folders of packages, whose lines are not counted.
    """
    global _counter
    _counter = Counter(installed)
    sys.addaudithook(_counter.hook)
    sys.gettrace = lambda: None
    for module in (_thread, threading):
        for name in [name for name, held in vars(module).items() if held is _start_new_thread]:
            setattr(module, name, _counter.start_thread)


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its lines counted, from zero, at each call."""

    def call(*arguments: Any) -> Any:
        _counter.lines = 0
        _settrace(_counter.tracer)
        try:
            return function(*arguments)
        finally:
            if _gettrace() is not _counter.tracer:
                _counter.tampering = _counter.tampering or "removes the tracer"
            _settrace(None)

    return call


def result() -> tuple[int, str]:
    """Return how many lines the last call executed, and what has been refused so far, or ""."""
    return _counter.lines, _counter.tampering
