"""Wrong for one array of parameters of a network, or by an activation."""

import numpy as np

from tests.gradient_bench import losses, mistakes, mutate
from tests.gradient_bench.conditions import network
from tests.gradient_bench.mutate import Change, part_changed, rebuilt
from tests.gradient_bench.problem import Build, wrong
from tests.gradient_bench.vector import flat

NETWORK_RELU = network(weights=0.7)
NETWORK_TANH = network(activation="tanh", weights=0.7)
NETWORK_SIGMOID = network(activation="sigmoid", weights=1)
NETWORK_PIXELS = network((3073, 10, 10), data="centred", weights=1e-3)
DEEP = network((7, 6, 8, 5), "tanh", weights=0.8)
PARTS: dict[str, tuple[str, str, Change, Build]] = {
    "W1 factor 2": ("scale", "W1", mutate.times(2), network(reg=0.0)),
    "b2 factor N": ("scale", "b2", mutate.times(11), NETWORK_RELU),
    "b2 over N, pixels": (
        "scale",
        "b2",
        mutate.times(1 / 20),
        network((3073, 10, 10), N=20, data="centred", weights=1e-3),
    ),
    "b1 zero": ("zero", "b1", mutate.times(0), NETWORK_TANH),
    "b2 zero, pixels": ("zero", "b2", mutate.times(0), NETWORK_PIXELS),
    "b1 1 % off, pixels": ("scale", "b1", mutate.times(1.01), NETWORK_PIXELS),
    "W2 sign": ("sign", "W2", mutate.times(-1), NETWORK_SIGMOID),
    "W2 reg missing": ("reg", "W2", mutate.add_x(-0.05), NETWORK_TANH),
    "W2 reg missing, pixels": ("reg", "W2", mutate.add_x(-0.05), NETWORK_PIXELS),
    "b1 regularised": ("reg", "b1", mutate.add_x(0.05), NETWORK_RELU),
    "b2 entry sign": ("entry sign", "b2", mutate.entry_scaled(-1), NETWORK_PIXELS),
    "W1 entry sign, pixels": ("entry", "W1", mutate.entry_scaled(-1, 0.8), NETWORK_PIXELS),
    "W2 transposed": ("transpose", "W2", mistakes.transposed, network((5, 6, 6), "tanh")),
    "W2 shape": ("transpose shape", "W2", mistakes.transposed, NETWORK_RELU),
    "b2 nan": ("nan", "b2", mutate.set_at(np.nan), NETWORK_TANH),
    "W3 class missing": ("row zero", "W3", mutate.row_scaled(0), DEEP),
    "b2 1e-3 off, three layers": ("scale", "b2", mutate.times(1.001), DEEP),
    "W2 float32 result": (
        "dtype",
        "W2",
        lambda rng, g, x, *args: g.astype(np.float32),
        NETWORK_RELU,
    ),
}
SEEN_IN_CALLS = {"W2 shape", "b2 nan", "W2 float32 result"}
DERIVATIVES: dict[str, tuple[losses.Derivative, Build]] = {
    "relu derivative missing": (lambda z, a: 1 + 0 * a, NETWORK_RELU),
    "relu derivative inverted": (lambda z, a: (z < 0).astype(a.dtype), NETWORK_RELU),
    "relu derivative missing, pixels": (lambda z, a: 1 + 0 * a, NETWORK_PIXELS),
    "sigmoid of sigmoid": (
        lambda z, a: losses.sigmoid(a) * (1 - losses.sigmoid(a)),
        NETWORK_SIGMOID,
    ),
    "sigmoid derivative of z": (lambda z, a: z * (1 - z), NETWORK_SIGMOID),
    "tanh derivative of z": (lambda z, a: 1 - z * z, NETWORK_TANH),
    "tanh derivative twice": (lambda z, a: (1 - a * a) ** 2, DEEP),
}
FLAT_PARTS = ("b2 factor N", "b1 zero", "W2 reg missing", "b2 1e-3 off, three layers")

PROBLEMS = [
    *(
        wrong(
            f"network: {name}",
            causes,
            part_changed(build, key, change),
            "calls" if name in SEEN_IN_CALLS else "slope",
        )
        for name, (causes, key, change, build) in PARTS.items()
    ),
    *(
        wrong(
            f"network: {name} flat",
            PARTS[name][0] + " entry other",
            flat(part_changed(PARTS[name][3], PARTS[name][1], PARTS[name][2])),
        )
        for name in FLAT_PARTS
    ),
    *(
        wrong(f"network: {name}", "other row", rebuilt(build, mistakes.derivative(d)))
        for name, (d, build) in DERIVATIVES.items()
    ),
    *(
        wrong(f"network: {name} flat", "other entry", flat(rebuilt(build, mistakes.derivative(d))))
        for name, (d, build) in DERIVATIVES.items()
        if build is not NETWORK_PIXELS
    ),
]
