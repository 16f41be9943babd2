"""A worker loads cells, calls their functions and counts their lines."""

import py_compile
import socket
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from grading.cells import Cell
from grading.sandbox import Limits, Sandbox, TheirFailure, Unencodable, WorkerLost
from grading.sandbox import sandbox as sandbox_module
from grading.sandbox.levels import probe
from grading.sandbox.line import FullError, LateError, Line
from grading.sandbox.protocol import LENGTH
from tests.sandboxes import cell, left_over, outcome, running

LIMITS = Limits(call_seconds=5.0, reply_bytes=2**20)
C, D, N = 5, 7, 11


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    (folder / "stubs.py").write_text("def stub():\n    raise NotImplementedError('fill me in')\n")
    return folder


@pytest.fixture(scope="module")
def sandbox(packages):
    helper = b"def double(x):\n    if x is None:\n        raise ValueError\n    return 2 * x"
    with Sandbox(probe()[0], LIMITS, packages, {"helper.py": helper}) as opened:
        yield opened
    assert not left_over()


@pytest.fixture
def load(sandbox):
    """Load cells into a worker that is closed after the test."""
    workers = []

    def loaded(*sources):
        cells = [cell(source, f"mine.ipynb, code cell {i}") for i, source in enumerate(sources, 1)]
        workers.append(sandbox.worker(cells))
        return workers[-1]

    yield loaded
    for worker in workers:
        worker.close()


def failure(worker, *arguments, name="f"):
    with pytest.raises(TheirFailure) as raised:
        worker.call(name, *arguments)
    return raised.value


def test_values_go_there_and_back(load):
    worker = load("def f(*arguments): return arguments")
    X = np.asfortranarray(np.arange(D * N, dtype=np.float32).reshape(D, N))
    value = worker.call("f", X, None, "text", [1, 2.5], {"reg": 0.1}, np.float64(3)).value
    assert np.array_equal(value[0], X)
    assert value[0].dtype == np.float32
    assert value[1:] == (None, "text", [1, 2.5], {"reg": 0.1}, 3.0)
    assert type(value[-1]) is np.float64


def test_arguments_are_laid_out_as_given(load):
    worker = load(
        "def f(a, b): return a.flags.f_contiguous, b.flags.f_contiguous, b.flags.writeable"
    )
    X = np.zeros((D, N))
    assert worker.call("f", np.asfortranarray(X), X).value == (True, False, True)


def test_an_odd_value_is_named_and_nothing_more(load):
    worker = load(
        """
        class Odd:
            def __eq__(self, other): return True
            __float__ = __array__ = __reduce__ = __eq__
        def f(): return Odd(), (i for i in "ab"), None, float("nan")
        """
    )
    odd, generator, none, nan = worker.call("f").value
    assert odd == Unencodable("Odd")
    assert generator == Unencodable("generator")
    assert none is None
    assert nan != nan


def test_changed_arguments_are_named_by_position(load):
    worker = load(
        """
        def f(W, X, y, settings):
            X[0] += 1
            settings["reg"] = 2
            W = W + 1
        def g(W, X): W[0] = W[0]
        """
    )
    W, X, y = np.zeros((C, D)), np.zeros((D, N)), np.zeros(N, int)
    assert worker.call("f", W, X, y, {"reg": 1}).changed == (1, 3)
    assert not X.any()
    assert worker.call("f", W, X, y, {"reg": 1}).changed == (1, 3)
    assert worker.call("g", np.full((C, D), np.nan), X).changed == ()


def test_what_is_printed_belongs_to_its_call_and_is_cut(load):
    worker = load(
        """
        import os, sys
        print("at load")
        def f():
            print("one")
            print("two", file=sys.stderr)
            os.write(1, b"three")
        def g():
            for _ in range(100): print("x" * 9999)
        """
    )
    printed = worker.call("f").printed
    assert "one" in printed
    assert "two" in printed
    assert "three" in printed
    assert "load" not in printed
    assert 50_000 < len(worker.call("g").printed) < LIMITS.output_bytes
    assert worker.call("f").value is None


