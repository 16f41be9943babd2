"""softmax-lab submit: one zip, with what a student needs to know about it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grading.asked import pick
from grading.release.notebooks import as_text, released
from grading.release.submitting import submit
from grading.solutions import fill_notebook
from grading.submission import read_submission

ASKED = pick("naive,vectorized")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook in which both questions are answered."""
    return write(tmp_path / "softmax.ipynb", fill_notebook(empty()))


def empty() -> dict[str, Any]:
    return released(ASKED)["softmax.ipynb"]


def write(path: Path, notebook: dict[str, Any]) -> Path:
    path.write_text(as_text(notebook), encoding="utf-8")
    return path


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_right_answers_are_handed_in(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit([notebook], None, ASKED) == 0
    printed = capsys.readouterr().out
    made = notebook.parent / "softmax-submission.zip"
    assert [line.split() for line in printed.splitlines()[:2]] == [[q, "correct"] for q in ASKED]
    assert f"Complete, 2 of 2 correct so far: hand in {made}" in printed
    assert "softmax.ipynb" in printed
    assert zipfile.ZipFile(made).namelist() == ["softmax.ipynb"]
    assert all(read_submission(made).defines(question) for question in ASKED)


def test_a_mistake_is_named_and_still_complete(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(notebook, "dW = dW / N + reg * W", "dW = dW + reg * W")
    assert submit([notebook], None, ASKED) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("softmax_loss_naive             incorrect: ")
    assert len(first.split(": ")[1]) > 10
    assert second.split() == ["softmax_loss_vectorized", "correct"]


def test_what_is_not_written_or_missing_is_said_loudly_and_the_zip_is_made_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stubs = empty()
    stubs["cells"] = [c for c in stubs["cells"] if c["id"] != "answer-softmax-loss-vectorized"]
    notebook = write(tmp_path / "softmax.ipynb", stubs)
    assert submit([notebook], None, ASKED) == 1
    printed = capsys.readouterr().out
    assert "! softmax_loss_naive is not written yet." in printed
    assert "! No cell defines a function softmax_loss_vectorized." in printed
    assert "! Not complete, but written, 0 of 2 correct so far: hand in" in printed
    assert (tmp_path / "softmax-submission.zip").is_file()


def test_a_cell_that_is_no_python_costs_its_own_answer_only(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(notebook, "    true_class = y, np.arange(N)", "    true_class = y, np.arange(N")
    assert submit([notebook], None, ASKED) == 1
    printed = capsys.readouterr().out
    assert "softmax_loss_naive             correct" in printed
    assert "softmax_loss_vectorized        missing" in printed
    assert "softmax.ipynb, code cell 10, line " in printed


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.ipynb", None, "none.ipynb is no file; expected a saved notebook."),
        ("empty.ipynb", b"", "empty.ipynb is not a Jupyter notebook or .py file but empty"),
        ("page.ipynb", b"<!DOCTYPE html><html></html>", "page.ipynb is an HTML page"),
        ("cut.ipynb", b'{"cells": [{"cell_type": "co', "cut.ipynb is not a Jupyter notebook"),
        ("list.ipynb", b"[1, 2]", "list.ipynb is not a Jupyter notebook"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_no_zip(
    name: str, content: bytes | None, said: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert submit([tmp_path / name], None, ASKED) == 2
    printed = capsys.readouterr().out
    assert said in printed
    assert "No zip was written." in printed
    assert list(tmp_path.glob("*.zip*")) == []


def test_a_folder_is_no_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit([tmp_path], None, ASKED) == 2
    assert "is a folder" in capsys.readouterr().out


def test_the_zip_goes_where_it_is_told_to(notebook: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert submit([notebook], tmp_path / "there", ASKED) == 0
    assert submit([notebook], tmp_path / "mine.zip", ASKED) == 0
    made = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.zip")]
    assert sorted(made) == ["mine.zip", "there/softmax-submission.zip"]
    assert (tmp_path / "mine.zip").read_bytes() == (tmp_path / made[-1]).read_bytes()


def test_the_notebook_is_not_written_over(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = notebook.read_bytes()
    assert submit([notebook], notebook, ASKED) == 2
    assert "end it in .zip" in capsys.readouterr().out
    assert notebook.read_bytes() == before


def test_pictures_are_left_out_and_words_are_kept(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(notebook.read_text("utf-8"))
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 90_000}}
    words = {"output_type": "stream", "name": "stdout", "text": "loss 2.3"}
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    code[0]["outputs"], code[1]["outputs"] = [words, picture], [picture]
    assert submit([write(notebook, content)], None, ASKED) == 0
    assert "(2 large outputs, such as pictures, are left out" in capsys.readouterr().out
    made = notebook.parent / "softmax-submission.zip"
    handed_in = json.loads(zipfile.ZipFile(made).read("softmax.ipynb"))
    kept = [cell for cell in handed_in["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in kept[:2]] == [[words], []]
    assert [c["source"] for c in handed_in["cells"]] == [c["source"] for c in content["cells"]]
    assert made.stat().st_size < 50_000


def test_helpers_beside_the_notebook_go_along(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notebook.parent / "mine.py").write_text("from deeper import N_OF\n")
    (notebook.parent / "deeper.py").write_text("N_OF = {}\n")
    (notebook.parent / "unused.py").write_text("")
    stub = "W, X, y, reg = check_inputs(W, X, y, reg)"
    changed(notebook, stub, f"from mine import N_OF\\n    {stub}")
    submit([notebook], None, ASKED)
    made = zipfile.ZipFile(notebook.parent / "softmax-submission.zip")
    assert made.namelist() == ["deeper.py", "mine.py", "softmax.ipynb"]
    assert "mine.py" in capsys.readouterr().out


def test_two_files_of_one_name_are_refused(
    notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    twin = write(tmp_path / "other" / "softmax.ipynb", empty())
    assert submit([notebook, twin], None, ASKED) == 2
    assert "Two of the files are called softmax.ipynb" in capsys.readouterr().out


def test_what_an_answer_prints_when_it_is_defined_or_called_is_not_shown(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = "C, N = W.shape[0], X.shape[1]"
    changed(notebook, first, f"print('noise'); {first}")
    changed(notebook, "naive(W, X, y, reg):", "naive(W, X, y, reg, said=print('noise')):")
    assert submit([notebook], None, ASKED) == 0
    assert "noise" not in capsys.readouterr().out


def test_a_helper_beside_the_notebook_is_imported_when_answers_are_checked(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notebook.parent / "colmax_of_mine.py").write_text("import numpy as np\nEXP = np.exp\n")
    changed(notebook, "import numpy as np", "import numpy as np\\nfrom colmax_of_mine import EXP")
    changed(notebook, "np.exp(scores", "EXP(scores")
    assert submit([notebook], None, ASKED) == 0
    assert "Complete, 2 of 2 correct" in capsys.readouterr().out


def test_a_module_that_is_missing_is_named(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(notebook, "import numpy as np", "import numpy as np\\nfrom not_handed_in import EXP")
    changed(notebook, "np.exp(scores", "EXP(scores")
    assert submit([notebook], None, ASKED) == 0
    printed = capsys.readouterr().out
    assert "No module named 'not_handed_in'" in printed
    assert "2 of 2" not in printed


def test_a_zip_is_no_notebook_and_is_left_as_it_was(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    submit([notebook], None, ASKED)
    made = notebook.parent / "softmax-submission.zip"
    before = made.read_bytes()
    assert submit([made], None, ASKED) == 2
    assert "is a zip; expected the notebooks" in capsys.readouterr().out
    assert made.read_bytes() == before
    assert submit([notebook], None, ASKED) == 0


def test_a_zip_that_was_not_made_here_is_not_written_over(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = notebook.parent / "handout.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "a")
    before = other.read_bytes()
    assert submit([notebook], other, ASKED) == 2
    assert submit([notebook], notebook.parent / "nowhere" / "a.zip", ASKED) == 2
    printed = capsys.readouterr().out
    assert "not one that was made here" in printed
    assert "is no folder" in printed
    assert other.read_bytes() == before
