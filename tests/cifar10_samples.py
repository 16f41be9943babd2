"""Tiny CIFAR-10 sets, written the ways that people have them."""

import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TRAIN = [f"data_batch_{i}" for i in range(1, 6)]
BATCHES = [*TRAIN, "test_batch"]
COUNTS = dict(zip(BATCHES, (3, 5, 4, 2, 1, 7), strict=True))

Rows = NDArray[np.uint8]


def tiny_batch(name: str) -> tuple[Rows, list[int]]:
    random = np.random.default_rng(BATCHES.index(name))
    rows = random.integers(0, 256, (COUNTS[name], 3072), np.uint8)
    return rows, [int(label) for label in random.integers(0, 10, COUNTS[name])]


def binary_bytes(rows: Rows, labels: list[int]) -> bytes:
    return np.column_stack([np.array(labels, np.uint8), rows]).tobytes()


def python2_bytes(rows: Rows, labels: list[int]) -> bytes:
    """The opcodes of Python 2's pickler: one-byte strings, numpy's old module name."""
    shape = b"K" + bytes([len(rows)]) + b"M" + struct.pack("<H", rows.shape[1]) + b"\x86"
    state = b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R" + state
    content = b"\x89T" + struct.pack("<I", rows.size) + rows.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    return (
        b"\x80\x02}q\x01(U\x06labels]q\x02("
        + numbers
        + b"eU\x04data"
        + array
        + shape
        + dtype
        + content
        + b"tbu."
    )


def python3_bytes(rows: Rows, labels: list[int], protocol: int = 4) -> bytes:
    return pickle.dumps({"data": rows, "labels": labels}, protocol)


def write_binary(parent: Path) -> Path:
    folder = parent / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for name in BATCHES:
        (folder / f"{name}.bin").write_bytes(binary_bytes(*tiny_batch(name)))
    return folder


def write_python(parent: Path) -> Path:
    folder = parent / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name in BATCHES:
        (folder / name).write_bytes(python2_bytes(*tiny_batch(name)))
    return folder


def pack(folder: Path, archive: Path, prefix: str = "") -> Path:
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(folder, arcname=prefix + folder.name)
    return archive