def test_statements_are_run_in_one_namespace_and_in_order(load):
    worker = load("import numpy as np\na = 1", "b = a + 1", "def f(): return a, b, __name__")
    assert worker.call("f").value == (1, 2, "__main__")


def test_only_the_chosen_statements_are_run(sandbox):
    from grading.cells import Cell

    source = "a = 1\na = 2\ndef f(): return a\na = 3"
    worker = sandbox.worker([Cell("mine.py", source, (0, 2))])
    assert worker.call("f").value == 1
    worker.close()


def test_annotations_are_not_evaluated(load):
    worker = load("def f(W: Matrix) -> Nothing:\n    kept: Unknown = 3\n    return kept")
    assert worker.problems == []
    assert worker.call("f", 1).value == 3


def test_dataclasses_and_pickle_find_the_module(load):
    worker = load(
        """
        import pickle
        from dataclasses import dataclass
        @dataclass
        class Pair:
            left: int
        def f(): return pickle.loads(pickle.dumps(Pair(3))).left
        """
    )
    assert worker.problems == []
    assert worker.call("f").value == 3


def test_a_statement_that_fails_costs_only_itself(load):
    worker = load(
        "import nothing_of_that_name\nx = unknown\n\n\nimport sys\nsys.exit()", "def f(): return 1"
    )
    assert worker.problems == [
        "mine.ipynb, code cell 1, line 1: No module named 'nothing_of_that_name'.",
        "mine.ipynb, code cell 1, line 2: name 'unknown' is not defined.",
        "mine.ipynb, code cell 1, line 6: the code ends the program.",
    ]
    assert worker.call("f").value == 1


def test_an_end_of_the_process_at_load_costs_only_its_statement(load):
    worker = load(
        """
        import os
        a = 1
        @os._exit
        def broken(): pass
        """.replace("@os._exit", "@lambda function: os._exit(0)"),
        "def f(): return a",
        "import os; os._exit(3)",
    )
    assert worker.problems == [
        "mine.ipynb, code cell 1, line 5: The code ended its process (exit 0).",
        "mine.ipynb, code cell 3, line 1: The code ended its process (exit 3).",
    ]
    assert worker.call("f").value == 1


def test_a_worker_is_started_again_five_times_at_most(load):
    with pytest.raises(WorkerLost, match="exit 4"):
        load("import os\n" + "os._exit(4)\n" * 6)
    assert load("import os\n" + "os._exit(4)\n" * 5 + "def f(): return 1").call("f").value == 1


def test_a_failure_says_what_and_where(load):
    worker = load(
        "import numpy as np", "def f(x):\n    return g(x)\n\ndef g(x):\n    return np.dot(x, x)"
    )
    found = failure(worker, np.zeros((C, D)))
    assert found.kind == "ValueError"
    assert "not aligned" in found.message
    assert found.place == "mine.ipynb, code cell 2, line 5: return np.dot(x, x)"
    assert str(found) == f"ValueError: {found.message} ({found.place})"
    assert not found.not_attempted


def test_a_failure_in_a_helper_module_has_its_place(load):
    found = failure(load("from helper import double as f"), None)
    assert found.place == "helper.py, line 3: raise ValueError"


def test_not_attempted_is_told_from_blocked(load):
    worker = load(
        """
        import stubs, abc
        def f(): raise NotImplementedError
        def g(): return f()
        def h(): return stubs.stub()
        def k(): raise KeyError("NotImplementedError")
        class Late(NotImplementedError): pass
        def late(): raise Late
        """
    )
    assert failure(worker).not_attempted
    assert failure(worker, name="late").not_attempted
    assert (failure(worker, name="g").not_attempted, failure(worker, name="g").blocked_by) == (
        False,
        "f",
    )
    assert failure(worker, name="h").blocked_by == "stub"
    found = failure(worker, name="k")
    assert (found.not_attempted, found.blocked_by) == (False, "")


