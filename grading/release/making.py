"""softmax-lab release: made in a temporary folder beside OUT, proved there, and then renamed."""

import json
import shutil
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import classifiers
from grading.asked import pick
from grading.points import points
from grading.release.gradescope import write_gradescope
from grading.release.handout import write_handout
from grading.release.nbgrader import write_nbgrader
from grading.release.proving import Proof, prove_texts
from grading.release.zips import members, write_zip
from grading.solutions import solution

RECORD = "release.json"
INSIDE = "softmax-lab"  # the folder that handout.zip unpacks into
PARTS = {RECORD, "handout", "handout.zip", "staff", "nbgrader", "gradescope"}


class Format(StrEnum):
    """Who the release is for, beside the students."""

    handout = "handout"
    nbgrader = "nbgrader"
    gradescope = "gradescope"


def release(
    out: Path,
    questions: str = "naive,vectorized",
    format: str = "handout",
    staff: bool = False,
    verify: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Write a release into a folder: handout/ and handout.zip, and what else is asked for.

    out        a folder that is not there, is empty, or holds an earlier release, which is replaced
    questions  as grading.asked.pick reads them
    format     one of Format: "nbgrader" adds nbgrader/, "gradescope" adds gradescope/
    staff      whether to add staff/, the solved and executed notebooks
    verify     whether to prove on the handout that it works and holds no answer
    say        is called with a sentence for each step

    Raises ValueError for questions that are unknown or in no notebook, for an `out` that holds
    anything else, for solution markers that are missing, nested, unclosed or misplaced, for a table
    of points that is not right, and for a handout that does not prove right; `out` is then as it
    was.
    """
    asked = pick(questions)
    _refuse_unless_free(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as unfinished:
        made = Path(unfinished) / "made"
        handout, archive = made / "handout", made / "handout.zip"
        points()  # a table that cannot be graded by is refused before anything is written
        for question in asked:
            solution(getattr(classifiers, question))
        write_handout(handout, asked)
        write_zip(archive, members(handout, INSIDE))
        if format == Format.nbgrader:
            write_nbgrader(made / "nbgrader", asked)
        if format == Format.gradescope:
            write_gradescope(made / "gradescope", asked)
        for line in prove_texts(handout, archive):
            say(line)
        if verify or staff:
            _run(archive, made, asked, staff, verify, say)
        record: dict[str, object] = {
            "made_by": "softmax-lab release",
            "questions": asked,
            "format": str(format),
        }
        record |= {"verified": verify}
        (made / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        _replace(out, made, Path(unfinished) / "former")
    if format == Format.nbgrader:
        say(
            f"{out / 'nbgrader'} is the course folder: `nbgrader generate_assignment softmax` "
            "there makes release/softmax, which is for students; the handout is not."
        )
    else:
        say(f"{out / 'handout'} and {out / 'handout.zip'} are for students.")
    if format == Format.gradescope:
        say(f"{out / 'gradescope' / 'autograder.zip'} is for Gradescope, and holds every answer.")
    if not verify:
        say("Not verified: nothing of it was run.")
    if staff:
        say(f"{out / 'staff'} holds every answer.")


def _run(
    archive: Path, made: Path, asked: tuple[str, ...], staff: bool, verify: bool,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Run the handout outside the repository, as a proof, for staff or for both."""
    with tempfile.TemporaryDirectory(prefix="softmax-lab-") as folder:
        proof = Proof(archive, Path(folder), asked)
        for line in proof.steps() if verify else proof.solved():
            say(line)
        if staff:
            proof.write_staff(made / "staff")
            for line in prove_texts(made / "handout", archive):
                say(line)


def _refuse_unless_free(out: Path) -> None:
    """Raise ValueError unless a release may be written there."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or out.is_symlink():
        raise ValueError(f"{out} is no folder; give one that is empty or not there.")
    inside = {path.name for path in out.iterdir()}
    foreign = sorted(inside - PARTS) if RECORD in inside else sorted(inside)
    if foreign:
        raise ValueError(
            f"{out} holds {foreign[0]}, which is not of a release; give a folder that is empty or "
            f"not there, or an earlier release, which has a {RECORD} and nothing foreign in it."
        )


def _replace(out: Path, made: Path, former: Path) -> None:
    """Put the new release in the place of what is there; a failure leaves that as it was."""
    if out.exists():
        out.rename(former)
    try:
        made.rename(out)
    except BaseException:
        if former.exists():
            former.rename(out)
        raise
    shutil.rmtree(former, ignore_errors=True)
