"""What a worker has to read in order to run Python, and nothing else."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_SITE_FOLDERS = ("site-packages", "dist-packages")
_PROJECT = Path(__file__).resolve().parents[2]


def interpreter() -> str:
    """Return the executable behind this Python, not the link to it in a virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def site_folders() -> list[str]:
    """Return the folders with installed packages, in the order in which they are searched."""
    return [folder for folder in sys.path if Path(folder).name in _SITE_FOLDERS]


def python_paths() -> list[str]:
    """Return the files and folders that Python, its packages and their libraries are read from."""
    libraries = [str(Path(sys.base_prefix, name)) for name in ("lib", "lib64", "Lib", "DLLs")]
    paths = [interpreter(), *libraries, *site_folders(), *_SYSTEM]
    return [path for path in dict.fromkeys(paths) if Path(path).exists()]


def hidden_paths(paths: Iterable[str]) -> list[str]:
    """Return the rooms of this project that lie below one of the paths: they hold the answers.

    There are none in a repository; a wheel puts them beside numpy.
    """
    folders = [Path(path) for path in paths]
    rooms = (_PROJECT / name for name in _rooms())
    return [str(room) for room in rooms if any(folder in room.parents for folder in folders)]


def _rooms() -> tuple[str, ...]:
    folders = ("classifiers", "checks", "datasets", "experiment", "grading", "tests", "timing")
    return (*folders, "gradient_check.py", "softmax_lab.py")
