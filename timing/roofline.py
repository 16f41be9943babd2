"""What this machine can do at most: how fast it reads, and how fast it multiplies.

The roofline model: whoever does `flops` operations on `bytes` of memory takes as long as the slower
of the two, if both are done as fast as the machine can.
Source: Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for
multicore architectures", Communications of the ACM 52 (4), 2009.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from threadpoolctl import threadpool_limits

from classifiers.fused import compiled_tiles
from timing.machine import machine
from timing.threads import pinned

SQUARE = 2000  # rows and columns of the matrices of the full product
TILED = 100, 500  # C and D of weights that a second-level cache holds
SAMPLES = 5000  # N of the loss's two products
PASS = 2**28  # bytes that are read between two looks at the clock, at least
READERS: dict[str, Callable[[Any], object]] = {
    "dot": lambda x: np.dot(x, x),
    "max": np.maximum.reduce,
    "sum": np.add.reduce,
}


def measure(dtype: DTypeLike, classes: Sequence[int], D: int, seconds: float) -> dict[str, Any]:
    """Return what the machine can do with the threads that are in force, as plain JSON.

    dtype    float64 or float32
    classes  each C for which the loss's two products are measured
    D        features, bias row included
    seconds  how long to measure, about; each thing is measured three times at least

    Each rate is that of the fastest sample, since what disturbs a sample only slows it down:

    read_bytes_per_second  of an array in memory, at least four times the last-level cache: each
                           thread reads its own part by that one of READERS that is fastest
    caches                 the same for arrays of half of each level, which BLAS's threads hold
                           together: `holds_bytes` and `read_bytes_per_second`
    full_flops_per_second  the faster of a product of two square matrices by BLAS and, where numba
                           is there, of the fused loss's scores in the cache; the arithmetic peak of
                           the processor may be higher
    classes                for each C the rate of W @ X and P @ X.T alone, W (C, D), X (D, N) and
                           P (C, N), by BLAS
    samples                the seconds that all these were made from, and what was done in them
    """
    dtype = np.dtype(dtype)
    holds = _holds(machine()["caches"])
    share = seconds / (len(holds) + 3 + len(classes))
    reads = [_reads(dtype, size // 2, share) for size in holds]
    memory = _reads(dtype, max(PASS, 4 * max(holds, default=PASS)), share)
    square, tiles = _square_product(dtype, share), _tiles(dtype, share)
    skinny = {C: _two_products(C, D, dtype, share) for C in classes}
    return {
        "dtype": dtype.name,
        "read_bytes_per_second": _fastest_read(memory),
        "caches": [
            {"holds_bytes": size, "read_bytes_per_second": _fastest_read(read)}
            for size, read in zip(holds, reads, strict=True)
        ],
        "full_flops_per_second": max(_fastest(square), _fastest(tiles)),
        "classes": [
            {"C": C, "D": D, "N": SAMPLES, "flops_per_second": 4 * C * D * SAMPLES / min(taken)}
            for C, taken in skinny.items()
        ],
        "samples": {
            "memory": memory,
            "caches": reads,
            "square": square,
            "tiles": tiles,
            "classes": {str(C): taken for C, taken in skinny.items()},
        },
    }


def work(C: int, D: int, N: int, dtype: DTypeLike) -> tuple[int, int]:
    """Return (flops, bytes) of one loss and its gradient, the least that it can do with.

    flops  of the two products, W @ X and P @ X.T; all else is one in D of this, or less
    bytes  X and W read once, and dW, shaped like W, written once
    """
    return 4 * C * D * N, (D * N + 2 * C * D) * np.dtype(dtype).itemsize


def bound(roofline: dict[str, Any], flops: int, bytes: int) -> float:
    """Return the least seconds in which a roofline lets so much be done, by what `measure` gave.

    flops  operations, at the rate of the full product
    bytes  read and written, at the rate of the smallest cache that holds them all, or of memory:
           a function that is called again and again finds them there
    """
    held = [c for c in roofline.get("caches", []) if bytes <= c["holds_bytes"]]
    rate = max([roofline["read_bytes_per_second"]] + [c["read_bytes_per_second"] for c in held])
    return float(max(flops / roofline["full_flops_per_second"], bytes / rate))


def _holds(caches: Sequence[dict[str, int]]) -> list[int]:
    """Return the bytes that each level of cache holds for all threads, without the first level.

    What fits in the first is read in less time than a call from Python takes.
    """
    levels = {c["level"]: c["bytes"] * -(-pinned() // c["shared_by"]) for c in caches}
    return [size for level, size in sorted(levels.items()) if level > 1]


def _reads(dtype: np.dtype[Any], size: int, seconds: float) -> dict[str, Any]:
    """Return the seconds of samples in which an array is read, by each of READERS.

    The parts of an array are filled by the threads that read them, and so lie near them.
    """
    count = pinned()
    length, passes = size // (count * dtype.itemsize), -(-PASS // size)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(count) as pool:
        parts = list(pool.map(lambda _: np.ones(length, dtype), range(count)))

        def read(reader: Callable[[Any], object]) -> None:
            list(pool.map(lambda part: [reader(part) for _ in range(passes)], parts))

        taken = {
            name: _samples(partial(read, reader), seconds / len(READERS))
            for name, reader in READERS.items()
        }
    return {"bytes": passes * count * length * dtype.itemsize, "seconds": taken}


def _fastest_read(read: dict[str, Any]) -> float:
    """Return bytes a second."""
    return float(read["bytes"] / min(map(min, read["seconds"].values())))


def _square_product(dtype: np.dtype[Any], seconds: float) -> dict[str, Any]:
    """Return the operations of a product by BLAS, and the seconds of samples of it."""
    A, B, product = (np.ones((SQUARE, SQUARE), dtype) for _ in range(3))
    return {
        "flops": 2 * SQUARE**3,
        "seconds": _samples(lambda: np.matmul(A, B, out=product), seconds),
    }


def _tiles(dtype: np.dtype[Any], seconds: float) -> dict[str, Any]:
    """Return the same of the fused loss's scores, of one block of samples again and again."""
    tiles, (C, D), count = compiled_tiles(), TILED, pinned()
    if tiles is None:
        return {"flops": 0, "seconds": []}
    calls = SQUARE**3 // (C * D * tiles.BLOCK * count) // 10

    def score(_: int) -> None:
        W, X = np.ones((C, D), dtype), np.ones((tiles.BLOCK, D), dtype)
        scores = np.empty((tiles.BLOCK, C), dtype)
        for _ in range(calls):
            tiles.score_block(W, X, scores)

    with ThreadPoolExecutor(count) as pool:
        taken = _samples(lambda: list(pool.map(score, range(count))), seconds)
    return {"flops": 2 * C * D * tiles.BLOCK * count * calls, "seconds": taken}


def _fastest(product: dict[str, Any]) -> float:
    """Return operations a second, 0 where there is no sample."""
    return float(product["flops"] / min(product["seconds"], default=1.0))


def _two_products(C: int, D: int, dtype: np.dtype[Any], seconds: float) -> list[float]:
    """Return the seconds of samples of W @ X and P @ X.T, with X in memory as the losses expect."""
    W, X = np.ones((C, D), dtype), np.ones((SAMPLES, D), dtype).T
    P, dW = np.empty((C, SAMPLES), dtype), np.empty((C, D), dtype)

    def products() -> None:
        np.matmul(W, X, out=P)
        np.matmul(P, X.T, out=dW)

    return _samples(products, seconds)


def _samples(function: Callable[[], object], seconds: float) -> list[float]:
    """Return the seconds of each call, for so long in all; three calls at least, after a first."""
    function()
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < seconds:
        start = perf_counter()
        function()
        taken.append(perf_counter() - start)
    return taken
