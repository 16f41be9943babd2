"""From the files of a submission to its documents and helper modules."""

from collections.abc import Iterator
from dataclasses import dataclass

from grading.reading.documents import CELL, Document, document, is_python, texts, weight
from grading.reading.files import Found
from grading.reading.helpers import helpers
from grading.reading.notebooks import Text
from grading.reading.sentences import (
    EMPTY,
    MANY_CELLS,
    MUCH_CODE,
    NOTEBOOK_INSIDE,
    NOTHING,
    SubmissionError,
    megabytes,
    shown,
)

CELLS = 5_000  # of all notebooks together
CODE = 1_000_000  # characters; the syntax tree of more than that can take gigabytes


@dataclass(frozen=True)
class Gathered:
    """What the files of a submission hold.

    documents  its notebooks and .py files, those that count most first
    files      its helper modules, by the name that they are imported from
    notes      sentences on what was left out or mended
    """

    documents: tuple[Document, ...]
    files: dict[str, bytes]
    notes: list[str]


def gather(name: str, found: Found) -> Gathered:
    """Parse the files of a submission.

    Raises SubmissionError if none of them can be read, or if they hold too many cells or too
    much code.
    """
    notes = list(found.notes)
    read = sorted(_read(name, found, notes), key=lambda file: file.weight, reverse=True)
    if not read:
        raise SubmissionError(" ".join(notes[:3]) or NOTHING.format(name=name))
    if found.is_one_file and not next(iter(found.contents.values())).strip():
        raise SubmissionError(EMPTY.format(name=name))
    if sum(file.code for file in read) > CODE:
        raise SubmissionError(MUCH_CODE.format(name=name, limit=megabytes(CODE)))
    documents = tuple(document(file.texts, file.is_notebook) for file in read)
    notes += [note for document in documents for note in document.notes()]
    if found.is_one_file:
        return Gathered(documents, {}, notes)
    modules = {file.name: found.contents[file.name] for file in read if not file.is_notebook}
    files, left_out = helpers(modules, [file.name for file in read if file.is_notebook])
    return Gathered(documents, files, notes + left_out)


@dataclass(frozen=True)
class _File:
    name: str
    is_notebook: bool
    texts: list[Text]

    @property
    def weight(self) -> tuple[bool, int, int, str]:
        return weight(self.name, self.is_notebook)

    @property
    def code(self) -> int:
        """How many characters of it are parsed."""
        sizes = [len(text.source or "") for text in self.texts if text.may_be_code]
        return sum(size for size in sizes if size <= CELL)


def _read(submission: str, found: Found, notes: list[str]) -> Iterator[_File]:
    """Yield each file that can be read; why others cannot be is noted."""
    cells = 0
    for name, data in found.contents.items():
        try:
            is_notebook = not is_python(name, data)
            file = _File(name, is_notebook, texts(shown(name), data))
        except SubmissionError as problem:
            notes.append(str(problem))
            continue
        cells += len(file.texts)
        if cells > CELLS:
            raise SubmissionError(MANY_CELLS.format(name=submission, limit=CELLS))
        yield file
        if is_notebook and not name.lower().endswith(".ipynb"):
            notes.append(NOTEBOOK_INSIDE.format(name=shown(name)))
