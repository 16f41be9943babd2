import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError

import classifiers
from grading.solutions import BEGIN, fill_notebook, fill_stub
from tests.notebooks import (
    BACKPROP,
    NOTEBOOKS,
    SOFTMAX,
    answers,
    execute,
    pictures,
    printed,
    read,
    source,
    stub,
)

ROOT = SOFTMAX.parents[1]
ASKED = {
    SOFTMAX: ["softmax_loss_naive", "softmax_loss_vectorized"],
    BACKPROP: [
        "softmax",
        "softmax_jacobian_naive",
        "softmax_jacobian_vectorized",
        "softmax_vjp",
        "softmax_cross_entropy",
        "network_loss",
    ],
}
pytestmark = pytest.mark.filterwarnings("default")
in_every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
of_every_answer = pytest.mark.parametrize(
    ("path", "cell"),
    [pytest.param(path, cell, id=cell.id) for path in NOTEBOOKS for cell in answers(read(path))],
)


def must_agree(path: Path, cell: nbformat.NotebookNode, what: str, found: str, due: str) -> None:
    """Fail with a sentence that names the cell to mend."""
    if found != due:
        pytest.fail(
            f"In notebooks/{path.name}, cell {cell.id!r}, the {what} is not that of "
            f"classifiers.{stub(cell).name}. Mend the cell: put there\n\n{due}\n\nin place of"
            f"\n\n{found}",
            pytrace=False,
        )


@in_every_notebook
def test_the_answers_asked_for_are_there_under_stable_ids(path: Path) -> None:
    found = {cell.id: stub(cell).name for cell in answers(read(path))}
    assert found == {f"answer-{name.replace('_', '-')}": name for name in ASKED[path]}


@in_every_notebook
def test_every_cell_has_an_id_of_words(path: Path) -> None:
    ids = [cell.id for cell in read(path).cells]
    assert len({*ids}) == len(ids)
    drawn_by_jupyter = re.compile("[0-9a-f]{8}|[0-9a-f-]{36}")
    assert [i for i in ids if drawn_by_jupyter.fullmatch(i)] == []


def signature(function: Callable[..., Any]) -> str:
    parameters = inspect.signature(function).parameters.values()
    bare = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
    return f"def {function.__name__}{inspect.Signature(bare)}:"


@of_every_answer
def test_a_stub_has_the_signature_of_the_reference(path: Path, cell: nbformat.NotebookNode) -> None:
    reference = getattr(classifiers, stub(cell).name)
    must_agree(path, cell, "signature", cell.source.splitlines()[0], signature(reference))


@of_every_answer
def test_a_stub_has_the_docstring_of_the_reference(path: Path, cell: nbformat.NotebookNode) -> None:
    reference = getattr(classifiers, stub(cell).name)
    found = ast.get_docstring(stub(cell)) or ""
    must_agree(path, cell, "docstring", found, inspect.getdoc(reference) or "")


def checks_of_input(function: Callable[..., Any]) -> list[str]:
    """Return the statements of a reference between its docstring and its answer."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    begin = [line.strip() for line in lines].index(BEGIN) + 1
    (definition,) = ast.parse("\n".join(lines)).body
    assert isinstance(definition, ast.FunctionDef)
    return [ast.unparse(line) for line in definition.body[1:] if line.lineno < begin]


@of_every_answer
def test_a_stub_checks_its_input_and_holds_no_line_of_the_answer(
    path: Path, cell: nbformat.NotebookNode
) -> None:
    name = stub(cell).name
    missing = f"raise NotImplementedError('{name} is not written yet: fill in its cell.')"
    due = [*checks_of_input(getattr(classifiers, name)), missing]
    found = [ast.unparse(line) for line in stub(cell).body[1:]]
    must_agree(path, cell, "code below the docstring", "\n".join(found), "\n".join(due))
    assert "    # Your code here, in place of the next line.\n    raise" in cell.source


@in_every_notebook
def test_the_notebook_is_stored_without_outputs(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert re.search(r"/(home|root|Users|tmp)/", path.read_text("utf-8")) is None


@in_every_notebook
def test_every_link_leads_somewhere(path: Path) -> None:
    words = "".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)\)", words)
    assert [link for link in links if not (path.parent / link).exists()] == []


def imported(path: Path) -> dict[str, Any]:
    """Return what the setup cell of a notebook imports, by the names that it gives."""
    tree = ast.parse(source(read(path), "setup"))
    tree.body = [line for line in tree.body if isinstance(line, (ast.Import, ast.ImportFrom))]
    names: dict[str, Any] = {}
    exec(compile(tree, path.name, "exec"), names)
    return names


@in_every_notebook
def test_no_answer_is_imported(path: Path) -> None:
    functions = [thing for thing in imported(path).values() if inspect.isfunction(thing)]
    assert [f.__name__ for f in functions if BEGIN in inspect.getsource(f)] == []


@in_every_notebook
def test_the_folder_is_found_in_the_same_way(path: Path) -> None:
    def finds(path: Path) -> str:
        return source(read(path), "setup").partition("import matplotlib")[0]

    assert finds(path) == finds(SOFTMAX)


@in_every_notebook
def test_blas_is_held_to_one_thread_however_many_it_would_take(path: Path) -> None:
    look = "\nfrom threadpoolctl import threadpool_info as all_"
    look += "\nprint([pool['num_threads'] for pool in all_()])"
    ran = subprocess.run(
        [sys.executable, "-c", source(read(path), "setup") + look],
        cwd=path.parent, env={**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert max(json.loads(ran.stdout.splitlines()[-1]), default=1) == 1


def arguments() -> dict[str, tuple[Any, ...]]:
    """Return what each answer is called with."""
    C, D, N, H = 5, 7, 11, 3
    rng = np.random.default_rng(0)
    W, X, y = rng.standard_normal((C, D)), rng.standard_normal((D, N)), rng.integers(C, size=N)
    Z, weights = rng.standard_normal((C, N)), rng.uniform(0, 2, (C, N))
    P = classifiers.softmax(Z)
    params = {"W1": rng.standard_normal((H, D)), "b1": rng.standard_normal(H)}
    params |= {"W2": rng.standard_normal((C, H)), "b2": rng.standard_normal(C)}
    return {
        "softmax_loss_naive": (W, X, y, 0.1),
        "softmax_loss_vectorized": (W, X, y, 0.1),
        "softmax": (Z, 1),
        "softmax_jacobian_naive": (P[:, 0],),
        "softmax_jacobian_vectorized": (P[:, 0],),
        "softmax_vjp": (P, weights),
        "softmax_cross_entropy": (Z, weights),
        "network_loss": (params, X, y),
    }


@in_every_notebook
def test_a_filled_stub_is_the_reference(path: Path) -> None:
    names = imported(path)
    for cell in answers(nbformat.from_dict(fill_notebook(read(path)))):
        exec(cell.source, names)
    for name in ASKED[path]:
        given = arguments()[name]
        expected = getattr(classifiers, name)(*given)
        assert names[name] is not getattr(classifiers, name)
        np.testing.assert_equal(names[name](*given), expected)


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
