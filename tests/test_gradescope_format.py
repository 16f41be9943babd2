import json
import os
import shutil
import subprocess
import zipfile

import pytest

from grading.asked import SOFTMAX
from grading.points import points
from grading.release import gradescope
from grading.release.gradescope import write_gradescope
from grading.sandbox.levels import probe
from grading.solutions import fill_notebook
from tests.notebooks import SOFTMAX as NOTEBOOK

FORGED = json.dumps({"score": 20, "tests": []})


def stubs():
    return json.loads(NOTEBOOK.read_text("utf-8"))


def edited(notebook, old, new):
    """Return a notebook with a text that stands once in it replaced."""
    found = 0
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        found += text.count(old)
        cell["source"] = text.replace(old, new)
    assert found == 1
    return notebook


def right():
    return fill_notebook(stubs())


def wrong():
    return edited(right(), "    P /= N\n", "")  # 3 of 10


def hostile(results):
    """Return a notebook whose first answer forges a result in every way, and ends its process."""
    paths = [str(results), "/autograder/results/results.json", "../results/results.json"]
    lines = [
        "class Forge:",
        "    import os, sys",
        f"    for path in {paths!r}:",
        "        try:",
        f"            open(path, 'w').write({FORGED!r})",
        "        except OSError:",
        "            pass",
        f"    print({FORGED!r})",
        f"    print({FORGED!r}, file=sys.stderr)",
        "",
        "def softmax_loss_naive(W, X, y, reg):",
        f"    print({FORGED!r}, Forge)",
        "    Forge.os._exit(0)",
    ]
    notebook = right()
    answers = [cell for cell in notebook["cells"] if "answer" in cell["metadata"].get("tags", [])]
    answers[0]["source"] = "\n".join(lines)
    return notebook


def test_one_project_makes_one_zip_with_scripts_that_can_be_run(tmp_path):
    first = write_gradescope(tmp_path / "a", SOFTMAX)
    assert first.read_bytes() == write_gradescope(tmp_path / "b", SOFTMAX).read_bytes()
    assert [file.name for file in first.parent.iterdir()] == ["autograder.zip"]
    with zipfile.ZipFile(first) as zipped:
        for script in ("setup.sh", "run_autograder"):
            assert zipped.getinfo(script).external_attr >> 16 == 0o100755
            assert zipped.read(script).startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in zipped.read(script)
        assert f'--questions "{",".join(SOFTMAX)}"'.encode() in zipped.read("run_autograder")
        assert not [name for name in zipped.namelist() if "pycache" in name or "/." in name]
        assert "tests/graded/points.toml" in zipped.namelist()
        assert {member.date_time[0] for member in zipped.infolist()} == {2015}


def test_a_grader_that_is_not_whole_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(gradescope, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="needs checks, which an installed package"):
        write_gradescope(tmp_path / "out", SOFTMAX)
    assert not (tmp_path / "out").exists()


class Container:
    """A folder laid out as /autograder is on Gradescope, with the zip unpacked and set up."""

    def __init__(self, folder):
        self.folder = folder
        self.results = folder / "results" / "results.json"
        zipped = write_gradescope(folder / "uploaded", SOFTMAX)
        subprocess.run(["unzip", "-q", zipped, "-d", folder / "source"], check=True)
        (folder / "results").mkdir()
        shutil.copy(folder / "source" / "run_autograder", folder)

    def run(self, *command):
        given = {key: os.environ[key] for key in os.environ if not key.startswith("PYTHON")}
        return subprocess.run(command, cwd=self.folder, env=given, capture_output=True, text=True)

    def grade(self, notebook, *within):
        """Hand a notebook in, and return what run_autograder, run by a command, writes of it."""
        shutil.rmtree(self.folder / "submission", ignore_errors=True)
        (self.folder / "submission").mkdir()
        text = json.dumps(notebook)
        (self.folder / "submission" / "softmax.ipynb").write_text(text, encoding="utf-8")
        ran = self.run(*within, self.folder / "run_autograder")
        told = json.loads(self.results.read_text("utf-8"))
        follows_the_specification(told)
        return told, ran


