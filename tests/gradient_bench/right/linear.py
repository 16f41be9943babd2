"""Right gradients of linear classifiers: sizes, scales, types, layouts, targets, losses."""

from dataclasses import replace

import numpy as np

from tests.gradient_bench import conditions, losses
from tests.gradient_bench.conditions import CENTRED, PIXELS, Linear

HINGE = Linear(loss=losses.hinge_loss)
FLOAT32 = Linear(dtype=np.float32)

LINEAR = {
    "C2 D1 N1": Linear(C=2, D=1, N=1),
    "C2 D2 N1": Linear(C=2, D=2, N=1),
    "C3 D1 N5": Linear(C=3, D=1, N=5),
    "C5 D7 N11": Linear(),
    "C5 D7 N11 reg": Linear(reg=0.1),
    "C6 D6 square": Linear(C=6, D=6, N=6, reg=0.1),
    "C10 D50 N500": Linear(C=10, D=50, N=500, reg=0.01),
    "C100 D30 N50": Linear(C=100, D=30, N=50),
    "C100 D3073 N2": Linear(C=100, D=3073, N=2, weights=0.01),
    "course size": Linear(C=10, D=3073, N=500, weights=1e-3, data="centred", reg=0.01),
    "one sample of C40": Linear(C=40, D=9, N=1),
    "raw pixels": PIXELS,
    "raw pixels tiny W": replace(PIXELS, weights=1e-6),
    "raw pixels W 0.01": replace(PIXELS, weights=0.01, reg=0.1),
    "raw pixels reg 1e3": replace(PIXELS, reg=1e3),
    "raw pixels one sample": replace(PIXELS, N=1),
    "centred pixels": CENTRED,
    "centred pixels reg": replace(CENTRED, reg=0.5),
    "centred pixels tiny W": replace(CENTRED, weights=1e-5),
    "centred pixels W 0.01": replace(CENTRED, weights=0.01),
    "centred pixels over 128": replace(CENTRED, scale=1 / 128, weights=0.01, reg=1e-3),
    "data 1e-6": Linear(scale=1e-6),
    "data 1e-6 reg": Linear(scale=1e-6, reg=1e-3),
    "data 1e-3": Linear(scale=1e-3, weights=1),
    "data 1e3": Linear(scale=1e3, weights=1e-3),
    "data 1e6": Linear(scale=1e6, weights=1e-6),
    "data 1e6 reg": Linear(scale=1e6, weights=1e-6, reg=1.0),
    "W zero": Linear(weights=0),
    "W zero reg": Linear(weights=0, reg=10.0),
    "W zero pixels": replace(PIXELS, weights=0, reg=0.1),
    "W 1e-8": Linear(weights=1e-8),
    "W 1e-8 reg 1e6": Linear(weights=1e-8, reg=1e6),
    "W 1e-4": Linear(weights=1e-4, reg=1e-3),
    "W 1": Linear(weights=1),
    "W 10": Linear(weights=10),
    "W 1e3": Linear(weights=1e3),
    "W 1e3 reg": Linear(weights=1e3, reg=1e-3),
    "scores 100": Linear(scores=100),
    "scores 1e3": Linear(scores=1e3, N=40),
    "scores 1e4": Linear(scores=1e4, reg=0.1),
    "scores 1e4 C100": Linear(C=100, D=20, N=30, scores=1e4),
    "scores 1e4 pixels": replace(PIXELS, scores=1e4),
    "reg 1e-8": Linear(reg=1e-8),
    "reg 100": Linear(reg=100.0),
    "reg 1e6": Linear(reg=1e6),
    "float32": FLOAT32,
    "float32 reg": replace(FLOAT32, reg=0.1, C=10, D=20, N=30),
    "float32 centred pixels": replace(CENTRED, dtype=np.float32),
    "float32 raw pixels": replace(PIXELS, dtype=np.float32, reg=0.1),
    "float32 data 1e-6": replace(FLOAT32, scale=1e-6),
    "float32 data 1e6": replace(FLOAT32, scale=1e6, weights=1e-6),
    "float32 W zero": replace(FLOAT32, weights=0),
    "float32 W 1e-8": replace(FLOAT32, weights=1e-8),
    "float32 scores 100": replace(FLOAT32, scores=100, reg=0.01),
    "float32 reg 1e6": replace(FLOAT32, reg=1e6),
    "Fortran W": Linear(layout="F", reg=0.1),
    "strided W": Linear(layout="strided", reg=0.1),
    "reversed W": Linear(layout="reversed"),
    "read-only W": Linear(layout="read-only", reg=0.1),
    "read-only float32 W": replace(FLOAT32, layout="read-only"),
    "masked labels": Linear(loss=losses.masked_softmax_loss, targets=conditions.masked_labels),
    "soft targets": Linear(loss=losses.target_loss, targets=conditions.soft_targets),
    "loose targets": Linear(loss=losses.target_loss, targets=conditions.loose_targets, weights=1),
    "smoothed targets": Linear(
        loss=losses.target_loss, targets=conditions.smoothed_targets, weights=3, reg=0.1
    ),
    "loose targets pixels": replace(
        CENTRED, loss=losses.target_loss, targets=conditions.loose_targets
    ),
    "logistic": Linear(loss=losses.logistic_loss, targets=conditions.binary_targets),
    "logistic saturated": Linear(
        loss=losses.logistic_loss, targets=conditions.binary_targets, scores=300
    ),
    "logistic float32": replace(
        FLOAT32, loss=losses.logistic_loss, targets=conditions.binary_targets, reg=0.1
    ),
    "squared": Linear(loss=losses.squared_loss, targets=conditions.soft_targets),
    "squared pixels": replace(
        PIXELS, loss=losses.squared_loss, targets=conditions.soft_targets, reg=1.0
    ),
    "hinge C2 D2 N1": replace(HINGE, C=2, D=2, N=1),
    "hinge C5 D7 N11": HINGE,
    "hinge reg": replace(HINGE, reg=0.1, weights=1),
    "hinge C10 D50 N500": replace(HINGE, C=10, D=50, N=500, weights=0.3),
    "hinge C100 D30 N50": replace(HINGE, C=100, D=30, N=50, weights=0.3, reg=0.01),
    "hinge W zero": replace(HINGE, weights=0),
    "hinge W zero reg": replace(HINGE, weights=0, reg=1e3, C=10, N=20),
    "hinge W 1e3": replace(HINGE, weights=1e3),
    "hinge scores 1e4": replace(HINGE, scores=1e4, reg=0.1),
    "hinge centred pixels": replace(CENTRED, loss=losses.hinge_loss, reg=0.1),
    "hinge raw pixels": replace(PIXELS, loss=losses.hinge_loss),
    "hinge raw pixels N100": replace(PIXELS, loss=losses.hinge_loss, N=100, weights=1e-3),
    "hinge data 1e-6": replace(HINGE, scale=1e-6),
    "hinge data 1e6": replace(HINGE, scale=1e6, weights=1e-6),
    "hinge float32": replace(HINGE, dtype=np.float32, reg=0.1),
    "squared hinge": replace(HINGE, loss=losses.squared_hinge_loss, weights=1),
    "squared hinge pixels": replace(CENTRED, loss=losses.squared_hinge_loss, reg=0.1),
}
