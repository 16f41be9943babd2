"""What came of a run over a class, in a few lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.feedback.text import one_line


@dataclass
class Summary:
    """What came of a run over a class.

    total       how many submissions have a result, from this run and those before
    graded      how many of these are graded
    points      of all graded ones together
    max_points  of one submission
    not_graded  name and reason of each that is not
    waiting     how many submissions a stopped run did not come to
    stopped     whether Ctrl-C stopped it
    table       grades.csv
    page        report.html
    """

    table: Path
    page: Path
    total: int = 0
    graded: int = 0
    points: float = 0.0
    max_points: float = 0.0
    not_graded: list[tuple[str, str]] = field(default_factory=list)
    waiting: int = 0
    stopped: bool = False

    def counted(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the records, and count them."""
        for record in records:
            self.total += 1
            self.max_points = record["max_points"]
            if record["status"] == "graded":
                self.graded += 1
                self.points += record["points"]
            else:
                self.not_graded.append((record["name"], record["reason"]))
            yield record

    @property
    def status(self) -> int:
        """What the command ends with: 0 where all is graded."""
        return 130 if self.stopped else 1 if self.not_graded else 0

    def lines(self) -> list[str]:
        """Return it for people, one sentence a line."""
        said = [f"{self.graded} of {self.total} graded."]
        if self.graded:
            mean = self.points / self.graded
            said[0] += f"  Points on average: {mean:.2f} of {self.max_points:g}."
        said += [f"Not graded: {name!r}: {one_line(reason)}" for name, reason in self.not_graded]
        if self.stopped:
            said.append(f"Stopped with {self.waiting} to go; --resume goes on.")
        return [*said, f"Look at {self.table} and {self.page}"]
