"""Call a student's function so that whatever it does stays inside the call.

A Caller hands over copies, runs the function on a private copy of the globals that it names, hides
what it prints, and tells an exception by the student's own lines.  A deadline stops calls that take
too long.  Exceptions from outside, of a deadline or of Ctrl-C, are let in only while code of the
student's runs; they never break off what puts things back.
"""

from __future__ import annotations

import builtins
import copy
import ctypes
import functools
import inspect
import io
import linecache
import math
import os
import random
import signal
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import numpy as np

PROJECT = Path(__file__).absolute().parent.parent
ROOMS = {"checks", "classifiers", "datasets", "experiment", "grading", "timing"}
FILES = {"gradient_check.py", "softmax_lab.py"}
PYTHON = Path(os.__file__).absolute().parent

TICK = 0.05  # seconds between two attempts to stop what does not let itself be stopped
LARGE = 1 << 26  # bytes; a larger array among the student's globals is lent read-only, not copied
FLOATING = {"divide by zero": "divide", "overflow": "overflow", "invalid value": "invalid"}

# What exit and quit are in a notebook: they raise nothing, they end the kernel after the cell.
IPYTHONS_EXITS = {"ExitAutocall", "ZMQExitAutocall"}

REASONS = {
    "SystemExit": "the code ends the program (exit, quit or sys.exit)",
    "KeyboardInterrupt": "the code raises KeyboardInterrupt, as if someone had pressed Ctrl-C",
    "RecursionError": "the function calls itself without end",
    "MemoryError": "the code asks for more memory than there is",
    "input": "the code asks for input, and nobody is there to answer",
}


class Place(NamedTuple):
    """A line of the student's: name of the function that it is in, its number and its text."""

    function: str
    line_number: int
    line_text: str

    def __str__(self) -> str:
        """The place as part of a sentence."""
        text = f": `{self.line_text}`" if self.line_text else ""
        return f"{self.function}, line {self.line_number}{text}"


class AnswerError(Exception):
    """A student's function that gave no result.

    Attributes:
        kind: name of the exception's class, or "input".
        message: what the exception says, or a reason in plain words.
        frames: places in the student's code, the outermost first, the line that failed last.
    """

    def __init__(self, kind: str, message: str, frames: tuple[Place, ...]) -> None:
        """Take the attributes."""
        super().__init__(kind, message, frames)
        self.kind, self.message, self.frames = kind, message, frames

    @property
    def where(self) -> str:
        """Name of the function that the line which failed is in, "" if unknown."""
        return self.frames[-1].function if self.frames else ""

    @property
    def line_number(self) -> int | None:
        """Number of the line that failed, in its file or cell."""
        return self.frames[-1].line_number if self.frames else None

    @property
    def line_text(self) -> str:
        """Text of the line that failed, "" if unknown."""
        return self.frames[-1].line_text if self.frames else ""

    def __str__(self) -> str:
        """What happened and in which of the student's lines."""
        name = "" if self.kind in REASONS else f"{self.kind}: "
        lines = [f"{name}{self.message}" if self.message else self.kind]
        for position, place in enumerate(reversed(self.frames)):
            lines.append(f"{'called from' if position else 'in'} {place}")
        return "\n".join(lines)


class TheirError(AnswerError):
    """An exception that is about the student's own line."""


class NotAttemptedError(AnswerError, NotImplementedError):
    """The function itself still raises NotImplementedError."""


class BlockedError(AnswerError, NotImplementedError):
    """A function that this one calls is not written yet; its name is in `name`."""

    def __init__(self, name: str, message: str, frames: tuple[Place, ...]) -> None:
        """Take the name of the function that is missing; the rest as for an AnswerError."""
        super().__init__("NotImplementedError", message, frames)
        self.name = name


