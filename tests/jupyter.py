"""JupyterLab as a student starts it, and a notebook in it as a student meets it in the browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 30  # seconds to wait for anything on a busy machine
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


@dataclass
class Lab:
    """A running JupyterLab, the folder that it shows, and the folder of its user's settings."""

    url: str
    folder: Path
    settings: Path

    def handout(self, name: str) -> Path:
        """Return a new copy of what a student gets, in a folder of that name."""
        folder = self.folder / name
        for room in ("classifiers", "datasets", "checks", "notebooks"):
            shutil.copytree(ROOT / room, folder / room)
        shutil.copy(ROOT / "gradient_check.py", folder)
        return folder

    def choose(self, theme: str) -> None:
        """Have pages opened from now on in the theme "Light" or "Dark"."""
        file = self.settings / "@jupyterlab/apputils-extension/themes.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": f"JupyterLab {theme}"}), encoding="utf-8")

    def open(self, page: Page, notebook: Path) -> "Notebook":
        """Open a notebook and wait until a person could begin to work in it."""
        path = notebook.relative_to(self.folder).as_posix()
        page.goto(f"{self.url}lab/tree/{path}?token={TOKEN}&reset")
        expect(page.locator(".jp-Notebook .jp-Cell.jp-mod-active")).to_be_focused()
        expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute(
            "data-status", "idle"
        )
        return Notebook(page, [cell.id for cell in nbformat.read(notebook, as_version=4).cells])


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
        yield Lab(url, shown, Path(own["JUPYTERLAB_SETTINGS_DIR"]))
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
    """Ask a server to end itself and its kernels, and kill what is left of them."""
    family = [server, *server.children(recursive=True)]
    server.terminate()
    for process in psutil.wait_procs(family, timeout=10)[1]:
        process.kill()
    server.wait()


@dataclass
class Notebook:
    """A notebook on a page; its cells go by their ids."""

    page: Page
    ids: list[str]

    def cell(self, cell_id: str) -> Locator:
        index = self.ids.index(cell_id)
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    def editor(self, cell_id: str) -> Locator:
        return self.cell(cell_id).get_by_role("textbox")

    def output(self, cell_id: str) -> Locator:
        return self.cell(cell_id).locator(".jp-Cell-outputArea")

    def prompt(self, cell_id: str) -> Locator:
        return self.cell(cell_id).locator(".jp-InputPrompt")

    def runs(self, cell_id: str) -> int:
        """Wait until a cell has run and return its number in the order of runs."""
        expect(self.prompt(cell_id)).to_have_text(re.compile(r"\[\d+\]:"))
        return int((self.prompt(cell_id).text_content() or "").strip("[]:"))
