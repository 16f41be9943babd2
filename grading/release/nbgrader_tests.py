"""The graded cells of an nbgrader notebook: what a student sees of each test, and what is hidden.

The shown part asks about one small problem whose numbers stand in the cell.  The hidden part holds
the probes of right results on problems of checks/problems.py, of two secret seeds.
"""

import inspect
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

import classifiers
from checks.probes import outputs
from checks.problems import Numbers
from checks.questions import QUESTIONS
from grading.points import Test
from grading.release.graded_cells import added, called, probes, problem

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
BELOW = ["true classes 1000 below the others", "true classes 30 below the others"]
HUGE = ["all scores near 1000", "all scores near -1000"]
LOSSES = {
    "regularization": ["regularization", "other sizes"],
    "huge_scores": [
        *HUGE,
        "true classes 1000 below the others",
        "true classes 30 below the others",
    ],
    "sizes": [
        "one sample",
        "one class",
        "a first class without a sample",
        "last classes without a sample",
        "as many samples and features as classes",
    ],
}
PROBLEMS: dict[str, dict[str, list[str]]] = {
    "softmax_loss": LOSSES,
    "softmax": {
        "axis": ["one row a sample", "three axes"],
        "huge_scores": [*HUGE, "scores from -10,000 to 10,000"],
        "sizes": [
            "one sample, without an axis for it",
            "one class",
            "masked classes, of score -inf",
        ],
    },
    "softmax_jacobian": {"sizes": ["one class", "two classes", "a class of probability 1"]},
    "softmax_vjp": {
        "axis": ["one row a sample", "three axes"],
        "sizes": ["one sample, without an axis for it", "one class"],
    },
    "softmax_cross_entropy": {
        "labels": ["labels"],
        "huge_scores": [*HUGE, *BELOW],
        "sizes": ["one row a sample", "one sample, without an axis for it", "one class"],
    },
    "network_loss": {
        "huge_scores": [HUGE[0], BELOW[0]],
        "sizes": ["labels", "one sample", "more hidden units than features"],
    },
}
ORDINARY = {
    "softmax_loss": "no regularization",
    "softmax_jacobian": "five classes",
    "softmax_cross_entropy": "targets that sum to anything",
    "network_loss": "targets that sum to anything",
}
ALL = slice(None)
ADDED = ("added_to_loss", "added_to_dW")
SECOND = {"softmax_cross_entropy": "dz", "network_loss": "grads"}


ONLY_SHOWN = ("form", "inputs_kept", "no_loops")  # what their hidden lines do not ask again


def graded_cell(question: str, test_id: str, test: Test, seeds: Sequence[str]) -> str:
    """Return the source of one graded cell.

    question  name of the function
    test_id   which of its tests, as in tests/graded/points.toml
    test      its points and title
    seeds     of the problems that are not shown, secret
    """
    hidden = [] if test_id == "form" else _hidden(question, test_id, seeds)
    if test.hidden:
        only = _shown(question, test_id) if test_id in ONLY_SHOWN else []
        lines = [
            f"# {worth(test.points)} for a test that is not shown.",
            BEGIN,
            *only,
            *hidden,
            END,
        ]
    else:
        lines = [f"# {test.title}: {worth(test.points)}.", *_shown(question, test_id)]
        lines += [BEGIN, *hidden, END] if hidden else []
    return "\n".join(lines)


def worth(points: float) -> str:
    """Return a number of points in words."""
    return "1 point" if points == 1 else f"{points:g} points"


def _shown(question: str, test_id: str) -> list[str]:
    """Return the lines of a test that a student sees, in a function: no name of theirs changes."""
    if test_id == "no_loops":
        call = f'assert_no_loops({question}, "{question}")'
        return ["from graded_cells import assert_no_loops", "", call]
    names = list(inspect.signature(getattr(classifiers, question)).parameters)
    arguments = example(QUESTIONS[question].catalogue, test_id)
    inputs = [f"{name} = {literal(value)}" for name, value in zip(names, arguments, strict=True)]
    imported, calls = _calls(question, test_id, ", ".join([question, *names]), arguments)
    body = textwrap.indent("\n".join([*inputs, *calls]), "    ")
    imports = ["import numpy as np", f"from graded_cells import {imported}"]
    return [*imports, "", "", f"def test_{test_id}():", body, "", "", f"test_{test_id}()"]


def _calls(
    question: str, test_id: str, given: str, arguments: tuple[Any, ...]
) -> tuple[str, list[str]]:
    """Return what a test imports, and the lines that call the function and look at the result."""
    if test_id == "inputs_kept":
        return "assert_kept", [f"assert_kept({given})"]
    right = getattr(classifiers, question)(*arguments)
    if test_id == "form":
        return "assert_form, called", [f"assert_form(called({given}), {_form(right)})"]
    if test_id == "regularization":
        right = added(getattr(classifiers, question), *arguments)
        return "added, assert_close", _compared(question, f"added({given})", right, ADDED)
    both = ["loss", SECOND.get(question, "dW")]
    asked = {"loss": both[:1], "gradient": both[1:]}.get(test_id, both)
    names = [name if name in asked else "_" for name in both]
    return "assert_close, called", _compared(question, f"called({given})", right, names)


