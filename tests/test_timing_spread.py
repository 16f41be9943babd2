"""What a spread says of a median, and how many digits it leaves."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.spread import figure, interval, ratios, spread

VALUES = st.lists(st.floats(1e-6, 1e3), min_size=6, max_size=60)


def chance(n: int, k: int) -> float:
    """That the median lies below the k-th smallest of n values."""
    return sum(comb(n, heads) for heads in range(k)) / 2**n


@given(st.integers(6, 400), st.randoms(use_true_random=False))
def test_the_interval_is_the_narrowest_that_misses_a_median_once_in_twenty(n, random):
    values = list(range(1, n + 1))
    random.shuffle(values)
    low, high = interval(values)
    assert low + high == n + 1
    assert chance(n, int(low)) <= 0.025 < chance(n, int(low) + 1)


def test_it_is_found_for_thousands_of_values():
    assert interval(np.arange(20_000)) == pytest.approx((10_000 - 139, 10_000 + 138), abs=2)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_values_are_sure_of_nothing(n):
    values = 1 + 1e-6 * np.arange(n)
    assert interval(values) == (values[0], values[-1])
    assert spread(values).too_wide(within=3)


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="no values"):
        interval([])


@given(VALUES)
def test_median_quartiles_and_interval_lie_in_order(values):
    s = spread(values)
    assert min(values) <= s.low <= s.median <= s.high <= max(values)
    assert s.first_quartile <= s.median <= s.third_quartile
    assert s.median == pytest.approx(np.median(values))
    assert s.rounds == len(values)


@given(VALUES, st.floats(1e-3, 1e3))
def test_whether_it_is_too_wide_depends_on_no_unit(values, unit):
    s, scaled = spread(values), spread(unit * np.array(values))
    for within in (0.5 * s.relative, 2 * s.relative + 1e-6):
        assert s.too_wide(100 * within) == scaled.too_wide(100 * within)


@pytest.mark.parametrize(("off", "wide"), [(0.029, False), (0.031, True)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_it_is_too_wide_where_one_end_is_too_far_off(off, wide, sign):
    values = [1.0] * 5 + [1 + sign * off]  # of six values the ends are the smallest and largest
    assert spread(values).too_wide(within=3) is wide


def test_what_is_too_wide_is_shown_as_a_range():
    assert spread([4.12, 4.5, 5, 5, 5.5, 5.93]).text(within=3) == "4.1 to 5.9"
    assert spread([5.01, 5.02, 5.02, 5.02, 5.03, 5.04]).text(within=3) == "5.02"
    assert spread([4.91, 5.02, 5.02, 5.02, 5.03, 5.09]).text(within=3) == "5"


def test_ratios_are_by_the_round_and_by_the_sample():
    first = {"N": 500, "seconds": [1.0, 2.0, 4.0]}
    naive = {"N": 50, "seconds": [3.0, 6.0, 16.0]}
    assert ratios(naive, first).tolist() == [30, 30, 40]


@pytest.mark.parametrize(
    ("number", "relative", "text"),
    [
        (1234.5, 0, "1,230"),
        (12.345, 0, "12.3"),
        (0.0123456, 0, "0.0123"),
        (99.96, 0, "100"),
        (1.0, 0, "1"),
        (5.943, 0.001, "5.94"),
        (5.943, 0.03, "5.9"),
        (5.943, 0.1, "5.9"),
        (5.943, 0.3, "6"),
        (5.943, 3, "6"),
        (1234.5, 0.3, "1,000"),
    ],
)
def test_figures_have_as_many_digits_as_they_deserve(number, relative, text):
    assert figure(number, relative) == text
