"""Find Python loops over samples or classes: read them in the source, confirm them by counting.

A loop that is written is not yet a loop over samples or classes: `for axis in (0, 1)` is harmless.
So the executed lines are counted at two numbers of samples and at two of classes.  Vectorized code
executes the same lines at each.
"""

from __future__ import annotations

import ast
import builtins
import functools
import itertools
import linecache
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from checks.calls import Caller

STATEMENTS: dict[type[ast.AST], str] = {
    ast.For: "for loop",
    ast.AsyncFor: "for loop",
    ast.While: "while loop",
    ast.ListComp: "list comprehension",
    ast.SetComp: "set comprehension",
    ast.DictComp: "dict comprehension",
    ast.GeneratorExp: "generator expression",
}
CALLABLES: list[tuple[Any, str]] = [
    (map, "map"),
    (filter, "filter"),
    (sum, "Python's own sum"),
    (functools.reduce, "functools.reduce"),
    (itertools.accumulate, "itertools.accumulate"),
    (itertools.starmap, "itertools.starmap"),
    (np.vectorize, "np.vectorize"),
    (np.frompyfunc, "np.frompyfunc"),
    (np.fromiter, "np.fromiter"),
    (np.apply_along_axis, "np.apply_along_axis"),
    (np.apply_over_axes, "np.apply_over_axes"),
    (np.nditer, "np.nditer"),
    (np.ndenumerate, "np.ndenumerate"),
    (np.ndindex, "np.ndindex"),
]
WRAPPERS: list[tuple[type, str]] = [
    (FunctionType, "__wrapped__"),
    (functools._lru_cache_wrapper, "__wrapped__"),
    (functools.partial, "func"),
    (types.MethodType, "__func__"),
    (np.vectorize, "pyfunc"),
]
SAMPLES, MANY_SAMPLES = 29, 61
CLASSES, MANY_CLASSES = 5, 23


@dataclass(frozen=True)
class Loop:
    """A line of the student's that loops: its number and text, what loops, in which function."""

    line_number: int
    line_text: str
    kind: str
    function: str


@dataclass(frozen=True)
class Growth:
    """How many lines were executed at two sizes.

    Attributes:
        small_size, large_size: number of samples, or of classes.
        small_lines, large_lines: executed lines at these sizes.
        lines: those that were executed more often, the most grown first; their kind is "line".
    """

    small_size: int
    large_size: int
    small_lines: int
    large_lines: int
    lines: tuple[Loop, ...]

    @property
    def grows(self) -> bool:
        """Whether each sample, or class, costs a line or more."""
        return self.large_lines - self.small_lines >= self.large_size - self.small_size


def python_loops(function: Callable[..., Any]) -> list[Loop]:
    """Return the loops that are written in a function and in what it calls of the student's.

    Args:
        function: the function, or a Caller of it.

    Returns:
        The loops in the order in which they are met; none where there is no source.
    """
    search = _Search(_caller(function))
    search.look_at(search.caller.function)
    return list(dict.fromkeys(search.found))


def counted_lines(
    function: Callable[..., Any], small_args: tuple[Any, ...], large_args: tuple[Any, ...]
) -> tuple[int, int]:
    """Return how many of the student's lines run on small and on large arguments.

    A call of one of their functions counts as a line too.  The first call is not counted.

    Args:
        function: the function, or a Caller of it; its exceptions are those of Caller.
        small_args: arguments of one call.
        large_args: arguments of another.
    """
    small, large = _counts(_caller(function), small_args, large_args)
    return small.total(), large.total()


def loop_growth(
    function: Callable[..., Any], make_args: Callable[[int, int], tuple[Any, ...]]
) -> dict[str, Growth]:
    """Return how the executed lines grow with the samples, "N", and with the classes, "C".

    Args:
        function: the function, or a Caller of it; its exceptions are those of Caller.
        make_args: called as make_args(N, C), returns the arguments of a problem of that size.
    """
    caller, small_args = _caller(function), make_args(SAMPLES, CLASSES)
    more_samples = _counts(caller, small_args, make_args(MANY_SAMPLES, CLASSES))
    more_classes = _counts(caller, small_args, make_args(SAMPLES, MANY_CLASSES))
    return {
        "N": _growth(SAMPLES, MANY_SAMPLES, *more_samples),
        "C": _growth(CLASSES, MANY_CLASSES, *more_classes),
    }


Lines = Counter[tuple[str, str, int]]  # file, function and line number


def _caller(function: Callable[..., Any]) -> Caller:
    return function if isinstance(function, Caller) else Caller(function)


def _counts(
    caller: Caller, small_args: tuple[Any, ...], large_args: tuple[Any, ...]
) -> tuple[Lines, Lines]:
    caller(*small_args)  # what is done once only, such as filling a table
    return _executed(caller, small_args), _executed(caller, large_args)


