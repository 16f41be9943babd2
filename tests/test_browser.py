"""A student's way through softmax.ipynb in JupyterLab: in a real browser, with a real kernel."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

if "CI" not in os.environ:
    for package in ("playwright", "jupyterlab"):
        pytest.importorskip(package, reason=f"{package} is not installed: run `uv sync`")

from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from checks.mistakes import read_catalogue
from checks.result import OUTCOMES
from grading.solutions import fill_stub
from tests import jupyter, notebooks
from tests.contrast import ENOUGH, contrasts
from tests.handout import ROOT
from tests.jupyter import Lab

pytestmark = pytest.mark.slow

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]  # Playwright's own if none is there
ARTEFACTS = Path(os.environ.get("ARTEFACTS", ROOT / "artefacts")) / "browser"
NARROW = 900  # pixels

NAIVE, VECTORIZED = "answer-softmax-loss-naive", "answer-softmax-loss-vectorized"
VERDICT, VERDICT_VECTORIZED = "verdict-softmax-loss-naive", "verdict-softmax-loss-vectorized"
STUBS = {cell.id: cell.source for cell in notebooks.answers(notebooks.read())}
MISTAKE = read_catalogue()["softmax_loss"]["mean-missing-in-gradient"]
RIGHT_LINE, WRONG_LINE = "dW = dW / N + reg * W", "dW = dW + reg * W"
RIGHT = fill_stub(STUBS[NAIVE]).rstrip()
WRONG = RIGHT.replace(RIGHT_LINE, WRONG_LINE)

# Every outcome with every part, words that can be broken nowhere, and a hint.
EVERY_DISPLAY = """

from IPython.display import display
from checks.result import OUTCOMES, CheckResult, Hint, Law

words = "Your `dW` is 11 times the numeric one, and N is 11. " * 2 + "x" * 99
gradient = check_gradient(lambda W: (float((W * W).sum()) / 2, 3 * W), np.ones((5, 7)))
laws = [Law("doubled data", False, words), Law("log C at W = 0", True)]
for outcome in OUTCOMES:
    texts = dict(titles=["a mistake"], seen=words, meaning=words, next_step=words, notes=[words])
    display(CheckResult("softmax", outcome, hints=["?"], gradient=gradient, laws=laws, **texts))
display(Hint("Hint 1 of 3: " + words))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyter.started(tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    expect.set_options(timeout=1000 * jupyter.LIMIT)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found)
        except Error as error:
            if "CI" in os.environ:
                raise
            reason = error.message.splitlines()[0]
            pytest.skip(f"no browser could be started, install Debian's chromium: {reason}")
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page; what it shows at the test's end is kept as a picture."""
    page = jupyter.patient(browser.new_page(viewport={"width": NARROW, "height": 1000}))
    yield page
    keep(page, f"{request.node.name}, at the end")
    page.close()


def keep(shown: Page | Locator, name: str) -> None:
    """Keep a picture of a page or of a part of it."""
    file = re.sub(r"\W+", "-", name.lower())
    shown.screenshot(path=ARTEFACTS / f"{file}.png")


def says(shown: Locator, outcome: str) -> None:
    """Expect a check's display to say an outcome, as a word."""
    expect(shown).to_contain_text(f" {outcome}: softmax_loss_")


