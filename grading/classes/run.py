"""One run over a class: its settings and secret seed, and the lock that keeps it the only one."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grading.asked import DEFAULT, pick
from grading.classes.results import write_whole
from grading.points import points
from grading.sandbox import Limits
from grading.settings import SEEDS, Settings

LOCK, RUN = ".lock", "run.json"


def settings_for(
    out: Path,
    resume: bool,
    questions: str | None = None,
    seed: int | None = None,
    require: str | None = None,
) -> Settings:
    """Return the settings of a run: of the one that is resumed, or else as asked.

    out        the folder of results
    questions  names, separated by commas; None for the two softmax losses
    seed       None for a secret one
    require    None for "any"

    Raises ValueError where the run that is resumed was made otherwise.
    """
    points()  # a table that cannot be graded by is refused before anything is written
    picked = None if questions is None else pick(questions)
    if not resume:
        secret = secrets.randbelow(SEEDS) if seed is None else seed
        return Settings(picked or pick(DEFAULT), secret, require or "any")
    settings = _read(out)
    for name, asked in {"questions": picked, "seed": seed, "require": require}.items():
        if asked is not None and asked != getattr(settings, name):
            raise ValueError(
                f"{out} was begun with another --{name}, and --resume goes on with that: leave "
                f"--{name} out, or grade into another folder."
            )
    return settings


@contextmanager
def opened(out: Path, settings: Settings, resume: bool) -> Iterator[None]:
    """Hold the folder of results for one run; at the first, run.json is written.

    Raises ValueError for a folder that is not for this run, or that another run holds.
    """
    _refuse_what_is_not_ours(out)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(out):
        if not (out / RUN).exists():
            content = {"schema": 1, "settings": asdict(settings)}
            write_whole(out / RUN, (json.dumps(content, indent=1) + "\n").encode(), 0o600)
        elif not resume:
            raise ValueError(
                f"{out} holds the results of a run: add --resume to go on with it, or grade into "
                "another folder."
            )
        elif settings != _read(out):
            raise ValueError(f"{out} was begun with other settings; grade into another folder.")
        yield


def _refuse_what_is_not_ours(out: Path) -> None:
    if not out.exists() or (out / RUN).exists():
        return
    if not out.is_dir():
        raise ValueError(f"{out} is a file; expected a folder for the results, or none yet.")
    if {file.name for file in out.iterdir()} - {LOCK, f".{RUN}.unfinished"}:
        raise ValueError(
            f"{out} holds files, and no run of softmax-lab grade; expected an empty folder, or "
            "none yet."
        )


def _read(out: Path) -> Settings:
    try:
        stored: dict[str, Any] = json.loads((out / RUN).read_bytes())["settings"]
        parts = {"questions": tuple(stored["questions"]), "limits": Limits(**stored["limits"])}
        return Settings(**(stored | parts))
    except FileNotFoundError:
        raise ValueError(f"There is no run to resume in {out}: leave --resume out.") from None
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{out / RUN} cannot be read: {problem}") from None


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends."""
    with closing(sqlite3.connect(out / LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as problem:
            if problem.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise ValueError(
                    f"Another run is grading into {out}: wait for it, or grade into another folder."
                ) from None
            raise ValueError(f"{out / LOCK} cannot be locked: {problem}.") from None
        yield
