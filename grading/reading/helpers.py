"""Helper modules that were handed in beside the answers."""

import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

from grading.reading.definitions import ROOMS
from grading.reading.sentences import SHADOW, shown

GRADING = frozenset(
    {"conftest", "sitecustomize", "usercustomize", "matplotlib", "numpy", "scipy"}
    | {"experiment", "grading", "softmax_lab", "tests", "timing"}
)
SHADOWING = sys.stdlib_module_names | GRADING | ROOMS


def helpers(
    modules: dict[str, bytes], notebooks: Iterable[str]
) -> tuple[dict[str, bytes], list[str]]:
    """Return the .py files that a notebook beside them can import, and notes on those left out.

    A file is named from the folder of the notebook that it is below, or else as it lies in the
    submission.  One that would stand in for a module of Python, numpy or the handout is left out.
    """
    folders = sorted({str(PurePosixPath(name).parent) + "/" for name in notebooks}, key=len)
    files: dict[str, bytes] = {}
    shadows: set[str] = set()
    for path, content in modules.items():
        name = next((path.removeprefix(at) for at in folders[::-1] if path.startswith(at)), path)
        parts = PurePosixPath(name).with_suffix("").parts
        if parts[0] in SHADOWING:
            shadows.add(name.split("/")[0])
        elif all(part.isidentifier() for part in parts) and name.isprintable():
            files.setdefault(name, content)
    return files, [SHADOW.format(name=shown(name)) for name in sorted(shadows)]