def test_a_long_message_and_name_are_cut(load):
    worker = load("Long = type('L' * 5000, (Exception,), {})\ndef f(): raise Long('m' * 5000)")
    found = failure(worker)
    assert (len(found.kind), len(found.message)) == (100, 2000)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("import sys; sys.exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("input()", "EOFError"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("f()", "RecursionError"),
        ("import numpy as np; return np.ones(2**40)", "MemoryError"),
        ("return [0] * 2**40", "MemoryError"),
        ("raise type('Sly', (Exception,), {'__str__': lambda self: 1 / 0})", "Sly"),
    ],
)
def test_an_exception_of_any_kind_leaves_the_worker_alive(load, body, kind):
    worker = load(f"def f():\n    {body}", "def g(): return 1")
    assert failure(worker).kind == kind
    assert worker.call("g").value == 1


def test_quit_ends_the_program_as_in_a_notebook(load):
    found = failure(load("def f(): quit()"))
    assert (found.kind, found.message) == ("SystemExit", "the code ends the program")


def test_a_name_that_is_no_function_is_a_failure(load):
    worker = load("f = 3")
    assert failure(worker).message == "There is no function f."
    assert failure(worker, name="g").message == "There is no function g."


def test_a_result_that_is_too_large_is_a_cause(load):
    worker = load(
        "import numpy as np\ndef f(): return np.zeros(2**27)\ndef g(): return 'ab' * 2**30"
    )
    assert outcome(worker) == "output"
    assert outcome(worker) == "output"
    assert outcome(load("def g(): return ['x' * 1000] * 10_000"), name="g") == "output"


def test_the_same_random_numbers_come_in_each_worker(load):
    source = (
        "import random, numpy as np\ndef f(): return random.random(), np.random.rand(), hash('a')"
    )
    with Sandbox(probe()[0], LIMITS) as another:
        assert another.worker([cell(source)]).call("f").value == load(source).call("f").value


def test_nothing_tells_that_it_is_graded(load):
    worker = load(
        """
        import os, sys
        def f():
            names = [name for name in sys.modules if "grading" in name or "sandbox" in name]
            shown = [dict(os.environ), sys.argv, sys.orig_argv, *globals()]
            return names, str(shown), sys.modules["__main__"].__name__
        """
    )
    names, shown, main = worker.call("f").value
    assert names == []
    assert "grad" not in shown
    assert "softmax" not in shown
    assert main == "__main__"


def test_the_project_cannot_be_imported(load):
    for room in ("grading", "tests", "classifiers", "softmax_lab", "gradient_check"):
        assert load(f"import {room}").problems == [
            f"mine.ipynb, code cell 1, line 1: No module named '{room}'."
        ]


def test_what_is_installed_can_be_imported(load):
    worker = load(
        "import jinja2, numpy.fft\ndef f(): return jinja2.Template('{{ 3 * 4 }}').render()"
    )
    assert worker.problems == []
    assert worker.call("f").value == "12"


def test_a_worker_has_a_folder_of_its_own(load):
    source = "import os\ndef f(): open('kept', 'w').write('x'); return sorted(os.listdir())"
    assert load(source).call("f").value == ["helper.py", "kept"]
    assert load(source).call("f").value == ["helper.py", "kept"]
    assert load("import os\ndef f(): return os.listdir()").call("f").value == ["helper.py"]


def test_a_worker_has_no_descriptor_but_its_own(load):
    worker = load(
        """
        import os
        def is_open(fd):
            try: os.fstat(fd)
            except OSError: return False
            return True
        def f(): return [fd for fd in range(1000) if is_open(fd)]
        """
    )
    assert worker.call("f").value == [0, 1, 2, 3]


def test_a_closed_sandbox_leaves_nothing():
    with Sandbox(probe()[0], LIMITS) as sandbox:
        worker = sandbox.worker([cell("def f(): open('kept', 'w')")])
        worker.lines("f")
        folder = sandbox._folder.path
        assert folder.is_dir()
    assert not folder.exists()
    assert outcome(worker) == "closed"


def test_a_helper_module_lies_in_the_folder_of_its_own():
    for name in ("../a.py", "/a.py", "a//b.py", "", "a\0b", "..", "a\\b", "a/../b"):
        with pytest.raises(ValueError, match="expected a path below here"):
            Sandbox(probe()[0], LIMITS, None, {name: b""})


