"""Records of a timing as the measuring writes them: an ordinary one, a grid, a noisy one."""

from typing import Any

import numpy as np

Record = dict[str, Any]

ITEM = {"float64": 8, "float32": 4}
PRODUCTS = "its two matrix products"
TITLES = {
    "softmax": "softmax loss and its gradient",
    "svm": "hinge loss and its gradient",
    "derivatives": "dp through softmax's Jacobian",
    "gradient check": "whether the gradient of the softmax loss is right",
}
# How many times the vectorized loss each takes; naive loops hardly gain from a smaller C
TIMES = {
    "vectorized": 1.0,
    PRODUCTS: 0.83,
    "fused": 0.91,
    "naive": 38.0,
    "PyTorch, autograd": 1.45,
    "PyTorch, by hand": 1.12,
    "scikit-learn": 1.9,
    "JAX, jitted": 1.31,
    "numba, naive loops": 3.4,
}
SVM = {"vectorized": 1.0, PRODUCTS: 0.85, "naive": 31.0, "PyTorch, autograd": 1.7}
DERIVATIVES = {
    "multiply, sum, multiply-subtract": 1.0,
    "softmax_vjp": 0.85,
    "softmax_jacobian_batched, times dp": 16.2,
    "softmax_jacobian_vectorized, times dp": 980.0,
    "softmax_jacobian_naive, times dp": 2800.0,
}
CHECKS = {"check_gradient": 1.0, "grad_check_sparse": 0.4, "eval_numerical_gradient": 410.0}


def contest(
    kind: str,
    times: dict[str, float],
    C: int = 10,
    D: int | None = 3073,
    N: int = 500,
    dtype: str = "float64",
    rounds: int = 24,
    noise: float = 0.02,
) -> Record:
    """A contest whose first function takes what its work takes on an ordinary machine."""
    rng = np.random.default_rng([C, D or 0, N, ITEM[dtype], len(times)])
    drift = 1 + 0.05 * np.sin(np.arange(rounds) / 3)
    work = C * N * (D or 4)
    base = 8e-6 + work * ITEM[dtype] / 8 * 2e-10 * (1 + 6 / C)
    functions = []
    for name, factor in times.items():
        size = min(N, 200) if name == "naive" else N
        own = 0.35 if name == "PyTorch, by hand" else noise
        seconds = base * factor * size / N * drift * np.exp(own * rng.standard_normal(rounds))
        functions.append({"name": name, "N": size, "seconds": seconds.tolist()})
    products = kind in ("softmax", "svm") and D is not None
    of = "" if D is None else f", D = {D:,}"
    return {
        "kind": kind,
        "title": f"{TITLES[kind]}, C = {C}{of}, N = {N:,}, {dtype}",
        "C": C,
        "D": D,
        "N": N,
        "dtype": dtype,
        "flops": 4 * C * D * N if products and D else None,
        "bytes": ITEM[dtype] * (N * D + 2 * C * D) if products and D else None,
        "ended": "confident" if noise < 0.1 else "time",
        "functions": functions,
    }


def star(**changed: Any) -> Record:
    """An ordinary record: one of C, D, N and dtype is varied at a time."""
    sizes: list[Any] = [{}, {"N": 50}, {"N": 5000}, {"C": 2}, {"C": 100}]
    sizes += [{"D": 769}, {"D": 49}, {"dtype": "float32"}]
    contests = [contest("softmax", TIMES, **size) for size in sizes]
    contests.append(contest("svm", SVM))
    contests.append(contest("derivatives", DERIVATIVES, D=None, N=50_000))
    contests.append(contest("gradient check", CHECKS, N=64, noise=0.3))
    lists = {"C": [10, 2, 100], "D": [3073, 49, 769], "N": [500, 50, 5000]}
    return record(contests, lists, full=False) | changed


def grid() -> Record:
    """A record of the grid, as --full makes it."""
    lists = {"C": [2, 10, 100], "D": [3073], "N": [500, 5000, 50_000]}
    sizes: list[Any] = [
        {"C": C, "N": N, "dtype": dtype}
        for C in lists["C"]
        for N in lists["N"]
        for dtype in ("float64", "float32")
    ]
    return record([contest("softmax", TIMES, **size) for size in sizes], lists, full=True)


def record(contests: list[Record], lists: dict[str, list[int]], full: bool) -> Record:
    """A record of contests, with a machine of two cores."""
    asked = {"dtype": ["float64", "float32"], "threads": 2, "seconds": 60.0, "within": 3.0}
    roofs = [roof("float64", 1.05e11), roof("float32", 2.1e11)]
    return {
        "schema": 1,
        "made": "2026-11-21T20:00:00+00:00",
        "settings": lists | asked | {"function": None, "peers": True, "full": full, "seed": 0},
        "machine": {
            "processor": "AMD EPYC 7B13",
            "cores": 2,
            "memory_bytes": 25_000_000_000,
            "caches": [
                {"level": 1, "bytes": 32_768, "shared_by": 1},
                {"level": 2, "bytes": 1 << 20, "shared_by": 1},
                {"level": 3, "bytes": 32 << 20, "shared_by": 2},
            ],
            "system": "Linux 6.1",
            "python": "3.11.7",
            "packages": {"numpy": "2.4.6", "numba": "0.68.1", "torch": "2.13.0"},
            "blas": [{"name": "openblas", "version": "0.3.31", "architecture": "Haswell"}],
        },
        "threads": {"openblas": 2, "numba": 2, "processors": 2},
        "roofline": roofs,
        "missing": ["TensorFlow: install the extra peers"],
        "contests": contests,
    }


def roof(dtype: str, flops: float) -> Record:
    """What the machine can do in a dtype."""
    classes = [
        {"C": C, "D": 3073, "N": 5000, "flops_per_second": flops * min(1, 0.03 * C)}
        for C in (2, 10, 100)
    ]
    return {
        "dtype": dtype,
        "read_bytes_per_second": 3.4e10,
        "caches": [
            {"holds_bytes": 2 << 20, "read_bytes_per_second": 1.1e11},
            {"holds_bytes": 32 << 20, "read_bytes_per_second": 5.2e10},
        ],
        "full_flops_per_second": flops,
        "samples": {"full": [0.021, 0.02]},
        "classes": classes,
    }


def hostile() -> Record:
    """A record with names that a student's file may give them, and with a wide spread."""
    theirs = "theirs: \x1b[2J<script>alert(1)</script>\x1b[31m | `x` *a* $x_1$ " + "y" * 200
    names = {"vectorized": 1.0, theirs: 2.0}
    contests = [contest("softmax", names, noise=0.5)]
    found = star(contests=contests, missing=["<img src=x>"])
    found["machine"]["processor"] = "\x1b[2J<b>\n"
    found["settings"]["function"] = "\x1b[2J<b>/x.py:`x`"
    return found
