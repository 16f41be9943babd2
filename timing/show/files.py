"""The files of a timing: written together, read back and checked."""

import json
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from timing.show.form import Record, read, validate
from timing.show.markdown import markdown
from timing.show.page import page
from timing.show.pictures import DPI, draw_roofline, draw_sweeps

__all__ = ["read", "write"]


def write(record: Record, folder: Path) -> None:
    """Write timing.json, .md, .html, timing.png and roofline.png into a folder that is there.

    Those of an earlier timing are replaced, and only once all the new ones are made.

    Raises ValueError where the record is none.
    """
    validate(record)
    pictures = {"timing.png": _png(draw_sweeps(record))}
    base = record["settings"]["dtype"][0]
    pictures["roofline.png"] = _png(draw_roofline(record, base))
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    texts = {
        "timing.md": markdown(record),
        "timing.html": page(record, text, pictures),
        "timing.json": text,  # last: a folder with one holds all of its files
    }
    contents = pictures | {name: text.encode() for name, text in texts.items()}
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        for name, content in contents.items():
            (Path(unfinished) / name).write_bytes(content)
        for name in contents:
            (Path(unfinished) / name).replace(folder / name)


def _png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()
