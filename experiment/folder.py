"""A result folder that appears whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

RUNS = Path("runs")


def check_out(out: Path) -> Path:
    """Return the folder to write with its links followed, or refuse it.

    Raises FileExistsError when it is there already and holds something, so that no earlier result
    is overwritten, or when it is a file.
    """
    folder = out.expanduser().resolve()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{out} is there already; pass another --out, or move it away.")
    return folder


@contextmanager
def unfinished_folder(parent: Path) -> Iterator[Path]:
    """Give a hidden folder in `parent` to write into; what is left of it at the end is removed.

    So is a parent that was made for it and stays empty.

    Raises FileExistsError when no folder can be made there.
    """
    made = not parent.exists()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))
    except OSError as problem:
        raise FileExistsError(
            f"Nothing can be written into {parent} ({problem.strerror}); pass another --out."
        ) from None
    try:
        yield unfinished
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if made and not any(parent.iterdir()):
            parent.rmdir()


def publish(unfinished: Path, out: Path | None, name: str) -> Path:
    """Rename a finished folder to out, or to the first free runs/NAME-1, runs/NAME-2, ...

    Another process that takes the same number first only moves this one to the next.
    """
    unfinished.chmod(0o755)
    if out is not None:
        return unfinished.replace(out)
    for number in count(1):
        folder = RUNS / f"{name}-{number}"
        try:
            if not folder.is_symlink():
                return unfinished.replace(folder)
        except OSError:
            if not folder.exists():
                raise
    raise AssertionError("count ends nowhere")
