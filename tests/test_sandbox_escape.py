"""Every attack at every level of isolation, and what is left of a process that is ended."""

import json
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grading.sandbox import killing, readable
from tests import isolation_runs as runs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the levels are those of Linux"),
]
LEVELS = ("strict", "landlock", "basic")
HERE = Path(__file__).parent
root_only = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() != 0, reason="only root can become another user"
)


@pytest.fixture(params=LEVELS)
def level(request):
    if not runs.works(request.param):
        pytest.skip(f"the level {request.param} does not work on this machine")
    return request.param


@pytest.fixture(scope="module", params=LEVELS)
def attacked(request, tmp_path_factory):
    if not runs.works(request.param):
        pytest.skip(f"the level {request.param} does not work on this machine")
    return request.param, *runs.attack(request.param, tmp_path_factory.mktemp("x") / "run")


@pytest.fixture(scope="module")
def attacked_as_an_ordinary_user():
    """What the attacks come to when the grader is an ordinary user: outcomes by level."""
    if os.geteuid() != 0:
        pytest.skip("every test runs as an ordinary user here")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are shut to others
        command = ordinary(Path(folder), "-m", "tests.isolation_runs")
        found = subprocess.run(command, **SHOWN)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


SHOWN = {"capture_output": True, "text": True, "timeout": 400, "cwd": HERE.parent}
# /root is replaced, for this process only, by one that all may read and that holds Python alone
AS_A_USER = """
set -e
mount --bind "$1" "$2"
if [ "${1#/root/}" != "$1" ]; then
    mount -t tmpfs -o mode=755 none /root
    mkdir -p "$1"
    mount --bind "$2" "$1"
fi
chown 12345:12345 "$3"
cd "$4"
shift 4
exec setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
"""


def ordinary(folder, *arguments):
    """Return the command line that runs Python as a user who can see the project and Python.

    The last argument is a folder of that user's own, in the folder.
    """
    mount, mine = folder / "python", folder / "mine"
    mount.mkdir()
    mine.mkdir()
    folder.chmod(0o711)
    shell = ["unshare", "-m", "sh", "-c", AS_A_USER, "sh", sys.base_prefix, mount, mine]
    return [*shell, HERE.parent, sys.executable, "-B", *arguments, mine]


def refused(outcome):
    return outcome not in ("done", "exited 42")


@root_only
def test_every_attack_works_where_nothing_is_held(tmp_path):
    outcomes, changed = runs.attack("none", tmp_path / "run")
    assert [(name, said) for name, said in outcomes.items() if refused(said)] == []
    assert {"write_a_file", "delete_a_file", "change_the_mode_of_a_file"} <= set(changed)


@pytest.mark.parametrize("name", runs.ATTACKS)
def test_an_attack_is_refused(attacked, name):
    level, outcomes, _ = attacked
    if level in runs.ATTACKS[name].get("holds", LEVELS):
        assert refused(outcomes[name]), outcomes[name]


def test_no_file_of_others_is_changed(attacked):
    level, _, changed = attacked
    if level == "basic" and os.geteuid() != 0:
        pytest.skip("the level basic does not keep a user from that user's files")
    assert changed == []


def test_an_ordinary_user_holds_a_worker_as_well(attacked_as_an_ordinary_user, level):
    outcomes, changed = attacked_as_an_ordinary_user[level]
    held = [name for name in runs.ATTACKS if level in runs.ATTACKS[name].get("holds", LEVELS)]
    assert [(name, outcomes[name]) for name in held if not refused(outcomes[name])] == []
    assert level == "basic" or changed == []


def test_a_worker_ends_when_its_cpu_time_is_used(level, tmp_path):
    code = """
import signal
for number in {*signal.Signals} - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
    assert runs.run(level, {"loop": code}, tmp_path, cpu_seconds=1) == {"loop": "exited -9"}


def test_every_worker_starts_with_an_empty_folder_of_its_own(level, tmp_path):
    code = "assert os.listdir() == []; open('mine', 'w').close(); os.mkdir('folder')"
    code += "; assert os.stat('mine').st_mode & 0o077 == 0"
    outcomes = runs.run(level, {"first": code, "second": code}, tmp_path)
    assert outcomes == {"first": "done", "second": "done"}


CHAINS = """
import os, signal, sys, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(10):
    if os.fork() == 0:
        for _ in range(500):  # an orphan that is another process every moment
            os.setsid()
            if os.fork():
                os._exit(0)
        os.write(int(sys.argv[1]), b"the end")
        os._exit(0)
os.write(1, b"started")
time.sleep(60)
"""
ADOPTING = "import ctypes; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"


def test_chains_of_orphans_are_ended():
    reader, writer = os.pipe()
    argv = [readable.interpreter(), "-I", "-S", "-c", ADOPTING + CHAINS, str(writer)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, pass_fds=[writer]) as process:
        os.close(writer)
        assert process.stdout.read(7) == b"started"
        killing.end_tree(process.pid)
    assert closed(reader)


def test_no_process_is_left_when_the_first_one_is_killed(level, tmp_path):
    reader, writer = os.pipe()
    code = f"import time; os.write({writer}, b'started'); time.sleep(60)"
    with runs.start(level, {"sleep": code}, tmp_path, keep=[writer]) as process:
        os.close(writer)
        assert os.read(reader, 7) == b"started"
        process.kill()
    assert closed(reader)


def closed(reader):
    """Return whether every process that had the other end of a pipe has gone, within a while."""
    ready, _, _ = select.select([reader], [], [], 60)
    gone = bool(ready) and os.read(reader, 1) == b""
    os.close(reader)
    return gone
