"""The command line: softmax-lab COMMAND."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


FOR_THE_READER = (ValueError, TypeError, OSError, ArithmeticError)


class DataName(StrEnum):
    """The datasets that can be trained on."""

    shapes = "shapes"
    cifar10 = "cifar10"


class LossName(StrEnum):
    """The losses that can be trained with."""

    softmax = "softmax"
    svm = "svm"


class ReleaseFormat(StrEnum):
    """Who a release is for, beside the students."""

    handout = "handout"
    nbgrader = "nbgrader"
    gradescope = "gradescope"


@app.callback()
def main() -> None:
    """Teach and learn the softmax classifier."""


@contextmanager
def in_a_clone(command: str) -> Iterator[None]:
    """Import from the tests folder, or say in one sentence that it is not there."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "tests":
            raise
        typer.echo(
            f"softmax-lab {command}: its programs are in the repository's tests folder, which an "
            f"installed package leaves out; run `uv run softmax-lab {command}` in a clone.",
            err=True,
        )
        raise typer.Exit(1) from None


@contextmanager
def running_their_code(command: str, *told: type[Exception]) -> Iterator[None]:
    """Say what went wrong in a sentence, with the line of a student's cell where it was there.

    command  that runs the code;  told  what is told in a sentence besides FOR_THE_READER
    """
    from grading.submission import their_line

    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Stopped; nothing was written.", err=True)
        raise typer.Exit(130) from None
    except (Exception, SystemExit) as problem:
        line = their_line(problem)
        if line is None and not isinstance(problem, (*FOR_THE_READER, *told)):
            raise
        place = "" if line is None else f"\n  {type(problem).__name__} in {line}"
        place = "" if isinstance(problem, NotImplementedError) else place
        said = str(problem) or type(problem).__name__
        typer.echo(f"softmax-lab {command}: {said}{place}", err=True)
        raise typer.Exit(1) from None


@app.command()
def train(
    data: Annotated[DataName, typer.Option(help="What to train on.")] = DataName.shapes,
    root: Annotated[
        Path | None,
        typer.Option(
            help="CIFAR-10's folder or archive; else $CIFAR10_ROOT, the cache, a download."
        ),
    ] = None,
    loss: Annotated[LossName, typer.Option(help="Which loss to train with.")] = LossName.softmax,
    notebook: Annotated[
        Path | None, typer.Option(help="Train with the functions written in this notebook.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of every random choice.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; else runs/DATA-LOSS-NUMBER.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="2,000 images only, a few seconds.")
    ] = False,
) -> None:
    """Train a linear classifier on images, and write a report of it."""
    from experiment.job import run
    from experiment.plan import Plan

    plan = Plan(data.value, root, loss.value, notebook, seed, out, quick)
    with running_their_code("train"):
        folder = run(plan)
    typer.echo(f"Look at {folder / 'report.html'}")


@app.command()
def time(
    out: Annotated[
        Path | None,
        typer.Option(help="A new folder, or an earlier timing's; else runs/timing-NUMBER."),
    ] = None,
    C: Annotated[
        str | None, typer.Option("--C", help="Classes, the base first.  [default: 10,2,100]")
    ] = None,
    D: Annotated[
        str | None, typer.Option("--D", help="Features, bias included.  [default: 3073,49,769]")
    ] = None,
    N: Annotated[str | None, typer.Option("--N", help="Samples.  [default: 500,50,5000]")] = None,
    dtype: Annotated[str, typer.Option(help="Precisions, the base first.")] = "float64,float32",
    threads: Annotated[int, typer.Option(help="Threads, one a core at most.")] = 1,
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="For the contests, about.  [default: 60; with --full 600]"),
    ] = None,
    within: Annotated[
        float, typer.Option(min=0.1, help="Per cent that a ratio may be unsure of.")
    ] = 3.0,
    function: Annotated[
        str | None,
        typer.Option(
            metavar="FILE:NAME",
            help="Also a softmax loss of a notebook or .py file; only code that you trust.",
        ),
    ] = None,
    peers: Annotated[
        bool, typer.Option(help="Also PyTorch, scikit-learn, JAX and numba, where installed.")
    ] = True,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Every combination of sizes, N to 50,000; for the softmax loss."
        ),
    ] = False,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A B", help="Set two earlier timings side by side; time nothing."),
    ] = None,
) -> None:
    """Time functions that do the same work against each other.

    The first of each list is the base, and one of C, D, N and dtype is changed at a time.
    """
    from timing.job import run
    from timing.plan import plan_of
    from timing.show.compare import compare as differences
    from timing.show.files import read
    from timing.show.lines import lines

    with running_their_code("time", RuntimeError):
        if compare is not None:
            shown, folder = differences(*map(read, compare)), None
        else:
            plan = plan_of(C, D, N, dtype, threads, seconds, within, function, peers, full)
            record, folder = run(plan, out)
            shown = lines(record)
        for line in shown:
            typer.echo(line)
    if folder is not None:
        typer.echo(f"\nLook at {folder / 'timing.html'}")


