"""Try a grid of learning rates and regularization strengths on the validation split."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import LinearClassifier
from classifiers.batches import Data
from classifiers.descent import Loss

Samples = tuple[Data, NDArray[np.int64]]


@dataclass(frozen=True)
class Trial:
    """One point of the grid.

    learning_rate, reg   the settings tried
    validation_accuracy  share of the validation samples that are right, 0..1; nan when the training
                         diverged
    """

    learning_rate: float
    reg: float
    validation_accuracy: float


def grid_search(
    loss: Loss,
    train: Samples,
    validation: Samples,
    learning_rates: Iterable[float],
    regs: Iterable[float],
    *,
    num_iters: int,
    batch_size: int,
    seed: int,
) -> list[Trial]:
    """Train a classifier at each point of the grid, and return what each reached.

    Shows a progress bar.  Raises KeyboardInterrupt when a training was stopped.
    """
    from tqdm.auto import tqdm

    trials: list[Trial] = []
    points = tqdm(list(product(learning_rates, regs)), desc="searching", unit="trial")
    for learning_rate, reg in points:
        accuracy = _try(
            LinearClassifier(loss),
            train,
            validation,
            learning_rate=learning_rate,
            reg=reg,
            num_iters=num_iters,
            batch_size=batch_size,
            seed=seed,
        )
        trials.append(Trial(learning_rate, reg, accuracy))
        points.set_postfix_str(f"last validation accuracy {accuracy:.3f}")
    return trials


def best_trial(trials: list[Trial]) -> Trial:
    """Return the trial of the highest validation accuracy, the first of equal ones.

    Raises FloatingPointError when every one diverged.
    """
    finished = [trial for trial in trials if trial.validation_accuracy >= 0]
    if not finished:
        raise FloatingPointError(
            "Every training of the search diverged: does the loss pass its gradient check?"
        )
    return max(finished, key=lambda trial: trial.validation_accuracy)


def _try(
    classifier: LinearClassifier, train: Samples, validation: Samples, **settings: Any
) -> float:
    try:
        history = classifier.train(*train, **settings, accuracies=False, progress=False)
    except FloatingPointError:
        return float("nan")
    if history.interrupted:
        raise KeyboardInterrupt
    return classifier.accuracy(*validation)
