"""From a plan to a record: all of the measuring."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from tqdm import tqdm

from classifiers.descent import Loss
from classifiers.fused import compiled_tiles
from timing import roofline
from timing.agreement import compare
from timing.contests import (
    Contest,
    derivatives_contest,
    gradient_contest,
    softmax_contest,
    svm_contest,
)
from timing.machine import machine
from timing.peers import missing
from timing.plan import Plan
from timing.rounds import time_until_known
from timing.theirs import read_loss, refuse_wrong
from timing.threads import threads

ROOFLINE = 0.05  # of all seconds, for each dtype
CALLS = 60  # one call of a slow function may take so small a part of its contest's seconds,
SHORTEST_CALL = 0.005  # but so many where these are few
SETTLE = 0.2  # after a product with several threads OpenBLAS' go on spinning for about as long
PLAIN_FUSED = (
    "fused: numba is not there or does not work, so this is numpy in blocks; install the extra "
    "fast."
)

# What makes a contest, data and all, from the seconds that a call of a slow function may take
Make = Callable[[float], Contest]
Entry = tuple[str, Make]  # with what the progress bar calls it


def measure(plan: Plan) -> dict[str, Any]:
    """Return the record of a timing, as plain JSON, and show a progress bar meanwhile.

    Ctrl-C ends it after the contest before, and the record says so.

    Raises ValueError or TypeError, with a sentence and before anything is timed, for a plan that
    cannot be done here or another's function that cannot be timed; whatever that function raises;
    and RuntimeError where two functions of a contest do not give the same result.
    """
    here = machine()
    plan.refuse(here["cores"], here["memory_bytes"])
    made = datetime.now(UTC)
    with threads(plan.threads) as in_force:
        entries = _entries(plan, _theirs(plan))
        with tqdm(total=len(entries), unit="contest", leave=False) as bar:
            bar.set_description("roofline")
            roof = [
                roofline.measure(dtype, plan.C, plan.D[0], ROOFLINE * plan.seconds)
                for dtype in plan.dtype
            ]
            contests, stopped = _until_stopped(_contests(entries, plan, bar), len(entries))
    return {
        "schema": 1,
        "made": made.isoformat(timespec="seconds"),
        "settings": plan.settings(),
        "machine": here,
        "threads": in_force,
        "roofline": roof,
        "missing": [*stopped, *missing_here(plan)],
        "contests": contests,
    }


def _until_stopped(
    contests: Iterator[dict[str, Any]], count: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what the contests found, and what to say where Ctrl-C ended them before the last.

    Raises KeyboardInterrupt where none is finished.
    """
    found: list[dict[str, Any]] = []
    try:
        found.extend(contests)
    except KeyboardInterrupt:
        if not found:
            raise
        return found, [f"Stopped after {len(found)} of {count} contests."]
    return found, []


def missing_here(plan: Plan) -> list[str]:
    """Return a sentence for each thing that a plan's contests do without on this machine."""
    return [*([] if compiled_tiles() else [PLAIN_FUSED]), *(missing() if plan.peers else [])]


def _theirs(plan: Plan) -> dict[str, Loss]:
    if plan.function is None:
        return {}
    name, loss = read_loss(plan.function)
    for dtype in plan.dtype:
        refuse_wrong(name, loss, plan.C[0], plan.D[0], dtype)
    return {f"theirs: {name}": loss}


def _contests(entries: Sequence[Entry], plan: Plan, bar: tqdm) -> Iterator[dict[str, Any]]:
    """Yield what each contest found; each gets the same part of the seconds that are left."""
    end = perf_counter() + plan.seconds
    for number, (name, make) in enumerate(entries):
        bar.set_description(name)
        start = perf_counter()
        share = max(0.0, end - start) / (len(entries) - number)
        contest = make(max(SHORTEST_CALL, share / CALLS))
        compare(contest)
        yield _found(contest, plan, start + share - perf_counter())
        bar.update()


def _entries(plan: Plan, theirs: Mapping[str, Loss]) -> list[Entry]:
    """Return the contests of a plan, each to be made when it is its turn."""
    every = plan.sizes()

    def softmax(sizes: Mapping[str, Any]) -> Make:
        return lambda seconds: softmax_contest(
            sizes, seconds=seconds, with_peers=plan.peers, theirs=theirs
        )

    entries = [(f"softmax {' x '.join(map(str, s.values()))}", softmax(s)) for s in every]
    if plan.full:
        return entries
    C, D, N, dtype = every[0].values()
    return [
        *entries,
        ("hinge loss", lambda seconds: svm_contest(every[0], seconds=seconds)),
        ("derivatives", lambda seconds: derivatives_contest(C, dtype, seconds=seconds)),
        ("gradient check", lambda _: gradient_contest(C, D, min(N, 50), every_entry=False)),
        (
            "gradient check, every entry",
            lambda _: gradient_contest(min(C, 5), min(D, 70), min(N, 30), every_entry=True),
        ),
    ]


def _found(contest: Contest, plan: Plan, seconds: float) -> dict[str, Any]:
    calls = {function.name: function.call for function in contest.functions}
    settle = SETTLE if plan.threads > 1 else 0.0
    timed = time_until_known(calls, plan.within, seconds, settle)
    flops, bytes_ = None, None
    if contest.kind in ("softmax", "svm"):
        flops, bytes_ = roofline.work(**contest.sizes)
    return {
        "kind": contest.kind,
        "title": contest.title,
        **contest.sizes,
        "flops": flops,
        "bytes": bytes_,
        "ended": timed.ended,
        "functions": [
            {"name": f.name, "N": f.N, "seconds": timed.seconds[f.name].tolist()}
            for f in contest.functions
        ],
    }
