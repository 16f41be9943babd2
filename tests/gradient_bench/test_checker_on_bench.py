"""The project's checker on the bench: no false alarm, no miss, the right words, few evaluations."""

import numpy as np
import pytest

from tests.gradient_bench.judging import Outcome
from tests.gradient_bench.problem import Problem, flatten
from tests.gradient_bench.problems import PROBLEMS, RIGHT, WRONG
from tests.gradient_bench.random_problems import random_problem
from tests.gradient_bench.report import is_mistaken, is_undecided, offenders, share_named
from tests.gradient_bench.run import ours, outcomes


def cheap(problems: list[Problem]) -> list[Problem]:
    """Return 15 of the smaller problems, spread over all kinds."""
    small = [p for p in problems if flatten(p.instance(0)[1]).size < 100]
    return small[:: len(small) // 15]


def evaluations(found: list[Outcome], truth: str) -> tuple[float, float, float]:
    """Return median, 90th percentile and maximum over the problems of one truth."""
    counts = [o.evaluations for o in found if o.problem.truth == truth]
    return float(np.median(counts)), float(np.percentile(counts, 90)), max(counts)


def test_thirty_cheap_ones_are_judged_as_they_are() -> None:
    found = outcomes("smoke", ours, [*cheap(RIGHT), *cheap(WRONG)], seeds=[0])
    assert len(found) >= 30
    assert offenders(found) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_all_are_judged_as_they_are(seed: int) -> None:
    found = outcomes(f"seed {seed}", ours, PROBLEMS, seeds=[seed])
    report = offenders(found)
    assert not [o for o in found if is_mistaken(o)], report
    assert sum(map(is_undecided, found)) <= len(found) / 100, report
    assert share_named(found) >= 0.95, report
    assert np.all(np.array(evaluations(found, "right")) <= (60, 120, 250)), report
    assert np.all(np.array(evaluations(found, "wrong")[1:]) <= (800, 3000)), report


@pytest.mark.slow
def test_random_ones_are_judged_as_they_are() -> None:
    found = outcomes("random", ours, [random_problem(i) for i in range(300)], seeds=[0])
    assert not [o for o in found if is_mistaken(o)], offenders(found)
    assert sum(map(is_undecided, found)) <= len(found) / 100, offenders(found)
