"""A contest as the rows that every table shows: measured numbers as words."""

from collections.abc import Iterator
from dataclasses import dataclass

from grading.feedback.text import one_line
from timing.roofline import bound
from timing.show.form import Record
from timing.spread import figure, ratios, spread

LONGEST = 60  # characters of a name
FEWER, WIDE = "†", "‡"


@dataclass(frozen=True)
class Row:
    """A function of a contest.

    name       what it is called, fit to be shown
    call       time of a call, with its unit
    sample     microseconds a sample
    times      how many times the first's time a sample it takes, by the median
    quartiles  of that
    reached    how much of the roofline it reaches, in per cent, "" where that has no meaning
    marks      of the footnotes that speak of it
    """

    name: str
    call: str
    sample: str
    times: str
    quartiles: str
    reached: str
    marks: str


def rows(record: Record, contest: Record) -> list[Row]:
    """Return a row for each function of a contest of a record, in their order."""
    return [_row(record, contest, function) for function in contest["functions"]]


def _row(record: Record, contest: Record, function: Record) -> Row:
    first, within = contest["functions"][0], record["settings"]["within"]
    times, taken = spread(ratios(function, first)), spread(function["seconds"])
    itself = function is first
    wide = not itself and times.too_wide(within)
    share = reached(record, contest, function)
    return Row(
        one_line(function["name"], LONGEST),
        duration(taken.median),
        figure(1e6 * taken.median / function["N"]),
        "1" if itself else times.text(within),
        "" if itself else f"{figure(times.first_quartile)} to {figure(times.third_quartile)}",
        "" if share is None else f"{figure(100 * share, 0.03)} %",
        (FEWER if function["N"] < contest["N"] else "") + (WIDE if wide else ""),
    )


def times(record: Record, function: Record, against: Record) -> str:
    """Return how many times another's time a sample a function takes, in fitting digits."""
    return spread(ratios(function, against)).text(record["settings"]["within"])


def footnotes(record: Record, contest: Record) -> Iterator[str]:
    """Yield a sentence for each mark that stands in a contest's rows, and why its rounds ended."""
    fewer = [f for f in contest["functions"] if f["N"] < contest["N"]]
    if fewer:
        sizes = (f"{one_line(f['name'], LONGEST)} on {f['N']:,}" for f in fewer)
        yield f"{FEWER} Timed on fewer samples, and compared by the sample: {', '.join(sizes)}."
    within = f"±{record['settings']['within']:g} %"
    if any(WIDE in row.marks for row in rows(record, contest)):
        yield (
            f"{WIDE} The 95 % confidence interval of the median, if the rounds are independent of "
            f"each other; it is wider than {within}."
        )
    known = contest["ended"] == "confident"
    why = f"all ratios were known to {within}" if known else "the time was over"
    yield f"After {len(contest['functions'][0]['seconds'])} rounds {why}."


def duration(seconds: float) -> str:
    """Return a time with a unit that suits it: 3.12 ms."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= 0.9995 * size:
            return f"{figure(seconds / size)} {unit}"
    return f"{figure(seconds / 1e-6)} µs"


def roof(record: Record, dtype: str) -> Record | None:
    """Return what the machine can do in a dtype, None where that was not measured."""
    return next((one for one in record["roofline"] if one["dtype"] == dtype), None)


def reached(record: Record, contest: Record, function: Record) -> float | None:
    """Return the share of the roofline that a function reaches, from 0 to about 1.

    None where the contest has no flops or its dtype no roofline.
    """
    machine = roof(record, contest["dtype"])
    if machine is None or not contest["flops"] or not contest["bytes"]:
        return None
    least = bound(machine, contest["flops"], contest["bytes"]) / contest["N"]
    return float(least * function["N"] / spread(function["seconds"]).median)
