"""What a class's records say together."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from checks.mistakes import CATALOGUE
from checks.questions import QUESTIONS

Record = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A question or a test of one, as a class did it.

    question  its id
    title     of the test, "" for the question itself
    hidden    whether students do not see it
    share     mean share of the points that were earned, from 0 to 1
    outcomes  how often each outcome was
    """

    question: str
    title: str
    hidden: bool
    share: float
    outcomes: Counter[str]


@dataclass(frozen=True)
class Made:
    """A mistake: in which questions it was made, and by which submissions."""

    id: str
    title: str
    questions: list[str]
    records: list[Record]


@dataclass(frozen=True)
class Timings:
    """Seconds: the median of a submission, the sum, and the five slowest submissions."""

    median: float
    total: float
    slowest: list[Record]


def questions(graded: list[Record]) -> list[Asked]:
    """Return how a class did each question, the hardest first."""
    found = defaultdict(list)
    for record in graded:
        for question in record["questions"]:
            found[question["id"], "", False].append(question)
    return _hardest_first(found)


def tests(graded: list[Record]) -> list[Asked]:
    """Return how a class did each test, hidden ones too, the hardest first."""
    found = defaultdict(list)
    for record in graded:
        for question in record["questions"]:
            for test in question["tests"]:
                found[question["id"], test["title"], test["hidden"]].append(test)
    return _hardest_first(found)


def mistakes(graded: list[Record]) -> list[Made]:
    """Return the mistakes that students were told of, that of the most submissions first."""
    found: dict[tuple[str, str], list[tuple[str, Record]]] = defaultdict(list)
    for record in graded:
        for question in record["questions"]:
            for mistake in question["mistakes"]:
                title = _title(question["id"], mistake)
                if title in question["titles"]:
                    found[mistake, title].append((question["id"], record))
    made = [
        Made(
            *mistake,
            sorted({question for question, _ in where}),
            list({id(record): record for _, record in where}.values()),
        )
        for mistake, where in found.items()
    ]
    return sorted(made, key=lambda one: (-len(one.records), one.id))


def timings(records: list[Record]) -> Timings | None:
    """Return how long the submissions took, None without any."""
    if not records:
        return None
    seconds = [record["seconds"] for record in records]
    slowest = sorted(records, key=lambda record: -record["seconds"])[:5]
    return Timings(median(seconds), sum(seconds), slowest)


def isolation(graded: list[Record]) -> list[tuple[str, tuple[str, ...], int]]:
    """Return each isolation that was in force, what it holds, and for how many submissions."""
    counts = Counter(
        (record["isolation"]["level"], tuple(record["isolation"]["in_force"])) for record in graded
    )
    return [(level, in_force, number) for (level, in_force), number in counts.most_common()]


def several(records: list[Record]) -> list[tuple[str, int]]:
    """Return the students with more than one submission, and how many."""
    counts = Counter(record["student"] for record in records)
    return [(student, number) for student, number in counts.items() if number > 1]


def _hardest_first(found: dict[tuple[str, str, bool], list[Record]]) -> list[Asked]:
    asked = [
        Asked(
            *key,
            fmean(one["points"] / one["max_points"] for one in results),
            Counter(one["outcome"] for one in results),
        )
        for key, results in found.items()
    ]
    return sorted(asked, key=lambda one: one.share)


def _title(question: str, mistake: str) -> str:
    """Return what a mistake is called in the catalogue of a question, its id if nothing."""
    catalogue = CATALOGUE[QUESTIONS[question].catalogue] if question in QUESTIONS else {}
    return catalogue[mistake].title if mistake in catalogue else mistake
