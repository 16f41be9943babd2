"""What a Python loop is, read in the source and confirmed by counting."""

import linecache
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
import pytest

from checks.calls import Caller
from checks.loops import Growth, counted_lines, loop_growth, python_loops
from classifiers.softmax_loss import softmax_loss_naive, softmax_loss_vectorized

Args = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def problem(N: int, C: int, D: int = 4) -> Args:
    rng = np.random.default_rng([N, C])
    return rng.normal(size=(C, D)), rng.normal(size=(D, N)), rng.integers(C, size=N), 0.1


def kinds(function: Callable[..., Any]) -> set[str]:
    return {loop.kind for loop in python_loops(function)}


def grows(function: Callable[..., Any]) -> tuple[bool, bool]:
    growth = loop_growth(function, problem)
    return growth["N"].grows, growth["C"].grows


def right(W, X, y, reg):
    N = X.shape[1]
    scores = W @ X
    scores -= scores.max(axis=0)
    P = np.exp(scores) / np.exp(scores).sum(axis=0)
    loss = -np.log(P[y, np.arange(N)]).sum() / N + 0.5 * reg * np.sum(W * W)
    P[y, range(N)] -= 1
    return loss, P @ X.T / N + reg * W


def one_hot(W, X, y, reg):
    sum = np.eye(len(W))[y].T  # a name of Python's own, used for something else
    scores = W @ X
    high = np.max(scores, axis=0)
    log_P = scores - high - np.log(np.exp(scores - high).sum(axis=0))
    penalty = 0.5 * reg * np.einsum("cd,cd->", W, W) if reg > 0 else 0.0
    return -np.mean((sum * log_P).sum(axis=0)) + penalty, W


def softmax(scores):
    P = np.exp(scores - scores.max(axis=0))
    return P / P.sum(axis=0)


def with_parameters(W, X, y, reg, map=1, filter=np.abs):
    return filter(W).sum() * map, W


def with_helper(W, X, y, reg):
    softmax_of_scores = softmax(W @ X)
    with_helper.calls = 1
    return np.mean(softmax_of_scores[y, np.arange(len(y))]), W


@pytest.mark.parametrize(
    "function", [right, one_hot, with_helper, with_parameters, softmax_loss_vectorized]
)
def test_vectorized_is_clean(function: Callable[..., Any]) -> None:
    assert python_loops(function) == []
    small, large = counted_lines(function, problem(11, 5), problem(97, 31))
    assert small == large > 0
    assert grows(function) == (False, False)


def test_short_loop_is_found_and_not_confirmed() -> None:
    def total(W, X, y, reg):
        for axis in (0, 1):
            W = W.sum(axis=axis, keepdims=True)
        return W

    assert kinds(total) == {"for loop"}
    assert grows(total) == (False, False)


def over_samples(W, X, y, reg):
    loss = 0.0
    for i in range(X.shape[1]):
        loss += X[:, i].sum()
    return loss


def over_classes(W, X, y, reg):
    c, loss = 0, 0.0
    while c < len(W):
        loss += W[c].sum()
        c += 1
    return loss


def listed(W, X, y, reg):
    return np.sum([np.exp(x).sum() for x in X.T])


def set_of(W, X, y, reg):
    return len({float(x.sum()) for x in X.T})


def dict_of(W, X, y, reg):
    return len({i: x.sum() for i, x in enumerate(X.T)})


def generated(W, X, y, reg):
    return sum(x.sum() for x in X.T)


def mapped(W, X, y, reg):
    return list(map(double, y))


def filtered(W, X, y, reg):
    return list(filter(lambda label: label > 0, y))


def reduced(W, X, y, reg):
    return reduce(lambda total, label: total + label, y)


def vectorize(W, X, y, reg):
    return np.vectorize(lambda label: 2 * label)(y)


def from_pyfunc(W, X, y, reg):
    return np.frompyfunc(lambda label: 2 * label, 1, 1)(y)


def along_axis(W, X, y, reg):
    return np.apply_along_axis(lambda x: x / x.sum(), 0, X)


def with_nditer(W, X, y, reg):
    return [int(label) for label in np.nditer(y)]


def from_iterator(W, X, y, reg):
    return np.fromiter((label + 1 for label in y), dtype=int)


def recursive(W, X, y, reg):
    return y[0] + recursive(W, X, y[1:], reg) if len(y) else 0


def recursive_inside(W, X, y, reg):
    def total(labels):
        return labels[0] + total(labels[1:]) if len(labels) else 0

    return total(y)


def ping(labels):
    return labels[0] + pong(labels[1:]) if len(labels) else 0


def pong(labels):
    return ping(labels)


def mutual(W, X, y, reg):
    return ping(y)


def imported_inside(W, X, y, reg):
    from numpy import vectorize as fast

    return fast(lambda label: 2 * label)(y)


def summed(labels):
    total = 0
    for label in labels:
        total += label
    return total


def by_helper(W, X, y, reg):
    return summed(y)


def double(label):
    return 2 * label


double_all = np.vectorize(double)
double_each = np.frompyfunc(double, 1, 1)
summed_later = partial(summed)


def by_vectorized_helper(W, X, y, reg):
    return double_all(y)


def by_ufunc_helper(W, X, y, reg):
    return double_each(y)


def by_partial(W, X, y, reg):
    return summed_later(y)


