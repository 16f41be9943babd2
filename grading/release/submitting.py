"""softmax-lab submit: the one zip that a student hands in."""

import ast
import json
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from checks import check
from grading.release.zips import write_zip
from grading.submission import Submission, SubmissionError, read_answers, read_submission

NAME = "softmax-submission.zip"
OURS = b"made by softmax-lab submit"  # the comment of the zip
LARGEST_OUTPUT = 20_000  # characters of JSON; a picture is larger, and is drawn again by its cell
INCOMPLETE, NOTHING = 1, 2  # exit statuses


def submit(notebooks: Sequence[Path], out: Path | None, questions: Sequence[str]) -> int:
    """Write the zip of some notebooks, say what is in it, and return the exit status.

    notebooks  saved notebooks or .py files
    out        the zip, or a folder for it; by default it lies beside the first notebook
    questions  names of the functions that are asked

    Returns 0 if every answer is there, 1 if the zip was written although one is missing or not
    written, and 2 if there is no zip: nothing can be read, or nothing can be written.
    """
    try:
        for path in notebooks:
            if not path.is_file():
                what = "a folder" if path.is_dir() else "no file"
                raise SubmissionError(f"{path} is {what}; expected a saved notebook.")
            if path.suffix == ".zip":
                raise SubmissionError(f"{path} is a zip; expected the notebooks to put into one.")
            read_submission(path)
        content, left_out = _members(notebooks)
        target = _target(notebooks[0], out)
        absent, correct = _report(content, questions)
        with tempfile.TemporaryDirectory() as folder:
            write_zip(Path(folder) / NAME, content)
            read_submission(Path(folder) / NAME)
        write_zip(target, content, OURS)
    except (SubmissionError, OSError) as problem:
        print(f"softmax-lab submit: {problem}\nNo zip was written.")
        return NOTHING
    print(f"\n{target}")
    for name, text in content.items():
        print(f"    {name:40} {max(1, round(len(text) / 1000)):>6,} kB")
    if left_out:
        print(f"    ({left_out} large outputs, such as pictures, are left out; all code is in)")
    for sentence in absent:
        print(f"! {sentence}")
    state = "! Not complete, but written" if absent else "Complete"
    print(f"{state}, {correct} of {len(questions)} correct so far: hand in {target}")
    return INCOMPLETE if absent else 0


def _target(first: Path, out: Path | None) -> Path:
    """Return the path of the zip; what is there and not made here is not written over."""
    target = first.parent / NAME if out is None else out / NAME if out.is_dir() else out
    if target.suffix != ".zip":
        raise SubmissionError(f"{target} is no name for a zip; end it in .zip.")
    if not target.parent.is_dir():
        raise SubmissionError(f"{target.parent} is no folder; make it first, or choose another.")
    if target.exists() and not (zipfile.is_zipfile(target) and _comment(target) == OURS):
        raise SubmissionError(
            f"{target} is there, and not one that was made here; give another name with --out."
        )
    return target


def _comment(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.comment


def _members(notebooks: Sequence[Path]) -> tuple[dict[str, bytes], int]:
    """Return what the zip holds by name, and how many outputs were left out."""
    content: dict[str, bytes] = {}
    left_out = 0
    for path in notebooks:
        if path.name in content:
            raise SubmissionError(f"Two of the files are called {path.name}; rename one of them.")
        content[path.name], count = _lightened(path)
        left_out += count
    for path in notebooks:
        for helper in _helpers(read_submission(path), path.parent):
            content.setdefault(helper.name, helper.read_bytes())
    return content, left_out


def _lightened(path: Path) -> tuple[bytes, int]:
    """Return a notebook without its large outputs, and how many those were."""
    content, count = path.read_bytes(), 0
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
        for cell in notebook["cells"]:
            outputs = cell.get("outputs") or []
            small = [one for one in outputs if len(json.dumps(one)) <= LARGEST_OUTPUT]
            if len(small) < len(outputs):
                cell["outputs"], count = small, count + len(outputs) - len(small)
    except (ValueError, TypeError, KeyError, AttributeError):
        return content, 0
    if not count:
        return content, 0
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode(), count


def _helpers(submission: Submission, folder: Path) -> list[Path]:
    """Return the .py files beside a notebook that its cells import, and those that these import."""
    found: list[Path] = []
    sources = [text.source or "" for document in submission.documents for text in document.parsed]
    while sources:
        for name in _imported(sources.pop()):
            file = folder / f"{name}.py"
            if file.is_file() and file not in found:
                found.append(file)
                sources.append(file.read_text("utf-8", errors="replace"))
    return found


def _imported(source: str) -> set[str]:
    """Return the first names of all modules that a source imports."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    nodes = [*ast.walk(tree)]
    names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def _report(content: dict[str, bytes], questions: Sequence[str]) -> tuple[list[str], int]:
    """Print what check says of each answer, as it will be read.

    Returns sentences on what is missing, and how many answers are correct.
    """
    absent, correct = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in content.items():
            (Path(folder) / name).write_bytes(text)
        answers = read_answers(folder)
        for question in questions:
            try:
                with redirect_stdout(StringIO()):
                    function = answers.function(question)
                result = check(function, question)
                said = result.outcome
                correct += result.ok
                if not result.ok and said != "not attempted":
                    said += f": {(result.titles or [result.seen])[0].splitlines()[0]}"
                else:
                    absent += [] if result.ok else [f"{question} is not written yet."]
            except SubmissionError as problem:
                said = "missing"
                absent.append(str(problem))
            print(f"{question:30} {said}", flush=True)
    for sentence in dict.fromkeys(answers.problems):
        print(f"    {sentence}")
    return absent, correct
