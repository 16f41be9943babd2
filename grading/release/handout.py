"""The student's handout: a folder in which everything that a student needs works."""

import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks.questions import QUESTIONS
from grading.release.notebooks import as_text, released
from grading.release.rooms import IGNORED, ROOT, write_rooms

STUDENT = Path(__file__).resolve().parent / "student"
READING = ("__init__.py", "cells.py", "submission.py", "reading")
SUBMITTING = ("__init__.py", "submitting.py", "zips.py")
NEEDED = (
    "numpy", "matplotlib", "tqdm", "typer", "pooch", "threadpoolctl", "jupyterlab", "ipywidgets",
)  # fmt: skip
PAGES = {"gradient-check.md": ("What it was held against",)}  # with the sections left out


def write_handout(folder: Path, questions: Sequence[str]) -> None:
    """Write all that a student receives into a folder that does not exist yet.

    questions  names of the functions that are asked; each must be in a notebook

    Raises ValueError for a question that no notebook asks, and MarkerError for solution markers
    that are nested, unclosed or misplaced, both before anything is written.
    """
    notebooks = released(questions)
    write_rooms(folder, questions)
    (folder / "notebooks").mkdir()
    for name, notebook in notebooks.items():
        (folder / "notebooks" / name).write_text(as_text(notebook), encoding="utf-8")
    _copy_code(folder)
    _write_pages(folder, {"questions": questions, "notebooks": [*notebooks], **_project()})


def _copy_code(folder: Path) -> None:
    """Copy what reads a notebook and hands it in, and none of what grades it."""
    ignored = shutil.ignore_patterns(*IGNORED)
    (folder / "grading" / "release").mkdir(parents=True)
    for name in READING:
        source = ROOT / "grading" / name
        if source.is_dir():
            shutil.copytree(source, folder / "grading" / name, ignore=ignored)
        else:
            shutil.copyfile(source, folder / "grading" / name)
    for name in SUBMITTING:
        shutil.copyfile(ROOT / "grading" / "release" / name, folder / "grading" / "release" / name)


def _write_pages(folder: Path, about: dict[str, Any]) -> None:
    """Write the pages and the project files; those that end in .jinja are filled in first."""
    environment = Environment(
        loader=FileSystemLoader(STUDENT), undefined=StrictUndefined, keep_trailing_newline=True,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    for file in sorted(STUDENT.rglob("*")):
        target = folder / file.relative_to(STUDENT)
        if file.is_dir() or "__pycache__" in file.parts:
            continue
        target.parent.mkdir(exist_ok=True)
        if file.suffix == ".jinja":
            name = file.relative_to(STUDENT).as_posix()
            text = environment.get_template(name).render(about)
            target.with_suffix("").write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(file, target)
    for page, left_out in PAGES.items():
        text = without_sections((ROOT / "docs" / page).read_text("utf-8"), left_out)
        (folder / "docs" / page).write_text(text, encoding="utf-8")
    shutil.copyfile(ROOT / "docs" / "ladder.png", folder / "docs" / "ladder.png")
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")


def without_sections(page: str, headings: Sequence[str]) -> str:
    """Return a Markdown page without the sections of these headings."""
    sections = page.split("\n## ")
    return "\n## ".join(one for one in sections if one.partition("\n")[0] not in headings)


def _project() -> dict[str, Any]:
    """Return what the handout's pyproject.toml takes over from this project's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    every = [*project["dependencies"], *project["optional-dependencies"]["notebook"]]
    names = {line.partition(">")[0]: line for line in every}
    return {
        "version": project["version"],
        "python": project["requires-python"],
        "dependencies": [names[name] for name in NEEDED],
        "vectorized": [name for name, about in QUESTIONS.items() if about.vectorized],
    }