@app.command()
def gradient_bench(
    seeds: Annotated[int, typer.Option(min=1, help="Fresh instances of each problem.")] = 1,
    only: Annotated[str, typer.Option(help="Only problems whose name has this in it.")] = "",
    peers: Annotated[
        bool, typer.Option(help="Also CS231n's method, torch, jax and scipy, where installed.")
    ] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List what each checker got wrong.")
    ] = False,
    seconds: Annotated[
        float,
        typer.Option(min=0, help="A checker's time for one problem; 20 for figures to quote."),
    ] = 5.0,
    random: Annotated[
        int, typer.Option(min=0, help="This many random problems instead of the bench's own.")
    ] = 0,
) -> None:
    """Measure our gradient checker and others on gradients known to be right or wrong."""
    with in_a_clone("gradient-bench"):
        from tests.gradient_bench.run import run_bench
    try:
        typer.echo(run_bench(seeds, only, peers, verbose, seconds, random))
    except ValueError as problem:
        typer.echo(f"softmax-lab gradient-bench: {problem}", err=True)
        raise typer.Exit(1) from None


@app.command()
def mistakes(
    seeds: Annotated[int, typer.Option(min=1, help="Ask about each program this often.")] = 1,
    pairs: Annotated[
        int, typer.Option(min=0, help="Pairs of two mistakes a catalogue; 0 for all of them.")
    ] = 200,
    write: Annotated[
        bool, typer.Option("--write", help="First write checks/probes.npz, which check reads.")
    ] = False,
) -> None:
    """Ask check() about every program that is known to be right or wrong, and count."""
    with in_a_clone("mistakes"):
        from tests.mistakes.table import table
        from tests.mistakes.write_probes import write as write_probes
    if write:
        write_probes()
    for line in table(seeds, pairs):
        typer.echo(line)


@app.command()
def release(
    out: Annotated[Path, typer.Argument(help="A folder that is empty, new or an earlier release.")],
    questions: Annotated[
        str, typer.Option(help="What is asked: naive, vectorized, other functions' names, or all.")
    ] = "naive,vectorized",
    format: Annotated[
        ReleaseFormat, typer.Option(help="What to add to the students' handout.")
    ] = ReleaseFormat.handout,
    staff: Annotated[
        bool, typer.Option("--staff", help="Also write the solved notebooks, to OUT/staff.")
    ] = False,
    verify: Annotated[
        bool, typer.Option(help="Prove on the handout that it works and holds no answer.")
    ] = True,
) -> None:
    """Make what students receive, as a folder and a zip."""
    from grading.release.making import release as make

    try:
        make(out, questions, format.value, staff, verify, typer.echo)
    except (ValueError, OSError) as problem:
        typer.echo(f"softmax-lab release: {problem}\nNothing was written to {out}.", err=True)
        raise typer.Exit(1) from None


