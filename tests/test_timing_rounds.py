"""Functions are timed in turn, until their ratios are known or the time is over."""

import gc
from collections.abc import Callable, Iterable
from itertools import count, cycle, repeat

import numpy as np
import pytest

from timing.rounds import affordable, known, time_in_rounds, time_until_known
from timing.spread import spread


class Clock:
    """Stands in for perf_counter in timing.rounds; `calls` are the names called so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.calls = 0.0, ""
        monkeypatch.setattr("timing.rounds.perf_counter", lambda: self.now)

    def function(self, name: str, seconds: float | Iterable[float] = 0.01) -> Callable[[], None]:
        """Return a function that takes so many seconds, or those of an iterator one by one."""
        each = repeat(seconds) if isinstance(seconds, float) else iter(seconds)

        def call() -> None:
            self.now += next(each)
            self.calls += name

        return call


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_each_function_is_called_twice_in_turn_and_timed_once(clock: Clock) -> None:
    functions = {name: clock.function(name) for name in "AB"}
    seconds = time_in_rounds(functions, rounds=3)
    warm_up = "AAABBB"
    assert clock.calls == warm_up + 3 * "AABB"
    assert {name: taken.tolist() for name, taken in seconds.items()} == {
        name: pytest.approx([0.01] * 3) for name in "AB"
    }


def test_the_untimed_call_is_not_counted(clock: Clock) -> None:
    slow_first = clock.function("A", cycle([0.01, 0.5]))  # after three calls to warm up
    assert time_in_rounds({"A": slow_first}, rounds=3)["A"] == pytest.approx(0.01)


def test_what_takes_less_than_a_millisecond_is_the_mean_of_many_calls(clock: Clock) -> None:
    uneven = clock.function("A", cycle([0.0001, 0.0001, 0.0001, 0.0005]))
    [taken] = time_in_rounds({"A": uneven}, rounds=5).values()
    assert len(clock.calls) == 3 + 5 * (1 + 10)
    assert taken.mean() == pytest.approx(0.0002, rel=0.1)
    assert taken.max() < 0.0003


@pytest.mark.parametrize("hiccup", [0, 1, 2])
def test_one_hiccup_while_it_warms_up_does_not_leave_it_with_single_calls(
    clock: Clock, hiccup: int
) -> None:
    each = [0.01 if call == hiccup else 1e-5 for call in range(3)] + [1e-5] * 1000
    time_in_rounds({"A": clock.function("A", each)}, rounds=2)
    assert len(clock.calls) == pytest.approx(3 + 2 * (1 + 100), abs=4)


def test_a_clock_too_coarse_for_a_call_divides_by_no_zero(clock: Clock) -> None:
    [taken] = time_in_rounds({"A": lambda: None}, rounds=1).values()
    assert clock.now == 0
    assert 0 < taken[0] <= 1e-9


@pytest.mark.parametrize("collects", [True, False])
def test_no_garbage_is_collected_meanwhile_and_the_collector_is_as_it_was(collects: bool) -> None:
    seen = []
    (gc.enable if collects else gc.disable)()
    try:
        time_in_rounds({"A": lambda: seen.append(gc.isenabled())}, rounds=2)
        with pytest.raises(ZeroDivisionError):
            time_until_known({"A": lambda: 1 / 0}, within=3, seconds=1)
        assert gc.isenabled() is collects
    finally:
        gc.enable()
    assert not any(seen)


def test_a_drift_that_touches_all_alike_ends_in_confidence_at_once(clock: Clock) -> None:
    # three warm-up calls each, then two a round: the machine slows down by half each round
    drift = [0.01] * 3 + [0.01 * 1.5**a_round for a_round in range(50) for _ in range(2)]
    functions = {"A": clock.function("A", drift), "B": clock.function("B", 3 * np.array(drift))}
    timed = time_until_known(functions, within=3, seconds=1000)
    assert timed.ended == "confident"
    assert [len(taken) for taken in timed.seconds.values()] == [12, 12]
    assert timed.seconds["B"] / timed.seconds["A"] == pytest.approx(3)


def noisy(size: float) -> list[float]:
    return (0.01 * np.exp(size * np.random.default_rng(0).standard_normal(5000))).tolist()


def test_what_is_uneven_is_timed_in_more_rounds_until_it_is_known(clock: Clock) -> None:
    rounds = {}
    for within in (10, 3):
        functions = {"A": clock.function("A"), "B": clock.function("B", noisy(0.1))}
        timed = time_until_known(functions, within, seconds=1000)
        assert timed.ended == "confident"
        rounds[within] = len(timed.seconds["B"])
    assert 12 < rounds[10] < rounds[3]


@pytest.mark.slow
def test_two_speeds_that_change_seldom_do_not_look_like_one(clock: Clock) -> None:
    rng, early, runs = np.random.default_rng(0), 0, 12
    for _ in range(runs):
        # one in ten rounds the machine changes between two speeds, of which A notices nothing
        slow = np.cumsum(rng.random(500) < 0.1) % 2
        taken = 0.01 * (1 + 0.3 * slow) * np.exp(0.003 * rng.standard_normal(500))
        B = clock.function("B", [0.01] * 3 + np.repeat(taken, 2).tolist())
        clock.calls = ""
        timed = time_until_known({"A": clock.function("A"), "B": B}, within=3, seconds=1)
        early += timed.ended == "confident" and len(timed.seconds["B"]) <= 8
    assert early < runs / 4


def test_a_ratio_is_known_only_where_its_two_halves_agree() -> None:
    late, evenly = np.ones(24), np.ones(24)
    late[-6:] = 1.3
    evenly[::4] = 1.3
    assert not spread(late).too_wide(within=3)
    assert known(evenly, within=3)
    assert not known(late, within=3)
    assert not known(np.linspace(1, 2, 24), within=3)


def test_every_ratio_has_to_be_known(clock: Clock) -> None:
    functions = {"A": clock.function("A"), "B": clock.function("B", noisy(1.0))}
    functions["C"] = clock.function("C")
    timed = time_until_known(functions, within=3, seconds=3)
    assert timed.ended == "time"
    # a round takes about 0.08 s
    assert 20 < len(timed.seconds["A"]) < 60


def test_six_rounds_there_are_however_long_they_take(clock: Clock) -> None:
    functions = {"A": clock.function("A", 10.0), "B": clock.function("B", map(float, count(1)))}
    timed = time_until_known(functions, within=3, seconds=1)
    assert timed.ended == "time"
    assert [len(taken) for taken in timed.seconds.values()] == [6, 6]


@pytest.mark.parametrize(
    ("each", "seconds", "n"),
    [
        (1e-6, 1.0, 5000),  # all of them fit
        (1e-3, 1.001, 1000),
        (1e-3, 0.999, 500),
        (1e-3, 0.301, 200),
        (1e-3, 0.15, 100),
        (1e-3, 0.0015, 1),
        (1e-3, 0.0001, 1),  # one there is, however long it takes
        (1e-3, 4.999, 2000),
    ],
)
def test_a_slow_function_gets_as_many_samples_as_it_can_afford(
    clock: Clock, each: float, seconds: float, n: int
) -> None:
    found = affordable(lambda n: clock.function("A", each * n), N=5000, seconds=seconds)
    assert found == n


def test_what_a_call_takes_besides_its_samples_is_not_blown_up(clock: Clock) -> None:
    found = affordable(lambda n: clock.function("A", 0.01 + 1e-6 * n), N=5000, seconds=0.1)
    assert found == 5000


def test_a_function_is_called_until_the_threads_of_the_one_before_have_settled(
    clock: Clock,
) -> None:
    functions = {"A": clock.function("A"), "B": clock.function("B")}
    timed = time_until_known(functions, within=3, seconds=1000, settle=0.045)
    assert clock.calls == "AAABBB" + 12 * (6 * "A" + 6 * "B")  # five untimed calls and a timed one
    assert timed.seconds["A"] == pytest.approx(0.01)
