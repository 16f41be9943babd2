"""A plan becomes a record, or is refused before anything is timed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers import softmax_loss_vectorized
from softmax_lab import app
from timing.measure import _until_stopped, measure, missing_here
from timing.plan import Plan, dtypes, numbers, plan_of
from timing.show.files import read
from timing.theirs import read_loss, refuse_wrong

COMMAND = Path(sys.executable).with_name("softmax-lab")
SMALL = ["--C", "5,2", "--D", "7,3", "--N", "11,4,30", "--no-peers", "--seconds", "1"]


def run(*options: str | Path):
    return CliRunner().invoke(app, ["time", *map(str, options)])


def test_a_star_changes_one_size_at_a_time():
    sizes = Plan(C=(5, 2), D=(7, 3), N=(11, 4, 30)).sizes()
    assert [tuple(size.values()) for size in sizes] == [
        (5, 7, 11, "float64"),
        (2, 7, 11, "float64"),
        (5, 3, 11, "float64"),
        (5, 7, 4, "float64"),
        (5, 7, 30, "float64"),
        (5, 7, 11, "float32"),
    ]


def test_a_grid_takes_every_combination():
    sizes = Plan(C=(5, 2), D=(7,), N=(11, 4, 30), full=True).sizes()
    assert len({tuple(size.values()) for size in sizes}) == len(sizes) == 2 * 1 * 3 * 2


def test_lists_are_read_and_each_number_counts_once():
    assert numbers("--C", "10, 2,100,2") == (10, 2, 100)
    assert dtypes("float32,float64,float32") == ("float32", "float64")


@pytest.mark.parametrize("text", ["", "10,", "x", "0", "-3", "1.5", "1e3", "‡", "10;2", "nan"])
def test_what_is_no_list_of_whole_numbers_is_refused(text):
    with pytest.raises(ValueError, match="expected whole numbers of 1 or more"):
        numbers("--C", text)


def test_half_the_memory_is_enough_or_the_sizes_are_refused():
    plan = Plan(N=(500, 50_000))
    plan.refuse(cores=2, memory_bytes=None)
    plan.refuse(cores=2, memory_bytes=6 * 10**9)
    with pytest.raises(ValueError, match=r"N = 50,000 in float64 takes 2\.5 GB; expected 2\.0 GB"):
        plan.refuse(cores=2, memory_bytes=4 * 10**9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--C", "10,x"], "--C is '10,x'; expected whole numbers"),
        (["--N", "0"], "--N is '0'; expected whole numbers"),
        (["--dtype", "float16"], "--dtype is 'float16'; expected float64"),
        (["--threads", "9999"], "--threads is 9999; expected 1 to"),
        (["--threads", "0"], "--threads is 0; expected 1 to"),
        (["--N", "999999999"], "half of this machine's memory"),
        (["--function", "loss"], "expected FILE:NAME"),
        (["--function", "nowhere.py:loss"], "nowhere.py cannot be read"),
        (["--out", "."], ". is there already"),
        (["--compare", "a", "b"], "a cannot be read"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(tmp_path, monkeypatch, options, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "precious").touch()
    result = run(*options)
    assert result.exit_code == 1
    assert result.output.startswith("softmax-lab time: ")
    assert sentence in result.output
    assert result.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_two_timings_are_compared_or_none():
    assert run("--compare", "a").exit_code == 2


RIGHT = """
import numpy as np
from helper import mean

raise_if_run = []

def loss(W, X, y, reg):
    N = len(y)
    scores = W @ X
    scores -= scores.max(axis=0)
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    value = mean(-np.log(p[y, np.arange(N)])) + 0.5 * reg * np.sum(W * W)
    p[y, np.arange(N)] -= 1
    return value, p @ X.T / N + reg * W

