"""A fresh environment with what the handout itself asks for, and nothing of this project's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from grading.release.texts import ReleaseError

KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
LIMIT = 900  # seconds for any one command


class Environment:
    """A copy of a handout, installed: commands run in it as a student's would.

    handout  the copy
    folder   what is needed beside it: the packages and a home of its own
    """

    def __init__(self, handout: Path, folder: Path) -> None:
        """Set it up with uv: from its cache where it can, else from the network.

        Raises ReleaseError where uv is not there, or the handout cannot be installed.
        """
        self.handout, self.packages, self.home = handout, folder / "packages", folder / "home"
        self.home.mkdir(parents=True)
        if not (uv := shutil.which("uv")):
            raise ReleaseError("uv is missing: `pip install uv`, or release with --no-verify.")
        command = [uv, "sync", "--project", str(handout), "--python", sys.executable, "--quiet"]
        ours = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(self.packages)}
        for name in ("PYTHONPATH", "VIRTUAL_ENV"):
            ours.pop(name, None)
        offline = self._start([*command, "--offline"], ours)
        if offline.returncode:
            online = self._start(command, ours)
            if online.returncode:
                raise ReleaseError(f"The handout cannot be installed: {online.stderr.strip()}")
        (handout / "uv.lock").unlink(missing_ok=True)

    def run(self, program: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run one of its programs in the handout's folder, and return how that went."""
        scripts = self.packages / ("Scripts" if os.name == "nt" else "bin")
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        kept |= {"HOME": str(self.home), "USERPROFILE": str(self.home), "MPLBACKEND": "agg"}
        kept |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        kept["PATH"] = os.pathsep.join([str(scripts), kept.get("PATH", "")])
        return self._start([str(scripts / program), *map(str, arguments)], kept)

    def _start(
        self, command: list[str], environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=self.handout, env=dict(environment), capture_output=True, text=True,
            check=False, timeout=LIMIT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
