"""Submissions for the tests: notebooks, folders and zips of a few cells."""

import ast
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from grading.submission import Submission


def notebook(*cells: str | tuple[str, str], **more: Any) -> bytes:
    """Return a notebook of code cells, and of others given as (type, source)."""
    typed = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
    found = [{"cell_type": kind, "source": text.splitlines(True)} for kind, text in typed]
    return json.dumps({"cells": found, "nbformat": 4, **more}).encode()


def written(path: Path, *cells: str | tuple[str, str]) -> Path:
    """Write a notebook, or a text as it is where the name ends in .py."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".py":
        path.write_text("\n".join(str(cell) for cell in cells))
    else:
        path.write_bytes(notebook(*cells))
    return path


def zipped(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """Write a zip of members, and of links by what they lead to."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            link = zipfile.ZipInfo(name)
            link.external_attr = 0o120777 << 16
            archive.writestr(link, target)
    return path


def zip_bytes(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def kept(submission: Submission, function: str) -> list[str]:
    """Return the statements that a function depends on, each on one line, bodies left out."""
    return [
        ast.unparse(ast.parse(cell.source).body[index]).splitlines()[0]
        for cell in submission.cells_for(function)
        for index in cell.statements
    ]
