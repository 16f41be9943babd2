"""Messages between grader and worker: JSON and raw numpy buffers with checked sizes, never pickle.

A message is 8 bytes with its length and then its body: 4 bytes with the length of a header, the
header, and buffers.  The header is JSON.  In it null, true, numbers and text stand for themselves;
everything else is an object with one key: list, tuple, dict (of pairs), bytes (their number), array
(dtype, shape, order), scalar (dtype) or unencodable (name of a type).  Bytes, arrays and scalars
take their content from the buffers, in order, and the buffers must be just long enough.

Here messages are made; decoding.py reads them.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

LENGTH = struct.Struct(">Q")
HEADER = struct.Struct(">I")
HEADER_LIMIT = 4 * 2**20  # bytes
TEXT_LIMIT = 100_000  # characters; a longer text is cut
NAME_LIMIT = 100
DEPTH_LIMIT, NODE_LIMIT, NDIM_LIMIT = 32, 200_000, 8
DTYPES = {
    name: np.dtype(name)
    for kind in ("?", *"bBhHiIqQ", *"efdg")
    for order in "<>"
    for name in [np.dtype(kind).newbyteorder(order).str]
}

# Bound here, so that what a submission puts in their place is not used.  The parts of json are the
# ones in C, since the others look up built-ins, which a submission may have replaced.
_chunks = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, None, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
)
_ndarray, _generic, _array = np.ndarray, np.generic, np.array
_each_of_list, _each_of_tuple = list.__iter__, tuple.__iter__
_type_name = type.__dict__["__name__"].__get__


class ProtocolError(Exception):
    """Bytes that are no message; the text says what is wrong with them."""


class TooLargeError(Exception):
    """A value that takes more bytes than a message may have."""


@dataclass(frozen=True)
class Unencodable:
    """Stands for an object that no message holds; type_name is the name of its class."""

    type_name: str


def exact(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the first characters of a text as a plain str, whatever subclass it was."""
    return str.__getitem__(text, slice(0, limit))


def type_name(value: Any) -> str:
    """Return the name of a value's class, without running code of that class."""
    return exact(_type_name(type(value)), NAME_LIMIT)


def encode(value: Any, limit: int) -> bytes:
    """Return the body of a message.

    Args:
        value: what to send; a part of it that no message holds is sent as Unencodable.
        limit: how many bytes the body may have.

    Raises TooLargeError beyond the limit.
    """
    encoder = _Encoder(limit)
    header = "".join(_chunks(encoder.tree(value, 0), 0)).encode("ascii")
    if len(header) > HEADER_LIMIT or len(header) + HEADER.size + encoder.size > limit:
        raise TooLargeError(f"{len(header) + encoder.size} bytes; at most {limit} can be sent.")
    return b"".join([HEADER.pack(len(header)), header, *encoder.buffers])


class _Encoder:
    """Makes the header's tree and collects the buffers."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.nodes = limit, 0, 0
        self.buffers: list[Any] = []

    def tree(self, value: Any, depth: int) -> Any:
        """Return what stands for the value in the header."""
        kind = type(value)
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            raise TooLargeError(f"More than {NODE_LIMIT} items in lists, tuples and dicts.")
        if value is None or kind is bool or kind is float:
            return value
        if kind is str:
            return exact(value)
        if kind is int and -(2**63) <= value < 2**64:
            return value
        if kind is Unencodable:
            return {"unencodable": value.type_name}
        if kind is bytes:
            self._keep(value, len(value))
            return {"bytes": len(value)}
        if depth < DEPTH_LIMIT:
            if kind is list:
                return {"list": [self.tree(item, depth + 1) for item in _each_of_list(value)]}
            if issubclass(kind, tuple):  # a named one is a tuple to the grader
                return {"tuple": [self.tree(item, depth + 1) for item in _each_of_tuple(value)]}
            if kind is dict and all(type(key) is str for key in value):
                pairs = [[exact(key), self.tree(value[key], depth + 1)] for key in list(value)]
                return {"dict": pairs}
        if issubclass(kind, _ndarray | _generic):
            return self._numpy(value, kind)
        return {"unencodable": type_name(value)}

    def _numpy(self, value: Any, kind: type) -> Any:
        try:
            plain = value if kind is _ndarray else _array(value, copy=True, subok=False)
            name, shape = plain.dtype.str, plain.shape
        except Exception:
            return {"unencodable": type_name(value)}
        if name not in DTYPES or len(shape) > NDIM_LIMIT:
            return {"unencodable": f"{type_name(value)} of {plain.dtype.name}"[:NAME_LIMIT]}
        fortran = plain.flags.f_contiguous and not plain.flags.c_contiguous
        self._keep(plain.T if fortran else plain, plain.nbytes)
        if issubclass(kind, _generic):
            return {"scalar": name}
        return {"array": [name, list(shape), "F" if fortran else "C"]}

    def _keep(self, content: Any, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise TooLargeError(f"{self.size} bytes; at most {self.limit} can be sent.")
        self.buffers.append(content if type(content) is bytes else content.tobytes())
