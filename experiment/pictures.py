"""The pictures of a report, as matplotlib figures; colours are those of Okabe and Ito."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from classifiers import History
from datasets import Split
from experiment.search import Trial, best_trial

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"


def draw_samples(split: Split, a_class: int = 8) -> Figure:
    """Return a figure with the first images of each class, a row a class."""
    names = split.class_names
    figure = Figure(figsize=(a_class * 0.8 + 1.4, len(names) * 0.8), layout="constrained")
    axes = figure.subplots(len(names), a_class, squeeze=False)
    for label, row in enumerate(axes):
        found = np.flatnonzero(split.labels == label)[:a_class]
        for ax in row:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        row[0].set_ylabel(names[label], rotation=0, ha="right", va="center", fontsize=10)
        for ax, index in zip(row, found, strict=False):
            ax.imshow(split.images[index])
    return figure


def draw_training(history: History) -> Figure:
    """Return a figure of the loss by iteration and the accuracies by epoch."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(history.loss, color=GREY, alpha=0.5, linewidth=0.7, label="each minibatch")
    window = min(max(5, len(history.loss) // 50), len(history.loss))
    smooth = np.convolve(history.loss, np.ones(window) / window, mode="valid")
    left.plot(
        np.arange(len(smooth)) + window - 1,
        smooth,
        color=BLUE,
        label=f"mean of {window} minibatches",
    )
    left.set(title="Loss", xlabel="iteration", ylabel="loss, regularization included")
    left.legend()
    epochs = np.arange(1, len(history.epoch_ends) + 1)
    right.plot(epochs, history.train_accuracy, "o-", color=BLUE, label="train")
    right.plot(epochs, history.validation_accuracy, "s--", color=ORANGE, label="validation")
    right.set(title="Accuracy", xlabel="epoch", ylabel="share of images that are right")
    right.xaxis.get_major_locator().set_params(integer=True)
    right.legend()
    return figure


def draw_search(trials: list[Trial]) -> Figure:
    """Return a figure of the validation accuracy at each point of the grid, the best one framed."""
    rates = sorted({trial.learning_rate for trial in trials})
    regs = sorted({trial.reg for trial in trials})
    accuracy = np.full((len(regs), len(rates)), np.nan)
    for trial in trials:
        accuracy[regs.index(trial.reg), rates.index(trial.learning_rate)] = (
            trial.validation_accuracy
        )
    figure = Figure(figsize=(1.5 * len(rates) + 2, 1.0 * len(regs) + 1.4), layout="constrained")
    ax = figure.subplots()
    image = ax.imshow(100 * accuracy, cmap="cividis", aspect="auto", origin="lower")
    _write_numbers(ax, 100 * accuracy, image, "{:.1f} %", "diverged")
    best = best_trial(trials)
    corner = rates.index(best.learning_rate) - 0.5, regs.index(best.reg) - 0.5
    ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=ORANGE, linewidth=4, clip_on=False))
    ax.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    ax.set_yticks(range(len(regs)), [f"{reg:g}" for reg in regs])
    ax.set(title="Search", xlabel="learning rate", ylabel="regularization strength")
    figure.colorbar(image, label="validation accuracy, %")
    return figure


def draw_weights(W: NDArray[Any], class_names: tuple[str, ...]) -> Figure:
    """Return a figure of each row of W, (C, 3073), less its bias, as a 32 by 32 colour image."""
    columns = 5
    rows = -(-len(W) // columns)
    figure = Figure(figsize=(columns * 1.9, rows * 2.1), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for ax in axes:
        ax.axis("off")
    for ax, weights, name in zip(axes, W[:, :-1], class_names, strict=False):
        low, high = np.percentile(weights, [0.5, 99.5])
        template = np.clip((weights - low) / max(high - low, 1e-12), 0, 1)
        ax.imshow(template.reshape(32, 32, 3).astype(float))
        ax.set_title(name, fontsize=11)
    return figure


def draw_confusion(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], class_names: tuple[str, ...]
) -> Figure:
    """Return a figure of how often each true class, a row, was given each class, a column."""
    C = len(class_names)
    counts = np.bincount(labels * C + predicted, minlength=C * C).reshape(C, C)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(7.5, 6.5), layout="constrained")
    ax = figure.subplots()
    image = ax.imshow(shares, cmap="cividis", vmin=0)
    _write_numbers(ax, shares, image, "{:.0f}", "")
    ax.set_xticks(range(C), class_names, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(C), class_names)
    ax.set(title="Confusion on the test split", xlabel="predicted class", ylabel="true class")
    figure.colorbar(image, label="share of the true class, %")
    return figure


def _write_numbers(
    ax: Axes, values: NDArray[np.float64], image: Any, form: str, missing: str
) -> None:
    """Write each value into its cell of a heat map, light on dark and dark on light."""
    for (row, column), value in np.ndenumerate(values):
        finite = bool(np.isfinite(value))
        dark = finite and image.norm(value) < 0.5
        text, color = (form.format(value) if finite else missing), "white" if dark else "black"
        ax.text(column, row, text, ha="center", va="center", color=color)
