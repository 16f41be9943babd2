"""Which files of a submission are read: folders, zips, copies, modules, and what is refused."""

import hashlib
import json
import os
import struct
import zipfile
from pathlib import Path

import pytest

from grading.reading import files
from grading.submission import Answers, Submission, SubmissionError, read_submission
from tests.reading_samples import kept, notebook, written, zip_bytes, zipped

NAIVE = "softmax_loss_naive"
STUB = f"def {NAIVE}():\n    raise NotImplementedError"
links = pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there, or are not")


def gives(value: object) -> str:
    return f"def {NAIVE}():\n    return {value}"


def answer(submission: Submission) -> object:
    return Answers(submission).function(NAIVE)()


def refusal(path: Path) -> str:
    with pytest.raises(SubmissionError) as caught:
        read_submission(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ana_123_softmax.ipynb", "ana_123_softmax"),
        ("softmax (1).ipynb", "softmax (1)"),
        ("-rf.ipynb", "-rf"),
        ('it\'s "mine" 👩‍🔬.IPYNB', 'it\'s "mine" 👩‍🔬'),
        ("ana.ipynb.txt", "ana"),
        ("=1+1.py", "=1+1"),
        ("two\nlines\x1b[31m.py", "two�lines�[31m"),
        ("\udcffé.py", "�é"),
    ],
)
@links
def test_every_name_is_read_and_can_be_printed(tmp_path: Path, name: str, student: str) -> None:
    submission = read_submission(written(tmp_path / name, gives(1)))
    assert submission.student == student
    assert submission.name.startswith(student)
    assert submission.cells_for(NAIVE)[0].filename.startswith(student)
    assert answer(submission) == 1


def test_a_long_name_is_cut_where_it_is_said(tmp_path: Path) -> None:
    submission = read_submission(written(tmp_path / f"{'a' * 200}.ipynb", gives(1)))
    assert submission.name == f"{'a' * 60}…{'a' * 53}.ipynb"


def test_the_digest_is_that_of_the_content_wherever_it_lies(tmp_path: Path) -> None:
    path = written(tmp_path / "a" / "mine.ipynb", gives(1))
    other = written(tmp_path / "b" / "other.ipynb", gives(1))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_submission(path).digest == read_submission(other).digest == digest
    members = {"hw/softmax.ipynb": notebook(gives(1)), "hw/tools.py": b"x = 1", "hw/a.png": b"a"}
    archive = zipped(tmp_path / "ana.zip", members)
    folder = tmp_path / "folder"
    for name, data in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    both = {read_submission(path).digest for path in (archive, folder, folder / "hw")}
    assert len(both) == 1
    (folder / "hw" / "a.png").unlink()
    assert read_submission(folder).digest in both
    (folder / "hw" / "tools.py").write_bytes(b"x = 2")
    assert read_submission(folder).digest not in both
    (folder / "hw" / "tools.py").rename(folder / "hw" / "tool.py")
    (folder / "hw" / "tool.py").write_bytes(b"x = 1")
    assert read_submission(folder).digest not in both


def test_a_folder_is_read_with_the_modules_beside_the_notebook(tmp_path: Path) -> None:
    folder = tmp_path / "Ana M. Müller"
    written(folder / "hw" / "softmax.ipynb", "from helper import *", gives("helped()"))
    written(folder / "hw" / "helper.py", "def helped(): return 1")
    written(folder / "hw" / "tools" / "__init__.py", "")
    written(folder / "hw" / "tools" / "draw.py", "x = 1")
    written(folder / "beside.py", "x = 1")
    written(folder / "not-importable.py", "x = 1")
    submission = read_submission(folder)
    assert (submission.name, submission.student) == ("Ana M. Müller", "Ana M. Müller")
    names = {"helper.py", "tools/__init__.py", "tools/draw.py", "beside.py"}
    assert set(submission.files) == names
    assert submission.files["helper.py"] == b"def helped(): return 1"
    assert submission.notes == ()


