import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import classifiers
from grading.asked import SOFTMAX, pick
from grading.points import points
from grading.release import graded_cells
from grading.release.nbgrader import write_nbgrader
from grading.solutions import solution, stripped

REGULARIZED = "0.5 * np.sum(reg * W * W)"
NOISE = '    import sys, warnings\n    print("here", file=sys.stderr)\n    warnings.warn("hm")\n'


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return write_nbgrader(tmp_path_factory.mktemp("course"), pick("all"), seed=7)


@pytest.fixture(autouse=True)
def _found_beside_the_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "graded_cells", graded_cells)


def cells_of(course, name="*"):
    files = sorted((course / "source/softmax").glob(f"{name}.ipynb"))
    return [cell for file in files for cell in json.loads(file.read_text("utf-8"))["cells"]]


def graded(course):
    return [cell for cell in cells_of(course) if cell["metadata"].get("nbgrader", {}).get("grade")]


def earned(course, question, source):
    """Return the ids of the graded cells of a question that pass, once its source has been run."""
    names = {"__name__": "__main__"}
    exec("import numpy as np\nfrom classifiers.inputs import *\n", names)
    exec(compile(source, "<ipython-input-1>", "exec"), names)
    passed = set()
    for cell in graded(course):
        of, _, test = cell["metadata"]["nbgrader"]["grade_id"].partition("-")
        if of == question:
            try:
                exec(cell["source"], names)
            except Exception:
                continue
            passed.add(test)
    return passed


def answer_cell(course, question):
    about = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells_of(course)]
    return cells_of(course)[about.index(question)]["source"]


def test_each_graded_cell_has_the_points_of_the_table_and_is_locked(course):
    about = [cell["metadata"]["nbgrader"] for cell in graded(course)]
    expected = {f"{q}-{id_}": t.points for q in pick("all") for id_, t in points()[q].items()}
    assert {one["grade_id"]: one["points"] for one in about} == expected
    assert all(one["locked"] and not one["solution"] for one in about)


def test_a_graded_cell_follows_its_answer_and_nothing_behind_the_last_runs(course):
    cells = cells_of(course, "softmax")
    kinds = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    last = max(place for place, kind in enumerate(kinds) if kind.get("grade"))
    for place, cell in enumerate(cells):
        skipped = "skip-execution" in cell["metadata"].get("tags", [])
        assert skipped == (place > last and cell["cell_type"] == "code"), cell["id"]
    answers = [kind["grade_id"] for kind in kinds if kind.get("solution") or kind.get("grade")]
    assert [name.partition("-")[0] for name in answers] == sorted(
        (name.partition("-")[0] for name in answers), key=SOFTMAX.index
    )


@pytest.mark.parametrize("question", pick("all"))
def test_the_reference_earns_every_point_and_a_stub_none(course, question):
    source = answer_cell(course, question)
    module = sys.modules[getattr(classifiers, question).__module__]
    imports = f"from {module.__name__} import *\nfrom classifiers.layer_inputs import *\n"
    assert earned(course, question, imports + source) == {*points()[question]}
    stub = stripped(source.replace("### BEGIN", "# BEGIN").replace("### END", "# END"))
    assert earned(course, question, imports + stub) == set()


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (REGULARIZED, "np.sum(reg * W * W)", {"regularization", "sizes"}),
        ("dW = dW / N + reg * W", "dW = dW + reg * W", "all but form, loss, regularization"),
        ("scores -= scores.max()", "pass", {"huge_scores"}),
        ("return float(loss), dW", "return np.array([loss]), dW", {"form"}),
        ("return float(loss), dW", "return loss, dW.tolist()", {"form"}),
        ("return float(loss), dW", "return loss, dW.astype('f4')", {"form"}),
        ("return float(loss), dW", "X *= 0; return loss, dW", {"inputs_kept"}),
        ("return float(loss), dW", "return np.nan, dW", "all but form, gradient, inputs_kept"),
        ("return float(loss), dW", "return loss, dW + 1e-8", "all but form, loss, regularization"),
        ("return float(loss), dW", "return loss, dW.astype('f8')", set()),
        ("    C, N =", NOISE + "    C, N =", set()),
    ],
)
def test_a_mistake_costs_the_tests_that_it_concerns(course, old, new, lost):
    question = "softmax_loss_naive"
    source = answer_cell(course, question)
    assert source.count(old) == 1
    every = {*points()[question]}
    kept = {*lost.removeprefix("all but ").split(", ")} if isinstance(lost, str) else every - lost
    assert earned(course, question, source.replace(old, new)) == kept


