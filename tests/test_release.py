"""What a release is made of: stubs, notebooks of the questions asked, pages, a zip."""

import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest

import classifiers
from grading.asked import pick
from grading.release.handout import write_handout
from grading.release.making import RECORD, release
from grading.release.notebooks import as_text, released, with_questions
from grading.release.rooms import STAFF_ONLY, stripped_answers, write_rooms
from grading.release.texts import ReleaseError, refuse_leaks, refuse_odd_zip
from grading.release.zips import members, write_zip
from grading.solutions import MarkerError, fill_notebook, solution, stripped
from tests.handout import ROOT, make_handout

QUESTION = '''\
def answer(x):
    """Return it."""
    x = check(x)
    # BEGIN SOLUTION
    y = 2 * x
    return y
    # END SOLUTION


def other(x):
    return x
'''


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_handout(tmp_path_factory.mktemp("release") / "handout")


def test_a_body_is_replaced_by_a_raise_and_the_rest_is_kept() -> None:
    answer, other = ast.parse(stripped(QUESTION)).body
    assert isinstance(answer, ast.FunctionDef)
    assert ast.unparse(answer.body[1]) == "x = check(x)"
    assert "answer is left out here" in ast.unparse(answer.body[2])
    assert len(answer.body) == 3
    assert ast.unparse(other) == "def other(x):\n    return x"


def test_a_stub_names_its_class_and_a_question_its_cell() -> None:
    method = "class Loss:\n" + "".join(f"    {line}\n" for line in QUESTION.splitlines()[:7])
    assert '"Loss.answer is left out' in stripped(method)
    asked = stripped(QUESTION.replace("answer", "softmax_vjp"))
    assert '"softmax_vjp is not written yet: fill in its cell."' in asked


@pytest.mark.parametrize("name", classifiers.__all__)
def test_what_is_stripped_still_has_its_signature_and_docstring(name: str) -> None:
    value = getattr(classifiers, name)
    if inspect.isfunction(value):
        source = stripped(inspect.getsource(value))
        assert ast.get_docstring(ast.parse(source).body[0]) == inspect.getdoc(value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (QUESTION.replace("    # END SOLUTION\n", ""), "line 4: .* not closed"),
        (QUESTION.replace("y = 2 * x", "# BEGIN SOLUTION"), "line 5: .* inside that of line 4"),
        (QUESTION.replace("    # BEGIN SOLUTION\n", ""), "line 6: .* without a '# BEGIN"),
        (QUESTION + "# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n", "line 12: .* outside a function"),
        (QUESTION.replace("    # END", "        # END"), "line 7: .* indent it as"),
        (QUESTION.replace("    # END", "# END"), "line 7: .* indent it as"),
        (QUESTION.replace("# END SOLUTION", "# END SOLUTION\n    y += 1"), "line 8: code"),
        (
            QUESTION.replace("# END SOLUTION\n", "") + "    # END SOLUTION\n",
            "line 4: .* before line 9",
        ),
        (QUESTION.replace("# BEGIN", "#BEGIN"), "line 4: .* is read as no marker"),
        (QUESTION.replace("# END SOLUTION", "### end solution"), "line 7: .* is read as no marker"),
        (QUESTION.replace("    y = 2 * x", "    if x:\n        # BEGIN SOLUTION"), "line 6: "),
    ],
)
def test_misplaced_markers_are_refused_with_the_line(source: str, said: str) -> None:
    with pytest.raises(MarkerError, match=said):
        stripped(source)


def test_what_only_speaks_of_markers_is_no_marker() -> None:
    speaks = 'def f():\n    """Between `# BEGIN SOLUTION` and\n    # END SOLUTION\n    """\n'
    assert stripped(speaks) == speaks


