"""A record as lines for a terminal of 100 columns."""

from collections.abc import Iterator
from textwrap import wrap

from grading.feedback.text import one_line
from timing.show import about
from timing.show.form import Record
from timing.show.rows import Row, footnotes, rows

WIDTH = 100
NAME = 37  # columns; what is longer is cut


def lines(record: Record) -> Iterator[str]:
    """Yield what a record says, at most 100 columns wide."""
    yield from wrapped(about.machine(record))
    yield from wrapped(about.software(record))
    yield from wrapped(about.threads(record))
    for said in (*about.roofs(record), *about.headline(record)):
        yield from wrapped(said)
    for contest in record["contests"]:
        yield ""
        yield from _contest(record, contest)
    for common, sentences in about.growth(record):
        yield ""
        yield from wrapped(f"Growth at {common}")
        for sentence in sentences:
            yield from wrapped(f"  {sentence}")
    if record["missing"]:
        yield ""
        yield "Missing:"
    for sentence in record["missing"]:
        yield from wrapped(f"  {one_line(sentence)}")


def _contest(record: Record, contest: Record) -> Iterator[str]:
    yield from wrapped(one_line(contest["title"]))
    head = ("", "a call", "µs a sample", "× the first", "quartiles", "roof")
    shown = rows(record, contest)
    yield _cells(Row(*head, marks="")).rstrip()
    yield from (_cells(row).rstrip() for row in shown)
    for note in footnotes(record, contest):
        yield from wrapped(f"  {note}")


def _cells(row: Row) -> str:
    return (
        f"  {shortened(row.name):{NAME}}{row.call:>9}{row.sample:>12}{row.times:>15} {row.marks:2}"
        f"{row.quartiles:>15} {row.reached:>6}"
    )


def shortened(name: str) -> str:
    """Return a name in one line, cut where it is too long for its column."""
    name = one_line(name, WIDTH)
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def wrapped(text: str) -> list[str]:
    """Return text in lines of the terminal, indented as it is, and what follows the first more."""
    indent = " " * (len(text) - len(text.lstrip()))
    return wrap(text.lstrip(), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
