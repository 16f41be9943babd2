"""All problems of the bench: the right ones, then the wrong ones."""

from tests.gradient_bench.right import RIGHT
from tests.gradient_bench.wrong import WRONG

PROBLEMS = [*RIGHT, *WRONG]

__all__ = ["PROBLEMS", "RIGHT", "WRONG"]
