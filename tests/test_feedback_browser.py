"""The pages of feedback as a browser shows them: light and dark, on a desk and on a phone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if "CI" not in os.environ:
    pytest.importorskip("playwright", reason="playwright is not installed: run `uv sync`")

from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from grading.feedback import write_class, write_one
from tests import feedback_samples as samples
from tests.contrast import ENOUGH, contrasts
from tests.handout import ROOT

pytestmark = pytest.mark.slow

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]  # Playwright's own if none is there
ARTEFACTS = Path(os.environ.get("ARTEFACTS", ROOT / "artefacts")) / "feedback"
RECORDS = {
    "right": samples.right(),
    "partly": samples.partly(nan=True),
    "nothing": samples.nothing(),
    "crashed": samples.crashed(),
    "not-graded": samples.not_graded(),
    "hostile": samples.hostile(),
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COVERED = """
  () => {
    const texts = [...document.querySelectorAll("text")];
    const box = text => text.getBoundingClientRect();
    const apart = (a, b) =>
      a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    return texts.flatMap((one, i) => texts.slice(i + 1)
      .filter(other => !apart(box(one), box(other)))
      .map(other => [one.textContent, other.textContent]));
  }
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found)
        except Error as error:
            if "CI" in os.environ:
                raise
            pytest.skip(f"no browser could be started: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for name, record in RECORDS.items():
        (folder / name).mkdir()
        write_one(record, folder / name)
    write_class([record | {"folder": name} for name, record in RECORDS.items()], folder)
    return folder


@pytest.fixture(params=[("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme, width = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    yield page
    page.close()
    assert said == []


def keep(page: Page, name: str) -> None:
    width, dark = (
        page.viewport_size,
        page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"),
    )
    assert width
    file = f"{name}-{width['width']}-{'dark' if dark else 'light'}.png"
    page.screenshot(path=ARTEFACTS / file, full_page=True)


@pytest.mark.parametrize("name", [*(f"{name}/feedback.html" for name in RECORDS), "report.html"])
def test_all_of_a_page_can_be_read(name: str, page: Page, folder: Path) -> None:
    page.goto((folder / name).as_uri())
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    keep(page, name.replace("/feedback.html", "").replace(".html", ""))
    body = contrasts(page.locator("body"))
    assert len(body) > 5
    assert [(text, ratio) for text, ratio in body if ratio < ENOUGH] == []
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(COVERED) == []


def column(page: Page, number: int) -> list[str]:
    found: list[str] = page.locator(f".sortable tbody td:nth-child({number})").all_inner_texts()
    return found


@pytest.mark.parametrize("page", [("light", 1280)], indirect=True)
def test_a_click_sorts_by_a_column_and_another_turns_it_around(page: Page, folder: Path) -> None:
    page.goto((folder / "report.html").as_uri())
    heading: Any = page.get_by_role("columnheader", name="Points", exact=True).get_by_role("button")
    heading.click()
    assert column(page, 3) == ["0", "0", "12", "12", "20", "not graded"]
    heading.click()
    assert column(page, 3) == ["20", "12", "12", "0", "0", "not graded"]
    page.get_by_role("button", name="Student").click()
    assert column(page, 1)[-5:] == ["ana", "bo", "cy", "di", "eve"]


@pytest.mark.parametrize("page", [("light", 1280)], indirect=True)
def test_the_links_of_the_report_lead_to_the_pages(page: Page, folder: Path) -> None:
    page.goto((folder / "report.html").as_uri())
    page.locator(".sortable").get_by_role("link", name="ana").click()
    expect(page).to_have_title("Feedback for ana", timeout=60_000)
