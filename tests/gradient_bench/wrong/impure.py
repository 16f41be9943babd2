"""Wrong between calls, or with a loss that is not finite."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.gradient_bench import chance, impure
from tests.gradient_bench.builders import with_loss_form
from tests.gradient_bench.mutate import Mutation, rebuilt
from tests.gradient_bench.wrong.places import placed

IMPURE: dict[str, tuple[str, Mutation, str]] = {
    "writes over x": ("mutates alias", impure.mutates_x, "reg, centred"),
    "nudges x": ("mutates", impure.nudges_x, "small, centred"),
    "steps x": ("mutates", impure.steps_x, "small, hinge, float32"),
    "centres data in place": ("mutates", impure.centres_data, "small, pixels"),
    "scales data in place": ("mutates", impure.scales_data, "pixels, hinge"),
    "changes labels": ("mutates", impure.shifts_labels, "small, centred"),
    "reuses buffer": ("alias", impure.reuses_buffer, "small, centred, quadratic 0-d"),
    "reuses buffer view": ("alias", impure.reuses_buffer_view, "reg, hinge"),
    "accumulates": ("alias stale", impure.accumulates, "small, centred, float32"),
    "accumulates copy": ("stale nondet", impure.accumulates_copy, "small, hinge"),
    "previous gradient": ("stale", impure.previous_gradient, "small, centred, quadratic"),
    "first gradient": ("stale", impure.first_gradient, "small, hinge, pixels"),
    "first result": ("stale", impure.first_result, "small, centred"),
    "second call doubles": (
        "stale nondet",
        impure.second_call_doubles,
        "small, pixels, hinge",
    ),
    "minibatch": ("nondet", chance.minibatch, "small, pixels, course size"),
    "minibatch gradient": ("nondet", chance.minibatch_gradient, "small, hinge"),
    "dropout": ("nondet", chance.dropout, "small, centred"),
    "noisy gradient": ("nondet", chance.noisy_gradient, "small, float32"),
    "noisy loss": ("nondet", chance.noisy_loss, "reg, pixels"),
}

LOSSES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "loss nan": ("loss_nan", lambda loss: loss * np.nan, "small"),
    "loss inf": ("loss_nan", lambda loss: loss + np.inf, "centred"),
    "loss nan, float32": ("loss_nan", lambda loss: loss * np.float32(np.nan), "float32"),
}

PROBLEMS = [*placed(IMPURE, rebuilt, "calls"), *placed(LOSSES, with_loss_form, "calls")]
