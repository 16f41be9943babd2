"""What is imported at once: a fresh process says it, whatever the clock says."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.test_layout import OURS, ROOT
from timing import start_up

SAY = "\nimport json, sys; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
NUMPY = "import numpy.random, numpy.typing"
HELP = """
from softmax_lab import app
try:
    app(["--help"], prog_name="softmax-lab")
except SystemExit as end:
    assert end.code in (0, None)
"""


def loaded(code: str) -> set[str]:
    """Return the packages, but for Python's own, that a fresh process has after some code."""
    command = [sys.executable, "-c", code + SAY]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {*json.loads(ran.stdout.splitlines()[-1])} - {*sys.stdlib_module_names}


@pytest.fixture(scope="module")
def with_numpy() -> set[str]:
    return loaded(NUMPY)


@pytest.mark.parametrize(
    ("room", "ours"),
    [
        ("classifiers", {"classifiers"}),
        ("gradient_check", {"gradient_check"}),
        ("checks", {"checks", "classifiers", "gradient_check"}),
    ],
)
def test_what_students_import_first_brings_numpy_alone(
    room: str, ours: set[str], with_numpy: set[str]
) -> None:
    assert loaded(f"import {room}") - with_numpy == ours


def test_the_commands_help_computes_and_draws_nothing() -> None:
    rooms = OURS - {"softmax_lab"}
    assert {"classifiers", "grading", "timing"} < rooms
    assert loaded(HELP) & (rooms | {"numpy", "matplotlib", "scipy", "tqdm", "jinja2"}) == set()


@pytest.mark.skipif(not (os.environ.get("UV") or shutil.which("uv")), reason="uv is not installed")
def test_the_table_of_start_up_sets_both_beside_numpy() -> None:
    title, first, *others = start_up.lines(rounds=1)
    assert title.startswith("1 rounds")
    assert re.match(r"import numpy +[\d.]+ \([\d.]+ to [\d.]+\) ms$", first)
    for line, name in zip(others, ("import classifiers", "uv run softmax-lab --help"), strict=True):
        assert line.startswith(name)
        assert line.endswith(") times import numpy")
