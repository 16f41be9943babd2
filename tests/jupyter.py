"""JupyterLab on a copy of what a student gets, and a notebook in it as a person meets it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 30  # seconds for JupyterLab to start, and to stop


@dataclass
class Lab:
    """A running JupyterLab: where it answers, the handout it shows, and the folder of settings."""

    url: str
    token: str
    handout: Path
    settings: Path

    def address(self, notebook: str) -> str:
        return f"{self.url}lab/tree/notebooks/{notebook}?token={self.token}&reset"

    def choose(self, theme: str) -> None:
        """Have pages opened from now on in JupyterLab's "Light" or "Dark" theme."""
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = json.dumps({"theme": f"JupyterLab {theme}"})
        (folder / "themes.jupyterlab-settings").write_text(chosen, "utf-8")


def handout(folder: Path) -> Path:
    for name in ("classifiers", "datasets", "checks", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "gradient_check.py", folder)
    return folder


@contextmanager
def started(folder: Path) -> Iterator[Lab]:
    """Run JupyterLab on a handout in `folder`; it and all it started are ended afterwards."""
    student = handout(folder / "handout")
    own = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    own = [f"JUPYTER_{name}" for name in own] + ["JUPYTERLAB_SETTINGS_DIR"]
    own += ["JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"]
    places = {name: str(folder / name.lower()) for name in own}
    token = "student"
    options = ["no_browser=True", "ip=127.0.0.1", "port=0", "allow_root=True"]
    options = [f"--ServerApp.{option}" for option in options] + [f"--IdentityProvider.token={token}"]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (folder / "jupyterlab.log").open("w") as log:
        server = psutil.Popen(
            command, cwd=student, env=os.environ | places, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )
    try:
        url = wait_for_url(server, Path(places["JUPYTER_RUNTIME_DIR"]), folder / "jupyterlab.log")
        yield Lab(url, token, student, Path(places["JUPYTERLAB_SETTINGS_DIR"]))
    finally:
        end(server)


def wait_for_url(server: Any, runtime: Path, log: Path) -> str:
    info = runtime / f"jpserver-{server.pid}.json"
    limit = time.monotonic() + LIMIT
    while time.monotonic() < limit and server.poll() is None:
        if info.exists():
            return json.loads(info.read_text())["url"]
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


def end(server: Any) -> None:
    family = [*server.children(recursive=True), server]
    server.terminate()
    _, left = psutil.wait_procs(family, LIMIT)
    for process in left:
        process.kill()
