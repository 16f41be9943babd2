"""Wrong programs as edits of a right one, two mistakes in one program, and one-edit mutants."""

import __future__

import ast
import functools
import inspect
import itertools
import linecache
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from types import CodeType
from typing import Any

import numpy as np

from tests.mistakes.mutations import changed_trees

Program = Callable[..., Any]


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a base, and what stands there instead."""

    old: str
    new: str

    def span(self, base: str) -> tuple[int, int]:
        """Return where ``old`` begins and ends; ValueError unless it stands there once."""
        if base.count(self.old) != 1:
            raise ValueError(f"{self.old!r} stands {base.count(self.old)} times in the base.")
        start = base.index(self.old)
        return start, start + len(self.old)


@dataclass(frozen=True)
class Wrong:
    """A program with one mistake.

    id        the mistake, as in the catalogue
    base      name of the right program that is edited
    variant   which of several ways to make the mistake
    also      ids that name this very program as well, or that it holds besides
    only_on   the inputs where it shows, when it does not show on every ordinary problem
    fails     whether it raises an exception on ordinary problems, which hides all others
    """

    id: str
    base: str
    edits: tuple[Edit, ...]
    variant: str = ""
    also: tuple[str, ...] = ()
    only_on: str = ""
    fails: bool = False

    def source(self, bases: dict[str, str]) -> str:
        """Return the base with every edit made."""
        return edited(bases[self.base], self.edits)

    @property
    def name(self) -> str:
        """The mistake, the variant and the base in one line."""
        return f"{self.id} ({self.variant or 'plain'}, {self.base})"


@dataclass(frozen=True)
class Mutant:
    """A program after one small change of its syntax tree."""

    description: str
    source: str


def edited(base: str, edits: Iterable[Edit]) -> str:
    """Return ``base`` with all edits made; ValueError where an old text is not there just once."""
    text = base
    for edit in sorted(edits, key=lambda edit: edit.span(base), reverse=True):
        start, end = edit.span(base)
        text = text[:start] + edit.new + text[end:]
    return text


def combine(a: Wrong, b: Wrong, bases: dict[str, str]) -> str | None:
    """Return the program with both mistakes, or None where they are not compatible.

    They are not when they have different bases, when edits overlap, or when one fails, so that
    nothing else shows.  The order of the two does not matter.
    """
    if a.base != b.base or a.fails or b.fails:
        return None
    base = bases[a.base]
    spans = sorted(edit.span(base) for edit in a.edits + b.edits)
    if any(end > start for (_, end), (start, _) in itertools.pairwise(spans)):
        return None
    return edited(base, a.edits + b.edits)


def pairs(wrong: list[Wrong], bases: dict[str, str]) -> Iterator[tuple[Wrong, Wrong, str]]:
    """Yield every compatible pair of different mistakes with its program, if that compiles.

    A pair that is a third mistake, word for word, is left out: one mean missing and the other too.
    """
    alone = {one.source(bases) for one in wrong}
    for a, b in itertools.combinations(wrong, 2):
        source = combine(a, b, bases) if a.id != b.id else None
        if source is not None and source not in alone and compiled(source):
            yield a, b, source


@functools.lru_cache(maxsize=8)  # a pair is compiled to see whether it can be, and made then
def compiled(source: str) -> CodeType | None:
    """Return the code of a program, or None where it is not Python.  Annotations stay text."""
    filename = f"<program {sha256(source.encode()).hexdigest()[:16]}>"
    flags = __future__.annotations.compiler_flag
    try:
        code: CodeType = compile(source, filename, "exec", flags=flags, dont_inherit=True)
    except SyntaxError:
        return None
    return code


def make(source: str, name: str = "") -> Program:
    """Return the function ``name`` of a program, by default the last that it defines.

    The program finds numpy as ``np``.  Tracebacks and inspect.getsource show its lines.
    Raises SyntaxError for a program that is not Python, KeyError for a name it does not define.
    """
    code = compiled(source) or compile(source, "<program>", "exec")
    lines = source.splitlines(keepends=True)
    linecache.cache[code.co_filename] = (len(source), None, lines, code.co_filename)
    namespace: dict[str, Any] = {"np": np, "__name__": "program"}
    exec(code, namespace)
    function: Program = namespace[name or function_name(source)]
    return function


def function_name(source: str) -> str:
    """Return the name of the last function that a program defines: the one that is asked for."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]


def plain_source(function: Program) -> str:
    """Return a reference function as a bare program: without docstring and annotations.

    It refuses no input, save what the program needs of the check to go on.
    """
    tree = ast.parse(inspect.getsource(function))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.returns = None
    for argument in definition.args.args:
        argument.annotation = None
    definition.body = [s for s in definition.body[1:] if "check_inputs" not in ast.unparse(s)]
    names = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    needed = sorted(names & {*vars(inspect.getmodule(function))} - {"np"})
    imports = f"from {function.__module__} import {', '.join(needed)}\n" if needed else ""
    return imports + ast.unparse(tree) + "\n"


def mutants(source: str) -> list[Mutant]:
    """Return all different programs that one small change makes of ``source``, in a fixed order."""
    tree = ast.parse(source)
    found = {ast.unparse(tree): ""}
    for description, text in changed_trees(tree):
        found.setdefault(text, description)
    return [Mutant(words, text + "\n") for text, words in found.items() if words]
