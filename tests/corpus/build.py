"""Make the file, folder or zip that is handed in."""

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grading.solutions import fill_notebook
from tests.corpus.expected import HERE, Submission
from tests.corpus.text import cells, complete, files

HANDOUT = HERE.parents[1] / "notebooks" / "softmax.ipynb"
MB = 2**20


def build(submission: Submission, folder: Path, places: Mapping[str, str]) -> Path:
    """Make a submission in a folder, and return its path.

    places  what stands for @CANARY@ and the like in its text; @SUBMISSION@ is the path itself
    """
    made, suffix = KINDS[submission.kind]
    filename = submission.filename or submission.name.replace("/", "-") + suffix
    path = folder / filename.replace("%E9", "\udce9")
    places = {**places, "SUBMISSION": os.fsencode(path).decode("ascii", "backslashreplace")}
    made(path, complete(submission.text or submission.source, places))
    return path


def notebook(source: str) -> dict[str, Any]:
    """Return a notebook, as JSON, as Jupyter saves one."""
    code = [
        {
            "cell_type": "code",
            "execution_count": number,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": cell.splitlines(keepends=True),
        }
        for number, cell in enumerate(cells(source), start=1)
    ]
    words = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": ["# My homework"]}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "version": "3.11.7"}}
    return {"cells": [words, *code], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def as_notebook(path: Path, source: str, encoding: str = "utf-8") -> None:
    path.write_text(json.dumps(notebook(source), indent=1, ensure_ascii=False), encoding=encoding)


def as_bytes(path: Path, source: str) -> None:
    path.write_bytes(source.encode("latin-1"))


def as_script(path: Path, source: str, encoding: str = "utf-8") -> None:
    path.write_text(source, encoding=encoding)


def in_windows_latin1(path: Path, source: str) -> None:
    path.write_text(source.replace("\n", "\r\n"), encoding="latin-1", newline="")


def handout(path: Path, source: str) -> None:
    path.write_bytes(HANDOUT.read_bytes())


def solved(path: Path, source: str) -> None:
    path.write_text(json.dumps(fill_notebook(json.loads(HANDOUT.read_text("utf-8")))), "utf-8")


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path, str], None]:
    """Return a maker of notebooks that are changed, in place, before they are saved."""

    def make(path: Path, source: str) -> None:
        made = notebook(source)
        change(made)
        path.write_text(json.dumps(made), "utf-8")

    return make


def other_metadata(made: dict[str, Any]) -> None:
    for cell in made["cells"][1:]:
        cell["id"] = "answer-softmax-loss-naive"
        cell["metadata"] = {
            "tags": ["answer", "parameters", "raises-exception"],
            "nbgrader": {"grade": True, "solution": False, "locked": True, "points": 100},
            "deletable": "maybe",
            "collapsed": None,
        }
    made["metadata"] = {"kernelspec": {"name": "ir", "language": "R"}, "orig_nbformat": 2}


def no_metadata(made: dict[str, Any]) -> None:
    made["cells"] = [
        {"cell_type": cell["cell_type"], "source": "".join(cell["source"])}
        for cell in made["cells"]
    ]
    made["nbformat_minor"] = 99
    del made["metadata"]


def quoted(made: dict[str, Any]) -> None:
    """Show a wrong answer between words, as students do to ask about it, and one as plain text."""
    quote = "Why is this wrong?\n\n```\ndef softmax_loss_naive(W, X, y, reg): return 0, 0\n```"
    made["cells"].append({**made["cells"][0], "source": quote})
    raw = "def softmax_loss_vectorized(W, X, y, reg): return 0, 0"
    made["cells"].append({**made["cells"][0], "cell_type": "raw", "source": raw})


def retyped(made: dict[str, Any]) -> None:
    """Turn the last code cell into words, as one key does in Jupyter."""
    made["cells"][-1]["cell_type"] = "markdown"


def no_cells(made: dict[str, Any]) -> None:
    made["cells"] = []


def odd_cells(made: dict[str, Any]) -> None:
    odd = [3, None, "text", {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, None]}]
    made["cells"][1:1] = [*odd, {"cell_type": ["code"], "source": {"a": 1}}]


