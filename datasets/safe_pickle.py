"""An unpickler that can build only what a CIFAR-10 Python batch contains.

A pickle is a program, and Python's own unpickler runs it: it imports what the pickle names and
calls it.  This one reads the same opcodes (the standard library's `pickletools` splits them) but
imports nothing.  The few names that a batch may use stand for functions of ours that make
a `PickledArray`, which keeps shape and bytes as the pickle gives them; numpy sees them only after
they are found to agree.
"""

import pickletools
from collections.abc import Callable
from typing import Any

from datasets.pickled_array import NAMES, BatchName, PickledArray, PickledDtype

MAX_OPCODES = 250_000  # 10,000 images take some 30,000 as Python 2 wrote them, up to 90,000 since


class _Machine:
    """The stack, the marks and the memo of the pickle's program, with what opcodes do to them."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def push(self, value: object) -> None:
        self.stack.append(value)

    def mark(self, _: object) -> None:
        self.marks.append(len(self.stack))

    def take(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise IndexError("the stack is empty")
        start = len(self.stack) - count
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def memoize(self, _: object) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def get(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def append(self, items: list[object]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise ValueError("it appends to something that is not a list")
        target.extend(items)

    def set_items(self, items: list[object]) -> None:
        target, keys = self.stack[-1], items[::2]
        if type(target) is not dict or len(items) % 2:
            raise ValueError("it sets items of something that is not a dictionary")
        if not all(isinstance(key, str | bytes) for key in keys):
            raise ValueError("it holds a dictionary whose keys are not text")
        target.update(zip(keys, items[1::2], strict=True))

    def name(self, name: object) -> None:
        if name not in NAMES:
            called = str(name)[:80].replace(" ", ".")
            raise ValueError(
                f"it asks for {called}, which no batch contains; nothing of it was run"
            )
        self.stack.append(NAMES[str(name)])

    def stack_name(self, _: object) -> None:
        module, name = self.take(2)
        self.name(f"{module} {name}" if type(module) is type(name) is str else "a nameless thing")

    def reduce(self, _: object) -> None:
        function, arguments = self.take(2)
        if not isinstance(function, BatchName) or type(arguments) is not tuple:
            raise ValueError("it calls something that is not a function")
        self.stack.append(function.call(*arguments))

    def build(self, _: object) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, PickledArray) and type(state) is tuple and len(state) == 5:
            _, target.shape, target.dtype, is_fortran, target.payload = state
            target.order = "F" if is_fortran is True else "C"
        elif not isinstance(target, PickledDtype):
            raise ValueError("it sets the state of something that is not an array")


def _after_mark(step: Callable[[_Machine, list[Any]], None]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: step(machine, machine.take(len(machine.stack) - machine.marks.pop()))


def _after_last(count: int, step: Callable[[_Machine, list[Any]], None]) -> Callable[..., None]:
    return lambda machine, _: step(machine, machine.take(count))


def _push_tuple(machine: _Machine, items: list[object]) -> None:
    machine.push(tuple(items))


LITERALS = (
    *("BININT", "BININT1", "BININT2", "LONG1"),
    *("SHORT_BINSTRING", "BINSTRING", "SHORT_BINUNICODE", "BINUNICODE"),
    *("SHORT_BINBYTES", "BINBYTES", "BYTEARRAY8"),
)

STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(LITERALS, _Machine.push),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.get),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "MARK": _Machine.mark,
    "MEMOIZE": _Machine.memoize,
    "TUPLE1": _after_last(1, _push_tuple),
    "TUPLE2": _after_last(2, _push_tuple),
    "TUPLE3": _after_last(3, _push_tuple),
    "TUPLE": _after_mark(_push_tuple),
    "APPEND": _after_last(1, _Machine.append),
    "APPENDS": _after_mark(_Machine.append),
    "SETITEM": _after_last(2, _Machine.set_items),
    "SETITEMS": _after_mark(_Machine.set_items),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stack_name,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}


def load(data: bytes) -> object:
    """Return what the pickle in `data` describes, arrays as `PickledArray`.

    Lists, tuples, dictionaries with text keys, integers, text and bytes come as they are; text of
    Python 2 is read as latin-1, and bytes that were written as latin-1 text stay text.
    Raises ValueError for anything else and for damage; nothing of the pickle is ever run.
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if opcode.name == "STOP":
                break
            if opcode.name not in STEPS or count >= MAX_OPCODES:
                raise ValueError(f"it uses {opcode.name} as opcode {count}, which no batch does")
            STEPS[opcode.name](machine, argument)
        return machine.stack.pop()
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError("it is not a well-formed pickle") from error
