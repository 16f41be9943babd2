"""Wrong in the true-class term, the margins or the samples."""

import numpy as np

from tests.gradient_bench import mistakes, mutate
from tests.gradient_bench.mutate import Change, Mutation, changed, rebuilt
from tests.gradient_bench.wrong.places import placed

HINGE_TERMS = "other row label example"
CHANGES: dict[str, tuple[str, Change, str]] = {
    "true class absent": (
        "label",
        mutate.true_class(lambda Y, S: Y),
        "small, pixels, centred reg, float32, C100",
    ),
    "true class twice": (
        "label",
        mutate.true_class(lambda Y, S: -Y),
        "small, reg, centred, W zero",
    ),
    "true class sign": ("label", mutate.true_class(lambda Y, S: 2 * Y), "small, pixels"),
    "true class at arg max": (
        "label",
        mutate.true_class(lambda Y, S: Y - mutate.at_argmax(S)),
        "small, reg, centred",
    ),
    "labels off by one": (
        "label",
        mutate.true_class(lambda Y, S: Y - np.roll(Y, 1, axis=0)),
        "small, pixels, float32, converged, C100",
    ),
    "labels off by minus one": (
        "label",
        mutate.true_class(lambda Y, S: Y - np.roll(Y, -1, axis=0)),
        "reg, centred",
    ),
    "true class absent for one label": (
        "label row",
        mutate.true_class(mutate.only_first_label),
        "small, pixels, reg, C100",
    ),
    "hinge true class absent": (
        "label",
        mutate.true_class(mistakes.hinge_counts),
        "hinge, hinge centred, hinge float32",
    ),
    "hinge true class once": (
        "label",
        mutate.true_class(lambda Y, S: mistakes.hinge_counts(Y, S) - Y * (np.inf > S)),
        "hinge, hinge C100",
    ),
    "hinge true class counted in": (
        "label",
        mutate.true_class(lambda Y, S: -Y),
        "hinge, hinge reg",
    ),
    "hinge without margin": (
        HINGE_TERMS,
        mistakes.hinge_margin(0),
        "hinge, hinge centred",
    ),
    "hinge margin 10": (HINGE_TERMS, mistakes.hinge_margin(10), "hinge, hinge reg"),
    "hinge worst class only": (
        HINGE_TERMS,
        mistakes.hinge_worst,
        "hinge, hinge C100",
    ),
    "hinge weighted by margin": (
        HINGE_TERMS,
        mistakes.hinge_squared,
        "hinge, hinge reg",
    ),
}

EXAMPLES: dict[str, tuple[str, Mutation, str]] = {
    "last sample missing": (
        "example",
        mistakes.weighted_examples(mutate.without(-1)),
        "small, centred, hinge, float32",
    ),
    "first sample missing": (
        "example",
        mistakes.weighted_examples(mutate.without(0)),
        "reg, pixels, C100",
    ),
    "a sample twice": (
        "example",
        mistakes.weighted_examples(mutate.twice(3)),
        "small, centred reg, hinge",
    ),
    "last sample only": (
        "example",
        mistakes.weighted_examples(mutate.only_last),
        "small, pixels, hinge",
    ),
}

PROBLEMS = [*placed(CHANGES, changed), *placed(EXAMPLES, rebuilt)]
