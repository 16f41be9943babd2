"""Zips whose bytes follow from what is in them, whenever and wherever they are made."""

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold


def write_zip(path: Path, members: Mapping[str, bytes], comment: bytes = b"") -> None:
    """Write a zip with these members, sorted by name; the file appears once it is whole."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, content in sorted(members.items()):
                about = zipfile.ZipInfo(name, DATE)
                about.compress_type, about.create_system = zipfile.ZIP_DEFLATED, 3
                about.external_attr = 0o100644 << 16
                archive.writestr(about, content)
            archive.comment = comment
        Path(unfinished).chmod(0o644)
        os.replace(unfinished, path)  # noqa: PTH105
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def members(folder: Path, inside: str) -> dict[str, bytes]:
    """Return the files of a folder, under a name that they have in common."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {f"{inside}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}
