"""What is said of the machine is what the system says; threads are pinned, and let go again."""

import json
import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from timing import roofline
from timing.machine import machine
from timing.threads import _apart, _busy, listed, pinned, threads, usable_cores

LINUX = platform.system() == "Linux"
ROOT = Path(__file__).parents[1]
TWO = pytest.mark.skipif(len(usable_cores()) < 2, reason="there is one core here")


def test_the_machine_is_plain_json_and_names_what_is_installed():
    seen = machine()
    assert json.loads(json.dumps(seen)) == seen
    assert seen["processor"]
    assert seen["cores"] == len(usable_cores())
    assert seen["python"] == ".".join(map(str, sys.version_info[:3]))
    assert seen["packages"]["numpy"] == np.__version__
    assert seen["packages"].items() <= {n: version(n) for n in seen["packages"]}.items()
    assert [blas["name"] for blas in seen["blas"]]


@pytest.mark.skipif(not shutil.which("lscpu"), reason="there is no lscpu here to ask")
def test_the_caches_are_those_that_lscpu_lists():
    asked = subprocess.run(
        ["lscpu", "-B", "-J", "-C=NAME,ONE-SIZE"], capture_output=True, text=True
    )
    listed = json.loads(asked.stdout)["caches"]
    expected = [(c["name"].rstrip("d"), int(c["one-size"])) for c in listed if c["name"] != "L1i"]
    assert [(f"L{c['level']}", c["bytes"]) for c in machine()["caches"]] == expected


@pytest.mark.skipif(not LINUX, reason="only Linux says which cores share a cache")
def test_each_cache_is_shared_by_as_many_cores_as_the_system_says():
    said = [c["shared_by"] for c in machine()["caches"]]
    assert said == sorted(said)
    assert all(1 <= count <= (os.cpu_count() or 1) for count in said)


@pytest.mark.skipif(not LINUX, reason="/proc is Linux's")
def test_the_memory_is_that_of_proc_meminfo():
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    kibibytes = next(int(line.split()[1]) for line in lines if line.startswith("MemTotal"))
    assert machine()["memory_bytes"] == 1024 * kibibytes


MACOS = {
    "machdep.cpu.brand_string": "Apple M1",
    "hw.cacheconfig": "8 1 4 0 0 0",
    "hw.perflevel0.l1dcachesize": "131072",
    "hw.l1dcachesize": "65536",
    "hw.l2cachesize": "4194304",
}