def _compared(question: str, call: str, right: Any, names: Sequence[str]) -> list[str]:
    """Return the lines that call the function and compare those outputs that have a name."""
    if not QUESTIONS[question].has_gradient:
        return [f"result = {call}", f"assert_close(result, {literal(right)})"]
    return [f"{', '.join(names)} = {call}"] + [
        f'assert_close({name}, {literal(part)}, "{name}")'
        for name, part in zip(names, right, strict=True)
        if name != "_"
    ]


def _hidden(question: str, test_id: str, seeds: Sequence[str]) -> list[str]:
    """Return the lines that compare the probes of what the function returns with right ones."""
    catalogue, function = QUESTIONS[question].catalogue, getattr(classifiers, question)
    names, call = problem_names(catalogue, test_id), called
    part = {"loss": slice(0, 1), "huge_scores": ALL, "sizes": ALL, "labels": ALL}.get(
        test_id, slice(1, None) if QUESTIONS[question].has_gradient else ALL
    )
    if test_id == "regularization":
        part, call = ALL, added
    asked = [(seed, name, False) for seed in seeds for name in names]
    if test_id == "sizes":
        ordinary = problem_names(catalogue, "gradient")
        asked += [(seed, name, True) for seed in seeds for name in ordinary]
    lines = []
    for key in asked:
        right = outputs(call(function, *problem(question, *key)))[part]
        lines.append(f"    {key}: {probes(right)},")
    head = f"from graded_cells import assert_probes{', added' * (call is added)}"
    compared = f"assert_probes({question}, {question!r}, {part}, "
    return [head, "", compared + "{", *lines, "}" + ", call=added" * (call is added) + ")"]


def problem_names(catalogue: str, test_id: str) -> list[str]:
    """Return the names of the problems of checks/problems.py that a test asks about."""
    ordinary = ORDINARY.get(catalogue, "one column a sample")
    return PROBLEMS[catalogue].get(test_id, [ordinary])


def example(catalogue: str, test_id: str) -> tuple[Any, ...]:
    """Return the arguments of the small problem that a graded cell shows."""
    draw, far = Numbers("shown", catalogue), 1000 if test_id == "huge_scores" else 1
    z, y = draw.array(3, 4).round(1), np.array([2, 0, 1, 1])
    weights, axis = draw.weights(3, 4).round(1), 0
    p = np.array([[0.2, 0.5, 0.1, 0.4], [0.3, 0.1, 0.8, 0.2], [0.5, 0.4, 0.1, 0.4]])
    if test_id == "axis":
        z, p, axis = z.T, p.T, 1
    X = np.vstack([draw.array(4, 5).round(1), np.ones(5)])
    W, labels = far * draw.array(3, 5).round(1), np.array([2, 0, 1, 1, 0])
    params = {name: draw.array(*shape).round(1) for name, shape in SHAPES.items()}
    params["b2"] = params["b2"] + far * (far > 1)
    return {
        "softmax_loss": (W, X, labels, 0.5 if test_id == "regularization" else 0.0),
        "softmax": (far * z, axis),
        "softmax_jacobian": (p[:, 0],),
        "softmax_vjp": (p, z, axis),
        "softmax_cross_entropy": (far * z, y if test_id == "labels" else weights, axis),
        "network_loss": (params, z, np.vstack([weights[:2], weights[:1]])),
    }[catalogue]


SHAPES = {"W1": (2, 3), "b1": (2,), "W2": (3, 2), "b2": (3,)}


def literal(value: Any) -> str:
    """Return a number, an array or a dict of arrays as Python source, 12 digits a number."""
    if isinstance(value, dict):
        parts = [f"    {name!r}: {literal(part)}," for name, part in value.items()]
        return "\n".join(["{", *parts, "}"])
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return "\n".join(["np.array([", *(f"    {_entry(row)}," for row in value), "])"])
    if isinstance(value, np.ndarray) and value.ndim:
        return f"np.array({_entry(value)})"
    return repr(value) if isinstance(value, int) else _entry(value)


def _entry(part: Any) -> str:
    if np.ndim(part):
        return f"[{', '.join(map(_entry, part))}]"
    return f"{part:d}" if isinstance(part, np.integer) else repr(float(f"{part:.12g}") + 0.0)


def _form(right: Any) -> str:
    if isinstance(right, tuple):
        return f"[{', '.join(map(_form, right))}]"
    if isinstance(right, dict):
        return "{" + ", ".join(f"{name!r}: {part.shape}" for name, part in right.items()) + "}"
    return str(right.shape) if isinstance(right, np.ndarray) else "float"
