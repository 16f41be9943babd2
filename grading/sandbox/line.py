"""The grader's end of a worker's channel and output; the clock is here."""

import contextlib
import selectors
import socket
from collections.abc import Callable
from time import monotonic

from grading.sandbox.protocol import LENGTH, ProtocolError

CHUNK = 2**20  # bytes
CHUNKS = 16  # of output are taken at once, so that a flood ends
TICK = 0.25  # seconds between two looks at what has no descriptor


class LateError(Exception):
    """The time is up."""


class GoneError(Exception):
    """The worker is not there any more, or has closed its channel."""


class FullError(Exception):
    """The worker's folder is fuller than it may be."""


class Line:
    """Sends messages to a worker and receives them, in time, while its output is drained.

    Args:
        channel: a connected socket.
        output: another one, which the worker prints to, if there is one.
        watched: a socket that tells of the worker's end, if there is one.
        has_ended: whether the worker has ended; looked at often.
        output_bytes: how much of the output is kept.

    Sending and receiving take the time of the monotonic clock `until` which they may last.  They
    raise LateError then, GoneError when nobody is there, and FullError.
    """

    def __init__(
        self,
        channel: socket.socket,
        output: socket.socket | None,
        watched: socket.socket | None,
        has_ended: Callable[[], bool],
        output_bytes: int,
    ) -> None:
        """Take the sockets, which are closed with the line."""
        self.channel, self.output, self.has_ended = channel, output, has_ended
        self.is_full: Callable[[], bool] = lambda: False  # looked at often
        self.printed, self.output_bytes = bytearray(), output_bytes
        self._selector = selectors.DefaultSelector()
        for one in filter(None, (channel, output, watched)):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)

    def send(self, body: bytes, until: float) -> None:
        """Send a message."""
        rest = memoryview(LENGTH.pack(len(body)) + body)
        while rest:
            ended = self.has_ended()
            with contextlib.suppress(BlockingIOError):
                try:
                    rest = rest[self.channel.send(rest) :]
                    continue
                except ConnectionError:
                    raise GoneError from None
            if ended:
                raise GoneError
            self._selector.modify(self.channel, selectors.EVENT_WRITE)
            self._wait(until)
            self._selector.modify(self.channel, selectors.EVENT_READ)

    def receive(self, limit: int, until: float) -> bytearray:
        """Return the body of the next message.

        Raises ProtocolError for one that is longer than the limit.
        """
        (size,) = LENGTH.unpack(self._exactly(LENGTH.size, until))
        if size > limit:
            raise ProtocolError(f"A message of {size} bytes; at most {limit} are read.")
        return self._exactly(size, until)

    def is_silent(self) -> bool:
        """Whether nothing waits to be received."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            return not self.channel.recv(1, socket.MSG_PEEK)
        return True

    def drain(self) -> None:
        """Take what has been printed; what is beyond the limit is thrown away."""
        for _ in range(CHUNKS):
            try:
                text = self.output.recv(CHUNK) if self.output else b""
            except (BlockingIOError, ConnectionError):
                return
            if not text:
                self._forget_output()
                return
            self.printed += text[: self.output_bytes - len(self.printed)]

    def close(self) -> None:
        """Close the sockets."""
        self._forget_output()
        self._selector.close()
        self.channel.close()

    def _exactly(self, size: int, until: float) -> bytearray:
        found = bytearray()
        while len(found) < size:
            ended = self.has_ended()  # before the look at what it may have sent last
            self._refuse_more(until)
            try:
                more = self.channel.recv(min(size - len(found), CHUNK))
            except ConnectionError:
                raise GoneError from None
            except BlockingIOError:
                if ended:
                    raise GoneError from None
                self._wait(until)
                continue
            if not more:
                raise GoneError
            found += more
        return found

    def _wait(self, until: float) -> None:
        """Wait until something happens, but not for long."""
        self._refuse_more(until)
        left = max(until - monotonic(), 0.0)
        ready = [key.fileobj for key, _ in self._selector.select(min(left, TICK))]
        if self.output in ready:
            self.drain()

    def _refuse_more(self, until: float) -> None:
        """Look at the limits, at every part that comes: a flood never makes a read wait."""
        if monotonic() >= until:
            raise LateError
        if self.is_full():
            raise FullError

    def _forget_output(self) -> None:
        if self.output:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self.output)
            self.output.close()
            self.output = None
