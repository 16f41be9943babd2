"""Messages: what is sent arrives as it was, and no bytes do harm."""

import json
import struct

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.sandbox.decoding import decode
from grading.sandbox.protocol import (
    HEADER_LIMIT,
    ProtocolError,
    TooLargeError,
    Unencodable,
    encode,
)

MIB = 2**20
dtypes = (
    arrays.boolean_dtypes()
    | arrays.integer_dtypes(endianness="?")
    | arrays.unsigned_integer_dtypes(endianness="?")
    | arrays.floating_dtypes(endianness="?")
)
some_arrays = arrays.arrays(dtypes, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0))
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
values = st.recursive(
    plain | some_arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=8,
)


def body(header, buffers=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + buffers


def same(left, right):
    """Equal to the last bit, and of one type."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, np.ndarray):
        equal = left.dtype == right.dtype and left.shape == right.shape
        return equal and left.tobytes() == right.tobytes()
    return left == right or (left != left and right != right)


@given(values)
def test_what_is_sent_arrives(value):
    assert same(decode(encode(value, MIB)), value)


@given(dtypes)
def test_a_numpy_number_keeps_its_type(dtype):
    number = np.ones((), dtype)[()]
    received = decode(encode(number, MIB))
    assert type(received) is type(number)
    assert received == number


def test_an_array_arrives_in_its_order_and_as_a_fresh_copy():
    X = np.asfortranarray(np.arange(35.0).reshape(5, 7))
    received = decode(encode([X, X[::2, ::-1]], MIB))
    assert np.array_equal(received[0], X)
    assert received[0].flags.f_contiguous
    assert received[0].flags.writeable
    assert received[0].flags.aligned
    assert np.array_equal(received[1], X[::2, ::-1])


class Lying(np.ndarray):
    """Says of itself what is not so."""

    def __array__(self, *args, **kwargs):
        raise AssertionError("it is asked nothing")

    __reduce__ = __repr__ = __float__ = __eq__ = __getitem__ = tolist = __array__
    shape = property(__array__)
    dtype = property(__array__)


class Number(float):
    """A float that runs code when it is looked at."""

    def __float__(self):
        raise AssertionError("it is asked nothing")

    __eq__ = __repr__ = __hash__ = __float__


def test_a_subclass_of_ndarray_is_sent_as_what_it_holds():
    lying = np.arange(6.0).reshape(2, 3).view(Lying)
    assert same(decode(encode(lying, MIB)), np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Number(3), "Number"),
        (1j, "complex"),
        (2**64, "int"),
        (object(), "object"),
        ((one for one in "ab"), "generator"),
        (np.array([object()]), "ndarray of object"),
        (np.array(["text"]), "ndarray of str128"),
        (np.zeros(2, "f8,i4"), "ndarray of void96"),
        (np.zeros(1, complex)[0], "complex128 of complex128"),
        (np.zeros((1,) * 9), "ndarray of float64"),
        ({1: 2}, "dict"),
        (b"".join, "builtin_function_or_method"),
        (type("X" * 1000, (), {})(), "X" * 100),
    ],
    ids=lambda given: given if type(given) is str else type(given).__name__,
)
def test_what_no_message_holds_leaves_the_name_of_its_type(value, name):
    assert decode(encode([value], MIB)) == [Unencodable(name)]


def test_a_list_that_holds_itself_comes_to_an_end():
    value = []
    value.append(value)
    assert b"unencodable" in encode(value, MIB)
    decode(encode(value, MIB))


def test_half_a_character_is_replaced():
    assert decode(encode("a\ud800b", MIB)) == "a?b"


def test_more_than_the_limit_is_not_sent():
    with pytest.raises(TooLargeError, match="at most 1000 can be sent"):
        encode(np.zeros(200), 1000)
    with pytest.raises(TooLargeError, match="at most 1000 can be sent"):
        encode(["ab"] * 300, 1000)
    wide = np.broadcast_to(0.0, (10**9, 10**9))  # its content is 8 bytes, and 8e18 when copied
    with pytest.raises(TooLargeError):
        encode(wide, 1000)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0\0\0\1",
        body(b""),
        body(b"nonsense"),
        body(b"\xff"),
        body(b"[" * 100_000),
        body(b'{"list":[' * 20_000 + b"]}" * 20_000),
        body(b"9" * 5000),
        body(b"9" * 4000),
        body(2**64),
        body({"list": [-(2**63) - 1]}),
        struct.pack(">I", HEADER_LIMIT + 1) + b" " * (HEADER_LIMIT + 1),
        body({}),
        body([1]),
        body({"list": 3}),
        body({"list": [], "tuple": []}),
        body({"set": []}),
        body({"dict": [[1, 2]]}),
        body({"dict": [["a"]]}),
        body({"bytes": -1}),
        body({"bytes": 5}, b"abcd"),
        body({"bytes": 3}, b"abcd"),
        body({"bytes": True}, b"a"),
        body({"bytes": 1.0}, b"a"),
        body({"array": ["|O", [1], "C"]}, bytes(8)),
        body({"array": ["<c16", [1], "C"]}, bytes(16)),
        body({"array": ["<f8,<f8", [1], "C"]}, bytes(16)),
        body({"array": ["<U1", [1], "C"]}, bytes(4)),
        body({"array": [["<f8"], [1], "C"]}, bytes(8)),
        body({"array": ["<f8", [2], "C"]}, bytes(8)),
        body({"array": ["<f8", [-1], "C"]}, bytes(8)),
        body({"array": ["<f8", [1.0], "C"]}, bytes(8)),
        body({"array": ["<f8", [1] * 9, "C"]}, bytes(8)),
        body({"array": ["<f8", [0, 2**47, 2**47], "C"]}),
        body({"array": ["<f8", [1], "K"]}, bytes(8)),
        body({"array": ["<f8", [1]]}, bytes(8)),
        body({"scalar": "|V8"}, bytes(8)),
        body({"unencodable": ["a"]}),
        body({"list": [0] * 500_000}),
    ],
    ids=lambda message: repr(message[4:40]),
)
def test_a_malformed_message_is_refused(message):
    with pytest.raises(ProtocolError):
        decode(message)


def test_a_bool_is_true_or_false_whatever_its_byte():
    received = decode(body({"array": ["|b1", [4], "C"]}, bytes([0, 1, 2, 255])))
    assert received.tobytes() == bytes([0, 1, 1, 1])


def only_protocol_errors(message):
    try:
        decode(message)
    except ProtocolError:
        return


@given(st.binary(max_size=200))
def test_random_bytes_are_decoded_or_refused(message):
    only_protocol_errors(message)
    only_protocol_errors(body(message))


@given(values, st.data())
@settings(max_examples=200)
def test_damaged_messages_are_decoded_or_refused(value, data):
    message = bytearray(encode(value, MIB))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(message) - 1))
        message[place] = data.draw(st.integers(0, 255))
    only_protocol_errors(bytes(message))
    only_protocol_errors(bytes(message[: data.draw(st.integers(0, len(message)))]))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["<f8", "|b1", "C"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["list", "tuple", "dict", "bytes", "array", "scalar", "unencodable"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@given(json_values, st.binary(max_size=16))
def test_any_json_is_decoded_or_refused(header, buffers):
    only_protocol_errors(body(header, buffers))
