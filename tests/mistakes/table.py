"""The table of `softmax-lab mistakes`: what check() says of every program whose truth is known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from checks.problems import PROBLEMS
from tests.mistakes import run

Counted = list[tuple[run.Asked, run.Heard]]


def table(seeds: int, some: int) -> Iterator[str]:
    """Yield the table in Markdown, a line at a time.

    seeds  each wrong and each right program is asked about on this many seeds
    some   at most this many pairs of two mistakes a catalogue, shuffled; 0 for all
    """
    yield "| question | mistake | asked | caught | named | first sentence shown |"
    yield "|---|---|---|---|---|---|"
    totals: dict[str, Counted] = defaultdict(list)
    for catalogue in PROBLEMS:
        heard = list(run.ask_all(list(run.wrong(catalogue)), range(seeds)))
        totals["wrong"] += heard
        for row, of_row in _by_row(heard).items():
            shown = of_row[0][1].seen.splitlines()[0].replace("|", "·")
            yield f"| {catalogue} | {row} | {_caught_and_named(of_row)} | {shown} |"
        totals["right"] += run.ask_all(list(run.right(catalogue)), range(seeds))
        totals["pairs"] += run.ask_all(list(islice(run.two(catalogue), some or None)), [0])
        totals["mutants"] += run.ask_all(list(run.mutated(catalogue)), [0])
    yield ""
    yield from _summary(totals)


def _summary(totals: dict[str, Counted]) -> Iterator[str]:
    asked, caught, named = _counts(totals["wrong"])
    yield f"wrong programs: {asked} asked, {caught} caught, {named} named"
    passed = sum(heard.outcome == "correct" for _, heard in totals["right"])
    yield f"right programs: {len(totals['right'])} asked, {passed} pass"
    asked, caught, _ = _counts(totals["pairs"])
    both = sum({*one.ids} <= {*heard.mistakes} for one, heard in totals["pairs"])
    many = sum(len(heard.mistakes) for _, heard in totals["pairs"]) / max(asked, 1)
    yield f"two mistakes at once: {asked} asked, {caught} caught, both named in {both / asked:.1%}"
    yield f"(with {many:.2f} names on average)"
    rows = _by_row(totals["mutants"])
    for row, verdict in [("changed", "caught"), ("equivalent", "pass")]:
        good = sum(heard.caught == (row == "changed") for _, heard in rows[row])
        yield f"{row} mutants of the references: {len(rows[row])} asked, {good} {verdict}"


def _by_row(heard: Iterable[tuple[run.Asked, run.Heard]]) -> dict[str, Counted]:
    rows: dict[str, Counted] = defaultdict(list)
    for asked, said in heard:
        rows[asked.row].append((asked, said))
    return rows


def _counts(heard: Counted) -> tuple[int, int, int]:
    """Return how many were asked about, caught, and named by an id of theirs."""
    named = sum(not {*asked.ids}.isdisjoint(said.mistakes) for asked, said in heard)
    return len(heard), sum(said.caught for _, said in heard), named


def _caught_and_named(heard: Counted) -> str:
    asked, caught, named = _counts(heard)
    return f"{asked} | {caught} | {named}"
