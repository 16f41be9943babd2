"""Zips: what is in them, in memory, within limits.  Nothing is written to a disk."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable

from grading.reading.sentences import (
    BOMB,
    LARGE_SUM,
    LINK_LEFT,
    LOCKED,
    MANY_FILES,
    NESTED,
    NO_ZIP,
    OUTSIDE,
    PACKED,
    TWICE,
    SubmissionError,
    megabytes,
    shown,
)

FILES = 1_000
BYTES = 200_000_000
RATIO = 200
RATIO_FROM = 50_000_000  # bytes; a notebook of this size may well be packed a thousandfold
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, LookupError)
OUTSIDE_NAME = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_zip(data: bytes) -> bool:
    """Whether a file's content begins as a zip does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unpack(
    name: str, data: bytes, counts: Callable[[str], bool]
) -> tuple[dict[str, bytes], list[str]]:
    """Return the members of a zip that count, by their names in it, and notes on what was left out.

    Raises SubmissionError for a zip that is damaged, locked, or larger than the limits.
    """
    members = _members(name, data)
    notes: list[str] = []
    contents: dict[str, bytes] = {}
    left = BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in members:
            inside = _inside(member)
            if not counts(inside):
                continue
            refusal = _refusal(member, inside)
            if refusal:
                notes.append(refusal.format(name=shown(inside)))
                continue
            if inside in contents:
                notes.append(TWICE.format(name=shown(inside)))
            contents[inside] = _content(name, archive, member, left)
            left -= len(contents[inside])
    return contents, notes


def _members(name: str, data: bytes) -> list[zipfile.ZipInfo]:
    """Return the table of a zip's members, if it says that they keep within the limits."""
    too_many = SubmissionError(MANY_FILES.format(name=name, limit=FILES))
    # Counted before the table is read, since it takes a kilobyte of memory a member; the signature
    # may also turn up inside of a member.
    if data.count(zipfile.stringCentralDir) > 10 * FILES:  # type: ignore[attr-defined]
        raise too_many
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except DAMAGED:
        raise SubmissionError(NO_ZIP.format(name=name)) from None
    size = sum(member.file_size for member in members)
    if len(members) > FILES:
        raise too_many
    for member in members:
        if OUTSIDE_NAME.search(_inside(member)):
            raise SubmissionError(OUTSIDE.format(name=name, inside=shown(_inside(member))))
    if size > BYTES:
        raise SubmissionError(LARGE_SUM.format(name=name, limit=megabytes(BYTES)))
    if size > max(RATIO_FROM, RATIO * len(data)):
        raise SubmissionError(BOMB.format(name=name, ratio=RATIO))
    return members


def _inside(member: zipfile.ZipInfo) -> str:
    """Return a member's name with "/" between folders, as some systems do not write it."""
    return member.filename.replace("\\", "/").removeprefix("./")


def _refusal(member: zipfile.ZipInfo, inside: str) -> str:
    """Return why a member is left out, or ""."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return LINK_LEFT
    if inside.lower().endswith(".zip"):
        return NESTED
    return ""


def _content(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> bytes:
    """Return a member's bytes; what the table says of its size is not believed."""
    if member.flag_bits & 1:
        raise SubmissionError(LOCKED.format(name=name))
    if member.compress_type not in METHODS:
        raise SubmissionError(PACKED.format(name=name))
    try:
        with archive.open(member) as file:
            content = file.read(left + 1)
    except DAMAGED:
        raise SubmissionError(NO_ZIP.format(name=name)) from None
    if len(content) > left:
        raise SubmissionError(LARGE_SUM.format(name=name, limit=megabytes(BYTES)))
    return content
