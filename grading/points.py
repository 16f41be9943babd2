"""The table of points, read from tests/graded/points.toml."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checks.questions import QUESTIONS

GRADED = Path(__file__).resolve().parents[1] / "tests" / "graded"
TABLE = GRADED / "points.toml"


@dataclass(frozen=True)
class Test:
    """One graded test of one question.

    points  what it is worth
    title   what it asks, as a student reads it
    hidden  whether a student learns its points only
    needs   ids of the tests that must have passed; else it is blocked
    """

    __test__ = False  # pytest takes it for a test otherwise

    points: float
    title: str
    hidden: bool = False
    needs: tuple[str, ...] = ()


@cache
def points() -> dict[str, dict[str, Test]]:
    """Return the tests of each question, by question and test id, in the order they are run.

    Raises ValueError, with the row, for a table that tests cannot be graded by.
    """
    try:
        table = tomllib.loads(TABLE.read_text("utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise _wrong("it is no TOML", str(problem)) from None
    tests, worth = table.pop("tests", {}), table.pop("points", {})
    if table or not tests or {*worth} != {*QUESTIONS}:
        odd = [*table, *({*worth} ^ {*QUESTIONS})]
        raise _wrong(f"[points] {odd[0] if odd else ''}", "one row for each question of checks")
    for id_, about in tests.items():
        _check_test(id_, about, tests)
    for question, row in worth.items():
        _check_row(question, row, tests)
    return {question: _tests(row, tests) for question, row in worth.items()}


def _check_test(id_: str, about: dict[str, Any], tests: dict[str, Any]) -> None:
    if unknown := {*about} - {"title", "hidden", "needs"}:
        raise _wrong(f"[tests.{id_}] {min(unknown)}", "title, hidden and needs only")
    if not isinstance(about.get("title"), str) or not isinstance(about.get("hidden", False), bool):
        raise _wrong(f"[tests.{id_}]", "a title in quotes, and hidden = true or false")
    earlier = [*tests][: [*tests].index(id_)]
    needs = about.get("needs", [])
    if not isinstance(needs, list) or any(need not in earlier for need in needs):
        raise _wrong(f"[tests.{id_}] needs = {needs}", "ids of tests that stand above it")


def _check_row(question: str, row: Any, tests: dict[str, Any]) -> None:
    if not isinstance(row, dict) or not row:
        raise _wrong(f"[points] {question}", "at least one test with its points")
    for id_, worth in row.items():
        if id_ not in tests:
            raise _wrong(f"[points] {question} has {id_}", f"a test; there is no [tests.{id_}]")
        number = isinstance(worth, int | float) and not isinstance(worth, bool)
        if not number or not 0 < worth < math.inf:
            raise _wrong(f"[points] {question}: {id_} = {worth}", "a number above 0")


def _wrong(what: str, expected: str) -> ValueError:
    return ValueError(f"{TABLE.name}, {what}: expected {expected}.")


def _tests(row: dict[str, float], tests: dict[str, dict[str, Any]]) -> dict[str, Test]:
    return {
        id_: Test(
            points=float(row[id_]),
            title=about["title"],
            hidden=about.get("hidden", False),
            needs=tuple(need for need in about.get("needs", []) if need in row),
        )
        for id_, about in tests.items()
        if id_ in row
    }
