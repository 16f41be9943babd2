"""Grade every submission of a class that has no grade yet."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from grading.classes import results
from grading.classes.content import ContentError, digest
from grading.classes.entries import Entry, find
from grading.classes.job import Answer, Job, Result, StopRunError, grade_one, not_graded
from grading.classes.processes import JobProcesses
from grading.classes.run import opened
from grading.classes.summary import Summary
from grading.feedback import write_class
from grading.grade import isolation
from grading.settings import Settings
from grading.suite import digest as suite


class Executor(Protocol):
    """Where submissions are graded.

    width  how many are worth handing over at once
    """

    width: int

    def submit(self, job: Job, path: Path, name: str, settings: Settings) -> "Future[Answer]":
        """Grade one; the future has the result, or why there is none."""


@dataclass(frozen=True)
class Task:
    """A submission without a result.

    key      of the result that it will have
    refused  why nothing of it is read, or ""
    """

    entry: Entry
    key: str
    refused: str = ""


def grade_class(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    jobs: int | None = None,
    resume: bool = False,
    scheduler: str | None = None,
    one: bool = False,
    job: Job = grade_one,
) -> Summary:
    """Grade what has no grade yet, and write grades.csv and report.html of all results.

    paths      submissions, and folders of submissions
    out        folder for the results; it is made
    settings   of every submission
    jobs       how many processes grade at once; None for one a processor
    resume     go on with the run in `out`
    scheduler  address of a Dask scheduler, whose workers grade instead
    one        each of paths is one submission, also where it is a folder
    job        what grades one submission; it is called in another process

    Ctrl-C stops it; what has been graded is kept and reported.  Raises ValueError for what cannot
    be graded, or not into this folder, before anything is written.
    """
    entries = find(paths, out, one)
    summary = Summary(out / "grades.csv", out / "report.html")
    with _executor(settings, jobs, scheduler) as executor, opened(out, settings, resume):
        tasks = list(_missing(out, entries, settings))
        summary.waiting = len(tasks)
        try:
            for task, result in _shown(
                _graded(tasks, executor, job, settings), len(entries), tasks
            ):
                results.save(out, task.entry, task.key, result)
                summary.waiting -= 1
        except KeyboardInterrupt:
            summary.stopped = True
        finally:
            write_class(summary.counted(results.records(out)), out)
    return summary


def _executor(
    settings: Settings, jobs: int | None, scheduler: str | None
) -> AbstractContextManager[Executor]:
    if scheduler is not None:
        from grading.classes.cluster import Cluster

        return Cluster(scheduler, settings.require)
    if settings.require != "any":
        isolation(settings.require)
    return JobProcesses(jobs or processors(), seconds_for(settings))


def seconds_for(settings: Settings) -> float:
    """Return how long a process may take for a submission, in seconds: twice what its calls may."""
    return 2 * settings.limits.total_seconds + 60


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _missing(out: Path, entries: Iterable[Entry], settings: Settings) -> Iterator[Task]:
    for entry in entries:
        if held := results.another(out, entry):
            raise ValueError(
                f"{entry.path} would replace the result of {held} in {out}: give one of the two "
                "another name, or grade into another folder."
            )
        try:
            content = digest(entry.path)
        except ContentError as refused:
            yield Task(entry, "", str(refused))
            continue
        except Exception as problem:  # of one submission, and never of the run
            yield Task(entry, "", f"It cannot be read: {type(problem).__name__}: {problem}")
            continue
        key = results.key(content, entry.name, suite(), settings)
        if not results.is_done(out, entry, key):
            yield Task(entry, key)


def _shown(
    graded: Iterable[tuple[Task, Result]], total: int, tasks: Sequence[Task]
) -> Iterator[tuple[Task, Result]]:
    """Yield what is graded, with a progress bar where there is a terminal to show it."""
    with tqdm(total=total, initial=total - len(tasks), unit=" submissions", disable=None) as bar:
        for pair in graded:
            yield pair
            bar.update()


def _graded(
    tasks: Iterable[Task], executor: Executor, job: Job, settings: Settings
) -> Iterator[tuple[Task, Result]]:
    """Yield each submission with its result, in the order in which they are done."""
    running: dict[Future[Answer], Task] = {}
    for task in tasks:
        path, name = task.entry.path, task.entry.name
        if task.refused:
            yield task, not_graded(name, settings, task.refused)
            continue
        running[executor.submit(job, path, name, settings)] = task
        if len(running) >= executor.width:
            yield from _finished(running, settings)
    while running:
        yield from _finished(running, settings)


def _finished(
    running: dict[Future[Answer], Task], settings: Settings
) -> Iterator[tuple[Task, Result]]:
    """Wait for at least one, and take what is done out of `running`."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        task, answer = running.pop(future), _answer(future)
        if isinstance(answer, str):
            answer = not_graded(task.entry.name, settings, answer)
        yield task, answer


def _answer(future: "Future[Answer]") -> Answer:
    try:
        return future.result()
    except CancelledError:
        raise StopRunError("The scheduler was lost; --resume goes on with what is left.") from None
    except StopRunError:
        raise
    except Exception as problem:
        return f"The grader failed: {type(problem).__name__}: {problem}"
