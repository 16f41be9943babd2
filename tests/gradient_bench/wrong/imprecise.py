"""Wrong in type or precision, or not finite."""

import numpy as np

from tests.gradient_bench import mutate
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.wrong.places import placed

SEEN_IN_CALLS: dict[str, tuple[str, Change, str]] = {
    "nan entry": ("nan", mutate.set_at(np.nan), "small, centred, float32"),
    "inf entry": ("nan", mutate.set_at(np.inf), "small, hinge"),
    "all nan": ("nan", lambda rng, g, x, *args: g * np.nan, "pixels, reg"),
    "float32 result": (
        "dtype",
        lambda rng, g, x, *args: g.astype(np.float32),
        "small, centred, W zero",
    ),
    "integer result": ("dtype", lambda rng, g, x, *args: g.astype(int), "small, pixels"),
    "float16 result": ("dtype", lambda rng, g, x, *args: g.astype(np.float16), "float32"),
    "complex result": ("dtype", lambda rng, g, x, *args: g.astype(complex), "small"),
}
SLOPES: dict[str, tuple[str, Change, str]] = {
    "relative noise 1e-6": ("precision other", mutate.relative_noise(1e-6), "small, centred"),
    "relative noise 1e-3": ("precision other", mutate.relative_noise(1e-3), "pixels, hinge"),
    "float32 inside": ("precision", mutate.through(np.float32), "small, centred, hinge, C100, reg"),
    "float16 inside": ("precision", mutate.through(np.float16), "small, centred"),
    "two decimals": (
        "precision other",
        lambda rng, g, x, *args: g.round(2),
        "small, hinge",
    ),
}

PROBLEMS = [*placed(SLOPES, changed), *placed(SEEN_IN_CALLS, changed, "calls")]
