"""The main job of `softmax-lab time`: measure, and write the folder."""

from pathlib import Path
from typing import Any

from experiment.folder import RUNS, check_out, publish, unfinished_folder
from timing.measure import measure
from timing.plan import Plan
from timing.show.files import write


def run(plan: Plan, out: Path | None) -> tuple[dict[str, Any], Path]:
    """Measure, and return the record and the folder that it was written to.

    out  a new folder, or that of an earlier timing, which is replaced; None for runs/timing-NUMBER

    The folder appears whole or not at all.  Raises FileExistsError, before anything is measured,
    for a folder that holds something else, and what `measure` raises.
    """
    earlier = out is not None and (out / "timing.json").is_file()
    if out is not None and not earlier:
        out = check_out(out)
    with unfinished_folder(RUNS if out is None else out.parent) as unfinished:
        record = measure(plan)
        if out is not None and earlier:
            write(record, out)
            return record, out
        write(record, unfinished)
        return record, publish(unfinished, out, "timing")
