"""The content of a submission: its digest, before anything reads it."""

import os
import stat
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path

from grading.reading.files import FILE_BYTES, FOLDERS_DEEP, counts
from grading.reading.sentences import (
    DEEP_FOLDERS,
    LARGE_SUM,
    LINK,
    MANY_FILES,
    NO_FILE,
    UNREADABLE,
    megabytes,
    reason,
    shown,
)

ENTRIES = 100_000  # files and folders of one submission, those that do not count too
HASHED = 1_000_000_000  # bytes of one submission; the reader takes less


class ContentError(ValueError):
    """A submission of which nothing is read; the message says why."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file or of a folder, as hexadecimal digits.

    Of what the reader does not read only the name and size count.  Links are not followed.
    Raises ContentError, with the reader's sentence, for a link, a device, and what is too large,
    too deep or cannot be read.
    """
    name, whole, size = shown(path.name), sha256(), 0
    try:
        _refuse_what_is_no_content(path)
        for file in walk(path):
            found = file.lstat()
            relative = file.relative_to(path)
            is_read = _is_read(relative, found)
            size += found.st_size if is_read else 0
            if size > HASHED:
                raise ContentError(LARGE_SUM.format(name=name, limit=megabytes(HASHED)))
            encoded = os.fsencode(relative)
            whole.update(f"{len(encoded)} ".encode() + encoded + _of_one(file, found, is_read))
    except OSError as problem:
        raise ContentError(UNREADABLE.format(name=name, problem=reason(problem))) from None
    return whole.hexdigest()


def walk(path: Path) -> Iterator[Path]:
    """Yield a file itself, or a folder and all that is in it; links are not followed.

    Raises ContentError where there is too much, OSError for what cannot be read.
    """
    yield path
    waiting, seen = [(path, 0)] if stat.S_ISDIR(path.lstat().st_mode) else [], 0
    while waiting:
        folder, depth = waiting.pop()
        if depth > FOLDERS_DEEP:
            raise ContentError(DEEP_FOLDERS.format(name=shown(path.name), limit=FOLDERS_DEEP))
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                seen += 1
                if seen > ENTRIES:
                    raise ContentError(MANY_FILES.format(name=shown(path.name), limit=ENTRIES))
                yield Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), depth + 1))


def _refuse_what_is_no_content(path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise ContentError(LINK.format(name=shown(path.name)))
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise ContentError(NO_FILE.format(name=shown(path.name)))


def _is_read(relative: Path, found: os.stat_result) -> bool:
    is_whole = relative == Path()
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size <= FILE_BYTES
        and (is_whole or counts(relative.as_posix()))
    )


def _of_one(path: Path, found: os.stat_result, is_read: bool) -> bytes:
    if is_read:
        with path.open("rb") as file:
            return b"file" + file_digest(file, "sha256").digest()
    if stat.S_ISLNK(found.st_mode):
        return b"link" + sha256(os.fsencode(path.readlink())).digest()
    if stat.S_ISREG(found.st_mode):
        return f"size {found.st_size}".encode()
    return b"folder" if stat.S_ISDIR(found.st_mode) else b"other"
