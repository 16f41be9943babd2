"""Copies of data, and whether one is still what it was copied from."""

import copy
import random
from collections import deque
from typing import Any

import numpy as np

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
COPIED = (np.ndarray, list, dict, set, bytearray, tuple, deque, *GENERATORS)
LARGE = 1 << 26  # bytes; a larger array among the student's globals is lent read-only, not copied


def copy_of_data(given: Any) -> Any:
    """A copy of an array, plain data or a generator; a large array as a view that is read-only."""
    if isinstance(given, np.ndarray) and given.nbytes > LARGE:
        view = given.view()
        view.flags.writeable = False
        return view
    if not isinstance(given, COPIED):
        return given
    try:
        return copy.deepcopy(given)
    except Exception:  # it holds something that cannot be copied
        return given


def same(given: Any, left: Any) -> bool:
    """Whether a copy is still what it was copied from, to the bit; nan is the same as nan."""
    if type(given) is not type(left):
        return False
    if isinstance(given, np.ndarray):
        if given.dtype.hasobject:
            return same(given.tolist(), left.tolist())
        alike = given.shape == left.shape and given.dtype == left.dtype
        return alike and bool(given.tobytes() == left.tobytes())
    if isinstance(given, dict):
        return list(given) == list(left) and all(same(given[key], left[key]) for key in given)
    if isinstance(given, list | tuple):
        return len(given) == len(left) and all(map(same, given, left))
    return bool(given == left) or given != given
