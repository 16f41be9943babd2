"""Load cells: run their statements one by one in one namespace."""

import __future__

import ast
import builtins
import linecache
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grading.sandbox.protocol import exact, type_name

MESSAGE_LIMIT = 2000  # characters

_parse, _compile, _exec = ast.parse, compile, exec
_FLAG = __future__.annotations.compiler_flag


class Loaded:
    """What has been loaded.

    namespace  what the cells define
    sources    label and lines of each source of theirs, by the filename that its code has
    packages   folders of packages that may hold stubs too
    problems   what failed, a sentence for each statement
    """

    def __init__(self, packages: Sequence[str]) -> None:
        """Start with a module that is as empty as a notebook's."""
        self.packages = tuple(packages)
        self.problems: list[str] = []
        module: Any = types.ModuleType("__main__")
        module.__builtins__ = builtins  # and not those of our own, which exec() would put there
        sys.modules["__main__"] = module
        self.namespace: dict[str, Any] = vars(module)
        self.sources: dict[str, tuple[str, list[str]]] = {}

    def add_source(self, filename: str, label: str, source: str) -> None:
        """Make the lines of a source known, here and to Python's own tracebacks."""
        lines = source.splitlines(keepends=True)
        self.sources[filename] = label, lines
        linecache.cache[filename] = (len(source), None, lines, filename)


def load(
    request: dict[str, Any], private: str, packages: Sequence[str], say: Callable[..., None]
) -> Loaded:
    """Write helper files, run cells, and say before each statement which one is run.

    Args:
        request: cells, each with filename, source and indexes of statements; and files by name.
        private: the folder that the files are written in.
        packages: folders of packages that may hold stubs too.
        say: sends a message.
    """
    loaded = Loaded(packages)
    for name, content in request["files"].items():
        path = Path(private, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        loaded.add_source(str(path), name, str(content, "utf-8", "replace"))
    sources = [*request["files"].values(), *(cell["source"] for cell in request["cells"])]
    if any(b"random" in bytes(source) for source in sources):  # else numpy does not even load it
        np.random.seed(0)
    for number, cell in enumerate(request["cells"]):
        _load_cell(loaded, number, cell, say)
    return loaded


def _load_cell(loaded: Loaded, number: int, cell: dict[str, Any], say: Any) -> None:
    label, source = cell["filename"], str(cell["source"], "utf-8", "surrogatepass")
    filename = f"<code of {label}>"  # whatever the label, no name of a file of Python's own
    loaded.add_source(filename, label, source)
    say(kind="progress", cell=number, statement=-1, line=1)
    try:
        statements = _parse(source).body
        chosen = [(index, statements[index]) for index in cell["statements"]]
    except (SyntaxError, ValueError, MemoryError, RecursionError, IndexError) as problem:
        loaded.problems.append(f"{label} cannot be parsed: {exact(str(problem), MESSAGE_LIMIT)}.")
        return
    for index, statement in chosen:
        say(kind="progress", cell=number, statement=index, line=statement.lineno)
        try:
            module = ast.Module([statement], [])
            _exec(_compile(module, filename, "exec", _FLAG, True), loaded.namespace)
        except BaseException as problem:
            loaded.problems.append(f"{label}, line {statement.lineno}: {said(problem)}.")


def said(problem: BaseException) -> str:
    """Return the message of an exception, or its class where it has none that can be had."""
    if issubclass(type(problem), SystemExit | KeyboardInterrupt):
        return "the code ends the program"
    try:
        return exact(str(problem), MESSAGE_LIMIT).removesuffix(".") or type_name(problem)
    except BaseException:
        return type_name(problem)
