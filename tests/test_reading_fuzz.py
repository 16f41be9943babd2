"""Whatever is handed in is read or refused with a sentence, and what is kept is whole."""

import ast
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.submission import Submission, SubmissionError, read_submission
from tests.reading_samples import notebook, zip_bytes

NAIVE = "softmax_loss_naive"
CELLS = (
    "import numpy as np\nEPS = np.e",
    f"%%time\ndef {NAIVE}(W):\n    '''é'''\n    return W * EPS",
)
NOTEBOOK = notebook(*CELLS, ("markdown", "Words, and\ndef f(): pass"))
ZIP = zip_bytes({"hw/softmax.ipynb": NOTEBOOK, "hw/tools.py": b"x = 1", "hw/inner.zip": b"PK\3\4"})
NAMES = st.sampled_from(["a.ipynb", "a.py", "a.zip", "a"])
PIECES = st.sampled_from(
    [f"def {NAIVE}(x):", "    return helper(x)", "helper = f(EPS)", "EPS = 1", "    ", "@decorate",
     "try:", "except E:", "else:", "if x:", "class A:", "    x = EPS", "from m import *", "%magic",
     "!ls '(", "x = !ls", "'''", '"""', "(", ")", "[", "}", "\\", "<<<<<<< HEAD", "return 1",
     "raise NotImplementedError", "lambda:", "é", "\x00", "\x0c", "\ud83d", "\u2028", "\r",
     "await x", "f'{x", "0x", "1_", "async def f():", "import a.b as c", "EPS.x = 1",
     "EPS[0] += 1", "x: int"]
)  # fmt: skip
SOURCES = st.lists(PIECES, max_size=12).flatmap(
    lambda pieces: st.sampled_from(["\n".join(pieces), "\n    ".join(pieces), "".join(pieces)])
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | SOURCES,
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["cells", "worksheets", "cell_type", "source", "input", "metadata"]), inner
    ),
    max_leaves=12,
)  # fmt: skip
KINDS = st.sampled_from(["code", "markdown", "raw", None, 3])


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bytes], None]:
    """Return a function that reads a file of a name and content, and looks at what it gives."""
    folder = tmp_path_factory.mktemp("fuzz")

    def look(name: str, content: bytes) -> None:
        path = folder / name
        path.write_bytes(content)
        try:
            submission = read_submission(path)
        except SubmissionError as problem:
            refusal = str(problem)
        else:
            refusal = ""
            assert_whole(submission)
        assert refusal == "" or refusal.endswith(".")

    return look


def assert_whole(submission: Submission) -> None:
    """Look at all that a submission gives."""
    for function in (NAIVE, "helper", "x", "é"):
        cells = submission.cells_for(function)
        assert bool(cells) == submission.defines(function)
        assert submission.why_missing(function)
        for cell in cells:
            statements = len(ast.parse(cell.source).body)
            assert list(cell.statements) == sorted(set(cell.statements))
            assert 0 <= cell.statements[0] <= cell.statements[-1] < statements
    said = json.dumps([submission.name, submission.student, submission.notes])
    said.encode("ascii")
    " ".join([submission.name, submission.student, *submission.notes]).encode()


thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@thorough
@given(name=NAMES, content=st.binary(max_size=200))
def test_bytes(look: Callable[[str, bytes], None], name: str, content: bytes) -> None:
    look(name, content)


@thorough
@given(name=NAMES, data=st.data(), whole=st.sampled_from([NOTEBOOK, ZIP]))
def test_damaged_notebooks_and_zips(
    look: Callable[[str, bytes], None], name: str, data: st.DataObject, whole: bytes
) -> None:
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(changed)))
        cut = data.draw(st.integers(0, 4) | st.just(len(changed)))
        changed[at : at + cut] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"\xff" * 4, b"PK"])
        )
    look(name, bytes(changed))


@thorough
@given(thing=JSON | st.fixed_dictionaries({"cells": st.lists(JSON)}))
def test_json_of_any_form(look: Callable[[str, bytes], None], thing: Any) -> None:
    look("a.ipynb", json.dumps(thing).encode())


@thorough
@given(cells=st.lists(st.tuples(KINDS, SOURCES), max_size=6))
def test_cells_of_any_text(
    look: Callable[[str, bytes], None], cells: list[tuple[Any, str]]
) -> None:
    look("a.ipynb", notebook(*cells))


@thorough
@given(
    members=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(
            lambda name: name + ".py"
        )
        | st.sampled_from(["../a.py", "numpy.py", "a/b.ipynb", "a\\b.ipynb", "hw/a.zip", "/a.py"]),
        SOURCES.map(lambda source: source.encode("utf-8", "replace")) | st.just(NOTEBOOK),
        max_size=5,
    )
)
def test_zips_of_any_names(look: Callable[[str, bytes], None], members: dict[str, bytes]) -> None:
    look("a.zip", zip_bytes(members))
