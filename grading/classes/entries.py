"""Which submissions there are, and the folder that each has its results in."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path

KINDS = (".ipynb", ".py", ".zip")
NOT_HANDED_IN = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
PLAIN = re.compile(r"[a-z0-9]([a-z0-9._-]{0,58}[a-z0-9_-])?")
HASHED = re.compile(r".*-[0-9a-f]{12}")
OURS = {"run.json", "grades.csv", "report.html"}
WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass(frozen=True)
class Entry:
    """One submission of a class.

    path    absolute, where it is
    name    of the file or folder, with the folders above it where two have the same
    folder  name of the folder that holds its results
    """

    path: Path
    name: str
    folder: str


def find(paths: Sequence[Path], out: Path, one: bool = False) -> list[Entry]:
    """Return the submissions of a class in order of their names.

    paths  files, each a submission, and folders of submissions, of which everything that is not
           hidden is one submission
    out    the folder for the results, which is no submission
    one    each of paths is one submission, also where it is a folder

    Raises ValueError for a path that is not there, and where there is no submission at all.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise ValueError(
                f"{path} is not there; expected a submission or a folder of submissions."
            )
        for entry in [path] if one or not path.is_dir() else path.iterdir():
            whole = _absolute(entry)
            if entry == path or not _is_hidden(entry):
                found |= {} if _absolute(out).is_relative_to(whole) else {whole: None}
    if not found:
        given = ", ".join(map(str, paths)) or "no path"
        raise ValueError(
            f"There is no submission in {given}; expected notebooks, .py files, zips or folders."
        )
    return sorted(_named(found), key=lambda entry: entry.name)


def folder_name(name: str) -> str:
    """Return the name of a submission's results folder: the name itself where that is safe.

    Any two names have different folders, also where upper and lower case are the same.
    """
    reserved = name in OURS or HASHED.fullmatch(name) or WINDOWS.fullmatch(name)
    if PLAIN.fullmatch(name) and not reserved:
        return name
    stem = Path(name).stem if name.lower().endswith(KINDS) else name
    ascii_ = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^A-Za-z0-9]+", "_", ascii_).strip("_")[:48] or "submission"
    return f"{readable}-{sha256(os.fsencode(name)).hexdigest()[:12]}"


def _absolute(path: Path) -> Path:
    """Return an absolute path, without following a link that the last part of it may be."""
    if path.name in ("", ".."):
        return path.resolve()
    return path.parent.resolve() / path.name


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name in NOT_HANDED_IN


def _named(paths: Iterable[Path]) -> Iterator[Entry]:
    names = {path: path.name for path in paths}
    for depth in count(2):
        taken = Counter(names.values())
        if len(taken) == len(names):
            break
        names = {
            path: name if taken[name] == 1 else "/".join(path.parts[-depth:])
            for path, name in names.items()
        }
    for path, name in names.items():
        yield Entry(path, os.fsencode(name).decode("utf-8", "replace"), folder_name(name))
