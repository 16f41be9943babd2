"""Scores, targets of each kind, exact values, and what a function may not do to its arguments."""

import copy

import mpmath
import numpy as np
import pytest

from classifiers import smooth_labels

C, D, N = 5, 7, 11
TARGETS = ["labels", "one-hot", "weights", "smoothed"]
# shape of the scores, and the axis along which their classes lie
PLACES = [((C, N), 0), ((N, C), 1), ((2, 3, C), -1)]
over_places = pytest.mark.parametrize(("shape", "axis"), PLACES, ids=str)
over_targets = pytest.mark.parametrize("kind", TARGETS)


def over(argument, pairs):
    """Run a test once for each (name, function) pair."""
    names, functions = zip(*pairs, strict=True)
    return pytest.mark.parametrize(argument, functions, ids=names)


def over_calls(calls):
    """Run a test once for each (name, function, arguments)."""
    names, *rest = zip(*calls, strict=True)
    return pytest.mark.parametrize(
        ("function", "arguments"), list(zip(*rest, strict=True)), ids=names
    )


def scores(*shape, seed=0, scale=1.0):
    """Return scores of either sign, none of them near 0, where ReLU has its kink."""
    rng = np.random.default_rng(seed)
    return scale * rng.choice([-1.0, 1.0], shape) * rng.uniform(0.4, 2, shape)


def weights(*sums, num_classes=C, seed=0):
    """Return targets (C, N) with these column sums; some of their entries are 0."""
    rng = np.random.default_rng([seed, 1])
    drawn = rng.uniform(0.1, 1, (num_classes, len(sums)))
    drawn[1:] *= rng.random(drawn[1:].shape) < 0.7
    return drawn / drawn.sum(axis=0) * sums


def target_of(kind, shape, axis, seed=0):
    """Return a target of a kind for an output of this shape, its classes along the axis."""
    num_classes, samples = shape[axis], np.delete(shape, axis)
    labels = np.random.default_rng([seed, 2]).integers(num_classes, size=samples)
    if kind == "labels":
        return labels
    columns = {
        "one-hot": smooth_labels(labels.ravel(), num_classes, 0),
        "smoothed": smooth_labels(labels.ravel(), num_classes, 0.1),
        "weights": weights(*np.resize([0, 0.3, 1, 5], labels.size), num_classes=num_classes),
    }
    return np.moveaxis(columns[kind].reshape(num_classes, *samples), 0, axis)


def exact(f, x):
    """Return f at the numbers x, and its derivative on each of them, computed with 60 digits.

    The derivative is the imaginary part of f a tiny imaginary step away: nothing is subtracted, so
    nothing cancels, and no formula of a derivative is used.
    """
    with mpmath.workdps(60):
        step = mpmath.mpc(0, mpmath.mpf(10) ** -500)
        x = [mpmath.mpf(float(value)) for value in x]
        moved = [f([v + step * (i == k) for i, v in enumerate(x)]) for k in range(len(x))]
        slopes = np.vectorize(lambda value: float(mpmath.im(value / abs(step))))(moved)
        return np.vectorize(float)(f(x)), slopes


def exact_softmax(z):
    exps = [mpmath.exp(value) for value in z]
    return [value / mpmath.fsum(exps) for value in exps]


def assert_close(received, expected, tolerance=1e-12):
    np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)


def arrays_in(value):
    """Return all arrays in an array, a float, or a tuple or dict of these."""
    if isinstance(value, (float, np.ndarray)):
        return [value] if isinstance(value, np.ndarray) else []
    parts = value.values() if isinstance(value, dict) else value
    return [array for part in parts for array in arrays_in(part)]


def with_floats(arguments, change):
    """Return a copy of the arguments in which each array of floats is changed."""
    if isinstance(arguments, tuple):
        return tuple(with_floats(part, change) for part in arguments)
    if isinstance(arguments, dict):
        return {name: with_floats(part, change) for name, part in arguments.items()}
    return change(arguments) if arguments.dtype.kind == "f" else arguments.copy()


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def assert_leaves_its_arguments_alone(function, arguments):
    """Check that the arguments stay, and that results are new: to overwrite one has no effect."""
    given = copy.deepcopy(arguments)
    results = arrays_in(function(*given))
    expected = copy.deepcopy(results)
    for result in results:
        result[...] = 99
    again = arrays_in(function(*with_floats(arguments, read_only)))
    for now, before in zip(
        [*arrays_in(given), *again], [*arrays_in(arguments), *expected], strict=True
    ):
        assert now.tobytes() == before.tobytes()


def assert_keeps_the_dtype(function, arguments):
    """Check that float64 gives float64, and float32 the same numbers in float32."""
    narrow = with_floats(arguments, lambda array: array.astype(np.float32))
    results, narrow_results = arrays_in(function(*arguments)), arrays_in(function(*narrow))
    assert {array.dtype for array in results} == {np.dtype(np.float64)}
    assert {array.dtype for array in narrow_results} == {np.dtype(np.float32)}
    for result, narrow_result in zip(results, narrow_results, strict=True):
        assert_close(narrow_result, result, tolerance=1e-5)
