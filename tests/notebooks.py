"""Read a notebook, and run it through a real kernel, for the tests."""

import ast
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
SOFTMAX, BACKPROP = FOLDER / "softmax.ipynb", FOLDER / "backprop.ipynb"
NOTEBOOKS = [SOFTMAX, BACKPROP]
LIMIT = 300  # seconds after which a cell hangs, on the slowest machine; it measures nothing


def read(path: Path = SOFTMAX) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def answers(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that a student fills."""
    return [cell for cell in notebook.cells if "answer" in cell.metadata.get("tags", [])]


def stub(cell: nbformat.NotebookNode) -> ast.FunctionDef:
    """Return the one function of an answer cell."""
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    return function


def source(notebook: nbformat.NotebookNode, cell_id: str) -> str:
    """Return what is written in a cell."""
    return next(cell.source for cell in notebook.cells if cell.id == cell_id)


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run every cell in a kernel started in `folder`; an exception in a cell is raised."""
    client = NotebookClient(notebook, timeout=LIMIT, resources={"metadata": {"path": str(folder)}})
    return client.execute()


def outputs(notebook: nbformat.NotebookNode, cell_id: str) -> list[Any]:
    return next(cell.outputs for cell in notebook.cells if cell.id == cell_id)


def printed(notebook: nbformat.NotebookNode, cell_id: str) -> str:
    """Return what a cell printed."""
    found = outputs(notebook, cell_id)
    return "".join(output.text for output in found if output.output_type == "stream")


def shown(notebook: nbformat.NotebookNode, cell_id: str, kind: str) -> int:
    """Return how many outputs of a MIME type a cell shows."""
    return sum(kind in output.get("data", {}) for output in outputs(notebook, cell_id))


def pictures(notebook: nbformat.NotebookNode, cell_id: str) -> int:
    """Return how many pictures a cell drew."""
    return shown(notebook, cell_id, "image/png")
