"""What a worker can and cannot do at each level of isolation: the few tests that run every time."""

import errno
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from grading.sandbox import killing, levels, readable, seccomp
from tests import isolation_runs as runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the levels are those of Linux")
LEVELS = ("strict", "landlock", "basic")
CHOSEN = (
    "read_a_file",
    "write_a_file",
    "delete_a_file",
    "read_the_environment_of_the_parent",
    "fork",
    "vfork_and_start_a_program",
    "connect_by_tcp",
    "signal_the_parent",
    "write_a_large_file",
    "take_much_memory",
)
NORMAL = {
    "late imports": "import statistics, csv; from room_of_ours import answer; assert answer == 42",
    "linear algebra": "import numpy as np; np.linalg.svd(np.ones((9, 5))); np.fft.fft(np.ones(9))",
    "random numbers": "import numpy as np; np.random.seed(); np.random.default_rng().normal()",
    "files": "import numpy as np; np.savez('mine', np.ones(3)); np.load('mine.npz')",
    "temporary files": "import tempfile; tempfile.TemporaryDirectory().cleanup()",
    "threads": "from concurrent.futures import ThreadPoolExecutor as T; list(T(4).map(abs, [-1]))",
    "clocks": "import time; time.sleep(0.001); time.localtime(); time.process_time()",
    "signals to itself": """
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.raise_signal(signal.SIGALRM)
os.kill(os.getpid(), signal.SIGALRM)
""",
}


@pytest.fixture(params=LEVELS)
def level(request):
    if not runs.works(request.param):
        pytest.skip(f"the level {request.param} does not work on this machine")
    return request.param


def test_the_levels_are_tried_strongest_first_and_say_what_holds():
    found = levels.probe()
    order = [one.name for one in found]
    assert order == [name for name in LEVELS if runs.works(name)]
    for one in found:
        assert {"own process", "rlimits", "no_new_privs", "seccomp"} <= set(one.in_force)
        assert ("mount namespace" in one.in_force) == (one.name == "strict")
        assert one.name == "basic" or "private folder" in one.in_force


