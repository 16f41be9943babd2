"""Who trains a softmax classifier on uint8 images: we, PyTorch and scikit-learn, each at its best.

All take the same images and labels and give W for the same columns: pixels less the mean image,
over 255, above a row of ones.  We and PyTorch follow one schedule.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import LinearClassifier, softmax_loss_vectorized
from classifiers.descent import Loss, Settings
from classifiers.fused import softmax_loss_fused
from classifiers.inputs import Floats
from datasets import Split
from datasets.splits import MeanImage

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Train = Callable[[Images, Labels, int], Floats]

EPOCHS, BATCH_SIZE, LEARNING_RATE, MOMENTUM, REG = 1.6, 256, 0.15, 0.85, 1e-3
CLASSES = 10
LBFGS_STEPS = 26  # the fewest that reach the accuracy


@dataclass(frozen=True)
class Trainer:
    """One of those who train.

    name   what it is called in the table
    train  takes images (N, 32, 32, 3) uint8, labels (N,) int64 and a seed; returns W (C, D) float32
    needs  the module that it cannot do without
    slow   whether it takes so long that it is timed in the first round only
    """

    name: str
    train: Train
    needs: str = "numpy"
    slow: bool = False

    @property
    def missing(self) -> bool:
        """Whether the module that it needs is not installed."""
        return find_spec(self.needs) is None


def settings(num_images: int) -> Settings:
    """Return the schedule that we and PyTorch follow."""
    steps = max(1, int(EPOCHS * num_images) // BATCH_SIZE)
    return Settings(LEARNING_RATE, REG, steps, BATCH_SIZE, MOMENTUM, "cosine")


def ours(loss: Loss) -> Train:
    """Return LinearClassifier.train with a loss: the images stay uint8."""

    def train(images: Images, labels: Labels, seed: int) -> Floats:
        split = Split(images, labels, ("",) * CLASSES, MeanImage(images))
        classifier = LinearClassifier(loss)
        how = vars(settings(len(images)))
        X = split.column_view(np.float32)
        classifier.train(X, labels, **how, seed=seed, accuracies=False, progress=False)
        assert classifier.W is not None
        return classifier.W

    return train


def torch_by_autograd(images: Images, labels: Labels, seed: int) -> Floats:
    """Train with PyTorch as its tutorials do: float32 tensors made once, Linear, autograd, SGD."""
    import torch

    X, y = _torch_floats(images), torch.from_numpy(labels)
    generator, how = torch.Generator().manual_seed(seed), settings(len(images))
    model = torch.nn.Linear(X.shape[1], CLASSES, bias=False)
    torch.nn.init.normal_(model.weight, std=1e-3, generator=generator)
    sgd = torch.optim.SGD(
        model.parameters(), lr=how.learning_rate, momentum=MOMENTUM, weight_decay=REG, fused=True
    )
    batch = torch.empty(BATCH_SIZE, X.shape[1])
    for iteration, samples in _torch_batches(how, len(y), generator):
        torch.index_select(X, 0, samples, out=batch)
        sgd.param_groups[0]["lr"] = how.rate(iteration)
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(model(batch), y[samples]).backward()
        sgd.step()
    trained: Floats = model.weight.detach().numpy()
    return trained


def torch_by_hand(images: Images, labels: Labels, seed: int) -> Floats:
    """Train with PyTorch on float32 tensors made once, with the gradient written out."""
    import torch

    X = _torch_floats(images)

    def gather(samples: Any, batch: Any) -> None:
        torch.index_select(X, 0, samples, out=batch)

    return _torch_descent(gather, labels, seed)


def torch_in_bytes(images: Images, labels: Labels, seed: int) -> Floats:
    """Train with PyTorch as we do: the images stay uint8, the gradient is written out."""
    import torch

    pixels = torch.from_numpy(images).reshape(len(images), -1)
    total = sum(part.sum(0, dtype=torch.int32) for part in pixels.split(1000))
    mean, room = total / len(pixels), torch.empty(BATCH_SIZE, pixels.shape[1], dtype=torch.uint8)

    def gather(samples: Any, batch: Any) -> None:
        torch.index_select(pixels, 0, samples, out=room)
        batch[:, :-1].copy_(room).sub_(mean).div_(255)

    return _torch_descent(gather, labels, seed)


def _torch_floats(images: Images) -> Any:
    import torch

    pixels = torch.from_numpy(images).reshape(len(images), -1)
    rows = torch.ones(len(pixels), pixels.shape[1] + 1)
    features = rows[:, :-1].copy_(pixels)
    features.sub_(features.mean(0)).div_(255)
    return rows


def _torch_descent(gather: Callable[[Any, Any], None], labels: Labels, seed: int) -> Floats:
    import torch

    y, generator, how = (
        torch.from_numpy(labels),
        torch.Generator().manual_seed(seed),
        settings(len(labels)),
    )
    batch = torch.ones(BATCH_SIZE, 32 * 32 * 3 + 1)
    W = 1e-3 * torch.randn(CLASSES, batch.shape[1], generator=generator)
    velocity, dW = torch.zeros_like(W), torch.empty_like(W)
    for iteration, samples in _torch_batches(how, len(y), generator):
        gather(samples, batch)
        P = torch.softmax(W @ batch.T, 0)
        P -= torch.nn.functional.one_hot(y[samples], CLASSES).T
        P /= BATCH_SIZE
        torch.mm(P, batch, out=dW).add_(W, alpha=REG)
        velocity.mul_(MOMENTUM).sub_(dW, alpha=how.rate(iteration))
        W += velocity
    trained: Floats = W.numpy()
    return trained


def _torch_batches(how: Settings, num_samples: int, generator: Any) -> Iterator[tuple[int, Any]]:
    """Yield the number of each step and its samples, in the manner of classifiers.batches."""
    import torch

    in_an_epoch = num_samples // BATCH_SIZE
    for iteration in range(how.num_iters):
        if iteration % in_an_epoch == 0:
            order = torch.randperm(num_samples, generator=generator)
        start = iteration % in_an_epoch * BATCH_SIZE
        yield iteration, order[start : start + BATCH_SIZE]


def sklearn_lbfgs(images: Images, labels: Labels, seed: int) -> Floats:
    """Train with scikit-learn's LogisticRegression, on float32, by its fastest solver here."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(axis=0)
    rows /= 255
    model = LogisticRegression(C=1 / (REG * len(rows)), max_iter=LBFGS_STEPS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is to stop before that
        model.fit(rows, labels)
    return np.column_stack([model.coef_, model.intercept_]).astype(np.float32)


TRAINERS = (
    Trainer("ours, softmax_loss_fused", ours(softmax_loss_fused), "numba"),
    Trainer("ours, softmax_loss_vectorized", ours(softmax_loss_vectorized)),
    Trainer("PyTorch, float32, autograd", torch_by_autograd, "torch"),
    Trainer("PyTorch, float32, by hand", torch_by_hand, "torch"),
    Trainer("PyTorch, uint8, by hand", torch_in_bytes, "torch"),
    Trainer("scikit-learn, lbfgs", sklearn_lbfgs, "sklearn", slow=True),
)