def test_a_loop_in_the_vectorized_answer_costs_one_test(course):
    source = answer_cell(course, "softmax_loss_naive").replace("_naive", "_vectorized")
    every = {*points()["softmax_loss_vectorized"]}
    assert earned(course, "softmax_loss_vectorized", source) == every - {"no_loops"}


def test_float32_made_wider_costs_the_unusual_dtypes_where_the_docstring_keeps_it(course):
    source = answer_cell(course, "softmax_jacobian_naive").replace(
        "return J", "return J + np.zeros(1)"
    )
    assert "np.zeros(1)" in source
    imports = "from classifiers.layer_inputs import *\n"
    lost = {*points()["softmax_jacobian_naive"]} - earned(
        course, "softmax_jacobian_naive", imports + source
    )
    assert lost == {"sizes"}


def test_what_is_hidden_differs_from_release_to_release(course, tmp_path):
    again = write_nbgrader(tmp_path, SOFTMAX)
    assert cells_of(again, "softmax") != cells_of(course, "softmax")


def test_a_question_that_no_notebook_asks_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="svm_loss_naive is asked in no notebook"):
        write_nbgrader(tmp_path / "course", ("svm_loss_naive", "softmax_loss_naive"))
    assert not (tmp_path / "course").exists()


# A real course.


def nbgrader(course, *command):
    folders = {name: str(course / ".home") for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | folders | {"PATH": path, "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        ["nbgrader", *command], cwd=course, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-4000:]


def hand_in(course, student, edits):
    """Put the released assignment in as a student's, with the text of some cells replaced."""
    folder = course / "submitted" / student / "softmax"
    folder.mkdir(parents=True)
    notebook = json.loads((course / "release/softmax/softmax.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in edits:
            cell["source"] = edits[name]
    (folder / "softmax.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.slow
def test_a_real_course_releases_grades_and_gives_feedback(tmp_path):
    pytest.importorskip("nbgrader")
    from nbgrader.api import Gradebook

    course = write_nbgrader(tmp_path, SOFTMAX)
    hidden = [
        line.strip()
        for cell in graded(course)
        for line in cell["source"].partition("### BEGIN HIDDEN TESTS")[2].splitlines()
        if "('" in line
    ]
    answers = {question: answer_cell(course, question) for question in SOFTMAX}
    nbgrader(course, "generate_assignment", "softmax")
    released = (course / "release/softmax/softmax.ipynb").read_text("utf-8")
    for question in SOFTMAX:
        for line in solution(getattr(classifiers, question)).splitlines():
            if len(line.split()) > 4:
                assert json.dumps(line.strip())[1:-1] not in released
    assert hidden
    assert not [line for line in hidden if line in released]

    naive, vectorized = (answers[question] for question in SOFTMAX)
    wrong = {
        SOFTMAX[0]: naive.replace(REGULARIZED, "np.sum(reg * W * W)"),  # 8 of 10
        SOFTMAX[1]: vectorized.replace("    P /= N\n", ""),  # 3 of 10
    }
    hand_in(
        course, "right", answers | {SOFTMAX[0]: naive.replace("    C, N =", NOISE + "    C, N =")}
    )
    hand_in(course, "wrong", wrong | {"softmax_loss_vectorized-gradient": "pass"})
    hand_in(course, "empty", {})
    nbgrader(course, "autograde", "softmax")
    nbgrader(course, "generate_feedback", "softmax")

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        submissions = book.assignment_submissions("softmax")
        scores = {one.student.id: (one.score, one.max_score) for one in submissions}
    assert scores == {"right": (20, 20), "wrong": (11, 20), "empty": (0, 20)}
    for student in scores:
        feedback = (course / f"feedback/{student}/softmax/softmax.html").read_text("utf-8")
        assert "softmax_loss_vectorized" in feedback
        assert "HIDDEN TESTS" not in feedback
        assert "no regularization&#39;" not in feedback
        assert "assert_probes" not in feedback
