"""The processes of one submission."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from grading.cells import Cell
from grading.sandbox import readable
from grading.sandbox.alone import Alone
from grading.sandbox.asking import Budget, Task
from grading.sandbox.folder import Folder
from grading.sandbox.forked import Warm
from grading.sandbox.levels import Level, command
from grading.sandbox.limits import Limits
from grading.sandbox.process import Process
from grading.sandbox.worker import Worker

HERE = Path(__file__).resolve().parent
# Runs a file of ours without its name in any frame that a submission might look into.
UNNAMED = (
    "import sys; del sys.argv[0]; "
    "exec(compile(open(sys.argv[0], 'rb').read(), '<frozen runpy>', 'exec'), "
    "{'__name__': '__main__', '__file__': sys.argv[0]})"
)
CAN_FORK = sys.platform == "linux"


class Sandbox:
    """Where the code of one submission runs.  Close it, or use it in a with statement.

    Args:
        level: how strongly the workers are held.
        limits: that they run in.
        packages: a folder of packages that they may import, beside those that are installed.
        files: helper modules of the submission, by path.

    Raises ValueError for a path of a helper module that leads elsewhere.
    """

    def __init__(
        self,
        level: Level,
        limits: Limits | None = None,
        packages: Path | None = None,
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """Take what its workers will have; none is started yet."""
        for name in files:
            if {"", ".", ".."} & {*name.split("/")} or {*name} & {*"\\\0"}:
                raise ValueError(f"A helper module is named {name!r}; expected a path below here.")
        self._limits = limits or Limits()
        self._folder = Folder(self._limits.folder_bytes)
        self._options = self._made_options(level, packages)
        budget = Budget(self._limits.total_seconds)
        self._task = Task(self._start, files, self._limits, budget, self._folder.is_full)
        self._warm: Warm | None = None
        self._workers: list[Worker] = []

    def worker(self, cells: Sequence[Cell]) -> Worker:
        """Return a fresh worker that has loaded these cells.

        Raises WorkerLost when they cannot be loaded, and SandboxError when no process starts.
        """
        worker = Worker(self._task, cells)
        self._workers.append(worker)
        return worker

    def renew(self) -> None:
        """Give the calls that follow all of total_seconds again: another question begins."""
        self._task.budget.seconds = self._limits.total_seconds

    def close(self) -> None:
        """End all processes and remove what they wrote."""
        try:
            for worker in self._workers:
                worker.close()
        finally:
            if self._warm:
                self._warm.close()
            self._folder.remove()

    def __enter__(self) -> Self:
        """Return the sandbox itself."""
        return self

    def __exit__(self, *problem: object) -> None:
        """Close it."""
        self.close()

    def _made_options(self, level: Level, packages: Path | None) -> dict[str, Any]:
        first = [str(packages.resolve())] if packages else []
        paths = [*first, *readable.python_paths()]
        return {
            "level": level.name,
            "limits": asdict(self._limits),
            "private": str(self._folder.path),
            "paths": paths,
            "hidden": readable.hidden_paths(paths),
            "import_first": first,
            "import_last": readable.site_folders(),
        }

    def _start(self) -> Process:
        python = [readable.interpreter(), "-s", "-S", "-P", "-c", UNNAMED, str(HERE / "warm.py")]
        paths = [*self._options["paths"], str(HERE)]
        line = command(
            self._options["level"], python, paths, self._folder.path, self._options["hidden"]
        )
        if not CAN_FORK:
            return Alone(self._options, line)
        self._folder.look_afresh()
        if self._warm is None or not self._warm.look():
            self._warm = Warm(self._options, line, self._limits.output_bytes)
        return self._warm.start()
