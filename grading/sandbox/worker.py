"""Call functions of a submission in a worker process."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grading.cells import Cell
from grading.sandbox import causes
from grading.sandbox.asking import Conversation, Task, field
from grading.sandbox.failures import Reply, TheirFailure, WorkerLost
from grading.sandbox.protocol import ProtocolError

RESTARTS = 5  # of a worker that a statement brought to an end, each time without that statement


class Worker:
    """A process that has loaded some cells of a submission.

    problems  a sentence for each statement that failed, and was left out

    Raises WorkerLost when the cells cannot be loaded at all, SandboxError when no process starts.
    """

    def __init__(self, task: Task, cells: Sequence[Cell], hardened: bool = False) -> None:
        """Start a process and load the cells; hardened ones only count lines."""
        self.problems: list[str] = []
        self._task, self._cells, self._hardened = task, list(cells), hardened
        self._counter: Worker | None = None
        self._load()

    def call(self, name: str, *arguments: Any) -> Reply:
        """Call a function of theirs on copies of the arguments.

        Args:
            name: of the function.
            arguments: arrays, numbers, text, None, or lists, tuples and dicts of these.

        Raises TheirFailure when it raises, or when there is no such function, and WorkerLost when
        it brings the worker to an end; all later calls raise the same then.
        """
        return self._made("call", name, arguments)[0]

    def lines(self, name: str, *arguments: Any) -> tuple[Reply, int]:
        """Call a function as call() does, and count the lines of theirs that are executed.

        It is done in a second process, which refuses what would hide lines.  A call of one of their
        functions counts as a line too.  What a first call does once only, such as filling a table,
        is counted with that call.
        """
        if self._counter is None or self._counter._conversation.lost:
            self._counter = Worker(self._task, self._cells, hardened=True)
        return self._counter._made("lines", name, arguments)

    def close(self) -> None:
        """End the process; a closed worker is not asked any more."""
        if self._counter:
            self._counter.close()
        self._conversation.lose(WorkerLost("closed", "The worker has been closed."))

    def _load(self) -> None:
        """Load the cells; a statement that is the end of the process is left out the next time."""
        for restarts_left in reversed(range(RESTARTS + 1)):
            self._conversation = Conversation(self._task)
            try:
                self.problems += self._loaded()
                return
            except WorkerLost as lost:
                if not restarts_left or self._task.budget.seconds <= 0:
                    raise
                self._leave_out(lost)

    def _loaded(self) -> list[str]:
        cells = [
            {
                "filename": cell.filename,
                "source": cell.source.encode("utf-8", "surrogatepass"),
                "statements": list(cell.statements),
            }
            for cell in self._cells
        ]
        talk, files = self._conversation, dict(self._task.files)
        reply = talk.ask(do="load", cells=cells, files=files, hardened=self._hardened)
        try:
            return [str(problem) for problem in field(reply, "problems", list)]
        except ProtocolError as problem:
            raise talk.lose(causes.malformed(problem)) from None

    def _leave_out(self, lost: WorkerLost) -> None:
        """Leave out the statement that was the end of the process; raise the end if none was."""
        number, index, line = self._conversation.at
        if not 0 <= number < len(self._cells):
            raise lost
        cell = self._cells[number]
        kept = tuple(other for other in cell.statements if other != index) if index >= 0 else ()
        if kept == cell.statements:
            raise lost
        self._cells[number] = replace(cell, statements=kept)
        self.problems.append(f"{cell.filename}, line {line}: {lost.sentence}")

    def _made(self, how: str, name: str, arguments: Sequence[Any]) -> tuple[Reply, int]:
        talk = self._conversation
        printed = len(talk.process.line.printed)
        reply = talk.ask(do=how, name=name, arguments=list(arguments))
        try:
            _raise_failure(reply, " ".join([f"There is no function {name}.", *self.problems]))
            text = talk.process.line.printed[printed:].decode(errors="replace")
            changed = field(reply, "changed", list)
            if not all(type(p) is int and 0 <= p < len(arguments) for p in changed):
                raise ProtocolError("It names an argument that there is not.")
            lines = field(reply, "lines", int) if how == "lines" else 0
            return Reply(reply["value"], field(reply, "seconds", float), text, (*changed,)), lines
        except ProtocolError as problem:
            raise talk.lose(causes.malformed(problem)) from None
        except WorkerLost as lost:
            raise talk.lose(lost) from None


def _raise_failure(reply: dict[str, Any], none: str) -> None:
    """Raise what a reply says other than a value, or ProtocolError where it says nothing.

    Args:
        reply: of the worker.
        none: what is said where there is no such function.
    """
    if reply.get("tampering"):
        raise WorkerLost("tampering", f"The code {field(reply, 'tampering', str)}.")
    kind = reply["kind"]
    if kind == "too large":
        raise WorkerLost("output", f"The result is too large: {field(reply, 'message', str)}")
    if kind == "no function":
        raise TheirFailure("NameError", none)
    if kind == "failure":
        texts = {key: field(reply, key, str) for key in ("message", "place", "blocked_by")}
        kind, undone = field(reply, "name", str), field(reply, "not_attempted", bool)
        raise TheirFailure(kind, not_attempted=undone, **texts)
    if kind != "value" or "value" not in reply:
        raise ProtocolError("It has no value.")