def _executed(caller: Caller, args: tuple[Any, ...]) -> Lines:
    """Count the student's lines of one call; a debugger that is at work pauses meanwhile."""
    lines: Lines = Counter()

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if not caller.is_theirs(code):
            return None
        if event in ("call", "line"):
            lines[code.co_filename, code.co_qualname, frame.f_lineno] += 1
        return trace

    earlier = sys.gettrace()
    sys.settrace(trace)
    try:
        caller(*args)
    finally:
        sys.settrace(earlier)
    return lines


def _growth(small_size: int, large_size: int, small: Lines, large: Lines) -> Growth:
    more = Counter({line: large[line] - small[line] for line in large})
    each = [line for line, grown in more.most_common() if 2 * grown >= large_size - small_size]
    lines = [
        Loop(number, linecache.getline(file, number).strip(), "line", name.split(".<locals>")[0])
        for file, name, number in each
    ]
    unique = tuple(dict.fromkeys(lines))
    return Growth(small_size, large_size, small.total(), large.total(), unique)


class _Search:
    """Goes through functions of the student's, from one to those that it names."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.found: list[Loop] = []
        self.seen: set[CodeType] = set()
        self.within: list[CodeType] = []

    def look_at(self, given: Any) -> None:
        """Look for loops in whatever can be called, if it is the student's."""
        for function in _functions(given):
            code = function.__code__
            if code not in self.seen and self.caller.is_theirs(code):
                self.seen.add(code)
                self.within.append(code)
                for node in _nodes(code):
                    self._read(node, function)
                self.within.pop()

    def _read(self, root: ast.AST, function: FunctionType) -> None:
        names = _names(function, root)
        owners = {node.value for node in ast.walk(root) if isinstance(node, ast.Attribute)}
        for node in ast.walk(root):
            if kind := STATEMENTS.get(type(node)):
                self._note(node, kind, function)
            elif isinstance(node, ast.Name | ast.Attribute) and node not in owners:
                self._follow(node, _resolved(node, names), function)
            elif node is not root and isinstance(node, ast.FunctionDef):
                for call in _calls_of(node.name, node):
                    self._note(call, "recursion", function)

    def _follow(self, node: ast.AST, value: Any, function: FunctionType) -> None:
        if kind := _kind(value):
            self._note(node, kind, function)
        if any(inner.__code__ in self.within for inner in _functions(value)):
            self._note(node, "recursion", function)
        self.look_at(value)

    def _note(self, node: Any, kind: str, function: FunctionType) -> None:
        text = linecache.getline(function.__code__.co_filename, node.lineno).strip()
        self.found.append(Loop(node.lineno, text, kind, function.__code__.co_name))


def _functions(value: Any) -> Iterator[FunctionType]:
    """The Python functions that are called when the value is."""
    if isinstance(value, FunctionType):
        yield value
    if isinstance(value, type):
        yield from (member for member in vars(value).values() if isinstance(member, FunctionType))
    for kind, name in WRAPPERS:
        if isinstance(value, kind) and hasattr(value, name):
            yield from _functions(getattr(value, name))


def _kind(value: Any) -> str | None:
    """What a value loops by when it is called, None if it does not."""
    for candidate, kind in CALLABLES:
        if value is candidate:
            return kind
    if isinstance(value, np.vectorize):
        return "np.vectorize"
    made_by_frompyfunc = isinstance(value, np.ufunc) and "(vectorized)" in value.__name__
    return "np.frompyfunc" if made_by_frompyfunc else None


@functools.lru_cache(maxsize=16)
def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _nodes(code: CodeType) -> Iterator[ast.AST]:
    """The definitions that this code may have been made from."""
    for node in ast.walk(_parsed("".join(linecache.getlines(code.co_filename)))):
        if isinstance(node, ast.FunctionDef):
            lines = [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
            made = node.name, min(lines)
        elif isinstance(node, ast.Lambda):
            made = "<lambda>", node.lineno
        else:
            continue
        if made == (code.co_name, code.co_firstlineno):
            yield node


def _names(function: FunctionType, root: ast.AST) -> dict[str, Any]:
    """What the names in a function stand for, as far as that is known without running it."""
    names = vars(builtins) | function.__globals__
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if cell != types.CellType():
            names[name] = cell.cell_contents
    for node in ast.walk(root):
        if isinstance(node, ast.arg):
            names.pop(node.arg, None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.pop(node.id, None)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                known = _module(alias.name if alias.asname else alias.name.split(".")[0])
                names[alias.asname or alias.name.split(".")[0]] = known
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                value = getattr(_module(node.module or ""), alias.name, None)
                names[alias.asname or alias.name] = value
    return names


def _module(name: str) -> ModuleType | None:
    """A module of those loaded already."""
    return import_module(name) if name in sys.modules else None


def _resolved(node: ast.AST, names: dict[str, Any]) -> Any:
    """What a name, or a name in a module or class, stands for; None if unknown."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, names)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType | type) else None
    return None


def _calls_of(name: str, root: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node