def test_a_student_reads_the_mistake_mends_it_and_runs_to_the_end(page: Page, lab: Lab) -> None:
    lab.choose("themes", theme="JupyterLab Light")
    notebook = lab.open(page, lab.handout("mouse") / "notebooks" / "softmax.ipynb")
    run = page.get_by_role("button", name="Run this cell and advance")

    def answer(cell_id: str, source: str) -> None:
        notebook.cell(cell_id).get_by_role("textbox").click()
        notebook.paste(source)
        run.click()  # the answer
        run.click()  # the check below it

    notebook.cell("setup").click()
    run.click()
    answer(NAIVE, WRONG)
    verdict = notebook.output(VERDICT)
    says(verdict, "Incorrect")
    expect(verdict.get_by_role("listitem").first).to_have_text(MISTAKE.title)
    for words in (MISTAKE.meaning, MISTAKE.next_step):
        expect(verdict).to_contain_text(words.replace("`", ""))
    keep(page, "light, the mistake, as met")
    keep(verdict.locator(".check-result"), "light, the mistake")

    answer(NAIVE, RIGHT)
    says(verdict, "Correct")
    keep(page, "light, mended")

    answer(VECTORIZED, fill_stub(STUBS[VECTORIZED]))
    says(notebook.output(VERDICT_VECTORIZED), "Correct")
    notebook.run_all()
    for kind in ("error", "stderr"):
        found = page.locator(f'[data-mime-type="application/vnd.jupyter.{kind}"]')
        assert found.all_text_contents() == []
    numbers = page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
    first = int(numbers[0].strip("[]:"))
    assert numbers == [f"[{number}]:" for number in range(first, first + len(numbers))]
    expect(notebook.output("weights-as-images").get_by_role("img")).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, lab: Lab) -> None:
    lab.choose("themes", theme="JupyterLab Dark")
    notebook = lab.open(page, lab.handout("keyboard") / "notebooks" / "softmax.ipynb")
    verdict = notebook.output(VERDICT)

    for cell_id in notebook.ids[: notebook.ids.index(VERDICT) + 1]:
        notebook.run_and_advance(cell_id)
    says(verdict, "Not attempted yet")
    keep(page, "dark, not attempted")

    notebook.press("ArrowUp", "ArrowUp", "Enter")
    notebook.paste(WRONG)
    notebook.run_and_advance(NAIVE)
    notebook.run_and_advance(VERDICT)
    says(verdict, "Incorrect")
    expect(verdict.get_by_role("listitem").first).to_have_text(MISTAKE.title)
    keep(page, "dark, the mistake")

    notebook.press("ArrowUp", "Enter", "Control+End")
    page.keyboard.type(".hint()")
    notebook.run_and_advance(VERDICT)
    expect(verdict).to_contain_text(f"Hint 1 of 3: {MISTAKE.hints[0]}")
    keep(page, "dark, a hint")

    notebook.press("ArrowUp", "Enter", "Control+End", *["Backspace"] * len(".hint()"), "Escape")
    notebook.press("ArrowUp", "Enter", "Control+End", "ArrowUp", "End", "Shift+Home")
    page.keyboard.type(RIGHT_LINE)
    notebook.run_and_advance(NAIVE)
    notebook.run_and_advance(VERDICT)
    says(verdict, "Correct")

    notebook.press("ArrowUp")
    more = verdict.locator("summary").first
    for _ in range(20):
        if more.evaluate("summary => summary === document.activeElement"):
            break
        notebook.press("Tab")
    notebook.press("Enter")
    expect(verdict.locator("details").first).to_have_attribute("open", "")
    keep(page, "dark, mended")


@pytest.fixture(scope="module", params=["Light", "Dark"])
def displays(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Locator]:
    """Every display that a check has, in one theme, with all of its parts unfolded."""
    notebook = notebooks.read()
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    notebook.cells[0].source += EVERY_DISPLAY
    file = lab.handout(request.param) / "notebooks" / "displays.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    lab.choose("themes", theme=f"JupyterLab {request.param}")
    page = jupyter.patient(browser.new_page(viewport={"width": NARROW, "height": 1600}))
    opened = lab.open(page, file)
    light = "true" if request.param == "Light" else "false"
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    opened.press("Control+Enter")
    expect(opened.output("setup")).to_contain_text("Hint 1 of 3")
    shown = opened.output("setup").locator(".check-result")
    shown.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    yield shown
    for name, display in zip([*OUTCOMES, "hint"], shown.all(), strict=True):
        keep(display, f"{request.param}, every part, {name}")
    page.close()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_every_text_can_be_read_in_jupyters_theme_whatever_the_systems(
    displays: Locator, system: Literal["light", "dark"]
) -> None:
    displays.page.emulate_media(color_scheme=system)
    for display in displays.all():
        found = contrasts(display)
        assert len(found) > 3
        assert [(text, ratio) for text, ratio in found if ratio < ENOUGH] == []


def test_nothing_is_wider_than_the_page(displays: Locator) -> None:
    overflowing = "all => all.filter(one => one.scrollWidth > one.clientWidth && one.clientWidth)"
    area = displays.page.locator(".jp-OutputArea, .jp-OutputArea *")
    names = f"all => ({overflowing})(all).map(one => one.outerHTML.slice(0, 99))"
    assert area.evaluate_all(names) == []


def test_colours_are_not_the_only_sign(displays: Locator) -> None:
    titles = [display.locator("h3").inner_text() for display in displays.all()[:-1]]
    assert titles == [
        "✓ Correct: softmax",
        "✗ Incorrect: softmax",
        "○ Not attempted yet: softmax",
        "◌ Blocked: softmax",
        "! Error: softmax",
    ]


def test_a_screen_reader_says_the_outcome_first_and_the_next_step_last(displays: Locator) -> None:
    expect(displays.nth(OUTCOMES.index("incorrect"))).to_match_aria_snapshot("""
    - 'group "Check of softmax: Incorrect"':
      - 'heading "Incorrect: softmax" [level=3]'
      - list:
        - listitem: a mistake
      - heading "Seen" [level=4]
      - paragraph
      - heading "May mean" [level=4]
      - paragraph
      - heading "Next step" [level=4]
      - paragraph
    """)
