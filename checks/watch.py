"""Let exceptions from outside, of a deadline or of Ctrl-C, into the student's code only."""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from checks.errors import StoppedError
from checks.places import Place

TICK = 0.05  # seconds between two attempts to stop what does not let itself be stopped
active = threading.local()  # its `watch` is that of the deadline which runs in this thread


class Stop(BaseException):
    """Thrown into a call that takes too long, and thrown again wherever it is swallowed.

    Its end tells that it was swallowed.  The student may keep it, so from the second one on, its
    beginning does.
    """

    def __init__(self) -> None:
        """Throw again where an earlier one was kept."""
        watch = getattr(active, "watch", None)
        if watch and watch.throws > 1:
            watch.throw_again(sys._getframe(1))

    def __del__(self) -> None:
        """Throw again where this one was swallowed."""
        watch = getattr(active, "watch", None)
        if watch:
            watch.throw_again(sys._getframe(1))


class Watch:
    """Lets exceptions from outside into the student's code, while it runs and never later."""

    def __init__(self, seconds: float) -> None:
        """Take the limit, counted from now."""
        self.seconds, self.end = seconds, time.monotonic() + seconds
        self.thread = threading.get_ident()
        self.lock = threading.Lock()
        self.inside = False
        self.throws = 0
        self.interrupted = self.sees_interrupts = False
        self.place: Place | None = None
        self.is_theirs: Callable[[CodeType], bool] = lambda code: True
        self.on_interrupt: Callable[[int, FrameType | None], Any] = signal.default_int_handler

    def run(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call the function; Stop and KeyboardInterrupt may come out of it."""
        try:
            try:
                self.inside = True
                return function(*args)
            finally:
                self.leave()
        finally:
            self.leave()  # again, as a Stop may have arrived in the first

    def leave(self) -> None:
        """From here on nothing is thrown; what was thrown before arrives in here at the latest."""
        with self.lock:
            self.inside = False

    def check(self) -> None:
        """Raise what was held back: Ctrl-C, or that the time is over."""
        if self.interrupted:
            self.interrupted = False
            self.on_interrupt(signal.SIGINT, sys._getframe())
        if self.throws or time.monotonic() >= self.end:
            raise StoppedError(self.seconds, self.place)

    def open_to(self, frame: FrameType | None) -> bool:
        """Whether something may be thrown into this frame now."""
        return self.inside and frame is not None and frame.f_code not in SHIELDED

    def note(self, frame: FrameType | None) -> None:
        """Count a throw, and keep the place of the first."""
        while frame is not None and not self.is_theirs(frame.f_code):
            frame = frame.f_back
        if not self.throws and frame is not None:
            self.place = Place.of(frame.f_code, frame.f_lineno, frame.f_globals)
        self.throws += 1

    def alarm(self, number: int, frame: FrameType | None) -> None:
        """Stop the call; a handler of SIGALRM."""
        if self.open_to(frame):
            self.note(frame)
            raise Stop

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Pass Ctrl-C on into the student's code, or hold it back; a handler of SIGINT."""
        self.interrupted = True
        if self.open_to(frame):
            self.on_interrupt(number, frame)
            self.interrupted = False  # a handler that raises nothing has dealt with it

    def throw_again(self, frame: FrameType | None) -> None:
        """Throw at the next line of these frames, where the last Stop is swallowed."""
        if not self.open_to(frame):
            return
        sys.settrace(self.trace)
        while frame is not None and frame.f_code not in SHIELDED:
            frame.f_trace = self.trace
            frame = frame.f_back

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Throw at the first line of the frames at hand or of theirs; a trace function.

        Any other frame may be a callback of the garbage collector's, from which nothing comes out.
        """
        callback = event == "call" and not self.is_theirs(frame.f_code)
        if callback or not self.open_to(frame):
            return None
        if event == "line":
            raise Stop
        return self.trace

    def patrol(self, done: threading.Event) -> None:
        """Stop the call from another thread, until done is set."""
        finished = done.wait(self.seconds)
        while not finished:
            with self.lock:
                frame = sys._current_frames().get(self.thread)
                if self.open_to(frame):
                    self.note(frame)
                    _throw_into(self.thread, Stop)
                del frame
            finished = done.wait(TICK)


def _throw_into(thread: int, kind: type[BaseException]) -> None:
    """Have a thread raise an exception soon, at the end of a call or at a jump back.

    It is never taken back: clearing it leaves CPython 3.11 looking for it forever.
    """
    thrown = ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), thrown)


SHIELDED = {
    method.__code__
    for method in (
        Stop.__init__,
        Stop.__del__,
        Watch.run,
        Watch.leave,
        Watch.throw_again,
        Watch.trace,
    )
}
