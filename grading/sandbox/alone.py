"""A worker that is a process of its own, for systems on which nothing can be forked."""

import contextlib
import json
import secrets
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from grading.sandbox.line import Line
from grading.sandbox.process import START_SECONDS, Ended, SandboxError, end, started


class Alone:
    """A worker that has been started by itself; what it prints is thrown away."""

    def __init__(self, options: Mapping[str, Any], command_line: Sequence[str]) -> None:
        """Start it; raises SandboxError."""
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(START_SECONDS)
            port = str(server.getsockname()[1])
            self.popen = started([*command_line, "--alone", port], stdin=subprocess.PIPE)
            assert self.popen.stdin
            with self.popen.stdin as told:
                told.write(f"{token}\n{json.dumps(options)}\n".encode())
            try:
                channel, _ = server.accept()
                channel.settimeout(START_SECONDS)
                if channel.recv(len(token), socket.MSG_WAITALL) != token.encode():
                    raise SandboxError("Another program has connected in the place of the worker.")
            except OSError as problem:
                end(self.popen)
                raise SandboxError(f"The worker did not start: {problem}.") from None
        self.line = Line(channel, None, None, lambda: self.popen.poll() is not None, 0)

    def ended(self, wait: float = 0.0) -> Ended | None:
        """Return how it ended, as Process does."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return Ended(self.popen.wait(wait))
        return None

    def end(self) -> None:
        """End it."""
        self.line.close()
        end(self.popen)
