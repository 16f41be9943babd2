"""Runs our checker and other people's over the bench."""

from collections.abc import Iterable, Sequence
from typing import Any

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from gradient_check import check_gradient
from tests.gradient_bench.judging import SECONDS_LIMIT, Checker, Outcome, judge
from tests.gradient_bench.peers import available_peers
from tests.gradient_bench.problem import Function, Problem
from tests.gradient_bench.problems import PROBLEMS
from tests.gradient_bench.random_problems import random_problems
from tests.gradient_bench.report import offenders, table


def ours(f: Function, x: Any, args: tuple[Any, ...], seed: int) -> tuple[str, str]:
    """The checker of this project."""
    result = check_gradient(f, x, *args, seed=seed)
    return result.verdict, result.causes[0] if result.causes else ""


def outcomes(
    name: str,
    checker: Checker,
    problems: Sequence[Problem],
    seeds: Iterable[int],
    seconds_limit: float = SECONDS_LIMIT,
) -> list[Outcome]:
    """Return the outcomes of one checker on every problem, for each seed.

    One BLAS thread, so that the time depends on nobody else's work.
    """
    instances = [(problem, seed) for seed in seeds for problem in problems]
    with threadpool_limits(1), tqdm(instances, desc=name, unit="problem", leave=False) as bar:
        return [judge(checker, problem, seed, seconds_limit) for problem, seed in bar]


def run_bench(
    seeds: int = 1,
    only: str = "",
    peers: bool = True,
    verbose: bool = False,
    seconds_limit: float = SECONDS_LIMIT,
    random: int = 0,
) -> str:
    """Return the table of every checker on the bench's problems, or on random ones.

    seeds          fresh instances of each problem
    only           part of a name: only problems that have it
    peers          whether to measure CS231n's method, torch, jax and scipy too, where installed
    verbose        whether to list every problem that a checker got wrong, or left open
    seconds_limit  seconds that a checker may take for one problem
    random         how many random problems to take instead of the bench's own; 0 takes those

    Raises ValueError where no problem is left.
    """
    source = random_problems(random) if random else PROBLEMS
    problems = [problem for problem in source if only in problem.name]
    if not problems:
        raise ValueError(f"no problem's name contains {only!r}: try --only hinge.")
    checkers = {"ours": ours} | (available_peers() if peers else {})
    results = {
        name: outcomes(name, checker, problems, range(seeds), seconds_limit)
        for name, checker in checkers.items()
    }
    lists = [f"\n{name}\n{offenders(found)}" for name, found in results.items() if verbose]
    return "\n".join([table(results), *lists])
