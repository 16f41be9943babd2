"""The main job as a person runs it: the installed command, in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classifiers import SoftmaxClassifier
from grading.solutions import fill_stub
from tests.notebooks import SOFTMAX

COMMAND = Path(sys.executable).with_name("softmax-lab")
LIMIT = 600  # seconds after which a run hangs, on the slowest machine; it measures nothing
PICTURES = ("samples", "loss", "search", "weights", "confusion")


def train(folder: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "train", *options], cwd=folder, capture_output=True, text=True, timeout=LIMIT
    )


def metrics(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with one quick run in it, and what that run printed."""
    folder = tmp_path_factory.mktemp("work")
    result = train(folder, "--quick")
    assert result.returncode == 0, result.stderr
    return folder, result.stdout


def test_it_says_what_it_does_and_where_to_look(finished: tuple[Path, str]) -> None:
    folder, said = finished
    assert "train 2,000, val 1,000, test 2,000, dev 500 images of 10 classes" in said
    assert said.count("loss 2.30") == 2
    assert said.count("The gradient is right") == 2
    assert "WRONG" not in said
    assert len(re.findall(r"naive .* ms, vectorized .* ms", said)) == 1
    last = said.splitlines()[-1]
    assert last == "Look at runs/shapes-softmax-1/report.html"
    assert (folder / last.removeprefix("Look at ")).is_file()


def test_the_folder_holds_pictures_metrics_and_weights(finished: tuple[Path, str]) -> None:
    run = finished[0] / "runs" / "shapes-softmax-1"
    expected = {*(f"{name}.png" for name in PICTURES), "metrics.json", "weights.npz", "report.html"}
    assert {file.name for file in run.iterdir()} == expected
    assert [path.name for path in run.parent.iterdir()] == [run.name]
    for name in PICTURES:
        with Image.open(run / f"{name}.png") as picture:
            assert len(set(picture.convert("L").tobytes())) > 20
    assert SoftmaxClassifier().load(run / "weights.npz").W is not None


def test_the_metrics_are_those_of_the_weights(finished: tuple[Path, str]) -> None:
    from datasets import load

    run = finished[0] / "runs" / "shapes-softmax-1"
    test = load("shapes", num_train=2000).test
    classifier = SoftmaxClassifier().load(run / "weights.npz")
    expected = classifier.accuracy(test.columns(np.float32), test.labels)
    assert metrics(run)["test_accuracy"] == pytest.approx(expected, abs=1e-3)
    assert metrics(run)["test_accuracy"] > 0.4


def test_the_trials_of_the_search_are_kept(finished: tuple[Path, str]) -> None:
    found = metrics(finished[0] / "runs" / "shapes-softmax-1")
    best = max(found["trials"], key=lambda trial: trial["validation_accuracy"])
    assert len(found["trials"]) == 4
    assert (best["learning_rate"], best["reg"]) == (found["learning_rate"], found["reg"])


def test_the_report_is_one_page_that_needs_nothing_else(finished: tuple[Path, str]) -> None:
    page = (finished[0] / "runs" / "shapes-softmax-1" / "report.html").read_text()
    assert page.count('src="data:image/png;base64,') == len(PICTURES)
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_metrics_in_a_new_folder(
    finished: tuple[Path, str],
) -> None:
    folder, _ = finished
    assert train(folder, "--quick").returncode == 0
    first, second = (metrics(folder / "runs" / f"shapes-softmax-{n}") for n in (1, 2))
    assert first.pop("train_seconds") > 0
    assert second.pop("train_seconds") > 0
    assert first == second


@pytest.mark.slow
def test_the_svm_trains_into_the_folder_it_is_given(tmp_path: Path) -> None:
    result = train(tmp_path, "--quick", "--loss", "svm", "--seed", "3", "--out", "mine")
    assert result.returncode == 0, result.stderr
    found = metrics(tmp_path / "mine")
    assert (found["settings"]["loss"], found["seed"]) == ("svm", 3)
    assert found["test_accuracy"] > 0.35


def test_an_earlier_result_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("kept")
    result = train(tmp_path, "--quick", "--out", "mine")
    assert result.returncode == 1
    assert "mine is there already" in result.stderr
    assert "Data" not in result.stdout
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--data", "cifar10", "--root", "nowhere"], "nowhere"),
        (["--data", "shapes", "--root", "nowhere"], '"shapes" is drawn'),
        (["--notebook", "nowhere.ipynb"], "nowhere.ipynb cannot be read"),
        (
            ["--notebook", str(SOFTMAX), "--loss", "svm"],
            "No cell defines a function svm_loss_naive",
        ),
        (["--notebook", str(SOFTMAX)], "softmax_loss_naive is not written yet"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    result = train(tmp_path, "--quick", *options)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "runs").exists()


