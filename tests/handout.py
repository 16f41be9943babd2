"""What a student gets, in a folder of its own: no answer, no tests of ours."""

from pathlib import Path

from grading.asked import pick
from grading.release.handout import write_handout

ROOT = Path(__file__).resolve().parents[1]


def make_handout(folder: Path) -> Path:
    """Write the handout of all questions of the notebooks."""
    write_handout(folder, pick("all"))
    return folder
