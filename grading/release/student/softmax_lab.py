"""The command line of this handout: softmax-lab submit."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

HERE = Path(__file__).resolve().parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))
ASKED: list[str] = PROJECT["tool"]["softmax-lab"]["questions"]

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Hand in the softmax assignment."""


@app.command()
def submit(
    notebooks: Annotated[list[Path], typer.Argument(help="Your notebooks, saved.")],
    out: Annotated[
        Path | None, typer.Option(help="The zip to write; else softmax-submission.zip beside them.")
    ] = None,
) -> None:
    """Make the one zip that you hand in, and say what is in it."""
    from grading.release.submitting import submit

    raise typer.Exit(submit(notebooks, out, ASKED))


if __name__ == "__main__":
    app()
