"""A loss of somebody else's, to be timed beside ours: FILE:NAME.  It runs in this process."""

from pathlib import Path

import numpy as np

from classifiers import softmax_loss_vectorized
from classifiers.descent import Loss, loss_and_gradient
from grading.submission import read_answers
from timing.agreement import AGREEMENT
from timing.samples import REG, draw

FEW = 20  # samples that it is tried on


def read_loss(which: str) -> tuple[str, Loss]:
    """Return the name of a loss and the loss, from "FILE:NAME"; only what it depends on is run.

    FILE is a notebook or a .py file, and NAME that of a function (W, X, y, reg) -> (loss, dW).

    Raises ValueError, with a sentence, for what cannot be read.
    """
    file, _, name = which.rpartition(":")
    if not file or not name.isidentifier():
        raise ValueError(
            f"--function is {which!r}; expected FILE:NAME, a notebook or .py file and a function "
            "in it, such as softmax.ipynb:softmax_loss_naive."
        )
    return name, read_answers(Path(file).expanduser()).function(name)


def refuse_wrong(name: str, loss: Loss, C: int, D: int, dtype: str) -> None:
    """Refuse a loss that gives something else than ours does on a few samples.

    Raises ValueError that says how far it is off, or that it changes what it is given; TypeError or
    ValueError where it returns no loss and gradient; and whatever it raises itself.
    """
    samples, given = draw(C, D, FEW, dtype), draw(C, D, FEW, dtype)
    result = loss_and_gradient(loss, given.W, given.X, given.y, REG)
    for what in ("W", "X", "y"):
        if not np.array_equal(getattr(given, what), getattr(samples, what)):
            raise ValueError(
                f"{name} changes the {what} that it is given, which the other functions are timed "
                f"on too; work on a copy, {what}.copy()."
            )
    agreement = AGREEMENT[dtype]
    expected = softmax_loss_vectorized(*samples.first(FEW))
    off = [agreement.off(*pair) for pair in zip(result, expected, strict=True)]
    if not max(off) <= agreement.most:
        raise ValueError(
            f"Their {name} gives another result than ours in {dtype}, and nothing was timed: its "
            f"loss is off by {100 * off[0]:.3g} % and its gradient by up to {100 * off[1]:.3g} %; "
            f"check({name}) in its notebook says what may be wrong."
        )
