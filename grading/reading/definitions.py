"""What a statement at the left margin defines, and which names it needs."""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

BUILTINS = frozenset(dir(builtins))
ROOMS = frozenset({"classifiers", "checks", "datasets", "gradient_check"})
EVERYTHING = "*"
INDIRECT = frozenset({"eval", "exec", "globals", "locals", "getattr", "vars", "__import__"})
NAMING = ("id", "attr", "name")  # the fields of a syntax tree that name something
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Statement:
    """One statement of a cell.

    tree     what was parsed
    place    of its cell, as it is said to a person
    cell     which of the texts of its file it is in
    index    which of the statements of its cell it is
    is_code  whether its cell is a code cell
    """

    tree: ast.stmt = field(repr=False)
    place: str
    cell: int
    index: int
    is_code: bool = True

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names that it gives a value to; "*" for an import of everything."""
        return frozenset(_bound(self.tree))

    @cached_property
    def alters(self) -> frozenset[str]:
        """The names whose attributes or items it changes."""
        return frozenset(_altered(self.tree))

    @cached_property
    def needs(self) -> frozenset[str]:
        """The global names that are looked up when it runs, or when what it defines is called."""
        return _needed(self.tree)

    @cached_property
    def functions(self) -> dict[str, ast.stmt]:
        """The functions that it defines, also inside of an if or try, by name."""
        return {part.name: part for part in _defining(self.tree) if isinstance(part, FUNCTIONS)}

    def answers(self, function: str) -> bool:
        """Whether it gives that name what may be a function, other than one of the handout's."""
        return function in self._answered

    @cached_property
    def _answered(self) -> frozenset[str]:
        return frozenset(name for part in _defining(self.tree) for name in _answered(part))

    def writes(self, function: str) -> bool:
        """Whether it answers it with more than the stub of the handout."""
        return self.answers(function) and not self.is_stub(function)

    def is_stub(self, function: str) -> bool:
        """Whether it defines that function as one that is not written yet."""
        definition = self.functions.get(function)
        return definition is not None and _is_stub(definition)


def _defining(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield a statement, or what an if or try holds, without loops and other scopes."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.If | ast.Try | ast.TryStar | ast.ExceptHandler):
            waiting.extend(reversed(list(ast.iter_child_nodes(part))))
        elif isinstance(part, ast.stmt):
            yield part


def _bound(statement: ast.stmt) -> Iterator[str]:
    for part in _defining(statement):
        if isinstance(part, SCOPES):
            yield part.name
        elif isinstance(part, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            is_future = part.module == "__future__"
            yield from (
                EVERYTHING if is_future else alias.asname or alias.name for alias in part.names
            )
        else:
            yield from _assigned(part)


def _assigned(statement: ast.stmt) -> Iterator[str]:
    """Yield what an assignment binds.

    A number or the like under the name of a builtin, `sum = 0`, is what a cell that tries something
    out leaves behind, and is not meant for the answers.
    """
    value = getattr(statement, "value", None)
    meant = isinstance(value, ast.Name | ast.Attribute | ast.Lambda)
    for name in _names(statement):
        if meant or name not in BUILTINS:
            yield name


def _names(statement: ast.stmt) -> Iterator[str]:
    for target in _targets(statement):
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def _altered(statement: ast.stmt) -> Iterator[str]:
    for part in _defining(statement):
        for target in _targets(part):
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
                if isinstance(target, ast.Name):
                    yield target.id


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AugAssign):
        return [statement.target]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return [statement.target]
    return []


def _answered(part: ast.stmt) -> Iterator[str]:
    if isinstance(part, ast.ImportFrom) and (part.module or "").partition(".")[0] in ROOMS:
        return iter(())
    if isinstance(part, ast.Assign | ast.AnnAssign | ast.AugAssign):
        literals = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr, ast.BinOp)
        return iter(()) if isinstance(part.value, literals) else _names(part)
    return _bound(part)


def _is_stub(function: ast.stmt) -> bool:
    """Whether a function ends in `raise NotImplementedError` and never returns anything."""
    assert isinstance(function, FUNCTIONS)
    last = function.body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return False
    raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    is_missing = isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return is_missing and not any(isinstance(part, ast.Return) for part in _own(function))


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in a function, without the functions and classes inside of it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, SCOPES):
            waiting.extend(ast.iter_child_nodes(part))


def _needed(statement: ast.stmt) -> frozenset[str]:
    """Return the global names of a statement; it is not compiled, which can take minutes."""
    parts = list(ast.walk(statement))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = f"from __future__ import annotations\n{ast.unparse(statement)}"
            needed = set(_globals(symtable.symtable(source, "", "exec")))
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # rather a name too many
        needed = {part.id for part in parts if isinstance(part, ast.Name)}
    if any(getattr(part, field, None) in INDIRECT for part in parts for field in NAMING):
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                needed.update(re.findall(r"\w+", part.value))
    return frozenset(needed)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that are looked up in a scope and those inside of it."""
    waiting = [table]
    while waiting:
        scope = waiting.pop()
        waiting.extend(scope.get_children())
        is_function = scope.get_type() not in ("module", "class")
        for symbol in scope.get_symbols():
            is_declared = is_function and symbol.is_declared_global()  # `n += 1` is no reference
            is_global = symbol.is_global() or (not is_function and not symbol.is_free())
            if is_declared or (is_global and symbol.is_referenced()):
                yield symbol.get_name()