def test_a_helper_module_may_lie_in_a_package(packages):
    files = {"mine/__init__.py": b"", "mine/one.py": b"def f(x): return 3 * x"}
    with Sandbox(probe()[0], LIMITS, packages, files) as opened:
        worker = opened.worker([Cell("a.ipynb", "from mine.one import f", (0,))])
        assert worker.call("f", 2).value == 6


def test_no_frame_tells_what_calls_it(load):
    worker = load(
        """
        def f():
            try:
                raise ValueError
            except ValueError as error:
                frame, found = error.__traceback__.tb_frame.f_back, []
            while frame is not None:
                code = frame.f_code
                found += [code.co_filename, code.co_name, frame.f_globals["__name__"]]
                frame = frame.f_back
            return found
        """
    )
    found = worker.call("f").value
    assert len(found) > 9
    assert [text for text in found if "sandbox" in text or "grad" in text] == []


def test_a_lost_worker_says_why_again_and_the_next_one_is_fine(load):
    worker = load("import os\ndef f(): os._exit(0)")
    assert [outcome(worker), outcome(worker)] == ["exited 0", "exited 0"]
    assert load("def f(): return 1").call("f").value == 1


def test_all_calls_together_have_a_limit():
    limits = replace(LIMITS, total_seconds=1.2)
    with Sandbox(probe()[0], limits) as sandbox:
        worker = sandbox.worker([cell("import time\ndef f(): time.sleep(0.5)")])
        found = [outcome(worker) for _ in range(4)]
        with pytest.raises(WorkerLost, match=r"All calls together took the 1\.2 s"):
            sandbox.worker([cell("def f(): return 1")])
    assert found[0] is None
    assert found[-1] == "time"


@pytest.mark.slow
def test_a_worker_of_its_own_process_does_the_same(monkeypatch, packages):
    before = running()
    monkeypatch.setattr(sandbox_module, "CAN_FORK", False)
    with Sandbox(probe()[-1], replace(LIMITS, call_seconds=1.0), packages) as sandbox:
        worker = sandbox.worker(
            [cell("import os\ndef f(x): return x\ndef g(x): os._exit(x)\nprint('x' * 10**7)")]
        )
        assert np.array_equal(worker.call("f", np.arange(N)).value, np.arange(N))
        assert outcome(worker, 3, name="g") == "exited 3"
        worker = sandbox.worker([cell("import time\nprint('x' * 10**6)\ndef f(): time.sleep(9)")])
        assert outcome(worker) == "time"
    assert not left_over(before)


@pytest.mark.parametrize("changed", [[2], [-1], ["0"], [True], [2**62]])
def test_a_changed_argument_that_there_is_not_is_no_reply(load, monkeypatch, changed):
    worker = load("def f(x, y): return 1")
    real = worker._conversation.ask
    monkeypatch.setattr(
        worker._conversation, "ask", lambda **request: real(**request) | {"changed": changed}
    )
    assert outcome(worker, 1, 2) == "protocol"


FLOOD = """
    import json, os, struct, sys
    def part(**fields):
        header = json.dumps({"dict": [[key, fields[key]] for key in fields]}).encode()
        body = struct.pack(">I", len(header)) + header
        return struct.pack(">Q", len(body)) + body
    def flood():
        frame = sys._getframe()
        while "request" not in frame.f_locals: frame = frame.f_back
        nonce = frame.f_locals["request"]["nonce"]
        while True:
            os.write(3, part(nonce=nonce, kind="progress", cell=0, statement=0, line=1))
    def f(): flood()
"""


def test_a_flood_of_progress_is_no_reply(load):
    assert outcome(load(FLOOD)) == "protocol"
    worker = load(FLOOD, "flood()")
    assert "mine.ipynb, code cell 2, line 1" in worker.problems[0]
    assert "too often" in worker.problems[0]


@pytest.mark.parametrize(("until", "full", "error"), [(0, False, LateError), (9, True, FullError)])
def test_a_flood_of_messages_is_bounded(until, full, error):
    ours, theirs = socket.socketpair()
    line = Line(ours, None, None, lambda: False, 0)
    line.is_full = lambda: full
    theirs.send(LENGTH.pack(1) + b"x")  # so that no read would wait
    with theirs, pytest.raises(error):
        line.receive(9, monotonic() + until)
    line.close()