def large(made: dict[str, Any]) -> None:
    picture = {"data": {"image/png": "iVBORw0KGgo" * (5 * MB // 11)}, "output_type": "display_data"}
    lines = {"name": "stdout", "output_type": "stream", "text": ["loss 2.302585\n"] * 200_000}
    made["cells"][1]["outputs"] = [picture, lines] * 5


def nested_source(made: dict[str, Any]) -> None:
    sources = ["x = " + "(" * 100_000 + "1" + ")" * 100_000, "# " + "y" * (20 * MB)]
    sources += ["x = " + "-" * 50_000 + "1", "x" + ".y" * 50_000]
    made["cells"] += [{**made["cells"][1], "source": source} for source in sources]


def large_source(made: dict[str, Any]) -> None:
    made["cells"].append({**made["cells"][1], "source": f"W = [{'0.125, ' * 2_000_000}]"})


def truncated(path: Path, source: str) -> None:
    as_notebook(path, source)
    path.write_bytes(path.read_bytes()[:-300])


def brackets(path: Path, source: str) -> None:
    path.write_text('{"cells": ' + "[" * 100_000, "utf-8")


def contents(source: str) -> dict[str, bytes]:
    """Return what a zip or folder holds: a notebook of the first part, if any, and the files."""
    first, others = files(source)
    held = {"softmax.ipynb": json.dumps(notebook(first)).encode()} if first.strip() else {}
    return held | {name: text.encode() for name, text in others.items()}


def as_folder(path: Path, source: str) -> None:
    for name, content in contents(source).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def as_zip(path: Path, source: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents(source).items():
            archive.writestr(name, content)


def with_entries(add: Callable[[zipfile.ZipFile], object]) -> Callable[[Path, str], None]:
    """Return a maker of zips to which more is added."""

    def make(path: Path, source: str) -> None:
        as_zip(path, source)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            add(archive)

    return make


def add_zeros(archive: zipfile.ZipFile) -> None:
    for number in range(3):
        archive.writestr(f"data/{number}.npy", bytes(100 * MB), compresslevel=1)


def add_many(archive: zipfile.ZipFile) -> None:
    for number in range(30_000):
        archive.writestr(zipfile.ZipInfo(f"data/{number}"), b"")


def add_climbers(archive: zipfile.ZipFile) -> None:
    for name in ("../corpus-was-here", "../../corpus-was-here.ipynb", "/tmp/corpus-was-here"):
        archive.writestr(name, b"corpus was here")


def add_link(archive: zipfile.ZipFile) -> None:
    link = zipfile.ZipInfo("softmax.ipynb")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    archive.writestr(link, "/etc/passwd")


def zip_truncated(path: Path, source: str) -> None:
    as_zip(path, source)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zip_locked(path: Path, source: str) -> None:
    """Set the bit of each entry that says it is encrypted."""
    as_zip(path, source)
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for place in _places(data, signature):
            data[place + flags] |= 1
    path.write_bytes(data)


def zip_lies(path: Path, source: str) -> None:
    """Say in both headers of an entry of 300 MB that it has 100 bytes."""
    with_entries(lambda archive: archive.writestr("softmax.ipynb", bytes(300 * MB)))(path, "")
    data = bytearray(path.read_bytes())
    for signature, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for place in _places(data, signature):
            struct.pack_into("<I", data, place + size, 100)
    path.write_bytes(data)


def zip_overlapping(path: Path, source: str) -> None:
    """Let 200 entries of the central directory point at one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("000.ipynb", os.urandom(20_000) * 200)
    data = stream.getvalue()
    (central,) = _places(data, b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry, local = data[central:end], data[:central]
    entries = b"".join(entry.replace(b"000.", b"%03d." % number) for number in range(200))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 200, 200, len(entries), len(local), 0)
    path.write_bytes(local + entries + tail)


def _places(data: bytes | bytearray, signature: bytes) -> list[int]:
    found, place = [], data.find(signature)
    while place >= 0:
        found.append(place)
        place = data.find(signature, place + 1)
    return found


def linked_folder(path: Path, source: str) -> None:
    path.mkdir()
    (path / "softmax.ipynb").symlink_to(source.strip())


def linked_file(path: Path, source: str) -> None:
    path.symlink_to(source.strip())


def pipe(path: Path, source: str) -> None:
    os.mkfifo(path)


def nothing(path: Path, source: str) -> None:
    """Make nothing."""


Maker = Callable[[Path, str], object]
KINDS: dict[str, tuple[Maker, str]] = {
    "notebook": (as_notebook, ".ipynb"),
    "solved": (solved, ".ipynb"),
    "stubs": (handout, ".ipynb"),
    "bom": (lambda path, source: as_notebook(path, source, "utf-8-sig"), ".ipynb"),
    "utf16": (lambda path, source: as_notebook(path, source, "utf-16"), ".ipynb"),
    "latin1": (lambda path, source: as_notebook(path, source, "latin-1"), ".ipynb"),
    "other_metadata": (changed(other_metadata), ".ipynb"),
    "no_metadata": (changed(no_metadata), ".ipynb"),
    "quoted": (changed(quoted), ".ipynb"),
    "retyped": (changed(retyped), ".ipynb"),
    "no_cells": (changed(no_cells), ".ipynb"),
    "odd_cells": (changed(odd_cells), ".ipynb"),
    "large": (changed(large), ".ipynb"),
    "nested_source": (changed(nested_source), ".ipynb"),
    "large_source": (changed(large_source), ".ipynb"),
    "truncated": (truncated, ".ipynb"),
    "brackets": (brackets, ".ipynb"),
    "bytes": (as_bytes, ".ipynb"),
    "script": (as_script, ".py"),
    "utf16_script": (lambda path, source: as_script(path, source, "utf-16"), ".py"),
    "latin1_script": (in_windows_latin1, ".py"),
    "folder": (as_folder, ""),
    "zip": (as_zip, ".zip"),
    "zip_bomb": (with_entries(add_zeros), ".zip"),
    "zip_many": (with_entries(add_many), ".zip"),
    "zip_climbs": (with_entries(add_climbers), ".zip"),
    "zip_link": (with_entries(add_link), ".zip"),
    "zip_lies": (zip_lies, ".zip"),
    "zip_overlapping": (zip_overlapping, ".zip"),
    "zip_truncated": (zip_truncated, ".zip"),
    "zip_locked": (zip_locked, ".zip"),
    "folder_link": (linked_folder, ""),
    "file_link": (linked_file, ".ipynb"),
    "pipe": (pipe, ".ipynb"),
    "nothing": (nothing, ".ipynb"),
}
