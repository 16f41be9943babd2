"""Transposed, flattened, summed or cut."""

from tests.gradient_bench import mistakes
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.wrong.places import placed

SEEN_IN_CALLS: dict[str, tuple[str, Change, str]] = {
    "transposed shape": ("transpose shape", mistakes.transposed, "small, pixels, hinge"),
    "flattened": ("shape", lambda rng, g, x, *args: g.ravel(), "small, centred"),
    "one axis more": ("shape", lambda rng, g, x, *args: g[None], "small"),
    "summed over classes": ("shape", lambda rng, g, x, *args: g.sum(axis=0), "small"),
    "bias column cut off": ("shape col", lambda rng, g, x, *args: g[:, :-1], "small, pixels"),
    "a number": ("shape", lambda rng, g, x, *args: float(g.sum()), "reg"),
}
SLOPES: dict[str, tuple[str, Change, str]] = {
    "transposed": ("transpose", mistakes.transposed, "square"),
    "transposed and reshaped": (
        "transpose other",
        mistakes.transposed_reshaped,
        "small, centred, float32",
    ),
}

PROBLEMS = [*placed(SLOPES, changed), *placed(SEEN_IN_CALLS, changed, "calls")]
