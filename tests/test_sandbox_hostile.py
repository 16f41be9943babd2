"""Whatever a submission does in the sandbox is its own failure, and nothing of it is left."""

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from grading.sandbox import Limits, Sandbox, WorkerLost, warm
from grading.sandbox.levels import probe
from tests.sandboxes import cell, left_over, outcome, running

pytestmark = pytest.mark.slow

MIB = 2**20
LIMITS = Limits(
    call_seconds=1.0, cpu_seconds=30, total_seconds=60.0, memory_bytes=400 * MIB, file_bytes=MIB
)
LEVELS = {level.name: level for level in probe()}
GUARDED = [name for name in LEVELS if name != "basic"]


@pytest.fixture(scope="module", params=LEVELS)
def sandbox(request):
    with Sandbox(LEVELS[request.param], LIMITS) as opened:
        yield opened
    assert not left_over()


@pytest.fixture
def load(sandbox):
    """Load a cell into a worker; afterwards the worker, all it started and only that has gone."""
    running_before, workers = running(), []

    def loaded(source):
        workers.append(sandbox.worker([cell(source)]))
        return workers[-1]

    yield loaded
    for worker in workers:
        worker.close()
    warm = sandbox._warm.popen.pid
    family = {warm, *(child.pid for child in psutil.Process(warm).children(recursive=True))}
    assert not left_over(running_before | family)
    assert len(family) <= 3  # bubblewrap is two processes


