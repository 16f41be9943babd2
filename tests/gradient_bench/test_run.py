"""Counting, the table, random problems, and the command as a person runs it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.gradient_bench.judging import Outcome, judge
from tests.gradient_bench.peers import cs231n_full, cs231n_sparse
from tests.gradient_bench.problem import Function, flatten
from tests.gradient_bench.problems import RIGHT, WRONG
from tests.gradient_bench.random_problems import is_wrong, random_problem
from tests.gradient_bench.report import offenders, share_named, table
from tests.gradient_bench.run import run_bench

COMMAND = Path(sys.executable).with_name("softmax-lab")


def command(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "gradient-bench", *options], cwd=folder, capture_output=True, text=True
    )


def named(name: str) -> Any:
    return next(p for p in [*RIGHT, *WRONG] if p.name == name)


def endless(f: Function, x: Any, args: Any, seed: int) -> tuple[str, str]:
    while True:
        try:
            f(x, *args)
        except Exception:
            continue


def raising(f: Function, x: Any, args: Any, seed: int) -> tuple[str, str]:
    raise KeyError("broken")


def swallowing(f: Function, x: Any, args: Any, seed: int) -> tuple[str, str]:
    try:
        return endless(f, x, args, seed)
    except BaseException:
        return "fail", "scale"


@pytest.mark.parametrize("checker", [endless, swallowing])
def test_a_checker_that_never_ends_is_too_slow(checker: Any) -> None:
    assert judge(checker, RIGHT[0], 0, seconds_limit=0.01).verdict == "slow"


def test_a_checker_that_raises_is_an_error() -> None:
    outcome = judge(raising, RIGHT[0], 0)
    assert (outcome.verdict, outcome.cause) == ("error", "KeyError: 'broken'")


def test_a_checker_cannot_look_behind_the_mistake() -> None:
    def peeking(f: Function, x: Any, args: Any, seed: int) -> tuple[str, str]:
        return ("fail" if hasattr(f, "__wrapped__") else "pass"), ""

    assert judge(peeking, WRONG[0], 0).verdict == "pass"


def test_calls_are_counted() -> None:
    def calling(f: Function, x: Any, args: Any, seed: int) -> tuple[str, str]:
        for _ in range(3):
            f(x, *args)
        return "pass", ""

    assert judge(calling, RIGHT[0], 0).evaluations == 3


def test_the_table_counts_alarms_misses_undecided_and_names() -> None:
    right, wrong = RIGHT[0], named("sign: small")
    found = [
        Outcome(right, 0, "fail", "sign", 10, 0.5),
        Outcome(right, 1, "inconclusive", "", 20, 0.5),
        Outcome(right, 2, "pass", "", 60, 0.5),
        Outcome(wrong, 0, "pass", "", 7, 0.5),
        Outcome(wrong, 1, "fail", "sign", 7, 0.5),
        Outcome(wrong, 2, "fail", "scale", 7, 0.5),
        Outcome(wrong, 3, "slow", "", 7, 0.5),
    ]
    row = table({"ours": found}).splitlines()[-1]
    assert row.split(" | ")[1:] == [
        "1 + 1 inconclusive / 3",
        "1 + 1 slow / 4",
        "20 / 52 / 60",
        "7 / 7 / 7",
        "50.0%",
        "3.5 |",
    ]
    kinds = [line.split(":")[0] for line in offenders(found).splitlines()]
    assert kinds == ["- mistaken"] * 2 + ["- undecided"] * 2 + ["- misnamed"]
    assert share_named(found) == 0.5


@pytest.mark.parametrize("peer", [cs231n_sparse(1e-5), cs231n_full()])
def test_cs231n_is_right_on_an_ordinary_problem(peer: Any) -> None:
    assert judge(peer, named("linear: C5 D7 N11 reg"), 0).verdict == "pass"
    assert judge(peer, named("factor 1.01: small"), 0).verdict == "fail"


def test_random_problems_come_again_and_alternate() -> None:
    for i in range(6):
        first, again = random_problem(i), random_problem(i)
        assert first.name == again.name
        assert first.truth == ("wrong" if i % 2 else "right")
        assert np.array_equal(flatten(first.instance(0)[1]), flatten(again.instance(0)[1]))
    assert random_problem(0).name != random_problem(2).name


def test_a_mutant_that_changes_nothing_is_no_mutant() -> None:
    f, x, args = named("linear: C5 D7 N11").instance(0)

    def claiming(factor: float) -> Function:
        def g(x: Any, *args: Any) -> tuple[Any, Any]:
            loss, dx = f(x, *args)
            return loss, factor * dx

        g.__wrapped__ = f  # type: ignore[attr-defined]
        return g

    assert is_wrong((claiming(1 + 1e-6), x, args))
    assert not is_wrong((claiming(1 + 1e-15), x, args))
    assert not is_wrong((claiming(1), x, args))


def test_a_name_that_no_problem_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no problem's name contains 'hinje'"):
        run_bench(only="hinje")


def test_the_command_prints_a_table(tmp_path: Path) -> None:
    result = command(tmp_path, "--only", "quadratic 0-d", "--no-peers", "--verbose")
    assert result.returncode == 0, result.stderr
    header, _, ours = result.stdout.splitlines()[:3]
    assert header.startswith("| checker | false alarms | misses | evaluations, right")
    assert ours.startswith("| ours | 0 / 1 | 0 / ")
    assert "CS231n" not in result.stdout


def test_the_command_measures_others_on_random_problems(tmp_path: Path) -> None:
    result = command(tmp_path, "--random", "4")
    assert result.returncode == 0, result.stderr
    assert "| CS231n sparse, 1e-05 | " in result.stdout
    assert all(" / 2 | " in row for row in result.stdout.splitlines()[2:])


def test_the_command_refuses_a_name_that_no_problem_has(tmp_path: Path) -> None:
    result = command(tmp_path, "--only", "hinje")
    assert result.returncode == 1
    assert result.stderr.startswith("softmax-lab gradient-bench: no problem's name contains")


def test_without_the_repository_it_says_so_in_one_sentence(tmp_path: Path) -> None:
    repository = Path(__file__).resolve().parents[2]
    for name in ("softmax_lab.py", "gradient_check.py"):
        (tmp_path / name).write_text((repository / name).read_text())
    code = f"import sys; sys.path[:] = [p for p in sys.path if p != {str(repository)!r}]"
    code += "; import softmax_lab; softmax_lab.app(['gradient-bench', '--only', 'hinje'])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "in the repository's tests folder" in result.stderr
    assert "Traceback" not in result.stderr
