import math

import numpy as np
import pytest

from gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)

X = np.random.default_rng(0).standard_normal((5, 7))
DF = np.random.default_rng(1).standard_normal((5, 7))
CHECKERS = [
    ("eval_numerical_gradient", eval_numerical_gradient),
    ("eval_numerical_gradient_array", lambda f, x: eval_numerical_gradient_array(f, x, 1.0)),
    ("grad_check_sparse", lambda f, x: grad_check_sparse(f, x, np.zeros(np.shape(x)))),
]
each_checker = pytest.mark.parametrize(
    "checker", [checker for _, checker in CHECKERS], ids=[name for name, _ in CHECKERS]
)

POINT = np.random.default_rng(1).standard_normal((5, 7))


def cubes(x):
    return math.fsum(x.ravel() ** 3)  # the same in any memory order


def moved(x, index, h):
    x = x.copy()
    x[index] += h
    return x


def central_difference(f, x, index, h):
    return (f(moved(x, index, h)) - f(moved(x, index, -h))) / (2 * h)


@pytest.mark.parametrize("h", [None, 1e-3, 0.5])
@pytest.mark.parametrize("x", [X, X[:, 3], X.T, X[::2, ::-3], X.astype("f4"), np.array(0.5)])
def test_gradient_is_the_central_difference_bit_for_bit(x, h):
    step = 1e-5 if h is None else h
    expected = np.array([central_difference(cubes, x, i, step) for i in np.ndindex(x.shape)])
    received = eval_numerical_gradient(cubes, x, **({} if h is None else {"h": h}))
    expected = expected.reshape(x.shape).astype(x.dtype)
    np.testing.assert_array_equal(received, expected, strict=True)


@pytest.mark.parametrize("h", [None, 1e-3, 0.5])
def test_array_gradient_is_the_central_difference_bit_for_bit(h):
    step = 1e-5 if h is None else h
    received = eval_numerical_gradient_array(np.sin, X, DF, **({} if h is None else {"h": h}))
    for i in np.ndindex(X.shape):
        difference = np.sin(moved(X, i, step)) - np.sin(moved(X, i, -step))
        assert received[i] == np.sum(difference * DF) / (2 * step)


@pytest.mark.parametrize("h", [None, 1e-3, 0.5])
def test_sparse_checks_are_central_differences_and_are_printed(h, capsys):
    step = 1e-5 if h is None else h
    checks = grad_check_sparse(cubes, X, DF, 13, seed=0, **({} if h is None else {"h": h}))
    assert len(checks) == 13
    for check in checks:
        numerical, analytic = central_difference(cubes, X, check.index, step), DF[check.index]
        error = abs(numerical - analytic) / (abs(numerical) + abs(analytic))
        assert (check.numerical, check.analytic, check.error) == (numerical, analytic, error)
    lines = [
        f"numerical: {c.numerical:f} analytic: {c.analytic:f}, relative error: {c.error:e}"
        for c in checks
    ]
    printed = capsys.readouterr().out.splitlines()
    assert printed[: len(lines)] == lines
    assert "wrong" in printed[len(lines)]


def test_an_array_that_a_function_writes_into_again_is_not_mistaken_for_its_earlier_self():
    kept = np.empty_like(X)
    received = eval_numerical_gradient_array(lambda x: np.multiply(x, 3, out=kept), X, DF)
    np.testing.assert_allclose(received, 3 * DF)


def test_a_function_that_returns_a_view_of_x_is_not_mistaken_for_a_constant():
    received = eval_numerical_gradient(lambda x: x[0, 1, ...], X.copy())
    np.testing.assert_allclose(received, np.eye(*X.shape, 1) * (np.arange(len(X)) == 0)[:, None])