class StoppedError(BaseException):
    """A call was stopped at the limit, given in seconds; `place` is the line that it was in.

    It is no Exception, so that nothing on the way takes it for a failed call.
    """

    def __init__(self, seconds: float, place: Place | None) -> None:
        """Take the limit and the place, which is None where no line of theirs was running."""
        super().__init__(seconds, place)
        self.seconds, self.place = seconds, place
        self.where = place.function if place else ""
        self.line_number = place.line_number if place else None
        self.line_text = place.line_text if place else ""

    def __str__(self) -> str:
        """The limit, and the line that was running."""
        limit = f"stopped after {self.seconds:g} s"
        return f"{limit}, in {self.place}" if self.place else f"{limit}, all calls together"


class _AsksForInputError(EOFError):
    """Raised by input() and by everything else that reads the keyboard."""


class _Stop(BaseException):
    """Thrown into a call that takes too long, and thrown again wherever it is swallowed.

    Its end tells that it was swallowed.  The student may keep it, so from the second one on, its
    beginning does.
    """

    def __init__(self) -> None:
        watch = getattr(_active, "watch", None)
        if watch and watch.throws > 1:
            watch.throw_again(sys._getframe(1))

    def __del__(self) -> None:
        watch = getattr(_active, "watch", None)
        if watch:
            watch.throw_again(sys._getframe(1))


class _Watch:
    """Lets exceptions from outside into the student's code, while it runs and never later."""

    def __init__(self, seconds: float) -> None:
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
        """Call the function; _Stop and KeyboardInterrupt may come out of it."""
        try:
            try:
                self.inside = True
                return function(*args)
            finally:
                self.leave()
        finally:
            self.leave()  # again, as a _Stop may have arrived in the first

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
            self.place = _place(frame.f_code, frame.f_lineno, frame.f_globals)
        self.throws += 1

    def alarm(self, number: int, frame: FrameType | None) -> None:
        """Stop the call; a handler of SIGALRM."""
        if self.open_to(frame):
            self.note(frame)
            raise _Stop

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Pass Ctrl-C on into the student's code, or hold it back; a handler of SIGINT."""
        self.interrupted = True
        if self.open_to(frame):
            self.on_interrupt(number, frame)
            self.interrupted = False  # a handler that raises nothing has dealt with it

    def throw_again(self, frame: FrameType | None) -> None:
        """Throw at the next line of these frames, where the last _Stop is swallowed."""
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
            raise _Stop
        return self.trace

    def patrol(self, done: threading.Event) -> None:
        """Stop the call from another thread, until done is set."""
        finished = done.wait(self.seconds)
        while not finished:
            with self.lock:
                frame = sys._current_frames().get(self.thread)
                if self.open_to(frame):
                    self.note(frame)
                    _throw_into(self.thread, _Stop)
                del frame
            finished = done.wait(TICK)


