"""notebooks/backprop.ipynb in a real kernel: empty, filled, and filled wrongly."""

import json
import math
import re

import nbformat
import numpy as np
import pytest

from classifiers import softmax, softmax_cross_entropy, softmax_jacobian_vectorized
from grading.solutions import fill_notebook
from tests.notebooks import BACKPROP, execute, pictures, printed, read, shown

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
WIDGET = "application/vnd.jupyter.widget-view+json"
LOOK = """
import json
from matplotlib.text import Text
drawn = []
def draw_jacobian(ax, J, title):
    drawn.append(J.tolist())
for slider in sliders.children[:-1]:
    slider.value = {"scale of all": 2, "move score": 1, "by": -3}[slider.description]
print(json.dumps({
    "texts": [text.get_text() for text in graph.findobj(Text)],
    "h": h.tolist(), "W": W.tolist(), "t": t.tolist(),
    "scores": scores.tolist(), "drawn": drawn[-1],
}))
"""


def filled() -> nbformat.NotebookNode:
    return nbformat.from_dict(fill_notebook(read(BACKPROP)))


@pytest.fixture(scope="module")
def solved() -> nbformat.NotebookNode:
    """The notebook filled with the reference, executed, and looked at when it is done."""
    notebook = filled()
    notebook.cells.append(nbformat.v4.new_code_cell(LOOK, id="look"))
    return execute(notebook, BACKPROP.parent)


def looked_at(notebook: nbformat.NotebookNode) -> dict[str, list[float]]:
    return json.loads(printed(notebook, "look"))


def test_empty_it_runs_to_the_end_and_says_what_is_missing() -> None:
    notebook = execute(read(BACKPROP), BACKPROP.parent)
    missing = {
        "check-softmax": "softmax",
        "check-jacobian-naive": "softmax",
        "check-posted": "softmax",
        "draw-scaled": "softmax",
        "jacobian-sliders": "softmax",
        "check-vjp": "softmax",
        "check-cross-entropy": "softmax_cross_entropy",
        "check-huge": "softmax_cross_entropy",
        "draw-graph": "softmax",
        "check-network": "network_loss",
        "train-moons": "network_loss",
    }
    for cell_id, name in missing.items():
        said = f"Not there yet: {name} is not written yet: fill in its cell.\n"
        assert printed(notebook, cell_id).endswith(said), cell_id
    assert sum(pictures(notebook, cell_id) for cell_id in missing) == 0


def test_filled_with_the_reference_every_check_passes(solved: nbformat.NotebookNode) -> None:
    assert "Not there yet" not in json.dumps(solved)
    right = {
        "check-jacobian-naive": 1,
        "check-jacobian-vectorized": 1,
        "check-vjp": 2,
        "check-cross-entropy": 2,
        "check-network": 2,
    }
    for cell_id, times in right.items():
        assert printed(solved, cell_id).count("The gradient is right") == times, cell_id
    for cell_id in ("check-softmax", "check-jacobian-laws", "check-vjp"):
        differences = re.findall(r" (\S+)$", printed(solved, cell_id), re.MULTILINE)
        sizes = [float(last) for last in differences if re.fullmatch(r"\de[-+]\d\d", last)]
        assert len(sizes) == 3, cell_id
        assert max(sizes) < 1e-12, cell_id


def test_the_derivative_that_people_post_fails_its_check(solved: nbformat.NotebookNode) -> None:
    assert printed(solved, "check-posted").startswith("The gradient is wrong")
    assert pictures(solved, "draw-posted") == 1


def test_only_the_loss_in_one_survives_huge_scores(solved: nbformat.NotebookNode) -> None:
    small, apart, huge, apart_huge = printed(solved, "check-huge").splitlines()
    assert small.split("loss")[1] == apart.split("loss")[1]
    assert huge.endswith("finite: True")
    assert apart_huge.endswith("loss inf, all of dZ is finite: False")


def test_the_graph_carries_the_derivatives_of_its_network(solved: nbformat.NotebookNode) -> None:
    seen = looked_at(solved)
    h, W, t = (np.array(seen[name]) for name in "hWt")
    o = softmax(W @ h)
    L, _ = softmax_cross_entropy((W @ h)[:, None], t[:, None])
    numbers = [*h, *W.flat, *(W @ h), *o, *t, L]
    local = [h[1], o[0] * o[1], -o[0] * o[1], *(-t / o)]
    drawn = [text.split("\n")[-1].replace("−", "-") for text in seen["texts"] if "\n" in text]
    assert sorted(drawn) == sorted(f"{number:.3f}" for number in numbers + local)


def test_the_paths_of_the_graph_add_up_to_the_derivative(solved: nbformat.NotebookNode) -> None:
    seen = looked_at(solved)
    h, W, t = (np.array(seen[name]) for name in "hWt")

    def loss(w21: float) -> float:
        y1, y2 = w21 * h[1] + W[0, 0] * h[0] + W[0, 2] * h[2], W[1] @ h
        return float(t.sum() * math.log(math.exp(y1) + math.exp(y2)) - t @ [y1, y2])

    slope = (loss(W[0, 1] + 1e-5) - loss(W[0, 1] - 1e-5)) / 2e-5
    first, second, both, direct = (
        float(line.split()[-1]) for line in printed(solved, "draw-graph").splitlines()
    )
    assert both == direct == pytest.approx(slope, abs=1e-6)
    assert first + second == pytest.approx(both, abs=2e-6)
    assert min(abs(first), abs(second)) > 0.05
    assert pictures(solved, "draw-graph") == 1


def test_the_jacobian_follows_the_sliders(solved: nbformat.NotebookNode) -> None:
    seen = looked_at(solved)
    moved = 2 * np.array(seen["scores"]) + [0, -3, 0, 0]
    np.testing.assert_allclose(seen["drawn"], softmax_jacobian_vectorized(softmax(moved)))
    assert shown(solved, "jacobian-sliders", WIDGET) == 1
    assert pictures(solved, "draw-scaled") == 1


def test_the_network_learns_the_moons(solved: nbformat.NotebookNode) -> None:
    losses, share = printed(solved, "train-moons").splitlines()
    assert losses.startswith("loss 0.693 at first")
    assert float(losses.split()[4]) < 0.1
    assert float(share.split("%")[0]) > 98
    assert pictures(solved, "train-moons") == 1


def test_without_ipywidgets_a_sentence_stands_in_for_the_sliders() -> None:
    notebook = filled()
    hidden = nbformat.v4.new_code_cell("import sys\nsys.modules['ipywidgets'] = None", id="hidden")
    last = [cell.id for cell in notebook.cells].index("jacobian-sliders")
    notebook.cells = [hidden, *notebook.cells[: last + 1]]
    notebook = execute(notebook, BACKPROP.parent)
    assert "ipywidgets is not installed" in printed(notebook, "jacobian-sliders")
    assert shown(notebook, "jacobian-sliders", WIDGET) == 0
    assert pictures(notebook, "draw-scaled") == 1


def test_an_answer_that_keeps_only_the_diagonal_is_found_where_it_is() -> None:
    notebook = filled()
    for cell in notebook.cells:
        if cell.id == "answer-softmax-vjp":
            whole = "p * dz.sum(axis=axis, keepdims=True)"
            assert whole in cell.source
            cell.source = cell.source.replace(whole, "p * dz")
    notebook = execute(notebook, BACKPROP.parent)
    assert printed(notebook, "check-vjp").count("The gradient is wrong") == 2
    for cell_id in ("check-jacobian-vectorized", "check-cross-entropy", "check-network"):
        assert "The gradient is wrong" not in printed(notebook, cell_id)
