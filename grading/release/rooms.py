"""The rooms that a student's code may import: the project's, with every answer taken out."""

import shutil
from collections.abc import Collection
from pathlib import Path

from grading.solutions import MarkerError, marked, stripped

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("classifiers", "checks", "datasets")
ANSWERS = "classifiers"  # the one room that holds answers
CHECKER = "gradient_check.py"
STAFF_ONLY = ("fused.py", "fused_tiles.py")  # an answer all through, and nothing that is asked
IGNORED = ("__pycache__", ".ipynb_checkpoints", "*.pyc", ".*", *STAFF_ONLY)


def write_rooms(folder: Path, questions: Collection[str] = ()) -> None:
    """Write the stripped classifiers/, checks/, datasets/ and gradient_check.py into a folder.

    folder     is made where it is missing; the rooms must not be in it yet
    questions  those that are asked; whichever they are, every answer is taken out

    Raises MarkerError for solution markers that are nested, unclosed or misplaced, with file and
    line, before anything is written.
    """
    answers = stripped_answers()
    folder.mkdir(parents=True, exist_ok=True)
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns(*IGNORED))
    shutil.copyfile(ROOT / CHECKER, folder / CHECKER)
    for name, text in answers.items():
        (folder / ANSWERS / name).write_text(text, encoding="utf-8")


def stripped_answers(root: Path = ROOT) -> dict[str, str]:
    """Return the modules of the room with answers, without them, by file name.

    Raises MarkerError as write_rooms does, and for a marker in any other room.
    """
    found: dict[str, str] = {}
    others = [file for room in ROOMS[1:] for file in sorted((root / room).rglob("*.py"))]
    for file in [*sorted((root / ANSWERS).glob("*.py")), *others, root / CHECKER]:
        if file.name in STAFF_ONLY:
            continue
        try:
            text = file.read_text("utf-8")
            pairs = marked(text)
            if file.parent.name == ANSWERS:
                found[file.name] = stripped(text)
            elif pairs:
                raise MarkerError(f"line {pairs[0][0]}: answers are expected in {ANSWERS}/ alone.")
        except MarkerError as problem:
            raise MarkerError(f"{file.relative_to(root)}, {problem}") from None
    return found
