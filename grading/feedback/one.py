"""What the student and Gradescope get of one graded submission."""

import json
from pathlib import Path
from typing import Any

from grading.feedback.files import write_whole
from grading.feedback.gradescope import results
from grading.feedback.pages import render
from grading.feedback.pictures import Maps, maps


def write_one(record: dict[str, Any], folder: Path) -> None:
    """Write feedback.html and Gradescope's results.json into a folder that is there.

    record  of one graded submission; of hidden tests only the points are used
    """
    write_whole(folder / "feedback.html", feedback(record))
    write_whole(folder / "results.json", json.dumps(results(record), indent=2) + "\n")


def feedback(record: dict[str, Any]) -> str:
    """Return the page for the student.

    It does not show the seed: one seed makes the inputs of a whole class.
    """
    questions = [public(question) for question in record["questions"]]
    return render("feedback.html.jinja", record=record, questions=questions)


def public(question: dict[str, Any]) -> dict[str, Any]:
    """Return a question with its public tests alone, the points of the others, and its maps."""
    hidden = [test for test in question["tests"] if test["hidden"]]
    return question | {
        "tests": [test for test in question["tests"] if not test["hidden"]],
        "hidden_points": sum(test["points"] for test in hidden),
        "hidden_max_points": sum(test["max_points"] for test in hidden),
        "maps": _maps(question["difference"]),
    }


def _maps(difference: dict[str, Any] | None) -> Maps | None:
    return None if difference is None else maps(**difference)
