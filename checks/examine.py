"""Try an answer in every way, from the interface to the right results, and keep what was seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checks import sentences
from checks.calls import Called
from checks.errors import AnswerError, TheirError
from checks.formula import read_formula
from checks.judge import parts_off, relative_error, seen
from checks.laws import LAWS, Trial
from checks.loops import loop_growth, python_loops
from checks.mistakes import CATALOGUE
from checks.probes import Array, outputs, right_answers, shapes, stored
from checks.problems import PROBLEMS, Problem, of_size
from checks.questions import Question
from checks.result import Law
from gradient_check import GradientCheck, check_gradient

PRECISION = 2e-3  # an error below this is one of arithmetic, not of the formula


@dataclass
class Findings:
    """What was seen of one answer.

    form      sentences about what it returns: how many, which shapes, changed inputs
    formula   sentences that read its formula back
    gradient  the numeric check of its own gradient against its own loss, or None
    laws      every law and every problem, held or not
    direct    mistakes that need no fingerprint, most certain first
    loops     sentences about Python loops where there should be none
    notes     what is worth knowing although the outcome does not rest on it
    off       the relative error on each problem that gave a result; inf where it has no size
    parts_off for each such problem, whether the first output is off, and whether another is
    shapeless whether what is returned cannot be compared at all
    unsteady  whether the same call twice gives two results
    saturated whether the loss has a ceiling that the right one has not
    raised    the first error of theirs, or None
    """

    form: list[str] = field(default_factory=list)
    formula: list[str] = field(default_factory=list)
    gradient: GradientCheck | None = None
    laws: list[Law] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    off: list[float] = field(default_factory=list)
    parts_off: list[tuple[bool, bool]] = field(default_factory=list)
    shapeless: bool = False
    unsteady: bool = False
    saturated: bool = False
    raised: AnswerError | None = None

    @property
    def broken(self) -> list[str]:
        """What was seen where a law does not hold, or a result is not the right one."""
        return [law.seen for law in self.laws if not law.held]

    @property
    def imprecise(self) -> bool:
        """Whether the results are off, and by so little that it is arithmetic, not a formula."""
        return 0 < max(self.off, default=0) < PRECISION

    @property
    def alone(self) -> str:
        """Which of loss and gradient is off by itself: "loss", "gradient" or "", for both."""
        loss, gradient = (any(off[part] for off in self.parts_off) for part in range(2))
        return "" if loss == gradient else "loss" if loss else "gradient"

    @property
    def wrong_values(self) -> bool:
        """Whether anything but the way of computing is wrong."""
        failed = self.gradient is not None and self.gradient.verdict == "fail"
        return bool(self.form or self.broken or failed)


class Examination:
    """One answer, tried on the problems of one seed.

    StoppedError is let through, and so is an answer that is not there yet.
    """

    def __init__(self, caller: Called, question: Question, seed: int) -> None:
        """Make the problems, and fetch their right results."""
        self.caller, self.question = caller, question
        self.problems = PROBLEMS[question.catalogue](seed)
        self.right = right_answers(question.catalogue, seed)
        self.seed, self.findings = seed, Findings()

    def answer(self, *arguments: object) -> list[Array]:
        """Return the outputs of the student's function; nan stands for what is no number."""
        parts = self.parts(self.caller(*arguments))
        return [_as_floats(part) for part in parts]

    def parts(self, returned: object) -> list[Array]:
        """Return outputs(...); what cannot become an array is an error of theirs."""
        try:
            return outputs(returned if self.question.has_gradient else (returned,))
        except Exception as error:
            raise TheirError(type(error).__name__, str(error), ()) from None

    def loss_and_gradient(self, *arguments: Any) -> tuple[Array, Any]:
        """Return what the student's function returns, as check_gradient wants it."""
        loss, *gradients = self.answer(*arguments)
        if isinstance(arguments[0], dict):
            return loss, dict(zip(sorted(arguments[0]), gradients, strict=True))
        return loss, gradients[0]

    def run(self) -> Findings:
        """Try everything, in order, as far as it makes sense."""
        first = self.problems[0]
        try:
            self.form(first, self.caller(*first.arguments))
            if not self.findings.form:
                self.repeat(first)
        except TheirError as error:
            self.findings.raised = error
            self.findings.form.append(str(error))
        if not self.findings.form:
            self.numeric(first)
            self.try_laws(first)
        self.try_problems()
        self.float32(first)
        self.inputs()
        if self.findings.imprecise:
            self.findings.form.append(sentences.PRECISION.format(off=max(self.findings.off)))
        elif not self.findings.form and self.question.catalogue == "softmax_loss":
            self.formula()
        if self.question.vectorized:
            self.loops()
        return self.findings

    def form(self, problem: Problem, returned: object) -> None:
        """Look at how many things were returned, and at their shapes and dtypes."""
        say, names = self.findings.form.append, _wrong_names(problem.arguments[0], returned)
        if returned is None or names:
            say(names or sentences.NO_RESULT)
            self.findings.shapeless = True
            return
        found, expected = self.parts(returned), shapes(self.question.catalogue, problem)
        if len(found) != len(expected):
            what = ", ".join(self.question.outputs)
            say(sentences.WRONG_COUNT.format(got=len(found), expected=len(expected), what=what))
            self.findings.shapeless = True
        elif [part.shape for part in found] == expected[::-1] != expected:
            say(sentences.SWAPPED)
        else:
            for what, part, shape in zip(self.question.outputs, found, expected, strict=True):
                self.one_output(what, part, shape)

    def inputs(self) -> None:
        """Say which of the inputs any of the calls has changed."""
        if self.caller.changed:
            self.findings.direct.append("input-changed")
            names = " and ".join(dict.fromkeys(self.caller.changed))
            self.findings.form.insert(0, sentences.CHANGED.format(names=names))

    def one_output(self, what: str, part: Array, shape: tuple[int, ...]) -> None:
        """Look at the shape and dtype of one output."""
        say, name = self.findings.form.append, what[:1].upper() + what[1:]
        if part.shape != shape:
            turned = len(shape) == 2 and part.shape == shape[::-1]
            template = sentences.TRANSPOSED if turned else sentences.WRONG_SHAPE
            say(template.format(what=name, got=part.shape, expected=shape))
        elif part.dtype.kind != "f" or part.dtype.itemsize < 8:
            say(sentences.WRONG_DTYPE.format(what=name, got=part.dtype))

    def repeat(self, problem: Problem) -> None:
        """Call it twice on the same problem."""
        one, two = self.answer(*problem.arguments), self.answer(*problem.arguments)
        if relative_error(one, two) > 1e-9:
            self.findings.form.append(sentences.NOT_TWICE)
            self.findings.unsteady = True
            if self.caller.used_random:
                self.findings.direct.append("random-minibatch")

    def numeric(self, problem: Problem) -> None:
        """Check the student's own gradient against the student's own loss."""
        if self.question.has_gradient:
            x, *rest = (self.problems[1] if len(problem.arguments) == 4 else problem).arguments
            self.findings.gradient = check_gradient(
                self.loss_and_gradient, x, *rest, seed=self.seed
            )

    def try_laws(self, problem: Problem) -> None:
        """Try the laws; an error of theirs, or a result of another form than before, ends them."""
        try:
            for trial in LAWS[self.question.catalogue](self.answer, problem):
                self.findings.laws.append(_judged(trial))
            if self.question.catalogue.endswith("_loss") and len(problem.arguments) == 4:
                self.findings.laws += map(_judged, self.regularization())
        except AnswerError as error:
            self.findings.laws.append(Law("laws", False, str(error)))
            self.findings.raised = error
        except (ValueError, TypeError, IndexError):
            self.findings.laws.append(Law("laws", False, sentences.OTHER_FORM))

    def regularization(self) -> Iterator[Trial]:
        """Yield what reg adds to the loss and to the gradient, beside what it should add."""
        plain, regularized = (self.answer(*problem.arguments) for problem in self.problems[:2])
        for part, name in enumerate(("loss", "gradient")):
            yield Trial(
                f"regularization of the {name}",
                sentences.REGULARIZATION.format(name=name),
                (sentences.REG_ADDS,),
                [regularized[part] - plain[part]],
                [self.right[1][part] - self.right[0][part]],
            )

    def try_problems(self) -> None:
        """Compare with the right results, problem by problem."""
        judged: list[Law] = []
        for problem, expected in zip(self.problems, self.right, strict=True):
            phrase = sentences.PROBLEM.format(name=problem.name)
            try:
                got = self.answer(*problem.arguments)
            except AnswerError as error:
                said = sentences.RAISED.format(phrase=phrase, error=error)
                judged.append(Law(problem.name, False, said))
                self.findings.raised = self.findings.raised or error
                continue
            self.saturates(problem, got, expected)
            trial = Trial(problem.name, phrase, self.question.outputs, got, expected)
            judged.append(_judged(trial))
            if self.question.has_gradient:
                self.findings.parts_off.append(parts_off(got, expected))
            self.findings.off.append(relative_error(got, expected))
        self.findings.laws += _in_short(judged)

    def saturates(self, problem: Problem, got: list[Array], expected: list[Array]) -> None:
        """Note a loss that stays small where the true class is hopeless, and is right elsewhere."""
        hopeless = problem.name == "true classes 1000 below the others" and [
            *map(np.size, got[:1])
        ] == [1]
        if (
            hopeless
            and abs(got[0].item()) < 0.8 * expected[0].item()
            and self.findings.off[0] < 1e-3
        ):
            self.findings.saturated = True

    def float32(self, problem: Problem) -> None:
        """Call it with float32 input, and compare what comes out with the float64 result."""
        narrow = [narrowed(argument) for argument in problem.arguments]
        try:
            got = self.answer(*narrow)
        except AnswerError as error:
            self.findings.laws.append(Law("float32", False, str(error)))
            return
        if relative_error(got, self.right[0]) > 1e-4 and not any(self.findings.off):
            trial = Trial(
                "float32", "With float32 input", self.question.outputs, got, self.right[0]
            )
            self.findings.laws.append(_judged(trial))
        if any(part.dtype == np.float64 and part.ndim for part in got):
            self.widened()

    def widened(self) -> None:
        """Note a float64 result of float32 input; where that is a mistake, call it one."""
        if "dtype-not-kept" in CATALOGUE[self.question.catalogue]:
            self.findings.direct.append("dtype-not-kept")
            self.findings.form.append(sentences.FLOAT32)
        else:
            self.findings.notes.append(sentences.FLOAT32)

    def formula(self) -> None:
        """Read the formula back from the first two problems: without and with regularization."""
        plain, regularized = self.problems[:2]
        try:
            results = [self.answer(*problem.arguments) for problem in (plain, regularized)]
            (loss, dW), (loss_reg, dW_reg) = [(float(np.ravel(v)[0]), g) for v, g in results]
        except (AnswerError, ValueError, TypeError, IndexError):
            return
        right, reg = (float(self.right[0][0]), self.right[0][1]), regularized.arguments[3]
        P = stored("softmax_loss.P")[self.seed]
        self.findings.formula += read_formula(plain, P, (loss, dW), right, (loss_reg, dW_reg), reg)

    def furthest(self) -> str:
        """Return which sample and class are furthest off, of the softmax loss's first problem."""
        W, X, y, _ = self.problems[0].arguments
        off = np.zeros((len(W), X.shape[1]))
        for i, right in enumerate(stored("softmax_loss.alone")[self.seed]):
            try:
                _, dW = self.answer(W, X[:, i : i + 1], y[i : i + 1], 0.0)
                off[:, i] = np.abs(dW - right).max(axis=1)
            except (AnswerError, ValueError, IndexError):
                return ""
        label, sample = np.unravel_index(off.argmax(), off.shape)
        return sentences.FURTHEST.format(sample=sample, label=label) if off.max() > 1e-9 else ""

    def loops(self) -> None:
        """Count the Python lines that run as N and C grow."""
        catalogue = self.question.catalogue
        try:
            grown = loop_growth(self.caller, lambda N, C: of_size(catalogue, N, C))
            self.caller(*of_size(catalogue, 1000, 10))
        except AnswerError:
            return
        for name, growth in grown.items():
            if growth.grows:
                self.findings.loops.append(
                    sentences.LOOPS.format(
                        small=growth.small_lines,
                        large=growth.large_lines,
                        name=name,
                        small_size=growth.small_size,
                        large_size=growth.large_size,
                    )
                )
        speed = sentences.SPEED.format(milliseconds=1000 * self.caller.seconds)
        if catalogue != "softmax_jacobian":
            self.findings.notes.append(speed)
        found = python_loops(self.caller.function)
        if self.findings.loops:
            self.findings.direct.append("python-loop")
            self.findings.loops += [
                sentences.LOOP_LINE.format(number=loop.line_number, text=loop.line_text.strip())
                for loop in found[:1]
            ]
        elif found:
            self.findings.notes.append(sentences.ALSO_LOOP)


