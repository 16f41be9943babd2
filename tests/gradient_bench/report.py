"""How often checkers are wrong, as a table and as a list."""

import numpy as np

from tests.gradient_bench.judging import Outcome


def is_mistaken(outcome: Outcome) -> bool:
    """A false alarm or a miss."""
    return outcome.verdict == {"right": "fail", "wrong": "pass"}[outcome.problem.truth]


def is_undecided(outcome: Outcome) -> bool:
    """Neither pass nor fail: inconclusive, too slow, or the checker raised."""
    return outcome.verdict not in ("pass", "fail")


def is_misnamed(outcome: Outcome) -> bool:
    """A wrong gradient found, with a first cause that is none of its own."""
    return (
        outcome.problem.truth == "wrong"
        and outcome.verdict == "fail"
        and outcome.cause not in outcome.problem.causes
    )


def share_named(outcomes: list[Outcome]) -> float:
    """Share of the wrong problems found whose first cause is one of theirs."""
    found = [o for o in outcomes if o.problem.truth == "wrong" and o.verdict == "fail"]
    return 1 - sum(map(is_misnamed, found)) / max(len(found), 1)


def figures(outcomes: list[Outcome], truth: str) -> tuple[str, str]:
    """Mistakes with the undecided as "2 + 1 inconclusive", evaluations as "median / p90 / max"."""
    some = [o for o in outcomes if o.problem.truth == truth]
    if not some:
        return "-", "-"
    text = str(sum(map(is_mistaken, some)))
    for word in ("inconclusive", "slow", "error"):
        n = sum(o.verdict == word for o in some)
        text += f" + {n} {word}" if n else ""
    counts = np.array([o.evaluations for o in some])
    spread = (np.median(counts), np.percentile(counts, 90), counts.max())
    return f"{text} / {len(some)}", " / ".join(f"{n:,.0f}" for n in spread)


def table(results: dict[str, list[Outcome]]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| checker | false alarms | misses | evaluations, right: median / p90 / max "
        "| evaluations, wrong | cause named | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, outcomes in results.items():
        alarms, calls_right = figures(outcomes, "right")
        misses, calls_wrong = figures(outcomes, "wrong")
        named = f"{share_named(outcomes):.1%}" if any(o.cause for o in outcomes) else "-"
        seconds = sum(o.seconds for o in outcomes)
        cells = (name, alarms, misses, calls_right, calls_wrong, named, f"{seconds:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def offenders(outcomes: list[Outcome]) -> str:
    """One line for each outcome that is mistaken, undecided or misnamed, in this order."""
    kinds = {"mistaken": is_mistaken, "undecided": is_undecided, "misnamed": is_misnamed}
    return "\n".join(
        f"- {kind}: {o.problem.name} (seed {o.seed}) is {o.problem.truth}"
        f" [{' '.join(sorted(o.problem.causes))}], said {o.verdict} [{o.cause}],"
        f" {o.evaluations} evaluations"
        for kind, holds in kinds.items()
        for o in outcomes
        if holds(o)
    )