def test_what_systems_and_editors_leave_is_not_read(tmp_path: Path) -> None:
    written(tmp_path / "ana" / "softmax.ipynb", gives(1))
    for name in (".ipynb_checkpoints", "__MACOSX", ".git", "__pycache__"):
        written(tmp_path / "ana" / name / "softmax.ipynb", gives(2))
    (tmp_path / "ana" / "._softmax.ipynb").write_bytes(b"\0\5\26\7")
    (tmp_path / "ana" / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "ana" / "x.ipynb").mkdir()
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == 1
    assert submission.notes == ()


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["softmax.ipynb", "softmax (1).ipynb"], 0),
        (["softmax.ipynb", "softmax-Copy1.ipynb", "Untitled.ipynb"], 0),
        (["softmax.ipynb", "softmax_final.ipynb"], 0),
        (["softmax.ipynb", "old/softmax.ipynb", "zzz/softmax.ipynb", "zzz.ipynb"], 0),
        (["softmax (1).ipynb", "zzz.ipynb"], 0),
        (["a.ipynb", "b.ipynb"], 1),
        (["zzz.ipynb", "softmax.py", "answers.py"], 0),
        (["softmax.py", "classifiers/softmax_loss.py"], 0),
        (["answers.py", "gradient_check.py"], 0),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_one_of_several_files_counts(
    tmp_path: Path, names: list[str], counts: int, order: int
) -> None:
    for number, name in list(enumerate(names))[::order]:
        written(tmp_path / "ana" / name, gives(number))
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == counts
    (cell,) = submission.cells_for(NAIVE)
    alike = sum(name.endswith(Path(names[counts]).suffix) for name in names)
    often = f"{NAIVE} is defined {alike} times; the last one, in {cell.filename}, counts."
    assert [note for note in submission.notes if "defined" in note] == [often] * (alike > 1)


@pytest.mark.parametrize("stub", ["softmax.ipynb", "softmax (1).ipynb"])
def test_the_notebook_that_is_written_counts(tmp_path: Path, stub: str) -> None:
    names = {"softmax.ipynb", "softmax (1).ipynb"}
    written(tmp_path / "ana" / stub, "EPS = 1", STUB)
    (filled,) = names - {stub}
    written(tmp_path / "ana" / filled, "EPS = 2", gives("EPS"))
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == 2
    assert submission.notes == (
        f"{NAIVE} is not written in {stub}, code cell 2; the written one, in {filled}, "
        "code cell 2, counts.",
    )


def test_an_answer_in_a_module_counts_where_the_notebook_has_its_stub(tmp_path: Path) -> None:
    written(tmp_path / "ana" / "softmax.ipynb", "from classifiers import softmax_loss_naive", STUB)
    written(tmp_path / "ana" / "classifiers" / "softmax_loss.py", gives(1))
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == 1
    assert submission.files == {}


def test_a_file_has_its_own_names_first_and_those_of_others_then(tmp_path: Path) -> None:
    written(
        tmp_path / "ana" / "a.ipynb", "ONE = 1\nTWO = 0\ndef len(x): pass", "def two(): return TWO"
    )
    written(tmp_path / "ana" / "b.ipynb", "TWO = 2", gives("[ONE, two(), len('abc')]"))
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == [1, 2, 3]
    assert kept(submission, NAIVE)[:2] == ["ONE = 1", "def two():"]


def test_modules_that_stand_in_for_others_are_left_out_and_noted(tmp_path: Path) -> None:
    shadows = ["numpy.py", "checks.py", "conftest.py", "json.py", "sitecustomize.py"]
    rooms = ["classifiers/__init__.py", "classifiers/losses.py", "tests/graded/test_x.py"]
    for name in [*shadows, *rooms, "mine.py"]:
        written(tmp_path / "ana" / name, "raise SystemExit")
    written(tmp_path / "ana" / "softmax.ipynb", gives(1))
    submission = read_submission(tmp_path / "ana")
    assert set(submission.files) == {"mine.py"}
    expected = sorted([*shadows, "classifiers", "tests"])
    assert [note.split(" was ")[0] for note in submission.notes] == expected


def test_one_broken_file_costs_only_itself(tmp_path: Path) -> None:
    written(tmp_path / "ana" / "softmax.ipynb", gives(1))
    (tmp_path / "ana" / "softmax (1).ipynb").write_text('{"cells": [')
    (tmp_path / "ana" / "page.ipynb").write_text("<!DOCTYPE html>")
    (tmp_path / "ana" / "broken.zip").write_bytes(zip_bytes({"a.py": b"x"})[:50])
    (tmp_path / "ana" / "binary.py").write_bytes(b"\0\1\2")
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == 1
    said = " ".join(submission.notes)
    for name in ("softmax (1).ipynb", "page.ipynb", "broken.zip", "binary.py"):
        assert said.count(name) == 1


