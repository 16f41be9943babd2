"""What a call of a student's function may raise."""

from checks.places import Place

REASONS = {
    "SystemExit": "the code ends the program (exit, quit or sys.exit)",
    "KeyboardInterrupt": "the code raises KeyboardInterrupt, as if someone had pressed Ctrl-C",
    "RecursionError": "the function calls itself without end",
    "MemoryError": "the code asks for more memory than there is",
    "input": "the code asks for input, and nobody is there to answer",
}


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
