"""One conversation with a worker process: requests, each with the reply that belongs to it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from grading.sandbox import causes
from grading.sandbox.decoding import decode
from grading.sandbox.failures import WorkerLost
from grading.sandbox.limits import Limits
from grading.sandbox.line import FullError, GoneError, LateError
from grading.sandbox.process import START_SECONDS, Process, SandboxError
from grading.sandbox.protocol import ProtocolError, encode

ANY_SIZE = 2**62
STATUS_SECONDS = 1.0  # in which the end of a process is known after its channel closed

Kind = TypeVar("Kind")


@dataclass
class Budget:
    """Seconds of wall-clock time that the calls of a submission may still take."""

    seconds: float


@dataclass(frozen=True)
class Task:
    """What all workers of one submission have in common.

    start   starts a process; raises SandboxError
    files   helper modules, by name
    limits  that they run in
    budget  of all calls together
    full    whether their folder is fuller than the limit
    """

    start: Callable[[], Process]
    files: Mapping[str, bytes]
    limits: Limits
    budget: Budget
    full: Callable[[], bool]


class Conversation:
    """Asks a fresh worker process, until it is lost.

    at    the cell, the statement in it and its line, as numbers, that it is known to have reached
    lost  why it does not answer any more, None while it does

    Raises SandboxError when no process starts.
    """

    def __init__(self, task: Task) -> None:
        """Start the process."""
        self.task = task
        self.at = (-1, -1, 0)
        self.lost: WorkerLost | None = None
        self.process = task.start()
        self.process.line.is_full = task.full
        try:
            line = self.process.line
            first = decode(line.receive(task.limits.reply_bytes, monotonic() + START_SECONDS))
            problem = field(first, "problem", str)
        except (LateError, GoneError, FullError, ProtocolError) as none:
            problem = f"it sent no first message ({type(none).__name__})"
        if problem:
            self.process.end()
            raise SandboxError(f"A worker could not be started: {problem}.")

    def ask(self, **request: Any) -> dict[str, Any]:
        """Return the reply to a request; raises WorkerLost."""
        if self.lost:
            raise self.lost
        start, limits, budget = monotonic(), self.task.limits, self.task.budget
        until = start + min(limits.call_seconds, budget.seconds)
        try:
            return self._replied(request, until)
        except LateError:
            total = budget.seconds < limits.call_seconds
            raise self.lose(causes.out_of_time(limits, total)) from None
        except FullError:
            raise self.lose(causes.full(limits)) from None
        except GoneError:
            ended = self.process.ended(STATUS_SECONDS)
            raise self.lose(causes.of_the_end(ended, limits)) from None
        except ProtocolError as problem:
            raise self.lose(causes.malformed(problem)) from None
        finally:
            budget.seconds -= monotonic() - start

    def lose(self, lost: WorkerLost) -> WorkerLost:
        """End the process, for a reason that is returned."""
        if not self.lost:
            self.lost = lost
            self.process.end()
        return self.lost

    def _replied(self, request: dict[str, Any], until: float) -> dict[str, Any]:
        line, nonce = self.process.line, secrets.token_hex(16)
        if not line.is_silent():
            raise ProtocolError("It sent what it was not asked for.")
        line.send(encode({**request, "nonce": nonce}, ANY_SIZE), until)
        for left in reversed(range(_statements(request) + 1)):
            reply = decode(line.receive(self.task.limits.reply_bytes, until))
            if field(reply, "nonce", str) != nonce:
                raise ProtocolError("It is not the reply to this request.")
            if field(reply, "kind", str) != "progress":
                break
            if not left:
                raise ProtocolError("It says too often how far it is.")
            cell, statement = field(reply, "cell", int), field(reply, "statement", int)
            self.at = cell, statement, field(reply, "line", int)
        line.drain()
        if not line.is_silent():
            raise ProtocolError("There is more than one.")
        return dict(reply)


def _statements(request: dict[str, Any]) -> int:
    """How many messages of its progress a worker has to send before its reply."""
    return sum(1 + len(cell["statements"]) for cell in request.get("cells", ()))


def field(reply: Any, name: str, kind: type[Kind]) -> Kind:
    """Return one field of a reply; raises ProtocolError where it is not of its type."""
    if type(reply) is not dict or type(reply.get(name)) is not kind:
        raise ProtocolError(f"Its {name} is missing or of a wrong type.")
    found: Kind = reply[name]
    return found
