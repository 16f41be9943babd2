"""What a function depends on, among the statements of all files of a submission."""

from collections.abc import Sequence

from grading.cells import Cell
from grading.reading.definitions import BUILTINS, EVERYTHING, Statement
from grading.reading.documents import Document
from grading.reading.sentences import OFTEN, RETYPED, UNWRITTEN


def home(documents: Sequence[Document], function: str) -> Document | None:
    """Return the file whose definition of a function counts, or None.

    documents  those that count most first

    A file in which the function is written counts more than one that holds its stub only.
    """
    answering = [
        document
        for document in documents
        if any(statement.answers(function) for statement in document.statements(function))
    ]
    for document in answering:
        if any(statement.writes(function) for statement in document.statements(function)):
            return document
    return answering[0] if answering else None


def cells_for(documents: Sequence[Document], function: str) -> list[Cell]:
    """Return what a function depends on, in order; [] if it is not defined.

    A name is looked up in the function's own file first, and then in the others.  Those run before
    it, so that what its own file defines holds.
    """
    own = home(documents, function)
    if own is None:
        return []
    order = [own, *(document for document in documents if document is not own)]
    chosen: list[set[Statement]] = [set() for _ in order]
    waiting, seen = [function], set()
    while waiting:
        name = waiting.pop()
        place = None if name in seen else _where(order, name)
        seen.add(name)
        if place is None:
            continue
        found = set(order[place].statements(name))
        if not chosen[place]:
            found |= set(order[place].statements(EVERYTHING))
        for statement in found - chosen[place]:
            waiting.extend(statement.needs)
        chosen[place] |= found
    both = zip(reversed(order), reversed(chosen), strict=True)
    return [cell for document, statements in both for cell in document.cells(statements)]


def _where(order: Sequence[Document], name: str) -> int | None:
    for place, document in enumerate(order):
        if document.binds(name):
            return place if place == 0 or name not in BUILTINS else None
    return None


def notes_on(documents: Sequence[Document], function: str) -> list[str]:
    """Return sentences on which definition of a function counts, where that is not plain."""
    own = home(documents, function)
    if own is None:
        return []
    counted = [one for one in own.statements(function) if function in one.functions]
    if not counted:
        return []
    alike = [document for document in documents if document.is_notebook == own.is_notebook]
    rivals = [
        one
        for document in alike
        for one in document.by_name.get(function, [])
        if function in one.functions and one.is_code == counted[-1].is_code
    ]
    written = [one for one in rivals if not one.is_stub(function)]
    stubs = dict.fromkeys(one.place for one in rivals if one.is_stub(function))
    place, notes = counted[-1].place, []
    if not counted[-1].is_code:
        notes.append(RETYPED.format(function=function, place=place))
    if len(written) > 1:
        notes.append(OFTEN.format(function=function, count=len(written), place=place))
    if written and stubs:
        notes.append(UNWRITTEN.format(function=function, places=", ".join(stubs), place=place))
    return notes
