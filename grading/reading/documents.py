"""The notebooks and .py files of a submission, parsed, and which of them counts."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from grading.cells import Cell
from grading.reading.archives import is_zip
from grading.reading.definitions import FUNCTIONS, ROOMS, Statement
from grading.reading.notebooks import Text, decoded, looks_like_notebook, notebook_texts
from grading.reading.parse import Parsed, parse
from grading.reading.sentences import BINARY, LONG, NO_TEXT, NO_ZIP, RENAMED_ZIP, SubmissionError

HANDOUT = ("softmax", "backprop")
CELL = 300_000  # characters; a syntax tree takes up to a kilobyte a character


@dataclass(frozen=True)
class Document:
    """A notebook or .py file, parsed.

    is_notebook  whether it is a notebook
    texts        what was written in each cell
    parsed       what could be parsed of each, without the statements
    by_name      the statements that bind or alter a name, in order
    """

    is_notebook: bool
    texts: list[Text]
    parsed: list[Parsed]
    by_name: dict[str, list[Statement]]

    def binds(self, name: str) -> bool:
        """Whether it gives that name a value."""
        return any(name in statement.binds for statement in self.by_name.get(name, []))

    def functions(self) -> set[str]:
        """Return the names of the functions that it defines, also those that do not count."""
        return {
            name
            for name, statements in self.by_name.items()
            if any(name in statement.functions for statement in statements)
        }

    def statements(self, name: str) -> list[Statement]:
        """Return the statements that make a name what it is, in order.

        Cells that are no code cells count where no code cell binds the name, functions that are not
        written yet where none of that name is.
        """
        found = self.by_name.get(name, [])
        if any(statement.is_code and name in statement.binds for statement in found):
            found = [statement for statement in found if statement.is_code]
        if any(statement.writes(name) for statement in found):
            found = [statement for statement in found if not statement.is_stub(name)]
        return found

    def cells(self, statements: Iterable[Statement]) -> list[Cell]:
        """Return the cells that hold these statements of it, in order."""
        chosen: dict[int, list[int]] = defaultdict(list)
        for statement in statements:
            chosen[statement.cell].append(statement.index)
        return [
            Cell(self.texts[cell].place, self.parsed[cell].source, tuple(sorted(chosen[cell])))
            for cell in sorted(chosen)
        ]

    def notes(self) -> list[str]:
        """Return a sentence on each code cell of which something is missing."""
        empty = [NO_TEXT.format(place=text.place) for text in self.texts if text.source is None]
        return empty + [found.problem for found in self.parsed if found.problem]


def document(texts: list[Text], is_notebook: bool) -> Document:
    """Return what stands in the cells of a file, parsed."""
    by_name: dict[str, list[Statement]] = defaultdict(list)
    parsed: list[Parsed] = []
    for cell, text in enumerate(texts):
        found = _parsed(text)
        parsed.append(Parsed(found.source, problem=found.problem))  # the trees are large
        for index, tree in enumerate(found.statements):
            statement = Statement(tree, text.place, cell, index, text.is_code)
            for name in statement.binds | statement.alters:
                by_name[name].append(statement)
    return Document(is_notebook, texts, parsed, dict(by_name))


def _parsed(text: Text) -> Parsed:
    """Parse a code cell, and any other one that may be a function whose cell has lost its type."""
    if not text.may_be_code:
        return Parsed()
    if len(text.source or "") > CELL:
        return Parsed(problem=LONG.format(place=text.place, limit=CELL))
    found = parse(text.place, text.source or "")
    if text.is_code or any(isinstance(part, FUNCTIONS) for part in found.statements):
        return found
    return Parsed()


def texts(name: str, data: bytes) -> list[Text]:
    """Return what stands in a notebook, or in a .py file as in one cell.

    Raises SubmissionError for what is neither.
    """
    if name.lower().endswith(".zip") and not looks_like_notebook(data):
        raise SubmissionError(NO_ZIP.format(name=name))
    if not is_python(name, data):
        return notebook_texts(name, data)
    if is_zip(data):
        raise SubmissionError(RENAMED_ZIP.format(name=name))
    source = decoded(data)
    if "\0" in source:
        raise SubmissionError(BINARY.format(name=name))
    return [Text(name, source)]


def is_python(name: str, data: bytes) -> bool:
    """Whether a file is to be read as Python: by its ending, if no notebook was saved under it."""
    return name.lower().endswith(".py") and not looks_like_notebook(data)


def weight(name: str, is_notebook: bool) -> tuple[bool, int, int, str]:
    """Return how much a file counts where several define one name: the greater, the more.

    Notebooks count more than .py files, the handout's names more than others and more than their
    copies, what lies in a folder less than what lies beside it, and else the later in order.
    """
    path = PurePosixPath(name.lower())
    is_copy = any(word in path.name for word in HANDOUT)
    is_original = re.split(r"\.", path.name)[0] in HANDOUT
    is_room = not is_notebook and path.parts[0].removesuffix(".py") in ROOMS
    return is_notebook, is_copy + is_original - is_room, -len(path.parts), name
