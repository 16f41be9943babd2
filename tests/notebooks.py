"""Run a notebook through a real kernel, for the tests."""

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

SOFTMAX = Path(__file__).resolve().parents[1] / "notebooks" / "softmax.ipynb"


def read(path: Path = SOFTMAX) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run every cell in a kernel started in `folder`; an exception in a cell is raised."""
    client = NotebookClient(notebook, timeout=90, resources={"metadata": {"path": str(folder)}})
    return client.execute()


def printed(notebook: nbformat.NotebookNode, cell_id: str) -> str:
    """Return what a cell printed."""
    outputs = next(cell.outputs for cell in notebook.cells if cell.id == cell_id)
    return "".join(output.text for output in outputs if output.output_type == "stream")


def pictures(notebook: nbformat.NotebookNode, cell_id: str) -> int:
    """Return how many pictures a cell drew."""
    outputs: list[Any] = next(cell.outputs for cell in notebook.cells if cell.id == cell_id)
    return sum("image/png" in output.get("data", {}) for output in outputs)
