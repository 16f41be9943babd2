"""How long training takes, from uint8 images in memory to weights: ours and that of others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

import numpy as np

from classifiers import SoftmaxClassifier
from classifiers.inputs import Floats
from datasets import Dataset, Split, load
from timing.spread import figure
from timing.threads import threads
from timing.trainers import TRAINERS, Trainer

GOAL = 0.405  # of the test images
PAUSE = 0.5  # seconds, until the threads of the one before have gone to sleep
A_FEW = 500  # images trained on before the clock starts: what is imported or compiled then is


@dataclass
class Timed:
    """What was seen of one trainer: seconds and test accuracy, 0..1, of each round it was in."""

    trainer: Trainer
    seconds: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)


def training_speed(root: Path | None, rounds: int, count: int) -> Iterator[str]:
    """Yield the lines of the comparison, on CIFAR-10.

    root    CIFAR-10's folder or archive, or None for the places that datasets.load looks in
    rounds  how often each trains, in turn; one that is slow trains in the first round only
    count   threads of each

    Raises ValueError or FileNotFoundError where CIFAR-10 is not to be had, and ValueError for more
    threads than there are cores.
    """
    data = load("cifar10", root=root)
    yield f"{len(data.train):,} images, uint8 in memory, to weights; threads: {count}"
    for trainer in TRAINERS:
        if trainer.missing:
            yield f"{trainer.name}: not measured, since {trainer.needs} is not installed here"
    with threads(count):
        yield from table(race([t for t in TRAINERS if not t.missing], data, rounds))


def race(trainers: Sequence[Trainer], data: Dataset, rounds: int) -> list[Timed]:
    """Return what was seen of each trainer, in turn once a round, the slow in the first only."""
    found = [Timed(trainer) for trainer in trainers]
    for trainer in trainers:
        trainer.train(data.train.images[:A_FEW], data.train.labels[:A_FEW], 0)
    for number in range(rounds):
        for timed in found:
            if number and timed.trainer.slow:
                continue
            sleep(PAUSE)
            start = perf_counter()
            W = timed.trainer.train(data.train.images, data.train.labels, number)
            timed.seconds.append(perf_counter() - start)
            timed.accuracy.append(accuracy(W, data.test))
    return found


def accuracy(W: Floats, split: Split) -> float:
    """Return the share of images, 0..1, that weights (C, D) are right about."""
    classifier = SoftmaxClassifier()
    classifier.W = W
    return classifier.accuracy(split.column_view(np.float32), split.labels)


def table(found: Sequence[Timed]) -> Iterator[str]:
    """Yield a row a trainer, with the first's seconds over its own, and say who missed the goal."""
    first = np.array(found[0].seconds)
    yield (
        f"{'':30}{'seconds':>9}{'quartiles':>16}{'first / it':>11}{'quartiles':>18}"
        f"{'test accuracy':>20}"
    )
    for timed in found:
        seconds, quartiles = _middle(timed.seconds)
        ratio, of_ratio = _middle(first / timed.seconds)
        reached = f"{min(timed.accuracy):.4f} to {max(timed.accuracy):.4f}"
        yield (
            f"{timed.trainer.name:30}{seconds:>9}{quartiles:>16}"
            f"{ratio:>11}{of_ratio:>18}{reached:>20}"
        )
    for timed in found:
        missed = sum(reached < GOAL for reached in timed.accuracy)
        if missed:
            yield f"{timed.trainer.name} missed {GOAL} in {missed} of {len(timed.accuracy)} rounds"


def _middle(numbers: Sequence[float] | Floats) -> tuple[str, str]:
    low, median, high = map(figure, np.percentile(numbers, [25, 50, 75]))
    return median, f"{low} to {high}" if len(numbers) > 1 else ""