@app.command()
def submit(
    notebooks: Annotated[list[Path], typer.Argument(help="Notebooks, saved.")],
    out: Annotated[
        Path | None, typer.Option(help="The zip to write; else softmax-submission.zip beside them.")
    ] = None,
    questions: Annotated[
        str, typer.Option(help="What is asked: naive, vectorized, other functions' names, or all.")
    ] = "naive,vectorized",
) -> None:
    """Make the one zip that a student hands in, and say what is in it."""
    from grading.asked import pick
    from grading.release.submitting import submit as make

    try:
        raise typer.Exit(make(notebooks, out, pick(questions)))
    except ValueError as problem:
        typer.echo(f"softmax-lab submit: {problem}", err=True)
        raise typer.Exit(2) from None


@app.command()
def grade(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATHS...",
            help="Submissions, and folders of submissions: each notebook, .py file, zip and folder "
            "in such a folder is one submission.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; it is made.")],
    one: Annotated[
        bool,
        typer.Option("--one", help="Each of PATHS is one submission, also where it is a folder."),
    ] = False,
    questions: Annotated[
        str | None,
        typer.Option(help="Names, separated by commas, or all.  [default: naive,vectorized]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of every input.  [default: a secret one, kept in run.json]"),
    ] = None,
    require: Annotated[
        str | None,
        typer.Option(help="The least isolation: any, landlock or strict.  [default: any]"),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Submissions graded at once.  [default: one a processor]"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with OUT: what is missing or changed.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers grade instead.")
    ] = None,
) -> None:
    """Grade submissions, and write a result for each and a report of all.

    Ends with 0 where all are graded, with 1 where some are not, with 130 after Ctrl-C.
    """
    from grading.classes.grade_class import grade_class
    from grading.classes.run import settings_for
    from grading.grade import IsolationError

    try:
        settings = settings_for(out, resume, questions, seed, require)
        summary = grade_class(paths, out, settings, jobs, resume, scheduler, one)
    except KeyboardInterrupt:
        typer.echo("softmax-lab grade: stopped; --resume goes on.", err=True)
        raise typer.Exit(130) from None
    except (*FOR_THE_READER, IsolationError) as problem:
        typer.echo(f"softmax-lab grade: {problem}", err=True)
        raise typer.Exit(1) from None
    for line in summary.lines():
        typer.echo(line)
    raise typer.Exit(summary.status)


@app.command()
def grading_speed(
    size: Annotated[int, typer.Option(min=10, help="Submissions in the class.")] = 100,
    chunks: Annotated[int, typer.Option(min=1, help="Parts that it is graded in, in turn.")] = 1,
    whole: Annotated[
        bool, typer.Option("--whole", help="The whole notebook: nbgrader runs all of its cells.")
    ] = False,
) -> None:
    """Time grading against nbgrader's, on one class and in one run."""
    with in_a_clone("grading-speed"):
        import tests.mistakes.run  # noqa: F401
    from timing.grading_speed import grading_speed as lines

    try:
        for line in lines(size, chunks, whole):
            typer.echo(line)
    except (ValueError, RuntimeError) as problem:
        typer.echo(f"softmax-lab grading-speed: {problem}", err=True)
        raise typer.Exit(1) from None


@app.command()
def training_speed(
    root: Annotated[
        Path | None,
        typer.Option(
            help="CIFAR-10's folder or archive; else $CIFAR10_ROOT, the cache, a download."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each trains, in turn.")] = 7,
    threads: Annotated[int, typer.Option(min=1, help="With how many threads each trains.")] = 1,
) -> None:
    """Time training against PyTorch's and scikit-learn's, on one dataset and in one run."""
    from timing.training import training_speed as lines

    try:
        for line in lines(root, rounds, threads):
            typer.echo(line)
    except FOR_THE_READER as problem:
        typer.echo(f"softmax-lab training-speed: {problem}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
