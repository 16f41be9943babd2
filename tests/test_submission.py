import json
import os
from pathlib import Path

import pytest

from grading.submission import SubmissionError, read_answers, their_line


def notebook(folder: Path, *cells: str, encoding: str = "utf-8") -> Path:
    path = folder / "mine.ipynb"
    code = [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells]
    words = {"cell_type": "markdown", "source": "def not_code(): ..."}
    path.write_text(json.dumps({"cells": [words, *code]}), encoding=encoding)
    return path


def test_functions_helpers_classes_imports_and_constants_are_read(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "import math\nfrom math import sqrt as root",
        "STEP = 0.5\nclass Half:\n    size = STEP\ndef halve(x):\n    return x * Half.size",
        "def answer(x):\n    return math.floor(halve(root(x)))",
    )
    assert read_answers(path).function("answer")(81) == 4


def test_the_last_definition_wins(tmp_path: Path) -> None:
    path = notebook(tmp_path, "def answer():\n    return 1", "def answer():\n    return 2")
    assert read_answers(path).function("answer")() == 2


def test_nothing_else_of_the_notebook_runs(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    path = notebook(
        tmp_path,
        f"open({str(canary)!r}, 'w')\nx = input()\nfor i in range(3): print(i)\n1 / 0",
        "%matplotlib inline\n!rm -rf somewhere\n?print\ndef answer():\n    return 1",
        "import no_such_module_anywhere\ndef other():\n    return 2",
    )
    answers = read_answers(path)
    assert [answers.function(name)() for name in ("answer", "other")] == [1, 2]
    assert not canary.exists()
    assert answers.problems == []


def test_what_an_answer_needs_and_cannot_have_is_told(tmp_path: Path) -> None:
    path = notebook(
        tmp_path, "import no_such_module_anywhere as n\nanswer = n.answer\ndef f(): return n"
    )
    answers = read_answers(path)
    with pytest.raises(
        SubmissionError, match=r"line 1: No module named 'no_such.* line 2: name 'n'"
    ):
        answers.function("answer")
    assert callable(answers.function("f"))


def test_a_cell_that_is_not_python_costs_only_itself(tmp_path: Path) -> None:
    path = notebook(tmp_path, "def broken(:\n", "<<<<<<< HEAD", "def answer():\n    return 1")
    answers = read_answers(path)
    assert answers.function("answer")() == 1
    with pytest.raises(
        SubmissionError, match=r"No cell defines a function broken\. .* cell 1, line 1"
    ):
        answers.function("broken")


def test_a_name_that_is_nearly_right_is_pointed_at(tmp_path: Path) -> None:
    path = notebook(tmp_path, "def answr():\n    return 1\nsize = 3")
    with pytest.raises(SubmissionError, match=r"There is answr: is that it\?"):
        read_answers(path).function("answer")
    with pytest.raises(SubmissionError, match="No cell defines a function size"):
        read_answers(path).function("size")


@pytest.mark.parametrize(
    "cell",
    [
        "HALF = 1 / 2\ndef answer():\n    return 2 * HALF",
        "HALF: float = 0.5\nTWICE = HALF * 4\ndef answer():\n    return HALF * TWICE",
        "Arr = list[int]\ndef answer(x: Arr = 1) -> Missing:\n    return x  # is this right?",
        "def mine():\n    return 1\nanswer = mine",
        "answer = lambda: 1",
        "files = !ls\nhelp?\ndef answer():\n    return 7 % 6",
    ],
)
def test_what_runs_in_jupyter_is_read(tmp_path: Path, cell: str) -> None:
    assert read_answers(notebook(tmp_path, cell)).function("answer")() == 1


@pytest.mark.parametrize(
    "cell", ["x = " + "(" * 5000 + ")" * 5000, "raise SystemExit", "@exit\ndef f(): 0"]
)
def test_a_cell_that_cannot_be_run_costs_only_itself(tmp_path: Path, cell: str) -> None:
    path = notebook(tmp_path, cell, "def answer():\n    return 1")
    assert read_answers(path).function("answer")() == 1


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = notebook(tmp_path, "def answer():\n    return 1", encoding="utf-8-sig")
    assert read_answers(path).function("answer")() == 1


@pytest.mark.parametrize(
    "content", ["", "<html>", '{"cells"', "[1]", '{"cells": [1]}', "[" * 100_000, '{"cells": 3}']
)
def test_what_is_not_a_notebook_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_text(content)
    with pytest.raises(SubmissionError, match=r"^mine\.ipynb is .*not a Jupyter notebook"):
        read_answers(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="cannot be read"):
        read_answers(tmp_path / "nowhere.ipynb")


def test_an_error_in_an_answer_names_cell_line_and_text(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import math", "def answer(x):\n    y = x\n    return y / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        read_answers(path).function("answer")(1)
    assert their_line(caught.value) == "mine.ipynb, code cell 2, line 3: return y / 0"


def test_an_error_in_a_module_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def answer(x):\n\n    return x / 0\n")
    with pytest.raises(ZeroDivisionError) as caught:
        read_answers(path).function("answer")(1)
    assert their_line(caught.value) == "mine.py, line 3: return x / 0"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_ones_own_notebook_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.ipynb").symlink_to(notebook(tmp_path, "def answer(): return 1"))
    assert read_answers(tmp_path / "link.ipynb").function("answer")() == 1


def test_an_error_elsewhere_names_no_line() -> None:
    with pytest.raises(ValueError, match="literal") as caught:
        int("x")
    assert their_line(caught.value) is None
