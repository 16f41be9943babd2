"""The notebooks of a handout: the questions that are asked, and what stands on their answers."""

import ast
import copy
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from grading.release.rooms import ROOT

NOTEBOOKS = ROOT / "notebooks"
TO_FILL = re.compile(r"\b[A-Z][a-z]+ cells are yours to fill: those that say")
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")

Notebook = dict[str, Any]


def released(questions: Collection[str]) -> dict[str, Notebook]:
    """Return the notebooks that ask some of these questions, by file name, as JSON.

    Raises ValueError for a question that no notebook asks.
    """
    found = {path.name: json.loads(path.read_text("utf-8")) for path in NOTEBOOKS.glob("*.ipynb")}
    asked = {name: _asked(notebook) for name, notebook in sorted(found.items())}
    nowhere = set(questions) - {question for names in asked.values() for question in names}
    if nowhere:
        raise ValueError(f"{min(nowhere)} is asked in no notebook, so it cannot be handed out.")
    return {
        name: with_questions(found[name], questions)
        for name, names in asked.items()
        if not set(questions).isdisjoint(names)
    }


def with_questions(notebook: Notebook, questions: Collection[str]) -> Notebook:
    """Return a copy without outputs, and without what needs answers that are not asked for."""
    cells = [_emptied(cell) for cell in notebook["cells"]]
    missing = {name for name in _asked(notebook) if name not in questions}
    whole = [cell["source"] for cell in cells]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["source"] = _without(cell["source"], missing)
    changed = [cell["source"] != source for cell, source in zip(cells, whole, strict=True)]
    _drop_unneeded(cells, changed)
    kept = [cell for cell, about in zip(cells, _sections(cells, changed), strict=True) if about]
    for cell in kept:
        _count_answers(cell, len(set(_asked({"cells": kept}))))
    metadata = {"kernelspec", "language_info"} & set(notebook["metadata"])
    about = {name: notebook["metadata"][name] for name in sorted(metadata)}
    return {**notebook, "metadata": about, "cells": kept}


def as_text(notebook: Notebook) -> str:
    """Return a notebook as its file holds it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _asked(notebook: Notebook) -> list[str]:
    """Return the questions of a notebook, in order."""
    names = []
    for cell in notebook["cells"]:
        if "answer" in cell["metadata"].get("tags", []):
            (function,) = ast.parse("".join(cell["source"])).body
            assert isinstance(function, ast.FunctionDef)
            names.append(function.name)
    return names


def _emptied(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a cell without outputs, its source as one text."""
    empty: dict[str, Any] = {**copy.deepcopy(cell), "source": "".join(cell["source"])}
    if empty["cell_type"] == "code":
        empty |= {"outputs": [], "execution_count": None}
    tags = cell["metadata"].get("tags")
    return {**empty, "metadata": {"tags": tags} if tags else {}}


def _without(source: str, missing: set[str]) -> str:
    """Return a cell without the statements that need missing names; what they bind is missing too.

    `missing` grows and shrinks on the way, as names go missing or are bound again.
    """
    kept = ""
    for text, statement in _statements(source):
        bound = _bound(statement)
        is_stub = isinstance(statement, ast.FunctionDef) and statement.name in missing
        if is_stub or _needed(statement) & missing:
            missing |= bound
        else:
            missing -= bound
            kept += text
    return kept.strip("\n")


def _drop_unneeded(cells: list[dict[str, Any]], changed: list[bool]) -> None:
    """Empty what is left of a changed cell where no later cell needs a name of it."""
    needed: set[str] = set()
    for cell, is_changed in reversed([*zip(cells, changed, strict=True)]):
        if cell["cell_type"] != "code":
            continue
        kept = ""
        for text, statement in reversed([*_statements(cell["source"])]):
            if not is_changed or _bound(statement) & needed:
                needed |= _needed(statement)
                kept = text + kept
        if is_changed:
            cell["source"] = kept.strip("\n")


def _sections(cells: list[dict[str, Any]], changed: list[bool]) -> Iterator[bool]:
    """Yield for each cell whether it stays: text goes with the last whole cell that it is about.

    Text without code below it stays, unless it goes on about what has gone.
    """
    stays = True
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            yield bool(cell["source"])
            continue
        about = []
        for later in range(number + 1, len(cells)):
            if cells[later]["cell_type"] != "code":
                break
            about.append(not changed[later])
        stays = any(about) if about else stays or cell["source"].startswith("#")
        yield stays


def _statements(source: str) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each statement with its lines, the comments and blank lines before it included."""
    lines, start = source.splitlines(keepends=True), 0
    for statement in ast.parse(source).body:
        assert statement.end_lineno is not None
        text = "".join(lines[start : statement.end_lineno])
        yield text if text.endswith("\n") else f"{text}\n", statement
        start = statement.end_lineno


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds in the notebook."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    return _names(statement, ast.Store)


def _needed(statement: ast.stmt) -> set[str]:
    """Return the names that a statement reads and does not bind itself."""
    arguments = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    return _names(statement, ast.Load) - _names(statement, ast.Store) - arguments


def _names(statement: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, context)}


def _count_answers(cell: dict[str, Any], count: int) -> None:
    """Say how many cells are left to fill."""
    said = f"{NUMBERS[count]} cells are yours to fill: those that say"
    if count == 1:
        said = "One cell is yours to fill: the one that says"
    if cell["cell_type"] == "markdown":
        cell["source"] = TO_FILL.sub(said, cell["source"])