def student_notebook(folder: Path, change: tuple[str, str]) -> Path:
    """Write a notebook filled with the reference, with one thing in it changed."""
    notebook = json.loads(SOFTMAX.read_text("utf-8"))
    for cell in notebook["cells"]:
        if "answer" in cell["metadata"].get("tags", []):
            filled = fill_stub("".join(cell["source"]))
            cell["source"] = filled.replace(*change)
    path = folder / "student.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def test_a_students_functions_are_trained_with(tmp_path: Path) -> None:
    path = student_notebook(tmp_path, ("loss / N +", "2 * loss / N +"))
    result = train(tmp_path, "--quick", "--notebook", path)
    assert result.returncode == 0, result.stderr
    assert "loss 4.605" in result.stdout
    report = (tmp_path / "runs" / "shapes-softmax-1" / "report.html").read_text()
    assert "gradient of softmax_loss_naive<td>wrong: " in report
    checks = metrics(tmp_path / "runs" / "shapes-softmax-1")["checks"]["gradient"]
    assert checks["softmax_loss_naive"]["verdict"] == "fail"
    assert checks["softmax_loss_naive"]["causes"][0] == "scale"
    assert checks["softmax_loss_vectorized"]["verdict"] == "pass"


@pytest.mark.slow
def test_two_runs_at_once_each_keep_their_result(tmp_path: Path) -> None:
    command = [COMMAND, "train", "--quick"]
    both = [subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=LIMIT) for process in both] == [0, 0]
    found = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert found == ["shapes-softmax-1", "shapes-softmax-2"]


@pytest.mark.slow
def test_another_regularization_factor_is_seen(tmp_path: Path) -> None:
    path = student_notebook(tmp_path, ("0.5 * np.sum(reg * W * W)", "np.sum(reg * W * W)"))
    result = train(tmp_path, "--quick", "--notebook", path)
    assert result.stdout.count("regularization 1 * reg * sum(W * W), expected 0.5: WRONG") == 2


def test_an_answer_that_exits_is_no_success(tmp_path: Path) -> None:
    path = student_notebook(tmp_path, ("return float(loss), dW", "raise SystemExit(0)"))
    result = train(tmp_path, "--quick", "--notebook", path)
    assert result.returncode == 1
    assert "SystemExit in student.ipynb, code cell" in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("return float(loss), dW", "return dW, float(loss)"), "are the two swapped?"),
        (("return float(loss), dW", "pass"), "softmax_loss_naive returned None; expected two"),
        (("dW / N", "dW / n"), "name 'n' is not defined"),
        (("dW / N", "dW / N)"), "unmatched ')'"),
    ],
)
def test_a_students_slip_is_told_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    result = train(tmp_path, "--quick", "--notebook", student_notebook(tmp_path, change))
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_loss_without_its_maximum_subtracted_is_seen(tmp_path: Path) -> None:
    change = ("scores -= scores.max()", "pass")
    result = train(tmp_path, "--quick", "--notebook", student_notebook(tmp_path, change))
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("at huge W, not finite: WRONG") == 1


def test_a_folder_that_cannot_be_made_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = train(tmp_path, "--quick", "--out", "file/mine")
    assert result.returncode == 1
    assert "file (File exists); pass another --out" in result.stderr
    assert not result.stdout


def test_an_error_in_a_students_function_names_their_line(tmp_path: Path) -> None:
    path = student_notebook(tmp_path, ("P /= totals", "P /= totals[:, None, 2:]"))
    result = train(tmp_path, "--quick", "--notebook", path)
    assert result.returncode == 1
    assert "student.ipynb, code cell" in result.stderr
    assert "P /= totals[:, None, 2:]" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT, which Windows has not")
def test_ctrl_c_during_the_search_writes_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [COMMAND, "train"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Time"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "Stopped; nothing was written." in errors
    assert not (tmp_path / "runs").exists()


def test_help_lists_the_options() -> None:
    result = subprocess.run([COMMAND, "train", "--help"], capture_output=True, text=True)
    for option in ("--data", "--root", "--loss", "--notebook", "--seed", "--out", "--quick"):
        assert option in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "least"), [("softmax", 0.408), ("svm", 0.395)])
def test_the_real_cifar10_is_learned(
    full_cifar10: Path, tmp_path: Path, loss: str, least: float
) -> None:
    result = train(
        tmp_path, "--data", "cifar10", "--root", full_cifar10, "--loss", loss, "--out", "run"
    )
    assert result.returncode == 0, result.stderr
    print(result.stdout)
    assert metrics(tmp_path / "run")["test_accuracy"] >= least
