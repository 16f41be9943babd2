"""Read what a submission of the corpus deserves out of its first lines."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.points import points

HERE = Path(__file__).parent
MARK = "#: "
QUESTIONS = {"naive": "softmax_loss_naive", "vectorized": "softmax_loss_vectorized"}


@dataclass(frozen=True)
class Deserved:
    """What one question of a submission deserves.

    points   of ten
    lost     ids of the tests that earn nothing
    says     a text that must stand in what is reported of this question, "" for none
    mistake  an id of checks/mistakes.toml that must be among those named, "" for none
    outcome  of the question, "" for any
    """

    points: float
    lost: frozenset[str]
    says: str
    mistake: str
    outcome: str


@dataclass(frozen=True)
class Submission:
    """One submission of the corpus.

    name       folder and file, such as "wrong/transposed"
    what       it is, in a sentence
    covers     what of the demands on a grader it stands for
    kind       what is made of it, a key of tests.corpus.build.KINDS
    filename   under which it is handed in, "" for its name
    text       the content of a file of kind "bytes"
    questions  what each question deserves, by the question's name; of those that are graded
    reason     a text that must stand in why it is not graded, "" where it is graded
    notes      a text that must stand in the record's notes, "" for none
    quick      whether it is among those that are always graded
    source     what is handed in, as cells divided by "# %%" and files divided by "# ==> name"
    """

    name: str
    what: str
    covers: tuple[str, ...]
    kind: str
    filename: str
    text: str
    questions: dict[str, Deserved]
    reason: str
    notes: str
    quick: bool
    source: str

    @property
    def graded(self) -> bool:
        """Whether anything of it can be asked."""
        return not self.reason


def corpus() -> dict[str, Submission]:
    """Return every submission of the corpus, by its name."""
    files = [path for room in ("right", "wrong", "broken", "hostile") for path in room_of(room)]
    return {found.name: found for found in map(_read, files)}


def room_of(room: str) -> list[Path]:
    """Return the files of right, wrong, broken or hostile, in order."""
    return sorted((HERE / room).glob("*.txt"))


def _read(path: Path) -> Submission:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = [line for line in lines if line.startswith(MARK)]
    said = tomllib.loads("\n".join(line.removeprefix(MARK) for line in header))
    reason = said.pop("reason", "")
    submission = Submission(
        name=f"{path.parent.name}/{path.stem}",
        what=said.pop("what"),
        covers=tuple(said.pop("covers", ())),
        kind=said.pop("kind", "notebook"),
        filename=said.pop("filename", ""),
        text=said.pop("bytes", ""),
        questions={} if reason else {name: _deserved(name, said) for name in QUESTIONS},
        reason=reason,
        notes=said.pop("notes", ""),
        quick=said.pop("quick", False),
        source="\n".join(lines[len(header) :]) + "\n",
    )
    assert not said, f"{path}: nothing is called {', '.join(said)}"
    return submission


def _deserved(name: str, said: dict[str, Any]) -> Deserved:
    """Take what is said of a question; which tests are lost is clear for 0, 1 and 10 points."""
    tests = {*points()[QUESTIONS[name]]}
    earned = said.pop(name, 10)
    clear = {0: tests, 1: tests - {"form"}, 10: set[str]()}
    return Deserved(
        points=earned,
        lost=frozenset(said.pop(f"{name}_lost", None) or clear[earned]),
        says=said.pop(f"{name}_says", ""),
        mistake=said.pop(f"{name}_mistake", ""),
        outcome=said.pop(f"{name}_outcome", ""),
    )
