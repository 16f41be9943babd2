"""The results of a class on disk: one folder a submission, in which result.json comes last."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from grading.classes.entries import Entry
from grading.classes.job import Result
from grading.record import validate
from grading.settings import Settings

ABOUT = "submission.json"


def key(content: str, name: str, suite: str, settings: Settings) -> str:
    """Return the digest of all that decides about a result: with the same one it is the same."""
    parts = [content, name, suite, asdict(settings)]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file that is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
    unfinished.replace(path)


def save(out: Path, entry: Entry, made_from: str, result: Result) -> None:
    """Write the files of a result, result.json last: while that is not there, nothing is.

    made_from  the key of the result
    """
    folder = out / entry.folder
    folder.mkdir(exist_ok=True)
    (folder / "result.json").unlink(missing_ok=True)
    about = {"name": entry.name, "path": os.fsencode(entry.path).hex(), "key": made_from}
    for name, content in result.files.items():
        write_whole(folder / name, content)
    write_whole(folder / ABOUT, _json(about))
    write_whole(folder / "result.json", _json(result.record))


def is_done(out: Path, entry: Entry, made_from: str) -> bool:
    """Whether there is a grade of just this content, suite and settings."""
    record = read(out / entry.folder)
    if record is None or record["status"] != "graded":
        return False
    return bool(_about(out / entry.folder).get("key") == made_from)


def another(out: Path, entry: Entry) -> Path | None:
    """Return the submission whose result is in the folder of this one, if both are there."""
    path = Path(os.fsdecode(bytes.fromhex(_about(out / entry.folder).get("path", ""))))
    held = path.name and path != entry.path and os.path.lexists(path)
    return path if held and (out / entry.folder / "result.json").exists() else None


def read(folder: Path) -> dict[str, Any] | None:
    """Return the record in a folder, or None where there is none that holds."""
    try:
        record: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
        validate(record)
    except (OSError, ValueError):
        return None
    return record


def records(out: Path) -> Iterator[dict[str, Any]]:
    """Yield every record of a class, by name of its folder, which is its "folder".

    They are without the differences between matrices, most of their size.
    """
    for file in sorted(out.glob("*/result.json")):
        if (record := read(file.parent)) is not None:
            small = [question | {"difference": None} for question in record["questions"]]
            yield record | {"folder": file.parent.name, "questions": small}


def _about(folder: Path) -> dict[str, str]:
    try:
        about: dict[str, str] = json.loads((folder / ABOUT).read_bytes())
    except (OSError, ValueError):
        return {}
    return about


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
