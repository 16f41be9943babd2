"""Other libraries compute our loss and our gradient, and nothing of what they are given changes."""

import re
from importlib.util import find_spec

import numpy as np
import pytest

from classifiers import softmax_loss_vectorized
from timing.peers import PEERS, missing, peers
from timing.threads import threads

REG = 0.7


def problem(dtype, C=5, D=7, N=11):
    rng = np.random.default_rng(0)
    W, X = rng.standard_normal((C, D)).astype(dtype), rng.standard_normal((N, D)).astype(dtype).T
    return W, X, rng.integers(C, size=N)


def ready(name, *arguments):
    """Return the call of a peer, or skip with the sentence that says how to get it."""
    for sentence in missing():
        if sentence.startswith(f"{name}: "):
            pytest.skip(sentence)
    return peers(*arguments, REG)[name]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_gives_our_loss_and_our_gradient(name, dtype):
    W, X, y = problem(dtype)
    loss, dW = softmax_loss_vectorized(W, X, y, REG)
    call = ready(name, W, X, y)
    tolerance = {"rtol": 1e-12, "atol": 1e-14} if dtype == np.float64 else {"rtol": 1e-5}
    for _ in range(2):  # the second call must not add to the first
        peer_loss, peer_dW = call()
        assert isinstance(peer_loss, float)
        np.testing.assert_allclose(peer_loss, loss, **tolerance)
        assert peer_dW.dtype == dtype
        np.testing.assert_allclose(peer_dW, dW, **tolerance)


@pytest.mark.parametrize(("order", "kind"), [("C", np.int8), ("F", np.float64)])
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_takes_any_layout_and_dtype_and_changes_nothing(name, order, kind):
    W, X, y = problem(np.float64)
    X = np.round(10 * X)
    given = np.array(W, order=order), np.array(X, kind, order=order), y.astype(np.uint8)
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    loss, dW = ready(name, *given)()
    expected = softmax_loss_vectorized(W, X, y, REG)
    np.testing.assert_allclose(loss, expected[0], rtol=1e-12)
    np.testing.assert_allclose(dW, expected[1], rtol=1e-12, atol=1e-13)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("name", PEERS)
def test_a_result_is_not_overwritten_by_the_next_call(name):
    call = ready(name, *problem(np.float64))
    _, first = call()
    kept = first.copy()
    _, second = call()
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("name", PEERS)
def test_a_score_of_a_thousand_does_not_overflow(name):
    W, X, y = problem(np.float64)
    loss, dW = ready(name, 1000 * W, X, y)()
    expected = softmax_loss_vectorized(1000 * W, X, y, REG)
    np.testing.assert_allclose(loss, expected[0], rtol=1e-12)
    np.testing.assert_allclose(dW, expected[1], rtol=1e-12)


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_works_with_threads_pinned(name):
    W, X, y = problem(np.float64)
    with threads(1):
        loss, _ = ready(name, W, X, y)()
    np.testing.assert_allclose(loss, softmax_loss_vectorized(W, X, y, REG)[0], rtol=1e-12)


def test_each_peer_is_either_there_or_missing_with_the_way_to_get_it():
    sentences = missing()
    absent = {sentence.partition(": ")[0] for sentence in sentences}
    assert absent | set(peers(*problem(np.float64), REG)) == set(PEERS)
    assert absent.isdisjoint(peers(*problem(np.float64), REG))
    assert absent == {name for name, peer in PEERS.items() if not all(map(find_spec, peer.needs))}
    for sentence in sentences:
        assert re.search(
            r"`uv run --extra (peers|fast)( --extra peers)? softmax-lab time`", sentence
        )


def test_a_library_that_is_not_there_is_left_out_and_named(monkeypatch):
    real = PEERS["numba, naive loops"]
    gone = type(real)(real.prepare, {"no_such_module": "fast", "nor_this": "peers"})
    monkeypatch.setitem(PEERS, "numba, naive loops", gone)
    assert "numba, naive loops" not in peers(*problem(np.float64), REG)
    assert missing()[-1] == (
        "numba, naive loops: no_such_module and nor_this cannot be imported; "
        "`uv run --extra fast --extra peers softmax-lab time` installs what it needs."
    )


def test_bad_labels_are_refused_as_the_loss_refuses_them():
    W, X, _ = problem(np.float64)
    with pytest.raises(ValueError, match="y"):
        peers(W, X, np.full(11, 5), REG)
