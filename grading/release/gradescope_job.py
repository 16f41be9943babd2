"""What run_autograder runs: grade one submission, and write results.json for Gradescope."""

import argparse
import json
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from grading.asked import DEFAULT, pick
from grading.classes.grade_class import grade_class
from grading.classes.results import write_whole
from grading.grade import isolation
from grading.settings import SEEDS, Settings


def results(submission: Path, settings: Settings) -> dict[str, Any]:
    """Return what Gradescope is told of a submission.

    submission  the folder that it was handed in as
    settings    of the grading

    Students are not shown "extra_data"; with its seed the same grade comes out again.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        grade_class([submission], out, settings, jobs=1, one=True)
        (written,) = out.glob("*/results.json")
        told: dict[str, Any] = json.loads(written.read_bytes())
        record = json.loads(written.with_name("result.json").read_bytes())
    told["execution_time"] = round(time.monotonic() - start, 1)
    told["extra_data"] = {name: record[name] for name in ("seed", "suite", "isolation", "digest")}
    return told


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, grade, and write results.json as a whole."""
    parser = argparse.ArgumentParser(prog="gradescope_job", description=__doc__)
    parser.add_argument("submission", type=Path, nargs="?", help="the submission's folder")
    parser.add_argument("results", type=Path, nargs="?", help="the folder for results.json")
    parser.add_argument("--questions", default=DEFAULT)
    parser.add_argument("--require", default="any", choices=("any", "landlock", "strict"))
    parser.add_argument("--ready", action="store_true", help="only say which isolation there is")
    asked = parser.parse_args(arguments)
    level = isolation(asked.require)
    print(f"Isolation {level.name}: {', '.join(level.in_force)}")
    if asked.ready:
        return
    settings = Settings(pick(asked.questions), secrets.randbelow(SEEDS), asked.require)
    told = json.dumps(results(asked.submission, settings), indent=2) + "\n"
    write_whole(asked.results / "results.json", told.encode(), 0o644)


if __name__ == "__main__":
    main()
