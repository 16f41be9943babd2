"""The main job: look at the data, check the losses, search, train the best, report."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import classifiers
from classifiers import History, LinearClassifier
from classifiers.descent import Loss
from datasets import Dataset, Split, load
from experiment.folder import RUNS, check_out, publish, unfinished_folder
from experiment.plan import Plan
from experiment.sanity import (
    gradient_verdict,
    loss_at_huge_weights,
    loss_at_tiny_weights,
    regularization_factor,
    seconds_a_call,
)
from experiment.search import Samples, Trial, best_trial, grid_search
from grading.submission import read_answers


@dataclass(frozen=True)
class Outcome:
    """What an experiment found, ready to be reported.

    metrics     what metrics.json will hold
    trials      the points of the search
    history     what the training of the best one saw
    classifier  that was trained
    predicted   (M,) int64, the class it gives each test image
    """

    metrics: dict[str, Any]
    trials: list[Trial]
    history: History
    classifier: LinearClassifier
    predicted: NDArray[np.int64]


def run(plan: Plan) -> Path:
    """Run the experiment, say what happens on the way, and return the folder it wrote.

    Raises ValueError, FileNotFoundError, FileExistsError or FloatingPointError with a sentence for
    the reader, and whatever a student's function raises.
    """
    out = None if plan.out is None else check_out(plan.out)
    losses = _losses(plan)
    with unfinished_folder(RUNS if out is None else out.parent) as unfinished:
        data = _load(plan)
        with threadpool_limits(1):
            checks = _check(plan, losses, data.dev)
            outcome = _train(plan, losses[f"{plan.loss}_loss_vectorized"], data, checks)
        with _said("Report", "pictures and report drawn"):
            from experiment.report import write_report

            write_report(unfinished, data, outcome)
        return publish(unfinished, out, f"{plan.data}-{plan.loss}")


def _losses(plan: Plan) -> dict[str, Loss]:
    """Return the naive and the vectorized loss, the student's own where a notebook is given."""
    names = [f"{plan.loss}_loss_naive", f"{plan.loss}_loss_vectorized"]
    if plan.notebook is None:
        return {name: getattr(classifiers, name) for name in names}
    answers = read_answers(plan.notebook)
    return {name: answers.function(name) for name in names}


def _load(plan: Plan) -> Dataset:
    with _said("Data", f"{plan.data} loaded"):
        data = load(plan.data, root=plan.root, num_train=plan.num_train)
    parts = {"train": data.train, "val": data.val, "test": data.test, "dev": data.dev}
    sizes = ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
    _say("", f"{sizes} images of {len(data.train.class_names)} classes")
    _say("", ", ".join(data.train.class_names))
    return data


def _check(plan: Plan, losses: dict[str, Loss], dev: Split) -> dict[str, Any]:
    """Look at each loss before training with it; say and return what was seen."""
    kinds = ("loss_at_tiny_weights", "regularization_factor", "finite_at_huge_weights", "gradient")
    seen: dict[str, Any] = {kind: {} for kind in kinds}
    for name, loss in losses.items():
        _say("Check", name)
        value, expected = loss_at_tiny_weights(plan.loss, loss, dev, plan.seed)
        _say(
            "",
            f"loss {value:.4f} at tiny W, expected about {expected:.4f}{_wrong(value, expected)}",
        )
        factor = regularization_factor(loss, dev, plan.seed)
        _say(
            "", f"regularization {factor:.4g} * reg * sum(W * W), expected 0.5{_wrong(factor, 0.5)}"
        )
        huge = loss_at_huge_weights(loss, dev, plan.seed)
        _say(
            "", f"loss {huge:.6g} at huge W" + ("" if np.isfinite(huge) else ", not finite: WRONG")
        )
        verdict = gradient_verdict(loss, dev, plan.seed)
        for line in str(verdict).splitlines():
            _say("", line)
        seen["loss_at_tiny_weights"][name] = value
        seen["regularization_factor"][name] = factor
        seen["finite_at_huge_weights"][name] = bool(np.isfinite(huge))
        seen["gradient"][name] = verdict.to_dict()
    naive, vectorized = seconds_a_call(losses, dev, plan.seed).values()
    _say(
        "Time",
        f"on {len(dev)} images naive {1e3 * naive:.1f} ms, vectorized "
        f"{1e3 * vectorized:.2f} ms: {naive / vectorized:.0f} times as fast",
    )
    return seen


def _wrong(value: float, expected: float) -> str:
    return "" if abs(value - expected) < 0.1 * expected else ": WRONG"


def _train(plan: Plan, loss: Loss, data: Dataset, checks: dict[str, Any]) -> Outcome:
    train, val, test = map(_samples, (data.train, data.val, data.test))
    steps_an_epoch = max(1, len(data.train) // plan.batch_size)
    trials = grid_search(
        loss,
        train,
        val,
        plan.learning_rates,
        plan.regs,
        num_iters=plan.search_epochs * steps_an_epoch,
        batch_size=plan.batch_size,
        seed=plan.seed,
    )
    best = best_trial(trials)
    _say(
        "Search",
        f"best of {len(trials)}: learning rate {best.learning_rate:g}, reg {best.reg:g}, "
        f"validation accuracy {best.validation_accuracy:.3f} after {plan.search_epochs} epochs",
    )
    classifier, start = LinearClassifier(loss), perf_counter()
    history = classifier.train(
        *train,
        learning_rate=best.learning_rate,
        reg=best.reg,
        batch_size=plan.batch_size,
        num_iters=plan.epochs * steps_an_epoch,
        seed=plan.seed,
        validation=val,
    )
    if not history.loss:
        raise KeyboardInterrupt
    seconds = perf_counter() - start
    metrics = {
        "test_accuracy": classifier.accuracy(*test),
        "validation_accuracy": classifier.accuracy(*val),
        "train_accuracy": classifier.accuracy(*train),
        "train_seconds": seconds,
        "learning_rate": best.learning_rate,
        "reg": best.reg,
        "iterations": len(history.loss),
        "trials": [asdict(trial) for trial in trials],
        "interrupted": history.interrupted,
        "seed": plan.seed,
        "settings": plan.as_settings(),
        "checks": checks,
        "versions": _versions(),
    }
    _say(
        "Train",
        f"{len(history.loss):,} steps in {seconds:.1f} s"
        + (", stopped before the end" if history.interrupted else ""),
    )
    _say(
        "Result",
        f"test accuracy {metrics['test_accuracy']:.3f}, validation "
        f"{metrics['validation_accuracy']:.3f}, train {metrics['train_accuracy']:.3f}",
    )
    return Outcome(metrics, trials, history, classifier, classifier.predict(test[0]))


def _samples(split: Split) -> Samples:
    return split.column_view(np.float32), split.labels


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("softmax-lab", "numpy")}
    return packages | {"python": platform.python_version()}


def _say(topic: str, what: str) -> None:
    print(f"{topic:<8}{what}", flush=True)


@contextmanager
def _said(topic: str, what: str) -> Iterator[None]:
    """Say what was done when the block ends, and in how many seconds."""
    start = perf_counter()
    yield
    _say(topic, f"{what} in {perf_counter() - start:.1f} s")