# Counting lines


@pytest.mark.parametrize("label", ["frozen a.py", "frozen importlib.py"])
def test_a_file_that_is_called_like_pythons_own_counts(sandbox, label):
    worker = sandbox.worker([cell("def f():\n    a = 1\n    return a", label)])
    assert worker.lines("f")[1] == 3
    worker.close()


def lines(load, source, *arguments):
    return load(source).lines("f", *arguments)[1]


LOOPS = {
    "for": "def f(x):\n    s = 0\n    for a in x:\n        s += a\n    return s",
    "while": "def f(x):\n    i = 0\n    while i < len(x):\n        i += 1\n    return i",
    "comprehension": "def f(x): return [a + 1 for a in x]",
    "generator": "def f(x): return sum(a for a in x)",
    "map": "def f(x): return list(map(lambda a: a + 1, x))",
    "np.vectorize": "import numpy as np\ndef f(x): return np.vectorize(lambda a: a + 1)(x)",
    "np.frompyfunc": "from numpy import *\ndef f(x): return frompyfunc(lambda a: a, 1, 1)(x)",
    "np.apply": "from numpy import *\ndef f(x): return apply_along_axis(lambda a: a, 1, c_[x])",
    "recursion": "def f(x): return 0 if not len(x) else f(x[1:])",
    "exec": "def f(x):\n    exec('for a in x:\\n    pass')",
    "sort key": "def f(x): return sorted(x, key=lambda a: -a)",
    "__index__": """
        class Zero:
            def __index__(self): return 0
        def f(x): return sum(map([1].__getitem__, [Zero()] * len(x)))
        """,
    "helper": "import helper\ndef f(x): return [helper.double(a) for a in x]",
}


@pytest.mark.slow
@pytest.mark.parametrize("source", LOOPS.values(), ids=LOOPS)
def test_every_python_loop_grows_with_its_length(load, source):
    worker = load(source)
    few, many = (worker.lines("f", np.arange(size))[1] for size in (20, 50))
    assert many - few >= 30


def test_vectorized_code_does_not_grow(load):
    worker = load(
        """
        import numpy as np
        def helper(s): return s - s.max(axis=0)
        def f(W, X):
            scores = helper(W @ X)
            for part in (1, 2):
                scores = scores + part
            return np.einsum("cn->n", scores).mean()
        """
    )
    counts = {worker.lines("f", np.ones((C, D)), np.ones((D, n)))[1] for n in (N, 100)}
    assert len(counts) == 1
    assert counts.pop() > 5


def test_counting_gives_the_reply_too(load):
    reply, _ = load("def f(x):\n    x[0] = 1\n    print('hi')\n    return x.sum()").lines(
        "f", np.zeros(3)
    )
    assert (reply.value, reply.printed, reply.changed) == (1.0, "hi\n", (0,))
    with pytest.raises(TheirFailure, match="ZeroDivisionError"):
        load("def f(): 1 / 0").lines("f")


