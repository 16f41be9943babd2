"""The graded tests, held against programs of which it is known whether they are right."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.questions import QUESTIONS
from classifiers import softmax_loss_naive, softmax_loss_vectorized
from grading.asked import BACKPROP, SOFTMAX, pick
from grading.points import TABLE, points
from grading.suite import Run, digest, run_suite
from tests.graded.problems import problems
from tests.local_answer import graded, graded_program, lost, points_of
from tests.mistakes.run import right, wrong
from tests.mistakes.softmax_loss_right import RIGHT

CATALOGUES = sorted({about.catalogue for about in QUESTIONS.values()})
NAIVE, VECTORIZED = SOFTMAX


@pytest.mark.parametrize("name", [*RIGHT][::5])
def test_right_programs_get_every_point(name: str) -> None:
    question = NAIVE if name.startswith("naive") else VECTORIZED
    assert lost(graded_program(RIGHT[name], question, seed=len(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("seed", [1, 2**52])
def test_every_right_program_gets_every_point(catalogue: str, seed: int) -> None:
    for one in right(catalogue):
        assert lost(graded_program(one.source, one.question, seed)) == [], one.row


@pytest.mark.slow
@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_wrong_program_loses_points(catalogue: str) -> None:
    for one in wrong(catalogue):
        run = graded_program(one.source, one.question)
        assert (lost(run), run.broken) != ([], []), (one.row, one.source)
        assert not run.broken


def answer(change: Any) -> Any:
    """Return the reference with its result changed."""

    def softmax_loss_vectorized_changed(W: Any, X: Any, y: Any, reg: Any) -> Any:
        return change(*softmax_loss_vectorized(W, X, y, reg))

    return softmax_loss_vectorized_changed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda loss, dW: (loss, dW), []),
        (lambda loss, dW: (np.array(loss), dW), []),
        (lambda loss, dW: [np.float32(loss).astype(float) * 0 + loss, dW], []),
        (lambda loss, dW: (loss, dW.tolist()), ["form"]),
        (lambda loss, dW: (np.array([loss]), dW), ["form"]),
        (lambda loss, dW: (loss, dW.astype(np.float32)), ["form"]),
        (lambda loss, dW: (np.float32(loss), dW), ["form"]),
        (lambda loss, dW: (loss, dW.astype(np.longdouble)), ["form"]),
        (lambda loss, dW: (loss + 1, dW), ["loss", "huge_scores", "sizes"]),
        (
            lambda loss, dW: (loss, dW * 1.001),
            ["gradient", "regularization", "huge_scores", "inputs_kept", "no_loops", "sizes"],
        ),
        (lambda loss, dW: (math.nan, dW), ["loss", "regularization", "huge_scores", "sizes"]),
        (lambda loss, dW: (loss, dW * math.nan), None),
        (lambda loss, dW: (loss, dW * math.inf), None),
        (lambda loss, dW: (loss, dW + 0j), None),
        (lambda loss, dW: (loss, dW.T), None),
        (lambda loss, dW: loss, "all"),
        (lambda loss, dW: None, "all"),
        (lambda loss, dW: {"loss": loss, "dW": dW}, "all"),
        (lambda loss, dW: ("2.3", [["a"]]), "all"),
        (lambda loss, dW: (True, [[1.0], [1.0, 2.0]]), "all"),
    ],
)
def test_what_each_kind_of_result_costs(change: Any, expected: Any) -> None:
    run = graded(answer(change), VECTORIZED)
    everything = [*points()[VECTORIZED]]
    if expected is None:
        assert {"gradient", "huge_scores", "sizes"} <= {*lost(run)}
        assert "loss" not in lost(run)
    else:
        assert lost(run) == (everything if expected == "all" else expected)
    assert run.broken == []


def test_what_needs_another_test_is_blocked_by_it() -> None:
    run = graded(answer(lambda loss, dW: (loss, dW + 1)), VECTORIZED)
    blocked = run.outcomes[VECTORIZED, "no_loops"]
    assert (blocked["outcome"], blocked["points"]) == ("blocked", 0)
    assert "The gradient, without regularization" in blocked["seen"]


def test_right_on_one_draw_alone_is_wrong() -> None:
    first, _ = problems("softmax_loss", NAIVE, "gradient", 3)
    known = [one.arguments[0][0, 0] for one in first]

    def lucky(W: Any, X: Any, y: Any, reg: Any) -> Any:
        loss, dW = softmax_loss_naive(W, X, y, reg)
        return loss, dW if W[0, 0] in known else 0 * dW

    seen = graded(lucky, NAIVE, 3).outcomes[NAIVE, "gradient"]
    assert seen["outcome"] == "failed"
    assert seen["seen"].startswith("Right on one problem, wrong on another")


def test_another_seed_draws_other_problems_and_the_same_seed_the_same() -> None:
    def first(seed: int) -> Any:
        return problems("softmax_loss", NAIVE, "loss", seed)[0][0].arguments[0].tolist()

    assert first(7) == first(7) != first(8)


def test_sizes_are_never_equal() -> None:
    for seed in range(40):
        for draw in problems("softmax_loss", NAIVE, "gradient", seed):
            W, X, y, _ = draw[0].arguments
            assert len({*W.shape, len(y)}) == 3, (W.shape, X.shape)


def test_loops_cost_what_loops_are_worth() -> None:
    def with_loop(W: Any, X: Any, y: Any, reg: Any) -> Any:
        for i in range(len(y)):
            i += 1
        return softmax_loss_vectorized(W, X, y, reg)

    assert lost(graded(with_loop, VECTORIZED)) == ["no_loops"]
    assert lost(graded(with_loop, NAIVE)) == []


@pytest.mark.parametrize(
    "leave", [lambda: pytest.skip("me"), lambda: pytest.xfail("me"), lambda: pytest.fail("me")]
)
def test_skip_and_xfail_earn_nothing(leave: Any) -> None:
    class Leaving:
        def ask(self, *arguments: Any) -> Any:
            leave()

        lines = ask

    run = Run((NAIVE,), 0, lambda _: Leaving())
    run_suite(run)
    assert points_of(run) == 0


def test_the_end_of_pytest_is_no_grade() -> None:
    class Ending:
        def ask(self, *arguments: Any) -> Any:
            pytest.exit("me", returncode=0)

        lines = ask

    run = Run((NAIVE,), 0, lambda _: Ending())
    run_suite(run)
    assert points_of(run) == 0
    assert run.broken


def test_a_question_is_worth_ten_points_and_every_need_is_met() -> None:
    assert {*points()} == {*QUESTIONS}
    for question, tests in points().items():
        assert sum(test.points for test in tests.values()) == 10, question
        order = [*tests]
        for id_, test in tests.items():
            assert all(order.index(need) < order.index(id_) for need in test.needs)
    assert [id_ for id_, test in points()[NAIVE].items() if test.hidden] == ["sizes"]


def test_questions_are_picked_by_name() -> None:
    assert pick("naive,vectorized") == SOFTMAX
    assert pick("vectorized, softmax_vjp,vectorized") == (VECTORIZED, "softmax_vjp")
    assert pick("all") == SOFTMAX + BACKPROP
    with pytest.raises(ValueError, match=r"'vectorised' names no question.*Is it vectorized\?"):
        pick("vectorised")
    with pytest.raises(ValueError, match="an empty list names no question"):
        pick(" , ")


def test_the_digest_of_the_suite_is_one_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest()
    digest.cache_clear()
    monkeypatch.setattr("grading.suite.DECIDING", ("tests/graded",))
    assert digest() != before
    digest.cache_clear()
    monkeypatch.undo()
    assert digest() == before


def test_what_changes_an_input_in_an_early_call_only_is_seen() -> None:
    calls: list[int] = []

    def forgetful(W: Any, X: Any, y: Any, reg: Any) -> Any:
        loss, dW = softmax_loss_naive(W, X, y, reg)
        calls.append(1)
        if len(calls) == 2:
            X[:] = 0
        return loss, dW

    assert lost(graded(forgetful, NAIVE)) == ["inputs_kept"]


def test_garbage_for_more_samples_than_most_problems_have_is_wrong() -> None:
    def small(W: Any, X: Any, y: Any, reg: Any) -> Any:
        return softmax_loss_naive(W, X, y, reg) if len(y) < 40 else (0.0, W)

    assert {"loss", "gradient"} <= {*lost(graded(small, NAIVE))}


def test_float32_is_not_seen_through_where_the_first_calls_gave_float64() -> None:
    calls: list[int] = []

    def counting(W: Any, X: Any, y: Any, reg: Any) -> Any:
        loss, dW = softmax_loss_naive(W, X, y, reg)
        calls.append(1)
        return loss, dW if len(calls) < 5 else dW.astype(np.float32)

    assert "gradient" in lost(graded(counting, NAIVE))


@pytest.mark.parametrize(
    "result",
    [
        lambda W, reg: (0.0, np.zeros((11000, 1)) if reg else np.zeros((1, 11000))),
        lambda W, reg: (0.0, np.zeros(3) if reg else np.zeros(4)),
        lambda W, reg: (10**400, np.zeros(W.shape)),
    ],
)
def test_results_that_cannot_be_compared_are_wrong_and_no_fault_of_the_grader(result: Any) -> None:
    run = graded(lambda W, X, y, reg: result(W, reg), NAIVE)
    assert run.broken == []
    assert {"loss", "gradient", "regularization"} <= {*lost(run)}


@pytest.mark.parametrize("eps", ["1e-12", "1e-13", "1e-15"])
def test_a_small_number_in_the_logarithm_costs_the_same_whatever_the_seed(eps: str) -> None:
    program = f"""\
