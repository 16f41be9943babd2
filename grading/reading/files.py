"""The files of a submission that may hold answers: one file, or those of a folder or a zip."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from grading.reading.archives import is_zip, unpack
from grading.reading.sentences import (
    DEEP_FOLDERS,
    LARGE,
    LARGE_SUM,
    LINK,
    LINK_LEFT,
    MANY_FILES,
    NO_FILE,
    UNREADABLE,
    ZIP_LEFT,
    SubmissionError,
    megabytes,
    reason,
    shown,
)

FILE_BYTES = 100_000_000
FOLDER_BYTES = 200_000_000
FOLDER_FILES = 1_000
FOLDERS_DEEP = 100
NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")
READ = (*NOTEBOOKS, ".py", ".zip")
IGNORED = ("__MACOSX", "__pycache__")


@dataclass
class Found:
    """What a submission holds.

    contents     of each notebook and .py file, by its path in the submission, "/" between folders
    notes        sentences on what was left out
    is_one_file  whether the submission is a notebook or .py file itself
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_one_file: bool = False

    def digest(self) -> str:
        """Return the sha256, in hex, of the one file, or of the names and contents of several."""
        each = {name: hashlib.sha256(content) for name, content in self.contents.items()}
        if self.is_one_file:
            return next(iter(each.values())).hexdigest()
        whole = hashlib.sha256()
        for name in sorted(each):
            whole.update(name.encode("utf-8", "surrogatepass") + b"\0" + each[name].digest())
        return whole.hexdigest()


def find(path: Path) -> Found:
    """Return the notebooks and .py files of a path; of a folder or zip those that count.

    Hidden files, links and what lies in __MACOSX and __pycache__ are left out.  A zip in a folder
    is opened where no notebook lies there, a zip in a zip is not.

    Raises SubmissionError for what cannot be read, is a link, or is larger than the limits.
    """
    name = shown(path.name)
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as problem:
        raise SubmissionError(
            UNREADABLE.format(name=shown(str(path)), problem=reason(problem))
        ) from None
    if stat.S_ISLNK(mode):
        raise SubmissionError(LINK.format(name=name))
    if stat.S_ISDIR(mode):
        return _without_common_folder(_folder(path))
    if not stat.S_ISREG(mode):
        raise SubmissionError(NO_FILE.format(name=name))
    return _file(path)


def _file(path: Path) -> Found:
    name, data = shown(path.name), _content(path)
    if is_zip(data) and not name.lower().endswith((*NOTEBOOKS, ".py")):
        return _without_common_folder(Found(*unpack(name, data, counts)))
    return Found({name: data}, is_one_file=True)


def _content(path: Path) -> bytes:
    """Return the bytes of a regular file; a link, device or pipe is not opened."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as problem:
        raise SubmissionError(
            UNREADABLE.format(name=shown(path.name), problem=reason(problem))
        ) from None
    if len(data) > FILE_BYTES:
        raise SubmissionError(LARGE.format(name=shown(path.name), limit=megabytes(FILE_BYTES)))
    return data


def counts(name: str) -> bool:
    """Whether a file in a folder or zip is one that may hold answers, by its path there."""
    return name.lower().endswith(READ) and not any(map(_hidden, name.split("/")))


def _hidden(part: str) -> bool:
    return part in IGNORED or (part.startswith(".") and part != "..")


def _folder(folder: Path) -> Found:
    found, size = Found(), 0
    entries = list(_entries(folder))
    notebook = any(entry.name.lower().endswith(NOTEBOOKS) for entry in entries)
    for entry in entries:
        name = Path(entry.path).relative_to(folder).as_posix()
        if notebook and name.lower().endswith(".zip"):
            found.notes.append(ZIP_LEFT.format(name=shown(name)))
        elif entry.is_symlink():
            found.notes.append(LINK_LEFT.format(name=shown(name)))
        elif not entry.is_file(follow_symlinks=False):
            continue
        else:
            contents = _opened(name, Path(entry.path), found.notes)
            size += sum(map(len, contents.values()))
            found.contents |= contents
        if size > FOLDER_BYTES:
            limit = megabytes(FOLDER_BYTES)
            raise SubmissionError(LARGE_SUM.format(name=shown(folder.name), limit=limit))
    return found


def _opened(name: str, path: Path, notes: list[str]) -> dict[str, bytes]:
    """Return a file of a folder by its name there; for a zip what is in it."""
    try:
        data = _content(path)
        if not (is_zip(data) and name.lower().endswith(".zip")):
            return {name: data}
        contents, left_out = unpack(shown(name), data, counts)
    except SubmissionError as problem:
        notes.append(str(problem))
        return {}
    notes.extend(left_out)
    return {f"{name}/{inside}": content for inside, content in contents.items()}


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what counts in a folder and its folders, by name; links to folders are not entered."""
    waiting, seen = [(str(folder), 0)], 0
    while waiting:
        path, depth = waiting.pop()
        if depth > FOLDERS_DEEP:
            raise SubmissionError(DEEP_FOLDERS.format(name=shown(folder.name), limit=FOLDERS_DEEP))
        try:
            with os.scandir(path) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as problem:
            raise SubmissionError(
                UNREADABLE.format(name=shown(folder.name), problem=reason(problem))
            ) from None
        for entry in inside:
            if entry.is_dir(follow_symlinks=False):
                if not _hidden(entry.name):
                    waiting.append((entry.path, depth + 1))
            elif counts(entry.name):
                seen += 1
                if seen > FOLDER_FILES:
                    limit = FOLDER_FILES
                    raise SubmissionError(MANY_FILES.format(name=shown(folder.name), limit=limit))
                yield entry


def _without_common_folder(found: Found) -> Found:
    """Return the same, named from the innermost folder that holds all of it."""
    names = [name.split("/") for name in found.contents]
    levels = zip(*(parts[:-1] for parts in names), strict=False)
    depth = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    contents = {
        "/".join(parts[depth:]): content
        for parts, content in zip(names, found.contents.values(), strict=True)
    }
    return Found(contents, found.notes)
