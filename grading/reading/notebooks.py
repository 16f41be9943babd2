"""The cells of a notebook, out of its bytes."""

import json
import re
from dataclasses import dataclass
from typing import Any

from grading.reading.archives import is_zip
from grading.reading.sentences import (
    CROWDED,
    CUT,
    DEEP,
    EMPTY,
    HTML,
    MANY_CELLS,
    MERGE,
    NO_NOTEBOOK,
    RENAMED_ZIP,
    SubmissionError,
)

PARTS = 5_000_000  # an empty list in a list takes 64 bytes: what is more could fill the memory
CELLS = 2_000
MERGE_MARKER = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)
OTHER_LANGUAGE = re.compile(
    r"\s*%%(!|(?:R|bash|bigquery|cmd|cpp|cuda?|cython|file|html|javascript|js|julia|latex|markdown|perl|"
    r"powershell|pypy|python[23]?|ruby|script|sh|sql|svg|sx|system|writefile|zsh)\b)"
)


@dataclass(frozen=True)
class Text:
    """What stands in one cell, or in one .py file.

    place    where, as it is said to a person: "mine.ipynb, code cell 3"
    source   what is written there, None if it is no text
    is_code  whether Jupyter would run it as Python
    """

    place: str
    source: str | None
    is_code: bool = True

    @property
    def may_be_code(self) -> bool:
        """Whether it is worth parsing."""
        return self.source is not None and (self.is_code or "def " in self.source)


def decoded(data: bytes) -> str:
    """Return text that was saved in any of the encodings of Unicode, or else in Latin 1."""
    try:
        return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def looks_like_notebook(data: bytes) -> bool:
    """Whether a file's content begins as a notebook's does."""
    return decoded(data[:1000]).lstrip()[:1] == "{"


def notebook_texts(name: str, data: bytes) -> list[Text]:
    """Return what stands in each cell of a notebook, of any version of its format.

    Raises SubmissionError for what is not a notebook, or not a whole one.
    """
    notebook = _json(name, data)
    worksheets = notebook.get("worksheets") if isinstance(notebook, dict) else None
    sheets = worksheets if isinstance(worksheets, list) else [notebook]
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    cells = [cell for found in lists if isinstance(found, list) for cell in found]
    whole = [cell for cell in cells if isinstance(cell, dict)]
    if not any(isinstance(found, list) for found in lists) or (cells and not whole):
        raise SubmissionError(NO_NOTEBOOK.format(name=name))
    if len(cells) > CELLS:
        raise SubmissionError(MANY_CELLS.format(name=name, limit=CELLS))
    return _texts(name, whole)


def _json(name: str, data: bytes) -> Any:
    if not data.strip():
        raise SubmissionError(EMPTY.format(name=name))
    if is_zip(data):
        raise SubmissionError(RENAMED_ZIP.format(name=name))
    if sum(map(data.count, (b"[", b"{", b","))) > PARTS:
        raise SubmissionError(CROWDED.format(name=name, limit=PARTS))
    text = decoded(data)
    try:
        return json.loads(text)
    except RecursionError:
        raise SubmissionError(DEEP.format(name=name)) from None
    except json.JSONDecodeError as problem:
        raise SubmissionError(_why_no_json(name, text, problem)) from None
    except ValueError:  # a number of more than 4,300 digits
        raise SubmissionError(NO_NOTEBOOK.format(name=name)) from None


def _why_no_json(name: str, text: str, problem: json.JSONDecodeError) -> str:
    beginning = text[:1000].lstrip().lower()
    marker = MERGE_MARKER.search(text)
    if beginning.startswith(("<!doctype", "<html", "<?xml", "<head")):
        return HTML.format(name=name)
    if marker:
        return MERGE.format(name=name, line=text.count("\n", 0, marker.start()) + 1)
    if beginning.startswith("{"):
        return CUT.format(name=name, line=problem.lineno, problem=problem.msg)
    return NO_NOTEBOOK.format(name=name)


def _texts(name: str, cells: list[dict[str, Any]]) -> list[Text]:
    texts: list[Text] = []
    codes = 0
    for number, cell in enumerate(cells, start=1):
        kind = cell.get("cell_type")
        source = _source(cell.get("source", cell.get("input")))
        if kind == "code":
            codes += 1
            is_code = source is None or not OTHER_LANGUAGE.match(source)
            texts.append(Text(f"{name}, code cell {codes}", source, is_code))
        elif source is not None:
            word = kind if kind in ("markdown", "raw", "heading") else "nameless"
            texts.append(Text(f"{name}, {word} cell {number}", source, is_code=False))
    return texts


def _source(source: Any) -> str | None:
    if isinstance(source, str):
        return source
    if not isinstance(source, list) or not all(isinstance(line, str) for line in source):
        return None
    # The format has each line end in its own newline; some tools leave them out.
    return ("" if any(line.endswith("\n") for line in source[:-1]) else "\n").join(source)
