"""What is read of cells, and which statements a function depends on."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import numpy as np
import pytest

from grading.reading import definitions
from grading.reading.definitions import Statement
from grading.solutions import fill_notebook
from grading.submission import Answers, Submission, SubmissionError, read_submission
from tests.notebooks import BACKPROP, SOFTMAX
from tests.reading_samples import kept, notebook, written

NAIVE = "softmax_loss_naive"
STUB = f"def {NAIVE}(W):\n    raise NotImplementedError('{NAIVE} is not written yet')"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Submission]:
    """Return a function that reads a notebook of these cells."""
    return lambda *cells: read_submission(written(tmp_path / "mine.ipynb", *cells))


def answer(submission: Submission, *arguments: Any, function: str = "answer") -> Any:
    answers = Answers(submission)
    result = answers.function(function)(*arguments)
    assert answers.problems == []
    return result


@pytest.mark.parametrize(
    ("path", "function", "expected"),
    [
        (SOFTMAX, NAIVE, ["np", "classifiers.inputs", NAIVE]),
        (BACKPROP, "network_loss", ["np", "sigmoid", "classifiers.layer_inputs",
         "classifiers.network", "def softmax_cross_entropy", "def network_loss"]),
    ],
)  # fmt: skip
def test_of_the_solved_notebooks_only_imports_and_answers_are_needed(
    tmp_path: Path, path: Path, function: str, expected: list[str]
) -> None:
    solved = tmp_path / path.name
    solved.write_text(json.dumps(fill_notebook(json.loads(path.read_text("utf-8")))))
    submission = read_submission(solved)
    found = kept(submission, function)
    assert len(found) == len(expected)
    assert all(part in line for part, line in zip(expected, found, strict=True))
    assert submission.notes == ()


def test_the_stub_of_the_handout_is_there_and_is_not_written() -> None:
    submission = read_submission(SOFTMAX)
    assert submission.defines(NAIVE)
    assert not submission.defines("softmax")
    with pytest.raises(NotImplementedError, match="not written yet"):
        answer(submission, np.ones((3, 4)), np.ones((4, 5)), np.ones(5, int), 0.0, function=NAIVE)


@pytest.mark.parametrize(
    "needed",
    [
        "EPS = float('2')",
        "EPS = 1\nEPS += 1",
        "EPS, other = 2, 3",
        "EPS: 'some float' = 2",
        "try:\n    from nowhere import EPS\nexcept ImportError:\n    EPS = 2",
        "if True:\n    EPS = 2\nelse:\n    EPS = 3",
        "EPS = (lambda: 2)()",
        "def two(): return 2\nEPS = two()",
        "class Two:\n    eps = 2\n    def get(self): return self.eps\nEPS = Two().get()",
        "def two(): pass\ntwo.value = 2\nEPS = two.value",
        "table = {}\ntable['eps'] = 2\nEPS = table['eps']",
        "EPS = 3\nEPS = 2",
        "from operator import *\nEPS = add(1, 1)",
        "from __future__ import annotations\nEPS = 2",
        "from math import sqrt as EPS\nEPS = int(EPS(4))",
        "def wrap(f): return 2\n@wrap\ndef EPS(): pass",
        "BASE = 2\ndef default(x=BASE): return x\nEPS = default()",
        "BASE = int\nclass Two(BASE): pass\nEPS = Two(2)",
        "BASE = 2\nclass Two:\n    value = BASE\nEPS = Two.value",
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_what_a_function_needs_is_kept_wherever_it_stands(
    read: Callable[..., Submission], needed: str, order: int
) -> None:
    cells = [needed, "def answer(x):\n    return [x * EPS for _ in range(1)][0]"]
    assert answer(read(*cells[::order]), 4) == 8


@pytest.mark.parametrize(
    "mention",
    ["eval('hidden + 1')", "globals()['hidden'] + 1", "getattr(hidden_too, 'real')",
     "__import__('builtins').eval('hidden') + 1"],
)  # fmt: skip
def test_names_in_texts_are_kept_where_they_may_be_looked_up(
    read: Callable[..., Submission], mention: str
) -> None:
    cells = ["hidden = int(2)\nhidden_too = 3", f"def answer():\n    return {mention}"]
    assert answer(read(*cells)) == 3


@pytest.mark.parametrize(
    "left_out",
    [
        "print(answer(1))",
        "for EPS in range(9): pass",
        "while True: answer(1)",
        "with open('x') as EPS: pass",
        "del EPS",
        "assert False",
        "raise SystemExit",
        "EPS.real",
        "unneeded = answer(1)",
        "loss, dW = train(answer)",
        "await answer(1)",
        "if True:\n    print(1)",
        "sum = 0",
        "range: int = 3",
        "sum, other = answer(1), 2",
    ],
)
def test_what_is_no_definition_or_is_not_needed_is_left_out(
    read: Callable[..., Submission], left_out: str
) -> None:
    submission = read("EPS = 2", "def answer(x):\n    return sum([x, EPS], *range(0))", left_out)
    assert kept(submission, "answer") == ["EPS = 2", "def answer(x):"]


def test_a_builtin_may_be_replaced_on_purpose(read: Callable[..., Submission]) -> None:
    cells = ["import numpy as np\nsum = np.prod\ndef max(x): return x + 1"]
    assert answer(read(*cells, "def answer(x):\n    return max(sum(x))"), [2, 3]) == 7


def test_what_python_warns_of_is_read(read: Callable[..., Submission]) -> None:
    submission = read("EPS = 1", 'def answer():\n    return EPS if "\\p" is 3 else EPS')
    assert [cell.statements for cell in submission.cells_for("answer")] == [(0,), (0,)]
    assert submission.notes == ()


def test_imports_of_everything_and_from_the_future_are_always_kept(
    read: Callable[..., Submission],
) -> None:
    always = ["from __future__ import annotations", "from math import *"]
    submission = read("import os", *always, "def answer(): pass")
    assert kept(submission, "answer") == [*always, "def answer():"]


def test_the_names_of_locals_and_attributes_are_not_needed(read: Callable[..., Submission]) -> None:
    cells = ["loss = train()", "shape = train()", "def answer(loss):\n    return loss.shape"]
    assert kept(read(*cells), "answer") == ["def answer(loss):"]


def test_lines_keep_their_numbers(read: Callable[..., Submission]) -> None:
    submission = read(
        "%%time\n!ls \\\n  -l\n%cd x\nx = !ls\n\ndef answer():\n    %pylab\n    return 1"
    )
    (cell,) = submission.cells_for("answer")
    assert cell.filename == "mine.ipynb, code cell 1"
    assert cell.source.split("\n")[6:] == ["def answer():", "    pass", "    return 1"]
    assert submission.notes == ()
    assert answer(submission) == 1


@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline", "%%time", "%%capture out", "!pip install 'x", "!echo (", "?answer",
     "answer??", "np.exp?", "x = !ls 'a", "a, b = %time f()", "%%time\n!ls\n%cd\nhelp?"],
)  # fmt: skip
def test_lines_of_jupyters_own_do_no_harm(read: Callable[..., Submission], magic: str) -> None:
    text = '"""Return\n%d and\n!this, what?\n"""'
    submission = read(f"{magic}\nTEXT = {text}\ndef answer():\n    return TEXT")
    assert answer(submission) == "Return\n%d and\n!this, what?\n"
    assert submission.notes == ()


def test_a_shell_line_that_opens_a_string_does_no_harm(read: Callable[..., Submission]) -> None:
    assert answer(read('!echo """\ndef answer():\n    """Return 1."""\n    return 1')) == 1


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile x.py", "%%!", "\n%%javascript"])
def test_cells_in_other_languages_are_not_read(read: Callable[..., Submission], magic: str) -> None:
    submission = read(f"{magic}\nrm -rf ~\nx = 3", "def answer(): return 1")
    assert answer(submission) == 1
    assert submission.notes == ()


