"""Time functions against each other in turn, so that a machine's drift touches all alike."""

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import get_clock_info, perf_counter

import numpy as np
from numpy.typing import NDArray

from timing.spread import FEWEST, spread

Functions = Mapping[str, Callable[[], object]]
Seconds = NDArray[np.float64]

SHORTEST = 1e-3  # seconds; the clock and its reading are no part of what takes longer
RESOLUTION = get_clock_info("perf_counter").resolution  # seconds; what takes less reads 0
FIRST_LOOK = 2 * FEWEST  # rounds, so that each half of them has a median


@dataclass(frozen=True)
class Timed:
    """What the rounds found.

    seconds  of each function, by name, (rounds,) float64: one call in each round
    ended    "confident" where every ratio is known well enough, "time" where the time was over
    """

    seconds: dict[str, Seconds]
    ended: str


def time_in_rounds(functions: Functions, rounds: int = 7) -> dict[str, Seconds]:
    """Return the seconds of one call of each function in each round, A A B B A A B B ...

    functions  what to call, by name
    rounds     how often each is timed

    Each result is (rounds,) float64, in seconds.
    """
    with _garbage_left():
        return _columns(list(islice(_in_turn(functions), rounds)))


def time_until_known(
    functions: Functions, within: float, seconds: float, settle: float = 0.0
) -> Timed:
    """Time functions in rounds until each one's ratio to the first is known well enough.

    functions  what to call, by name; round by round the first is what the others are compared with
    within     per cent: enough is a 95 % confidence interval of the median ratio within +- this,
               and as near to each other the medians of the first and the second half of the rounds
    seconds    no round starts after so many, once there are 6
    settle     for so many seconds each function is called untimed before it is timed
    """
    taken: list[dict[str, float]] = []
    end, look = perf_counter() + seconds, FIRST_LOOK
    with _garbage_left():
        for a_round in _in_turn(functions, settle):
            taken.append(a_round)
            if len(taken) == look:
                look += 1 + look // 10
                first, *others = _columns(taken).values()
                if all(known(other / first, within) for other in others):
                    return Timed(_columns(taken), "confident")
            if len(taken) >= FEWEST and perf_counter() > end:
                break
    return Timed(_columns(taken), "time")


def known(ratios: Seconds, within: float) -> bool:
    """Return whether ratios, (rounds,), are known to +- `within` per cent, in both halves alike.

    Halves differ where a machine keeps a speed for a while, and the rounds are not independent.
    """
    early, late = map(np.median, np.array_split(ratios, 2))
    return not spread(ratios).too_wide(within) and bool(abs(late / early - 1) <= within / 100)


def _columns(taken: list[dict[str, float]]) -> dict[str, Seconds]:
    return {name: np.array([a_round[name] for a_round in taken]) for name in taken[0]}


def _in_turn(functions: Functions, settle: float = 0.0) -> Iterator[dict[str, float]]:
    """Yield the seconds of one call of each function, a round at a time, without an end.

    Before each function is timed it is called untimed, once and for `settle` seconds: that call
    finds the caches, and the threads, as another function left them.
    """
    repeats = {name: _repeats(function) for name, function in functions.items()}
    while True:
        a_round = {}
        for name, function in functions.items():
            end = perf_counter() + settle
            function()
            while perf_counter() < end:
                function()
            a_round[name] = _seconds(function, repeats[name])
        yield a_round


def _repeats(function: Callable[[], object]) -> int:
    """Warm a function up; return how many calls take a millisecond, by the fastest of three."""
    return math.ceil(SHORTEST / min(_seconds(function, 1) for _ in range(3)))


def _seconds(function: Callable[[], object], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        function()
    return max(RESOLUTION, perf_counter() - start) / repeats


def affordable(call_on: Callable[[int], Callable[[], object]], N: int, seconds: float) -> int:
    """Return on how many samples, N at most, a call takes no longer than it may.

    call_on  takes a number of samples, and returns what to call
    seconds  of one call

    It is estimated from calls on few samples; where it is fewer than N, it is 1, 2 or 5 times a
    power of ten.
    """
    n = min(N, 10)
    while True:
        call = call_on(n)
        call()
        start = perf_counter()
        call()
        taken = perf_counter() - start
        if taken * N <= seconds * n:
            return N
        if 4 * taken > seconds or n == N:
            return _round_down(n * seconds / taken)
        n = min(N, 4 * n)


def _round_down(number: float) -> int:
    whole = max(1, int(number))
    power = int("1" + "0" * (len(str(whole)) - 1))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= whole)


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Keep the garbage collector out of what is timed, and leave it as it was."""
    was = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
