"""softmax_loss_fused is softmax_loss_vectorized but for rounding, compiled or not."""

import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifiers
from classifiers import fused, softmax_loss_vectorized
from classifiers.fused import softmax_loss_fused
from tests.handout import ROOT

ROUNDING = {"float64": 1e-12, "float32": 2e-5}


@pytest.fixture(params=["compiled", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a test with the compiled loops, and again as where numba is not installed."""
    if request.param == "compiled":
        pytest.importorskip("numba", reason="numba is not installed: run `uv sync --extra fast`")
    else:
        monkeypatch.setitem(sys.modules, "numba", None)
        monkeypatch.delitem(sys.modules, "classifiers.fused_tiles", raising=False)
        monkeypatch.delattr(classifiers, "fused_tiles", raising=False)
    fused.compiled_tiles.cache_clear()
    assert (fused.compiled_tiles() is None) == (request.param == "plain")
    yield request.param
    fused.compiled_tiles.cache_clear()


def problem(C=5, D=7, N=11, dtype="float64", scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    W = (scale * rng.standard_normal((C, D))).astype(dtype)
    return W, rng.standard_normal((N, D)).astype(dtype).T, rng.integers(C, size=N), 0.1


def agree(given, rounding) -> None:
    loss, dW = softmax_loss_fused(*given)
    expected, expected_dW = softmax_loss_vectorized(*given)
    assert isinstance(loss, float)
    assert dW.dtype == expected_dW.dtype
    np.testing.assert_allclose(loss, expected, rtol=rounding, atol=rounding)
    largest = np.abs(expected_dW).max()
    np.testing.assert_allclose(dW, expected_dW, rtol=0, atol=rounding * max(largest, 1e-3))


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.usefixtures("way")
def test_it_agrees_with_the_vectorized_loss_at_every_size(dtype):
    @settings(deadline=None)  # the first call compiles
    @given(
        st.integers(1, 12), st.integers(1, 40), st.integers(1, 70), st.integers(0, 99)
    )  # C, D, N: fewer and more than a tile and a block, and what does not fill one
    def law(C, D, N, seed):
        agree(problem(C, D, N, dtype, seed=seed), ROUNDING[dtype])

    law()


@pytest.mark.usefixtures("way")
def test_it_agrees_where_threads_share_the_work():
    given = problem(C=10, D=769, N=1201)
    assert given[0].size * 1201 // fused.A_THREAD >= 2
    agree(given, 1e-12)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "change",
    [
        lambda W, X, y, reg: (W, np.ascontiguousarray(X), y, reg),  # a feature is contiguous
        lambda W, X, y, reg: (W, X[:, ::2], y[::2], reg),
        lambda W, X, y, reg: (np.asfortranarray(W), X, y, reg),
        lambda W, X, y, reg: (W.astype(np.float32), X, y, reg),
        lambda W, X, y, reg: (W, X.astype(np.float32), y, reg),
        lambda W, X, y, reg: (W, (50 * X).astype(np.int8), y, reg),
        lambda W, X, y, reg: (W, X, y.astype(np.uint8), 0),
        lambda W, X, y, reg: (W.tolist(), X.tolist(), y.tolist(), reg),
    ],
)
def test_it_takes_what_the_vectorized_loss_takes(change):
    agree(change(*problem()), ROUNDING["float32"])


@pytest.mark.usefixtures("way")
def test_inputs_that_cannot_be_written_to_are_left_as_they_are():
    given = problem()
    for array in given[:3]:
        array.setflags(write=False)
    agree(given, 1e-12)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("dtype", ROUNDING)
def test_scores_of_any_size_give_a_finite_loss(dtype):
    agree(problem(dtype=dtype, scale=1e4), ROUNDING[dtype])


@pytest.mark.usefixtures("way")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_is_not_finite_gives_no_finite_loss(bad):
    W, X, y, reg = problem()
    X[3, 4] = bad
    loss, dW = softmax_loss_fused(W, X, y, reg)
    assert not np.isfinite(loss)
    assert not np.isfinite(dW).all()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "wrong",
    [
        lambda W, X, y, reg: (W, X.T, y, reg),
        lambda W, X, y, reg: (W, X, y + 1, reg),
        lambda W, X, y, reg: (W, X[:, :0], y[:0], reg),
        lambda W, X, y, reg: (W, X, y, -1.0),
    ],
)
def test_it_refuses_what_the_vectorized_loss_refuses(wrong):
    given = wrong(*problem())
    with pytest.raises((TypeError, ValueError)) as expected:
        softmax_loss_vectorized(*given)
    with pytest.raises(type(expected.value)) as refused:
        softmax_loss_fused(*given)
    assert str(refused.value) == str(expected.value)


@pytest.mark.usefixtures("way")
def test_the_same_call_gives_the_same_bits():
    given = problem(C=10, D=769, N=1201)
    first, second = softmax_loss_fused(*given), softmax_loss_fused(*given)
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])
    assert not np.shares_memory(first[1], second[1])


def test_memory_grows_with_the_weights_and_not_with_the_samples(way):
    W, X, y, reg = problem(C=10, D=769, N=4001)
    softmax_loss_fused(W, X, y, reg)
    tracemalloc.start()
    softmax_loss_fused(W, X, y, reg)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    threads = fused.compiled_tiles().get_num_threads() if way == "compiled" else 1
    labels, block = y.nbytes, 3 * 8 * 10 * fused.BLOCK
    assert peak < (2 * threads + 4) * W.nbytes + labels + block
    assert peak < X.nbytes / 10


@pytest.mark.parametrize("error", ["ImportError", "OSError", "RuntimeError", "AttributeError"])
def test_where_numba_is_there_and_does_not_work_it_is_numpy(error, tmp_path):
    (tmp_path / "numba.py").write_text(f"raise {error}('cannot load or cannot cache')\n")
    code = "from tests.test_fused import agree, fused, problem\nagree(problem(), 1e-12)\n"
    code += "raise SystemExit(fused.compiled_tiles() is not None)"
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, timeout=300
    )
    assert ran.returncode == 0


def test_many_sizes_share_one_pool_of_threads(monkeypatch):
    pytest.importorskip("numba", reason="numba is not installed: run `uv sync --extra fast`")
    monkeypatch.setattr(fused.compiled_tiles(), "get_num_threads", lambda: 16)
    before = threading.active_count()
    for N in range(300, 5000, 300):
        agree(problem(C=10, D=769, N=N), 1e-12)
    assert threading.active_count() - before <= os.cpu_count()


AFTER_A_FORK = """
import os
import numpy as np
from classifiers.fused import softmax_loss_fused

rng = np.random.default_rng(0)
given = rng.standard_normal((10, 769)), rng.standard_normal((1201, 769)).T, np.zeros(1201, int), 0.1
before, _ = softmax_loss_fused(*given)
child = os.fork()
if not child:
    os._exit(softmax_loss_fused(*given)[0] != before)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_it_goes_on_in_a_fork_of_a_process_that_has_used_it():
    code = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", AFTER_A_FORK]
    assert subprocess.run(code, cwd=ROOT, timeout=120).returncode == 0
