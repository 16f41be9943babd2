"""Ask check() about every program whose truth is known, and count what it says of them."""

import importlib
import itertools
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

import classifiers
from checks import check
from checks.examine import narrowed
from checks.judge import relative_error
from checks.mistakes import CATALOGUE
from checks.probes import NAMING, fingerprint
from checks.problems import PROBLEMS
from checks.questions import QUESTIONS
from tests.mistakes.programs import make, mutants, pairs, plain_source
from tests.mistakes.write_probes import REFERENCE, SEEN_DIRECTLY, answer, rounded

SPECIAL = 24  # a seed whose problems no check is ever tried on


@dataclass(frozen=True)
class Asked:
    """One program, and what is known about it.

    row       what it is counted under
    question  the question that it answers
    source    the program
    ids       the mistakes it makes; () where it is right or no mistake of the catalogue
    """

    row: str
    question: str
    source: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What check() said of one program on one seed: its outcome, and the mistakes it named."""

    outcome: str
    mistakes: tuple[str, ...]
    seen: str

    @property
    def caught(self) -> bool:
        return self.outcome in ("incorrect", "error")


def wrong(catalogue: str) -> Iterator[Asked]:
    """Yield every wrong program of a catalogue."""
    module = importlib.import_module(f"tests.mistakes.{catalogue}")
    for one in module.WRONG:
        source = one.source(module.BASES)
        yield Asked(one.id, question(catalogue, one.base), source, (one.id, *one.also))


def right(catalogue: str) -> Iterator[Asked]:
    """Yield every right program of a catalogue."""
    module = importlib.import_module(f"tests.mistakes.{catalogue}")
    for name, source in module.RIGHT.items():
        yield Asked(name, question(catalogue, name), source)


def two(catalogue: str) -> Iterator[Asked]:
    """Yield every program with two compatible mistakes, of which neither hides the other, shuffled.

    What one mistake hides is counted under the other alone: a pair that returns what a single
    mistake returns, and one with a mistake that is seen in no value (dtypes, changed inputs) or
    that returns other values each time.
    """
    module = importlib.import_module(f"tests.mistakes.{catalogue}")
    problems = PROBLEMS[catalogue](NAMING)

    def seen(source: str) -> tuple[float, ...]:
        return rounded(fingerprint(answer(make(source)), problems))

    alone = {seen(plain_source(REFERENCE[catalogue])): None}
    visible = []
    for one in module.WRONG:
        first, second = (seen(one.source(module.BASES)) for _ in range(2))
        if first == second not in alone and one.id not in SEEN_DIRECTLY:
            visible.append(one)
    alone |= {seen(one.source(module.BASES)): None for one in visible}
    both = list(pairs(visible, module.BASES))
    random.Random(0).shuffle(both)
    for a, b, source in both:
        if seen(source) not in alone:
            yield Asked("pairs", question(catalogue, a.base), source, (a.id, b.id))


def question(catalogue: str, name: str) -> str:
    """Return the question, with loops or without, that a program of this name answers."""
    asked = [one for one, about in QUESTIONS.items() if about.catalogue == catalogue]
    loops = name.startswith("naive")
    return asked[0] if len(asked) == 1 or loops else asked[1]


def ask(task: tuple[Asked, int]) -> Heard:
    """Return what check() says of a program on one seed."""
    asked, seed = task
    result = check(make(asked.source), asked.question, seed=seed)
    assert "could not go on" not in result.seen, (result.seen, asked)
    return Heard(result.outcome, tuple(result.mistakes), result.seen)


def ask_all(programs: Iterable[Asked], seeds: Iterable[int]) -> Iterator[tuple[Asked, Heard]]:
    """Yield each program with what was said of it, once for each seed, on all cores."""
    tasks = list(itertools.product(programs, seeds))
    with ProcessPoolExecutor() as workers:
        heard = workers.map(ask, tasks, chunksize=8)
        yield from zip(
            (a for a, _ in tasks),
            tqdm(heard, total=len(tasks), leave=False, disable=None),
            strict=True,
        )


def mutated(catalogue: str) -> Iterator[Asked]:
    """Yield every mutant of the references of a catalogue; its row says whether it is one at all.

    The truth is had from seeds that no check uses: a mutant that gives the right results there is
    equivalent.
    """
    for name, about in QUESTIONS.items():
        if about.catalogue == catalogue:
            for mutant in mutants(plain_source(getattr(classifiers, name))):
                row = "changed" if changes(catalogue, mutant.source) else "equivalent"
                yield Asked(row, name, mutant.source)


def changes(catalogue: str, source: str) -> bool:
    """Whether a program gives another result than the reference on some valid input."""
    right, theirs = answer(REFERENCE[catalogue]), answer(make(source))
    problems = [one for seed in range(SPECIAL, SPECIAL + 4) for one in PROBLEMS[catalogue](seed)]
    arguments = [problem.arguments for problem in problems]
    if "dtype-not-kept" in CATALOGUE[catalogue]:
        arguments.append([narrowed(argument) for argument in arguments[0]])
    return any(differs(right, theirs, one) for one in arguments)


def differs(right, theirs, arguments) -> bool:
    """Whether the two results differ by more than rounding, or theirs is an error."""
    with np.errstate(all="ignore"):
        expected = right(*arguments)
        try:
            got = theirs(*arguments)
        except Exception:
            return True
    dtypes = [[part.dtype for part in parts if part.ndim] for parts in (got, expected)]
    rounding = 1e-5 if np.dtype(np.float32) in dtypes[1] else 1e-9
    return relative_error(got, expected) > rounding or dtypes[0] != dtypes[1]
