"""softmax-lab release --verify: prove on the handout itself that it works and holds no answer."""

import json
import pickle
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grading.release.environment import Environment
from grading.release.notebooks import as_text
from grading.release.sought import sought
from grading.release.texts import ReleaseError, refuse_leaks, refuse_odd_zip
from grading.release.zips import members
from grading.solutions import fill_notebook

WALK = Path(__file__).with_name("walk.py")


def prove_texts(handout: Path, archive: Path) -> Iterator[str]:
    """Look at every file of the handout and every member of its zip; yield a line a step.

    Raises ReleaseError with file and line for an answer, a hidden test, an output or a path.
    """
    inside = members(handout, archive_root(archive))
    refuse_odd_zip(archive, inside)
    yield f"The zip holds the {len(inside)} files of the folder, and nothing else."
    refuse_leaks(inside)
    yield "No line of an answer, hidden test, output or path of this machine is in any file."


class Proof:
    """What is shown by running the handout, unpacked from its zip, in a folder of its own."""

    def __init__(self, archive: Path, folder: Path, questions: Sequence[str]) -> None:
        """Unpack the zip and install what the handout asks for."""
        self.folder, self.questions = folder, questions
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        self.handout = folder / archive_root(archive)
        self.environment = Environment(self.handout, folder / "environment")
        self.notebooks = sorted((self.handout / "notebooks").glob("*.ipynb"))
        self.executed = folder / "executed"

    def steps(self) -> Iterator[str]:
        """Prove step by step; yield a line for each.

        Raises ReleaseError, with file and line, for the first that does not hold.
        """
        yield "Installed in a fresh environment, with the handout's own dependencies only."
        yield from self.empty()
        yield from self.walked()
        yield from self.solved()

    def empty(self) -> Iterator[str]:
        """Run the notebooks as they are handed out, and the students' tests."""
        for notebook in self.notebooks:
            self._expect(self._execute(notebook), "not attempted")
            yield f"notebooks/{notebook.name} runs empty; every answer is not attempted."
        code = (
            "import classifiers, checks; from checks.questions import QUESTIONS; "
            "print(*{checks.check(getattr(classifiers, q)).outcome for q in QUESTIONS}, sep=',')"
        )
        outcomes = self._run("python", "-c", code).strip()
        if outcomes != "not attempted":
            raise ReleaseError(f"classifiers/: check says {outcomes} of the stubs.")
        self._tests(f"{len(self.questions)} skipped")
        yield "The stubs of classifiers/ are not attempted; the students' tests skip them."

    def walked(self) -> Iterator[str]:
        """Call whatever can be imported."""
        right = self.folder / "sought"
        right.write_bytes(pickle.dumps(sought()))
        printed = self._run("python", "-P", WALK, right).splitlines()
        right.unlink()
        found = [line for line in printed if " returns " in line]
        if found or not printed or not printed[-1].endswith(" calls"):
            raise ReleaseError(f"An answer can be imported: {'; '.join(found or printed[-1:])}.")
        yield f"Nothing importable returns a right gradient ({printed[-1]} of {printed[0]})."

    def solved(self) -> Iterator[str]:
        """Fill in the reference, run the notebooks, and hand them in."""
        for notebook in self.notebooks:
            filled = fill_notebook(json.loads(notebook.read_text("utf-8")))
            notebook.write_text(as_text(filled), encoding="utf-8")
            self._expect(self._execute(notebook), "correct")
            yield f"notebooks/{notebook.name} runs with the reference; every answer is correct."
        self._tests(f"{len(self.questions)} passed")
        self._run("softmax-lab", "submit", *self.notebooks)
        yield "The students' tests pass with the reference, and it can be handed in."

    def write_staff(self, folder: Path) -> None:
        """Copy the solved notebooks as they were last run into a folder."""
        shutil.copytree(self.executed, folder)

    def _tests(self, expected: str) -> None:
        printed = self._run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
        if expected not in printed.splitlines()[-1]:
            raise ReleaseError(f"tests/test_answers.py: expected {expected}, not {printed[-500:]}")

    def _run(self, program: str, *arguments: str | Path) -> str:
        ran = self.environment.run(program, *arguments)
        if ran.returncode:
            said = (ran.stderr or ran.stdout).strip()[-1500:]
            raise ReleaseError(f"{program} {' '.join(map(str, arguments))} fails:\n{said}")
        return ran.stdout

    def _execute(self, notebook: Path) -> dict[str, Any]:
        """Run a notebook from top to bottom, and return it as it stands then."""
        self._run(
            "python", "-m", "nbconvert", "--to", "notebook", "--execute", "--log-level", "ERROR",
            "--ExecutePreprocessor.timeout=600", "--output-dir", self.executed, notebook,
        )  # fmt: skip
        executed: dict[str, Any] = json.loads((self.executed / notebook.name).read_text("utf-8"))
        return executed

    def _expect(self, notebook: Mapping[str, Any], outcome: str) -> None:
        """Raise ReleaseError unless the verdict below each answer is as expected."""
        verdicts = [cell for cell in notebook["cells"] if cell["id"].startswith("verdict-")]
        for cell in verdicts:
            plain = [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
            said = "".join("".join(text) for text in plain)
            _mark, _, title = said.partition("\n")[0].lower().partition(" ")
            if not title.startswith(outcome):
                raise ReleaseError(f"{cell['id']}: expected {outcome}, not {said[:500]}")


def archive_root(archive: Path) -> str:
    """Return the folder that a zip unpacks into."""
    with zipfile.ZipFile(archive) as packed:
        return packed.namelist()[0].partition("/")[0]
