"""Two timings beside each other: what differs, by how much, and what agrees."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from grading.feedback.text import one_line
from timing.show import about
from timing.show.form import Record
from timing.show.lines import NAME, shortened, wrapped
from timing.show.rows import LONGEST
from timing.spread import FEWEST, Spread, figure, ratios, spread


def compare(a: Record, b: Record) -> Iterator[str]:
    """Yield what two records say of each other, at most 100 columns wide.

    "same" is said where the confidence intervals of two medians overlap, "near" where they do not
    but the medians differ by no more than the settings call known well enough.
    """
    yield from _differences(a, b)
    ours, theirs = ({contest["title"]: contest for contest in one["contests"]} for one in (a, b))
    found: list[str] = []
    for title in ours:
        if title in theirs:
            yield ""
            yield from wrapped(one_line(title))
            yield from _contest(a, b, ours[title], theirs[title], found)
    yield ""
    yield from _only("A", [title for title in ours if title not in theirs])
    yield from _only("B", [title for title in theirs if title not in ours])
    yield from wrapped(_verdict(found, _within(a, b)))


def _differences(a: Record, b: Record) -> Iterator[str]:
    """Yield a line for each thing that is known of machine and settings, and not alike."""
    found = False
    for part in ("machine", "settings", "threads"):
        for name in dict.fromkeys([*a[part], *b[part]]):
            ours, theirs = a[part].get(name), b[part].get(name)
            if ours != theirs:
                found = True
                yield from wrapped(f"{name}: A {_short(ours, theirs)}; B {_short(theirs, ours)}")
    if not found:
        yield "A and B: the same machine, settings and threads."
    for ours, theirs in ((x, y) for x in a["roofline"] for y in b["roofline"]):
        if ours["dtype"] == theirs["dtype"]:
            rates = [f"A {_rates(ours)}", f"B {_rates(theirs)}"]
            yield from wrapped(f"roofline, {one_line(ours['dtype'])}: {'; '.join(rates)}")


def _rates(roof: Record) -> str:
    read, full = roof["read_bytes_per_second"], roof["full_flops_per_second"]
    return f"{about.rate(read, 'B/s')}, {about.rate(full, 'flop/s')}"


def _short(value: Any, other: Any) -> str:
    """Return a value as text; of an object only what the other has not alike."""
    if isinstance(value, dict) and isinstance(other, dict):
        value = {name: part for name, part in value.items() if other.get(name) != part}
    if isinstance(value, dict):
        value = ", ".join(f"{name} {part}" for name, part in value.items())
    elif isinstance(value, list):
        value = ", ".join(
            " ".join(map(str, part.values())) if isinstance(part, dict) else str(part)
            for part in value
        )
    return one_line(str(value), 200) or "nothing else"


def _contest(a: Record, b: Record, ours: Record, theirs: Record, found: list[str]) -> Iterator[str]:
    """Yield a row for each function of a contest in both records; add how its ratios compare."""
    yield _cells(["", "A, × the first", "B, × the first", "", "B's time", ""])
    in_b = {function["name"]: function for function in theirs["functions"]}
    for function in ours["functions"]:
        other = in_b.pop(function["name"], None)
        if other is None:
            yield from _only("A", [function["name"]], "  ")
            continue
        before, after = (
            spread(ratios(one, contest["functions"][0]))
            for one, contest in ((function, ours), (other, theirs))
        )
        words = [s.text(r["settings"]["within"]) for s, r in ((before, a), (after, b))]
        was, now = (spread(np.asarray(one["seconds"]) / one["N"]) for one in (function, other))
        compared = ""
        if function is not ours["functions"][0]:
            compared = alike(before, after, _within(a, b))
            unsure = any(one.too_wide(_within(a, b)) for one in (before, after))
            found.append("unsure" if compared == "same" and unsure else compared)
        said = change(was, now), alike(was, now, _within(a, b))
        yield _cells([function["name"], *words, compared, *said])
    yield from _only("B", [*in_b], "  ")


def _within(a: Record, b: Record) -> float:
    return float(max(record["settings"]["within"] for record in (a, b)))


def alike(one: Spread, other: Spread, within: float) -> str:
    """Return "same" where the intervals overlap, "near" within so many per cent, or "differs".

    "unsure" where there are fewer than 6 rounds, and so no interval.
    """
    if min(one.rounds, other.rounds) < FEWEST:
        return "unsure"
    if one.low <= other.high and other.low <= one.high:
        return "same"
    return "near" if abs(other.median / one.median - 1) <= within / 100 else "differs"


def change(before: Spread, after: Spread) -> str:
    """Return how a median changed, in whole per cent or fitting digits: 12 % less, 2.1 times."""
    times = after.median / before.median
    if not 0.5 < times < 2:
        return f"{figure(times, before.relative + after.relative)} times"
    per_cent = round(100 * (times - 1))
    return f"{abs(per_cent)} % {'more' if per_cent > 0 else 'less'}" if per_cent else "0 %"


def _cells(cells: list[str]) -> str:
    name, ours, theirs, compared, taken, same = cells
    line = f"  {shortened(name):{NAME}} {ours:>14} {theirs:>14} {compared:7} {taken:>10} {same}"
    return line.rstrip()


def _only(which: str, names: list[str], indent: str = "") -> Iterator[str]:
    for name in names:
        yield from wrapped(f"{indent}only in {which}: {one_line(name, 2 * LONGEST)}")


def _verdict(found: list[str], within: float) -> str:
    if not found:
        return "A and B have no ratio in common; time both with the same sizes."
    differ = found.count("differs")
    if differ:
        return f"A and B differ in {differ} of {len(found)} ratios to the first."
    near, unsure = found.count("near"), found.count("unsure")
    if unsure == len(found):
        return (
            f"Nothing known says that A and B differ: of {unsure} ratios to the first none is "
            f"known to ±{within:g} % in both."
        )
    rest = f", but for {near} that are within {within:g} %" if near else ""
    more = f" {unsure} more are not known to ±{within:g} % in both." if unsure else ""
    known = len(found) - unsure
    return f"A and B agree: all {known} known ratios to the first are the same{rest}.{more}"