def test_a_zip_in_a_folder_is_opened_and_a_zip_in_a_zip_is_not(tmp_path: Path) -> None:
    inner = zip_bytes({"hw/softmax.ipynb": notebook(gives(1)), "hw/tools.py": b"x = 1"})
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / "hand-in.zip").write_bytes(inner)
    submission = read_submission(tmp_path / "ana")
    assert answer(submission) == 1
    assert submission.files == {"tools.py": b"x = 1"}
    outer = zipped(tmp_path / "outer.zip", {"inner.zip": inner})
    assert refusal(outer) == (
        "inner.zip is a zip inside a zip and was not opened: hand in one zip."
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.ipynb", b"", "empty"),
        ("a.py", b" \n", "empty"),
        ("a.ipynb", b"<?xml version='1.0'?><html>", "HTML page"),
        ("a.ipynb", notebook("x = 1")[:-9], "damaged or cut off in line 1"),
        ("a.ipynb", b'{\n<<<<<<< HEAD\n"cells": []}', "merge markers in it, the first in line 2"),
        ("a.ipynb", b'{"cells": ' + b"[" * 100_000, "nested too deeply"),
        ("a.ipynb", b'{"cells": ' + b"[" * 5_000_001, "more than 5,000,000 parts"),
        ("a.ipynb", b'{"cells": [' + b"1" * 5_000 + b"]}", "is not a Jupyter notebook"),
        ("a.ipynb", b"null", "is not a Jupyter notebook"),
        ("a.ipynb", b"\xff\xfe\0", "is not a Jupyter notebook"),
        ("a.ipynb", b"\x89PNG\r\n", "is not a Jupyter notebook"),
        ("a.ipynb", zip_bytes({"b.ipynb": notebook("x = 1")}), "a zip that was renamed"),
        ("a.py", zip_bytes({"b.ipynb": notebook("x = 1")}), "a zip that was renamed"),
        ("a.py", b"x = 1\0", "is not text"),
        ("a.zip", b"PK\5\6", "not a zip, or a damaged one"),
        ("a.zip", b"Rar!\x1a", "not a zip, or a damaged one"),
        ("a.zip", zip_bytes({"report.txt": b"x"}), "no .py file: hand in the .ipynb"),
        ("a.pdf", b"%PDF-1.4", "is not a Jupyter notebook: hand in the .ipynb file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refusal(path)
    assert refusal(path).startswith(name)
    assert refusal(path).endswith(".")


def test_cells_of_all_notebooks_together_are_limited(tmp_path: Path) -> None:
    for number in range(3):
        written(tmp_path / "ana" / f"{number}.ipynb", *["x"] * 1_700)
    assert refusal(tmp_path / "ana").startswith("ana has more than 5,000 cells")


def test_folders_in_folders_without_end_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "ana" / "/".join("a" * 100) / "a.py", gives(1))
    assert answer(read_submission(tmp_path / "ana")) == 1
    (tmp_path / "ana" / "/".join("a" * 101)).mkdir()
    assert "folders more than 100 deep" in refusal(tmp_path / "ana")


@pytest.mark.parametrize("name", ["a.zip", "a.py", "a", "a.ipynb.json"])
def test_a_notebook_under_another_ending_is_read_and_noted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(notebook(gives(1)))
    submission = read_submission(path)
    assert answer(submission) == 1
    assert submission.notes == (
        f"{name} is a Jupyter notebook under another ending, and was read as one.",
    )


def test_a_zip_under_another_ending_is_read(tmp_path: Path) -> None:
    assert answer(read_submission(zipped(tmp_path / "ana", {"a.py": gives(1).encode()}))) == 1


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.ipynb").endswith(
        "nowhere.ipynb cannot be read: No such file or directory."
    )
    assert "cannot be read" in refusal(Path("a\0b.ipynb"))


@links
def test_links_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.ipynb", gives(1))
    folder = tmp_path / "ana"
    folder.mkdir()
    (folder / "softmax.ipynb").symlink_to(secret)
    (folder / "hw").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.ipynb")
    assert refusal(folder) == "softmax.ipynb is a link and was not followed."
    assert refusal(folder / "softmax.ipynb").startswith("softmax.ipynb is a link and is not")
    assert "neither a file nor a folder" in refusal(folder / "pipe.ipynb")
    assert "neither a file nor a folder" in refusal(Path("/dev/zero"))
    (folder / "hard.ipynb").hardlink_to(secret)
    assert answer(read_submission(folder)) == 1


def test_a_link_in_a_zip_is_left_out(tmp_path: Path) -> None:
    members = {"a.py": gives(1).encode()}
    submission = read_submission(
        zipped(tmp_path / "a.zip", members, {"softmax.ipynb": "/etc/passwd"})
    )
    assert submission.notes == ("softmax.ipynb is a link and was not followed.",)
    assert answer(submission) == 1