def test_a_level_that_cannot_be_entered_is_not_offered(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no bubblewrap is found
    levels._tried.cache_clear()
    try:
        assert "strict" not in [one.name for one in levels.probe()]
    finally:
        levels._tried.cache_clear()


def test_an_attack_is_refused(level, tmp_path):
    chosen = {name: runs.ATTACKS[name] for name in CHOSEN}
    outcomes, changed = runs.attack(level, tmp_path / "run", chosen)
    refused = [name for name in CHOSEN if level in chosen[name].get("holds", LEVELS)]
    assert [name for name in refused if outcomes[name] == "done"] == []
    assert level == "basic" or changed == []


def test_what_a_submission_needs_works(level, tmp_path):
    tmp_path.chmod(0o711)
    packages = tmp_path / "packages"
    packages.mkdir()
    packages.joinpath("room_of_ours.py").write_text("answer = 42")
    outcomes = runs.run(level, NORMAL, tmp_path, packages=[packages])
    assert outcomes == dict.fromkeys(NORMAL, "done")


def test_what_is_hidden_is_not_read_but_the_rest_is(level, tmp_path):
    if level == "basic":
        pytest.skip("the level basic hides nothing")
    tmp_path.chmod(0o711)
    site = tmp_path / "site-packages"
    for name in ("numbers_of_ours", "classifiers"):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("answer = 42")
    codes = {
        "rest": "from numbers_of_ours import answer; assert answer == 42",
        "module": "from classifiers import answer",
        "file": f"open('{site}/classifiers/__init__.py')",
        "whether it is there": f"os.stat('{site}/classifiers/__init__.py')",
    }
    hidden = [str(site / "classifiers")]
    outcomes = runs.run(level, codes, tmp_path, packages=[site], hidden=hidden)
    assert outcomes.pop("rest") == "done"
    if level == "landlock":  # it does not know of looking at names
        del outcomes["whether it is there"]
    assert all("Error" in outcome for outcome in outcomes.values())


OLDER_VERSIONS = """
import os, socket, sys, types
room = types.ModuleType("room")
room.__path__ = [sys.argv[1]]
sys.modules["room"] = room
from room import landlock, linux

for version in range(1, landlock.abi() + 1):
    if os.fork() == 0:
        landlock.abi = lambda: version
        linux.prctl(linux.NO_NEW_PRIVS, 1)
        landlock.restrict([sys.argv[2]], ["/dev/null"])
        open(sys.argv[2]).close()
        refused = [lambda: open(sys.argv[2], "a"), lambda: os.listdir("/")]
        refused += [lambda: socket.create_connection(("127.0.0.1", 9))] * (version >= 4)
        refused += [lambda: os.kill(os.getppid(), 0)] * (version >= 6)
        for attempt in refused:
            try:
                attempt()
            except PermissionError:
                continue
            os._exit(1)
        os._exit(0)
    assert os.wait()[1] == 0, version
"""


def test_older_versions_of_landlock_hold_as_well(tmp_path):
    if not runs.works("landlock"):
        pytest.skip("the kernel has no Landlock")
    file = tmp_path / "readable"
    file.touch()
    argv = [readable.interpreter(), "-I", "-S", "-c", OLDER_VERSIONS, str(runs.SANDBOX), str(file)]
    ended = subprocess.run(argv, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_inside_of_bubblewrap_nothing_can_be_written(tmp_path):
    if not runs.works("strict"):
        pytest.skip("bubblewrap does not work on this machine")
    for path in ("/new", f"{tmp_path}/new", "/dev/new"):
        argv = [readable.interpreter(), "-I", "-S", "-c", f"open({path!r}, 'w')"]
        line = levels.command("strict", argv, readable.python_paths(), tmp_path)
        ended = subprocess.run(line, capture_output=True, text=True, env={})
        assert "Read-only file system" in ended.stderr


def test_rooms_of_an_installed_project_are_hidden(monkeypatch, tmp_path):
    site = tmp_path / "site-packages"
    assert readable.hidden_paths([str(site)]) == []
    monkeypatch.setattr(readable, "_PROJECT", site)
    hidden = readable.hidden_paths(["/usr/lib", str(site)])
    assert {str(site / "classifiers"), str(site / "grading")} <= set(hidden)


ORPHANS = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.close(1)
        time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(60)
"""
ADOPTING = "import ctypes; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"


def test_the_end_of_a_process_is_the_end_of_its_orphans_too():
    argv = [readable.interpreter(), "-I", "-S", "-c", ADOPTING + ORPHANS]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        orphan = psutil.Process(int(process.stdout.readline()))
        while orphan.ppid() != process.pid:
            time.sleep(0.001)
        killing.end_tree(process.pid)
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    assert process.returncode == -signal.SIGKILL
    killing.end_tree(process.pid)  # what has gone is no error


def decided(machine, number, arguments=(), architecture=None):
    """Return what the filter says of a system call by process 100: its return value."""
    architecture = architecture or seccomp._ARCHITECTURE[machine]
    data = struct.pack("=iIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator = place = 0
    program = [struct.unpack("HBBI", one) for one in seccomp.program(machine, 100)]
    while True:
        code, if_true, if_false, value = program[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        else:
            holds = accumulator == value if code == 0x15 else accumulator >= value
            place += if_true if holds else if_false


ALLOW, KILL, REFUSED, UNKNOWN = (
    0x7FFF0000,
    0x80000000,
    0x50000 | errno.EPERM,
    0x50000 | errno.ENOSYS,
)
ON_AARCH64 = [
    ("read", 63, (), ALLOW),
    ("openat to read", 56, (0, 0, 0o2000000), ALLOW),
    ("openat to cut off by reading", 56, (0, 0, 0o1000), REFUSED),
    ("openat to write and cut off", 56, (0, 0, 0o1101), ALLOW),
    ("clone of a thread", 220, (0x3D0F00,), ALLOW),
    ("clone of a process", 220, (17,), REFUSED),
    ("clone of a thread in a user namespace", 220, (0x103D0F00,), REFUSED),
    ("clone3", 435, (), UNKNOWN),
    ("execve", 221, (), REFUSED),
    ("execveat", 281, (), REFUSED),
    ("socket", 198, (), REFUSED),
    ("socketpair", 199, (), REFUSED),
    ("connect", 203, (), REFUSED),
    ("ptrace", 117, (), REFUSED),
    ("kill itself", 129, (100,), ALLOW),
    ("kill another", 129, (99,), REFUSED),
    ("kill all", 129, (2**32 - 1,), REFUSED),
    ("tgkill another", 131, (99, 99), REFUSED),
    ("prlimit64 to read", 261, (0, 7, 0, 4096), ALLOW),
    ("prlimit64 to set", 261, (0, 7, 4096, 0), REFUSED),
    ("prlimit64 to set from high memory", 261, (0, 7, 2**32, 0), REFUSED),
    ("prlimit64 of another", 261, (99, 7, 0, 4096), REFUSED),
    ("prctl, name", 167, (15,), ALLOW),
    ("prctl, death signal", 167, (1,), REFUSED),
    ("fcntl, descriptor flags", 25, (0, 2), ALLOW),
    ("fcntl, owner", 25, (0, 8), REFUSED),
    ("ioctl, terminal input", 29, (0, 0x5412), REFUSED),
    ("io_uring_setup", 425, (), UNKNOWN),
    ("pidfd_open", 434, (), UNKNOWN),
    ("open_by_handle_at", 265, (), REFUSED),
    ("mount", 40, (), REFUSED),
    ("unshare", 97, (), REFUSED),
    ("setns", 268, (), REFUSED),
    ("bpf", 280, (), REFUSED),
]


@pytest.mark.parametrize(
    ("number", "arguments", "said"),
    [case[1:] for case in ON_AARCH64],
    ids=[case[0] for case in ON_AARCH64],
)
def test_the_filter_for_aarch64_decides(number, arguments, said):
    assert decided("aarch64", number, arguments) == said


def test_calls_of_another_architecture_end_the_process():
    assert decided("x86_64", 39, architecture=seccomp._ARCHITECTURE["aarch64"]) == KILL
    assert decided("x86_64", 39, architecture=0x40000003) == KILL  # 32 bits
    assert decided("x86_64", 0x40000000 | 39) == KILL  # x32
    assert decided("x86_64", 39) == ALLOW


def test_files_of_python_do_not_hold_the_project():
    project = Path(levels.__file__).parents[2]
    paths = [Path(path) for path in readable.python_paths()]
    assert not [path for path in paths if path == project or path in project.parents]
