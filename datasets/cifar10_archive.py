"""CIFAR-10 out of either .tar.gz, member by member: nothing is extracted to disk."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from datasets.cifar10_files import (
    BATCHES,
    LAYOUTS,
    MAX_BATCH_BYTES,
    Batch,
    DatasetError,
    gather,
)
from datasets.raw import RawImages

MAX_MEMBERS = 64  # the official archives have 8 and 9
OVERHEAD_BYTES = 64 * 2**10  # what may stand between two members: headers and padding
MEMBERS = {
    f"{layout.folder}/{batch}{layout.suffix}": (batch, layout)
    for layout in LAYOUTS
    for batch in BATCHES
}


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than it was last allowed, however much was asked for."""

    def __init__(self, stream: gzip.GzipFile, path: Path) -> None:
        self.stream, self.path, self.left = stream, path, OVERHEAD_BYTES

    def allow(self, size: int) -> None:
        self.left = size + OVERHEAD_BYTES

    def read(self, size: int = -1, /) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise DatasetError(
                f"{self.path} holds more bytes than its members' headers announce: fetch it again."
            )
        return data


def read_archive(path: Path) -> RawImages:
    """Return the images of cifar-10-python.tar.gz or cifar-10-binary.tar.gz, whatever its name is.

    Raises DatasetError where it is no such archive, cut short, damaged or hostile.
    """
    _check_gzip(path)
    try:
        return gather(_members(path), path)
    except DatasetError:
        raise
    except (EOFError, OSError, ValueError, zlib.error, tarfile.TarError) as error:
        raise DatasetError(f"{path} is cut short or damaged ({error}): fetch it again.") from error


def _check_gzip(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(16)
    if not start.startswith(b"\x1f\x8b"):
        raise DatasetError(
            f"{path} is not a .tar.gz archive, it starts with {start!r}: fetch it again."
        )


def _members(path: Path) -> Iterator[tuple[str, Batch]]:
    with gzip.open(path) as unpacked:
        source = _Bounded(unpacked, path)
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for count, member in enumerate(tar):
                _check_member(member, count, path)
                source.allow(member.size)
                if wanted := MEMBERS.get(member.name.removeprefix("./")):
                    batch, layout = wanted
                    yield batch, layout.parse(_content(tar, member), f"{path}: {member.name}")
        while source.read(OVERHEAD_BYTES):  # gzip compares its checksum at the very end
            pass


def _check_member(member: tarfile.TarInfo, count: int, path: Path) -> None:
    name = f"{path}: {member.name[:80]!r}"
    if count >= MAX_MEMBERS:
        raise DatasetError(f"{path} holds more than {MAX_MEMBERS} members, expected 8 or 9.")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise DatasetError(f"{name} is neither a plain file nor a folder.")
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise DatasetError(f"{name} leads out of its folder.")
    if not 0 <= member.size <= MAX_BATCH_BYTES:
        raise DatasetError(f"{name} says that it has {member.size} bytes, too many for a batch.")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None  # since _check_member lets only plain files through
    return file.read()
