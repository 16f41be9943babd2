"""What staff get of a class: a table of grades and a page."""

import base64
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean, median
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from grading.feedback import summaries
from grading.feedback.files import write_whole
from grading.feedback.grades import asked, grades
from grading.feedback.pages import render, source
from grading.feedback.pictures import draw_points

Record = dict[str, Any]


def write_class(records: Iterable[Record], folder: Path) -> None:
    """Write grades.csv and report.html into a folder that is there.

    records  of the submissions; "folder", where a record has it, is the name of the folder in
             `folder` that holds its feedback.html and result.json
    """
    ordered = sorted(records, key=_by_student)
    write_whole(folder / "grades.csv", grades(ordered))
    write_whole(folder / "report.html", report(ordered))


def report(records: list[Record]) -> str:
    """Return the page for staff; unlike a student's it names the hidden tests and the seeds."""
    records = [record | {"link": link(record)} for record in records]
    graded = [record for record in records if record["points"] is not None]
    script = source("sort.js")
    return render(
        "report.html.jinja",
        records=records,
        graded=graded,
        not_graded=[record for record in records if record["points"] is None],
        columns=asked(graded),
        several=summaries.several(records),
        points=_points(graded),
        questions=summaries.questions(graded),
        tests=summaries.tests(graded),
        mistakes=summaries.mistakes(graded),
        timings=summaries.timings(records),
        isolation=summaries.isolation(graded),
        seeds=sorted({record["seed"] for record in records}),
        suites=sorted({record["suite"] for record in records}),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def link(record: Record) -> str:
    """Return the address of a submission's folder, relative to the report, "" if it has none."""
    folder = record.get("folder", "")
    return f"{quote(os.fsencode(folder), safe='')}/" if folder else ""


def _by_student(record: Record) -> tuple[str, ...]:
    return record["student"].casefold(), record["name"], record["digest"]


def _points(graded: list[Record]) -> dict[str, Any] | None:
    """Return a histogram of the points as PNG in base64, their mean and median; None without."""
    if not graded:
        return None
    points = [record["points"] for record in graded]
    most = max(record["max_points"] for record in graded)
    picture = base64.b64encode(draw_points(points, most)).decode()
    return {"picture": picture, "mean": fmean(points), "median": median(points), "most": most}