TAMPERING = {
    "settrace": "import sys; sys.settrace(None)",
    "settrace, kept": "import sys\n    try: sys.settrace(None)\n    except Exception: pass",
    "setprofile": "import sys; sys.setprofile(lambda *a: None)",
    "threading": "import threading; threading.Thread(target=print).start()",
    "addaudithook": "import sys; sys.addaudithook(print)",
    "getframe": "import sys; sys._getframe().f_back.f_trace = None",
    "inspect": "import inspect; inspect.currentframe()",
    "traceback": "\n    try: 1 / 0\n    except Exception as e: e.__traceback__.tb_frame",
    "generator": "(i for i in 'a').gi_frame",
    "gc": "import gc; gc.get_objects()",
    "ctypes": "import ctypes; ctypes.pythonapi.PyEval_SetTrace(None, None)",
    "compile": "import os; exec(compile('1', os.__file__, 'exec'))",
    "loader": "import os; from importlib.machinery import SourceFileLoader as L\n"
    "    exec(L('x', 'y').source_to_code(b'a = 1', os.__file__))",
    "loader of another file": "import os; from importlib.machinery import SourceFileLoader as L\n"
    "    loader = L('x', os.__file__); loader.get_data = lambda path: b'a = 1'\n"
    "    loader.path_stats = lambda path: {'mtime': 0, 'size': 0}\n    loader.get_code('x')",
    "path out of the library": "import os, sys; open('hid.py', 'w').write('a = 1')\n"
    "    sys.path.insert(0, os.path.dirname(os.__file__) + '/..' * 20 + os.getcwd())\n"
    "    import hid",
    "byte code": "import os, py_compile, importlib.machinery as m\n"
    "    os.mkdir('<frozen q'); open('a.py', 'w').write('a = 1')\n"
    "    import importlib._bootstrap_external as b, marshal\n"
    "    code = marshal.dumps(compile('a = 1', 'a.py', 'exec')).replace(b'a.py', b'<f>.')\n"
    "    data = b._code_to_timestamp_pyc(compile('a = 1', 'a.py', 'exec'))[:16] + code\n"
    "    open('<frozen q/a.pyc', 'wb').write(data)\n"
    "    m.SourcelessFileLoader('x', '<frozen q/a.pyc').get_code('x')",
    "name of code": "import os, _imp; _imp._fix_co_filename(g.__code__, os.__file__)",
    "name of code, by an importer": "import os, _imp, importlib._bootstrap as b\n"
    "    b._call_with_frames_removed(_imp._fix_co_filename, g.__code__, os.__file__)",
    "code": "import os; f.__code__.replace(co_filename=os.__file__)",
    "set code": "g.__code__ = f.__code__",
    "pdb": "import pdb; pdb.Pdb().set_trace()",
    "fork": "import os; os.fork()",
    "interpreter": "import _xxsubinterpreters as x; x.create()",
}


def test_a_call_and_each_of_its_lines_count(load):
    assert lines(load, "def f():\n    a = 1\n    return a") == 3


def test_a_tracer_of_theirs_is_refused(load):
    with pytest.raises(WorkerLost) as lost:
        lines(load, "import sys\ndef f(): sys.settrace(None)")
    assert lost.value.cause == "tampering"


@pytest.mark.slow
@pytest.mark.parametrize("body", TAMPERING.values(), ids=TAMPERING)
def test_what_hides_lines_is_refused(load, body):
    worker = load(f"def g(): pass\ndef f():\n    {body}\n    return 1")
    with pytest.raises(WorkerLost) as lost:
        worker.lines("f")
    assert lost.value.cause == "tampering"
    at_load = load(f"def g(): pass\ndef f():\n    {body}\n    return 1\nf()")
    with pytest.raises(WorkerLost, match="The code"):
        at_load.lines("g")


def test_the_tracer_is_not_handed_out(load):
    assert load("import sys\ndef f(): return sys.gettrace()").lines("f")[0].value is None


def test_a_late_import_without_byte_code_is_not_taken_for_tampering(load, packages):
    (packages / "late.py").write_text("def g(): return 3\n")
    worker = load("def f():\n    import late, fractions\n    return late.g()")
    assert worker.lines("f")[0].value == 3
    assert worker.lines("f")[1] == 3


def test_byte_code_that_was_moved_gets_the_name_of_its_file_in_a_late_import(load, packages):
    moved = packages / "moved.py"
    moved.write_text("def g(): return g.__code__.co_filename\n")
    py_compile.compile(str(moved), dfile="/elsewhere/moved.py", doraise=True)
    worker = load("def f():\n    import moved\n    return moved.g()")
    assert worker.lines("f")[0].value == str(moved)
    assert worker.lines("f")[1] == 3


def test_harmless_code_is_not_taken_for_tampering(load):
    worker = load(
        """
        import collections, enum, typing, dataclasses, warnings, logging
        import numpy.testing, jinja2
        def f(x):
            Pair = collections.namedtuple("Pair", "a b")
            Colour = enum.Enum("Colour", "RED BLUE")
            T = typing.TypeVar("T")
            point = dataclasses.make_dataclass("Point", ["x"])(3)
            warnings.warn("careful")
            eval("1 + 1")
            import colorsys, statistics
            return Pair(1, 2).a + point.x
        """
    )
    assert worker.lines("f", np.zeros(3))[0].value == 4
