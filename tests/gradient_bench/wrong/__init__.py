"""The wrong gradients of the bench, by kind of mistake."""

from tests.gradient_bench.wrong import (
    imprecise,
    impure,
    layers,
    mislabelled,
    misplaced,
    misshapen,
    networks,
    points,
    regularized,
    scaled,
)

KINDS = (
    scaled,
    regularized,
    misshapen,
    misplaced,
    mislabelled,
    imprecise,
    impure,
    points,
    networks,
    layers,
)
WRONG = [problem for kind in KINDS for problem in kind.PROBLEMS]
