"""Wrong by one factor: of the whole gradient or of its data term."""

from collections.abc import Callable

import numpy as np

from tests.gradient_bench import mutate
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.wrong.places import placed


def data_scaled(name: str) -> Change:
    """The change that multiplies the data term by a named factor of C and N."""
    factors: dict[str, Callable[[int, int], float]] = {
        "N": lambda C, N: N,
        "1/N": lambda C, N: 1 / N,
        "1/C": lambda C, N: 1 / C,
        "N/C": lambda C, N: N / C,
        "N/(N-1)": lambda C, N: N / (N - 1),
    }
    return mutate.data_times(factors[name])


CHANGES: dict[str, tuple[str, Change, str]] = {
    "1/N missing": ("scale", data_scaled("N"), "small, pixels, centred, float32, hinge, data 1e-6"),
    "1/N missing, reg": ("scale", data_scaled("N"), "reg, centred reg, hinge reg"),
    "1/N twice": ("scale", data_scaled("1/N"), "small, hinge centred, C100"),
    "divided by C": ("scale", data_scaled("1/C"), "small, pixels, hinge"),
    "factor N/C": ("scale", data_scaled("N/C"), "small, centred, C100"),
    "factor N/(N-1)": ("scale", data_scaled("N/(N-1)"), "small, centred"),
    "factor 2": ("scale", mutate.times(2), "small, reg, pixels, offset 1e8, W 1e-8, converged"),
    "factor 1/2": ("scale", mutate.times(0.5), "small, data 1e6, squared hinge, float32, W zero"),
    "factor ln 2": ("scale", mutate.times(np.log(2)), "small, logistic, scores 100"),
    "factor 1.01": ("scale", mutate.times(1.01), "small, hinge C100, float32 centred"),
    "factor 1 + 1e-6": ("scale precision", mutate.times(1 + 1e-6), "small, centred, quadratic"),
    "sign": ("sign", mutate.times(-1), "small, reg, pixels, float32, hinge, quadratic 0-d, C2"),
    "zero": ("zero", mutate.times(0), "small, pixels, float32, hinge, data 1e-6, quadratic 0-d"),
}

PROBLEMS = placed(CHANGES, changed)
