"""A student's function as a private copy, whose globals are copies too."""

import sys
import types
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any

from checks.copies import copy_of_data
from checks.places import nested

# What exit and quit are in a notebook: they raise nothing, they end the kernel after the cell.
IPYTHONS_EXITS = {"ExitAutocall", "ZMQExitAutocall"}


class Private:
    """Copies of a student's functions that share copies of the globals that they name."""

    def __init__(self, is_theirs: Callable[[CodeType], bool]) -> None:
        """Take what tells whether code is the student's."""
        self.is_theirs = is_theirs
        self.made: dict[int, Any] = {}
        self.namespaces: dict[int, dict[str, Any]] = {}

    def value(self, given: Any) -> Any:
        """A copy of a function of theirs or of plain data; anything else as it is."""
        if id(given) not in self.made:
            if isinstance(given, FunctionType) and self.is_theirs(given.__code__):
                self._function(given)
            elif type(given).__name__ in IPYTHONS_EXITS:
                self.made[id(given)] = sys.exit
            else:
                self.made[id(given)] = copy_of_data(given)
        return self.made[id(given)]

    def _function(self, given: FunctionType) -> None:
        theirs = given.__globals__
        mine = self.namespaces.setdefault(id(theirs), dict(theirs))
        cells = given.__closure__ or ()
        closure = tuple(self.made.setdefault(id(cell), types.CellType()) for cell in cells)
        twin = FunctionType(given.__code__, mine, given.__name__, None, closure)
        self.made[id(given)] = twin
        twin.__defaults__ = copy_of_data(given.__defaults__)
        twin.__kwdefaults__ = copy_of_data(given.__kwdefaults__)
        twin.__dict__.update(copy_of_data(given.__dict__))
        for cell, own in zip(cells, closure, strict=True):
            with suppress(ValueError):  # an empty cell
                own.cell_contents = self.value(cell.cell_contents)
        for code in nested(given.__code__):
            for name in set(code.co_names) & set(theirs):
                mine[name] = self.value(theirs[name])
