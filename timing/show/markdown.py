"""A record as Markdown tables, to paste."""

import re
from collections.abc import Iterator
from itertools import groupby

from grading.feedback.text import one_line
from timing.show import about
from timing.show.form import Record
from timing.show.rows import FEWER, LONGEST, Row, duration, footnotes, rows, times
from timing.spread import spread

PRODUCTS = "its two matrix products"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&$#])")


def markdown(record: Record) -> str:
    """Return a record as Markdown; a grid's contests are a compact table of each kind."""
    parts = _grids(record) if record["settings"]["full"] else _contests(record)
    return "\n".join([*_about(record), *parts, *_missing(record)]).rstrip() + "\n"


def _about(record: Record) -> Iterator[str]:
    parts = (about.machine, about.software, about.threads)
    yield from (f"{escaped(part(record))}  " for part in parts)  # two spaces end a line
    said = (*about.roofs(record), *about.headline(record))
    yield from (f"{escaped(sentence)}  " for sentence in said)
    yield ""


def _contests(record: Record) -> Iterator[str]:
    head = ["", "a call", "µs a sample", "× the first", "quartiles", "of the roofline"]
    for contest in record["contests"]:
        shown = [_cells(row) for row in rows(record, contest)]
        yield from (f"**{escaped(contest['title'])}**", "", *_table(head, shown, left=1), "")
        for note in footnotes(record, contest):
            yield from (escaped(note), "")
    yield from _growth(record)


def _cells(row: Row) -> list[str]:
    times_first = f"{row.times} {row.marks}".strip()
    return [escaped(row.name), row.call, row.sample, times_first, row.quartiles, row.reached]


def _grids(record: Record) -> Iterator[str]:
    for kind, group in groupby(record["contests"], key=lambda contest: contest["kind"]):
        yield from _grid(record, kind, [*group])


def _grid(record: Record, kind: str, contests: list[Record]) -> Iterator[str]:
    """Yield a table with a row a size, a column a function."""
    names = list(dict.fromkeys(f["name"] for contest in contests for f in contest["functions"]))
    shown = [
        [_size(contest["C"]), _size(contest["N"]), escaped(contest["dtype"])]
        + [_cell(record, contest, name) for name in names]
        for contest in contests
    ]
    head = ["C", "N", "dtype", *map(escaped, names)]
    sizes = {f"D = {contest['D']:,}" for contest in contests if contest["D"]}
    yield from (f"**{escaped(', '.join([kind, *sorted(sizes)]))}**", "")
    yield from (*_table(head, shown, left=0), "")
    yield f"In brackets: times {_against(contests[0])['name']}, by the sample."
    fewer = [(f["name"], f["N"]) for c in contests for f in c["functions"] if f["N"] < c["N"]]
    said = [_on_fewer(name, [N for other, N in fewer if other == name]) for name in dict(fewer)]
    if said:
        yield f"{FEWER} Timed on fewer samples: {', '.join(said)}."
    yield ""


def _on_fewer(name: str, counts: list[int]) -> str:
    """Return e.g. "naive on 10 to 5,000", where it was timed on so many in one size or another."""
    ends = dict.fromkeys(f"{N:,}" for N in (min(counts), max(counts)))
    return f"{escaped(one_line(name, LONGEST))} on {' to '.join(ends)}"


def _cell(record: Record, contest: Record, name: str) -> str:
    """Return a function's time and how many times the two products' it is, by the sample.

    The time is a call's, or a sample's where a call was on fewer samples than the others'.
    """
    function = next((f for f in contest["functions"] if f["name"] == name), None)
    if function is None:
        return ""
    against = _against(contest)
    taken = spread(function["seconds"]).median
    said = duration(taken)
    if function["N"] < contest["N"]:
        said = f"{duration(taken / function['N'])} a sample{FEWER}"
    return said if function is against else f"{said} ({times(record, function, against)} ×)"


def _against(contest: Record) -> Record:
    """Return the two products of a contest, or its first function where it has none."""
    functions: list[Record] = contest["functions"]
    return next((f for f in functions if f["name"] == PRODUCTS), functions[0])


def _growth(record: Record) -> Iterator[str]:
    for common, sentences in about.growth(record):
        yield from (f"Growth at {escaped(common)}", "")
        yield from (f"- {escaped(sentence)}" for sentence in sentences)
        yield ""


def _missing(record: Record) -> Iterator[str]:
    if record["missing"]:
        yield from ("Missing:", "")
        yield from (f"- {escaped(sentence)}" for sentence in record["missing"])


def _table(head: list[str], shown: list[list[str]], left: int) -> Iterator[str]:
    """Yield a table whose first `left` columns are words and the others numbers."""
    rule = ["---" if number < left else "---:" for number in range(len(head))]
    for cells in (head, rule, *shown):
        yield f"| {' | '.join(cells)} |"


def _size(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def escaped(text: str) -> str:
    """Return text on one line of which Markdown makes no mark-up."""
    return SPECIAL.sub(r"\\\1", one_line(text, 4 * LONGEST))
