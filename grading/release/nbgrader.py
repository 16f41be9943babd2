"""The assignment as an nbgrader course takes it: a source notebook, its files, a configuration."""

import ast
import copy
import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grading.points import points
from grading.release.nbgrader_tests import graded_cell, worth
from grading.release.rooms import ROOT, write_rooms
from grading.solutions import fill_stub

ASSIGNMENT = "softmax"
HERE = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

Cell = dict[str, Any]


def write_nbgrader(folder: Path, questions: Sequence[str], seed: int | None = None) -> Path:
    """Write an nbgrader course of one assignment into a folder, and return that folder.

    folder     gets nbgrader_config.py and source/softmax/, with each notebook of ours that asks one
               of the questions, the rooms that it imports, and what its graded cells call
    questions  names of the functions that are graded
    seed       of the problems that students do not see; by default a secret one, drawn anew

    Raises ValueError for a question that no notebook asks.
    """
    notebooks = {path: json.loads(path.read_text("utf-8")) for path in NOTEBOOKS.glob("*.ipynb")}
    nowhere = set(questions) - {name for notebook in notebooks.values() for name in _asks(notebook)}
    if nowhere:
        raise ValueError(
            f"{min(nowhere)} is asked in no notebook, so there is no cell to grade; leave it out."
        )
    seed = secrets.randbelow(2**53) if seed is None else seed
    source = folder / "source" / ASSIGNMENT
    write_rooms(source, questions)
    shutil.copyfile(HERE / "graded_cells.py", source / "graded_cells.py")
    shutil.copyfile(HERE / "nbgrader_config.template", folder / "nbgrader_config.py")
    for path, notebook in notebooks.items():
        if not set(questions).isdisjoint(_asks(notebook)):
            written = source_notebook(notebook, questions, [f"{seed} 1", f"{seed} 2"])
            text = json.dumps(written, ensure_ascii=False, indent=1) + "\n"
            (source / path.name).write_text(text, encoding="utf-8")
    return folder


def source_notebook(notebook: Cell, questions: Sequence[str], seeds: Sequence[str]) -> Cell:
    """Return a copy of a notebook, as JSON, with solution cells and graded cells.

    Code cells behind the last graded one are skipped when nbgrader runs the notebook: they train,
    which takes long and changes no grade.
    """
    cells: list[Cell] = []
    graded: list[Cell] = []  # those that wait until a student has asked check() about the answer
    last = 0
    for cell in notebook["cells"]:
        if graded and not cell["id"].startswith("verdict-"):
            cells += graded
            graded, last = [], len(cells)
        question = _question(cell)
        if question in questions:
            cells.append(_solution_cell(cell))
            graded = [_heading(question), *_graded_cells(question, seeds)]
        else:
            cells.append(_locked(cell) if cell["id"] == "setup" else copy.deepcopy(cell))
    for cell in cells[last:]:
        if cell["cell_type"] == "code":
            cell["metadata"].setdefault("tags", []).append("skip-execution")
    return {**notebook, "cells": cells}


def _asks(notebook: Cell) -> list[str]:
    """Return the questions of a notebook."""
    return [name for cell in notebook["cells"] if (name := _question(cell))]


def _question(cell: Cell) -> str:
    """Return the name of the function that a cell asks for, "" for a cell that asks for none."""
    if "answer" not in cell["metadata"].get("tags", []):
        return ""
    (function,) = ast.parse("".join(cell["source"])).body
    assert isinstance(function, ast.FunctionDef)
    return function.name


def _solution_cell(cell: Cell) -> Cell:
    """Return an answer cell with the reference between nbgrader's markers."""
    stub = "".join(cell["source"])
    filled, (function,) = fill_stub(stub).splitlines(), ast.parse(stub).body
    assert isinstance(function, ast.FunctionDef)
    missing = function.body[-1]
    indent = " " * missing.col_offset
    before = [line for line in filled[: missing.lineno - 1] if not line.startswith(f"{indent}#")]
    body = [indent + BEGIN, *filled[missing.lineno - 1 :], indent + END]
    made = copy.deepcopy(cell)
    made["source"] = "\n".join([*before, *body])
    made["metadata"]["nbgrader"] = _about(function.name, solution=True)
    return made


def _heading(question: str) -> Cell:
    total = sum(test.points for test in points()[question].values())
    text = (
        f"### Graded: {worth(total)}\n\nThe locked cells below grade `{question}`. Most ask about "
        "more inputs once you have handed in. An error in one costs the points of that one only."
    )
    name = f"graded-{question}".replace("_", "-")
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _graded_cells(question: str, seeds: Sequence[str]) -> list[Cell]:
    return [
        {
            "cell_type": "code",
            "id": f"{question}-{test_id}".replace("_", "-")[-64:],
            "metadata": {
                "nbgrader": _about(f"{question}-{test_id}", grade=True, locked=True)
                | {"points": test.points}
            },
            "execution_count": None,
            "outputs": [],
            "source": graded_cell(question, test_id, test, seeds),
        }
        for test_id, test in points()[question].items()
    ]


def _locked(cell: Cell) -> Cell:
    """Return a cell that nbgrader puts back as it was, whatever a student makes of it."""
    made = copy.deepcopy(cell)
    made["metadata"]["nbgrader"] = _about(cell["id"], locked=True)
    return made


def _about(grade_id: str, **flags: bool) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, in version 3 of its schema."""
    about = {"grade": False, "solution": False, "locked": False, "task": False} | flags
    return {"schema_version": 3, "grade_id": grade_id, **about}
