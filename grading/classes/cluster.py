"""The workers of a Dask cluster as where submissions are graded."""

import tarfile
import tempfile
import threading
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path
from typing import Any

from grading.classes.content import walk
from grading.classes.job import Answer, Job, StopRunError, attempt
from grading.grade import isolation
from grading.settings import Settings
from grading.suite import digest

AHEAD = 4  # so many submissions are sent for each thread of the workers
LARGEST = 2**28  # bytes of one submission that are sent
WAIT = 30  # seconds for the scheduler to answer, and for a worker to be there
GRADING = threading.Lock()  # a worker may have several threads, and grades one at a time


class Cluster:
    """The workers of a scheduler, which share no files with this machine."""

    def __init__(self, address: str, require: str) -> None:
        """Take the scheduler's address and the isolation that every worker must offer."""
        self.address, self.require, self.width = address, require, 1

    def __enter__(self) -> "Cluster":
        """Connect.

        Raises ValueError where nobody answers, no worker is there, or one of them cannot grade.
        """
        self._client = _connected(self.address)
        try:
            self._check_workers()
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)
        return self

    def __exit__(self, *problem: object) -> None:
        """Cancel what has not been graded, and disconnect."""
        self._executor.shutdown(wait=False)
        self._client.close()

    def submit(self, job: Job, path: Path, name: str, settings: Settings) -> "Future[Answer]":
        """Send one submission; the future has its result, or why there is none."""
        future: Future[Answer] = Future()
        try:
            future = self._executor.submit(grade_sent, packed(path), job, name, settings, digest())
        except (OSError, ValueError, RecursionError) as problem:
            future.set_result(f"It cannot be sent: {problem}")
        return future

    def _check_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=WAIT)
            self._client.run(check_worker, digest(), self.require)
        except TimeoutError:
            raise ValueError(
                f"The scheduler at {self.address} has no worker; start one with dask worker "
                f"{self.address} --nthreads 1."
            ) from None
        except Exception as problem:
            raise ValueError(
                f"A worker of {self.address} cannot grade: {type(problem).__name__}: {problem}"
            ) from None
        self.width = AHEAD * sum(self._client.nthreads().values())


def check_worker(suite: str, require: str) -> None:
    """Refuse a worker that would give other grades, or offers less isolation than required."""
    if digest() != suite:
        raise StopRunError(
            "A worker has another version of softmax-lab; install this one on every worker and "
            "start them again."
        )
    isolation(require)


def packed(path: Path) -> bytes:
    """Return a submission as a tar file; links stay links, for the reader to refuse.

    Raises ValueError for one too large to send, OSError for one that cannot be read.
    """
    if sum(file.lstat().st_size for file in walk(path)) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 2**20} MiB.")
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(path, arcname=path.name, filter=_ours)
    return content.getvalue()


def grade_sent(sent: bytes, job: Job, name: str, settings: Settings, suite: str) -> Answer:
    """Grade a packed submission, on a worker.

    Raises StopRunError where this worker has another suite than the one that sent it.
    """
    check_worker(suite, settings.require)
    with GRADING, tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(sent)) as archive:
            archive.extraction_filter = lambda member, _: member  # packed by us, from real files
            top = archive.getnames()[0]
            archive.extractall(folder)
        return attempt(job, Path(folder, top), name, settings)


def _ours(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out devices and pipes; everything belongs to whoever grades, and can be read."""
    if not (member.isfile() or member.isdir() or member.issym()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode |= 0o700 if member.isdir() else 0o600
    return member


def _connected(address: str) -> Any:
    try:
        import dask
        import distributed
    except ModuleNotFoundError:
        raise ValueError(
            "--scheduler needs Dask: install softmax-lab[cluster] here and on every worker."
        ) from None
    # One large notebook is no large graph.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": f"{LARGEST * 2}B"})
    try:
        connect: Any = distributed.Client
        return connect(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise ValueError(f"No Dask scheduler answers at {address}: {problem}") from None
