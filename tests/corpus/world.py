"""Grade submissions where every touch shows: files of others, sockets, secrets, processes."""

import contextlib
import ctypes
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import grading.grade
from grading.sandbox import Limits
from grading.sandbox.levels import probe
from grading.settings import Settings
from tests.corpus.build import build
from tests.corpus.expected import HERE, corpus

ROOT = HERE.parents[1]
LITTER = "corpus-was-here"
LIMITS = Limits(call_seconds=1.0, total_seconds=20.0, memory_bytes=640 * 2**20)
SETTINGS = Settings(seed=20261121, limits=LIMITS)
SECRET = "the-secret-of-the-grader"
PATIENCE = 30.0  # seconds for a killed process to be gone
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


@dataclass(frozen=True)
class World:
    """Where submissions are graded.

    handed_in  the folder of the submissions
    others     a neighbour's right answer, results and a grade book
    port       on which the grader's machine listens
    """

    handed_in: Path
    others: Path
    port: int

    def build(self, name: str) -> Path:
        """Make a submission of the corpus."""
        places = {"CANARY": str(self.others), "ROOT": str(ROOT), "HOME": str(Path.home())}
        return build(
            corpus()[name], self.handed_in, places | {"PORT": str(self.port), "SECRET": SECRET}
        )

    def state(self) -> dict[str, tuple[int, int, int]]:
        """Return what is to be seen of every file, and of what lies around elsewhere."""
        files = [
            file for room in (self.handed_in, self.others) for file in [room, *room.rglob("*")]
        ]
        about = {str(file): file.lstat() for file in [*files, *self.litter()]}
        return {file: (one.st_mode, one.st_mtime_ns, one.st_size) for file, one in about.items()}

    def litter(self) -> Iterator[Path]:
        """Yield the files that the corpus would leave, wherever it tries to leave some."""
        places = [Path("/"), Path("/etc"), Path("/dev/shm"), Path("/var/tmp"), Path.home()]
        places += [Path("/tmp"), Path.cwd(), ROOT, ROOT / "tests", HERE, grading.grade.packages()]
        for place in places:
            yield from place.glob(f"{LITTER}*")


@dataclass
class Seen:
    """What came of grading one submission.

    record  of it
    left    what it left behind or changed, a sentence each; should be empty
    """

    record: dict[str, Any]
    left: list[str] = field(default_factory=list)


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Make a world that anyone may read and write, so that only isolation protects it."""
    grading.grade.packages()
    os.environ["CORPUS_SECRET"] = SECRET
    folder = Path(tempfile.mkdtemp(prefix="world-"))
    handed_in, others = folder / "class", folder / "others"
    try:
        for room in (folder, handed_in, others):
            room.mkdir(exist_ok=True)
            room.chmod(0o777)
        with _sockets(others) as port:
            made = World(handed_in, others, port)
            _fill(made)
            yield made
    finally:
        shutil.rmtree(folder)
        del os.environ["CORPUS_SECRET"]


def grade_watched(world: World, path: Path, level: str) -> Seen:
    """Return what comes of a submission at a level of isolation."""
    grading.grade.packages()
    with _orphans_adopted():
        return _watched(world, path, level)


def _watched(world: World, path: Path, level: str) -> Seen:
    before = world.state()
    with tempfile.TemporaryDirectory(prefix="desk-") as temporary:
        Path(temporary).chmod(0o755)
        with _temporary_files_in(temporary):
            seen = Seen(at_level(level, path))
        seen.left += [f"left behind: {file}" for file in Path(temporary).iterdir()]
    after = world.state()
    changed = sorted(file for file in {*before, *after} if before.get(file) != after.get(file))
    seen.left += [f"changed: {file}" for file in changed]
    seen.left += [f"still running: {process}" for process in still_running()]
    return seen


def at_level(level: str, path: Path) -> dict[str, Any]:
    """Return the record of a submission, graded at one level of those that this machine offers."""
    offered = [one for one in probe() if one.name == level]
    original, grading.grade.strongest = grading.grade.strongest, lambda: offered[0]
    try:
        return dict(grading.grade.grade(path, SETTINGS))
    finally:
        grading.grade.strongest = original


@contextlib.contextmanager
def _orphans_adopted() -> Iterator[None]:
    """Make this process the parent of every process whose own parent ends, however deep."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(SUBREAPER, 0, 0, 0, 0)


def still_running() -> list[str]:
    """Return the processes that this one has started, or adopted, and that do not end."""
    end = time.monotonic() + PATIENCE
    while (alive := _alive()) and time.monotonic() < end:
        time.sleep(0.02)
    return [f"{process.pid} {process.name()} {process.cmdline()}" for process in alive]


def _alive() -> list[psutil.Process]:
    ours = psutil.Process().children(recursive=True)
    return [process for process in ours if "resource_tracker" not in _is_alive(process)]


def _is_alive(process: psutil.Process) -> str:
    """Return the command line of a process; a dead one is reaped, and counts as the tracker."""
    try:
        if process.status() != psutil.STATUS_ZOMBIE:
            return " ".join(process.cmdline())
        os.waitpid(process.pid, os.WNOHANG)
    except (psutil.Error, ChildProcessError):
        pass
    return "resource_tracker"


def _fill(world: World) -> None:
    results = world.others / "results" / "ana"
    results.mkdir(parents=True)
    right = build(corpus()["right/naive_without_loops"], world.others, {})
    right.rename(world.others / "neighbour.ipynb")
    (results / "result.json").write_text('{"points": 17.0}')
    (world.others / "results" / "grades.csv").write_text("ana,17.0\n")


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    original, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = original


@contextlib.contextmanager
def _sockets(folder: Path) -> Iterator[int]:
    """Listen wherever a submission may call, and yield the port."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = int(server.getsockname()[1])
        for address in (f"\0corpus-{port}", str(folder / "socket")):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        yield port