@pytest.mark.parametrize("f", [lambda x: (x**3).sum(), lambda _: (POINT**3).sum()])
def test_sparse_check_says_what_the_whole_gradient_is_worth(f, capsys):
    before = POINT.copy()
    grad_check_sparse(f, POINT, 3 * POINT**2, seed=0)
    assert "The gradient is right" in capsys.readouterr().out
    grad_check_sparse(f, POINT, 6 * POINT**2, seed=0)
    assert "factor of 2" in capsys.readouterr().out
    np.testing.assert_array_equal(POINT, before)


def test_verbose_prints_each_entry(capsys):
    gradient = eval_numerical_gradient(cubes, X[:2, :2], verbose=True)
    assert capsys.readouterr().out.splitlines() == [f"{i} {gradient[i]}" for i in np.ndindex(2, 2)]
    eval_numerical_gradient(cubes, X)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("calls_before", [0, 1, 4])
@each_checker
def test_x_is_put_back_also_after_an_exception(checker, calls_before):
    calls, x = [], X.copy()

    def failing(moved):
        assert moved is x
        assert np.count_nonzero(moved != X) == 1
        calls.append(1)
        if len(calls) > calls_before:
            raise ArithmeticError
        return moved.sum()

    with pytest.raises(ArithmeticError):
        checker(failing, x)
    assert x.tobytes() == X.tobytes()
    checker(cubes, x)
    assert x.tobytes() == X.tobytes()


@pytest.mark.parametrize(
    ("x", "given"), [(np.arange(3), "int64"), (X.astype(object), "object"), ([1.0], "list")]
)
@each_checker
def test_what_a_small_step_cannot_move_is_refused(checker, x, given):
    with pytest.raises(TypeError, match=f"x is {given}; expected a numpy array of floats"):
        checker(cubes, x)


def test_an_analytic_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(7, 5\); expected \(5, 7\), that of x"):
        grad_check_sparse(cubes, X, DF.T)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("num_checks", [1, 5, 12])
def test_every_row_and_the_last_column_are_looked_at(num_checks, seed):
    indices = [check.index for check in grad_check_sparse(cubes, X, DF, num_checks, seed=seed)]
    assert len(indices) == max(num_checks, 5)
    assert {row for row, _ in indices} == set(range(5))
    assert 6 in {column for _, column in indices}


def test_a_wrong_bias_column_is_always_found():
    gradient = 3 * X**2
    gradient[:, -1] = 0
    for seed in range(20):
        assert max(c.error for c in grad_check_sparse(cubes, X, gradient, 1, seed=seed)) == 1


def test_in_time_every_entry_is_looked_at():
    checks = grad_check_sparse(cubes, X, DF, num_checks=600, seed=0)
    assert {check.index for check in checks} == set(np.ndindex(X.shape))


@pytest.mark.parametrize("shape", [(1000,), (10, 10, 10), (4, 1000)])
def test_the_seed_decides_which_entries_are_looked_at(shape):
    def looked_at(seed):
        checks = grad_check_sparse(np.sum, np.ones(shape), np.ones(shape), seed=seed)
        return [check.index for check in checks]

    assert len(looked_at(1)) == 10
    assert looked_at(1) == looked_at(1)
    assert len({tuple(looked_at(seed)) for seed in (1, 2, None, None)}) == 4


def test_two_zeros_have_no_error():
    assert rel_error(0, 0) == rel_error(np.zeros(3), np.zeros(3)) == 0
    checks = grad_check_sparse(lambda x: 1.0, X, np.zeros_like(X))
    assert {check.error for check in checks} == {0.0}


def test_relative_error_is_the_largest_over_all_entries():
    assert rel_error(X, DF) == np.max(np.abs(X - DF) / np.maximum(1e-8, np.abs(X) + np.abs(DF)))
    assert rel_error([1.0, 0.0, -2.0], [1.0, 1e-9, -6.0]) == 0.5
    assert rel_error(0, 1e-9) == pytest.approx(0.1)
    assert rel_error(-1.0, 1.0) == 1
    assert type(rel_error(np.float32(1), np.float32(2))) is float
