"""What a student receives holds no answer: no line of one, and nothing importable returns one."""

import ast
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import classifiers
from checks.probes import outputs
from checks.problems import PROBLEMS
from checks.questions import QUESTIONS
from grading.solutions import solution, stripped
from tests.handout import ROOT, make_handout

QUESTION = '''\
def answer(x):
    """Return it."""
    x = check(x)
    # BEGIN SOLUTION
    y = 2 * x
    return y
    # END SOLUTION
'''


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_handout(tmp_path_factory.mktemp("handout"))


def walk(handout: Path, tmp_path: Path) -> str:
    """Return what walk_handout prints in a folder."""
    answers = []
    for question, about in QUESTIONS.items():
        problem = PROBLEMS[about.catalogue]("walked")[0]
        right = outputs(getattr(classifiers, question)(*problem.arguments))
        answers.append((question, problem.arguments, right))
    (tmp_path / "answers").write_bytes(pickle.dumps(answers))
    command = [sys.executable, ROOT / "tests" / "walk_handout.py", tmp_path / "answers"]
    environment = {**os.environ, "PYTHONPATH": str(handout), "HOME": str(tmp_path)}
    environment["SOFTMAX_LAB_CACHE"] = str(tmp_path / "cache")
    ran = subprocess.run(
        command, cwd=handout, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_nothing_importable_returns_an_answer(handout: Path, tmp_path: Path) -> None:
    printed = walk(handout, tmp_path)
    assert "returns the answer" not in printed
    assert int(printed.split()[-2]) > 1000


def test_an_answer_that_is_left_in_is_found(tmp_path: Path) -> None:
    handout = make_handout(tmp_path / "leaky")
    (handout / "checks" / "leak.py").write_text(
        "def helper(W, X, y, reg):\n"
        "    import numpy as np\n"
        "    p = np.exp(W @ X) / np.exp(W @ X).sum(axis=0)\n"
        "    return {'p': 0.0, 'grads': [(p - (np.arange(len(W))[:, None] == y)) @ X.T / len(y)]}\n"
    )
    assert "checks.leak.helper returns the answer to softmax_loss_naive" in walk(handout, tmp_path)


def test_no_line_of_an_answer_is_in_it(handout: Path) -> None:
    lines = {
        line.strip()
        for question in QUESTIONS
        for line in solution(getattr(classifiers, question)).splitlines()
        if len(line.strip()) > 24 and not line.strip().startswith("with ")
    }
    for file in handout.rglob("*"):
        if file.suffix in {".py", ".ipynb", ".toml", ".md"}:
            text = file.read_text("utf-8")
            assert [line for line in lines if line in text] == [], file


def test_every_answer_of_the_handout_says_that_it_is_missing(handout: Path, tmp_path: Path) -> None:
    code = "import checks, classifiers, sys\n"
    code += "from checks.questions import QUESTIONS\n"
    code += "print({checks.check(getattr(classifiers, q)).outcome for q in QUESTIONS})"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=handout, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(handout)},
    )  # fmt: skip
    assert ran.stdout.strip() == "{'not attempted'}", ran.stderr


def test_a_body_is_replaced_by_a_raise_and_the_rest_is_kept() -> None:
    function = ast.parse(stripped(QUESTION)).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert ast.unparse(function.body[1]) == "x = check(x)"
    assert "answer is not written yet" in ast.unparse(function.body[2])
    assert len(function.body) == 3


@pytest.mark.parametrize("name", classifiers.__all__)
def test_what_is_stripped_still_has_its_signature_and_docstring(name: str) -> None:
    value = getattr(classifiers, name)
    if inspect.isfunction(value):
        source = stripped(inspect.getsource(value))
        assert ast.get_docstring(ast.parse(source).body[0]) == inspect.getdoc(value)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (QUESTION.replace("    # END SOLUTION\n", ""), "line 4: .* not closed"),
        (QUESTION.replace("y = 2 * x", "# BEGIN SOLUTION"), "line 5: .* not expected"),
        (QUESTION.replace("    # BEGIN SOLUTION\n", ""), "line 6: .* not expected"),
        ("# BEGIN SOLUTION\n", "line 1: .* not expected"),
    ],
)
def test_misplaced_markers_are_refused_with_the_line(source: str, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        stripped(source)
