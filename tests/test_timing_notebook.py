"""notebooks/timing.ipynb: what it asks before it measures, and what a class sees when it runs."""

import ast
import json
import re
import struct
from base64 import b64decode
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grading.asked import pick
from grading.release.notebooks import released
from tests.notebooks import FOLDER, SOFTMAX, execute, outputs, pictures, printed, read, source
from timing.machine import machine
from timing.show.about import binary

TIMING = FOLDER / "timing.ipynb"
SECTIONS = ["ratio", "growth", "precision", "parts", "roof"]
OPEN = "guess-precision"  # the guesses that are left open where the others are filled
LOOK = """
import json
from matplotlib.text import Text
texts = [text for text in fig.findobj(Text) if text.get_text() and text.get_visible()]
print(json.dumps({
    "words": [text.get_text() for text in texts],
    "smallest": min(text.get_fontsize() for text in texts),
    "lines": [line.get_xdata()[0] for line in fig.axes[-1].lines if len(line.get_xdata()) == 2],
    "axes": [[ax.get_xlabel() or fig.axes[-1].get_xlabel(), ax.get_ylabel()] for ax in fig.axes],
    "slopes": [line[0] for line in lines.values()],
}))
"""


def cells() -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in read(TIMING).cells}


def calls(cell: nbformat.NotebookNode) -> set[str]:
    """Return the names that a code cell calls, but not in functions that it defines."""
    tree = ast.parse(cell.source)
    lines = [line for line in tree.body if not isinstance(line, ast.FunctionDef)]
    nodes = [node for line in lines for node in ast.walk(line) if isinstance(node, ast.Call)]
    return {node.func.id for node in nodes if isinstance(node.func, ast.Name)}


def guesses(cell: nbformat.NotebookNode) -> list[str]:
    """Return the names to which a cell gives None; it does nothing else."""
    body = ast.parse(cell.source).body
    assert all(re.fullmatch(r"guess_\w+ = None", ast.unparse(line)) for line in body)
    return [ast.unparse(line).removesuffix(" = None") for line in body]


def imported() -> dict[str, Any]:
    """Return what the setup cell imports and the helpers define."""
    tree = ast.parse(source(read(TIMING), "setup"))
    tree.body = [line for line in tree.body if isinstance(line, ast.Import | ast.ImportFrom)]
    names: dict[str, Any] = {}
    exec(compile(tree, "setup", "exec"), names)
    exec(source(read(TIMING), "helpers"), names)
    return names


# As it is stored


def test_the_file_is_what_jupyter_writes_of_a_notebook_that_never_ran() -> None:
    text, notebook = TIMING.read_text("utf-8"), read(TIMING)
    nbformat.validate(notebook)
    assert text == nbformat.writes(notebook) + "\n"
    assert notebook.metadata == read(SOFTMAX).metadata
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count or cell.metadata for cell in code)
    assert re.search(r"/(home|root|Users|tmp)/", text) is None


def test_every_cell_has_an_id_of_words() -> None:
    ids = [cell.id for cell in read(TIMING).cells]
    assert len({*ids}) == len(ids)
    assert [i for i in ids if not re.fullmatch("[a-z]+(-[a-z]+)?", i)] == []


def test_it_has_no_answer_to_fill_and_is_not_handed_out() -> None:
    assert not any(cell.metadata for cell in read(TIMING).cells)
    assert [*released(pick("all"))] == ["backprop.ipynb", "softmax.ipynb"]


def test_every_link_leads_somewhere() -> None:
    words = "".join(cell.source for cell in read(TIMING).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)\)", words)
    assert links
    assert [link for link in links if not (TIMING.parent / link).exists()] == []


# First guess, then measure


def test_before_each_measurement_stand_a_question_and_a_place_for_the_guess() -> None:
    kinds = ("predict", "guess", "measure", "ask")
    due = [f"{kind}-{name}" for name in SECTIONS for kind in kinds]
    due.remove("ask-growth")  # its picture comes between, and has a question of its own
    found = cells()
    assert [i for i in found if i in due] == due
    asked = [cell.source for i, cell in found.items() if i.startswith("predict-")]
    assert all(re.search(r"\*\*[^*]+\?", words) for words in asked)


def test_nothing_is_measured_anywhere_else() -> None:
    code = {i: cell for i, cell in cells().items() if cell.cell_type == "code"}
    measuring = [i for i, cell in code.items() if calls(cell) & {"timed", "measure"}]
    assert measuring == [f"measure-{name}" for name in SECTIONS]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_guess_is_none_until_the_class_has_one_and_is_shown_later(name: str) -> None:
    found = cells()
    after = [*found][[*found].index(f"guess-{name}") + 1 :]
    later = "".join(found[i].source for i in after)
    for guess in guesses(found[f"guess-{name}"]):
        assert re.search(rf"\b{guess}\b", later), f"{guess} is never shown"


def test_a_guess_is_shown_in_the_row_of_what_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    imported()["beside"](("the first", 7, 11.25), ("the second", None, 0.5))
    said = capsys.readouterr().out.splitlines()
    assert said[1].split() == ["your", "guess", "measured"]
    assert [line.split()[2:] for line in said[2:4]] == [["7", "11.2"], ["–", "0.5"]]
    assert "Any number will do" in said[4]
    imported()["beside"](("the first", 7, 11.25))
    assert "Any number" not in capsys.readouterr().out