_active = threading.local()
SHIELDED = {
    method.__code__
    for method in (
        _Stop.__init__,
        _Stop.__del__,
        _Watch.run,
        _Watch.leave,
        _Watch.throw_again,
        _Watch.trace,
    )
}


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Limit the time of all Caller calls in the block together.

    What runs inside a call is stopped, again and again if it swallows exceptions; a call that
    begins too late is refused.  Code outside calls is never broken off.  Catch StoppedError outside
    the block.  Ctrl-C is held back until the call that runs has put everything back.

    In the main thread on Unix sleeping and waiting are stopped too; elsewhere, once they end.
    Nowhere can C code be stopped that does not come back to Python, such as sum(range(10**12)).

    Args:
        seconds: the limit, above 0.

    Raises:
        ValueError: the limit is not above 0.
        RuntimeError: a deadline is already running in this thread.
        StoppedError: the time is over.
    """
    if not seconds > 0:
        raise ValueError(f"A deadline was given {seconds} s; give it more than 0.")
    if getattr(_active, "watch", None):
        raise RuntimeError("A deadline is already running in this thread; use that one.")
    watch = _Watch(seconds)
    main = threading.current_thread() is threading.main_thread()
    with _interrupts_held(watch) if main else ExitStack():
        _active.watch = watch
        try:
            with (_alarms if main and hasattr(signal, "setitimer") else _patrols)(watch):
                yield
        finally:
            _active.watch = None


@contextmanager
def _interrupts_held(watch: _Watch) -> Iterator[None]:
    earlier = signal.getsignal(signal.SIGINT)
    if not callable(earlier):
        yield
        return
    watch.on_interrupt, watch.sees_interrupts = earlier, True
    signal.signal(signal.SIGINT, watch.interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
        if watch.interrupted:
            earlier(signal.SIGINT, sys._getframe())


@contextmanager
def _alarms(watch: _Watch) -> Iterator[None]:
    handler = signal.signal(signal.SIGALRM, watch.alarm) or signal.SIG_DFL
    left, interval = signal.setitimer(signal.ITIMER_REAL, watch.seconds, TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            spent = time.monotonic() - (watch.end - watch.seconds)
            signal.setitimer(signal.ITIMER_REAL, max(left - spent, 1e-3), interval)


@contextmanager
def _patrols(watch: _Watch) -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=watch.patrol, args=(done,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _throw_into(thread: int, kind: type[BaseException]) -> None:
    """Have a thread raise an exception soon, at the end of a call or at a jump back.

    It is never taken back: clearing it leaves CPython 3.11 looking for it forever.
    """
    thrown = ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), thrown)


class Caller:
    """A student's function, to be called as often as needed without leaving a trace.

    Hidden state of the function and its random numbers go on from call to call of one Caller, so
    that they can be seen; neither reaches the student's own.

    Attributes:
        function: as it was given.
        name: its name.
        changed: names of the arguments that a call has changed.
        printed: whether a call wrote on stdout or stderr.
        used_random: whether a call drew from a global generator of numpy or random.
        floating: those of "divide", "overflow" and "invalid" that numpy would have warned about.
        seconds: how long the last call took, copying left out.
        calls: how many there were.
    """

    def __init__(self, function: Callable[..., Any], *, seed: int = 0) -> None:
        """Args: function of any signature; seed of the global generators that it may use."""
        self.function = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.changed: list[str] = []
        self.floating: set[str] = set()
        self.printed = self.used_random = False
        self.seconds, self.calls = 0.0, 0
        self._code = code_of(function)
        self._private = _Private(self.is_theirs).value(function)
        generator = np.random.RandomState(seed).get_state(legacy=False)
        self._streams = random.Random(seed).getstate(), generator

    def __call__(self, *args: Any) -> Any:
        """Return what the function returns on copies of args.

        Raises:
            TheirError: it raised an exception.
            NotAttemptedError: it raised NotImplementedError itself.
            BlockedError: a function that it calls raised NotImplementedError.
            StoppedError: the deadline is over.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        watch = getattr(_active, "watch", None) or _Watch(math.inf)
        watch.check()
        watch.is_theirs = self.is_theirs
        copies = tuple(copy.deepcopy(arg) for arg in args)
        result, told = None, None
        with self._contained():
            try:
                result = self._timed(watch, copies)
            except _Stop:
                pass
            except KeyboardInterrupt as problem:
                if watch.interrupted or not watch.sees_interrupts:
                    watch.interrupted = False
                    raise
                told = self._told(problem)
            except BaseException as problem:
                told = self._told(problem)
        self._note_changes(args, copies)
        if watch.throws or watch.interrupted:
            watch.check()
        if told is not None:
            raise told
        return result

    def is_theirs(self, code: CodeType) -> bool:
        """Whether code is the student's: not the project's, Python's or an installed package's."""
        file = code.co_filename
        own = self._code is not None and file == self._code.co_filename
        return _is_theirs(file) or (own and _is_ours(file))  # ours are checked too, now and then

    def _timed(self, watch: _Watch, args: tuple[Any, ...]) -> Any:
        self.calls += 1
        start = time.perf_counter()
        try:
            return watch.run(self._private, args)
        finally:
            self.seconds = time.perf_counter() - start

    @contextmanager
    def _contained(self) -> Iterator[None]:
        """Everything that a call could leave behind in this process, put back at the end."""
        output = _Output()
        limit, tracer = sys.getrecursionlimit(), sys.gettrace()
        with ExitStack() as stack:
            stack.callback(sys.setrecursionlimit, limit)
            for context in (redirect_stdout(output), redirect_stderr(output), np.printoptions()):
                stack.enter_context(context)
            for module, name in ((builtins, "input"), (sys, "breakpointhook")):
                stack.enter_context(_replaced(module, name, _no_input))
            stack.enter_context(_replaced(sys, "stdin", _NoInput()))
            stack.enter_context(_replaced(sys, "unraisablehook", _without_stops()))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            stack.enter_context(np.errstate(all="call", under="ignore", call=self._recorder()))
            stack.enter_context(self._own_random())
            try:
                yield
            finally:
                if sys.gettrace() is not tracer:
                    sys.settrace(tracer)
        self.printed |= output.used

    def _recorder(self) -> Callable[[str, int], None]:
        """What numpy calls instead of warning; a recorder around this call is told as well."""
        around = np.geterrcall() if np.geterr()["over"] == "call" else None

        def record(kind: str, flag: int) -> None:
            self.floating.add(FLOATING[kind])
            if callable(around):
                around(kind, flag)

        return record

    @contextmanager
    def _own_random(self) -> Iterator[None]:
        theirs = random.getstate(), np.random.get_state(legacy=False)
        _set_random(self._streams)
        try:
            yield
        finally:
            now = random.getstate(), np.random.get_state(legacy=False)
            same = now[0] == self._streams[0] and _same(now[1], self._streams[1])
            self.used_random = self.used_random or not same
            self._streams = now
            _set_random(theirs)

    def _note_changes(self, args: tuple[Any, ...], copies: tuple[Any, ...]) -> None:
        for position, (given, left) in enumerate(zip(args, copies, strict=True)):
            if not _same(given, left):
                name = self._parameter(position)
                if name not in self.changed:
                    self.changed.append(name)

    def _parameter(self, position: int) -> str:
        try:
            return list(inspect.signature(self.function).parameters)[position]
        except (ValueError, TypeError, IndexError):
            return f"argument {position + 1}"

    def _told(self, problem: BaseException) -> AnswerError:
        """The exception as the student is to read it."""
        raised, frames = self._frames(problem)
        kind = "input" if isinstance(problem, _AsksForInputError) else type(problem).__name__
        message = REASONS.get(kind) or _message(problem)
        if isinstance(problem, NotImplementedError) and raised is not None:
            if raised in _nested(self._code):
                return NotAttemptedError(kind, message, frames)
            if self.is_theirs(raised) or _is_ours(raised.co_filename):
                return BlockedError(raised.co_qualname.split(".<locals>")[0], message, frames)
        return TheirError(kind, message, frames)

    def _frames(self, problem: BaseException) -> tuple[CodeType | None, tuple[Place, ...]]:
        """The code that raised, and the places in the student's own code that led there."""
        places, raised, entry = [], None, problem.__traceback__
        while entry is not None:
            code = entry.tb_frame.f_code
            if code.co_filename != __file__:
                raised = code
            if self.is_theirs(code):
                places.append(_place(code, entry.tb_lineno, entry.tb_frame.f_globals))
            entry = entry.tb_next
        if not places and self._code is not None:
            places = [_place(self._code, self._code.co_firstlineno, None)]
        return raised, tuple(places if len(places) < 8 else places[:2] + places[-4:])


