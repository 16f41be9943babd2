"""The answers that the graded tests ask: those of a submission in its sandbox, or the reference."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import classifiers
from checks.loops import counted_lines
from grading.sandbox import Reply, Sandbox, Worker, WorkerLost
from grading.submission import Submission

HANGS, LOSSES = 2, 4  # so many calls of one question may be out of time, or lost for any reason


class MissingError(Exception):
    """Nothing in the submission has the name of the question; the message says what is there."""


class Answer(Protocol):
    """A function under test; changed has the positions of arguments that any call has changed."""

    changed: set[int]

    def ask(self, *arguments: Any) -> Reply:
        """Return what it returns on copies of the arguments.

        Raises MissingError, TheirFailure where it raises, WorkerLost where it brings its process to
        an end.
        """

    def lines(self, *arguments: Any) -> tuple[Reply, int]:
        """Return a reply, and how many Python lines the call executes; raises as ask does."""


class Reference:
    """The reference answer, called in this process."""

    def __init__(self, question: str) -> None:
        """Take the name of the question."""
        self.function, self.changed = getattr(classifiers, question), set[int]()

    def ask(self, *arguments: Any) -> Reply:
        """Return what the reference returns."""
        return Reply(value=self.function(*copy.deepcopy(arguments)))

    def lines(self, *arguments: Any) -> tuple[Reply, int]:
        """Return what the reference returns, and how many lines of it a call executes."""
        return self.ask(*arguments), counted_lines(self.function, arguments, arguments)[0]


class Submitted:
    """One answer of a submission, in a worker of its own that is replaced when it is lost."""

    def __init__(self, submission: Submission, sandbox: Sandbox, question: str) -> None:
        """Take the submission, its sandbox and the name of the question."""
        self.submission, self.sandbox, self.question = submission, sandbox, question
        self.problems: list[str] = []
        self.changed: set[int] = set()
        self._worker: Worker | None = None
        self._lost: list[WorkerLost] = []

    def ask(self, *arguments: Any) -> Reply:
        """Return what their function returns."""
        with self._noting():
            reply = self._ready().call(self.question, *arguments)
        self.changed |= {*reply.changed}
        return reply

    def lines(self, *arguments: Any) -> tuple[Reply, int]:
        """Return what their function returns, and how many lines of theirs a call executes."""
        with self._noting():
            return self._ready().lines(self.question, *arguments)

    def _ready(self) -> Worker:
        if not self.submission.defines(self.question):
            raise MissingError(self.submission.why_missing(self.question))
        hangs = sum(lost.cause in ("time", "cpu time") for lost in self._lost)
        if hangs >= HANGS or len(self._lost) >= LOSSES:
            raise self._lost[-1]
        if self._worker is None:
            self._worker = self.sandbox.worker(self.submission.cells_for(self.question))
            self.problems = list(self._worker.problems)
        return self._worker

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Count a worker that is lost, and end it."""
        try:
            yield
        except WorkerLost as lost:
            self._lost.append(lost)
            self.close()
            raise

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
