"""Wrong for some classes, features or entries."""

import numpy as np

from tests.gradient_bench import mistakes, mutate
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.wrong.places import placed

CHANGES: dict[str, tuple[str, Change, str]] = {
    "class missing": ("row zero", mutate.row_scaled(0), "small, centred, hinge, C100, float32"),
    "class times 1.1": ("row", mutate.row_scaled(1.1), "small, pixels, C100, hinge centred"),
    "class sign": ("row", mutate.row_scaled(-1), "small, centred reg"),
    "classes swapped": ("row", mistakes.classes_swapped, "small, centred, hinge"),
    "first class copied": ("row other", mistakes.first_class_copied, "small, pixels"),
    "bias column missing": (
        "col zero",
        mutate.scaled_at(np.s_[:, -1], 0),
        "small, pixels, centred, hinge, float32 centred, course size, one tiny feature",
    ),
    "feature missing": ("col zero", mutate.column_scaled(0), "small, centred, hinge centred"),
    "feature times 2": ("col", mutate.column_scaled(2), "small, pixels, reg"),
    "tiny feature times 2": ("col", mutate.scaled_at(np.s_[:, 0], 2), "one tiny feature"),
    "tiny feature missing": ("col zero", mutate.scaled_at(np.s_[:, 0], 0), "one tiny feature"),
    "entry sign": (
        "entry",
        mutate.entry_scaled(-1),
        "small, pixels, centred, float32, hinge centred, C100",
    ),
    "entry sign, largest": ("entry", mutate.entry_scaled(-1, 1), "course size, converged, Fortran"),
    "entry sign, small": ("entry", mutate.entry_scaled(-1, 0.1), "small, centred, hinge"),
    "entry 1e-3": ("entry", mutate.entry_scaled(1.001), "small, pixels, centred, hinge, reg"),
    "entry 1e-3, largest": ("entry", mutate.entry_scaled(1.001, 1), "centred, C100, data 1e6"),
    "entry zero": ("entry zero", mutate.entry_scaled(0), "small, centred, float32, hinge"),
    "entry 1e3": ("entry", mutate.set_at(1e3), "small, W 1e-8"),
    "entries swapped": ("entry", mistakes.entries_swapped, "small, pixels"),
}

PROBLEMS = placed(CHANGES, changed)
