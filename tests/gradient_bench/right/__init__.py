"""The right gradients of the bench."""

from tests.gradient_bench.problem import Problem, right
from tests.gradient_bench.right.linear import LINEAR
from tests.gradient_bench.right.others import KINKS, NEAR_KINKS, NETWORKS, OTHERS
from tests.gradient_bench.vector import flat

RIGHT: list[Problem] = [
    *(right(f"linear: {name}", condition.build) for name, condition in LINEAR.items()),
    *(right(f"network: {name}", build) for name, build in NETWORKS.items()),
    *(right(f"network: {name} flat", flat(NETWORKS[name])) for name in ("relu", "tanh")),
    *(right(f"other: {name}", build) for name, build in OTHERS.items()),
    *(right(f"kink: {name}", build) for name, build in NEAR_KINKS.items()),
    *(right(f"kink: {name}", build, "kink") for name, build in KINKS.items()),
]
