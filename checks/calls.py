"""Call a student's function so that whatever it does stays inside the call.

A Caller hands over copies, runs the function on a private copy of the globals that it names
(private), hides what it prints (quiet), and tells an exception by the student's own lines (places,
errors).  A deadline stops calls that take too long.  Exceptions from outside, of a deadline or of
Ctrl-C, are let in only while code of the student's runs (watch); they never break off what puts
things back.
"""

import copy
import inspect
import math
import time
from collections.abc import Callable
from types import CodeType
from typing import Any, Protocol

from checks.copies import same
from checks.errors import REASONS, AnswerError, BlockedError, NotAttemptedError, TheirError
from checks.places import Place, code_of, file_is_ours, file_is_theirs, nested
from checks.private import Private
from checks.quiet import AsksForInputError, Quiet
from checks.watch import Stop, Watch, active

AROUND = {__file__, Watch.run.__code__.co_filename}  # files whose frames surround every call


class Called(Protocol):
    """What an examination asks of whatever calls an answer; see Caller."""

    function: Callable[..., Any]
    changed: list[str]
    seconds: float
    printed: bool

    @property
    def used_random(self) -> bool:
        """Whether a call drew from a global generator."""

    def __call__(self, *args: Any) -> Any:
        """Return what the answer returns; raises what a Caller raises."""


class Caller(Quiet):
    """A student's function, to be called as often as needed without leaving a trace.

    Hidden state of the function and its random numbers go on from call to call of one Caller, so
    that they can be seen; neither reaches the student's own.

    Attributes:
        function: as it was given.
        name: its name.
        changed: names of the arguments that a call has changed.
        seconds: how long the last call took, copying left out.
        calls: how many there were.
        printed, used_random, floating: see Quiet.
    """

    def __init__(self, function: Callable[..., Any], *, seed: int = 0) -> None:
        """Args: function of any signature; seed of the global generators that it may use."""
        super().__init__(seed)
        self.function = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.changed: list[str] = []
        self.seconds, self.calls = 0.0, 0
        self._code = code_of(function)
        self._private = Private(self.is_theirs).value(function)

    def __call__(self, *args: Any) -> Any:
        """Return what the function returns on copies of args.

        Raises:
            TheirError: it raised an exception.
            NotAttemptedError: it raised NotImplementedError itself.
            BlockedError: a function that it calls raised NotImplementedError.
            StoppedError: the deadline is over.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        watch = getattr(active, "watch", None) or Watch(math.inf)
        watch.check()
        watch.is_theirs = self.is_theirs
        copies = tuple(copy.deepcopy(arg) for arg in args)
        result, told = None, None
        with self.contained():
            try:
                result = self._timed(watch, copies)
            except Stop:
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
        # A function of ours is checked too, now and then; then its file is theirs.
        return file_is_theirs(file) or (own and file_is_ours(file))

    def _timed(self, watch: Watch, args: tuple[Any, ...]) -> Any:
        self.calls += 1
        start = time.perf_counter()
        try:
            return watch.run(self._private, args)
        finally:
            self.seconds = time.perf_counter() - start

    def _note_changes(self, args: tuple[Any, ...], copies: tuple[Any, ...]) -> None:
        for position, (given, left) in enumerate(zip(args, copies, strict=True)):
            if not same(given, left):
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
        kind = "input" if isinstance(problem, AsksForInputError) else type(problem).__name__
        message = REASONS.get(kind) or _message(problem)
        if isinstance(problem, NotImplementedError) and raised is not None:
            if raised in nested(self._code):
                return NotAttemptedError(kind, message, frames)
            if self.is_theirs(raised) or file_is_ours(raised.co_filename):
                return BlockedError(raised.co_qualname.split(".<locals>")[0], message, frames)
        return TheirError(kind, message, frames)

    def _frames(self, problem: BaseException) -> tuple[CodeType | None, tuple[Place, ...]]:
        """The code that raised, and the places in the student's own code that led there."""
        places, raised, entry = [], None, problem.__traceback__
        while entry is not None:
            code = entry.tb_frame.f_code
            if code.co_filename not in AROUND:
                raised = code
            if self.is_theirs(code):
                places.append(Place.of(code, entry.tb_lineno, entry.tb_frame.f_globals))
            entry = entry.tb_next
        if not places and self._code is not None:
            places = [Place.of(self._code, self._code.co_firstlineno, None)]
        return raised, tuple(places if len(places) < 8 else places[:2] + places[-4:])


def _message(problem: BaseException) -> str:
    try:
        return str(problem).strip()
    except Exception:
        return "its message cannot be shown"
