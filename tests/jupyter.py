"""JupyterLab as a student starts it, and a notebook in it as a student meets it in the browser."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Locator, Page, expect

from tests import notebooks
from tests.handout import make_handout

# Seconds after which something hangs, on the slowest machine; they measure nothing.
LIMIT = 60  # for one thing
WHOLE_NOTEBOOK = 300  # for all cells, two trainings and a search among them
TOKEN = "a-student"
OPTIONS = {"open_browser": False, "ip": "127.0.0.1", "port": 0, "allow_root": True}
OWN_FOLDERS = [
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
]


def patient(page: Page) -> Page:
    """Give up on what a page does no sooner than on what it shows."""
    page.set_default_timeout(1000 * LIMIT)
    return page


@dataclass
class Notebook:
    """A notebook on a page; its cells go by their ids."""

    page: Page
    ids: list[str]

    def cell(self, cell_id: str) -> Locator:
        index = self.ids.index(cell_id)
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    def output(self, cell_id: str) -> Locator:
        return self.cell(cell_id).locator(".jp-OutputArea")

    def prompt(self, cell_id: str) -> Locator:
        """Return what stands beside a cell's code: [ ] before it runs, [*] until it has, [7]."""
        return self.cell(cell_id).locator(".jp-InputPrompt")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def paste(self, source: str) -> None:
        """Put a text in the place of all that is in the cell being edited."""
        self.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run_and_advance(self, cell_id: str) -> None:
        """Run the active cell by the keyboard; the next one is active then."""
        expect(self.cell(cell_id)).to_have_class(re.compile("jp-mod-active"))
        self.press("Shift+Enter")
        below = self.ids[self.ids.index(cell_id) + 1]
        expect(self.cell(below)).to_have_class(re.compile("jp-mod-active"))

    def run_all(self) -> None:
        """Run all cells by the menu, and wait for the end."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        running = self.page.locator(".jp-InputPrompt", has_text="[*]")
        expect(running).not_to_have_count(0)
        expect(running).to_have_count(0, timeout=1000 * WHOLE_NOTEBOOK)


@dataclass
class Lab:
    """A running JupyterLab, the folder that it shows, and the folder of its user's settings."""

    url: str
    shown: Path
    settings: Path

    def handout(self, name: str) -> Path:
        """Return a new copy of what a student gets, in a folder of that name."""
        return make_handout(self.shown / name)

    def choose(self, group: str, **settings: Any) -> None:
        """Set what a person sets in the settings editor, for pages opened from now on."""
        file = self.settings / f"@jupyterlab/apputils-extension/{group}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), encoding="utf-8")

    def open(self, page: Page, notebook: Path) -> Notebook:
        """Open a notebook and wait until a person could begin to work in it."""
        path = notebook.relative_to(self.shown).as_posix()
        page.goto(f"{self.url}lab/tree/{path}?token={TOKEN}&reset")
        expect(page.locator(".jp-Notebook .jp-Cell.jp-mod-active")).to_be_focused()
        expect(page.get_by_text(re.compile(r"\| Idle$"))).to_be_visible()
        return Notebook(page, [cell.id for cell in notebooks.read(notebook).cells])


@contextmanager
def started(folder: Path) -> Iterator[Lab]:
    """Run JupyterLab with settings of its own; it and its kernels are ended afterwards."""
    own = {name: str(folder / name.lower()) for name in OWN_FOLDERS}
    shown, log = folder / "student", folder / "jupyterlab.log"
    shown.mkdir()
    command = [sys.executable, "-m", "jupyterlab", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.{name}={value}" for name, value in OPTIONS.items()]
    with log.open("w") as output:
        server = psutil.Popen(
            command,
            cwd=shown,
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        url = answering_at(server, Path(own["JUPYTER_RUNTIME_DIR"]), log)
        lab = Lab(url, shown, Path(own["JUPYTERLAB_SETTINGS_DIR"]))
        lab.choose("notification", checkForUpdates=False, fetchNews="false")
        yield lab
    finally:
        end(server)


def answering_at(server: psutil.Popen, runtime: Path, log: Path) -> str:
    """Return the address of a starting server as soon as it listens there."""
    written = runtime / f"jpserver-{server.pid}.json"
    limit = time.monotonic() + LIMIT
    while time.monotonic() < limit and server.poll() is None:
        if written.exists() and (text := written.read_text(encoding="utf-8")):
            return str(json.loads(text)["url"])
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start. It said:\n{log.read_text(encoding='utf-8')}")


def end(server: psutil.Popen) -> None:
    """Kill a server and its kernels, which have nothing to save and would take their time."""
    family = [server, *server.children(recursive=True)] if server.is_running() else []
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family)
    server.wait()
