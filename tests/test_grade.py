"""One submission graded for real, in the strongest sandbox that this machine has."""

import json
import re
from pathlib import Path
from typing import Any

from grading.asked import SOFTMAX
from grading.grade import grade
from grading.record import validate
from grading.sandbox import Limits
from grading.settings import Settings
from grading.solutions import fill_notebook
from tests.notebooks import SOFTMAX as NOTEBOOK

NAIVE, VECTORIZED = SOFTMAX
CHECKED = "    W, X, y, reg = check_inputs(W, X, y, reg)\n"


def filled(begun_by: str = CHECKED) -> dict[str, Any]:
    """Return the solved notebook; begun_by stands for the first line of the naive answer."""
    solved: dict[str, Any] = fill_notebook(json.loads(NOTEBOOK.read_text("utf-8")))
    cell = answer(solved, NAIVE)
    cell["source"] = "".join(cell["source"]).replace(CHECKED, begun_by)
    return solved


def graded(path: Path, notebook: dict[str, Any], **settings: Any) -> dict[str, Any]:
    path.write_text(json.dumps(notebook), encoding="utf-8")
    record = grade(path, Settings(**settings))
    validate(json.loads(json.dumps(record)))
    return record


def answer(notebook: dict[str, Any], question: str) -> dict[str, Any]:
    name = f"answer-{question.replace('_', '-')}"
    found: dict[str, Any] = next(cell for cell in notebook["cells"] if cell["id"] == name)
    return found


def test_the_solved_notebook_gets_every_point_and_the_empty_one_none(tmp_path: Path) -> None:
    right = graded(tmp_path / "right.ipynb", filled())
    assert (right["points"], right["notes"]) == (20, [])
    empty = graded(tmp_path / "empty.ipynb", json.loads(NOTEBOOK.read_text("utf-8")))
    assert empty["points"] == 0
    assert [question["outcome"] for question in empty["questions"]] == 2 * ["not attempted"]
    assert [question["cause"] for question in empty["questions"]] == ["", ""]


def test_the_stubs_raise_left_beside_code_is_told(tmp_path: Path) -> None:
    notebook = filled(begun_by=f"{CHECKED}    raise NotImplementedError('x')\n")
    record = graded(tmp_path / "left.ipynb", notebook)
    naive, vectorized = record["questions"]
    assert (naive["points"], vectorized["points"]) == (0, 10)
    assert "the stub's line that raises NotImplementedError" in naive["cause"]


def test_a_question_that_takes_all_of_its_time_leaves_the_next_one_its_own(tmp_path: Path) -> None:
    notebook = filled(begun_by="    import time; time.sleep(0.9)\n")
    limits = Limits(call_seconds=1.0, total_seconds=2.0)
    naive, vectorized = graded(tmp_path / "slow.ipynb", notebook, limits=limits)["questions"]
    assert vectorized["points"] == 10
    assert naive["points"] < 10
    assert "time" in {test["cause"] for test in naive["tests"]}


def test_what_an_answer_remembers_of_graded_inputs_is_not_told(tmp_path: Path) -> None:
    notebook = filled()
    cell = answer(notebook, VECTORIZED)
    cell["source"] = (
        "SEEN = []\n"
        "def softmax_loss_vectorized(W, X, y, reg):\n"
        "    SEEN.append(W[0, 0])\n"
        "    return float(len(SEEN)), W\n"
    )
    record = graded(tmp_path / "leak.ipynb", notebook)
    calls = re.search(r"your loss is (\d+)", record["questions"][1]["seen"])
    assert calls is not None
    assert int(calls[1]) < 10
