"""Right gradients of networks, trained classifiers, other functions, and at or near kinks."""

import numpy as np

from tests.gradient_bench import functions
from tests.gradient_bench.builders import of_array, times, weighted, with_loss_form
from tests.gradient_bench.conditions import CENTRED, Linear, converged, network, on_margin
from tests.gradient_bench.losses import hinge_loss, weighted_activation, weighted_softmax

SMALL = Linear(reg=0.1).build
NETWORKS = {
    "relu": network(),
    "tanh": network(activation="tanh"),
    "sigmoid": network(activation="sigmoid", reg=0.0),
    "softplus": network(activation="softplus"),
    "relu wide": network((50, 100, 10), N=20, weights=0.1),
    "relu pixels": network((3073, 10, 10), data="centred", weights=1e-3),
    "tanh three layers": network((7, 6, 8, 5), "tanh", weights=0.8),
    "relu four layers": network((7, 9, 8, 6, 5), weights=0.6),
    "relu float32": network(dtype=np.float32),
    "sigmoid saturated": network(activation="sigmoid", weights=10, reg=0.01),
    "relu tiny W": network(weights=1e-3, reg=0.0),
}

OTHERS = {
    "converged 5": converged(5),
    "converged 10": converged(10),
    "converged 20": converged(20),
    "converged 35": converged(35),
    "converged 10 float32": converged(10, np.float32),
    "converged hinge": converged(10, loss=hinge_loss),
    "offset 1e8": with_loss_form(SMALL, lambda loss: loss + 1e8),
    "offset -1e4": with_loss_form(SMALL, lambda loss: loss - 1e4),
    "offset 1e8 pixels": with_loss_form(CENTRED.build, lambda loss: loss + 1e8),
    "offset 1e5 hinge": with_loss_form(Linear(loss=hinge_loss).build, lambda loss: loss + 1e5),
    "offset 100 float32": with_loss_form(Linear(dtype=np.float32).build, lambda loss: loss + 100),
    "loss times 1e12": times(SMALL, 1e12),
    "loss times 1e-12": times(SMALL, 1e-12),
    "loss times 1e-30": times(SMALL, 1e-30),
    "loss (1,)": with_loss_form(SMALL, lambda loss: np.array([loss])),
    "loss 0-d": with_loss_form(SMALL, np.array),
    "quadratic": of_array(functions.quadratic, (5, 7)),
    "quadratic 0-d": of_array(functions.quadratic, ()),
    "quadratic at zero": of_array(functions.quadratic, (4, 3), 0),
    "quadratic x 1e8": of_array(functions.quadratic, (5, 7), 1e8),
    "quadratic float32": of_array(functions.quadratic, (5, 7), dtype=np.float32),
    "linear": weighted(functions.linear, (5, 7)),
    "linear at zero": weighted(functions.linear, (5, 7), 0),
    "constant": of_array(functions.constant, (5, 7)),
    "constant at zero": of_array(functions.constant, (5,), 0),
    "cubic": weighted(functions.cubic, (11,)),
    "cubic at zero": weighted(functions.cubic, (11,), 0),
    "wave": weighted(functions.wave, (7,)),
    "rosenbrock": of_array(functions.rosenbrock, (9,)),
    "exponential": weighted(functions.exponential, (5, 7)),
    "mixed scales": functions.mixed_scales,
    "masked": weighted(functions.masked, (5, 7)),
    "absolute": weighted(functions.absolute, (5, 7)),
    "softmax 1-d": weighted(weighted_softmax, (7,)),
    "softmax 1-d saturated": weighted(weighted_softmax, (7,), 30),
    "softmax columns": weighted(weighted_softmax, (5, 11)),
    "softmax columns float32": weighted(weighted_softmax, (5, 11), dtype=np.float32),
    "sigmoid": weighted(weighted_activation, (5, 7), 1, "sigmoid"),
    "sigmoid saturated": weighted(weighted_activation, (5, 7), 30, "sigmoid"),
    "sigmoid 0-d": weighted(weighted_activation, (), 1, "sigmoid"),
    "tanh 3-d": weighted(weighted_activation, (2, 3, 4), 1, "tanh"),
    "tanh saturated": weighted(weighted_activation, (5, 7), 30, "tanh"),
    "tanh 3-d strided": weighted(weighted_activation, (2, 3, 4), 1, "tanh", layout="strided"),
    "relu 3-d": weighted(weighted_activation, (2, 3, 4), 1, "relu"),
    "relu 1-d float32": weighted(weighted_activation, (9,), 1, "relu", dtype=np.float32),
    "relu near kinks": weighted(weighted_activation, (9,), 1e-7, "relu"),
    "softplus": weighted(weighted_activation, (5, 7), 1, "softplus"),
}
KINKS = {
    "hinge on a kink": on_margin(0),
    "hinge on a kink, one sample": on_margin(0, N=1, C=2),
    "relu on a kink": weighted(weighted_activation, (9,), 1, "relu", zeros=1),
    "relu of a single zero": weighted(weighted_activation, (1,), 0, "relu"),
    "relu on three kinks": weighted(weighted_activation, (9,), 1, "relu", zeros=3),
}
NEAR_KINKS = {
    f"hinge {offset:g} from a kink": on_margin(offset) for offset in (1e-10, -1e-8, 1e-6, -1e-4)
}
