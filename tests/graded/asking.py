"""Ask an answer, compare what comes back with the reference, and say what was seen."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import classifiers
from checks.judge import seen
from checks.laws import Trial
from checks.mistakes import CATALOGUE
from checks.probes import outputs, shapes
from checks.problems import Problem
from checks.questions import QUESTIONS
from grading.answers import Answer
from grading.sandbox import Unencodable
from tests.graded import sentences
from tests.graded.problems import problems

Array = NDArray[Any]

ALL, LOSS, GRADIENT = slice(None), slice(0, 1), slice(1, None)

# Of the largest entry.  Right answers differ by some 1e-14, and 1e-12 where scores are huge.  What
# many add to a probability, 1e-12, shows where a true class is hopeless, and only there.
PRECISION = 1e-8
# float32 keeps seven digits; what is computed from float32 input keeps fewer.
PRECISION_FLOAT32, PRECISION_FROM_FLOAT32 = 1e-5, 1e-4


class WrongError(AssertionError):
    """What was seen of an answer is not what is asked for; the message is for its author."""


class Asked:
    """One graded test of one question: its problems, and the comparisons that it makes."""

    def __init__(
        self, question: str, test: str, seed: int, answer: Answer, narrow: bool = False
    ) -> None:
        """Take the question, the test's id, the seed of the run and the answer under test.

        narrow  whether float32 results are seen through, since they have cost the point for form
        """
        self.question, self.test, self.seed, self.answer = question, test, seed, answer
        self.narrow = narrow
        self.about = QUESTIONS[question]
        self.reference: Callable[..., Any] = getattr(classifiers, question)
        self.compared = 0

    def problems(self) -> list[list[Problem]]:
        """Return the problems of this test, drawn twice."""
        return problems(self.about.catalogue, self.question, self.test, self.seed)

    def on_each(self, check: Callable[[Problem], None]) -> None:
        """Make a check on the problems of both draws; right by luck is wrong."""
        first, second = self.problems()
        for problem in first:
            check(problem)
        try:
            for problem in second:
                check(problem)
        except WrongError as wrong:
            raise WrongError(sentences.BY_LUCK.format(seen=wrong)) from None

    def same_values(self, problem: Problem, parts: slice) -> None:
        """Compare some of what is returned with the reference."""
        phrase = sentences.PROBLEM.format(name=problem.name)
        expected = outputs(self.reference(*problem.arguments))
        self.same(phrase, problem, self.parts(phrase, problem, parts), expected[parts], parts)

    def same(
        self, phrase: str, problem: Problem, got: list[Array], expected: list[Array], parts: slice
    ) -> None:
        """Compare two lists of outputs, those that a slice of the names belongs to."""
        for what, mine, right in zip(self.about.outputs[parts], got, expected, strict=True):
            said = seen(Trial("", phrase, (what,), [mine], [right]), self.precision(problem, mine))
            self.compared += 1
            if said:
                raise WrongError(said)
            if self.keeps_float32(problem) and mine.dtype != np.float32 and mine.ndim:
                raise WrongError(sentences.WIDENED.format(what=what, got=mine.dtype))

    def keeps_float32(self, problem: Problem) -> bool:
        """Whether the docstring asks for the dtype of the input, and that is float32 here."""
        return problem.name == "float32" and "dtype-not-kept" in CATALOGUE[self.about.catalogue]

    def precision(self, problem: Problem, got: Array) -> float:
        """Return how far off a result may be, as a share of the largest entry."""
        if problem.name == "float32":
            return PRECISION_FROM_FLOAT32
        return PRECISION_FLOAT32 if self.narrow and got.dtype.itemsize < 8 else PRECISION

    def parts(self, phrase: str, problem: Problem, parts: slice = ALL) -> list[Array]:
        """Return some of the outputs of the answer as arrays of floats."""
        return self.parts_of(phrase, problem, self.answer.ask(*problem.arguments).value, parts)

    def parts_of(self, phrase: str, problem: Problem, returned: Any, parts: slice) -> list[Array]:
        """Return what a call returned, as parts does."""
        if not self.about.has_gradient:
            returned = (returned,)
        if not isinstance(returned, tuple | list) or not 0 < len(returned) <= 2:
            raise WrongError(self.miscounted(returned))
        flat = outputs_of(returned)
        if len(flat) != len(self.about.outputs):
            raise WrongError(self.miscounted(returned))
        if self.about.has_gradient and flat[0] is not None and flat[0].size == 1:
            flat[0] = flat[0].reshape(())
        wanted = shapes(self.about.catalogue, problem)
        three = zip(self.about.outputs[parts], flat[parts], wanted[parts], strict=True)
        return [self._numbers(phrase, *one) for one in three]

    def miscounted(self, returned: object) -> str:
        """Return a sentence about what was returned instead of the outputs."""
        expected, what = len(self.about.outputs), ", ".join(self.about.outputs)
        if returned is None:
            return sentences.NOTHING
        return sentences.COUNT.format(got=kind(returned), expected=expected, what=what)

    def _numbers(self, phrase: str, what: str, part: Array | None, shape: tuple[int, ...]) -> Array:
        """Return a part as floats, once it is known to be as large as it should be."""
        if part is None or part.dtype.kind not in "fiu":
            got = "no array of numbers" if part is None else f"an array of {part.dtype}"
            raise WrongError(sentences.NOT_NUMBERS.format(phrase=phrase, what=what, got=got))
        if part.shape != shape:
            said = sentences.SHAPE.format(what=what, got=part.shape, expected=shape)
            raise WrongError(f"{phrase}: {said}")
        return part if part.dtype in (np.float32, np.float64) else part.astype(np.float64)


def outputs_of(returned: tuple[Any, ...] | list[Any]) -> list[Array | None]:
    """Return outputs(returned); None stands for what is no array, or cannot become one."""
    found: list[Array | None] = []
    for part in returned:
        values = [part[name] for name in sorted(part)] if isinstance(part, dict) else [part]
        found += map(_array, values)
    return found


def _array(value: object) -> Array | None:
    try:
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None


def kind(value: object) -> str:
    """Return a few words for what a value is."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, Unencodable):
        return f"something of type {value.type_name}"
    return f"a {type(value).__name__}"


def growing() -> Iterator[tuple[str, str, tuple[int, int], tuple[int, int]]]:
    """Yield what grows, and (N, C) of a small and of a large problem."""
    yield "N", "sample", (29, 5), (61, 5)
    yield "C", "class", (29, 5), (29, 23)