def follows_the_specification(told):
    """Hold a results.json against gradescope-autograders.readthedocs.io/en/latest/specs."""
    kinds = {
        "score": (int, float),
        "execution_time": (int, float),
        "output": str,
        "output_format": str,
        "test_output_format": str,
        "test_name_format": str,
        "visibility": str,
        "stdout_visibility": str,
        "extra_data": dict,
        "tests": list,
    }
    test_kinds = {
        "score": (int, float),
        "max_score": (int, float),
        "status": str,
        "name": str,
        "output": str,
        "visibility": str,
    }
    for part, allowed in [(told, kinds), *((test, test_kinds) for test in told["tests"])]:
        assert {*part} <= {*allowed}
        for name, value in part.items():
            assert isinstance(value, allowed[name]), name
        assert part.get("visibility", "visible") == "visible"
        assert part.get("status", "passed") in ("passed", "failed")
    assert told["stdout_visibility"] == "hidden"


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    container = Container(tmp_path_factory.mktemp("autograder"))
    ran = container.run(container.folder / "source" / "setup.sh")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return container


@pytest.mark.slow
@pytest.mark.parametrize(("made", "score"), [(right, 20), (wrong, 13), (stubs, 0)])
def test_a_submission_gets_its_points_and_what_reproduces_them(container, made, score):
    told, ran = container.grade(made())
    assert told["score"] == score, ran.stdout + ran.stderr
    assert sum(test["score"] for test in told["tests"]) == score
    assert sum(test["max_score"] for test in told["tests"]) == 20
    hidden = [test for test in told["tests"] if test["name"] == "Hidden tests"]
    assert [{*test} for test in hidden] == [{"name", "score", "max_score", "visibility"}]
    titles = [test.title for q in SOFTMAX for test in points()[q].values() if test.hidden]
    assert not [title for title in titles if title in json.dumps(told)]
    assert told["extra_data"]["isolation"]["level"] in ("strict", "landlock", "basic")
    assert {"seed", "suite"} <= {*told["extra_data"]}


@pytest.mark.slow
def test_a_forged_result_is_worth_nothing(container):
    told, ran = container.grade(hostile(container.results))
    assert told["score"] == 10, ran.stdout + ran.stderr
    naive = [test for test in told["tests"] if "naive" in test["name"]]
    assert naive
    assert all(test["score"] == 0 for test in naive)


@pytest.mark.slow
def test_without_bubblewrap_it_grades_with_less(container):
    bubblewrap = shutil.which("bwrap")
    if probe()[0].name != "strict" or bubblewrap is None:
        pytest.skip("bubblewrap does not work here anyway")
    without = (bubblewrap, "--dev-bind", "/", "/", "--ro-bind", "/dev/null", bubblewrap)
    told, ran = container.grade(right(), *without)
    assert told["extra_data"]["isolation"]["level"] in ("landlock", "basic")
    assert told["score"] == 20, ran.stdout + ran.stderr


@pytest.mark.slow
def test_what_cannot_be_graded_has_no_score_and_a_reason(container):
    told, _ = container.grade("not a notebook")
    assert "Not graded" in told["output"]
    assert "score" not in json.dumps(told["tests"])
    assert "score" not in told


@pytest.mark.slow
@pytest.mark.parametrize("broken", [".venv/bin/python", "tests/graded/points.toml"])
def test_a_grader_that_fails_says_so_and_gives_no_score(container, broken):
    file = container.folder / "source" / broken
    file.rename(file.with_name("aside"))
    try:
        container.results.write_text(FORGED)
        told, _ = container.grade(right())
    finally:
        file.with_name("aside").rename(file)
    assert "Not graded" in told["output"]
    assert "not a 0" in told["output"]
    assert "score" not in told
    assert [test.get("score") for test in told["tests"]] == [None]
