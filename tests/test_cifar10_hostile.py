"""Nothing of a hostile batch runs, and neither a batch nor an archive can fill the memory."""

import gzip
import io
import os
import pickle
import struct
import subprocess
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.cifar10 import read_cifar10
from datasets.cifar10_files import DatasetError, parse_python
from tests.cifar10_samples import (
    BATCHES,
    binary_bytes,
    python2_bytes,
    python3_bytes,
    tiny_batch,
    write_python,
)

MIB = 2**20
ROWS, LABELS = tiny_batch("data_batch_2")


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * MIB


class Call:
    """Pickles as a call of a function, which an unpickler is to make."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.arguments


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


RUNS: dict[str, Callable[[str], bytes]] = {
    "os.system": lambda path: pickle.dumps({"data": Call(os.system, f"touch {path}")}, 2),
    "STACK_GLOBAL": lambda path: pickle.dumps(Call(os.system, f"touch {path}"), 4),
    "eval": lambda path: pickle.dumps(Call(eval, f"open({path!r}, 'w').close()"), 2),
    "exec": lambda path: pickle.dumps([Call(exec, f"open({path!r}, 'w').close()")], 5),
    "subprocess": lambda path: pickle.dumps(Call(subprocess.check_call, ["touch", path]), 2),
    "numpy.save": lambda path: pickle.dumps(Call(np.save, path, 1), 4),
    "INST": lambda path: b"(" + text(f"touch {path}") + b"ios\nsystem\n.",
    "OBJ": lambda path: b"(csubprocess\nPopen\n" + text(f"touch {path}") + b"NNNNNNN\x88o.",
    "getattr": lambda path: (
        (b"cbuiltins\ngetattr\n(cbuiltins\n__import__\n(" + text("os") + b"tR")
        + (text("system") + b"tR(" + text(f"touch {path}") + b"tR.")
    ),
    "in the middle of a whole batch": lambda path: (
        python2_bytes(ROWS, LABELS)[:-2] + text("x") + b"cos\nsystem\n("
        + text(f"touch {path}") + b"tRu."
    ),
}  # fmt: skip


@pytest.mark.parametrize("build", RUNS.values(), ids=RUNS)
def test_code_in_a_batch_does_not_run(build: Callable[[str], bytes], tmp_path: Path) -> None:
    canary = tmp_path / "canary.npy"
    payload = build(str(canary))
    batch = write_python(tmp_path) / "data_batch_2"
    batch.write_bytes(payload)
    with pytest.raises(DatasetError, match=f"^{batch} is refused: it (asks for|uses) "):
        read_cifar10(tmp_path)
    assert not canary.exists()
    child = pickle.loads(payload, encoding="latin1")
    if isinstance(child, subprocess.Popen):
        child.wait()
    assert canary.exists(), "the test itself: Python's own unpickler does run this one"


def test_the_message_names_what_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"asks for builtins\.eval, which no batch contains"):
        parse_python(pickle.dumps(Call(eval, "1"), 4), "data_batch_2")


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
ENCODE = b"c_codecs\nencode\n"
U1 = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
HUGE = b"\x8a\x06" + (10**13).to_bytes(6, "little")
LAUGHS = b"]q\x00" + b"".join(b"]h%ca" % i + b"h%ca" % i + b"q%c" % (i + 1) for i in range(90))
LONG_TEXT = b"X" + struct.pack("<I", 2**20) + b"x" * 2**20
OBJECTS = np.array([[None] * 3072], object)


def state(shape: bytes, dtype: bytes = U1, payload: bytes = b"U\x01x") -> bytes:
    return b"(K\x01" + shape + dtype + b"\x89" + payload + b"tb"


def as_data(array: bytes) -> bytes:
    return b"\x80\x02}(U\x06labels]K\x01aU\x04data" + array + b"u."


REFUSED: dict[str, tuple[bytes, str]] = {
    "a huge shape": (as_data(ARRAY + state(b"K\x01" + HUGE + b"\x86")), "impossible shape"),
    "a huge call": (as_data(b"cnumpy\nndarray\n" + HUGE + b"\x85R"), "calls numpy.ndarray"),
    "a huge NEWOBJ": (as_data(b"cnumpy\nndarray\n" + HUGE + b"\x85\x81"), "uses NEWOBJ"),
    "a huge _reconstruct": (as_data(ARRAY.replace(b"K\x00\x85", HUGE + b"\x85")), "not uint8"),
    "an overflow": (as_data(ARRAY + state(b"J\x00\x00\x00\x40" * 2 + b"\x86")), "disagree"),
    "a negative shape": (as_data(ARRAY + state(b"J\xff\xff\xff\xff" * 2 + b"\x86")), "impossible"),
    "a shape of three": (as_data(ARRAY + state(b"K\x01K\x01K\x01\x87")), "impossible shape"),
    "a shape of text": (as_data(ARRAY + state(b"U\x01a\x85")), "impossible shape"),
    "a shape of bools": (as_data(ARRAY + state(b"\x88\x85")), "impossible shape"),
    "a list as shape": (as_data(ARRAY + state(b"]K\x01a")), "impossible shape"),
    "too few bytes": (as_data(ARRAY + state(b"K\x01M\x00\x0c\x86")), "disagree"),
    "a list of bytes": (as_data(ARRAY + state(b"K\x01\x85", payload=b"]K\x01a")), "disagree"),
    "pointers": (as_data(ARRAY + state(b"K\x01\x85", U1.replace(b"u1", b"O8"))), "not uint8"),
    "a dtype of text": (as_data(ARRAY + state(b"K\x01\x85", b"U\x02u1")), "not uint8"),
    "a short state": (as_data(ARRAY + b"K\x01\x85b"), "sets the state"),
    "a number as state": (as_data(ARRAY + b"K\x01b"), "sets the state"),
    "a state for a list": (as_data(b"]}b"), "sets the state"),
    "no state": (as_data(ARRAY), "not uint8"),
    "objects": (pickle.dumps({"data": OBJECTS, "labels": [1]}, 4), "not uint8"),
    "objects in protocol 5": (pickle.dumps({"data": OBJECTS, "labels": [1]}, 5), "not uint8"),
    "records": (pickle.dumps({"data": np.zeros((1, 3072), "u1,u1"), "labels": [1]}), "refused"),
    "wide text": (as_data(ARRAY + state(b"K\x01\x85", payload=b"X\x02\0\0\0\xc4\x80")), "latin-1"),
    "another codec": (as_data(ENCODE + b"X\x01\0\0\0xX\x03\0\0\0zip\x86R"), "other than latin-1"),
    "a coded number": (as_data(ENCODE + b"K\x01X\x06\0\0\0latin1\x86R"), "other than latin-1"),
    "a called list": (as_data(b"](K\x01tR"), "calls something that is not a function"),
    "a call with a list": (as_data(b"cnumpy\ndtype\n]K\x01aK\x01aK\x01aR"), "calls something"),
    "a call with too much": (as_data(b"cnumpy\ndtype\n(K\x01K\x01K\x01K\x01tR"), "well-formed"),
    "a name of numbers": (b"\x80\x04K\x01K\x02\x93.", "nameless"),
    "a persistent id": (b"Pthing\n.", "uses PERSID"),
    "a binary persistent id": (b"K\x01Q.", "uses BINPERSID"),
    "an extension": (b"\x82\x01.", "uses EXT1"),
    "a buffer from elsewhere": (b"\x80\x05\x97.", "uses NEXT_BUFFER"),
    "a set": (pickle.dumps({"data": {1}, "labels": [1]}, 4), "uses EMPTY_SET"),
    "a billion laughs": (LAUGHS + b".", "not hold a dictionary"),
    "laughs as labels": (LAUGHS + b"}(U\x06labelsh\x5aU\x04data" + ARRAY + b"u.", "image 0"),
    "laughs as a key": (b"})" + b"q\x01h\x01\x86" * 200 + b"Ns.", "keys are not text"),
    "a deep list": (b"]" * 100_000 + b"a" * 99_999 + b".", "not hold a dictionary"),
    "a deep key": (b"})" + b"\x85" * 100_000 + b"Ns.", "keys are not text"),
    "a list in itself": (b"}(U\x06labels]q\x01h\x01aU\x04data" + ARRAY + b"u.", "image 0"),
    "many opcodes": (b"N" * 10 * MIB, "as opcode 250000"),
    "many dictionaries": (b"(" + b"}" * 10 * MIB + b"l.", "as opcode 250000"),
    "a copy by each call": (
        (b"}" + ENCODE + b"q\x01" + LONG_TEXT + b"X\x06\0\0\0latin1\x86q\x02")
        + b"h\x01h\x02R" * 1000 + b".",
        "not hold a dictionary",
    ),
    "a copy by each state": (
        LONG_TEXT + b"q\x01" + (ARRAY + state(b"J\0\0\x10\0\x85", payload=b"h\x01")) * 500 + b".",
        "not hold a dictionary",
    ),
    "a far memo": (b"}r\xff\xff\xff\x7f.", "not hold an array"),
    "a long integer": (b"\x8b\0\0\x40\0" + b"\x7f" * 2**22 + b".", "uses LONG4"),
    "a decimal integer": (b"I" + b"9" * 5000 + b"\n.", "4300 digits"),
    "a string of 2 GiB": (b"T\xff\xff\xff\x7fx.", "only 2 remain"),
    "a string below zero": (b"T\xff\xff\xff\xffx.", "byte count < 0"),
    "bytes of 8 EiB": (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fx.", "only 2 remain"),
    "a frame of 8 EiB": (b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f}.", "not hold an array"),
    "a string without quotes": (b"S" + b"x" * 100_000 + b"\n.", "quotes"),
    "an empty stack": (b"a.", "not a well-formed pickle"),
    "a stack of one": (b"K\x01\x86.", "not a well-formed pickle"),
    "an empty mark": (b"e.", "not a well-formed pickle"),
    "an unknown memo": (b"h\x07.", "not a well-formed pickle"),
    "half a pair": (b"}(U\x01au.", "sets items"),
    "items of a list": (b"](U\x01aK\x01u.", "sets items"),
    "elements of a dictionary": (b"}(K\x01e.", "appends to something"),
    "nothing at all": (b".", "not a well-formed pickle"),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_batch_that_is_none_is_refused_in_little_memory(
    payload: bytes, reason: str, tmp_path: Path
) -> None:
    batch = write_python(tmp_path) / "data_batch_2"
    batch.write_bytes(payload)
    with little_memory(), pytest.raises(DatasetError, match=f"^{batch} .*{reason}") as refusal:
        read_cifar10(tmp_path)
    assert len(str(refusal.value)) < len(str(batch)) + 250


def test_a_batch_larger_than_any_is_not_even_read(tmp_path: Path) -> None:
    for batch in (write_python(tmp_path) / "data_batch_2", tmp_path / "data_batch_1.bin"):
        with batch.open("wb") as file:
            file.truncate(65 * MIB)
    with little_memory(), pytest.raises(DatasetError, match="data_batch_2 has 68157440 bytes"):
        read_cifar10(tmp_path / "cifar-10-batches-py")
    for name in BATCHES:
        (tmp_path / f"{name}.bin").write_bytes(b"\x00" * 3073)
    with (tmp_path / "test_batch.bin").open("wb") as file:
        file.truncate(65 * MIB)
    with little_memory(), pytest.raises(DatasetError, match=r"test_batch\.bin has 68157440 bytes"):
        read_cifar10(tmp_path)


@given(st.data(), st.sampled_from([python2_bytes(ROWS, LABELS), python3_bytes(ROWS, LABELS, 5)]))
def test_a_changed_pickle_is_read_or_refused_and_nothing_else(
    data: st.DataObject, whole: bytes
) -> None:
    pixels = whole.index(ROWS.tobytes())
    outside = [*range(pixels), *range(pixels + ROWS.size, len(whole))]
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.sampled_from(outside))] = data.draw(st.integers(0, 255))
    with suppress(DatasetError):
        assert parse_python(bytes(changed), "batch").rows.shape == ROWS.shape


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


FOLDER = "cifar-10-batches-bin/"
SECOND = f"{FOLDER}data_batch_2.bin"
WHOLE = [member(f"{FOLDER}{name}.bin", binary_bytes(*tiny_batch(name))) for name in BATCHES]


def tar_bytes(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if data else None)
    return file.getvalue()


def pax_bomb() -> bytes:
    """A header of 100 MiB before the first member: tarfile reads a header at one go."""
    info = tarfile.TarInfo("bomb")
    info.type, info.size = tarfile.XHDTYPE, 100 * MIB
    return info.tobuf() + bytes(100 * MIB) + tar_bytes(WHOLE)


def archive(path: Path, unpacked: bytes) -> Path:
    path.write_bytes(gzip.compress(unpacked, 1))
    return path


HOLES = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
HOLES |= {"GNU.sparse.realsize": "99"}
HOSTILE_TARS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a symlink": (
        lambda: tar_bytes([member(SECOND, type=tarfile.SYMTYPE, linkname="/etc/passwd"), *WHOLE]),
        "data_batch_2.bin' is neither a plain file nor a folder",
    ),
    "a hard link": (
        lambda: tar_bytes([*WHOLE, member(f"{FOLDER}x", type=tarfile.LNKTYPE, linkname=SECOND)]),
        "x' is neither a plain file",
    ),
    "a device": (
        lambda: tar_bytes([member(f"{FOLDER}x", type=tarfile.CHRTYPE), *WHOLE]),
        "x' is neither a plain file",
    ),
    "a pipe": (
        lambda: tar_bytes([member(SECOND, type=tarfile.FIFOTYPE), *WHOLE]),
        "data_batch_2.bin' is neither a plain file",
    ),
    "a file with holes": (
        lambda: tar_bytes([member(SECOND, type=tarfile.GNUTYPE_SPARSE), *WHOLE]),
        "data_batch_2.bin' is neither a plain file",
    ),
    "a broken table of holes": (
        lambda: tar_bytes([member(SECOND, b"x" * 512, pax_headers=HOLES), *WHOLE]),
        "cut short or damaged",
    ),
    "a table of holes": (
        lambda: tar_bytes([member(SECOND, b"0\n".ljust(512, b"\0"), pax_headers=HOLES), *WHOLE]),
        "x' is neither a plain file",
    ),
    "a way out": (
        lambda: tar_bytes([member(f"../{SECOND}", b"x"), *WHOLE]),
        "data_batch_2.bin' leads out of its folder",
    ),
    "an absolute name": (
        lambda: tar_bytes([member("/etc/passwd", b"x"), *WHOLE]),
        "/etc/passwd' leads out",
    ),
    "a name that is very long": (
        lambda: tar_bytes([member("../" + "x" * 5000, b"x"), *WHOLE]),
        "xxx' leads out",
    ),
    "a batch twice": (lambda: tar_bytes([*WHOLE, WHOLE[1]]), "holds data_batch_2 twice"),
    "a batch in both layouts": (
        lambda: tar_bytes(
            [*WHOLE, member("cifar-10-batches-py/data_batch_2", python2_bytes(ROWS, LABELS))]
        ),
        "holds data_batch_2 twice",
    ),
    "a batch of 100 MiB of zeros": (
        lambda: tar_bytes([member(SECOND, bytes(100 * MIB)), *WHOLE]),
        "data_batch_2.bin' says that it has 104857600 bytes",
    ),
    "a stranger of 100 MiB of zeros": (
        lambda: tar_bytes([*WHOLE, member("readme", bytes(100 * MIB))]),
        "readme' says that it has 104857600 bytes",
    ),
    "a size of 8 GiB without the bytes": (
        lambda: member(SECOND, size=2**33)[0].tobuf(tarfile.GNU_FORMAT),
        "data_batch_2.bin' says that it has 8589934592 bytes",
    ),
    "a size below zero": (
        lambda: member(SECOND, size=-1024)[0].tobuf(tarfile.GNU_FORMAT),
        "data_batch_2.bin' says that it has -1024 bytes",
    ),
    "a header of 100 MiB": (pax_bomb, "more bytes than its members' headers announce"),
    "100 MiB after the end": (
        lambda: tar_bytes(WHOLE) + bytes(100 * MIB),
        "more bytes than its members' headers announce",
    ),
    "many members": (
        lambda: tar_bytes([*WHOLE, *(member(f"{i}") for i in range(60))]),
        "more than 64 members",
    ),
    "a member cut short": (lambda: tar_bytes(WHOLE)[:20_000], "cut short or damaged"),
    "no member that is known": (lambda: tar_bytes([member("readme", b"x")]), "lacks data_batch_1"),
    "no member": (lambda: tar_bytes([]), "cut short or damaged|lacks data_batch_1"),
    "no tar": (lambda: b"text " * 1000, "cut short or damaged"),
    "nothing": (lambda: b"", "cut short or damaged"),
}


@pytest.mark.parametrize(("build", "reason"), HOSTILE_TARS.values(), ids=HOSTILE_TARS)
def test_a_hostile_archive_is_refused_in_little_memory_and_leaves_nothing(
    build: Callable[[], bytes], reason: str, tmp_path: Path
) -> None:
    path = archive(tmp_path / "mine.tar.gz", build())
    with little_memory(), pytest.raises(DatasetError, match=f"^{path}.*({reason})") as refusal:
        read_cifar10(path)
    assert len(str(refusal.value)) < len(str(path)) + 250
    assert list(tmp_path.iterdir()) == [path]


NO_ARCHIVES = {
    "a page": b"<!DOCTYPE html><html>not found</html>",
    "a zip": b"PK\x03\x04" + bytes(30),
    "a plain tar": tar_bytes(WHOLE),
    "an empty file": b"",
}


@pytest.mark.parametrize("content", NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_what_is_no_archive_is_named_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"^{path} is not a .tar.gz archive, it starts with"):
        read_cifar10(tmp_path)


@pytest.mark.parametrize("keep", [10, 1000, 30_000, -9, -1])
def test_an_archive_cut_short_is_named_so(keep: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "mine.tar.gz", tar_bytes(WHOLE))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match=f"^{path} is cut short or damaged"):
        read_cifar10(path)


def test_a_broken_block_within_a_member_is_named_as_damage(tmp_path: Path) -> None:
    deflate = zlib.compressobj(wbits=31)
    start = deflate.compress(tar_bytes([member(SECOND, bytes(30 * 3073))])[:50_000])
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(start + deflate.flush(zlib.Z_FULL_FLUSH) + b"\xff" * 100)
    with pytest.raises(DatasetError, match=f"^{path} is cut short or damaged .*invalid block type"):
        read_cifar10(path)


def test_a_changed_pixel_in_an_archive_is_found_by_its_checksum(tmp_path: Path) -> None:
    stored = gzip.compress(tar_bytes(WHOLE), 0)
    changed = stored.replace(ROWS.tobytes()[:9], ROWS.tobytes()[:8] + b"\x00")
    assert changed != stored
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(changed)
    with pytest.raises(DatasetError, match="CRC check failed"):
        read_cifar10(path)


@given(data=st.data())
def test_a_changed_header_of_an_archive_is_read_or_refused_and_nothing_else(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unpacked = bytearray(tar_bytes([member("readme", b"text"), *WHOLE]))
    for _ in range(data.draw(st.integers(1, 4))):
        unpacked[data.draw(st.integers(0, 511))] = data.draw(st.integers(0, 255))
    info = unpacked[:148] + b" " * 8 + unpacked[156:512]
    unpacked[148:156] = b"%06o\0 " % sum(info)  # a right checksum, or every change ends here
    path = archive(tmp_path_factory.mktemp("changed") / "mine.tar.gz", bytes(unpacked))
    with suppress(DatasetError):
        assert len(read_cifar10(path).train_images) == 15


def test_a_changed_byte_of_an_archive_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    zeros = [member(f"{FOLDER}{name}.bin", bytes(3 * 3073)) for name in BATCHES]
    stored = gzip.compress(tar_bytes(zeros), 9)
    path = tmp_path / "mine.tar.gz"
    for place in range(len(stored)):
        path.write_bytes(stored[:place] + bytes([stored[place] ^ 255]) + stored[place + 1 :])
        with suppress(DatasetError):
            assert not read_cifar10(path).train_images.any()
