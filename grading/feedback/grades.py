"""grades.csv: a row a submission, safe to open in a spreadsheet."""

import csv
import io
import re
from typing import Any

from grading.feedback.text import REFERENCE, one_line

BOM = "\ufeff"  # Excel reads UTF-8 only behind it

LONGEST_WHY = 300  # characters

# What a spreadsheet would compute, also where it cuts cells at another mark than a comma
FORMULA = re.compile(r"""(^|[;,|])([\s"']*)(?=[=+\-@＝＋－＠])""")


def grades(records: list[dict[str, Any]]) -> str:
    """Return the table of grades as text with CRLF line ends, a row a submission.

    Submissions that are not graded have empty points, never a 0.
    """
    questions = asked(records)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    before, after = (
        ["student", "name", "status", "points", "max_points"],
        ["mistakes", "reason", "reference"],
    )
    writer.writerow([*before, *map(cell, questions), "folder", "why", *after])
    writer.writerows(_row(record, questions) for record in records)
    return BOM + file.getvalue()


def asked(records: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the questions in the order in which they were asked."""
    return list(dict.fromkeys(q["id"] for record in records for q in record["questions"]))


def cell(text: str) -> str:
    """Return text in one line that no spreadsheet takes for a formula: behind an apostrophe."""
    return FORMULA.sub(r"\1\2'", one_line(text))


def _row(record: dict[str, Any], questions: list[str]) -> list[str | float]:
    points = {question["id"]: question["points"] for question in record["questions"]}
    mistakes = dict.fromkeys(m for question in record["questions"] for m in question["mistakes"])
    graded, digest = record["points"] is not None, record["digest"][:REFERENCE]
    return [
        cell(record["student"]),
        cell(record["name"]),
        record["status"],
        record["points"] if graded else "",
        record["max_points"],
        *(points.get(question, "") if graded else "" for question in questions),
        cell(record.get("folder", "")),
        cell(_why(record))[:LONGEST_WHY],
        cell("; ".join(mistakes)),
        cell(record["reason"]),
        f"sha256:{digest}" if digest else "",  # twelve digits alone would be made a number
    ]


def _why(record: dict[str, Any]) -> str:
    """Return the causes of the questions that lost points, and the notes, each once."""
    lost = [
        question for question in record["questions"] if question["points"] < question["max_points"]
    ]
    said = dict.fromkeys([*(question["cause"] for question in lost), *record["notes"]])
    return "; ".join(filter(None, said))
