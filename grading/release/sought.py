"""What must not be had from a handout: the answers to problems that no part of it knows."""

import inspect
from typing import Any

import numpy as np

import classifiers
from checks.probes import outputs
from checks.problems import PROBLEMS
from checks.questions import QUESTIONS

Sought = tuple[str, Any, list[Any]]  # what it is, the right array, what may be added to it


def sought(seed: object = "walked") -> list[dict[str, Any]]:
    """Return a problem of each kind of question, for grading.release.walk.

    Each is a dict: `first`, the arguments in order; `named`, values by the names of parameters that
    they may be; `sought`, the arrays that would be an answer, of whatever factor, with the arrays
    that may be added to each.
    """
    first_of_each = {about.catalogue: name for name, about in reversed(QUESTIONS.items())}
    return [_problem(question, seed) for question in first_of_each.values()]


def _problem(question: str, seed: object) -> dict[str, Any]:
    catalogue = QUESTIONS[question].catalogue
    problem = PROBLEMS[catalogue](seed)[1 if catalogue.endswith("_loss") else 0]
    function = getattr(classifiers, question)
    arguments = problem.arguments
    if catalogue == "network_loss":
        arguments = PROBLEMS[catalogue](seed)[0].arguments
    names = [*inspect.signature(function).parameters]
    named: dict[str, Any] = {"reg": 0.75} | dict(zip(names, arguments, strict=False))
    found: list[Sought] = [
        (f"an answer to {question}", right, []) for right in outputs(function(*arguments))
    ]
    if catalogue in ("softmax_loss", "svm_loss"):
        named |= _of_a_linear_classifier(*arguments[:3])
        found = _of_a_loss(question, arguments)
    named["arrays"] = [value for value in named.values() if isinstance(value, np.ndarray | dict)]
    arrays = [value for value in named["arrays"] if isinstance(value, np.ndarray)]
    sizes = {size for array in arrays for size in array.shape}
    named["sizes"] = [0, *sorted(sizes)]
    return {"first": tuple(arguments), "named": named, "sought": found}


def _of_a_linear_classifier(W: Any, X: Any, y: Any) -> dict[str, Any]:
    """Return what parameters may ask for beside W, X and y."""
    Y = 1.0 * np.equal.outer(np.arange(len(W)), y)
    names = {"Y": Y, "target": Y, "targets": Y, "x": W.ravel()}
    return names | dict.fromkeys(("S", "scores", "z"), W @ X)


def _of_a_loss(question: str, arguments: tuple[Any, ...]) -> list[Sought]:
    """Return a loss with and without regularization, and its gradients on W and on the scores."""
    W, X, y, reg = arguments
    function, N = getattr(classifiers, question), X.shape[1]
    loss, _ = function(W, X, y, reg)
    data_loss, data_dW = function(W, X, y, 0.0)
    alone = [function(W, X[:, [i]], y[[i]], 0.0)[1] for i in range(N)]
    on_scores = np.stack([one @ x / (x @ x) for one, x in zip(alone, X.T, strict=True)], axis=1)
    losses = [np.asarray(value) for value in (loss, data_loss, N * data_loss)]
    found: list[Sought] = [(f"the loss of {question}", value, []) for value in losses]
    found.append((f"the gradient of {question}", data_dW, [W]))
    found.append((f"the gradient on the scores of {question}", on_scores, []))
    if QUESTIONS[question].catalogue == "softmax_loss":
        found.append((f"the probabilities of {question}", classifiers.softmax(W @ X), []))
    return found
