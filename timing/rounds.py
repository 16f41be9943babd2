"""Time functions against each other in turn, so that a machine's drift touches all alike."""

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np
from numpy.typing import NDArray


def time_in_rounds(
    functions: Mapping[str, Callable[[], object]], rounds: int = 7
) -> dict[str, NDArray[np.float64]]:
    """Return the seconds that each function took in each round, A A B B A A B B ...

    The first of two calls in a row is not timed: it finds the caches as another function left them.

    functions  what to call, by name
    rounds     how often each is timed

    Each result is (rounds,) float64, in seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            function()
            start = perf_counter()
            function()
            seconds[name].append(perf_counter() - start)
    return {name: np.array(taken) for name, taken in seconds.items()}