1 / 0
"""


def written(folder: Path, *change: str) -> str:
    """Write their file, with a change, and return FILE:NAME."""
    (folder / "helper.py").write_text("def mean(x):\n    return x.sum() / len(x)\n")
    (folder / "theirs.py").write_text(RIGHT.replace(*change) if change else RIGHT)
    return f"{folder / 'theirs.py'}:loss"


def test_their_function_is_read_and_nothing_else_is_run(tmp_path):
    name, loss = read_loss(written(tmp_path))
    assert name == "loss"
    refuse_wrong(name, loss, 5, 7, "float64")
    refuse_wrong(name, loss, 5, 7, "float32")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("0.5 * reg", "reg"), "its loss is off by"),
        (("/ N + reg", "/ N + 2 * reg"), "check(loss) in its notebook"),
        (("return value, p", "W *= 2; return value, p"), "loss changes the W that it is given"),
        (("    N = len(y)", "    N = len(y); X[0] = 1"), "loss changes the X that it is given"),
        (("return value, p @", "return p @"), "loss returned one ndarray; expected two values"),
        (("W @ X\n", "W @ x\n"), "NameError in theirs.py, line 9: scores = W @ x"),
        (("def loss", "def other"), "No cell defines a function loss"),
        (("return value", "raise SystemExit(0)\n    return value"), "SystemExit in theirs.py"),
    ],
)
def test_their_function_is_refused_before_anything_is_timed(tmp_path, change, sentence):
    where = written(tmp_path, *change)
    result = run(*SMALL, "--function", where, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_how_far_it_is_off_is_said():
    def doubled(W, X, y, reg):
        loss, dW = softmax_loss_vectorized(W, X, y, reg)
        return 2 * loss, dW

    with pytest.raises(ValueError, match=r"loss is off by 100 % and its gradient by up to 0 %"):
        refuse_wrong("doubled", doubled, 5, 7, "float64")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of a small timing with somebody's function, and what was printed."""
    folder = tmp_path_factory.mktemp("timed")
    options = [*SMALL, "--function", written(folder), "--threads", "1"]
    done = subprocess.run([COMMAND, "time", *options], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "timing-1", done.stdout


@pytest.mark.slow
def test_the_command_writes_a_folder_and_says_where(finished):
    folder, said = finished
    assert said.endswith("Look at runs/timing-1/timing.html\n")
    assert {path.name for path in folder.iterdir()} == {
        "timing.json", "timing.md", "timing.html", "timing.png", "roofline.png",
    }  # fmt: skip
    for word in ("softmax_jacobian_naive", "theirs: loss", "grad_check_sparse", "C = 5, D = 7"):
        assert word in said


@pytest.mark.slow
def test_the_record_holds_what_was_asked_for(finished):
    record = read(finished[0])
    assert record["settings"]["function"].endswith("theirs.py:loss")
    assert record["settings"]["N"] == [11, 4, 30]
    assert record["threads"]["openblas"] == record["threads"]["processors"] == 1
    assert [roof["dtype"] for roof in record["roofline"]] == ["float64", "float32"]
    kinds = [contest["kind"] for contest in record["contests"]]
    assert kinds == ["softmax"] * 6 + ["svm", "derivatives"] + ["gradient check"] * 2
    for contest in record["contests"]:
        rounds = {len(function["seconds"]) for function in contest["functions"]}
        assert len(rounds) == 1
        assert rounds.pop() >= 6
        assert (contest["flops"] is None) is (contest["kind"] not in ("softmax", "svm"))
    first = record["contests"][0]
    assert [function["name"] for function in first["functions"]] == [
        "vectorized", "its two matrix products", "fused", "naive", "theirs: loss",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_earlier_timing_is_replaced_and_compared_with(finished):
    folder, _ = finished
    earlier = json.loads((folder / "timing.json").read_text())
    (folder.parent / "kept.json").write_text(json.dumps(earlier))
    result = run("--C", "5", "--D", "7", "--N", "11", "--dtype", "float64", *SMALL[6:], "--full",
                 "--out", folder)  # fmt: skip
    assert result.exit_code == 0, result.output
    now = read(folder)
    assert now["settings"]["full"]
    assert [contest["kind"] for contest in now["contests"]] == ["softmax"]
    compared = run("--compare", folder.parent / "kept.json", folder)
    assert compared.exit_code == 0
    assert "softmax loss and its gradient, C = 5, D = 7, N = 11, float64" in compared.output


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT, which Windows has not")
def test_ctrl_c_writes_nothing(tmp_path):
    with subprocess.Popen(
        [COMMAND, "time", "--no-peers"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(200):
            if (tmp_path / "runs").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("Stopped; nothing was written.\n")
    assert not (tmp_path / "runs").exists()


def test_it_is_said_where_the_fused_loss_is_not_compiled(monkeypatch):
    plan = Plan(peers=False)
    monkeypatch.setattr("timing.measure.compiled_tiles", lambda: None)
    assert missing_here(plan) == [
        "fused: numba is not there or does not work, so this is numpy in blocks; install the "
        "extra fast."
    ]
    monkeypatch.setattr("timing.measure.compiled_tiles", lambda: "compiled")
    assert missing_here(plan) == []


def test_seconds_that_were_given_are_taken_even_where_there_are_none():
    options = (None, None, None, "float64", 1)
    assert plan_of(*options, 0.0, 3.0, None, False, False).seconds == 0
    assert plan_of(*options, None, 3.0, None, False, True).seconds == 600


def test_the_seed_is_no_setting_that_nobody_can_set():
    assert "seed" not in Plan().settings()


def test_a_plan_that_cannot_be_done_is_refused_before_it_is_measured():
    with pytest.raises(ValueError, match="--threads is 0"):
        measure(Plan(threads=0))


def test_ctrl_c_leaves_the_contests_that_are_finished():
    def contests(finished):
        yield from ({"title": str(number)} for number in range(finished))
        raise KeyboardInterrupt

    found, said = _until_stopped(contests(2), 5)
    assert [contest["title"] for contest in found] == ["0", "1"]
    assert said == ["Stopped after 2 of 5 contests."]
    assert _until_stopped(iter(found), 2) == (found, [])
    with pytest.raises(KeyboardInterrupt):
        _until_stopped(contests(0), 5)
