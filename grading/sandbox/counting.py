"""Count the Python lines that a call executes, in a worker that is hardened for it.

A hook that cannot be removed refuses what would hide lines from the count.  It is a hurdle and no
wall: whoever writes into the memory of the process gets past it, and the loops inside of compiled
functions have no lines.
"""

import _imp
import _signal  # type: ignore[import-not-found]
import _thread
import gc
import os
import signal
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
    "_imp._fix_co_filename": "changes the code of a function",
    "code.__new__": "makes code by hand",
    "marshal.loads": "makes code by hand",
    "function.__new__": "makes a function by hand",
    "signal.signal": "handles signals",
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
LOGGING = "logging/__init__.py"  # so does this, where it calls itself

# Python has no audit event for these, so they are replaced by functions that make one.
WITHOUT_EVENT = {
    "_imp._fix_co_filename": ((_imp, "_fix_co_filename"),),
    "_thread.start_new_thread": (
        (_thread, "start_new_thread"),
        (_thread, "start_new"),
        (threading, "_start_new_thread"),
    ),
    "signal.signal": ((_signal, "signal"), (signal, "signal")),
}
_settrace, _gettrace, _getframe = sys.settrace, sys.gettrace, sys._getframe
_disable = gc.disable
_fix_co_filename = _imp._fix_co_filename  # type: ignore[attr-defined]
_startswith, _fsdecode, _open = str.startswith, os.fsdecode, open
_ABOVE = f"{os.sep}..{os.sep}"
PYC_HEADER = 16  # bytes before the code in a .pyc
_standard = f"{Path(os.__file__).parent}{os.sep}"


class Counter:
    """Counts lines of code that is neither Python's nor of an installed package.

    lines      executed so far, calls included
    tampering  what was refused, or "": what their code does, for a sentence
    """

    def __init__(self, installed: Sequence[str]) -> None:
        """Take the folders of packages."""
        self.folders = (_standard, *(f"{folder}{os.sep}" for folder in installed))
        self.lines, self.tampering, self.busy = 0, "", False
        self.known = ("<frozen ", *self.folders)
        self.tracer: Callable[..., Any] = self.trace

    def trace(self, frame: Any, event: str, argument: Any) -> Any:
        """Count a call, and have its lines counted, if the function is theirs."""
        if _startswith(frame.f_code.co_filename, self.known):
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
            refused = self._is_meant(event, arguments) and self._is_theirs(
                event, arguments, _getframe(1)
            )
        finally:
            self.busy = False
        if refused:
            self.tampering = self.tampering or REFUSED[event]
            raise RuntimeError(f"The code {REFUSED[event]}, which is refused while lines count.")

    def _is_meant(self, event: str, arguments: Any) -> bool:
        if event == "object.__getattr__":
            return arguments[1] in FRAMES
        if event == "object.__setattr__":
            return bool(arguments[1] == "__code__")
        if event == "compile":
            return _startswith(_fsdecode(arguments[1] or ""), self.known)
        return True

    def _is_theirs(self, event: str, arguments: Any, frame: Any) -> bool:
        """Whether it is done for their code, and not by an import or by us."""
        if event == "compile":
            return not self._is_installed(_fsdecode(arguments[1]), arguments[0])
        if event == "marshal.loads":
            imported = _file(frame).startswith("<frozen importlib")  # else its names may be code
            path = frame.f_locals.get("bytecode_path") if imported else None
            return not self._is_installed(path, arguments[0], PYC_HEADER)
        if event == "_imp._fix_co_filename":
            return not self._fixes_installed(arguments, frame.f_back)
        while frame is not None:
            file = _file(frame)
            if file.startswith("<frozen importlib"):  # ours are called so too, but for this one
                return False
            if not file.startswith(self.known):
                return True
            if event.startswith("sys._getframe") and _looks_for_a_name(frame):
                return False
            frame = frame.f_back
        return False

    def _fixes_installed(self, arguments: Any, frame: Any) -> bool:
        """Name the code of an installed file by its path, for an import; whether it is one."""
        imported = _file(frame).startswith("<frozen importlib")
        if not (imported and self._is_below(frame.f_locals.get("bytecode_path"))):
            return False
        _fix_co_filename(*arguments)
        return True

    def _is_below(self, path: Any) -> bool:
        """Whether a path leads into a folder of installed files, and not out of it again."""
        return type(path) is str and path.startswith(self.folders) and _ABOVE not in path

    def _is_installed(self, path: Any, content: Any, start: int = 0) -> bool:
        """Whether an installed file holds this content, from some byte on."""
        if not self._is_below(path) or type(content) is not bytes:
            return False
        try:
            with _open(path, "rb") as file:
                return bool(file.read()[start:] == content)
        except (OSError, ValueError):
            return False


def _file(frame: Any) -> str:
    """Return the file of a frame's code; it may be a str of theirs that lies about itself."""
    file: str = str.__getitem__(frame.f_code.co_filename, slice(None))
    return file


def _looks_for_a_name(frame: Any) -> bool:
    file = _file(frame)
    if file.endswith(LOGGING):
        return _file(frame.f_back).endswith(LOGGING)
    return file.endswith(LOOK_FOR_A_NAME)


_counter = Counter([])  # replaced by harden


def harden(installed: Sequence[str]) -> None:
    """Refuse, from now on and for ever, what hides lines from the count.

    Args:
        installed: folders of packages, whose lines are not counted.
    """
    global _counter
    _counter = Counter(installed)
    sys.addaudithook(_counter.hook)
    sys.gettrace = [].clear  # in C: a function in Python gives away the globals of its module
    for event, places in WITHOUT_EVENT.items():
        for module, name in places:
            setattr(module, name, _refusal(event))


def _refusal(event: str) -> Callable[..., None]:
    """Return a function that says what is attempted, to hook(), and does nothing else.

    It gives nothing away: neither the function that it stands for, nor the globals of this module.
    """
    names: dict[str, Any] = {"audit": sys.audit, "event": event, "__builtins__": {}}
    exec("def refuse(*given, **_): audit(event, *given)", names)
    refuse: Callable[..., None] = names["refuse"]
    return refuse


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its lines counted, from zero, at each call."""

    def call(*arguments: Any) -> Any:
        _counter.lines = 0
        _settrace(_counter.tracer)
        try:
            return function(*arguments)
        finally:
            _disable()  # what the collector runs after this is not counted, so it runs nothing
            if _gettrace() is not _counter.tracer:
                _counter.tampering = _counter.tampering or "removes the tracer"
            _settrace(None)

    return call


def result() -> tuple[int, str]:
    """Return how many lines the last call executed, and what has been refused so far, or ""."""
    return _counter.lines, _counter.tampering
