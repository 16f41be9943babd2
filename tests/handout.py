"""What a student gets, in a folder of its own: no answer, no tests."""

import shutil
from pathlib import Path

from grading.solutions import stripped

ROOT = Path(__file__).resolve().parents[1]


def make_handout(folder: Path) -> Path:
    """Copy what a student gets into the folder, with every reference body stripped."""
    for room in ("classifiers", "datasets", "checks", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / room, folder / room, ignore=ignored)
    shutil.copy(ROOT / "gradient_check.py", folder)
    for file in (folder / "classifiers").glob("*.py"):
        file.write_text(stripped(file.read_text("utf-8")), encoding="utf-8")
    return folder
