"""How strongly a worker is held, and what of that works on this machine."""

import functools
import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.sandbox import bubblewrap, readable

_HERE = Path(__file__).resolve().parent
_PATIENCE = 20.0  # seconds for one trial, which takes some 0.05
_PROMISED = {
    "strict": {"mount namespace", "pid namespace", "network namespace", "seccomp"},
    "landlock": {"landlock", "seccomp"},
    "basic": set[str](),
}


@dataclass(frozen=True)
class Level:
    """A way to hold a worker: "strict", "landlock" or "basic", and what was seen to hold in it."""

    name: str
    in_force: tuple[str, ...]


def probe() -> list[Level]:
    """Return the levels that work on this machine, the strongest first.

    Each is really tried, once in the life of this process: a worker enters it and attempts what
    the level must refuse.
    """
    return list(filter(None, map(_tried, _PROMISED)))


def strongest() -> Level | None:
    """Return the first of probe(), or None where no level works; the others are not tried."""
    return next(filter(None, map(_tried, _PROMISED)), None)


def command(
    level: str,
    argv: Sequence[str],
    paths: Sequence[str | Path],
    private: str | Path,
    hidden: Sequence[str | Path] = (),
) -> list[str]:
    """Return the command line that starts the warm process `argv` at a level.

    paths    absolute paths of the files and folders that it needs
    private  absolute path of a folder that its workers may write in
    hidden   absolute paths below `paths` that it may not see; the workers neither
    """
    if level != "strict":
        return list(argv)
    return bubblewrap.command(argv, map(str, paths), str(private), map(str, hidden))


@functools.cache
def _tried(name: str) -> Level | None:
    held = _try(name)
    all_of_it = _PROMISED[name] <= {*held, *(one.split()[0] for one in held)}
    return Level(name, tuple(held)) if held and all_of_it else None


def _try(level: str) -> list[str]:
    """Return what holds at a level, nothing if it cannot be entered."""
    paths = readable.python_paths()
    hidden = readable.hidden_paths(paths)
    with tempfile.TemporaryDirectory() as folder:
        private, outside = Path(folder, "private"), Path(folder, "outside")
        private.mkdir()
        outside.write_text("not for a worker")
        trial = [readable.interpreter(), "-I", "-S", str(_HERE / "trial.py"), level, str(private)]
        argv = [*trial, str(outside), json.dumps(paths), json.dumps(hidden)]
        try:
            ended = subprocess.run(
                command(level, argv, [*paths, _HERE], private, hidden),
                capture_output=True,
                timeout=_PATIENCE,
                env={},
                cwd="/",
            )
            return list(json.loads(ended.stdout))
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return []