@pytest.mark.parametrize(
    ("broken", "note"),
    [
        ("def broken(:\n  pass", "mine.ipynb, code cell 1, line 1: invalid syntax."),
        ("x = 1\n\ny = 2 2", "mine.ipynb, code cell 1, line 3: invalid syntax."),
        ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b", "line 1: git left a merge marker here."),
        ("print 'Python 2'", "line 1: Missing parentheses"),
        ("if 1:\n\tx = 1\n        y = 2", "line 3: "),
        ("x = " + "(" * 100_000 + ")" * 100_000, "line 1: too many nested parentheses"),
        ("x = a" + ".b" * 100_000, "cannot be parsed: maximum recursion depth"),
        ("x = " + "-" * 100_000 + "1", "cannot be parsed: MemoryError"),
        ("x = '\0'", "null bytes"),
        ("x = '" + "1" * 1_000_001 + "'", "holds more than 300,000 characters and was left out."),
        ("x = 1" + "1" * 5_000, "line 1: Exceeds the limit"),
    ],
)
def test_a_broken_cell_costs_only_itself(
    read: Callable[..., Submission], broken: str, note: str
) -> None:
    submission = read(broken, "def answer():\n    return 1")
    assert answer(submission) == 1
    assert len(submission.notes) == 1
    assert note in submission.notes[0]


