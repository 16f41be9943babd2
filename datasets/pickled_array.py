"""The few names that a CIFAR-10 Python batch may use, and the inert records that they make."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass
class PickledArray:
    """An array as the pickle describes it: nothing is allocated or checked until `as_uint8`."""

    dtype: object = None
    shape: object = None
    payload: object = None
    order: object = None

    def as_uint8(self) -> NDArray[np.uint8]:
        """Return the array, uint8, in the shape that the pickle gives; it may be read-only.

        Raises ValueError where the dtype is not uint8, or shape and number of bytes disagree.
        """
        shape, payload = self.shape, self.payload
        if not isinstance(self.dtype, PickledDtype) or self.dtype.name not in ("u1", b"u1"):
            raise ValueError("it holds an array that is not uint8")
        if not isinstance(shape, tuple) or len(shape) > 2 or not all(_is_size(n) for n in shape):
            raise ValueError("it holds an array with an impossible shape")
        if not isinstance(payload, str | bytes | bytearray) or len(payload) != math.prod(shape):
            raise ValueError("it holds an array whose shape and number of bytes disagree")
        data = payload.encode("latin-1") if isinstance(payload, str) else payload
        return np.frombuffer(data, np.uint8).reshape(shape, order="F" if self.order == "F" else "C")


@dataclass(frozen=True)
class PickledDtype:
    """A dtype as the pickle names it, such as "u1"."""

    name: object


@dataclass(frozen=True)
class BatchName:
    """One of the names that a batch may use, and what calling it makes."""

    call: Callable[..., object]


def _is_size(number: object) -> bool:
    return type(number) is int and 0 <= number < 2**31


def _encode(text: str, codec: str) -> str:
    """Keep bytes that Python 3 wrote as latin-1 text: a copy a call could fill the memory."""
    if not isinstance(text, str) or codec not in ("latin1", "latin-1"):
        raise ValueError("it encodes something other than latin-1 text")
    return text


def _from_buffer(buffer: object, dtype: object, shape: object, order: object) -> PickledArray:
    return PickledArray(dtype, shape, buffer, order)


def _not_callable(*arguments: object) -> object:
    raise ValueError("it calls numpy.ndarray, which no batch does")


NAMES = {
    "numpy ndarray": BatchName(_not_callable),
    "numpy dtype": BatchName(lambda name, align, copy: PickledDtype(name)),
    "numpy.core.multiarray _reconstruct": BatchName(lambda subtype, shape, dtype: PickledArray()),
    "numpy._core.multiarray _reconstruct": BatchName(lambda subtype, shape, dtype: PickledArray()),
    "numpy.core.numeric _frombuffer": BatchName(_from_buffer),
    "numpy._core.numeric _frombuffer": BatchName(_from_buffer),
    "_codecs encode": BatchName(_encode),
}
