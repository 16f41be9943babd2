"""Keep what a call does to this process inside the call."""

import builtins
import io
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from checks.copies import same
from checks.watch import Stop

FLOATING = {"divide by zero": "divide", "overflow": "overflow", "invalid value": "invalid"}


class AsksForInputError(EOFError):
    """Raised by input() and by everything else that reads the keyboard."""


class Quiet:
    """Puts back whatever a call could leave behind in this process, and remembers what it did.

    Attributes:
        printed: whether a call wrote on stdout or stderr.
        floating: those of "divide", "overflow" and "invalid" that numpy would have warned about.
    """

    def __init__(self, seed: int) -> None:
        """Take the seed of the global generators that the calls use."""
        self.printed = self._drew = self._lent = False
        self.floating: set[str] = set()
        generator = np.random.RandomState(seed).get_state(legacy=False)
        self._streams = random.Random(seed).getstate(), generator

    @property
    def used_random(self) -> bool:
        """Whether a call drew from a global generator of numpy or random."""
        if self._lent:
            self._note_draws()
        return self._drew

    @contextmanager
    def own_random(self) -> Iterator[None]:
        """Lend the block the global generators of the calls, which go on from block to block.

        To lend and to put back takes longer than most calls, so a block may hold many of them.
        """
        if self._lent:
            yield
            return
        theirs, self._lent = _random_states(), True
        _set_random(self._streams)
        try:
            yield
        finally:
            self._note_draws()
            _set_random(theirs)
            self._lent = False

    def _note_draws(self) -> None:
        now = _random_states()
        unmoved = now[0] == self._streams[0] and same(now[1], self._streams[1])
        self._drew = self._drew or not unmoved
        self._streams = now

    @contextmanager
    def contained(self) -> Iterator[None]:
        """Hide what the block prints, give it no input, and put everything back at its end."""
        output = _Output()
        limit, tracer = sys.getrecursionlimit(), sys.gettrace()
        try:
            with (
                redirect_stdout(output),
                redirect_stderr(output),
                np.printoptions(),
                _replaced(builtins, "input", _no_input),
                _replaced(sys, "breakpointhook", _no_input),
                _replaced(sys, "stdin", _NoInput()),
                _undisplayed(),
                _same_place(),
                _replaced(sys, "unraisablehook", _without_stops()),
                warnings.catch_warnings(action="ignore"),
                np.errstate(all="call", under="ignore", call=self._recorder()),
                self.own_random(),
            ):
                try:
                    yield
                finally:
                    if sys.gettrace() is not tracer:
                        sys.settrace(tracer)
        finally:
            sys.setrecursionlimit(limit)
        self.printed |= output.used

    def _recorder(self) -> Callable[[str, int], None]:
        """What numpy calls instead of warning; a recorder around this call is told as well."""
        around = np.geterrcall() if np.geterr()["over"] == "call" else None

        def record(kind: str, flag: int) -> None:
            self.floating.add(FLOATING[kind])
            if callable(around):
                around(kind, flag)

        return record


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
    raise AsksForInputError("nobody is there to answer")


def _without_stops() -> Callable[[Any], Any]:
    """The hook for exceptions that cannot get out, such as out of __del__, but silent on Stop."""
    earlier = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not Stop:
            earlier(unraisable)

    return hook


@contextmanager
def _same_place() -> Iterator[None]:
    """Put the working directory and the environment back."""
    folder, environment = Path.cwd(), _environment()
    try:
        yield
    finally:
        if Path.cwd() != folder:
            os.chdir(folder)
        if _environment() != environment:
            os.environ.clear()
            os.environ.update(
                {os.fsdecode(name): os.fsdecode(environment[name]) for name in environment}
            )


def _environment() -> dict[Any, Any]:
    """Return the environment as Python keeps it: to decode it takes longer than most calls."""
    return dict(getattr(os.environ, "_data", os.environ))


@contextmanager
def _undisplayed() -> Iterator[None]:
    """Drop the pictures that the block shows in a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        yield
        return
    from IPython.core.displaypub import CapturingDisplayPublisher

    publisher = CapturingDisplayPublisher()  # type: ignore[no-untyped-call]
    with _replaced(shell, "display_pub", publisher):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    earlier = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, earlier)


def _random_states() -> tuple[Any, Any]:
    return random.getstate(), np.random.get_state(legacy=False)


def _set_random(states: tuple[Any, Any]) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])