NEEDED = {
    "def f(a=b): return a + c + len.d": {"b", "c", "len"},
    "def f():\n    global n\n    n += 1": {"n"},
    "def f(x: a) -> b: return [y for y in z]": {"z"},
    "class A(B):\n    c = d\n    def e(self): return c": {"B", "c", "d"},
    "def f():\n    a = 1\n    return lambda: a + b": {"b"},
    "f = lambda x: x * y": {"y"},
    "x = a" + "+1" * 900: {"a", "x"},
}


@pytest.mark.parametrize("source", NEEDED)
def test_global_names_are_needed(source: str) -> None:
    assert Statement(ast.parse(source).body[0], "", 0, 0).needs == NEEDED[source]


def test_a_statement_that_takes_minutes_to_compile_does_no_harm(
    read: Callable[..., Submission],
) -> None:
    branches, block = "if x: return\n" * 40, "x"
    for _ in range(5):
        block = "try:\n" + indent(branches, " ") + "finally:\n" + indent(block, " ")
    assert (
        kept(read("x = int(1)", "def answer():\n" + indent(block, " ")), "answer")[0]
        == "x = int(1)"
    )


def test_an_answer_that_needs_ten_thousand_names_of_one_statement(
    read: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[ast.stmt] = []
    monkeypatch.setattr(
        definitions,
        "_names",
        lambda tree, real=definitions._names: walks.append(tree) or real(tree),
    )
    names = ", ".join(f"v{number}" for number in range(10_000))
    submission = read(f"({names}) = range(10_000)", f"def answer(): return [{names}]")
    assert len(submission.cells_for("answer")) == 2
    assert len(walks) < 10


@pytest.mark.parametrize(
    "statement", ["x = 1" + "+1" * 2_900, "if a: pass\n" + "elif b: pass\n" * 900, "'\\p' is 3"]
)
def test_what_python_can_parse_and_not_compile_costs_only_itself(
    read: Callable[..., Submission], statement: str
) -> None:
    submission = read(statement, "def answer():\n    return 1\ndef other():\n    return x")
    assert answer(submission) == 1
    assert submission.cells_for("other")


def test_half_of_an_emoji_is_no_harm(read: Callable[..., Submission]) -> None:
    assert answer(read("text = '\ud83d'\ndef answer(): return text")) == "?"


def test_a_broken_function_costs_only_itself(read: Callable[..., Submission]) -> None:
    submission = read(
        "import math\ndef first():\n    return math.pi\n\n"
        "def broken():\n    '''Text\nat the margin.'''\n    return (1\n\n"
        "def answer():\n    '''Text\nat the margin.'''\n    return round(first())\n"
    )
    assert answer(submission) == 3
    assert submission.why_missing("broken").endswith("code cell 1, line 8: '(' was never closed.")


@pytest.mark.parametrize(
    "lost",
    [
        "def answer():\n    x = 1\n<<<<<<< HEAD\n    return x\n=======\n    return 2\n>>>>>>> b\n",
        "def answer():\n    x = 1\nx = 2\n    return x\n",
        "class A:\n    x = 1\n  y = 2\nanswer = A",
    ],
)
def test_a_function_that_lost_its_end_is_not_kept(
    read: Callable[..., Submission], lost: str
) -> None:
    submission = read(f"{lost}\ndef other():\n    return 3")
    assert answer(submission, function="other") == 3
    assert not any("def answer" in line or "class" in line for line in kept(submission, "answer"))


def test_an_import_before_a_broken_line_is_kept(read: Callable[..., Submission]) -> None:
    submission = read(
        "import math\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\nanswer = math.sqrt"
    )
    assert answer(submission, 4) == 2


@pytest.mark.parametrize("kind", ["markdown", "raw", "heading", None])
def test_an_answer_in_a_cell_that_lost_its_type_is_read(
    read: Callable[..., Submission], kind: Any
) -> None:
    submission = read(
        "EPS = 2",
        ("markdown", "Words."),
        (kind, f"def {NAIVE}():\n    return EPS"),
        (kind, "def (:"),
    )
    assert answer(submission, function=NAIVE) == 2
    word = kind or "nameless"
    assert submission.notes == (
        f"{NAIVE} was read from mine.ipynb, {word} cell 3, although that is no code cell.",
    )


@pytest.mark.parametrize("cell", [f"def {NAIVE}(): return 1", STUB])
def test_a_code_cell_counts_more_than_one_of_another_type(
    read: Callable[..., Submission], cell: str
) -> None:
    submission = read(cell, ("markdown", f"def {NAIVE}(): return 2"))
    assert [cell.filename for cell in submission.cells_for(NAIVE)] == ["mine.ipynb, code cell 1"]
    assert submission.notes == ()


def test_the_last_definition_counts_and_that_is_noted(read: Callable[..., Submission]) -> None:
    submission = read(*(f"def {NAIVE}(): return {n}\ndef helper(): {n}" for n in range(3)))
    assert answer(submission, function=NAIVE) == 2
    assert submission.notes == (
        f"{NAIVE} is defined 3 times; the last one, in mine.ipynb, code cell 3, counts.",
    )


def test_a_definition_that_wraps_the_one_before_has_it(read: Callable[..., Submission]) -> None:
    cells = ["def answer(x): return x", "first = answer", "def answer(x): return first(x) + 1"]
    assert answer(read(*cells), 1) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_written_counts_more_than_a_stub(
    read: Callable[..., Submission], order: int
) -> None:
    submission = read(
        *[f"def {NAIVE}(W):\n    return 1\n    raise NotImplementedError", STUB][::order]
    )
    assert answer(submission, 0, function=NAIVE) == 1
    places = [f"mine.ipynb, code cell {n}" for n in (2, 1)][::order]
    assert submission.notes == (
        f"{NAIVE} is not written in {places[0]}; the written one, in {places[1]}, counts.",
    )


@pytest.mark.parametrize(
    "definition",
    ["from math import sqrt as answer", "def f(x): return 3\nanswer = f", "answer = lambda x: 3",
     "from functools import partial\nanswer = partial(max, 1)", "class answer(int): pass",
     "try:\n    from nowhere import answer\nexcept ImportError:\n    def answer(x): return 3",
     "async def answer(x): pass", "if True:\n    def answer(x): pass"],
)  # fmt: skip
def test_what_may_be_a_function_defines_it(
    read: Callable[..., Submission], definition: str
) -> None:
    assert read(definition).defines("answer")


@pytest.mark.parametrize(
    "other",
    ["answer = 3", "answer = [1]", "answer: int", "answer.x = f", "from classifiers import answer",
     "for answer in f: pass", "class A:\n    def answer(self): pass", "def f(answer): pass"],
)  # fmt: skip
def test_what_is_no_answer_does_not_define_it(read: Callable[..., Submission], other: str) -> None:
    submission = read(other)
    assert not submission.defines("answer")
    assert submission.cells_for("answer") == []


@pytest.mark.parametrize(
    ("cell", "sentences"),
    [
        ("x = 1", []),
        ("def softmax_los_naive(): pass", ["There is softmax_los_naive: is that it?"]),
        ("def svm_loss_naive(): pass", []),
        (
            f"def {NAIVE}(:\n    pass",
            ["mine.ipynb, code cell 1, line 1: invalid syntax."],
        ),
        (
            f"class A:\n\n    def {NAIVE}(self): pass",
            [
                "mine.ipynb, code cell 1, line 3, defines it inside something else: write it at "
                "the left margin."
            ],
        ),
    ],
)
def test_why_a_function_is_missing_is_told(
    read: Callable[..., Submission], cell: str, sentences: list[str]
) -> None:
    why = read(cell).why_missing(NAIVE)
    assert why == " ".join([f"No cell defines a function {NAIVE}.", *sentences])


def test_notes_without_end_are_cut(read: Callable[..., Submission]) -> None:
    submission = read(*(["def f(:"] * 100))
    assert len(submission.notes) == 41
    assert submission.notes[-1] == "And 60 more notes of this kind."


def test_cells_without_end_are_refused(read: Callable[..., Submission]) -> None:
    with pytest.raises(SubmissionError, match=r"mine\.ipynb has more than 2,000 cells"):
        read(*["x"] * 2_001)


def test_blanks_without_end_do_no_harm(read: Callable[..., Submission]) -> None:
    hostile = [" " * 290_000 + "x x", "\n" * 290_000 + "x x", "a" * 290_000 + " b"]
    assert answer(read(*hostile, "def answer(): return 1")) == 1


def test_many_small_cells_of_much_code_are_refused(read: Callable[..., Submission]) -> None:
    with pytest.raises(SubmissionError, match=r"mine\.ipynb holds more than 1 MB of code"):
        read(*["#" * 250_000] * 5)


ODD = {
    "version 3": {"nbformat": 3, "cells": None, "worksheets": [
        {"cells": [{"cell_type": "heading", "source": "def"}, {"cell_type": "code", "language": "r",
         "input": ["def answer():\n", "    return 1"], "outputs": 3}]}, 3, {"cells": 3}]},
    "odd minor": {"nbformat": 4, "nbformat_minor": "x", "metadata": None},
    "no format": {"nbformat": None},
    "unknown kernel": {"metadata": {"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}}},
}  # fmt: skip


@pytest.mark.parametrize("more", ODD.values(), ids=ODD)
def test_odd_notebooks_are_read(tmp_path: Path, more: dict[str, Any]) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_bytes(notebook("def answer():\n    return 1", **more))
    assert answer(read_submission(path)) == 1


def test_odd_cells_are_left_out(tmp_path: Path) -> None:
    cells: list[Any] = [
        3, None, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, 2]},
        {"cell_type": ["code"], "source": "x"}, {"source": None, "cell_type": "code", "id": 3},
        {"cell_type": "code", "source": ["def answer():", "    x = 1", "    return x"]},
        {"cell_type": "code", "source": "\ufeffdef other():\r\n    return 2\r\n"},
    ]  # fmt: skip
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    submission = read_submission(path)
    assert [answer(submission, function=name) for name in ("answer", "other")] == [1, 2]
    assert submission.cells_for("other")[0].source == "def other():\n    return 2\n"
    assert submission.notes[0] == "mine.ipynb, code cell 1 holds no text and was left out."
    assert len(submission.notes) == 3


@pytest.mark.parametrize("ending", [".ipynb", ".py"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
)
def test_every_encoding_is_read(tmp_path: Path, ending: str, encoding: str) -> None:
    source = "# café\r\ndef answer():\r\n    return 'é'"
    cell = {"cell_type": "code", "source": source}
    text = source if ending == ".py" else json.dumps({"cells": [cell]}, ensure_ascii=False)
    path = tmp_path / f"mine{ending}"
    path.write_bytes(text.encode(encoding))
    assert answer(read_submission(path)) == "é"
