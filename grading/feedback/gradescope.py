"""results.json as Gradescope reads it: gradescope-autograders.readthedocs.io/en/latest/specs."""

from typing import Any

from grading.feedback.sentences import QUESTIONS, question_cause, test_seen
from grading.feedback.text import REFERENCE, number, one_line, shown

NOT_GRADED = (
    "Not graded: {reason}\n\nThis is not a 0. If the sentence above is about your file, mend it "
    "and hand it in again; otherwise ask the staff of your course."
)


def results(record: dict[str, Any]) -> dict[str, Any]:
    """Return what Gradescope is told of a submission: plain text, and points for the hidden tests.

    A submission that is not graded has no score anywhere, which Gradescope never takes for a 0.
    """
    told = {
        "output": _output(record),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    if record["points"] is None:
        return told | {"tests": [{"name": "Not graded", "status": "failed"}]}
    return {"score": record["points"]} | told | {"tests": [*_public(record), *_hidden(record)]}


def _output(record: dict[str, Any]) -> str:
    if record["points"] is None:
        parts = [NOT_GRADED.format(reason=shown(record["reason"]))]
    else:
        parts = [_question(question) for question in record["questions"]]
        parts += [f"Note: {shown(note)}" for note in record["notes"]]
    if record["digest"]:
        parts.append(f"Grade reference: {record['digest'][:REFERENCE]}")
    return "\n\n".join(parts)


def _question(question: dict[str, Any]) -> str:
    sign, word, _ = QUESTIONS[question["outcome"]]
    points = f"{number(question['points'])} of {number(question['max_points'])} points"
    said = {
        "": question_cause(question),
        "What was seen: ": question["seen"],
        "What it may mean: ": question["meaning"],
        "A question to go on with: ": question["next_step"],
    }
    lines = [f"{sign} {one_line(question['id'])}: {word}, {points}"]
    lines += [f"- {shown(title)}" for title in question["titles"]]
    return "\n".join([*lines, *(label + shown(words) for label, words in said.items() if words)])


def _public(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": one_line(f"{question['id']}: {test['title']}"),
            "score": test["points"],
            "max_score": test["max_points"],
            "status": "passed" if test["outcome"] == "passed" else "failed",
            "output": shown(test_seen(test)),
            "visibility": "visible",
        }
        for question in record["questions"]
        for test in question["tests"]
        if not test["hidden"]
    ]


def _hidden(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one entry for all hidden tests, so that nothing but their points is told."""
    hidden = [test for q in record["questions"] for test in q["tests"] if test["hidden"]]
    if not hidden:
        return []
    return [
        {
            "name": "Hidden tests",
            "score": sum(test["points"] for test in hidden),
            "max_score": sum(test["max_points"] for test in hidden),
            "visibility": "visible",
        }
    ]
