"""What a worker does: it loads cells, calls their functions and says what came of it.

Everything that it needs is bound before their code runs, in modules whose built-ins are their own.
Replies are made by this process alone, so the grader takes nothing in them on trust.
"""

import _sitebuiltins
import builtins
import os
import random
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

from grading.sandbox import counting
from grading.sandbox.decoding import decode
from grading.sandbox.failing import describe
from grading.sandbox.loading import Loaded, load
from grading.sandbox.protocol import LENGTH, TooLargeError, encode, type_name

ANY_SIZE = 2**62

_encode, _decode, _pack, _unpack = encode, decode, LENGTH.pack, LENGTH.unpack
_clock, _callable = perf_counter, callable
_stdout, _stderr = sys.stdout, sys.stderr


class Channel:
    """The worker's end of its channel to the grader."""

    def __init__(self, connection: Any) -> None:
        """Take a connected socket; a read and a write is all that is done with it."""
        self._connection = connection
        if os.name == "posix":
            self._read: Callable[[int], bytes] = partial(os.read, connection.fileno())
            self._write: Callable[[Any], int] = partial(os.write, connection.fileno())
        else:
            self._read, self._write = connection.recv, connection.send

    def receive(self) -> Any:
        """Return the next request; None when the grader has gone."""
        head = self._exactly(LENGTH.size)
        return _decode(self._exactly(_unpack(head)[0])) if head else None

    def send(self, body: bytes) -> None:
        """Send one message."""
        rest = memoryview(_pack(len(body)) + body)
        while rest:
            rest = rest[self._write(rest) :]

    def _exactly(self, size: int) -> bytearray:
        found = bytearray()
        while len(found) < size:
            more = self._read(min(size - len(found), 2**20))
            if not more:
                return bytearray()
            found += more
        return found


def say_first(connection: Any, problem: str) -> None:
    """Send the first message of a worker: what kept it from starting, or nothing."""
    Channel(connection).send(encode({"nonce": "", "kind": "first", "problem": problem}, ANY_SIZE))


def serve(connection: Any, private: str, options: dict[str, Any]) -> None:
    """Answer requests until the grader closes the channel."""
    channel, limit = Channel(connection), options["limits"]["reply_bytes"]
    _look_ordinary(private)
    loaded = None
    while request := channel.receive():

        def say(nonce: str = request["nonce"], **fields: Any) -> None:
            channel.send(_encode({"nonce": nonce, **fields}, ANY_SIZE))

        if request["do"] == "load":
            if request["hardened"]:
                counting.harden([*options["import_first"], *options["import_last"]])
            loaded = load(request, private, options["import_first"], say)
            _flush()
            say(kind="loaded", problems=loaded.problems)
        else:
            channel.send(_replied(loaded, request, limit))


def _look_ordinary(private: str) -> None:
    """Leave no trace of how this process was started, and the same generators in each."""
    os.environ.clear()
    os.environ.update(PATH="/usr/bin:/bin", HOME=private, TMPDIR=private, LANG="C.UTF-8")
    sys.argv[:] = [""]
    sys.orig_argv[:] = ["python"]
    sys.dont_write_bytecode = True
    sys.path.insert(0, private)
    builtins.display = lambda *_, **__: None  # type: ignore[attr-defined]  # notebooks know it
    for name in ("quit", "exit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))
    random.seed(0)


def _replied(loaded: Loaded | None, request: dict[str, Any], limit: int) -> bytes:
    """Make a call; return the body of the reply."""
    nonce = request["nonce"]
    try:
        return _encode({"nonce": nonce, **_made(loaded, request, limit)}, limit)
    except TooLargeError as problem:
        return _encode({"nonce": nonce, "kind": "too large", "message": str(problem)}, ANY_SIZE)
    except BaseException as problem:
        failure = {"kind": "failure", "name": type_name(problem), "message": "", "place": ""}
        return _encode({"nonce": nonce, **failure, "not_attempted": False, "blocked_by": ""}, limit)


def _made(loaded: Any, request: dict[str, Any], limit: int) -> dict[str, Any]:
    function, arguments = loaded.namespace.get(request["name"]), request["arguments"]
    if not _callable(function):
        return {"kind": "no function"}
    if request["do"] == "lines":
        function = counting.counted(_made_plain(function, limit))
    before = [_encode(argument, ANY_SIZE) for argument in arguments]
    start = _clock()
    try:
        reply = {"kind": "value", "value": function(*arguments)}
    except TooLargeError:
        raise
    except BaseException as problem:
        reply = describe(problem, loaded, request["name"])
    reply["seconds"] = _clock() - start
    _flush()
    if request["do"] == "lines":
        reply["lines"], reply["tampering"] = counting.result()
    after = [_encode(argument, ANY_SIZE) for argument in arguments]
    reply["changed"] = [place for place, old in enumerate(before) if old != after[place]]
    return reply


def _made_plain(function: Callable[..., Any], limit: int) -> Callable[..., Any]:
    """Return the function with all that its result may still make run, run while lines count.

    That is code of theirs which fills in a result when a stream is flushed, or an array is read.
    """

    def call(*arguments: Any) -> Any:
        value = function(*arguments)
        _flush()
        return _decode(_encode(value, limit))

    return call


def _flush() -> None:
    for stream in (_stdout, _stderr):
        try:
            stream.flush()
        except BaseException:
            continue
