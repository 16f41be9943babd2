"""The bench's own truth, with no checker of ours or anyone else's."""

from typing import Any

import numpy as np
import pytest

from tests.gradient_bench.functions import quadratic
from tests.gradient_bench.problem import Array, Instance, Problem, flatten, right, wrong
from tests.gradient_bench.problems import PROBLEMS, RIGHT, WRONG
from tests.gradient_bench.truth import doubt

QUICK = [p for p in PROBLEMS if flatten(p.instance(0)[1]).size < 100][::4]
SLOW = [p for p in PROBLEMS if p not in QUICK]


def quadratic_claiming(gradient: Any) -> Any:
    def build(rng: np.random.Generator) -> Instance:
        def f(x: Array) -> tuple[Any, Array]:
            return quadratic(x)[0], gradient(x)

        f.__wrapped__ = quadratic  # type: ignore[attr-defined]
        return f, rng.random(5), ()

    return build


def test_the_bench_is_as_large_as_promised() -> None:
    assert len(RIGHT) >= 100
    assert len(WRONG) >= 120
    assert len({p.name for p in PROBLEMS}) == len(PROBLEMS)


@pytest.mark.parametrize("problem", QUICK, ids=lambda p: p.name)
def test_the_truth_is_shown(problem: Problem) -> None:
    assert doubt(problem, seed=0) == ""


@pytest.mark.slow
@pytest.mark.parametrize("problem", SLOW, ids=lambda p: p.name)
def test_the_truth_of_the_others_is_shown(problem: Problem) -> None:
    assert doubt(problem, seed=0) == ""


def test_a_wrong_gradient_called_right_is_doubted() -> None:
    claimed = right("claimed", quadratic_claiming(lambda x: (1 + 1e-6) * x))
    assert "gradient says" in doubt(claimed, 0)


def test_a_right_gradient_called_wrong_is_doubted() -> None:
    claimed = wrong("claimed", "scale", quadratic_claiming(lambda x: 1.0 * x))
    assert "gradient says" in doubt(claimed, 0)


def test_a_gradient_wrong_by_rounding_only_is_doubted() -> None:
    claimed = wrong("claimed", "scale", quadratic_claiming(lambda x: (1 + 1e-15) * x))
    assert doubt(claimed, 0)


@pytest.mark.parametrize(
    ("word", "gradient"),
    [
        ("shape", lambda x: x[None]),
        ("dtype", lambda x: x.astype(np.float32)),
        ("nan", lambda x: x * np.nan),
        ("nondet", lambda x: x + np.random.random()),
        ("mutates", lambda x: np.add(x, 1, out=x)),
    ],
)
def test_calls_show_what_is_no_matter_of_slopes(word: str, gradient: Any) -> None:
    build = quadratic_claiming(gradient)
    assert doubt(wrong("claimed", word, build, "calls"), 0) == ""
    assert word in doubt(right("claimed", build), 0)


def test_a_gradient_that_varies_by_rounding_is_not_called_random() -> None:
    build = quadratic_claiming(lambda x: x * (1 + 1e-15 * np.random.random()))
    assert doubt(right("claimed", build), 0) == ""


def test_calls_that_show_nothing_are_doubted() -> None:
    claimed = wrong("claimed", "stale", quadratic_claiming(lambda x: 2.0 * x), "calls")
    assert doubt(claimed, 0) == "calls show nothing"


def test_seeds_give_fresh_but_repeatable_instances() -> None:
    first, again, other = (RIGHT[3].instance(seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="no words for causes"):
        wrong("claimed", "scale typo", quadratic_claiming(lambda x: x))
    with pytest.raises(ValueError, match="give 'right' or 'wrong'"):
        Problem("claimed", "maybe", frozenset(), quadratic_claiming(lambda x: x))
