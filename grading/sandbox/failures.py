"""What a call of a submission's function comes to."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What a function of theirs returned.

    value    numbers, text, None, arrays, and lists, tuples and dicts of these; whatever else it
             was is an Unencodable, which holds nothing but the name of its type
    seconds  wall-clock time of the call, in seconds, as the worker measured it: for information
    printed  the text that was printed meanwhile, cut at the limit
    changed  positions of the arguments that the call changed
    """

    value: Any = None
    seconds: float = 0.0
    printed: str = ""
    changed: tuple[int, ...] = ()


class TheirFailure(Exception):  # noqa: N818 - a failure of theirs is not an error of ours
    """A function of theirs raised an exception.

    kind           name of the exception's class
    message        its message, at most 2,000 characters
    place          "mine.ipynb, code cell 3, line 7: text of the line", or "" where it is unknown
    not_attempted  whether the function itself raised NotImplementedError
    blocked_by     name of another function of theirs that raised NotImplementedError, or ""
    """

    def __init__(
        self,
        kind: str,
        message: str,
        place: str = "",
        not_attempted: bool = False,
        blocked_by: str = "",
    ) -> None:
        """Take what is known of the exception."""
        super().__init__(kind, message, place, not_attempted, blocked_by)
        self.kind, self.message, self.place = kind, message, place
        self.not_attempted, self.blocked_by = not_attempted, blocked_by

    def __str__(self) -> str:
        """Say what was raised, and where."""
        said = f"{self.kind}: {self.message}" if self.message else self.kind
        return f"{said} ({self.place})" if self.place else said


class WorkerLost(Exception):  # noqa: N818 - it says what happened, as TheirFailure does
    """A worker process ended, or had to be ended, before it gave a reply.

    cause     "time", "cpu time", "memory", "disk", "output", "protocol", "tampering", "signal 11",
              "exited 0", ...
    sentence  the same for people
    """

    def __init__(self, cause: str, sentence: str) -> None:
        """Take the cause and the sentence."""
        super().__init__(cause, sentence)
        self.cause, self.sentence = cause, sentence

    def __str__(self) -> str:
        """Say what happened."""
        return self.sentence