def _as_floats(part: Array) -> Array:
    """Return an array as one of plain floats; nan stands for what is no real number."""
    if part.dtype.kind not in "fiub":
        return np.full(part.shape, np.nan)
    return part if part.dtype in (np.float32, np.float64) else part.astype(np.float64)


def _wrong_names(params: object, returned: object) -> str:
    """Return what is wrong with the names of gradients, where parameters have names; else ""."""
    parts = returned if isinstance(returned, tuple) else (returned,)
    if not isinstance(params, dict) and any(isinstance(part, dict) for part in parts):
        return sentences.A_DICT
    if not isinstance(params, dict) or not isinstance(returned, tuple) or len(returned) != 2:
        return ""
    if not isinstance(returned[1], dict):
        return sentences.NOT_A_DICT
    got, expected = (", ".join(sorted(map(str, names))) for names in (returned[1], params))
    return "" if got == expected else sentences.WRONG_NAMES.format(got=got, expected=expected)


def _judged(trial: Trial) -> Law:
    said = seen(trial)
    return Law(trial.name, not said, said)


def _in_short(judged: list[Law]) -> list[Law]:
    """Return the problems as they are, or in one where already the most ordinary one is wrong."""
    if judged[0].held:
        return judged
    wrong = [law for law in judged if not law.held]
    said = sentences.RESULTS.format(wrong=len(wrong), of=len(judged), first=wrong[0].seen)
    return [Law("right results", False, said)]


def narrowed(argument: object) -> object:
    """Return an argument with float32 in place of float64."""
    if isinstance(argument, dict):
        return {name: narrowed(part) for name, part in argument.items()}
    if isinstance(argument, np.ndarray) and argument.dtype == np.float64:
        return argument.astype(np.float32)
    return argument
