"""The folder that the workers of one submission write in."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

ENTERED_BY_ALL = 0o711
MOST_FILES = 4096
TICK = 0.1  # seconds between two looks


class Folder:
    """A fresh folder that is watched, and removed whatever a submission has made of it.

    Args:
        limit: how many bytes the files in it may take together.
    """

    def __init__(self, limit: int) -> None:
        """Make the folder."""
        self.path, self.limit = Path(tempfile.mkdtemp()), limit
        self.path.chmod(ENTERED_BY_ALL)  # workers are another user, where the grader is root
        self._looked, self._had = 0.0, (0, 0)

    def look_afresh(self) -> None:
        """Count from now on only what is added: what is there was left by workers that are gone."""
        self._had = self._size()

    def is_full(self) -> bool:
        """Whether there are too many bytes or files in it, as far as can be seen from here."""
        if monotonic() < self._looked + TICK:
            return False
        (size, count), (size_before, count_before) = self._size(), self._had
        self._looked = monotonic()
        return size - size_before > self.limit or count - count_before > MOST_FILES

    def _size(self) -> tuple[int, int]:
        """Return bytes and number of all that is in it."""
        size = count = 0
        for entry in _files(self.path):
            count += 1
            with contextlib.suppress(OSError):
                size += entry.stat(follow_symlinks=False).st_size
        return size, count

    def remove(self) -> None:
        """Remove it: nested however deep, closed, or full."""
        with contextlib.suppress(RecursionError):
            shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists() and os.name == "posix":
            for tool in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
                subprocess.run([*tool, "--", self.path], stderr=subprocess.DEVNULL)


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """All entries below a folder; what cannot be read is left out."""
    rest = [str(folder)]
    while rest:
        with contextlib.suppress(OSError), os.scandir(rest.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    rest.append(entry.path)