class Helper:
    def __init__(self, labels):
        self.value = summed(labels)

    @staticmethod
    def total(labels):
        return summed(labels)

    def add(self, labels):
        return summed(labels)


def by_class(W, X, y, reg):
    return Helper.total(y)


def by_instance(W, X, y, reg):
    return Helper(y).value


add = Helper([]).add
total_of_rows = np.vectorize(summed, signature="(n)->()")
cached = lru_cache(maxsize=0)(lambda labels: summed(labels))


@contextmanager
def summing():
    yield summed


def by_method(W, X, y, reg):
    return add(y)


def by_vectorized_loop(W, X, y, reg):
    return total_of_rows(y[None])


def by_cache(W, X, y, reg):
    return cached(tuple(y))


def by_closure():
    def summed_here(labels):
        total = 0
        for label in labels:
            total += label
        return total

    def loss(W, X, y, reg):
        return summed_here(y)

    return loss


def wrapped_by_a_library(W, X, y, reg):
    with summing() as total:
        return total(y)


def module_inside(W, X, y, reg):
    import functools as f

    return f.reduce(lambda total, label: total + label, y)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (over_samples, "for loop"),
        (listed, "list comprehension"),
        (set_of, "set comprehension"),
        (dict_of, "dict comprehension"),
        (generated, "generator expression"),
        (mapped, "map"),
        (filtered, "filter"),
        (reduced, "functools.reduce"),
        (vectorize, "np.vectorize"),
        (from_pyfunc, "np.frompyfunc"),
        (along_axis, "np.apply_along_axis"),
        (with_nditer, "np.nditer"),
        (from_iterator, "np.fromiter"),
        (recursive, "recursion"),
        (recursive_inside, "recursion"),
        (mutual, "recursion"),
        (imported_inside, "np.vectorize"),
        (by_helper, "for loop"),
        (by_vectorized_helper, "np.vectorize"),
        (by_ufunc_helper, "np.frompyfunc"),
        (by_partial, "for loop"),
        (by_class, "for loop"),
        (by_instance, "for loop"),
        (by_method, "for loop"),
        (by_vectorized_loop, "for loop"),
        (by_cache, "for loop"),
        (by_closure(), "for loop"),
        (wrapped_by_a_library, "for loop"),
        (module_inside, "functools.reduce"),
        (lambda W, X, y, reg: [label + 1 for label in y], "list comprehension"),
    ],
)
def test_loop_over_samples_is_found_and_confirmed(function: Callable[..., Any], kind: str) -> None:
    assert kind in kinds(function)
    assert grows(function) == (True, False)


def test_loop_over_classes_is_found_and_confirmed() -> None:
    assert kinds(over_classes) == {"while loop"}
    assert grows(over_classes) == (False, True)


def test_both_loops_of_the_naive_reference() -> None:
    assert kinds(softmax_loss_naive) >= {"for loop"}
    assert grows(softmax_loss_naive) == (True, True)


def test_python_sum_over_an_array_is_found_though_no_line_tells() -> None:
    def total(W, X, y, reg):
        return sum(X.T)

    assert kinds(total) == {"Python's own sum"}


def test_a_loop_says_where_it_is() -> None:
    (loop,) = python_loops(by_helper)
    first = summed.__code__.co_firstlineno
    assert (loop.line_number, loop.line_text) == (first + 2, "for label in labels:")
    assert loop.function == "summed"


def test_growth_names_the_lines() -> None:
    growth = loop_growth(by_helper, problem)["N"]
    assert [line.line_text for line in growth.lines] == [
        "for label in labels:",
        "total += label",
    ]
    assert growth.large_lines - growth.small_lines == 2 * (growth.large_size - growth.small_size)


def test_growth_of_less_than_a_line_each_is_none() -> None:
    assert Growth(5, 23, 100, 118, ()).grows
    assert not Growth(5, 23, 100, 117, ()).grows


def test_without_source_the_counting_decides() -> None:
    source = "def total(W, X, y, reg):\n    s = 0\n    for v in y:\n        s += v\n    return s\n"
    names: dict[str, Any] = {}
    exec(compile(source, "<no source kept>", "exec"), names)
    assert python_loops(names["total"]) == []
    assert grows(names["total"]) == (True, False)


def test_cell_of_a_notebook() -> None:
    source = "def total(W, X, y, reg):\n    return sum(v for v in y)\n"
    name = "/tmp/ipykernel_1/2.py"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    loops = python_loops(names["total"])
    assert ("generator expression", 2, "return sum(v for v in y)") in [
        (loop.kind, loop.line_number, loop.line_text) for loop in loops
    ]


def test_a_debugger_at_work_is_put_back() -> None:
    def debugger(frame, event, arg):
        return None

    earlier = sys.gettrace()
    sys.settrace(debugger)
    try:
        counted_lines(right, problem(7, 5), problem(11, 5))
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(earlier)


def test_the_first_call_is_not_counted() -> None:
    table = {}

    def cached(W, X, y, reg):
        if "eye" not in table:
            for c in range(100):
                table[c] = c
            table["eye"] = np.eye(100)
        return table["eye"]

    assert counted_lines(cached, problem(7, 5), problem(31, 5)) == (3, 3)
    assert table == {}


def test_a_caller_may_be_given() -> None:
    caller = Caller(right)
    assert python_loops(caller) == []
    assert counted_lines(caller, problem(7, 5), problem(31, 5))[0] > 0
    assert caller.calls == 3
