"""Wrong derivatives of one layer, seen through an upstream gradient."""

import numpy as np

from tests.gradient_bench import mistakes, mutate
from tests.gradient_bench.builders import weighted
from tests.gradient_bench.losses import weighted_activation, weighted_softmax
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.problem import Build, wrong
from tests.gradient_bench.wrong.places import PLACES

VECTOR = weighted(weighted_softmax, (7,))
COLUMNS = weighted(weighted_softmax, (5, 11))
SIGMOID = weighted(weighted_activation, (5, 7), 1, "sigmoid")
TANH = weighted(weighted_activation, (2, 3, 4), 1, "tanh")
RELU = weighted(weighted_activation, (9,), 1, "relu")
LAYERS: dict[str, tuple[str, Change, Build]] = {
    "softmax diagonal only": ("other entry", mistakes.softmax_diagonal, VECTOR),
    "softmax diagonal only, columns": ("other entry", mistakes.softmax_diagonal, COLUMNS),
    "softmax p * v": ("other entry", mistakes.softmax_p_v, VECTOR),
    "softmax sum over the wrong axis": ("other entry", mistakes.softmax_wrong_axis, COLUMNS),
    "softmax sign": ("sign", mutate.times(-1), COLUMNS),
    "sigmoid derivative of x": ("other entry", lambda rng, g, x, v, name: v * x * (1 - x), SIGMOID),
    "sigmoid derivative twice": ("other scale", lambda rng, g, x, v, name: g * g / v, SIGMOID),
    "sigmoid upstream missing": ("other entry", lambda rng, g, x, v, name: g / v, SIGMOID),
    "tanh derivative of x": ("other entry", lambda rng, g, x, v, name: v * (1 - x * x), TANH),
    "tanh 1 - a": ("other entry", lambda rng, g, x, v, name: v * (1 - np.tanh(x)), TANH),
    "relu derivative missing, layer": ("other entry", lambda rng, g, x, v, name: v.copy(), RELU),
    "relu leaky gradient": (
        "other entry",
        lambda rng, g, x, v, name: np.where(x > 0, v, 0.01 * v),
        RELU,
    ),
    "quadratic without half": ("scale reg", mutate.times(2), PLACES["quadratic"]),
    "quadratic 0-d, 1e-6 off": (
        "scale reg precision",
        mutate.times(1 + 1e-6),
        PLACES["quadratic 0-d"],
    ),
}

PROBLEMS = [
    wrong(f"layer: {name}", causes, changed(build, change))
    for name, (causes, change, build) in LAYERS.items()
]