def test_on_macos_the_kernel_is_asked(monkeypatch, tmp_path):
    answers = "\n".join(f"  {name}) echo '{value}';;" for name, value in MACOS.items())
    script = tmp_path / "sysctl"
    script.write_text(f'#!/bin/sh\ncase "$2" in\n{answers}\n  *) exit 1;;\nesac\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    seen = machine()
    assert seen["processor"] == "Apple M1"
    assert seen["caches"] == [
        {"level": 1, "bytes": 131072, "shared_by": 1},
        {"level": 2, "bytes": 4194304, "shared_by": 4},
    ]


def state():
    """Return every pool's threads, and the processors that may be used."""
    pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    own = {n: sys.modules[n].get_num_threads() for n in ("numba", "torch") if n in sys.modules}
    return pools | own, usable_cores()


@TWO
@pytest.mark.parametrize("count", [1, 2])
def test_threads_are_pinned_and_restored(count):
    with threads(2), threads(1):
        pass  # numba and torch are imported from here on, with pools of their own
    before = state()
    with threads(count) as force:
        assert set(state()[0].values()) == {count}
        assert set(force.values()) == ({count} if LINUX else {count, len(usable_cores())})
        assert pinned() == count
        assert json.loads(json.dumps(force)) == force
    assert state() == before
    assert pinned() == len(usable_cores())


@TWO
def test_threads_are_restored_after_an_error():
    with threads(2):
        before = state()
        with pytest.raises(ZeroDivisionError), threads(1):
            _ = 1 // 0
        assert state() == before


@TWO
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no threads")
def test_threads_that_already_run_are_bound_and_freed_and_so_are_those_that_start_within():
    with ThreadPoolExecutor(1) as early, ThreadPoolExecutor(1) as late:
        assert early.submit(usable_cores).result() == usable_cores()
        with threads(1):
            assert [len(pool.submit(usable_cores).result()) for pool in (early, late)] == [1, 1]
        for pool in (early, late):
            assert pool.submit(usable_cores).result() == usable_cores()


@TWO
@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
def test_numba_is_given_no_more_threads_than_it_was_started_with():
    code = "from timing.threads import threads\nwith threads(2) as force: print(force['numba'])"
    environment = {**os.environ, "NUMBA_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
    )
    assert (ran.stdout, ran.stderr) == ("1\n", "")


@pytest.mark.parametrize("count", [0, -1, len(usable_cores()) + 1])
def test_a_count_that_the_machine_does_not_have_is_refused(count):
    before = state()
    expected = f"threads is {count}; expected 1 to {len(usable_cores())}, the cores"
    with pytest.raises(ValueError, match=expected), threads(count):
        pytest.fail("nothing may run with such a count")
    assert state() == before


@pytest.mark.parametrize(
    ("text", "numbers"), [("0\n", [0]), ("0-2,8\n", [0, 1, 2, 8]), ("3,11", [3, 11])]
)
def test_lists_of_cores_are_read_as_linux_writes_them(text, numbers):
    assert listed(text) == numbers


def test_one_thread_of_each_physical_core_is_taken_first(monkeypatch, tmp_path):
    for core, siblings in enumerate(["0-1", "0-1", "2-3", "2-3", "4"]):
        folder = tmp_path / f"cpu{core}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{siblings}\n")
    monkeypatch.setattr("timing.threads.SYSTEM", tmp_path)
    assert _apart([0, 1, 2, 3, 4], {}) == [0, 2, 4, 1, 3]
    assert _apart([7, 6], {}) == [6, 7]
    assert _apart([0, 2, 4], {0: 9, 2: 0, 4: 3}) == [2, 4, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what each core does")
def test_a_core_that_works_is_told_from_one_that_does_not(monkeypatch, tmp_path):
    ticks = iter([("cpu0 5 1 1 90", "cpu1 9 0 1 4"), ("cpu0 5 1 1 99", "cpu1 15 1 3 4")])
    statistics = tmp_path / "stat"

    def look(_):
        statistics.write_text("\n".join(["cpu 1 2 3", *next(ticks), "intr 7"]))

    look(0)
    monkeypatch.setattr("timing.threads.STATISTICS", statistics)
    monkeypatch.setattr("timing.threads.time.sleep", look)
    assert _busy(0.1) == {0: 0, 1: 9}


@pytest.fixture(scope="module")
def measured():
    with threads(1):
        return roofline.measure(np.float32, [5, 2], D=7, seconds=0.01)


def test_a_roofline_is_plain_json_with_rates_above_zero(measured):
    assert json.loads(json.dumps(measured)) == measured
    assert measured["dtype"] == "float32"
    assert measured["read_bytes_per_second"] > 0
    assert measured["full_flops_per_second"] > 0
    assert [(c["C"], c["D"], c["N"]) for c in measured["classes"]] == [(5, 7, 5000), (2, 7, 5000)]
    assert all(c["flops_per_second"] > 0 for c in measured["classes"])


def test_the_rates_are_those_of_the_fastest_samples(measured):
    samples = measured["samples"]
    square, tiles = samples["square"], samples["tiles"]
    assert len(square["seconds"]) >= 3
    assert square["flops"] == 2 * 2000**3
    rates = [product["flops"] / min(product["seconds"], default=1) for product in (square, tiles)]
    assert measured["full_flops_per_second"] == max(rates)
    assert (rates[1] > 0) == (find_spec("numba") is not None)
    five = measured["classes"][0]
    assert five["flops_per_second"] == 4 * 5 * 7 * 5000 / min(samples["classes"]["5"])
    fastest = min(s for taken in samples["memory"]["seconds"].values() for s in taken)
    assert measured["read_bytes_per_second"] == samples["memory"]["bytes"] / fastest


def test_memory_is_read_far_beyond_the_last_cache(measured):
    last = max([c["bytes"] for c in machine()["caches"]], default=0)
    assert measured["samples"]["memory"]["bytes"] >= 4 * last


def test_each_cache_beyond_the_first_is_read_too(measured):
    levels = {c["level"]: c["bytes"] for c in machine()["caches"] if c["level"] > 1}
    assert [c["holds_bytes"] for c in measured["caches"]] == [*levels.values()]
    assert all(c["read_bytes_per_second"] > 0 for c in measured["caches"])


def test_the_work_of_a_loss_is_two_products_and_one_reading():
    assert roofline.work(C=5, D=7, N=11, dtype=np.float64) == (1540, 1176)
    assert roofline.work(C=5, D=7, N=11, dtype="float32") == (1540, 588)


ROOF = {"read_bytes_per_second": 10.0, "full_flops_per_second": 100.0}
CACHES = [
    {"holds_bytes": 64, "read_bytes_per_second": 80.0},
    {"holds_bytes": 256, "read_bytes_per_second": 40.0},
]


@pytest.mark.parametrize(
    ("roof", "flops", "bytes", "seconds"),
    [
        (ROOF, 300, 20, 3.0),  # 3 s of arithmetic, 2 s of reading
        (ROOF, 100, 20, 2.0),
        ({**ROOF, "caches": CACHES}, 0, 64, 0.8),
        ({**ROOF, "caches": CACHES}, 0, 80, 2.0),
        ({**ROOF, "caches": CACHES}, 0, 300, 30.0),
    ],
)
def test_the_bound_is_the_slower_of_arithmetic_and_reading(roof, flops, bytes, seconds):
    assert roofline.bound(roof, flops, bytes) == seconds
