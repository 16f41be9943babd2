"""The graded tests.  Each is asked of every question that has points for it in points.toml.

`answer` is the implementation under test: the reference, or with --submission PATH theirs.
"""

import numpy as np
import pytest

from checks.judge import relative_error
from checks.probes import outputs, shapes
from checks.problems import Problem, of_size
from tests.graded import sentences
from tests.graded.asking import ALL, GRADIENT, LOSS, Asked, WrongError, growing, kind


@pytest.mark.points("form")
def test_form(asked: Asked) -> None:
    asked.on_each(lambda problem: has_form(asked, problem))


@pytest.mark.points("loss")
def test_loss(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, LOSS))


@pytest.mark.points("gradient")
def test_gradient(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, GRADIENT))


@pytest.mark.points("values")
def test_values(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, ALL))


@pytest.mark.points("axis")
def test_axis(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, ALL))


@pytest.mark.points("labels")
def test_labels(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, ALL))


@pytest.mark.points("huge_scores")
def test_huge_scores(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, ALL))


@pytest.mark.points("sizes")
def test_sizes(asked: Asked) -> None:
    asked.on_each(lambda problem: asked.same_values(problem, ALL))


@pytest.mark.points("regularization")
def test_regularization(asked: Asked) -> None:
    """Compare what reg adds, so that a wrong data term does not count twice."""

    def adds_the_same(problem: Problem) -> None:
        phrase = sentences.ADDED.format(name=problem.name)
        plain = Problem(problem.name, (*problem.arguments[:3], 0.0))
        mine, right = (
            [with_reg - without for with_reg, without in zip(*both, strict=True)]
            for both in (
                [asked.parts(phrase, one) for one in (problem, plain)],
                [outputs(asked.reference(*one.arguments)) for one in (problem, plain)],
            )
        )
        asked.same(phrase, problem, mine, right, ALL)

    asked.on_each(adds_the_same)


@pytest.mark.points("inputs_kept")
def test_inputs_kept(asked: Asked) -> None:
    def leaves_them(problem: Problem) -> None:
        phrase = sentences.PROBLEM.format(name=problem.name)
        one, two = (asked.parts(phrase, problem) for _ in range(2))
        asked.compared += 1
        if relative_error(one, two) > 0:
            raise WrongError(sentences.NOT_TWICE.format(phrase=phrase))
        if asked.answer.changed:  # by this or any earlier call
            names = " and ".join(str(1 + position) for position in sorted(asked.answer.changed))
            raise WrongError(sentences.CHANGED.format(names=names))

    asked.on_each(leaves_them)


@pytest.mark.points("no_loops")
def test_no_loops(asked: Asked) -> None:
    """Count lines at several sizes, after a first call that may do what is done once."""
    lines_of_a_right_call(asked, (17, 3))
    for name, what, small, large in growing():
        few, many = (lines_of_a_right_call(asked, size) for size in (small, large))
        place = 0 if name == "N" else 1
        if many - few >= large[place] - small[place]:
            raise WrongError(
                sentences.LINES.format(
                    small=few, large=many, name=name, what=what,
                    small_size=small[place], large_size=large[place],
                )
            )  # fmt: skip


def lines_of_a_right_call(asked: Asked, size: tuple[int, int]) -> int:
    """Return how many lines a call executes; a wrong result may well take few."""
    arguments = of_size(asked.about.catalogue, *size)
    if len(arguments) == 4:
        arguments = (*arguments[:3], 0.0)  # regularization is asked for elsewhere
    problem = Problem("{} samples and {} classes".format(*size), arguments)
    phrase = sentences.PROBLEM.format(name=problem.name)
    reply, lines = asked.answer.lines(*problem.arguments)
    parts = GRADIENT if asked.about.has_gradient else ALL
    expected = outputs(asked.reference(*problem.arguments))[parts]
    got = asked.parts_of(phrase, problem, reply.value, parts)
    asked.same(phrase, problem, got, expected, parts)
    return lines


def has_form(asked: Asked, problem: Problem) -> None:
    """Look at how many things are returned, and at their types, shapes and dtypes."""
    returned, names = asked.answer.ask(*problem.arguments).value, asked.about.outputs
    asked.compared += 1
    if asked.about.has_gradient:
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise WrongError(asked.miscounted(returned))
        is_number(names[0], returned[0])
        returned = returned[1]
    params = problem.arguments[0]
    arrays = [returned]
    if isinstance(params, dict):
        if not isinstance(returned, dict) or sorted(returned) != sorted(params):
            got = ", ".join(map(str, returned)) if isinstance(returned, dict) else kind(returned)
            raise WrongError(sentences.NAMES.format(got=got, expected=", ".join(params)))
        arrays = [returned[name] for name in sorted(params)]
    expected = [shape for shape in shapes(asked.about.catalogue, problem) if shape]
    for what, array, shape in zip(names[-len(arrays) :], arrays, expected, strict=True):
        is_array(what, array, shape)


def is_number(what: str, value: object) -> None:
    """Refuse a loss that is not one number."""
    number = isinstance(value, float | int | np.number | np.ndarray) and np.shape(value) == ()
    if not number or isinstance(value, bool | np.bool_):
        raise WrongError(sentences.NOT_A_NUMBER.format(what=what, got=kind(value)))
    if np.asarray(value).dtype.itemsize < 8:
        raise WrongError(sentences.DTYPE.format(what=what, got=np.asarray(value).dtype))


def is_array(what: str, value: object, shape: tuple[int, ...]) -> None:
    """Refuse a gradient that is no array of the right shape and dtype."""
    if not isinstance(value, np.ndarray):
        raise WrongError(sentences.NOT_AN_ARRAY.format(what=what, got=kind(value)))
    if value.shape != shape:
        raise WrongError(sentences.SHAPE.format(what=what, got=value.shape, expected=shape))
    if value.dtype.newbyteorder("=") != np.float64:
        raise WrongError(sentences.DTYPE.format(what=what, got=value.dtype))
