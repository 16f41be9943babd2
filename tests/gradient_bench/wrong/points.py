"""Wrong at x but not near it, or near x but not at it: kinks, large scores."""

from dataclasses import replace

import numpy as np

from tests.gradient_bench import mistakes, mutate
from tests.gradient_bench.builders import weighted
from tests.gradient_bench.conditions import CENTRED, PIXELS, on_margin
from tests.gradient_bench.losses import weighted_activation
from tests.gradient_bench.mutate import Change, Mutation, changed, rebuilt
from tests.gradient_bench.problem import Build, wrong
from tests.gradient_bench.wrong.places import SMALL

OFF_POINT: dict[str, tuple[str, Mutation, Build]] = {
    "no maximum subtracted, scores 60": (
        "offpoint nan loss_nan",
        mistakes.no_maximum,
        replace(SMALL, scores=60).build,
    ),
    "no maximum subtracted, pixels": (
        "offpoint nan loss_nan",
        mistakes.no_maximum,
        replace(PIXELS, scores=300).build,
    ),
    "no maximum subtracted, float32": (
        "offpoint nan loss_nan",
        mistakes.no_maximum,
        replace(SMALL, scores=20, dtype=np.float32).build,
    ),
    "no maximum in the gradient": (
        "offpoint nan",
        mistakes.no_maximum_in_gradient,
        replace(SMALL, scores=60, N=40).build,
    ),
    "scores clipped at 50": (
        "offpoint",
        mistakes.scores_clipped(50),
        replace(SMALL, scores=8, N=40).build,
    ),
    "scores clipped at 50, pixels": (
        "offpoint",
        mistakes.scores_clipped(50),
        replace(CENTRED, scores=8, N=40).build,
    ),
    "probabilities clipped": (
        "offpoint",
        mistakes.probabilities_clipped,
        replace(SMALL, scores=6, N=40).build,
    ),
    "uniform probabilities at zero": (
        "offpoint",
        mistakes.uniform,
        replace(SMALL, weights=0).build,
    ),
}

ON_KINK: dict[str, tuple[str, Change, Build]] = {
    "hinge on a kink, sign": ("sign kink", mutate.times(-1), on_margin(0)),
    "hinge on a kink, factor 2": ("scale kink", mutate.times(2), on_margin(0)),
    "relu at zero, twice the slope": (
        "kink scale other",
        lambda rng, g, x, v, name: 2 * v,
        weighted(weighted_activation, (1,), 0, "relu"),
    ),
}
NEAR_KINK: dict[str, tuple[str, Change, Build]] = {
    "hinge near a kink, factor 2": ("scale", mutate.times(2), on_margin(1e-8)),
    "hinge near a kink, class missing": (
        "row zero label",
        mutate.scaled_at(1, 0),
        on_margin(-1e-6),
    ),
}

PROBLEMS = [
    *(
        wrong(name, causes, rebuilt(build, mutation), "offpoint")
        for name, (causes, mutation, build) in OFF_POINT.items()
    ),
    *(
        wrong(f"kink: {name}", causes, changed(build, change), evidence)
        for table, evidence in ((ON_KINK, "kink"), (NEAR_KINK, "slope"))
        for name, (causes, change, build) in table.items()
    ),
]
