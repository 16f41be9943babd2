"""The same submission and seed have the same grade, wherever and among whomever it is graded."""

import json

import psutil
import pytest

from grading.classes import grade_class as module
from grading.classes.grade_class import grade_class
from grading.settings import Settings
from tests.classes_samples import real_class

pytestmark = pytest.mark.slow

SETTINGS = Settings(seed=2026)


def records(out):
    """Return each record, by its folder, without the time that it took."""
    files = out.glob("*/result.json")
    return {file.parent.name: json.loads(file.read_bytes()) | {"seconds": 0} for file in files}


def test_grades_are_the_same_in_any_order_and_with_any_number_of_jobs(tmp_path, monkeypatch):
    hw, one, two = real_class(tmp_path / "hw", 24), tmp_path / "one", tmp_path / "two"
    summary = grade_class([hw], one, SETTINGS, jobs=1)
    assert (summary.total, summary.graded) == (24, 22)
    assert {reason.partition(" is ")[2][:12] for _, reason in summary.not_graded} == {
        "an HTML page"
    }
    missing = module._missing
    monkeypatch.setattr(module, "_missing", lambda *class_: reversed(list(missing(*class_))))
    grade_class([hw], two, SETTINGS, jobs=2)
    assert records(one) == records(two)
    points = {record["points"] for record in records(one).values()}
    assert {None, 0, 20} < points
    assert len(points) > 5
    left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert [line for line in left if "resource_tracker" not in line] == []
