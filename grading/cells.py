"""The part of a student's cell that is run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Some statements of one cell, to be run in order, each by itself.

    filename    the place, as it is said to a person: "mine.ipynb, code cell 3", or "mine.py"
    source      the cell as Python: lines of Jupyter's own are blank or `pass`, so that line numbers
                stay those of the notebook
    statements  which of `ast.parse(source).body` are run, as indexes in rising order

    Each statement is meant to be compiled by itself with the flag of
    `from __future__ import annotations`, so that an annotation's names are not looked up.
    """

    filename: str
    source: str
    statements: tuple[int, ...]
