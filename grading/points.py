"""The table of points, read from tests/graded/points.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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

    Raises ValueError for a table that speaks of a test which it does not describe.
    """
    table = tomllib.loads(TABLE.read_text("utf-8"))
    return {question: _tests(table, question) for question in table["points"]}


def _tests(table: dict[str, dict[str, dict[str, object]]], question: str) -> dict[str, Test]:
    worth, tests = table["points"][question], table["tests"]
    if unknown := [id_ for id_ in worth if id_ not in tests]:
        raise ValueError(
            f"{TABLE.name}: {question} has points for {unknown[0]}; expected a [tests.{unknown[0]}]"
        )
    described = {id_: about for id_, about in tests.items() if id_ in worth}
    return {
        id_: Test(
            points=float(str(worth[id_])),
            title=str(about["title"]),
            hidden=bool(about.get("hidden", False)),
            needs=tuple(need for need in _strings(about.get("needs", [])) if need in worth),
        )
        for id_, about in described.items()
    }


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