ENDLESS = {
    "a loop": "while True: pass",
    "a loop that catches all": """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    "signals ignored": """
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
        """,
    "sleep": "import time; time.sleep(100)",
    "a loop in C": "sum(range(10**12))",
    "a regular expression": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "numbers": "len(str(7 ** 10 ** 8))",
    "output": "while True: print('x' * 100_000)",
    "output around Python": "import os\nwhile True: os.write(1, b'x' * 100_000); os.write(2, b'y')",
    "waiting for a thread": """
        import threading
        thread = threading.Thread(target=threading.Event().wait)
        thread.start()
        thread.join()
        """,
    "a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a message that has no end": "raise type('E', (Exception,), {'__str__': lambda self: spin()})",
    "a channel that is read by another": """
        import os, threading
        def take():
            while True: os.read(3, 1)
        threading.Thread(target=take, daemon=True).start()
        while True: pass
        """,
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); spin()",
}


def program(body):
    """Return a source whose function f has this body."""
    body = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return f"def spin():\n    while True: pass\ndef f():\n{body}\n"


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_ended(load, body):
    start = time.monotonic()
    assert outcome(load(program(body))) == "time"
    assert time.monotonic() - start < 20  # a limit that holds at all, on the slowest machine
    assert load("def f(): return 1").call("f").value == 1


@pytest.mark.parametrize("name", LEVELS)
def test_cpu_time_has_a_limit_of_its_own(name):
    with Sandbox(LEVELS[name], Limits(call_seconds=20.0, cpu_seconds=1)) as sandbox:
        worker = sandbox.worker([cell(program(ENDLESS["signals ignored"]))])
        assert outcome(worker) == "cpu time"


DEADLY = {
    "os._exit(0)": ("import os; os._exit(0)", {"exited 0"}),
    "os._exit(3)": ("import os; os._exit(3)", {"exited 3"}),
    "abort": ("import os; os.abort()", {"signal 6"}),
    "kill -9 itself": ("import os; os.kill(os.getpid(), 9)", {"signal 9"}),
    "kill -15 itself": ("import os; os.kill(os.getpid(), 15)", {"signal 15"}),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", {"signal 11"}),
    "faulthandler": (
        "import faulthandler; faulthandler._sigsegv()",
        {"signal 11", "AttributeError"},
    ),
    "deep recursion": (
        "import sys; sys.setrecursionlimit(10**9)\ndef g(n): return g(n + 1) + 1\ng(0)",
        {"signal 11", "time", "MemoryError", "exited 70"},
    ),
    "recursion in C": (
        "import sys; sys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)",
        {"signal 11", "RecursionError", "MemoryError", "time"},
    ),
    "recursion in repr": (
        "E = type('E', (Exception,), {'__str__': lambda self: str(self)})\nraise E",
        {"E"},
    ),
    "memory": ("x = []\nwhile True: x.append(bytearray(10**8))", {"MemoryError"}),
    "memory, in numpy": ("import numpy as np\nnp.ones(10**9)", {"MemoryError"}),
    "memory, catching all": (
        "x = []\nwhile True:\n    try: x.append(bytearray(10**7))\n    except MemoryError: pass",
        {"time", "memory"},
    ),
    "alarm": (
        "import signal, time; signal.alarm(1); time.sleep(0.5)\nimport os\nsignal.raise_signal(14)",
        {"signal 14"},
    ),
    "a raising signal handler": (
        "import signal\ndef stop(*a): raise ValueError\n"
        "signal.signal(14, stop); signal.raise_signal(14)",
        {"ValueError"},
    ),
    "stdout closed": ("import sys, os; sys.stdout.close(); os.close(1); os.close(2)", {None}),
    "stdin closed": ("import sys; sys.stdin.close(); input()", {"ValueError"}),
    "standard streams replaced": ("import sys; sys.stdout = sys.stderr = sys.stdin = None", {None}),
    "a daemon thread": (
        "import threading; threading.Thread(target=spin, daemon=True).start()",
        {None},
    ),
    "a thread": ("import threading; threading.Thread(target=spin).start()", {None}),
    "atexit": ("import atexit; atexit.register(spin)\nimport sys; sys.exit()", {"SystemExit"}),
    "__del__": ("class D:\n    def __del__(self): spin()\nglobals()['kept'] = D()", {None}),
    "excepthook": (
        "import sys; sys.excepthook = sys.unraisablehook = lambda *a: spin()\n1 / 0",
        {"ZeroDivisionError"},
    ),
    "displayhook": ("import sys, builtins; sys.displayhook = print; builtins.print = None", {None}),
    "replaced numpy": (
        "import numpy as np\n"
        "np.array = np.asarray = np.ndarray = np.frombuffer = np.zeros = None\nreturn 5",
        {5},
    ),
    "replaced built-ins": (
        "import builtins\n"
        "for name in ('len', 'type', 'list', 'dict', 'callable', 'bytes', 'BaseException'):\n"
        "    setattr(builtins, name, None)\nreturn 5",
        {5},
    ),
    "replaced own built-ins": ("__builtins__.len = None; return 5", {5}),
    "replaced clock": (
        "import time; time.perf_counter = time.time = time.monotonic = lambda: 0",
        {None},
    ),
    "replaced os": ("import os; os.read = os.write = None; return 5", {5}),
    "lowered recursion limit": (
        "import sys; sys.setrecursionlimit(60)",
        {None, "RecursionError", "exited 70"},
    ),
    "huge": ("import numpy as np\nreturn np.zeros(10**8)", {"output", "MemoryError"}),
    "huge list": ("return [0.0] * 10**6", {"output"}),
    "quit": ("quit()", {"SystemExit"}),
    "exit": ("exit(0)", {"SystemExit"}),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", {"KeyboardInterrupt"}),
    "input": ("input()", {"EOFError"}),
    "a large file": ("open('x', 'wb').write(bytes(10**7))", {"OSError", "signal 25"}),
    "open files": ("x = [open('/dev/null') for _ in range(1000)]", {"OSError"}),
    "much output": ("for _ in range(200): print('x' * 100_000)", {None}),
}


@pytest.mark.parametrize(("body", "expected"), DEADLY.values(), ids=DEADLY)
def test_the_end_of_a_worker_has_a_name(load, body, expected):
    found = outcome(load(program(body)))
    assert any(found == one for one in expected), found
    assert load("def f(): return 1").call("f").value == 1


FORGED = {
    "noise": """
        for fd in range(64):
            try: os.write(fd, b'noise' * 1000)
            except OSError: pass
        """,
    "zeros": "os.write(3, bytes(8 + 4))",
    "a great length": "os.write(3, b'\\xff' * 8)",
    "a length, and no more": "os.write(3, b'\\0\\0\\0\\0\\0\\1\\0\\0'); os.close(3); spin()",
    "a pickle": """
        import pickle
        body = pickle.dumps(print)
        os.write(3, len(body).to_bytes(8, 'big') + body)
        """,
    "the channel closed": "os.closerange(0, 64); spin()",
    "the channel replaced": "os.dup2(os.open('/dev/null', os.O_RDWR), 3); spin()",
}


@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_forged_reply_is_a_named_cause(load, body):
    worker = load("import os\n" + program(body))
    assert outcome(worker) == "protocol"
    assert load("def f(): return 1").call("f").value == 1


REPLAY = """
    import os, json, struct
    sent = []
    real = os.write
    def frame(nonce, value):
        header = json.dumps({"dict": [["nonce", nonce], ["kind", "value"], ["value", value],
                             ["seconds", 0.1], ["changed", {"list": []}]]}).encode()
        body = struct.pack(">I", len(header)) + header
        return struct.pack(">Q", len(body)) + body
    def nonce_of_this_call():
        import sys
        frame = sys._getframe()
        while "request" not in frame.f_locals: frame = frame.f_back
        return frame.f_locals["request"]["nonce"]
    def early(): os.write(3, frame("0" * 32, 42))
    def doubled(): os.write(3, frame(nonce_of_this_call(), 42)); return 5
    def late():
        import threading, time
        nonce = nonce_of_this_call()
        threading.Thread(target=lambda: (time.sleep(0.3), os.write(3, frame(nonce, 42)))).start()
        return 5
    def f(): return 5
"""


def test_a_reply_with_another_nonce_is_refused(load):
    assert outcome(load(REPLAY), name="early") == "protocol"


def test_a_doubled_reply_is_refused(load):
    worker = load(REPLAY)
    first = outcome(worker, name="doubled")
    assert first in (42, "protocol")
    assert outcome(worker) == "protocol"


def test_a_reply_that_comes_before_its_request_is_refused(load):
    worker = load(REPLAY)
    assert outcome(worker, name="late") == 5
    time.sleep(0.6)
    with pytest.raises(WorkerLost, match="It sent what it was not asked for"):
        worker.call("f")


AT_LOAD = {
    "exits": ("import sys\nsys.exit()\ndef f(): return 1", "line 2: the code ends the program."),
    "exits at once": (
        "import os\nos._exit(0)\ndef f(): return 1",
        "line 2: The code ended its process",
    ),
    "never ends": (
        "while True: pass\ndef f(): return 1",
        "line 1: The code did not come to an end",
    ),
    "crashes": (
        "import ctypes\nctypes.string_at(0)\ndef f(): return 1",
        "line 2: The code brought its",
    ),
    "forges": (
        "import os\nos.write(3, b'x' * 99)\ndef f(): return 1",
        "line 2: The worker's reply",
    ),
}


@pytest.mark.parametrize(("source", "problem"), AT_LOAD.values(), ids=AT_LOAD)
def test_a_hostile_statement_costs_only_itself(load, source, problem):
    worker = load(source)
    assert len(worker.problems) == 1
    assert problem in worker.problems[0]
    assert worker.call("f").value == 1


LYING = """
    import numpy as np
    class Lying(np.ndarray):
        def __array__(self, *args, **kwargs): return np.zeros(3)
        def __reduce__(self): import os; return os._exit, (1,)
        __eq__ = __float__ = __repr__ = __array__
        shape = property(lambda self: (9, 9))
    class Array:
        __class__ = np.ndarray
        shape, dtype, ndim = (3,), np.dtype(float), 1
        def __array__(self, *args, **kwargs): return np.zeros(3)
    class Meta(type):
        def __eq__(self, other): return True
        def __hash__(self): return hash(float)
        __name__ = property(lambda self: 1 / 0)
        def __instancecheck__(self, other): return True
    class Sly(metaclass=Meta): pass
    def f(): return np.arange(6.0).view(Lying), Array(), Sly()
    def g(): return np.ma.array([1.0, 2.0], mask=[0, 1])
"""


def test_lying_arrays_are_what_they_hold(load):
    worker = load(LYING)
    array, odd, sly = worker.call("f").value
    assert type(array) is np.ndarray
    assert array.tolist() == list(range(6))
    assert (odd.type_name, sly.type_name) == ("Array", "Sly")
    assert worker.call("g").value.tolist() == [1.0, 2.0]


ORPHANS = """
    import os, time
    def f():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
        return 5
    def g():
        f()
        os._exit(0)
    def h():
        f()
        while True: pass
"""


@pytest.mark.parametrize("name", ["f", "g", "h"])
def test_orphans_end_with_the_worker(load, name):
    refused = ("PermissionError", "BlockingIOError")
    assert outcome(load(ORPHANS), name=name) in (5, "time", "exited 0", *refused)
    assert load("def f(): return 1").call("f").value == 1


ORPHANS_OF_THE_WARM_PROCESS = """
import os, sys, time
sys.argv = [warm_file]
exec(compile(open(warm_file).read().replace('"__main__"', '"not now"'), warm_file, "exec"))
_ours()[0].adopt_orphans()
worker = os.fork()
if worker == 0:
    for _ in range(5):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            time.sleep(60)
    os._exit(0)
other = os.fork()
if other == 0:
    time.sleep(60)
os.waitpid(worker, 0)
before = len(_children())
_sweep({other})
print(before, _children() == [other])
os.kill(other, 9)
"""


def test_the_warm_process_ends_orphans():
    """Where system calls can be filtered there are none, so that it is tried apart."""
    file = str(Path(warm.__file__))
    script = f"warm_file = {file!r}; __file__ = warm_file\n{ORPHANS_OF_THE_WARM_PROCESS}"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout
    before, gone = said.split()
    assert int(before) >= 2
    assert gone == "True"


@pytest.mark.parametrize("name", LEVELS)
def test_the_parent_cannot_be_killed(name):
    before = running()
    source = "import os, signal\ndef f():\n    os.kill(os.getppid(), 9)\ndef g(): return 1"
    with Sandbox(LEVELS[name], LIMITS) as sandbox:
        worker = sandbox.worker([cell(source)])
        assert outcome(worker) in ("PermissionError", "protocol")
        assert sandbox.worker([cell(source)]).call("g").value == 1
    assert not left_over(before)


@pytest.mark.parametrize("name", LEVELS)
def test_a_killed_warm_process_takes_its_workers_along_and_is_replaced(name):
    before = running()
    with Sandbox(LEVELS[name], LIMITS) as sandbox:
        worker = sandbox.worker([cell("def f(): return 1")])
        sandbox._warm.popen.kill()
        sandbox._warm.popen.wait()
        assert not left_over(before)
        assert outcome(worker) == "protocol"
        assert sandbox.worker([cell("def f(): return 1")]).call("f").value == 1
    assert not left_over(before)


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize(
    "line", ["open(f'{n}', 'wb').write(bytes(10**6))", "open(f'{n}', 'w').close()"]
)
def test_files_have_a_limit_in_all(name, line):
    source = f"import itertools\ndef f():\n    for n in itertools.count(): {line}"
    with Sandbox(LEVELS[name], Limits(call_seconds=60.0, folder_bytes=20 * MIB)) as sandbox:
        assert outcome(sandbox.worker([cell(source)])) in ("disk", "OSError")


def test_a_folder_of_any_depth_is_removed():
    source = """
        import os
        def f():
            for _ in range(1200):
                os.mkdir("d"); os.chdir("d")
            os.chmod(".", 0)
    """
    for level in LEVELS.values():
        with Sandbox(level, Limits(call_seconds=60.0)) as sandbox:
            folder = sandbox._folder.path
            outcome(sandbox.worker([cell(source)]))
        assert not folder.exists()


def test_links_out_of_the_folder_are_not_followed_when_it_is_removed(tmp_path):
    (tmp_path / "kept").write_text("kept")
    source = f"import os\ndef f(): os.symlink({str(tmp_path)!r}, 'link')"
    for level in LEVELS.values():
        with Sandbox(level, LIMITS) as sandbox:
            outcome(sandbox.worker([cell(source)]))
        assert (tmp_path / "kept").read_text() == "kept"
