"""Draw docs/ladder.png: the error of a central difference at each step, and the steps we check at.

uv run python docs/draw_ladder.py
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from classifiers import softmax_loss_vectorized
from gradient_check import check_gradient

C, D, N, REG = 5, 7, 11, 0.1
BLUE, ORANGE = "#0072B2", "#D55E00"


def recorded_steps(W: NDArray[Any], X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Return every step W' - W at which check_gradient evaluates, one a row, and its resolution."""
    steps = []

    def recording(W_moved: NDArray[Any], *data: Any) -> tuple[float, NDArray[Any]]:
        steps.append((W_moved - W).ravel())
        return softmax_loss_vectorized(W_moved, *data)

    result = check_gradient(recording, W, X, y, REG)
    assert result.ok
    return np.array(steps), result.resolution


def first_ladder(steps: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the first direction that is stepped along both ways, unit length, and its lengths."""
    lengths = np.linalg.norm(steps, axis=1)
    units = steps / np.maximum(lengths, 1e-300)[:, None]
    along = units @ units.T
    alike = np.isclose(np.abs(along), 1, atol=1e-5) & (lengths > 1e-12)
    first = next(i for i, row in enumerate(alike) if np.sum(row) >= 6)
    return units[first], np.unique(lengths[alike[first]].round(14))


def error_at(
    t: float, direction: NDArray[Any], W: NDArray[Any], X: NDArray[Any], y: NDArray[Any]
) -> float:
    """Return the relative error of the central difference with step t along a direction."""
    d = direction.reshape(W.shape)
    wide = [array.astype(np.longdouble) for array in (W, X)]
    _, dW = softmax_loss_vectorized(*wide, y, REG)
    slope = float(np.sum(dW * d))
    ahead, _ = softmax_loss_vectorized(W + t * d, X, y, REG)
    behind, _ = softmax_loss_vectorized(W - t * d, X, y, REG)
    return max(abs((ahead - behind) / (2 * t) - slope) / abs(slope), 1e-17)


def main() -> None:
    """Draw the figure beside this file."""
    rng = np.random.default_rng(0)
    W, X, y = rng.standard_normal((C, D)), rng.standard_normal((D, N)), rng.integers(C, size=N)
    steps, resolution = recorded_steps(W, X, y)
    direction, rungs = first_ladder(steps)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    ax = figure.subplots()
    t = np.logspace(-13, 1.5, 400)
    ax.loglog(t, [error_at(s, direction, W, X, y) for s in t], color=BLUE, linewidth=0.8)
    at_rungs = [error_at(s, direction, W, X, y) for s in rungs]
    ax.axvspan(rungs.min(), rungs.max(), color=ORANGE, alpha=0.12)
    ax.loglog(rungs, at_rungs, "o", color=ORANGE, label="steps that the checker takes")
    ax.axvline(1e-5, color="black", linestyle=":", label="the usual fixed step, 1e-5")
    ax.axhline(resolution, color=ORANGE, linestyle="--", label="what the fit of them can see")
    ax.text(2e-10, 2e-2, "rounding:\nerror grows as 1 / step", va="top")
    ax.text(2e-2, 2e-1, "truncation:\nerror grows as step²", ha="right", va="top")
    ax.set(xlabel="step along the direction, in units of W", ylabel="relative error of the slope")
    ax.set_title("A central difference of the softmax loss")
    ax.legend(loc="lower left")
    figure.savefig(Path(__file__).with_name("ladder.png"), dpi=120)


if __name__ == "__main__":
    main()