class _Private:
    """Copies of a student's functions that share copies of the globals that they name."""

    def __init__(self, is_theirs: Callable[[CodeType], bool]) -> None:
        self.is_theirs = is_theirs
        self.made: dict[int, Any] = {}
        self.namespaces: dict[int, dict[str, Any]] = {}

    def value(self, given: Any) -> Any:
        """A copy of a function of theirs or of plain data; anything else as it is."""
        if id(given) not in self.made:
            if isinstance(given, FunctionType) and self.is_theirs(given.__code__):
                self._function(given)
            elif type(given).__name__ in IPYTHONS_EXITS:
                self.made[id(given)] = sys.exit
            else:
                self.made[id(given)] = _copy_of_data(given)
        return self.made[id(given)]

    def _function(self, given: FunctionType) -> None:
        theirs = given.__globals__
        mine = self.namespaces.setdefault(id(theirs), dict(theirs))
        cells = given.__closure__ or ()
        closure = tuple(self.made.setdefault(id(cell), types.CellType()) for cell in cells)
        twin = FunctionType(given.__code__, mine, given.__name__, None, closure)
        self.made[id(given)] = twin
        twin.__defaults__ = _copy_of_data(given.__defaults__)
        twin.__kwdefaults__ = _copy_of_data(given.__kwdefaults__)
        twin.__dict__.update(given.__dict__)
        for cell, own in zip(cells, closure, strict=True):
            with suppress(ValueError):  # an empty cell
                own.cell_contents = self.value(cell.cell_contents)
        for code in _nested(given.__code__):
            for name in set(code.co_names) & set(theirs):
                mine[name] = self.value(theirs[name])