@pytest.mark.parametrize(
    "name", ["/etc/a.py", "../a.py", "a/../../a.py", "C:\\a.py", "a\\..\\b.py"]
)
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {"softmax.ipynb": notebook(gives(1)), name: b"x = 1"})
    assert "lead out of its folder" in refusal(path)


def test_the_names_of_every_system_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"./hw\\softmax: é.ipynb": notebook(gives(1)), "hw/": b""})
    submission = read_submission(path)
    assert submission.cells_for(NAIVE)[0].filename == "softmax: é.ipynb, code cell 1"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.py": gives(1).encode()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a.py", gives(2))
    submission = read_submission(path)
    assert answer(submission) == 2
    assert submission.notes == ("a.py is more than once in the zip; the last one counts.",)


def patched(path: Path, *changes: tuple[int, int, str, int]) -> Path:
    """Change fields of a zip: which signature, where behind it, in which form, to what."""
    data = bytearray(path.read_bytes())
    for signature, offset, form, value in changes:
        at = data.index(b"PK" + bytes([signature, signature + 1]))
        struct.pack_into(form, data, at + offset, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(1, 8, "<H", 1)], "locked with a password"),
        ([(1, 10, "<H", 14)], "packed in a way"),
        ([(1, 10, "<H", 99)], "packed in a way"),
        ([(1, 24, "<I", 100)], "damaged"),
        ([(1, 24, "<I", 0xFFFFFFF0)], "larger than 200 MB together"),
        ([(1, 16, "<I", 1)], "damaged"),
        ([(3, 26, "<H", 3)], "damaged"),
        ([(1, 42, "<I", 77)], "damaged"),
    ],
)
def test_a_zip_that_is_locked_or_lies_is_refused(
    tmp_path: Path, changes: list[tuple[int, int, str, int]], words: str
) -> None:
    path = zipped(tmp_path / "a.zip", {"a.ipynb": notebook(gives(1), gives(2))})
    assert words in refusal(patched(path, *changes))


def test_a_member_without_a_name_does_no_harm(tmp_path: Path) -> None:
    data = zip_bytes({"x.py": b"x = 1", "a.ipynb": notebook(gives(1))})
    path = tmp_path / "a.zip"
    path.write_bytes(data.replace(b"x.py", b"\0.py"))
    assert answer(read_submission(path)) == 1


@pytest.mark.parametrize(
    ("size", "words"),
    [(60_000_000, "unpacks to more than 200 times"), (200_000_001, "larger than 200 MB together")],
)
def test_a_bomb_is_refused(tmp_path: Path, size: int, words: str) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"0", "a.ipynb": notebook(gives(1))})
    assert words in refusal(patched(path, (1, 24, "<I", size)))


def test_a_zip_of_many_files_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"{n}.txt": b"" for n in range(1_001)})
    assert "more than 1,000 files" in refusal(path)
    path.write_bytes(b"PK\3\4" + b"PK\1\2" * 10_001)
    assert "more than 1,000 files" in refusal(path)


def test_a_notebook_of_much_saved_output_is_no_bomb(tmp_path: Path) -> None:
    (output,) = json.loads(notebook(gives(1)))["cells"]
    output["outputs"] = ["x" * 30_000_000]
    data = json.dumps({"cells": [output]}).encode()
    (tmp_path / "a.ipynb").write_bytes(data)
    assert answer(read_submission(tmp_path / "a.ipynb")) == 1
    assert answer(read_submission(zipped(tmp_path / "a.zip", {"a.ipynb": data}))) == 1


def test_limits_of_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        written(tmp_path / "ana" / f"{number}.ipynb", gives(number))
    size = (tmp_path / "ana" / "0.ipynb").stat().st_size
    assert answer(read_submission(tmp_path / "ana")) == 2
    monkeypatch.setattr(files, "FOLDER_BYTES", 3 * size - 1)
    assert "larger than 0 MB together" in refusal(tmp_path / "ana")
    monkeypatch.setattr(files, "FOLDER_FILES", 2)
    assert "more than 2 files" in refusal(tmp_path / "ana")
    monkeypatch.setattr(files, "FILE_BYTES", size - 1)
    assert "larger than 0 MB" in refusal(tmp_path / "ana" / "0.ipynb")


def test_a_zip_beside_a_notebook_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "ana"
    folder.mkdir()
    (folder / "softmax.ipynb").write_bytes(notebook(f"def {NAIVE}():\n    return 1"))
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr("a.py", f"def {NAIVE}():\n    return 2\ndef {NAIVE}_too():\n    return 3")
    submission = read_submission(folder)
    assert not submission.defines(f"{NAIVE}_too")
    assert "old.zip lies beside a notebook" in " ".join(submission.notes)
