"""Lines of code: where they are, and whether they are the student's."""

import functools
import inspect
import linecache
import os
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple, Self

PROJECT = Path(__file__).absolute().parent.parent
OURS = {
    "checks", "classifiers", "datasets", "experiment", "grading", "timing",
    "gradient_check.py", "softmax_lab.py",
}  # fmt: skip
PYTHON = Path(os.__file__).absolute().parent


class Place(NamedTuple):
    """A line of the student's: name of the function that it is in, its number and its text."""

    function: str
    line_number: int
    line_text: str

    @classmethod
    def of(cls, code: CodeType, line_number: int, names: dict[str, Any] | None) -> Self:
        """The place in code, whose globals, if given, help to find the text."""
        line = linecache.getline(code.co_filename, line_number, names)
        return cls(code.co_qualname.split(".<locals>")[0], line_number, line.strip())

    def __str__(self) -> str:
        """The place as part of a sentence."""
        text = f": `{self.line_text}`" if self.line_text else ""
        return f"{self.function}, line {self.line_number}{text}"


def code_of(function: Any) -> CodeType | None:
    """The code of a function, of a method, or inside of a wrapper; None for one written in C."""
    function = inspect.unwrap(function)
    for wrapped in ("__func__", "func", "pyfunc", "py_func"):  # method, partial, numpy's, numba's
        if hasattr(function, wrapped):
            return code_of(getattr(function, wrapped))
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def nested(code: CodeType | None) -> Iterator[CodeType]:
    """Code and all code defined in it: inner functions, lambdas, comprehensions."""
    if code is not None:
        yield code
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from nested(constant)


@functools.cache
def file_is_ours(filename: str) -> bool:
    """Whether the file is one of this project's own programs."""
    path = Path(filename).absolute()
    return path.is_relative_to(PROJECT) and path.relative_to(PROJECT).parts[0] in OURS


@functools.cache
def file_is_theirs(filename: str) -> bool:
    """Whether the file or cell is not the project's, Python's or an installed package's."""
    if filename.startswith(("<frozen", "<__array_function__")) or file_is_ours(filename):
        return False
    path = Path(filename).absolute()
    packages = {"site-packages", "dist-packages"} & set(path.parts)
    return not packages and not path.is_relative_to(PYTHON)
