"""A linear classifier, trained by minibatch gradient descent on any loss of our signature."""

from __future__ import annotations  # numpy.random, which takes long to import, stays unread

import os
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.batches import Data, as_data, in_chunks, outline
from classifiers.descent import History, Loss, Settings, descend
from classifiers.inputs import Floats, Integers, check_data, check_inputs, check_weights
from classifiers.linear_svm import svm_loss_vectorized
from classifiers.softmax_loss import softmax_loss_vectorized

Samples = tuple[Data, Integers]


class NotTrainedError(RuntimeError):
    """A classifier was asked for something that needs weights, before train or load."""


class LinearClassifier:
    """Scores W @ X, with a W learned by gradient descent on the loss it is given.

    loss  any function (W, X, y, reg) -> (loss, dW) in the convention of softmax_loss_naive; one
          that was written in a notebook cell will do

    W is None until train or load has been called; then (C, D), the dtype of the data trained on.
    """

    def __init__(self, loss: Loss) -> None:
        """Keep the loss; weights come with train or load."""
        self.loss_function = loss
        self.W: Floats | None = None

    def loss(self, X: NDArray[Any], y: Integers, reg: float) -> tuple[float, Floats]:
        """Return the loss and its gradient on W, at the present weights.

        X  (D, N) data, y  (N,) integer labels, reg  regularization strength, 0 or more.
        Raises NotTrainedError before train or load, and whatever the loss function raises.
        """
        return self.loss_function(self._weights(), X, y, reg)

    def scores(self, X: Data) -> Floats:
        """Return the scores W @ X, (C, N), for X of shape (D, N), an array or Columns.

        Raises NotTrainedError before train or load, and ValueError for an X of another D.
        """
        W, X = self._weights(), as_data(X)
        check_data(outline(X), W)
        return in_chunks(W.__matmul__, X)

    def predict(self, X: Data) -> NDArray[np.int64]:
        """Return the class of the highest score for each column of X, (N,) int64."""
        classes: NDArray[np.int64] = self.scores(X).argmax(axis=0)
        return classes

    def accuracy(self, X: Data, y: Integers) -> float:
        """Return the share of the columns of X, (D, N), that are predicted as y, (N,), says: 0..1.

        It is nan for N = 0.  Raises ValueError for labels that are not one a column.
        """
        predicted = self.predict(X)
        if np.shape(y) != predicted.shape:
            raise ValueError(
                f"y has shape {np.shape(y)}; expected {predicted.shape}, one a column."
            )
        return float(np.mean(predicted == y)) if len(predicted) else float("nan")

    def train(
        self,
        X: Data,
        y: Integers,
        *,
        learning_rate: float = 1e-2,
        reg: float = 1e-3,
        num_iters: int = 1000,
        batch_size: int = 256,
        momentum: float = 0.9,
        schedule: str = "cosine",
        seed: int = 0,
        validation: Samples | None = None,
        accuracies: bool = True,
        progress: bool = True,
    ) -> History:
        """Fit W by minibatch gradient descent and return what was seen on the way.

        X              (D, N) float64 or float32; the weights take its dtype; an array, or Columns
                       such as column_view of a split, which are made a minibatch at a time
        y              (N,) integer labels from 0
        learning_rate  size of a step at the start, > 0
        reg            regularization strength, 0 or more
        num_iters      number of steps, one minibatch each
        batch_size     samples in a minibatch; all N where N is smaller
        momentum       share of the last step that the next one keeps, 0 <= momentum < 1
        schedule       "constant", or "cosine": the learning rate falls to 0 along half a cosine
        seed           of the first weights and the order of the samples; same seed, same result
        validation     (X, y) whose accuracy is measured after each epoch
        accuracies     whether to measure them; without, the history holds the losses only
        progress       whether to show a bar with the current loss and accuracies

        An epoch is N // batch_size minibatches of a new random order.  Weights from an earlier
        call or from load are trained further.  Ctrl-C ends the training and keeps the weights so
        far; the history says so.

        Raises ValueError or TypeError for bad input, and FloatingPointError, with the last finite
        weights kept, when the loss or a weight becomes nan or infinite.
        """
        X, y = as_data(X), np.asarray(y)
        settings = Settings(learning_rate, reg, num_iters, batch_size, momentum, schedule)
        rng = np.random.default_rng(seed)
        start = _first_weights(outline(X), y, validation, rng) if self.W is None else self.W
        for data, labels in filter(None, [(X, y), validation]):
            check_inputs(start, outline(as_data(data)), labels, reg)
        if isinstance(X, np.ndarray) and not np.isfinite([X.min(), X.max()]).all():
            raise ValueError("X has entries that are nan or inf; expected finite numbers.")
        iterations_an_epoch = max(1, X.shape[1] // batch_size)
        history, bar = History(), None
        descent = descend(self.loss_function, start, X, y, settings, rng)
        try:
            with closing(descent) as steps:
                for iteration, (loss, self.W) in enumerate(steps, start=1):
                    bar = bar or _progress_bar(num_iters, progress)
                    history.loss.append(loss)
                    ended = iteration % iterations_an_epoch == 0 or iteration == num_iters
                    if accuracies and ended:
                        self._end_epoch(history, (X, y), validation)
                    bar.set_postfix_str(history.status(), refresh=False)
                    bar.update()
        except KeyboardInterrupt:
            history.interrupted = True
            self.W = start if self.W is None else self.W
        finally:
            if bar:
                bar.close()
        return history

    def _end_epoch(self, history: History, train: Samples, validation: Samples | None) -> None:
        train_accuracy = self.accuracy(*train)
        if validation is not None:
            history.validation_accuracy.append(self.accuracy(*validation))
        history.train_accuracy.append(train_accuracy)
        history.epoch_ends.append(len(history.loss))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights to path as .npz, whole or not at all.

        Raises NotTrainedError before train or load, and FileNotFoundError for a missing folder.
        """
        W, path = self._weights(), Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {path.parent}; make it, then save again.")
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, W=W)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def load(self, path: str | os.PathLike[str]) -> Self:
        """Read weights that save wrote, and return self.

        Raises FileNotFoundError for no file, and ValueError or TypeError for one that does not hold
        finite weights.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                W = arrays["W"]
        except FileNotFoundError:
            raise
        except Exception:
            raise ValueError(
                f"{path} does not hold the weights of a linear classifier; expected a file that "
                "save wrote: train and save again."
            ) from None
        check_weights(W)
        self.W = W
        return self

    def _weights(self) -> Floats:
        if self.W is None:
            raise NotTrainedError("the classifier has no weights: call its train or load first.")
        return self.W


class SoftmaxClassifier(LinearClassifier):
    """A linear classifier with the softmax loss."""

    def __init__(self) -> None:
        """Take softmax_loss_vectorized as the loss."""
        super().__init__(softmax_loss_vectorized)


class LinearSVM(LinearClassifier):
    """A linear classifier with the multiclass hinge loss."""

    def __init__(self) -> None:
        """Take svm_loss_vectorized as the loss."""
        super().__init__(svm_loss_vectorized)


def _first_weights(
    X: NDArray[Any], y: Integers, validation: Samples | None, rng: np.random.Generator
) -> Floats:
    """Return small random weights, (C, D), with a row for every label of either split."""
    if X.dtype.kind != "f" or X.ndim != 2:
        raise TypeError(
            f"X is {X.dtype} of shape {X.shape}; expected float64 or float32 of shape (D, N), one "
            "column a sample."
        )
    labels = [y] if validation is None else [y, np.asarray(validation[1])]
    C = 1 + max((int(p.max(initial=0)) for p in labels if p.dtype.kind in "iu"), default=0)
    if y.size and y.dtype.kind in "iu" and y.min() > 0:
        warnings.warn(f"The lowest label is {y.min()}: are classes counted from 0?", stacklevel=3)
    return (1e-3 * rng.standard_normal((C, X.shape[0]))).astype(X.dtype)


def _progress_bar(total: int, shown: bool) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, disable=not shown, unit="step", desc="training")
