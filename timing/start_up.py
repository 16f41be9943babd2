"""What starting costs: importing classifiers beside importing numpy, and the command's help.

Run it with `uv run python -m timing.start_up`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from timing.spread import figure, spread

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 20
FIRST, HELP = "import numpy", "uv run softmax-lab --help"
IMPORT = "from time import perf_counter as now; start = now(); {}; print(now() - start)"


def lines(rounds: int = ROUNDS) -> Iterator[str]:
    """Yield the lines of the table: median and quartiles, in ms and beside importing numpy.

    rounds  how often each is timed, in turn with the others, 1 or more

    Raises FileNotFoundError where uv is not there.
    """
    seconds = _seconds(rounds)
    yield f"{rounds} rounds; median (first quartile to third)"
    for name, taken in seconds.items():
        beside = f", {_shown(taken / seconds[FIRST])} times {FIRST}" if name != FIRST else ""
        yield f"{name:{len(HELP)}} {_shown(1000 * taken)} ms{beside}"


def _seconds(rounds: int) -> dict[str, NDArray[np.float64]]:
    """Return the seconds of each, (rounds,), after one round that fills the caches of files."""
    timed: dict[str, Callable[[], float]] = {
        FIRST: lambda: _of_import(FIRST),
        "import classifiers": lambda: _of_import("import classifiers"),
        HELP: _of_help,
    }
    taken = [{name: time() for name, time in timed.items()} for _ in range(rounds + 1)][1:]
    return {name: np.array([a_round[name] for a_round in taken]) for name in timed}


def _of_import(statement: str) -> float:
    """Return the seconds of an import in a fresh Python, those of Python's own start left out."""
    return float(_run(sys.executable, "-c", IMPORT.format(statement)))


def _of_help() -> float:
    """Return the seconds from the command's start to its end."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is missing, with which the command is run: `pip install uv`.")
    start = perf_counter()
    _run(uv, *HELP.split()[1:])
    return perf_counter() - start


def _run(*command: str) -> str:
    """Return what a command prints; it may keep compiled modules, as it does for people."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(command, cwd=ROOT, env=kept, stdout=subprocess.PIPE, text=True, check=True)
    return ran.stdout


def _shown(values: NDArray[np.float64]) -> str:
    found = spread(values)
    quartiles = f"{figure(found.first_quartile)} to {figure(found.third_quartile)}"
    return f"{figure(found.median)} ({quartiles})"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
