"""Where mistakes are made, by name, and the problems that come of mistakes made there."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from tests.gradient_bench import losses
from tests.gradient_bench.builders import of_array, with_loss_form
from tests.gradient_bench.conditions import (
    CENTRED,
    PIXELS,
    Linear,
    binary_targets,
    converged,
    one_tiny_feature,
    soft_targets,
)
from tests.gradient_bench.functions import quadratic
from tests.gradient_bench.problem import Build, Problem, wrong

T = TypeVar("T")

SMALL = Linear(weights=0.5)
HINGE = replace(SMALL, loss=losses.hinge_loss)

PLACES: dict[str, Build] = {
    "small": SMALL.build,
    "reg": replace(SMALL, reg=0.1).build,
    "reg 100": replace(SMALL, reg=100.0).build,
    "square": Linear(C=6, D=6, N=6, weights=0.5, reg=0.1).build,
    "pixels": PIXELS.build,
    "pixels reg": replace(PIXELS, reg=0.5, weights=1e-3).build,
    "centred": CENTRED.build,
    "centred reg": replace(CENTRED, reg=0.5).build,
    "course size": replace(CENTRED, N=500, reg=0.01).build,
    "C100": Linear(C=100, D=30, N=50, weights=0.1).build,
    "C2": Linear(C=2, D=3, N=5, weights=1).build,
    "float32": replace(SMALL, dtype=np.float32).build,
    "float32 reg": replace(SMALL, dtype=np.float32, reg=0.1).build,
    "float32 centred": replace(CENTRED, dtype=np.float32).build,
    "data 1e-6": replace(SMALL, scale=1e-6).build,
    "data 1e6": replace(SMALL, scale=1e6, weights=1e-6).build,
    "W zero": replace(SMALL, weights=0).build,
    "W 1e-8": replace(SMALL, weights=1e-8).build,
    "scores 100": replace(SMALL, scores=100, N=40).build,
    "converged": converged(10),
    "offset 1e8": with_loss_form(SMALL.build, lambda loss: loss + 1e8),
    "hinge": HINGE.build,
    "hinge reg": replace(HINGE, reg=0.1).build,
    "hinge centred": replace(CENTRED, loss=losses.hinge_loss, reg=0.1).build,
    "hinge C100": replace(HINGE, C=100, D=30, N=50).build,
    "hinge float32": replace(HINGE, dtype=np.float32).build,
    "logistic": replace(SMALL, loss=losses.logistic_loss, targets=binary_targets).build,
    "soft targets": replace(SMALL, loss=losses.target_loss, targets=soft_targets).build,
    "squared hinge": replace(HINGE, loss=losses.squared_hinge_loss).build,
    "quadratic": of_array(quadratic, (5, 7)),
    "quadratic 0-d": of_array(quadratic, ()),
    "Fortran": replace(SMALL, layout="F").build,
    "one tiny feature": one_tiny_feature(SMALL.build),
}


def placed(
    table: dict[str, tuple[str, T, str]],
    mistaken: Callable[[Build, T], Build],
    evidence: str = "slope",
) -> list[Problem]:
    """Return a problem for each mistake of a table at each of its places.

    table     name: (causes with blanks between them, mistake, names of PLACES with commas)
    mistaken  takes the builder of a right function and the mistake
    evidence  as in Problem
    """
    return [
        wrong(f"{name}: {place}", causes, mistaken(PLACES[place], mistake), evidence)
        for name, (causes, mistake, places) in table.items()
        for place in places.split(", ")
    ]