def copied_project(folder: Path) -> Path:
    """Copy what a release is made of."""
    rooms = ("classifiers", "checks", "datasets", "grading", "notebooks", "docs", "tests/graded")
    for room in rooms:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, folder / room, ignore=ignored)
    for file in ("gradient_check.py", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    return folder


def refused(project: Path, out: Path) -> str:
    """Return why a release of a copy of the project is refused, which is before it is installed."""
    code = "from pathlib import Path; from grading.release.making import release\n"
    code += f"release(Path({str(out)!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert [path.name for path in out.parent.iterdir()] == ["project"]
    return ran.stderr


@pytest.mark.slow
def test_a_wrong_marker_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    project = copied_project(tmp_path / "project")
    room = "classifiers/softmax_loss.py"
    with (project / room).open("a", encoding="utf-8") as file:
        file.write("\n\ndef f():\n    # BEGIN SOLUTION\n    pass\n")
    line = len((project / room).read_text("utf-8").splitlines()) - 1
    assert f"MarkerError: {room}, line {line}: " in refused(project, tmp_path / "out")


@pytest.mark.parametrize(
    ("room", "said"),
    [
        ("classifiers/a.py", "classifiers/a.py, line 4: '# BEGIN SOLUTION' is not closed"),
        ("checks/inside/b.py", "checks/inside/b.py, line 4: "),
        ("gradient_check.py", "gradient_check.py, line 4: "),
    ],
)
def test_a_wrong_marker_is_named_with_its_file(room: str, said: str, tmp_path: Path) -> None:
    files = {"classifiers/c.py": QUESTION, "gradient_check.py": "pass\n", room: QUESTION}
    if room == "classifiers/a.py":
        files[room] = QUESTION.replace("# END SOLUTION", "pass")
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(MarkerError, match=said):
        stripped_answers(tmp_path)


def test_rooms_hold_no_answer_and_nothing_of_the_grader(tmp_path: Path) -> None:
    write_rooms(tmp_path / "rooms", ["softmax_loss_naive"])
    found = {path.name for path in (tmp_path / "rooms").iterdir()}
    assert found == {"classifiers", "checks", "datasets", "gradient_check.py"}
    for name in classifiers.__all__:
        value = getattr(classifiers, name)
        if inspect.isfunction(value) and "# BEGIN SOLUTION" in inspect.getsource(value):
            module = (
                tmp_path / "rooms" / "classifiers" / f"{value.__module__[12:]}.py"
            ).read_text()
            assert solution(value) not in module
            assert "SOLUTION" not in module


def test_each_module_with_answers_is_there_once_but_for_the_staff_s_own() -> None:
    modules = {path.name for path in (ROOT / "classifiers").glob("*.py")}
    assert sorted(stripped_answers()) == sorted(modules - {*STAFF_ONLY})
    assert {*STAFF_ONLY} <= modules


def test_a_handout_leaves_out_the_fused_loss(tmp_path: Path) -> None:
    write_rooms(tmp_path / "rooms")
    assert not [*(tmp_path / "rooms").rglob("fused*")]


def ids(questions: str, notebook: str = "softmax.ipynb") -> list[str]:
    return [cell["id"] for cell in released(pick(questions))[notebook]["cells"]]


def test_all_questions_leave_a_notebook_as_it_is() -> None:
    for name, notebook in released(pick("all")).items():
        original = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        assert [(c["id"], c["source"]) for c in notebook["cells"]] == [
            (cell.id, cell.source) for cell in original.cells
        ]
        nbformat.validate(nbformat.from_dict(notebook))  # type: ignore[no-untyped-call]


def test_a_question_that_is_not_asked_takes_along_what_stands_on_it() -> None:
    naive = ids("naive")
    assert "check-naive" in naive
    for gone in ("answer-softmax-loss-vectorized", "verdict-softmax-loss-vectorized", "vectorized",
                 "compare-both", "train", "train-once", "test-accuracy", "weights"):  # fmt: skip
        assert gone not in naive
    assert "question-1" in naive
    assert [*released(pick("naive"))] == ["softmax.ipynb"]


def test_what_a_later_cell_needs_of_a_left_out_one_is_kept() -> None:
    cells = {c["id"]: c["source"] for c in released(pick("vectorized"))["softmax.ipynb"]["cells"]}
    assert cells["sanity-naive"] == "rng = np.random.default_rng(0)"
    assert cells["huge-naive"] == "W_huge = 1e4 * rng.standard_normal((C, D))"
    assert "sanity" not in cells
    assert "check_gradient(softmax_loss_vectorized" in cells["check-vectorized"]
    assert "softmax_loss_naive" not in "".join(
        text for name, text in cells.items() if not name.startswith("answer-")
    )


def test_the_number_of_cells_to_fill_is_that_of_the_questions() -> None:
    intro = released(pick("vectorized"))["softmax.ipynb"]["cells"][0]["source"]
    assert "One cell is yours to fill: the one that says `# Your code here`" in intro
    intro = released(pick("softmax,softmax_vjp"))["backprop.ipynb"]["cells"][0]["source"]
    assert "Two cells are yours to fill: those that say" in intro


def test_text_that_goes_on_about_what_has_gone_is_gone_too() -> None:
    backprop = ids("softmax_vjp", "backprop.ipynb")
    assert "graph-questions" not in backprop
    assert {"question-1", "question-2", "question-3"} <= {*backprop}


def test_a_name_that_is_bound_again_is_not_missing_any_more() -> None:
    def cell(name: str, source: str, *tags: str) -> dict[str, Any]:
        about = {"cell_type": "code", "id": name, "metadata": {"tags": [*tags]}}
        return {**about, "source": source, "outputs": [], "execution_count": None}

    stub = 'def {}(z):\n    raise NotImplementedError("{}")'
    cells = [
        cell("one", stub.format("softmax", "softmax"), "answer"),
        cell("two", stub.format("softmax_vjp", "softmax_vjp"), "answer"),
        cell("three", "p = softmax(1)\nprint(p)"),
        cell("four", "p = 2"),
        cell("five", "print(p)"),
    ]
    kept = with_questions({"cells": cells, "metadata": {}}, ["softmax_vjp"])["cells"]
    assert [one["id"] for one in kept] == ["two", "four", "five"]


def test_a_question_of_no_notebook_is_refused() -> None:
    with pytest.raises(ValueError, match="svm_loss_naive is asked in no notebook"):
        released(["svm_loss_naive"])


def test_outputs_and_a_kernel_of_somebody_are_left_behind() -> None:
    notebook = json.loads((ROOT / "notebooks" / "softmax.ipynb").read_text("utf-8"))
    notebook["metadata"]["widgets"] = {"path": "/home/somebody"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        cell["outputs"], cell["execution_count"] = [{"output_type": "stream", "text": "7"}], 7
        cell["metadata"]["execution"] = {"shell.execute_reply": "2026-01-01"}
    clean = with_questions(notebook, pick("all"))
    assert clean == released(pick("all"))["softmax.ipynb"]


def test_a_handout_holds_what_works_in_it_and_nothing_of_the_staff(handout: Path) -> None:
    found = {path.relative_to(handout).as_posix() for path in handout.rglob("*") if path.is_file()}
    assert {"README.md", "pyproject.toml", "softmax_lab.py", "tests/test_answers.py"} <= found
    assert "grading/submission.py" in found
    staff = [name for name in found if re.search("sandbox|graded|solutions|feedback|points", name)]
    assert staff == []


def test_links_and_numbers_of_formulas_lead_somewhere_in_the_handout(handout: Path) -> None:
    pages = [handout / "README.md", *(handout / "docs").glob("*.md")]
    for page in pages:
        targets = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        assert [target for target in targets if not (page.parent / target).exists()] == []
    formulas = (handout / "docs" / "softmax.md").read_text("utf-8")
    files = [*handout.rglob("*.py"), *handout.rglob("*.ipynb")]
    cited = {
        number
        for file in files
        for text in re.findall(
            r"[Ff]ormulas? ((?:\(\d+\)[,\s\\n\"and]*)+)", file.read_text("utf-8")
        )
        for number in re.findall(r"\(\d+\)", text)
    }
    assert len(cited) > 10
    assert [number for number in sorted(cited) if f"| {number} |" not in formulas] == []
    for page in pages:
        commands = re.findall(r"softmax-lab (\w[\w-]*)", page.read_text("utf-8"))
        assert {*commands} <= {"submit"}
    for file in files:
        pages_named = re.findall(r"docs/[\w-]+\.md", file.read_text("utf-8"))
        assert [page for page in pages_named if not (handout / page).exists()] == []


def test_the_handout_says_for_itself_what_is_missing_when_it_is_handed_in(handout: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "softmax_lab.py", "submit", "notebooks/softmax.ipynb"], cwd=handout,
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "softmax_loss_naive             not attempted" in ran.stdout
    assert "No cell defines a function softmax_vjp" in ran.stdout
    (handout / "notebooks" / "softmax-submission.zip").unlink()


def test_the_handout_asks_for_every_package_that_it_imports(handout: Path) -> None:
    notebooks = [json.loads(file.read_text("utf-8")) for file in handout.rglob("*.ipynb")]
    cells = [cell for one in notebooks for cell in one["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    sources += [file.read_text("utf-8") for file in handout.rglob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    ours = {path.stem for path in handout.iterdir()} | {*sys.stdlib_module_names}
    project = tomllib.loads((handout / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    with_jupyter = {"IPython"}
    needed = {name.partition(".")[0] for name in names} - ours - with_jupyter
    assert "threadpoolctl" in needed
    assert needed <= {line.partition(">")[0] for line in asked}


def test_a_clean_handout_has_no_leak(handout: Path) -> None:
    refuse_leaks(members(handout, "softmax-lab"))


LINE = "loss = np.sum(target * -np.where(target > 0, log_p, 0)) / N"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("checks/laws.py", f"x = 1\n\n{LINE}", "checks/laws.py, line 3: a line of the answers"),
        ("docs/a.md", LINE.replace(" ", "").replace("/N", "/\nN"), "docs/a.md, line 2: a line of"),
        ("a.md", "1\nUnusual sizes and dtypes", "a.md, line 2: the title of a hidden test"),
        ("b.py", f"see {ROOT}/docs", "b.py, line 1: the path"),
        ("b.npz", f"\0\0{Path.home()}", "b.npz, line 1: the path"),
    ],
)
def test_a_leak_is_found_with_file_and_line(name: str, text: str, said: str) -> None:
    with pytest.raises(ReleaseError, match=re.escape(said)):
        refuse_leaks({"fine.py": b"pass", name: text.encode()})


@pytest.mark.parametrize("solved", [False, True])
def test_an_output_and_an_answer_in_a_notebook_are_found(solved: bool) -> None:
    notebook = released(pick("naive"))["softmax.ipynb"]
    notebook["cells"][1]["execution_count"] = 1
    notebook = fill_notebook(notebook) if solved else notebook
    said = "a line of the answers in classifiers/" if solved else "cell setup: there is an output"
    with pytest.raises(ReleaseError, match=said):
        refuse_leaks({"a.ipynb": as_text(notebook).encode()})


def test_the_same_members_make_the_same_zip_whenever_and_in_whatever_order(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"b": b"1", "a": b"2"})
    write_zip(tmp_path / "c.zip", {"a": b"2", "b": b"1"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "c.zip").read_bytes()
    refuse_odd_zip(tmp_path / "a.zip", {"a": b"2", "b": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "c.zip"]


@pytest.mark.parametrize("more", [{"a": b"2"}, {"a": b"2", "b": b"0"}, {"a": b"", "b": b"1"}])
def test_a_zip_that_holds_something_else_is_found(more: dict[str, bytes], tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"b": b"1", "a": b"2"})
    with pytest.raises(ReleaseError, match=r"a.zip, [ab]: it is not what"):
        refuse_odd_zip(tmp_path / "a.zip", more)


def test_a_dated_zip_is_found(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", "1")
    with pytest.raises(ReleaseError, match="a: it is not"):
        refuse_odd_zip(tmp_path / "a.zip", {"a": b"1"})


def test_a_release_replaces_an_earlier_one_and_is_the_same_each_time(tmp_path: Path) -> None:
    out, said = tmp_path / "out", list[str]()
    release(out, "naive", verify=False, say=said.append)
    first = (out / "handout.zip").read_bytes()
    (out / "handout" / "notebooks" / "softmax.ipynb").unlink()
    release(out, "naive", verify=False, say=said.append)
    assert (out / "handout.zip").read_bytes() == first
    assert {path.name for path in out.iterdir()} == {RECORD, "handout", "handout.zip"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert members(out / "handout", "softmax-lab").keys() == {
        info.filename for info in zipfile.ZipFile(out / "handout.zip").infolist()
    }


@pytest.mark.parametrize("earlier", [False, True])
def test_a_folder_with_something_of_somebody_is_not_touched(earlier: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if earlier:
        release(out, "naive", verify=False, say=lambda line: None)
    out.mkdir(exist_ok=True)
    (out / "thesis.txt").write_text("mine")
    before = members(out, "")
    with pytest.raises(ValueError, match=r"out holds thesis\.txt, which is not of a release"):
        release(out, verify=False)
    assert members(out, "") == before


def test_an_empty_folder_will_do_and_a_file_will_not(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    release(tmp_path / "out", "naive", verify=False, say=lambda line: None)
    with pytest.raises(ValueError, match="is no folder"):
        release(tmp_path / "out" / "handout.zip", verify=False)


def test_a_release_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    release(tmp_path / "out", "naive", verify=False, say=lambda line: None)
    before = members(tmp_path / "out", "")
    with pytest.raises(ValueError, match="asked in no notebook"):
        release(tmp_path / "out", "svm_loss_naive", verify=False)
    assert members(tmp_path / "out", "") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.slow
def test_what_is_not_proved_is_not_written(tmp_path: Path) -> None:
    project = copied_project(tmp_path / "project")
    page = project / "docs" / "gradient-check.md"
    page.write_text(f"{page.read_text('utf-8')}\n{LINE}\n")
    said = r"ReleaseError: softmax-lab/docs/gradient-check.md, line \d+: a line of the answers in"
    assert re.search(said, refused(project, tmp_path / "out"))


def test_a_written_handout_needs_a_folder_of_its_own(handout: Path) -> None:
    with pytest.raises(FileExistsError):
        write_handout(handout, ["softmax_vjp"])