def _copy_of_data(given: Any) -> Any:
    """A copy of an array or of plain data; a large array as a view that cannot be written."""
    if isinstance(given, np.ndarray) and given.nbytes > LARGE:
        view = given.view()
        view.flags.writeable = False
        return view
    if not isinstance(given, np.ndarray | list | dict | set | bytearray | tuple):
        return given
    try:
        return copy.deepcopy(given)
    except Exception:  # it holds something that cannot be copied
        return given


class _Output(io.TextIOBase):
    """Drops what is written, and remembers that something was."""

    used = False

    def write(self, text: str) -> int:
        self.used = self.used or bool(text)
        return len(text)


class _NoInput(io.TextIOBase):
    """A keyboard that nobody sits at."""

    def read(self, size: int | None = -1) -> str:
        return _no_input()

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        return _no_input()


def _no_input(*args: Any, **options: Any) -> str:
    raise _AsksForInputError("nobody is there to answer")


def _without_stops() -> Callable[[Any], Any]:
    """The hook for exceptions that cannot get out, such as out of __del__, but silent on _Stop."""
    earlier = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not _Stop:
            earlier(unraisable)

    return hook


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    earlier = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, earlier)


def _set_random(states: tuple[Any, Any]) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])


def _same(given: Any, left: Any) -> bool:
    """Whether a copy is still what it was copied from, to the bit; nan is the same as nan."""
    if type(given) is not type(left):
        return False
    if isinstance(given, np.ndarray):
        if given.dtype.hasobject:
            return _same(given.tolist(), left.tolist())
        alike = given.shape == left.shape and given.dtype == left.dtype
        return alike and bool(given.tobytes() == left.tobytes())
    if isinstance(given, dict):
        return list(given) == list(left) and all(_same(given[key], left[key]) for key in given)
    if isinstance(given, list | tuple):
        return len(given) == len(left) and all(map(_same, given, left))
    return bool(given == left) or given != given


def code_of(function: Any) -> CodeType | None:
    """The code of a function, of a method, or inside of a wrapper; None for one written in C."""
    function = inspect.unwrap(function)
    for wrapped in ("__func__", "func", "pyfunc", "py_func"):  # method, partial, numpy's, numba's
        if hasattr(function, wrapped):
            return code_of(getattr(function, wrapped))
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _nested(code: CodeType | None) -> Iterator[CodeType]:
    """Code and all code defined in it: inner functions, lambdas, comprehensions."""
    if code is not None:
        yield code
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from _nested(constant)


def _place(code: CodeType, line_number: int, names: dict[str, Any] | None) -> Place:
    line = linecache.getline(code.co_filename, line_number, names)
    return Place(code.co_qualname.split(".<locals>")[0], line_number, line.strip())


def _message(problem: BaseException) -> str:
    try:
        return str(problem).strip()
    except Exception:
        return "its message cannot be shown"


@functools.cache
def _is_ours(filename: str) -> bool:
    path = Path(filename).absolute()
    if not path.is_relative_to(PROJECT):
        return False
    room = path.relative_to(PROJECT).parts[0]
    return room in ROOMS or room in FILES


@functools.cache
def _is_theirs(filename: str) -> bool:
    if filename.startswith(("<frozen", "<__array_function__")) or _is_ours(filename):
        return False
    path = Path(filename).absolute()
    packages = {"site-packages", "dist-packages"} & set(path.parts)
    return not packages and not path.is_relative_to(PYTHON)
