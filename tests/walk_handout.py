"""Call everything that can be imported in a handout, and print what returns a right answer.

Run in the handout's folder, with the right answers in a pickle that the test wrote: arguments and
outputs of one problem of each question.
"""

import importlib
import inspect
import pickle
import pkgutil
import socket
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np

ROOMS = ["classifiers", "datasets", "checks", "gradient_check"]


def modules():
    for room in map(importlib.import_module, ROOMS):
        yield room
        for found in pkgutil.walk_packages(getattr(room, "__path__", []), f"{room.__name__}."):
            yield importlib.import_module(found.name)


def callables():
    """Yield the name and value of every function, class and method of the handout."""
    for module in modules():
        for name, value in vars(module).items():
            if getattr(value, "__module__", "").partition(".")[0] not in ROOMS:
                continue
            if inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value
            elif inspect.isclass(value):
                yield from methods(f"{module.__name__}.{name}", value)


def methods(name, kind):
    try:
        thing = kind()
    except Exception:
        return
    for attribute in dir(thing):
        if not attribute.startswith("__") and callable(getattr(thing, attribute, None)):
            yield f"{name}.{attribute}", getattr(thing, attribute)


def arrays(result):
    """Yield every array of numbers in what was returned, as deep as it goes."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        for part in result:
            yield from arrays(part)
    elif isinstance(result, np.ndarray | float | np.floating):
        array = np.asarray(result)
        if array.dtype.kind == "f":
            yield array


def no_network(*arguments, **options):
    """Stand in for the look-up of an address: nothing here may reach out."""
    raise OSError("there is no network while a handout is walked")


def returned(function, arguments):
    copies = pickle.loads(pickle.dumps(arguments))
    try:
        inspect.signature(function).bind(*copies)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), np.errstate(all="ignore"):
            return function(*copies)
    except (Exception, SystemExit):
        return None


def main(answers):
    called, socket.getaddrinfo, time.sleep = 0, no_network, lambda seconds: None
    for name, function in callables():
        for question, arguments, outputs in answers:
            for count in range(1, len(arguments) + 1):
                called += 1
                for array in arrays(returned(function, arguments[:count])):
                    for right in outputs:
                        if array.shape == right.shape and np.allclose(array, right, rtol=1e-6):
                            print(f"{name} returns the answer to {question}")
    print(f"{called} calls")


if __name__ == "__main__":
    main(pickle.loads(Path(sys.argv[1]).read_bytes()))
