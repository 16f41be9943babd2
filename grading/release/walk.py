"""Call whatever can be imported in a handout, in every way that fits, and print what is an answer.

    python -P walk.py SOUGHT

runs in the handout's folder.  SOUGHT is a pickle of what grading.release.sought gives: problems
with their right answers, which no file of the handout holds.  Modules are imported, functions
called, classes made of what their signatures ask for, and the methods of these objects called.
"""

import importlib
import inspect
import itertools
import os
import pickle
import pkgutil
import signal
import socket
import sys
import time
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np

SHALLOW = ("checks.watch.", "checks.deadline.")  # threads and signals: only called with arguments
LEFT_OUT = {"tests"}  # the student's own, which runs the notebook's cells
CALLS = 60  # of one function for one problem, at most
SECONDS = 0.1  # for all of them, and for each
KEPT = 12  # objects of one class, at most
DEEP = 4  # lists in lists, attributes of attributes


Arguments = tuple[typing.Any, ...]


class TooLongError(BaseException):
    """A call that takes too long to be a formula."""


def modules(folder: Path) -> Iterator[types.ModuleType]:
    """Import and yield every module of a folder."""
    for found in pkgutil.walk_packages([str(folder)]):
        if found.name.partition(".")[0] not in LEFT_OUT:
            yield importlib.import_module(found.name)


def defined(folder: Path) -> dict[str, typing.Any]:
    """Return the functions and classes that the modules of a folder define, by their full name."""
    found = {}
    for module in modules(folder):
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__ and callable(value):
                found[f"{module.__name__}.{name}"] = value
    return found


class Walk:
    """One problem, and what is known to call functions with.

    named    values by the names that parameters have for them
    objects  of the handout's classes, as far as they could be made
    """

    def __init__(self, problem: dict[str, typing.Any], things: dict[str, typing.Any]) -> None:
        """Take a problem of grading.release.sought and what the handout defines."""
        self.named, self.sought = problem["named"], problem["sought"]
        self.first, self.things = problem["first"], things
        self.objects: dict[type, list[typing.Any]] = {}
        self.plain: dict[type, list[typing.Any]] = {
            bool: [False, True],
            int: self.named["sizes"],
            float: [self.named["reg"], 1e-6],
            np.random.Generator: [np.random.default_rng(0)],
        }
        self.found: set[str] = set()
        self.calls = 0

    def everything(self) -> None:
        """Call all functions, make objects of all classes, and call their methods."""
        classes = {name: kind for name, kind in self.things.items() if inspect.isclass(kind)}
        for _ in range(3):
            for name, kind in classes.items():
                if len(self.objects.get(kind, [])) < KEPT:
                    self.try_all(name, kind)
        for name, function in self.things.items():
            if name not in classes:
                self.try_all(name, function)
        for name, kind in classes.items():
            for thing in self.objects.get(kind, [])[:KEPT]:
                self.methods(name, thing)

    def methods(self, name: str, thing: typing.Any) -> None:
        """Call the methods of an object, its properties included."""
        for attribute in dir(thing):
            if attribute.startswith("__") and attribute != "__call__":
                continue
            with suppressed():
                value = getattr(thing, attribute)
                if callable(value):
                    self.try_all(f"{name}.{attribute}", value)
                else:
                    self.look(f"{name}.{attribute}", value)

    def try_all(self, name: str, function: Callable[..., typing.Any]) -> None:
        """Call a function in every way that seems to fit."""
        end = time.monotonic() + SECONDS
        for arguments in self.ways(name, function):
            self.calls += 1
            if time.monotonic() > end:
                return
            with suppressed(), np.errstate(all="ignore"):
                self.look(name, function(*map(copied, arguments)))

    def ways(self, name: str, function: Callable[..., typing.Any]) -> Iterator[Arguments]:
        """Yield arguments: what the name of each asks for, then the problem's own."""
        try:
            parameters = [
                p for p in inspect.signature(function).parameters.values()
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            ]  # fmt: skip
        except (TypeError, ValueError):
            return
        least = sum(parameter.default is parameter.empty for parameter in parameters)
        if not name.startswith(SHALLOW):
            kinds = hints(function)
            asked = [self.values(p.name, kinds.get(p.name)) for p in parameters]
            yield from likeliest_first(asked[:least])
            yield from likeliest_first(asked) if least < len(asked) else ()
        for count in range(least, min(len(parameters), len(self.first)) + 1):
            yield self.first[:count]

    def values(self, name: str, kind: typing.Any) -> list[typing.Any]:
        """Return what a parameter may be given, the likeliest first."""
        kinds = [one for one in (kind, *typing.get_args(kind)) if inspect.isclass(one)]
        if any(one in self.things.values() for one in kinds):
            return [thing for one in kinds for thing in self.objects.get(one, [])]
        for one, plain in self.plain.items():
            if kind is one:
                return plain
        if typing.get_origin(kind) is Callable or name == "f":
            return [nothing]
        if typing.get_origin(kind) is tuple or name == "args":
            return [self.first[1:], self.first]
        likely = [self.named[name]] if name in self.named else []
        return [*likely, *self.named["arrays"]]

    def look(self, name: str, value: typing.Any, depth: int = 0) -> None:
        """Compare every number in a value with what is sought, and keep objects to go on with."""
        if isinstance(value, np.ndarray | float | np.floating):
            self.compare(name, np.asarray(value))
        elif depth < DEEP:
            if type(value) in self.things.values():
                kept = self.objects.setdefault(type(value), [])
                if len(kept) < KEPT and all(value is not one for one in kept):
                    kept.append(value)
            for part in parts(value):
                self.look(name, part, depth + 1)

    def compare(self, name: str, array: typing.Any) -> None:
        """Print where an array is an answer, whatever its scale."""
        if array.dtype.kind not in "fc" or not array.size or not np.isfinite(array).all():
            return
        for what, right, beside in self.sought:
            shapes = (right.shape, right.shape[::-1], (right.size,))
            if array.shape in shapes and is_answer(array, right, beside):
                line = f"{name} returns {what}"
                if line not in self.found:
                    self.found.add(line)
                    print(line)


