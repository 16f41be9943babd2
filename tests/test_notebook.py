import ast
import inspect
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import classifiers
from grading.solutions import fill_notebook, fill_stub
from tests.notebooks import SOFTMAX, execute, pictures, printed, read

ROOT = SOFTMAX.parents[1]
ANSWERS = [cell for cell in read().cells if "answer" in cell.metadata.get("tags", [])]
pytestmark = pytest.mark.filterwarnings("default")


def stub(cell: nbformat.NotebookNode) -> ast.FunctionDef:
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    return function


def test_the_answers_asked_for_are_the_two_losses_under_stable_ids() -> None:
    assert {cell.id: stub(cell).name for cell in ANSWERS} == {
        "answer-softmax-loss-naive": "softmax_loss_naive",
        "answer-softmax-loss-vectorized": "softmax_loss_vectorized",
    }


@pytest.mark.parametrize("cell", ANSWERS, ids=lambda cell: cell.id)
def test_a_stub_has_the_signature_and_docstring_of_the_reference(
    cell: nbformat.NotebookNode,
) -> None:
    function = stub(cell)
    reference = getattr(classifiers, function.name)
    assert [a.arg for a in function.args.args] == [*inspect.signature(reference).parameters]
    assert ast.get_docstring(function) == inspect.getdoc(reference)


@pytest.mark.parametrize("cell", ANSWERS, ids=lambda cell: cell.id)
def test_a_stub_holds_no_line_of_the_answer(cell: nbformat.NotebookNode) -> None:
    checked, missing = stub(cell).body[1:]
    assert ast.unparse(checked) == "W, X, y, reg = check_inputs(W, X, y, reg)"
    assert isinstance(missing, ast.Raise)


def test_the_notebook_is_stored_without_outputs() -> None:
    code = [cell for cell in read().cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert re.search(r"/(home|root|Users|tmp)/", SOFTMAX.read_text("utf-8")) is None


def test_a_filled_stub_is_the_reference() -> None:
    names: dict[str, object] = {"check_inputs": classifiers.inputs.check_inputs}
    import numpy as np

    names["np"] = np
    rng = np.random.default_rng(0)
    W, X, y = rng.standard_normal((5, 7)), rng.standard_normal((7, 11)), rng.integers(5, size=11)
    for cell in ANSWERS:
        exec(fill_stub(cell.source), names)
        loss, dW = names[stub(cell).name](W, X, y, 0.1)
        expected_loss, expected_dW = getattr(classifiers, stub(cell).name)(W, X, y, 0.1)
        assert loss == expected_loss
        np.testing.assert_array_equal(dW, expected_dW)


@pytest.mark.slow
def test_empty_it_runs_to_the_end_and_says_what_is_missing(tmp_path: Path) -> None:
    notebook = execute(read(), SOFTMAX.parent)
    for cell_id in ("sanity-naive", "check-naive", "huge-naive", "compare-both"):
        assert "Not there yet: softmax_loss_naive is not written" in printed(notebook, cell_id)
    for cell_id in ("check-vectorized", "train-once", "search-grid", "train-best"):
        assert "Not there yet: softmax_loss_vectorized is not written" in printed(notebook, cell_id)
    for cell_id in ("test-accuracy", "weights-as-images"):
        assert "Not there yet: the classifier has no weights" in printed(notebook, cell_id)
    assert pictures(notebook, "samples") == 1


@pytest.mark.slow
def test_filled_with_the_reference_it_learns_the_bundled_images() -> None:
    notebook = execute(fill_notebook(read()), SOFTMAX.parent)
    assert "Not there yet" not in json.dumps(notebook)
    assert "loss 2.30" in printed(notebook, "sanity-naive")
    assert printed(notebook, "check-naive").count("The gradient is right") == 2
    assert "The gradient is right" in printed(notebook, "check-vectorized")
    for cell_id in ("huge-naive", "check-vectorized"):
        assert "all of dW is finite: True" in printed(notebook, cell_id)
    accuracy = float(printed(notebook, "test-accuracy").split()[-1])
    assert 0.50 <= accuracy <= 0.70
    for cell_id in ("train-once", "search-grid", "weights-as-images"):
        assert pictures(notebook, cell_id) == 1


@pytest.mark.slow
def test_with_only_the_naive_answer_the_first_half_works() -> None:
    notebook = read()
    for cell in notebook.cells:
        if cell.id == "answer-softmax-loss-naive":
            cell.source = fill_stub(cell.source)
    notebook = execute(notebook, SOFTMAX.parent)
    assert "The gradient is right" in printed(notebook, "check-naive")
    assert "softmax_loss_vectorized is not written" in printed(notebook, "compare-both")


def setup_only(folder: Path) -> nbformat.NotebookNode:
    notebook = read()
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    return execute(notebook, folder)


@pytest.fixture
def handout(tmp_path: Path) -> Path:
    """A copy of what a student gets, in a folder that is not the repository."""
    for name in ("classifiers", "datasets", "checks", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / "my handout" / name)
    shutil.copy(ROOT / "gradient_check.py", tmp_path / "my handout")
    return tmp_path / "my handout"


@pytest.mark.slow
@pytest.mark.parametrize("start", ["notebooks", ".", "..", "notebooks/deeper"])
def test_the_imports_are_found_from_wherever_the_kernel_starts(handout: Path, start: str) -> None:
    folder = handout / start
    folder.mkdir(exist_ok=True)
    lines = printed(setup_only(folder), "setup").splitlines()
    assert [line.split()[0] for line in lines] == [
        "gradient_check",
        "classifiers",
        "datasets",
        "checks",
    ]
    assert all(str(handout) in line for line in lines)


@pytest.mark.slow
def test_without_the_folder_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="put this notebook back into the folder"):
        setup_only(tmp_path)


@pytest.mark.slow
def test_another_package_of_the_same_name_is_told(handout: Path) -> None:
    notebook = read()
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    other = "import sys, types; sys.modules['datasets'] = types.ModuleType('datasets')\n"
    other += "sys.modules['datasets'].__file__ = '/elsewhere/datasets/__init__.py'"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(other))
    with pytest.raises(CellExecutionError, match="restart the kernel"):
        execute(notebook, handout / "notebooks")
