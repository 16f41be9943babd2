"""Read the messages that protocol.py makes, whoever has made them."""

import json
import math
import struct
from typing import Any

import numpy as np

from grading.sandbox.protocol import (
    DEPTH_LIMIT,
    DTYPES,
    HEADER,
    HEADER_LIMIT,
    NAME_LIMIT,
    NDIM_LIMIT,
    NODE_LIMIT,
    TEXT_LIMIT,
    ProtocolError,
    Unencodable,
)

REFUSALS = (
    ValueError,
    TypeError,
    OverflowError,
    StopIteration,
    RecursionError,
    MemoryError,
    struct.error,
)

# Bound here as in protocol.py: a worker decodes too, beside code that may replace what is not.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined] # in C, as those of protocol.py
_frombuffer, _prod, _uint8 = np.frombuffer, math.prod, np.uint8


def decode(body: bytes | bytearray) -> Any:
    """Return the value that the body of a message holds, built of this process's own types.

    Raises ProtocolError, and nothing else, for bytes that are no message.
    """
    try:
        return _Decoder(memoryview(body)).value()
    except ProtocolError:
        raise
    except REFUSALS as problem:
        raise ProtocolError(f"The message is malformed: {type(problem).__name__}.") from None


class _Decoder:
    """Builds a value from a header's tree and the buffers behind it."""

    def __init__(self, body: memoryview) -> None:
        (size,) = HEADER.unpack(body[: HEADER.size])
        if size > HEADER_LIMIT:
            raise ProtocolError(f"A header of {size} bytes; at most {HEADER_LIMIT} are read.")
        end = HEADER.size + size
        if end > len(body):
            raise ProtocolError("The header is cut.")
        self.header = str(body[HEADER.size : end], "ascii")
        self.buffers, self.nodes = body[end:], 0

    def value(self) -> Any:
        """Return the whole value; nothing may be left over."""
        tree, end = _scan(self.header, 0)
        found = self._node(tree, 0)
        if end != len(self.header) or len(self.buffers):
            raise ProtocolError("Something is left over.")
        return found

    def _node(self, node: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > NODE_LIMIT or depth > DEPTH_LIMIT + 1:
            raise ProtocolError("The message has too many parts.")
        if type(node) is str:
            return _clean(node)
        if type(node) is int and not -(2**63) <= node < 2**64:
            raise ProtocolError("A number is too large.")
        if node is None or type(node) in (bool, int, float):
            return node
        if type(node) is not dict or len(node) != 1:
            raise ProtocolError("An unknown part.")
        ((kind, content),) = node.items()
        return self._part(kind, content, depth)

    def _part(self, kind: str, content: Any, depth: int) -> Any:
        if kind in ("list", "tuple"):
            items = [self._node(item, depth + 1) for item in _list(content)]
            return items if kind == "list" else tuple(items)
        if kind == "dict":
            pairs = [_list(pair, 2) for pair in _list(content)]
            return {_text(key): self._node(item, depth + 1) for key, item in pairs}
        if kind == "bytes":
            return bytes(self._take(_size(content)))
        if kind == "array":
            name, shape, order = _list(content, 3)
            return self._array(_text(name), tuple(map(_size, _list(shape))), _text(order))
        if kind == "scalar":
            return self._array(_text(content), (), "C")[()]
        if kind == "unencodable":
            return Unencodable(_text(content)[:NAME_LIMIT])
        raise ProtocolError("An unknown part.")

    def _array(self, name: str, shape: tuple[int, ...], order: str) -> Any:
        if name not in DTYPES or len(shape) > NDIM_LIMIT or order not in ("C", "F"):
            raise ProtocolError("An array of unknown dtype, dimension or order.")
        dtype = DTYPES[name]
        content = self._take(_prod(shape) * dtype.itemsize)
        if dtype.kind == "b":  # a byte of a bool must be 0 or 1
            content = memoryview((_frombuffer(content, _uint8) != 0).tobytes())
        flat = _frombuffer(content, dtype).copy()
        return flat.reshape(shape, order="F" if order == "F" else "C")

    def _take(self, size: int) -> memoryview:
        if size > len(self.buffers):
            raise ProtocolError("The message is cut.")
        taken, self.buffers = self.buffers[:size], self.buffers[size:]
        return taken


def _clean(text: str) -> str:
    """A text without half characters, which nothing could write."""
    return text[:TEXT_LIMIT].encode("utf-8", "replace").decode()


def _text(given: Any) -> str:
    if type(given) is not str:
        raise ProtocolError("A part is not a text.")
    return _clean(given)


def _size(given: Any) -> int:
    if type(given) is not int or not 0 <= given < 2**48:
        raise ProtocolError("A size is not a size.")
    return given


def _list(given: Any, length: int | None = None) -> list[Any]:
    if type(given) is not list or length not in (None, len(given)):
        raise ProtocolError("A part is not a list of the right length.")
    return given
