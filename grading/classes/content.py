"""The bytes of a submission: their digest, and all of them to send to another machine."""

import os
import stat
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path


class ContentError(ValueError):
    """A submission of which nothing is read; the message says why."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file or of all that is in a folder, as hexadecimal digits.

    Links are not followed, and devices not opened; that is refused where it is read.
    Raises ContentError for a file that cannot be read.
    """
    whole = sha256()
    try:
        for file in _walk(path):
            relative = os.fsencode(file.relative_to(path))
            whole.update(f"{len(relative)} ".encode() + relative + _of_one(file))
    except OSError as problem:
        raise ContentError(f"It cannot be read: {problem.strerror}.") from None
    return whole.hexdigest()


def _walk(path: Path) -> Iterator[Path]:
    """Yield a file itself, or a folder and all that is in it; links are not followed."""
    yield path
    if path.is_symlink() or not path.is_dir():
        return
    for folder, folders, files in os.walk(path, onerror=_raise):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(folders + files))


def _raise(problem: OSError) -> None:
    raise problem


def _of_one(path: Path) -> bytes:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        with path.open("rb") as file:
            return b"file" + file_digest(file, "sha256").digest()
    if stat.S_ISLNK(mode):
        return b"link" + sha256(os.fsencode(path.readlink())).digest()
    return b"folder" if stat.S_ISDIR(mode) else b"other"
