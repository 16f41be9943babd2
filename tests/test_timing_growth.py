"""The lines that are found are those that were there, and what is no line is not called one."""

from typing import Any

import numpy as np
import pytest

from timing.growth import Fit, fits, sentences

NOISE = np.random.default_rng(0).standard_normal(24)


def contest(
    micros: dict[str, float], N: int, C: int = 10, D: int = 3073, dtype: str = "float64",
    noise: float = 0.01, most: dict[str, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A contest whose functions take so many µs a call, each with some noise."""
    functions = [
        {
            "name": name,
            "N": (most or {}).get(name, N),
            "seconds": (1e-6 * taken * np.exp(noise * NOISE)).tolist(),
        }
        for name, taken in micros.items()
    ]
    return {"kind": "softmax", "C": C, "D": D, "N": N, "dtype": dtype, "functions": functions}


def record(*contests: dict[str, Any]) -> dict[str, Any]:
    return {"contests": [*contests]}


def along_N(line: Any, **options: Any) -> list[Fit]:  # noqa: N802
    return fits(record(*(contest({"f": line(N)}, N, **options) for N in (500, 50, 5000))))


def test_a_line_through_the_origin_is_linear():
    [fit] = along_N(lambda N: 31 * N)
    assert (fit.name, fit.against, fit.sizes) == ("f", "N", (50, 500, 5000))
    assert fit.others == {"C": 10, "D": 3073, "dtype": "float64"}
    assert fit.slope == pytest.approx(1)
    assert fit.b == pytest.approx(31, rel=0.01)
    assert fit.sentence() == "f grows linearly in N: 31 µs a sample (slope 1.00)"


def test_what_a_call_costs_is_told_from_what_a_sample_costs():
    [fit] = along_N(lambda N: 200 + 2 * N)
    assert (fit.a, fit.b) == (pytest.approx(200, rel=0.01), pytest.approx(2, rel=0.01))
    assert fit.is_line
    assert fit.sentence() == "f takes 200 µs a call and 2 µs a sample (slope 0.77)"


def test_a_curve_that_bends_is_no_line():
    # from 500 samples on X lies in no cache, and a sample takes three times as long
    [fit] = along_N(lambda N: N * (2 if N < 500 else 6))
    assert not fit.is_line
    assert fit.sentence() == (
        "f grows along no line in N (slope 1.24): µs a sample are 2 at N = 50, 6 at N = 500, "
        "6 at N = 5,000"
    )


def test_a_call_that_costs_the_same_hardly_grows():
    for line in (lambda N: 20 + 1e-5 * N, lambda N: 20 - 1e-5 * N):
        [fit] = along_N(line)
        assert fit.sentence() == "f hardly grows with N: 20 µs a call (slope 0.00)"
        assert min(fit.a, fit.b) >= 0


def test_no_part_of_a_line_is_negative():
    [fit] = along_N(lambda N: 2 * N - 5)
    assert fit.a == 0
    assert fit.is_line
    assert fit.b == pytest.approx(2, rel=0.05)


def test_unsteady_seconds_leave_nothing_to_say():
    [fit] = along_N(lambda N: 31 * N, noise=1.0)
    assert fit.sentence() == "f: the seconds are too unsteady for a line in N (slope 1.00)"


def test_wide_medians_allow_a_line_to_miss_them():
    bent = {
        noise: along_N(lambda N: N * (2 if N < 500 else 2.6), noise=noise) for noise in (0.01, 0.4)
    }
    assert [fit.is_line for [fit] in bent.values()] == [False, True]


def test_a_point_that_is_unsure_excuses_no_other_that_is_sure():
    def bent(noises: dict[int, float]) -> Fit:
        taken = {50: 50, 500: 500, 5000: 1.3 * 5000}
        contests = [contest({"f": taken[N]}, N, noise=noise) for N, noise in noises.items()]
        return fits(record(*contests))[0]

    assert bent({50: 0.5, 500: 0.5, 5000: 0.5}).is_line
    assert not bent({50: 0.5, 500: 0.01, 5000: 0.01}).is_line


def test_what_a_call_costs_has_no_more_digits_than_the_smallest_call_leaves_it():
    [fit] = along_N(lambda N: 96 + 5 * N)
    assert fit.sentence() == "f takes 100 µs a call and 5 µs a sample (slope 0.93)"
    [fit] = along_N(lambda N: 30 + 5 * N)  # within twice what a call of 280 µs leaves open
    assert fit.sentence() == "f grows linearly in N: 5 µs a sample (slope 0.98)"


def test_two_sizes_are_no_fit():
    assert not fits(record(contest({"f": 1}, 50), contest({"f": 10}, 500)))


def test_a_function_is_fitted_on_the_samples_that_it_was_timed_on():
    slow = {"most": {"f": 200}}
    contests = [contest({"f": 31 * min(N, 200)}, N, **slow) for N in (200, 5000)]
    contests += [contest({"f": 31 * N}, N) for N in (10, 50)]
    [fit] = fits(record(*contests))
    assert fit.sizes == (10, 50, 200)
    assert fit.b == pytest.approx(31, rel=0.01)


def test_of_two_contests_on_as_many_samples_that_of_this_size_counts():
    slow = contest({"f": 99 * 500}, 5000, most={"f": 500})
    contests = [*(contest({"f": 31 * N}, N) for N in (500, 50, 5)), slow]
    for order in (contests, contests[::-1]):
        [fit] = fits(record(*order))
        assert fit.sizes == (5, 50, 500)
        assert fit.micros[-1] == pytest.approx(31 * 500, rel=0.01)
    assert list(sentences(record(*contests))) == list(sentences(record(*contests[::-1])))


def test_the_contests_of_a_sweep_need_not_stand_together():
    others = [contest({"f": 1}, 500, C=C) for C in (3, 4)]
    contests = [contest({"f": 31 * N}, N) for N in (500, 50, 5000)]
    mixed = [contests[0], others[0], contests[1], others[1], contests[2]]
    assert [fit.against for fit in fits(record(*mixed))] == ["N", "C"]


def test_against_classes_and_features_the_time_of_a_sample_is_fitted():
    classes = [contest({"f": 50 * (1 + 3 * C)}, 50, C=C) for C in (10, 2, 100)]
    # on fewer samples with more classes, as the naive loss is
    classes[2] = contest({"f": 20 * (1 + 3 * 100)}, 50, C=100, most={"f": 20})
    features = [contest({"f": 50 * 0.1 * D}, 50, C=3, D=D) for D in (49, 769)]  # no third size
    [fit] = fits(record(*classes, *features))
    assert (fit.against, fit.sizes) == ("C", (2, 10, 100))
    assert (fit.a, fit.b) == (pytest.approx(1, rel=0.02), pytest.approx(3, rel=0.01))
    assert fit.sentence() == "f grows linearly in C: 3 µs a class of each sample (slope 0.96)"


def test_other_kinds_and_other_precisions_are_kept_apart():
    contests = [contest({"f": N}, N) for N in (5, 7)]
    others = [contest({"f": 11}, 11, dtype="float32"), contest({"f": 11}, 11) | {"kind": "svm"}]
    assert not fits(record(*contests, *others))


def test_sentences_stand_below_what_they_have_in_common():
    contests = [contest({"f": 31 * N, "g": 2 * N}, N) for N in (500, 50, 5000)]
    assert sentences(record(*contests)) == [
        (
            "C = 10, D = 3,073, float64:",
            [
                "f grows linearly in N: 31 µs a sample (slope 1.00)",
                "g grows linearly in N: 2 µs a sample (slope 1.00)",
            ],
        )
    ]
