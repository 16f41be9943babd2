"""What one experiment is asked to do, and the grid that it searches."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LEARNING_RATES = {"softmax": (0.001, 0.003, 0.01, 0.03), "svm": (0.0001, 0.0003, 0.001, 0.003)}
REGS = (0.001, 0.01, 0.1)


@dataclass(frozen=True)
class Plan:
    """One experiment, as the command line asks for it.

    data      "shapes" or "cifar10"
    root      where CIFAR-10 is, or None for the places that datasets.load looks in
    loss      "softmax" or "svm"
    notebook  whose functions to train with, or None for those of classifiers
    seed      of every random choice
    out       the folder to write, which may not exist yet, or None for runs/DATA-LOSS-NUMBER
    quick     whether to look at 2,000 images only, for a few seconds
    batch_size  samples in a minibatch
    """

    data: str = "shapes"
    root: Path | None = None
    loss: str = "softmax"
    notebook: Path | None = None
    seed: int = 0
    out: Path | None = None
    quick: bool = False
    batch_size: int = 256

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """The learning rates to search; the lowest are left out of a quick look."""
        return LEARNING_RATES[self.loss][2 if self.quick else 0 :]

    @property
    def regs(self) -> tuple[float, ...]:
        """The regularization strengths to search."""
        return REGS[: 2 if self.quick else None]

    @property
    def num_train(self) -> int | None:
        """How many images to train on, None for all that there are."""
        return 2000 if self.quick else None

    @property
    def search_epochs(self) -> int:
        """How many epochs each trial of the search trains."""
        return 2 if self.quick else 4

    @property
    def epochs(self) -> int:
        """How many epochs the best settings train."""
        return 5 if self.quick else 20

    def as_settings(self) -> dict[str, Any]:
        """Return the fields as plain values, for a report; out is left out."""
        fields = {name: value for name, value in asdict(self).items() if name != "out"}
        return {k: str(v) if isinstance(v, Path) else v for k, v in fields.items()}
