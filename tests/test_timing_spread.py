"""What a spread says of a median, and how many digits it leaves."""

import math
import re
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.spread import figure, interval, ratios, spread

VALUES = st.lists(st.floats(1e-6, 1e3), min_size=6, max_size=60)
CLOSE = st.lists(st.floats(0.95, 1.1), min_size=6, max_size=9)


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
    assert spread([1.042, 1.06, 1.1, 1.1, 1.12, 1.149]).text(within=3) == "1.04 to 1.15"
    assert spread([5.0012, 5.0021]).text(within=3) == "5.0012 to 5.0021"
    assert spread([1234.5]).text(within=3) == "1,230"


@given(VALUES | CLOSE)
def test_the_ends_of_a_range_are_apart_and_not_far_from_the_interval(values):
    s = spread(values)
    if s.low < s.high and s.too_wide(within=3):
        low, high = (float(end.replace(",", "")) for end in s.text(within=3).split(" to "))
        assert abs(low - s.low) <= 0.0501 * (s.high - s.low)
        assert abs(high - s.high) <= 0.0501 * (s.high - s.low)
        assert low < high


@given(st.floats(1e-9, 1e9), st.floats(1e-6, 0.99))
def test_a_figure_lies_within_its_doubt_unless_three_digits_are_too_few_for_it(number, relative):
    text = figure(number, relative)
    assert re.fullmatch(r"[\d,]+(\.\d*[1-9])?", text)
    shown = float(text.replace(",", ""))
    half = 0.5 * 10 ** (math.floor(math.log10(number)) - 2)
    assert abs(shown - number) <= max(relative * number, half) * (1 + 1e-9)
    assert len(text.replace(",", "").replace(".", "").strip("0")) <= 3


@given(VALUES | CLOSE)
def test_the_figure_of_a_median_that_is_known_lies_in_what_is_left_open(values):
    s = spread(values)
    if not s.too_wide(within=3):
        shown = float(s.text(within=3).replace(",", ""))
        off = max(s.high - s.median, s.median - s.low, 0.00501 * s.median)
        assert abs(shown - s.median) <= off * (1 + 1e-9)
    assert spread([5.01, 5.02, 5.02, 5.02, 5.03, 5.04]).text(within=3) == "5.02"
    assert spread([4.91, 5.02, 5.02, 5.02, 5.03, 5.09]).text(within=3) == "5"
    assert spread([1.029, 1.035, 1.04, 1.04, 1.045, 1.0505]).text(within=3) == "1.04"


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
        (5.943, 0.1, "6"),
        (31.2, 0.03, "31"),
        (97.2, 0.03, "97"),
        (1.04, 0.0201, "1.04"),
        (5.943, 0.3, "6"),
        (5.943, 3, "6"),
        (1234.5, 0.3, "1,200"),
        (1.234e-5, 0, "0.0000123"),
        (0, 0.03, "0"),
        (-31.2, 0.03, "-31"),
    ],
)
def test_figures_have_as_many_digits_as_they_deserve(number, relative, text):
    assert figure(number, relative) == text
