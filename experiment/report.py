"""Write what an experiment found: pictures, metrics, weights and a page that holds it all."""

import base64
import json
import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib.figure import Figure

from datasets import Dataset
from experiment.job import Outcome
from experiment.pictures import (
    draw_confusion,
    draw_samples,
    draw_search,
    draw_training,
    draw_weights,
)

CAPTIONS = {
    "samples": "Training images, a row a class.",
    "search": "Validation accuracy of every learning rate and regularization strength tried; "
    "the best is framed.",
    "loss": "Loss by iteration, and accuracy on the train and validation splits by epoch, "
    "at the best settings.",
    "weights": "The weights of each class as an image: bright where a bright pixel raises its "
    "score.",
    "confusion": "How the test images of each class, a row, were classified, in per cent.",
}


def write_report(folder: Path, data: Dataset, outcome: Outcome) -> None:
    """Write the five pictures, metrics.json, weights.npz and report.html into an empty folder."""
    for name, figure in _figures(data, outcome).items():
        figure.savefig(folder / f"{name}.png", dpi=120)
    (folder / "metrics.json").write_text(
        json.dumps(_plain(outcome.metrics), indent=2, allow_nan=False) + "\n", "utf-8"
    )
    outcome.classifier.save(folder / "weights.npz")
    (folder / "report.html").write_text(_page(folder, outcome), "utf-8")


def _figures(data: Dataset, outcome: Outcome) -> dict[str, Figure]:
    names, W = data.test.class_names, outcome.classifier.W
    assert W is not None
    return {
        "samples": draw_samples(data.train),
        "search": draw_search(outcome.trials),
        "loss": draw_training(outcome.history),
        "weights": draw_weights(W, names),
        "confusion": draw_confusion(data.test.labels, outcome.predicted, names),
    }


def _page(folder: Path, outcome: Outcome) -> str:
    environment = Environment(loader=PackageLoader("experiment", ""), autoescape=True)
    pictures = [
        (name, caption, base64.b64encode((folder / f"{name}.png").read_bytes()).decode())
        for name, caption in CAPTIONS.items()
    ]
    return environment.get_template("report.html.jinja").render(
        metrics=outcome.metrics, pictures=pictures
    )


def _plain(value: Any) -> Any:
    """Return a record with None for each number that JSON cannot hold: nan and the infinities."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
