"""The commands that README and docs name, run as they stand there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from grading.asked import SOFTMAX
from grading.release.handout import write_handout

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https://)([^)#]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_figure_of_the_ladder_is_drawn_by_its_command() -> None:
    figure = ROOT / "docs" / "ladder.png"
    kept = figure.read_bytes()
    try:
        subprocess.run([sys.executable, ROOT / "docs" / "draw_ladder.py"], check=True)
        with Image.open(figure) as drawn:
            assert drawn.size == (960, 540)
            assert len(set(drawn.convert("L").tobytes())) > 20
    finally:
        figure.write_bytes(kept)


def test_the_example_of_a_network_runs_as_it_stands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"\n\n((?:    .*\n|\n)*    import numpy as np\n(?:    .*\n|\n)*)", readme)
    assert example is not None
    code = "\n".join(line[4:] for line in example[1].splitlines())
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert ran.stdout.startswith("The gradient is right"), ran.stderr


def test_the_page_for_students_is_the_readme_of_the_handout(tmp_path: Path) -> None:
    write_handout(tmp_path / "handout", SOFTMAX)
    readme = (tmp_path / "handout" / "README.md").read_text("utf-8")
    page = (ROOT / "docs" / "students.md").read_text("utf-8")
    assert page == readme.replace("](docs/", "](")
