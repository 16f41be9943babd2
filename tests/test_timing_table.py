"""The timing table compares functions that do the same work, and only those."""

import re

import numpy as np
import pytest
from typer.testing import CliRunner

from softmax_lab import app
from timing import table
from timing.rounds import time_in_rounds


def test_each_function_is_called_twice_in_turn_and_timed_once():
    calls = []
    functions = {name: lambda name=name: calls.append(name) for name in "AB"}
    seconds = time_in_rounds(functions, rounds=3)
    assert "".join(calls) == 3 * "AABB"
    assert {name: taken.shape for name, taken in seconds.items()} == {"A": (3,), "B": (3,)}


@pytest.mark.parametrize(
    "contest",
    [
        table.losses("softmax", C=5, D=7, N=11),
        table.losses("svm", C=5, D=7, N=11),
        table.derivatives(C=5, N=11),
    ],
    ids=lambda contest: contest.title,
)
def test_the_functions_of_a_contest_are_compared_before_they_are_timed(contest):
    table.compare(contest)
    wrong = {**contest.functions, "wrong": lambda: np.zeros(5)}
    with pytest.raises((RuntimeError, ValueError)):
        table.compare(table.Contest(contest.title, contest.N, wrong))


def test_a_result_that_is_off_in_one_entry_is_not_timed():
    functions = {"right": lambda: np.ones(7), "other": lambda: np.ones(7) + 1e-6 * np.eye(7)[2]}
    with pytest.raises(RuntimeError, match="other gives another result than right"):
        table.compare(table.Contest("ones", 7, functions))


@pytest.mark.parametrize(
    ("number", "figure"),
    [(1234.5, "1,230"), (12.345, "12.3"), (0.0123456, "0.0123"), (99.96, "100"), (1.0, "1")],
)
def test_figures_have_three_digits_in_plain_notation(number, figure):
    assert table.figure(number) == figure


@pytest.mark.slow
def test_the_command_sets_the_naive_jacobian_beside_the_product_that_never_forms_it():
    result = CliRunner().invoke(app, ["time", "--rounds", "3"])
    assert result.exit_code == 0, result.output
    for name in ("softmax_vjp", "softmax_jacobian_naive", "softmax_jacobian_vectorized"):
        assert re.search(rf"{name}.*? \d\S* +[\d.,]+ +[\d.,]+ to [\d.,]+", result.output)
