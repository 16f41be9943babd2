"""Workers that a warm process forks, each in tens of milliseconds."""

import contextlib
import json
import select
import socket
import subprocess
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from grading.sandbox.killing import end_tree
from grading.sandbox.line import Line
from grading.sandbox.process import START_SECONDS, Ended, SandboxError, end, started

END_SECONDS = 5.0
MESSAGE = 2**17  # bytes, at most


class Warm:
    """The warm process and the workers that it has forked.

    Args:
        options: what it is told, see warm.py.
        command_line: what comes before the arguments of warm.py.
        output_bytes: how much of a worker's output is kept.
    """

    def __init__(
        self, options: Mapping[str, Any], command_line: Sequence[str], output_bytes: int
    ) -> None:
        """Start it; raises SandboxError."""
        self.output_bytes, self.started = output_bytes, 0
        self.reports: dict[int, Ended] = {}
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(START_SECONDS)
        with theirs:
            number = theirs.fileno()
            self.popen = started(
                [*command_line, str(number)], stderr=subprocess.PIPE, pass_fds=(number,)
            )
        try:
            self.control.send(json.dumps(options).encode())
            answer = self.control.recv(MESSAGE)
        except OSError as problem:
            answer = str(problem).encode()
        if answer != b"ready":
            raise SandboxError(f"The warm process did not start: {self._last_words() or answer!r}")
        self.control.setblocking(False)

    def start(self) -> "Forked":
        """Fork a worker; raises SandboxError."""
        channel, its_channel = socket.socketpair()
        output, its_output = socket.socketpair()
        self.started += 1
        with its_channel, its_output:
            fds = [its_channel.fileno(), its_output.fileno()]
            try:
                socket.send_fds(self.control, [_order("start", self.started)], fds)
            except OSError as problem:
                raise SandboxError(f"The warm process has ended: {problem}.") from None
        return Forked(self, self.started, channel, output)

    def look(self) -> bool:
        """Take the reports that have come; return whether the warm process is still there."""
        while True:
            try:
                message = self.control.recv(MESSAGE)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not message:
                return False
            report = json.loads(message)
            number = report.pop("number")
            self.reports[number] = Ended(**report)

    def wait(self, number: int, seconds: float) -> Ended | None:
        """Wait until a worker has ended, but no longer than that; return how, if it has."""
        until = monotonic() + seconds
        while self.look() and number not in self.reports and (left := until - monotonic()) > 0:
            select.select([self.control], [], [], left)
        return self.reports.get(number)

    def close(self) -> None:
        """End it and everything that came from it."""
        self.control.close()  # which tells it to end its workers and itself
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once, with everything that came from it."""
        end(self.popen)
        self.control.close()

    def _last_words(self) -> str:
        end_tree(self.popen.pid)
        assert self.popen.stderr
        words = self.popen.stderr.read(MESSAGE).decode(errors="replace").strip()
        self.kill()
        return words


class Forked:
    """A worker that the warm process has forked."""

    def __init__(
        self, warm: Warm, number: int, channel: socket.socket, output: socket.socket
    ) -> None:
        """Take our ends of its channel and of its output."""
        self.warm, self.number = warm, number
        has_ended = lambda: not warm.look() or number in warm.reports  # noqa: E731
        self.line = Line(channel, output, warm.control, has_ended, warm.output_bytes)

    def ended(self, wait: float = 0.0) -> Ended | None:
        """Return how it ended, as Process does."""
        return self.warm.wait(self.number, wait)

    def end(self) -> None:
        """End it, and the warm process too where that does not answer."""
        self.line.close()
        with contextlib.suppress(OSError):
            self.warm.control.send(_order("end", self.number))
        if self.warm.wait(self.number, END_SECONDS) is None:
            self.warm.kill()


def _order(what: str, number: int) -> bytes:
    return json.dumps([what, number]).encode()
