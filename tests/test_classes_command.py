"""The command that grades a class: what it says, and what it ends with."""

import json
import re
import shutil

import pytest
from typer.testing import CliRunner

from softmax_lab import app
from tests.classes_samples import SOLVED, STUBS


def grade(*arguments):
    result = CliRunner().invoke(app, ["grade", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--questions", "naiv"], "'naiv' names no question; .* Is it naive?"),
        (["--seed", str(2**53)], r"expected 0 <= seed < 2\*\*53"),
        (["--require", "most"], "expected any, landlock or strict"),
        (["--resume"], "no run to resume"),
        ([], "missing is not there; expected a submission or a folder of submissions"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(tmp_path, options, said):
    result = grade(tmp_path / "missing", "--out", tmp_path / "out", *options)
    assert result.exit_code == 1
    assert re.search(f"softmax-lab grade: .*{said}", result.stderr)
    assert not (tmp_path / "out").exists()


def test_an_isolation_that_is_not_offered_is_said(tmp_path, monkeypatch):
    from grading.sandbox.levels import probe

    monkeypatch.setattr("grading.grade.strongest", lambda: probe()[-1])
    (tmp_path / "ana.py").touch()
    result = grade(tmp_path / "ana.py", "--out", tmp_path / "out", "--require", "strict")
    assert result.exit_code == 1
    assert "'basic', and 'strict' is required" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_class_is_graded_by_one_command_and_gone_on_with_by_another(tmp_path):
    hw, out = tmp_path / "hw", tmp_path / "out"
    hw.mkdir()
    (hw / "ana.ipynb").write_text(json.dumps(SOLVED))
    (hw / "ben.ipynb").write_text("<html>")
    result = grade(hw, "--out", out, "--questions", "naive")
    assert result.exit_code == 1
    assert result.stdout.startswith("1 of 2 graded.  Points on average: 10.00 of 10.\nNot graded:")
    seed = json.loads((out / "run.json").read_text())["settings"]["seed"]
    assert str(seed) not in result.output
    (hw / "ben.ipynb").write_text(json.dumps(STUBS))
    assert "add --resume" in grade(hw, "--out", out).stderr
    assert "begun with another --seed" in grade(hw, "--out", out, "--resume", "--seed", 0).stderr
    result = grade(hw, "--out", out, "--resume")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("2 of 2 graded.  Points on average: 5.00 of 10.\n")
    shutil.rmtree(out / "ana.ipynb")
    grade(hw, "--out", out, "--resume", "--jobs", 1)
    record = json.loads((out / "ana.ipynb" / "result.json").read_text())
    assert (record["seed"], record["points"]) == (seed, 10)


@pytest.mark.slow
def test_two_of_the_same_name_are_two_students(tmp_path):
    for student in ("ana", "ben"):
        (tmp_path / student).mkdir()
        (tmp_path / student / "softmax.ipynb").write_text(json.dumps(STUBS))
    files = sorted(tmp_path.glob("*/softmax.ipynb"))
    assert grade(*files, "--out", tmp_path / "out", "--questions", "naive").exit_code == 0
    table = (tmp_path / "out" / "grades.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in table[1:]] == ["ana/softmax", "ben/softmax"]