def softmax_loss_naive(W, X, y, reg):
    N, loss, dW = X.shape[1], 0.0, np.zeros_like(W)
    for i in range(N):
        s = W @ X[:, i]
        p = np.exp(s - s.max())
        p /= p.sum()
        loss -= np.log(p[y[i]] + {eps}) / N
        p[y[i]] -= 1
        dW += np.outer(p, X[:, i]) / N
    return loss + 0.5 * reg * (W * W).sum(), dW + reg * W
"""
    for seed in range(12):
        assert lost(graded_program(program, NAIVE, seed)) == ["huge_scores"], seed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "gradient = 3",
            "gradient = -3",
            r"\[points\] softmax_loss_naive: gradient = -3: expected a",
        ),
        ("gradient = 3", 'gradient = "three"', "gradient = three: expected a number above 0"),
        ("gradient = 3", "gradient = nan", "gradient = nan"),
        ("gradient = 3", "gradient = true", "gradient = True"),
        ("gradient = 3", "gradeint = 3", r"has gradeint: expected a test; there is no \[tests\.gr"),
        ("hidden = true", "hiden = true", r"\[tests\.sizes\] hiden: expected title, hidden and"),
        ("hidden = true", 'hidden = "yes"', r"\[tests\.sizes\]: expected a title"),
        ('needs = ["values"]', 'needs = ["valuse"]', r"\[tests\.axis\] needs = \['valuse'\]"),
        ("softmax_loss_naive = ", "softmax_loss = ", "expected one row for each question"),
        ("{ form = 1, loss = 2, gradient = 3", "{ form = 1 loss = 2, gradient = 3", "no TOML"),
    ],
)
def test_a_table_that_cannot_be_graded_by_is_refused_with_its_row(
    old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TABLE.read_text("utf-8")
    assert old in text
    (tmp_path / "points.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr("grading.points.TABLE", tmp_path / "points.toml")
    points.cache_clear()
    try:
        with pytest.raises(ValueError, match=said):
            points()
    finally:
        points.cache_clear()
