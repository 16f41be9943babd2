"""One whole release, proved on itself: a fresh environment, real kernels, a walk, a hand-in."""

import json
from pathlib import Path

import pytest

from grading.release.making import RECORD, release
from grading.release.texts import ReleaseError, refuse_leaks
from grading.release.zips import members

STEPS = (
    "The zip holds the",
    "No line of an answer",
    "Installed in a fresh environment",
    "notebooks/backprop.ipynb runs empty",
    "notebooks/softmax.ipynb runs empty",
    "The stubs of classifiers/ are not attempted",
    "Nothing importable returns a right gradient",
    "notebooks/backprop.ipynb runs with the reference",
    "notebooks/softmax.ipynb runs with the reference",
    "The students' tests pass with the reference",
)


@pytest.mark.slow
def test_a_release_of_all_questions_proves_itself_and_gives_staff_the_answers(
    tmp_path: Path,
) -> None:
    out, said = tmp_path / "out", list[str]()
    release(out, "all", staff=True, say=said.append)
    assert [
        line for line, step in zip(said, STEPS, strict=False) if not line.startswith(step)
    ] == []
    assert {path.name for path in out.iterdir()} == {RECORD, "handout", "handout.zip", "staff"}
    assert not list((out / "handout").rglob("*.lock"))
    for name in ("softmax.ipynb", "backprop.ipynb"):
        solved = json.loads((out / "staff" / name).read_text("utf-8"))
        verdicts = [cell for cell in solved["cells"] if cell["id"].startswith("verdict-")]
        assert verdicts
        assert all("Correct" in str(cell["outputs"]) for cell in verdicts)
    with pytest.raises(ReleaseError, match=r"staff/backprop\.ipynb, line"):
        refuse_leaks(members(out / "staff", "staff"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
