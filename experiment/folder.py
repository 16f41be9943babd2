"""A result folder that appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def choose_folder(out: Path | None, name: str) -> Path:
    """Return the folder to write: out, or the first free runs/NAME-1, runs/NAME-2, ...

    Raises FileExistsError when out is there already and holds something, so that no earlier result
    is overwritten, or when it cannot be made.
    """
    if out is None:
        numbers = (Path("runs") / f"{name}-{number}" for number in range(1, 1_000_000))
        return next(folder for folder in numbers if not folder.exists())
    above = next(folder for folder in [out.absolute(), *out.absolute().parents] if folder.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        raise FileExistsError(f"{out} cannot be made, since {above} is no folder to write into.")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise FileExistsError(f"{out} is there already; pass another --out, or move it away.")
    return out


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to write into, which becomes `folder` when the block ends well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