# On other machines


def test_outside_the_repository_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="open this notebook in the repository's folder"):
        exec(source(read(TIMING), "setup"), {})


def test_without_numba_it_says_that_the_fused_loss_is_plain_numpy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {
        "C": 5,
        "D": 7,
        "N_large": 11,
        "here": {"packages": {}},
        "compiled_tiles": lambda: None,
    }
    exec(source(read(TIMING), "compile"), imported() | given)
    assert "plain numpy" in capsys.readouterr().out


def test_where_no_cache_is_known_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    exec(source(read(TIMING), "caches"), imported() | {"D": 7, "here": {"caches": []}})
    assert "does not tell the sizes" in capsys.readouterr().out


# In a real kernel


def filled() -> tuple[nbformat.NotebookNode, dict[str, list[str]]]:
    """Return the notebook with short measurements and a number for each guess but those of OPEN.

    The numbers are those that no measurement gives, by the cell of the guess.
    """
    notebook, numbers = read(TIMING), {}
    for cell in notebook.cells:
        if cell.id.startswith("guess-") and cell.id != OPEN:
            names = guesses(cell)
            numbers[cell.id] = [str(770 + n) for n, _ in enumerate(names, start=len(numbers) * 10)]
            for name, number in zip(names, numbers[cell.id], strict=True):
                cell.source = cell.source.replace(f"{name} = None", f"{name} = {number}")
        if cell.cell_type == "code":
            cell.source = re.sub(r"seconds=[\d.]+", "seconds=0.05", cell.source)
    for picture in ("picture-cost", "picture-growth"):
        after = [cell.id for cell in notebook.cells].index(picture) + 1
        notebook.cells.insert(after, nbformat.v4.new_code_cell(LOOK, id=f"look-{picture}"))
    return notebook, numbers


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_from_top_to_bottom_it_shows_what_a_class_is_to_see() -> None:
    notebook, numbers = filled()
    execute(notebook, TIMING.parent)
    no_cell_complains(notebook)
    the_guesses_stand_beside_what_was_measured(notebook, numbers)
    the_caches_are_those_of_this_machine(notebook)
    the_pictures_are_there_and_legible(notebook, numbers)


def no_cell_complains(notebook: nbformat.NotebookNode) -> None:
    every = [(c.id, out) for c in notebook.cells if c.cell_type == "code" for out in c.outputs]
    assert [(i, out) for i, out in every if out.output_type == "error"] == []
    assert [(i, out.text) for i, out in every if out.get("name") == "stderr"] == []
    assert "processors 1" in printed(notebook, "setup")


def the_guesses_stand_beside_what_was_measured(
    notebook: nbformat.NotebookNode, numbers: dict[str, list[str]]
) -> None:
    for name in SECTIONS:
        rows = printed(notebook, f"measure-{name}").partition("your guess")[2].splitlines()
        found = [row.split()[-2:] for row in rows[1:] if not row.startswith("–")]
        due = numbers.get(f"guess-{name}", ["–", "–"])
        if name == "growth":
            due = due[:2]  # the third is a place in the picture
        assert [guess for guess, _ in found] == due
        assert all(float(measured.replace(",", "")) > 0 for _, measured in found)
        assert ("Any number will do" in rows[-1]) == (f"guess-{name}" == OPEN)


def the_caches_are_those_of_this_machine(notebook: nbformat.NotebookNode) -> None:
    said, caches = printed(notebook, "caches").splitlines(), machine()["caches"]
    assert len(said) == max(1, len(caches))
    for line, cache in zip(said, caches, strict=False):
        fills = cache["bytes"] / (3073 * 8)
        assert line.split()[0] == f"L{cache['level']}"
        assert binary(cache["bytes"]) in line
        assert line.endswith(f"X fills it at N = {fills:,.0f}")


def the_pictures_are_there_and_legible(
    notebook: nbformat.NotebookNode, numbers: dict[str, list[str]]
) -> None:
    growth, cost = (
        json.loads(printed(notebook, f"look-picture-{name}")) for name in ("growth", "cost")
    )
    for name, look in (("picture-growth", growth), ("picture-cost", cost)):
        assert pictures(notebook, name) == 1
        assert look["smallest"] >= 14
        assert all("N, samples" in x and re.search(", (ms|µs)$", y) for x, y in look["axes"])
    words = " ".join(growth["words"])
    assert all(f"slope {slope:.2f}" in words for slope in growth["slopes"])
    fills = {cache["level"]: cache["bytes"] / (3073 * 8) for cache in machine()["caches"]}
    shown = {level: N for level, N in fills.items() if 5 < N < 10_000}
    guess = numbers["guess-growth"][2]
    assert sorted(cost["lines"]) == pytest.approx(sorted([*shown.values(), float(guess)]))
    assert {"your guess", *(f"X fills L{level}" for level in shown)} <= {*cost["words"]}
    last = notebook.cells[-1]
    assert last.id == "picture-roof"
    (roofline,) = outputs(notebook, last.id)
    width, height = struct.unpack(">II", b64decode(roofline.data["image/png"])[16:24])
    assert width > 1200
    assert height > 700
