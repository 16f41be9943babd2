"""The record of one graded submission, from which every display is made."""

import math
from typing import Any

import numpy as np

SCHEMA = 1
STATUS = ("graded", "not graded")
OUTCOMES = ("passed", "partly", "failed", "blocked", "not attempted", "missing")
TEST_OUTCOMES = ("passed", "failed", "blocked", "not attempted")

Record = dict[str, Any]

_NUMBER = (int, float)
FIELDS: dict[str, Any] = {
    "schema": int,
    "name": str,
    "student": str,
    "digest": str,
    "status": STATUS,
    "reason": str,
    "points": (int, float, type(None)),
    "max_points": _NUMBER,
    "seed": int,
    "suite": str,
    "isolation": {"level": str, "in_force": [str]},
    "questions": [
        {
            "id": str,
            "points": _NUMBER,
            "max_points": _NUMBER,
            "outcome": OUTCOMES,
            "cause": str,
            "mistakes": [str],
            "titles": [str],
            "seen": str,
            "meaning": str,
            "next_step": str,
            "tests": [
                {
                    "id": str,
                    "title": str,
                    "points": _NUMBER,
                    "max_points": _NUMBER,
                    "hidden": bool,
                    "outcome": TEST_OUTCOMES,
                    "cause": str,
                    "seen": str,
                }
            ],
            "difference": (dict, type(None)),
        }
    ],
    "notes": [str],
    "seconds": _NUMBER,
}


def validate(record: Record) -> None:
    """Refuse what is not a record as docs/graders.md describes it.

    Raises ValueError that names the field, what it holds and what was expected.
    """
    _validate("the record", record, FIELDS)
    if (record["points"] is None) != (record["status"] == "not graded"):
        raise ValueError(
            f"points is {record['points']} and status {record['status']!r}; expected points for "
            "what is graded, and none for what is not."
        )
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema is {record['schema']}; expected {SCHEMA}.")
    sums = sum(question["points"] for question in record["questions"])
    if record["points"] is not None and not math.isclose(sums, record["points"], abs_tol=1e-9):
        raise ValueError(f"points is {record['points']}; expected {sums}, those of its questions.")


def _validate(name: str, value: Any, form: Any) -> None:
    if isinstance(form, dict):
        if not isinstance(value, dict) or {*value} - {"folder"} != {*form}:
            given = sorted(value) if isinstance(value, dict) else type(value).__name__
            raise ValueError(f"{name} has {given}; expected {sorted(form)}.")
        for key, part in form.items():
            _validate(key, value[key], part)
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise ValueError(f"{name} is a {type(value).__name__}; expected a list.")
        for number, entry in enumerate(value):
            _validate(f"{name}[{number}]", entry, form[0])
    elif isinstance(form, tuple) and isinstance(form[0], str):
        if value not in form:
            raise ValueError(f"{name} is {value!r}; expected one of {', '.join(form)}.")
    elif not isinstance(value, form) or (isinstance(value, bool) and form is not bool):
        raise ValueError(f"{name} is {value!r}; expected {form}.")


def plain(value: Any) -> Any:
    """Return a value in JSON's own types; None stands for nan and infinities."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.longdouble):  # its own tolist() is one again
        return plain(float(value))
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
