"""The same loss and gradient, as other libraries do it.

PyTorch and JAX get W @ X, (C, N), to work on; with the usual X.T @ W.T, (N, C), both took longer,
up to 1.7 times at C = 10.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from classifiers import softmax_loss_naive
from classifiers.inputs import Floats, Integers, check_inputs
from grading.solutions import solution
from timing.threads import pinned

Call = Callable[[], tuple[float, Floats]]


@dataclass(frozen=True)
class Peer:
    """How a peer is made ready, and the packages that it needs, each with the extra it is in.

    prepare  takes W (C, D), rows (N, D), which is X.T, y (N,) and reg; all are C-contiguous and
             can be written to, as torch wants them, though nobody does; y is int64
    needs    module: extra
    """

    prepare: Callable[[Floats, Floats, Integers, float], Call]
    needs: dict[str, str]


def peers(W: Floats, X: Floats, y: Integers, reg: float) -> dict[str, Call]:
    """Return the softmax loss of each library that is installed, ready to be called, by name.

    W    (C, D) float64 or float32, weights
    X    (D, N) data, one column a sample; taken in the dtype of W
    y    (N,) integer labels, 0 <= y[i] < C
    reg  regularization strength, 0 or more

    Each call returns (loss, dW) as softmax_loss_vectorized does: a float, and a (C, D) array, dtype
    of W.  Each library holds W, X and y in its own form before it is called, in the same memory
    where it can, so do not change them while the calls are in use.

    The threads are those of timing.threads.threads, which has to surround this call and those of
    its results.  "numba, naive loops" runs its loops in one thread.

    Raises TypeError or ValueError as the loss does, for input of another shape, dtype or range.
    """
    W, X, y, reg = check_inputs(W, X, y, reg)
    W, rows = (np.require(array, W.dtype, ["C", "W"]) for array in (W, X.T))
    y = np.require(y, np.int64, ["C", "W"])
    return {
        name: peer.prepare(W, rows, y, reg) for name, peer in PEERS.items() if not _absent(peer)
    }


def missing() -> list[str]:
    """Return a sentence for each library that is not installed, with the way to get it."""
    sentences = []
    for name, peer in PEERS.items():
        if absent := _absent(peer):
            extras = " ".join(f"--extra {extra}" for extra in dict.fromkeys(absent.values()))
            sentences.append(
                f"{name}: {' and '.join(absent)} cannot be imported; "
                f"`uv run {extras} softmax-lab time` installs what it needs."
            )
    return sentences


def _absent(peer: Peer) -> dict[str, str]:
    return {module: extra for module, extra in peer.needs.items() if find_spec(module) is None}


def _torch_autograd(W: Floats, rows: Floats, y: Integers, reg: float) -> Call:
    torch = import_module("torch")
    weights, data, labels = (torch.from_numpy(array) for array in (W, rows, y))
    weights.requires_grad_()

    def call() -> tuple[float, Floats]:
        weights.grad = None
        loss = torch.nn.functional.cross_entropy((weights @ data.T).T, labels)
        loss = loss + 0.5 * reg * weights.square().sum()
        loss.backward()
        return loss.item(), weights.grad.numpy()

    return call


def _torch_by_hand(W: Floats, rows: Floats, y: Integers, reg: float) -> Call:
    torch = import_module("torch")
    weights, data, labels = (torch.from_numpy(array) for array in (W, rows, y))
    N = len(y)
    true_class, scores = (labels, torch.arange(N)), torch.empty((len(W), N), dtype=weights.dtype)

    def call() -> tuple[float, Floats]:
        with torch.no_grad():
            torch.mm(weights, data.T, out=scores)
            log_p = torch.log_softmax(scores, dim=0)
            loss = 0.5 * reg * weights.square().sum() - log_p[true_class].mean()
            p = log_p.exp_()
            p[true_class] -= 1
            dW = torch.addmm(weights, p, data, beta=reg, alpha=1 / N)
        return loss.item(), dW.numpy()

    return call


def _scikit_learn(W: Floats, rows: Floats, y: Integers, reg: float) -> Call:
    """Prepare what LogisticRegression minimizes: a mean over the samples, and reg's term like ours.

    LogisticRegression itself passes 1 / (C * N) as the l2_reg_strength, with its own C.
    """
    half = import_module("sklearn._loss.loss").HalfMultinomialLoss(n_classes=len(W))
    linear = import_module("sklearn.linear_model._linear_loss").LinearModelLoss
    loss = linear(half, fit_intercept=False)
    weights, labels = np.asfortranarray(W), y.astype(W.dtype)  # as LogisticRegression has them

    def call() -> tuple[float, Floats]:
        value, dW = loss.loss_gradient(
            weights, rows, labels, l2_reg_strength=reg, n_threads=pinned()
        )
        return value, dW

    return call


def _jax_jitted(W: Floats, rows: Floats, y: Integers, reg: float) -> Call:
    jax = import_module("jax")
    # It had another place before JAX 0.8; without it, JAX has no float64.
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64

    @jax.jit
    @jax.value_and_grad
    def loss_and_gradient(W, rows, y):  # type: ignore[no-untyped-def]
        log_p = jax.nn.log_softmax(W @ rows.T, axis=0)
        return 0.5 * reg * (W * W).sum() - log_p[y, jax.numpy.arange(len(y))].mean()

    with wide(True):
        arrays = [jax.numpy.asarray(array) for array in (W, rows, y)]

    def call() -> tuple[float, Floats]:
        with wide(True):
            loss, dW = jax.block_until_ready(loss_and_gradient(*arrays))
        return float(loss), np.asarray(dW)

    return call


def _numba_naive(W: Floats, rows: Floats, y: Integers, reg: float) -> Call:
    naive, X = _compiled_naive(), rows.T

    def call() -> tuple[float, Floats]:
        loss, dW = naive(W, X, y, reg)
        return loss, dW.astype(W.dtype, copy=False)  # numba divides float32 by N in float64

    return call


@cache
def _compiled_naive() -> Any:
    """Return the reference with loops, not a line of it changed, compiled at its first call."""
    names = {"np": np}
    source = f"def naive(W, X, y, reg):\n{solution(softmax_loss_naive)}\n"
    exec(compile(source, "softmax_loss_naive", "exec"), names)
    return import_module("numba").njit(names["naive"])


PEERS = {
    "PyTorch, autograd": Peer(_torch_autograd, {"torch": "peers"}),
    "PyTorch, by hand": Peer(_torch_by_hand, {"torch": "peers"}),
    "scikit-learn": Peer(_scikit_learn, {"sklearn": "peers"}),
    "JAX, jitted": Peer(_jax_jitted, {"jax": "peers"}),
    "numba, naive loops": Peer(_numba_naive, {"numba": "fast", "scipy": "peers"}),
}
