"""Wrong in the regularization term."""

from tests.gradient_bench import mistakes, mutate
from tests.gradient_bench.mutate import Change, changed
from tests.gradient_bench.wrong.places import placed

CHANGES: dict[str, tuple[str, Change, str]] = {
    "reg missing": ("reg", mistakes.reg_times(0), "reg, reg 100, centred reg, hinge reg, square"),
    "reg twice": ("reg", mistakes.reg_times(2), "reg, pixels reg, float32 reg, hinge centred"),
    "reg half": ("reg", mistakes.reg_times(0.5), "reg, reg 100"),
    "reg over N": ("reg", mistakes.reg_over_n, "reg, hinge reg"),
    "reg sign": ("reg", mistakes.reg_times(-1), "reg, hinge reg"),
    "reg without strength": ("reg", mutate.add_x(1), "small, centred, float32"),
    "reg absolute": ("reg other", mistakes.reg_absolute, "reg, centred reg"),
    "reg on the data": ("reg other", mistakes.reg_on_data, "reg, square"),
    "bias unregularised": ("reg col", mistakes.bias_unregularised, "reg, centred reg, hinge reg"),
}

PROBLEMS = placed(CHANGES, changed)
