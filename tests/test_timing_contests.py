"""The contests set beside each other what gives the same result, and only that."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from classifiers import softmax_loss_naive
from gradient_check import eval_numerical_gradient
from timing.agreement import AGREEMENT, compare
from timing.contests import (
    Contest,
    Function,
    derivatives_contest,
    gradient_contest,
    softmax_contest,
    svm_contest,
)
from timing.samples import REG, bytes_of, draw

SIZES = {"C": 5, "D": 7, "N": 11, "dtype": "float64"}
LONG = 10.0  # seconds that a call may take: no function gets fewer samples


def softmax(seconds=LONG, with_peers=False, theirs=None, **sizes) -> Contest:
    every = SIZES | sizes
    return softmax_contest(every, seconds=seconds, with_peers=with_peers, theirs=theirs or {})


CONTESTS = {
    "softmax": softmax(),
    "svm": svm_contest(SIZES, seconds=LONG),
    "derivatives": derivatives_contest(500, "float64", seconds=0.005),
    "gradient check": gradient_contest(5, 7, 11, every_entry=True),
}


def names(contest: Contest) -> list[str]:
    return [function.name for function in contest.functions]


def test_the_functions_of_each_contest():
    assert names(CONTESTS["softmax"]) == ["vectorized", "its two matrix products", "fused", "naive"]
    assert names(CONTESTS["svm"]) == ["vectorized", "naive"]
    assert names(CONTESTS["derivatives"])[:2] == ["multiply, sum, multiply-subtract", "softmax_vjp"]
    checks = ["check_gradient", "grad_check_sparse", "eval_numerical_gradient"]
    assert names(CONTESTS["gradient check"]) == checks
    assert names(gradient_contest(5, 7, 11, every_entry=False)) == checks[:2]


@pytest.mark.parametrize("kind", CONTESTS)
def test_functions_that_agree_are_let_through(kind):
    assert CONTESTS[kind].kind == kind
    compare(CONTESTS[kind])


@pytest.mark.parametrize("kind", CONTESTS)
@pytest.mark.parametrize("result", [0.0, False, None, np.zeros(5), (0.0, np.zeros((5, 7)))])
def test_a_function_that_gives_something_else_is_not_timed(kind, result):
    contest = CONTESTS[kind]
    wrong = Function("wrong", contest.sizes["N"], lambda: result)
    with pytest.raises(RuntimeError, match=f"wrong and {names(contest)[0]} differ"):
        compare(replace(contest, functions=(*contest.functions, wrong)))


@pytest.mark.parametrize(("by", "differs"), [(1e-8, True), (1e-11, False)])
def test_one_entry_that_is_off_is_seen(by, differs):
    loss, dW = CONTESTS["softmax"].expected(11)
    dW = dW * (1 + by * (np.arange(35).reshape(5, 7) == 20))
    other = Function("other", 11, lambda: (loss, dW))
    contest = replace(CONTESTS["softmax"], functions=(*CONTESTS["softmax"].functions, other))
    if differs:
        with pytest.raises(RuntimeError, match=r"N = 11, float64: other and vectorized differ by"):
            compare(contest)
    else:
        compare(contest)


def test_a_nan_and_another_shape_agree_with_nothing():
    agreement = AGREEMENT["float64"]
    assert np.isnan(agreement.off(np.array([1.0, np.nan]), np.ones(2)))
    assert agreement.off(np.ones(3), np.ones(2)) == np.inf
    assert agreement.off((1.0,), (1.0, np.ones(2))) == np.inf
    assert agreement.off((np.array([1.0]), np.ones(2)), (1.0, np.ones(2))) == 0
    assert agreement.off(np.zeros(2), np.zeros(2)) == 0


def test_float32_agrees_to_what_its_sums_can_hold():
    compare(softmax(N=2000, D=70, dtype="float32"))
    contest = softmax(dtype="float32")
    loss, dW = contest.expected(11)
    assert dW.dtype == np.float32
    for share, differs in ((1e-3, True), (1e-6, False)):
        off = dW.copy()
        off[1, 2] += share * abs(dW).max()
        found = AGREEMENT["float32"].off((loss, off), (loss, dW))
        assert (found > AGREEMENT["float32"].most) is differs


def test_what_is_slow_is_timed_on_fewer_samples_and_what_is_fast_on_all():
    slow = softmax(seconds=1e-9, N=300)
    assert [function.N for function in slow.functions] == [300, 300, 300, 1]
    compare(slow)
    derivatives = derivatives_contest(10, "float64", seconds=1e-9)
    assert [function.N for function in derivatives.functions] == [50_000] * 3 + [1, 1]
    compare(derivatives)


def test_the_function_of_somebody_else_takes_part():
    contest = softmax(theirs={"theirs: mine": softmax_loss_naive})
    assert names(contest)[-1] == "theirs: mine"
    compare(contest)


def test_a_function_that_is_right_on_few_samples_only_is_found():
    def forgets(W, X, y, reg):
        return softmax_loss_naive(W, X[:, :8], y[:8], reg)

    with pytest.raises(RuntimeError, match="theirs: forgets and vectorized"):
        compare(softmax(theirs={"theirs: forgets": forgets}))


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is in the extra peers")
def test_peers_take_part():
    contest = softmax(with_peers=True)
    assert "PyTorch, autograd" in names(contest)
    compare(contest)


def test_titles_say_all_sizes():
    assert softmax(D=3073, N=5000).title == (
        "softmax loss and its gradient, C = 5, D = 3,073, N = 5,000, float64"
    )
    derivatives = CONTESTS["derivatives"]
    assert derivatives.title == "dp through softmax's Jacobian, C = 500, N = 20, float64"
    assert derivatives.sizes == {"C": 500, "D": None, "N": 20, "dtype": "float64"}


def test_samples_lie_one_after_another_and_are_the_same_again():
    samples, again = (draw(5, 7, 11, "float32", seed=3) for _ in range(2))
    assert samples.X.shape == (7, 11)
    assert samples.X.T.flags.c_contiguous
    assert {samples.W.dtype, samples.X.dtype} == {np.dtype("float32")}
    assert (samples.X[-1] == 1).all()
    W, X, y, reg = samples.first(4)
    assert np.shares_memory(X, samples.X)
    assert (W.shape, X.shape, y.shape, reg) == ((5, 7), (7, 4), (4,), REG)
    for ours, theirs in zip(samples.first(11), again.first(11), strict=True):
        assert np.array_equal(ours, theirs)
    assert not np.array_equal(samples.X, draw(5, 7, 11, "float32", seed=4).X)


def test_samples_are_repeated_where_there_are_many():
    X = draw(2, 3073, 3000, "float32").X
    fresh = 4_000_000 // 3073
    assert np.array_equal(X[:, fresh : 2 * fresh], X[:, :fresh])
    assert np.array_equal(X[:, 2 * fresh :], X[:, : 3000 - 2 * fresh])
    assert len(np.unique(X[0])) == fresh


def test_the_bytes_are_those_of_the_data_and_a_copy():
    assert bytes_of(10, 3073, 50_000, "float64") == pytest.approx(2 * 8 * 3073 * 50_000, rel=0.02)
    assert bytes_of(10, 3073, 500, "float32") * 2 == bytes_of(10, 3073, 500, "float64")


def test_the_checks_of_a_gradient_leave_the_output_alone(capsys):
    for function in CONTESTS["gradient check"].functions:
        assert function.call()
    assert not capsys.readouterr().out


def test_a_check_that_finds_the_gradient_wrong_is_not_timed(monkeypatch):
    monkeypatch.setattr(
        "timing.contests.eval_numerical_gradient", lambda f, W: 2 * eval_numerical_gradient(f, W)
    )
    with pytest.raises(RuntimeError, match="eval_numerical_gradient and check_gradient"):
        compare(gradient_contest(5, 7, 11, every_entry=True))