def likeliest_first(values: list[list[typing.Any]]) -> Iterator[Arguments]:
    """Yield at most CALLS choices of one value from each list, those of first values first."""
    totals = range(sum(map(len, values)) - len(values) + 1)
    every = (places for total in totals for places in summing_to(total, [*map(len, values)]))
    for places in itertools.islice(every, CALLS):
        yield tuple(one[place] for one, place in zip(values, places, strict=True))


def summing_to(total: int, below: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield the numbers, each from 0 to what it is below, that add up to a total."""
    if not all(below) or total > sum(below) - len(below):
        return
    if not below:
        yield ()
        return
    for first in range(min(total + 1, below[0])):
        for rest in summing_to(total - first, below[1:]):
            yield first, *rest


def is_answer(array: typing.Any, right: typing.Any, beside: list[typing.Any]) -> bool:
    """Whether an array is a * right + b * beside, where a is not 0; a number must be the same."""
    if right.ndim == 0:
        return abs(float(array) - float(right)) <= 1e-9 * abs(float(right))
    either = [array, array.T] if array.shape == right.shape[::-1] else [array]
    return any(_is_mixture(one.ravel(), right, beside) for one in either)


def _is_mixture(flat: typing.Any, right: typing.Any, beside: list[typing.Any]) -> bool:
    basis = np.stack([right.ravel(), *(other.ravel() for other in beside)], axis=1)
    factors = np.linalg.lstsq(basis, flat, rcond=None)[0]
    size = np.linalg.norm(flat)
    if not size or np.linalg.norm(factors[0] * basis[:, 0]) < 1e-3 * size:
        return False
    return bool(np.linalg.norm(flat - basis @ factors) <= 1e-6 * size)


def parts(value: typing.Any) -> list[typing.Any]:
    """Return what a value holds: entries, attributes, or what a generator yields first."""
    if isinstance(value, dict):
        return [*value.values()]
    if isinstance(value, list | tuple | set):
        return [*value][:200]
    if isinstance(value, types.GeneratorType | map | zip):
        return [*itertools.islice(value, 200)]
    if isinstance(value, types.ModuleType | types.FunctionType | type):
        return []
    return [*getattr(value, "__dict__", {}).values()]


def hints(function: typing.Any) -> dict[str, typing.Any]:
    """Return the types of a function's parameters as far as they can be had."""
    with suppressed():
        target = function.__init__ if inspect.isclass(function) else function
        return typing.get_type_hints(target)
    return {}


def copied(value: typing.Any) -> typing.Any:
    """Return a copy of arrays, so that no call changes the next one's."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        return tuple(map(copied, value))
    return {key: copied(one) for key, one in value.items()} if type(value) is dict else value


def nothing(x: typing.Any, *arguments: typing.Any) -> tuple[float, typing.Any]:
    """Stand in for a student's function: a loss that is 0."""
    return 0.0, {name: 0 * part for name, part in x.items()} if isinstance(x, dict) else 0 * x


@contextmanager
def suppressed() -> Iterator[None]:
    """Run the block for a tenth of a second at most; hide what it raises."""

    def over(number: int, frame: typing.Any) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    except (Exception, SystemExit, TooLongError):
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(None)


def no_network(*arguments: typing.Any, **options: typing.Any) -> typing.Any:
    """Stand in for the look-up of an address: nothing here may reach out."""
    raise OSError("there is no network while a handout is walked")


def main(problems: list[dict[str, typing.Any]]) -> None:
    """Walk with each problem."""
    folder = Path.cwd()
    sys.path.insert(0, str(folder))
    socket.getaddrinfo, time.sleep = no_network, lambda seconds: None
    calls, things, out = 0, defined(folder), sys.stdout
    print(f"{len(things)} functions and classes")
    for problem in problems:
        walk = Walk(problem, things)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            walk.everything()
        for line in sorted(walk.found):
            print(line, file=out)
        calls += walk.calls
    print(f"{calls} calls")
    out.flush()
    os._exit(0)  # whatever a call has started ends here


if __name__ == "__main__":
    main(pickle.loads(Path(sys.argv[1]).read_bytes()))
