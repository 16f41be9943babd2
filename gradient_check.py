"""Numeric gradient checks that choose neither a step nor a tolerance: they measure both.

A direction d turns the loss into a function of one number, phi(t) = f(x + t d), and the gradient
under test into the claim phi'(0) = sum(g * d).  What is left when that claim is taken away,

    r(t) = f(x + t d) - f(x) - sum(g * (t d)),

has slope 0 at t = 0 exactly when the claim is right.  Its odd part is sampled on a ladder of steps
and extrapolated to t = 0.  How far the results of neighbouring steps lie apart shows the truncation
error, and evaluations next to x show what rounding does to the loss.  Together they are the error
bar of the slope; a gradient fails where the slope lies outside the bar on two ladders.  At a kink
either one-sided slope, and all that lies between, is right.

Large entries hide small ones, so three kinds of direction are used: every entry with the same step,
every entry with the step that makes it weigh the same in sum(g * d), and the entries said to be 0.
"""

from __future__ import annotations

import copy
import html
import math
import traceback
import warnings as python_warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Function = Callable[..., tuple[Any, Any]]
Array = NDArray[Any]
Index = tuple[int, ...]

CAUSES = [
    "scale", "sign", "reg", "transpose", "shape", "zero", "nan", "loss_nan", "row", "col", "entry",
    "label", "example", "nondet", "mutates", "alias", "stale", "dtype", "precision", "kink",
    "offpoint", "other",
]  # fmt: skip


@dataclass(frozen=True)
class GradientCheck:
    """What a check saw, and what it may mean.

    Attributes:
        verdict: "pass", "fail" or "inconclusive".
        message: at most eight lines for the person whose gradient it is.
        causes: words from CAUSES, most certain first; empty unless the verdict is "fail".
        reasons: the figures behind the verdict, a sentence each.
        warnings: what is worth knowing although the verdict does not rest on it.
        evaluations: how many times the function was called.
        resolution: the smallest relative error of the gradient that would have been seen.
        where: as far as narrowed: "part", "index" (one or several), "class", "column", "sample".
        picture: relative error of the gradient by row and column, or None.
    """

    verdict: str
    message: str
    causes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    evaluations: int = 0
    resolution: float = math.inf
    where: Mapping[str, Any] = field(default_factory=dict)
    picture: Vector | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the verdict is "pass"."""
        return self.verdict == "pass"

    def __bool__(self) -> bool:
        """Whether the gradient is right; a ValueError where that could not be known."""
        if self.verdict == "inconclusive":
            raise ValueError(f"The check was inconclusive. {self.message}")
        return self.ok

    def __str__(self) -> str:
        """The message, for a terminal."""
        return self.message

    def to_dict(self) -> dict[str, Any]:
        """The record as plain Python values, ready for JSON."""
        names = ("verdict", "ok", "message", "evaluations")
        record = {name: getattr(self, name) for name in names}
        record["resolution"] = self.resolution if math.isfinite(self.resolution) else None
        lists = {name: list(getattr(self, name)) for name in ("causes", "reasons", "warnings")}
        return record | lists | {"where": dict(self.where)}

    def _repr_html_(self) -> str:
        """The message, and where the gradient is wrong as a picture; for a notebook."""
        mark = {"pass": "✓", "fail": "✗"}.get(self.verdict, "?")
        text = f"<pre style='margin:0 0 8px'>{mark} {html.escape(self.message)}</pre>"
        return text if self.picture is None else f"<div>{text}{_svg(self.picture)}</div>"


def check_gradient(
    f: Function, x: Any, *args: Any, seed: int = 0, parts: Mapping[str, slice] | None = None
) -> GradientCheck:
    """Check the gradient that f returns with its loss.

    Args:
        f: called as f(x, *args), returns (loss, gradient of the loss in x).
        x: floating-point array of any shape, or a dict of such arrays (then so is the gradient).
        args: handed to f as copies; neither they nor x are ever changed.
        seed: of the directions; the same seed gives the same result.
        parts: names for slices of a flat x, {"W1": slice(0, 35), ...}.

    Returns:
        A GradientCheck.

    Raises:
        TypeError: x is not floating point.
    """
    tested = _Tested(f, x, args, parts)
    return _check(tested, seed)


def check_vjp(f: Function, x: Any, df: Any, *args: Any, seed: int = 0) -> GradientCheck:
    """Check a vector-Jacobian product.

    Args:
        f: called as f(x, *args), returns (out, vjp) with vjp[k] = sum(df * d out / d x[k]).
        x: floating-point array, or a dict of such arrays.
        df: array of out's shape, the gradient that arrives from above; f knows it already.
        args: handed to f as copies.
        seed: of the directions.

    Returns:
        A GradientCheck.

    Raises:
        TypeError: x is not floating point.
    """
    weights = np.asarray(df, dtype=np.float64)

    def reduce(out: Any, vjp: Any) -> tuple[Any, Any]:
        if np.shape(out) != weights.shape:
            raise _RefusedError("shape", f"out has shape {np.shape(out)}, df has {weights.shape}.")
        return float(np.sum(weights * out)), vjp

    return _check(_Tested(f, x, args, None, reduce), seed)


def check_jacobian(f: Function, x: Any, *args: Any, seed: int = 0) -> GradientCheck:
    """Check a Jacobian.

    Args:
        f: called as f(x, *args), returns (out, J) with J of shape out.shape + x.shape.
        x: floating-point array.
        args: handed to f as copies.
        seed: of the directions and of the weights by which the outputs are added up.

    Returns:
        A GradientCheck; its `where` points into x.

    Raises:
        TypeError: x is not floating point.
    """
    shape = np.shape(x)
    rng = np.random.default_rng([seed, 1])
    weights: dict[tuple[int, ...], Vector] = {}

    def reduce(out: Any, jacobian: Any) -> tuple[Any, Any]:
        out, J = np.asarray(out), np.asarray(jacobian)
        if J.shape != out.shape + shape:
            wanted = f"out.shape + x.shape is {out.shape + shape}"
            raise _RefusedError("shape", f"J has shape {J.shape}; {wanted}.")
        u = weights.setdefault(out.shape, _signs(rng, out.shape))
        return float(np.sum(u * out)), np.tensordot(u, J, axes=out.ndim).astype(J.dtype)

    def transposed(out: Any, jacobian: Any) -> Any:
        out, J = np.asarray(out), np.asarray(jacobian)
        if out.shape != shape:
            return None
        return np.tensordot(J, weights[out.shape], axes=out.ndim)

    tested = _Tested(f, x, args, None, reduce)
    tested.transposed = transposed
    return _check(tested, seed)


def check_values(f: Callable[[Any], Any], x: Any, gradient: Any, seed: int = 0) -> GradientCheck:
    """Check one gradient at x against a function that returns the loss alone.

    Args:
        f: called as f(x), returns the loss.
        x: floating-point array of any shape.
        gradient: array of x's shape, the gradient at x.
        seed: of the directions.

    Returns:
        A GradientCheck; other points than x are not looked at.

    Raises:
        TypeError: x is not floating point.
    """
    fixed = np.array(gradient)
    tested = _Tested(lambda x: (f(x), fixed.copy()), x, ())
    tested.fixed = True
    return _check(tested, seed)


def assert_gradient(f: Function, x: Any, *args: Any, seed: int = 0) -> None:
    """Raise an AssertionError that carries the report unless check_gradient passes."""
    result = check_gradient(f, x, *args, seed=seed)
    if not result.ok:
        raise AssertionError(str(result))


class _RefusedError(Exception):
    """A result that no number can be made of: a cause and a sentence."""

    def __init__(self, cause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause


@dataclass(frozen=True)
class _Part:
    """One named array inside the flat vector."""

    name: str
    place: slice
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Any

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """Rows and columns; what is neither has one row."""
        if len(self.shape) < 2:
            return 1, math.prod(self.shape)
        return self.shape[0], math.prod(self.shape[1:])


class _Tested:
    """The function under test: fresh copies in, flat float64 out, every call counted.

    Attributes:
        parts: the arrays that x consists of.
        x: x as one flat vector.
        dtype: what x is handed over as; float32 for a float32 x unless `widen` succeeded.
        evaluations: calls so far.
    """

    def __init__(
        self,
        f: Function,
        x: Any,
        args: tuple[Any, ...],
        names: Mapping[str, slice] | None = None,
        reduce: Callable[[Any, Any], tuple[Any, Any]] | None = None,
    ) -> None:
        self.f, self.original, self.reduce = f, x, reduce
        self.transposed: Callable[[Any, Any], Any] | None = None
        self.args, self.clean_args = _copied(args), _copied(args)
        self.is_dict = isinstance(x, Mapping)
        self.layout = list(_parts(x))
        self.x = self.flatten(x)
        whole = self.layout[0]
        self.parts = self.layout
        if names:
            self.parts = [
                replace(whole, name=name, place=place, shape=(self.x[place].size,), order="C")
                for name, place in names.items()
            ]
        self.dtype = np.result_type(*(part.dtype for part in self.layout))
        self.evaluations = 0
        self.fixed = self.widened = False
        self.flags: set[str] = set()

    def flatten(self, tree: Any) -> Vector:
        """One float64 vector of all entries."""
        arrays = [tree[part.name] for part in self.layout] if self.is_dict else [tree]
        if isinstance(tree, np.ndarray) and tree.dtype == np.float64:
            return tree.flatten()
        return np.concatenate([np.asarray(a, dtype=np.float64).ravel() for a in arrays])

    def restore(self, flat: Vector) -> Any:
        """A fresh copy of x's kind with these entries."""
        arrays = {}
        for part in self.layout:
            dtype = part.dtype if self.dtype != np.float64 else self.dtype
            array = np.empty(part.shape, dtype=dtype, order=part.order)
            array[...] = flat[part.place].reshape(part.shape)
            arrays[part.name] = array
        if self.is_dict:
            return arrays
        whole = arrays[self.layout[0].name]
        return whole if isinstance(self.original, np.ndarray) else whole[()]

    def raw(self, given: Any) -> tuple[Any, Any]:
        """What f returns, however odd; numpy's warnings are kept as flags."""
        self.evaluations += 1
        self.flags.clear()
        seen = np.errstate(all="call", under="ignore", call=lambda kind, _: self.flags.add(kind))
        with seen, python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            try:
                result = self.f(given, *self.args)
            except NotImplementedError:
                raise  # an answer that is not written yet is not a wrong one
            except Exception as error:
                raise _RefusedError("other", _raised(error)) from error
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise _RefusedError(
                "other", f"The function returns {_kind(result)}; (loss, gradient) is due."
            )
        return result[0], result[1]

    def value(self, flat: Vector) -> float:
        """The loss at a point, nan where it cannot be had."""
        try:
            value, gradient = self.raw(self.restore(flat))
            if self.reduce:
                value, _ = self.reduce(value, gradient)
            return float(np.asarray(value).reshape(()))
        except Exception:
            return math.nan

    def __call__(self, flat: Vector) -> tuple[float, Vector]:
        """Loss and gradient at a point; _RefusedError where they are not what they should be."""
        value, gradient = self.raw(self.restore(flat))
        return self.read(value, gradient)

    def read(self, value: Any, gradient: Any) -> tuple[float, Vector]:
        """Loss and flat gradient out of what f returned."""
        if self.reduce:
            value, gradient = self.reduce(value, gradient)
        return _loss(value), self.flatten(self.shaped(gradient))

    def shaped(self, gradient: Any) -> Any:
        """The gradient if it has x's keys and shapes and holds real numbers."""
        names = {part.name for part in self.layout}
        if self.is_dict and not (isinstance(gradient, Mapping) and set(gradient) == names):
            wanted = ", ".join(str(part.name) for part in self.layout)
            raise _RefusedError(
                "shape", f"The gradient is {_kind(gradient)}; a dict of {wanted} is due."
            )
        for part in self.layout:
            array = np.asarray(gradient[part.name] if self.is_dict else gradient)
            if array.dtype.kind not in "fiub":
                raise _RefusedError("dtype", f"The gradient holds {array.dtype}, not real numbers.")
            if array.shape != part.shape:
                cause = "transpose" if array.shape == part.shape[::-1] else "shape"
                sentence = (
                    f"The gradient{_of(part.name)} has shape {array.shape}, x has {part.shape}"
                )
                raise _RefusedError(
                    cause, sentence + (": is it transposed?" if cause != "shape" else ".")
                )
        return gradient

    def widen(self) -> bool:
        """Hand float32 over as float64 from now on, if f is able to work with it."""
        kept = self.dtype, self.args, self.clean_args
        self.dtype, self.args = np.dtype(np.float64), _widened(self.args)
        self.clean_args = _copied(self.args)
        try:
            value, gradient = self.raw(self.restore(self.x))
            if self.reduce:
                value, gradient = self.reduce(value, gradient)
            array = next(iter(gradient.values())) if self.is_dict else gradient
            if np.asarray(array).dtype == np.float64 and math.isfinite(_loss(value)):
                self.widened = True
                return True
        except Exception:
            pass
        self.dtype, self.args, self.clean_args = kept
        return False


def _copied(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Copies of args; what cannot be copied is handed over as it is."""

    def duplicate(arg: Any) -> Any:
        try:
            return copy.deepcopy(arg)
        except Exception:
            return arg

    return tuple(duplicate(arg) for arg in args)


def _widened(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same args with float16 and float32 arrays as float64."""

    def widen(arg: Any) -> Any:
        narrow = isinstance(arg, (np.ndarray, np.floating)) and arg.dtype in (
            np.float16,
            np.float32,
        )
        return arg.astype(np.float64) if narrow else arg

    return tuple(widen(arg) for arg in args)


def _parts(x: Any) -> Iterator[_Part]:
    """The parts of x, in the order of its keys."""
    start = 0
    for name, value in x.items() if isinstance(x, Mapping) else [("", x)]:
        array = np.asarray(value)
        if array.dtype.kind != "f":
            raise TypeError(
                f"x{_of(name)} holds {array.dtype}; steps smaller than 1 need floating point. "
                "Give x.astype(np.float64)."
            )
        stop = start + array.size
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        order = "F" if fortran else "C"
        yield _Part(name, slice(start, stop), array.shape, array.dtype, order)
        start = stop
    if start == 0:
        raise ValueError("x has no entries; give at least one number to differentiate by.")


def _loss(value: Any) -> float:
    """The loss as a float; a float, a 0-d or a (1,) array will do."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        cause = "dtype" if array.dtype.kind == "c" else "other"
        raise _RefusedError(cause, f"The loss is {_kind(value)}, not a real number.")
    if array.shape not in ((), (1,)):
        raise _RefusedError(
            "shape", f"The loss has shape {array.shape}, one number is due: is the mean missing?"
        )
    return float(array.reshape(()))


def _raised(error: Exception) -> str:
    """What was raised, and on which line of whose code."""
    frames = traceback.extract_tb(error.__traceback__)[1:] or traceback.extract_tb(
        error.__traceback__
    )
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    line = f"line {own[-1].lineno}, in {own[-1].name}: {own[-1].line}"
    return f"The function raises {type(error).__name__}: {error}\n{line}"


def _kind(value: Any) -> str:
    """What something is, in a word or two."""
    return "None" if value is None else f"a {type(value).__name__}"


def _of(name: Any) -> str:
    """' of W1' for a named part, nothing for the only one."""
    return f" of {name}" if name != "" else ""


def _signs(rng: np.random.Generator, shape: Any) -> Vector:
    """Random signs times magnitudes from 0.5 to 1.5, so that errors neither vanish nor cancel."""
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape))


def _rms(v: Vector) -> float:
    """Root of the mean square, safe from overflow."""
    top = float(np.max(np.abs(v), initial=0.0))
    return top * math.sqrt(float(np.mean((v / top) ** 2))) if top and math.isfinite(top) else top


def _norm(v: Vector) -> float:
    """Euclidean length, safe from overflow."""
    return _rms(v) * math.sqrt(v.size)


@dataclass
class _Slope:
    """The slope of what is left when the claimed slope is taken away, and its error bar.

    Attributes:
        error: slope of the loss minus slope that the gradient claims.
        bar: how far `error` may be from the truth.
        noise: the part of `bar` that comes from rounding.
        worth: typical size of sum(g * d), for relative errors.
        step: the largest step that the result rests on.
    """

    error: float
    bar: float
    noise: float = 0.0
    worth: float = 0.0
    step: float = 0.0
    window: tuple[int, int] = (0, 0)

    @property
    def wrong(self) -> bool:
        """Whether zero lies outside the bar."""
        return abs(self.error) > self.bar

    @property
    def blunt(self) -> bool:
        """Whether an error as large as the claim itself could have been missed."""
        return 4 * self.bar > self.worth


def _extrapolate(z: Vector, slopes: Vector, noise: Vector) -> _Slope:
    """The slope at z = 0 from slopes at z > 0, with the honest error bar that is smallest.

    Tried are Neville's polynomials through every window of three to six neighbouring nodes, which
    win where truncation matters, and least squares weighted by noise, which wins where rounding
    does.  A result's truncation error is its distance from the results that come before it.

    Args:
        z: nodes, powers of the steps, falling.
        slopes: one at each node.
        noise: error of each.

    Returns:
        The best result; an infinite bar where there are fewer than three nodes.
    """
    found = [*_neville(z, slopes, noise), *_least_squares(z, slopes, noise)]
    found = [one for one in found if math.isfinite(one.bar) and _holds_below(one, z, slopes, noise)]
    if not found:
        return _Slope(0.0, math.inf)
    best = min(found, key=lambda slope: slope.bar)
    bar = best.bar
    for other in found:
        if other.bar <= 10 * bar:
            best.bar = max(best.bar, abs(other.error - best.error) - other.bar)
    return best


def _holds_below(one: _Slope, z: Vector, slopes: Vector, noise: Vector) -> bool:
    """Whether the nodes below a result's window come as near to it as a series lets them."""
    bottom = one.window[1]
    off = np.abs(slopes - one.error)
    allowed = 3 * off[bottom] * z / z[bottom] + one.bar + 6 * noise
    return bool(np.all(off[bottom + 1 :] <= allowed[bottom + 1 :]))


def _neville(z: Vector, slopes: Vector, noise: Vector) -> Iterator[_Slope]:
    """Extrapolations through windows in which the differences fall as those of a series."""
    count = len(z)
    table = {(i, i): float(slopes[i]) for i in range(count)}
    smooth = _falling(z, slopes, noise)
    for width in range(1, min(count, 6)):
        for i in range(count - width):
            j = i + width
            upper, lower = table[i, j - 1], table[i + 1, j]
            table[i, j] = lower + (lower - upper) * float(z[j] / (z[i] - z[j]))
            if width == 1 or not smooth[i : j - 1].all():
                continue
            truncation = max(abs(table[i, j] - lower), abs(lower - table[i + 2, j]))
            nodes = z[i : j + 1]
            ratio = nodes[None, :] / (nodes[None, :] - nodes[:, None] + np.diag(nodes))
            rounding = 4 * float(np.hypot.reduce(ratio.prod(axis=1) * noise[i : j + 1]))
            yield _Slope(table[i, j], rounding + 2 * truncation, rounding, window=(i, j))


def _falling(z: Vector, slopes: Vector, noise: Vector) -> NDArray[np.bool_]:
    """For each three neighbours, whether the lower difference is as small as it should be."""
    differences, gaps = np.abs(np.diff(slopes)), -np.diff(z)
    expected = differences[:-1] * gaps[1:] / gaps[:-1]
    return differences[1:] <= 3 * expected + 6 * (noise[1:-1] + noise[2:])


def _least_squares(z: Vector, slopes: Vector, noise: Vector) -> Iterator[_Slope]:
    """Fits of one to three terms to all nodes from one downwards, where noise explains the rest."""
    count = len(z)
    if not np.all(noise > 0):
        return
    fits: dict[tuple[int, int], tuple[float, float, float]] = {}
    for i in range(count - 1):
        trust = noise[i] / noise[i:]
        for terms in range(1, min(4, count - i) + 1):
            powers = (z[i:, None] / z[i]) ** np.arange(terms) * trust[:, None]
            inverse = np.linalg.pinv(powers)
            rest = slopes[i:] * trust - powers @ (inverse @ (slopes[i:] * trust))
            misfit = _norm(rest) / (noise[i] * math.sqrt(max(count - i - terms, 1)))
            weights = inverse[0] * trust
            rounding = 4 * max(1.0, misfit) * _norm(weights * noise[i:])
            fits[i, terms] = float(weights @ slopes[i:]), rounding, misfit
    for (i, terms), (slope, rounding, misfit) in fits.items():
        if (i, terms + 1) in fits and (i + 1, terms) in fits and misfit < 3:
            more, fewer = fits[i, terms + 1][0], fits[i + 1, terms][0]
            truncation = max(abs(slope - more), abs(slope - fewer))
            yield _Slope(slope, rounding + 2 * truncation, rounding, window=(i, count - 1))


@dataclass
class _Point:
    """A place where the gradient is held against the loss.

    Attributes:
        tested: the function.
        x: the place, flat.
        loss: f there.
        gradient: the claim, flat.
        eps: relative rounding of the numbers that f works with.
        noise: typical rounding error of the loss near x.
        ground: rounding error to expect where the loss does not move at all.
        ungated: size of the gradient away from x, whose rounding is left where it cancels.
        drift: how the gradient changed under rounding-sized steps.
        reach: length of the longest step that a slope could rest on so far.
    """

    tested: _Tested
    x: Vector
    loss: float
    gradient: Vector
    eps: float
    noise: float = 0.0
    ground: float = 0.0
    ungated: Vector | None = None
    drift: list[Vector] = field(default_factory=list)
    reach: float = 0.0

    def moved(self, step: Vector) -> Vector:
        """x + step in the numbers that f works with."""
        place = self.x + step
        if self.eps < 1e-10:
            return place
        narrow = np.float32 if self.eps < 1e-5 else np.float16
        return place.astype(narrow).astype(np.float64)

    def left(self, step: Vector) -> tuple[float, float]:
        """What the loss moves beyond the claim, for the step that rounding leaves; and the loss."""
        place = self.moved(step)
        loss = self.tested.value(place)
        return loss - self.loss - float(self.gradient @ (place - self.x)), loss

    def rounding_step(self, rng: np.random.Generator, size: float) -> Vector:
        """A random step of a few units in the last place."""
        unit = np.abs(self.x) + _rms(self.x)
        if not unit.any():
            unit = unit + 1e-3 * self.natural_length() / math.sqrt(self.x.size)
        return size * self.eps * unit * _signs(rng, self.x.size)

    def natural_length(self) -> float:
        """A first guess at how far x has to move for the loss to change."""
        steepness = _norm(self.gradient)
        by_loss = 0.2 * abs(self.loss) / steepness * math.sqrt(self.x.size) if steepness else 0.0
        by_x = _norm(self.x)
        if by_loss and by_x:
            return min(by_loss, 1e4 * by_x)
        return by_loss or by_x or math.sqrt(self.x.size)

    def measure_noise(self, rng: np.random.Generator, pairs: int, gradients: bool) -> None:
        """Evaluate next to x, where the loss can only change by rounding."""
        self.noise = max(self.noise, self.eps * abs(self.loss))
        for k in range(pairs):
            step = self.rounding_step(rng, 4.0 * 2**k)
            for shift in (step, -step):
                place = self.moved(shift)
                if gradients:
                    try:
                        loss, gradient = self.tested(place)
                    except _RefusedError:
                        continue
                    self.drift.append(gradient - self.gradient)
                else:
                    loss = self.tested.value(place)
                off = abs(loss - self.loss - float(self.gradient @ (place - self.x)))
                if math.isfinite(off):
                    self.noise = max(self.noise, 1.5 * off)

    def drift_along(self, d: Vector) -> float:
        """How far rounding-sized steps move sum(gradient * d)."""
        return max((max(abs(float(one @ d)), _norm(one * d)) for one in self.drift), default=0.0)

    def rounding_along(self, d: Vector) -> float:
        """How far rounding in the gradient's sums moves sum(gradient * d)."""
        whole = self.gradient if self.ungated is None else self.ungated
        return self.eps * (_norm(self.gradient * d) + _norm(whole * d))

    def look_around(self, rng: np.random.Generator) -> None:
        """Measure the noise of the loss and of the gradient."""
        self.measure_noise(rng, 1, gradients=not self.tested.fixed)
        if self.tested.fixed:
            return
        calm = all(_close(g + self.gradient, self.gradient, self.eps) for g in self.drift)
        if not calm and not _close(self.tested(self.x)[1], self.gradient, self.eps):
            raise _chance("gradient")
        self.look_elsewhere(rng)

    def look_elsewhere(self, rng: np.random.Generator) -> None:
        """See how large the gradient is where nothing cancels it."""
        try:
            loss, gradient = self.tested(self.x * rng.uniform(-1, 1, self.x.size))
        except _RefusedError:
            return
        for part in self.tested.parts:
            gradient[part.place] = np.maximum(
                np.abs(gradient[part.place]), _rms(gradient[part.place])
            )
        if np.isfinite(gradient).all() and math.isfinite(loss):
            self.ungated = gradient
            self.ground = max(self.ground, self.eps * abs(loss))


class _Ladder:
    """The residual of the claim along one direction, at steps of falling size."""

    def __init__(self, point: _Point, d: Vector, worth: float | None = None) -> None:
        self.point, self.d = point, d
        self.worth = _norm(point.gradient * d) if worth is None else worth
        self.rungs: dict[float, tuple[float, float, float]] = {}
        self.highest, self.lowest = math.inf, 0.0
        self.losses: list[float] = []

    def sample(self, t: float) -> None:
        """Evaluate at x + t d and x - t d."""
        point = self.point
        step = t * self.d
        if not 1e-120 < t < 1e120 or not np.any(point.moved(step) - point.x):
            self.lowest = max(self.lowest, t)
            return
        ahead, loss_ahead = point.left(step)
        behind, loss_behind = point.left(-step)
        if not (math.isfinite(ahead) and math.isfinite(behind)):
            self.highest = min(self.highest, t)
            return
        rounding = point.eps * max(abs(loss_ahead), abs(loss_behind))
        noise = max(point.noise, rounding) + 1e-15 * t * self.worth
        self.losses += [loss_ahead, loss_behind]
        self.rungs[t] = ahead, behind, noise

    def slope(self, side: int = 0) -> _Slope:
        """The best slope so far: central for side 0, else ahead (1) or behind (-1) only."""
        steps = sorted(self.rungs, reverse=True)
        slopes, noise = [], []
        least = max(self.point.noise, self.grain())
        for t in steps:
            ahead, behind, error = self.rungs[t]
            slopes.append(((ahead - behind) / 2, ahead, -behind)[side] / t)
            noise.append(max(error, least) * (0.7 if side == 0 else 1.4) / t)
        powers = [t * t if side == 0 else t for t in steps]
        result = _extrapolate(np.array(powers), np.array(slopes), np.array(noise))
        if all(loss == self.point.loss for loss in self.losses):
            far = 30 * (_norm(self.point.x) or math.sqrt(self.d.size)) / _norm(self.d)
            result.bar = max(result.bar, 2 * max(self.point.noise, self.point.ground) / far)
        moves = abs(result.error) if math.isfinite(result.bar) else 0.0
        result.worth = max(self.worth or self.steepest(), moves)
        result.step = steps[result.window[0]] if steps else 0.0
        return result

    def grain(self) -> float:
        """The smallest jump of a loss that stands still over some steps; 0 where it never does."""
        changes = np.abs(np.array(self.losses) - self.point.loss)
        if not np.any((changes[::2] == 0) & (changes[1::2] == 0)):
            return 0.0
        least = float(min(changes[changes > 0], default=math.inf))
        rounding = 16 * self.point.eps * float(np.max(np.abs(self.losses)))
        return 2 * least if least <= rounding else self.point.ground

    def steepest(self) -> float:
        """The steepest slope between x and any step, beyond the claim."""
        return max((max(abs(a), abs(b)) / t for t, (a, b, _) in self.rungs.items()), default=0.0)

    def next_step(self, best: _Slope, goal: float) -> float | None:
        """Where another pair of evaluations would narrow the bar, or None."""
        steps = sorted(self.rungs, reverse=True)
        if not math.isfinite(best.bar):
            t = min([*steps, self.highest]) / (16 if 0 < len(steps) < 6 else 64)
            return t if self.lowest < t < math.inf else None
        top, bottom = best.window
        rounding = [max(self.rungs[t][2], self.point.noise) / t for t in steps]
        quietest = rounding.index(min(rounding))
        truncated = 2 * best.noise <= best.bar
        if truncated and bottom == len(steps) - 1 and 4 * rounding[-1] < best.bar:
            t = steps[-1] / (16 if best.bar > 0.1 * best.worth else 4)
            return t if t > self.lowest else None
        if not truncated and quietest == len(steps) - 1:
            return steps[-1] / 16 if steps[-1] / 16 > self.lowest else None
        if not truncated and top == 0 == quietest:
            t = steps[0] * min(max(4.0, best.bar / max(goal, 1e-300)), 64.0)
            while t >= self.highest and t > 1.5 * steps[0]:
                t = math.sqrt(t * steps[0])
            return t if t > 1.5 * steps[0] and t < 1e150 else None
        wide = top > 0 and steps[top - 1] > 6 * steps[top]
        return math.sqrt(steps[top - 1] * steps[top]) if wide else None

    def climb(self, start: float, goal: float, limit: int, ratio: float = 4.0) -> _Slope:
        """Sample until the bar is at most goal * worth, or nothing helps, or at `limit` pairs."""
        for k in range(3):
            self.sample(start / ratio**k)
        best = self.slope()
        for _ in range(limit - 3):
            if best.bar <= goal * best.worth:
                break
            t = self.next_step(best, goal * best.worth)
            if t is None:
                break
            self.sample(t)
            best = self.slope()
        return best


def _inside(claim: Any, sides: Vector) -> bool:
    """Whether a claim lies between the least and the greatest of some others, in every entry."""
    low, high = sides.min(axis=0), sides.max(axis=0)
    slack = 1e-3 * (high - low) + 1e-6 * _rms(np.atleast_1d(claim))
    return bool(np.all((low - slack <= claim) & (claim <= high + slack)))


class _Examiner:
    """Holds the claim against the loss along directions, with second opinions on failures."""

    def __init__(self, point: _Point, rng: np.random.Generator) -> None:
        self.point, self.rng = point, rng
        self.noise_confirmed = False
        self.kinked = False
        self.jumped = False

    def length(self) -> float:
        """The length of the first step of a ladder."""
        return self.point.reach or self.point.natural_length()

    def slope(self, d: Vector, goal: float, limit: int, worth: float | None = None) -> _Slope:
        """The claim's error along d, before any second opinion."""
        _, slope = self._first(d, goal, limit, worth)
        return slope

    def _first(
        self, d: Vector, goal: float, limit: int, worth: float | None
    ) -> tuple[_Ladder, _Slope]:
        ladder = _Ladder(self.point, d, worth)
        slope = ladder.climb(self.length() / _norm(d), goal, limit)
        return ladder, self._with_rounding(slope, d)

    def _with_rounding(self, slope: _Slope, d: Vector) -> _Slope:
        """The slope with the claim's own rounding in its bar; a jump at a kink is no rounding."""
        drift = 4 * self.point.drift_along(d)
        cancelled = 1e4 * self.point.eps * _norm(self.point.gradient * d)
        slope.bar += 8 * self.point.rounding_along(d) + (
            cancelled if self.point.eps < 1e-10 else 0.0
        )
        if drift <= max(1e-3 * slope.worth, 30 * slope.bar):
            slope.bar += drift
        return slope

    def judge(self, d: Vector, goal: float, limit: int, worth: float | None = None) -> _Slope:
        """The claim's error along d; wrong only where a second ladder says so."""
        ladder, slope = self._first(d, goal, limit, worth)
        if not self.point.reach and math.isfinite(slope.bar):
            self.point.reach = slope.step * _norm(d)
        if slope.wrong:
            if not self.noise_confirmed:
                self.point.measure_noise(self.rng, 3, gradients=False)
                self.noise_confirmed = True
            slope = self._deepened(ladder, slope, d)
        if slope.blunt and not slope.wrong and math.isfinite(slope.bar):
            for factor in (1.5, 0.7, 0.5, 0.35):
                ladder.sample(factor * slope.step)
            slope = self._with_rounding(ladder.slope(), d)
        if slope.bar > 1e-3 * slope.worth:
            slope = self._beside_kink(ladder, slope, d)
        if not slope.wrong:
            return slope
        second = _Ladder(self.point, d, worth)
        again = self._with_rounding(second.climb(0.7 * slope.step, goal, limit, 3.0), d)
        again = self._beside_kink(second, self._deepened(second, again, d), d)
        slope = self._beside_kink(ladder, slope, d)
        if slope.wrong and again.wrong:
            self.jumped |= all(self._jumps(one) for one in (ladder, second))
            apart = abs(slope.error - again.error)
            if apart > slope.bar + again.bar:
                slope.bar, again.bar = slope.bar + apart, again.bar + apart
            if self.jumped and (beside := self._between_sides(slope, d)):
                return beside
        return min((slope, again), key=lambda one: (one.wrong, one.bar))

    @staticmethod
    def _jumps(ladder: _Ladder) -> bool:
        """Whether the slopes on both sides of x differ."""
        ahead, behind = ladder.slope(1), ladder.slope(-1)
        return abs(ahead.error - behind.error) > 3 * (ahead.bar + behind.bar)

    def _between_sides(self, slope: _Slope, d: Vector) -> _Slope | None:
        """The error a little beside several kinks, if the claim at x is a mixture of those beside.

        Where many kinks meet, the slopes along d need not lie on both sides of the claim.
        """
        point, tested = self.point, self.point.tested
        if tested.fixed:
            return None
        near = 1e-3 * slope.step * _norm(d) / math.sqrt(d.size)
        steps = [near * _signs(self.rng, d.size) for _ in range(4)]
        try:
            sides = np.array([tested(point.x + step)[1] for one in steps for step in (one, -one)])
        except _RefusedError:
            return None
        if not _inside(point.gradient, sides):
            return None
        place = point.x + near * _signs(self.rng, d.size)
        loss, gradient = tested(place)
        beside = _Point(tested, place, loss, gradient, point.eps, point.noise, point.ground)
        beside.ungated, beside.drift = point.ungated, point.drift
        beside.reach = 0.1 * near * math.sqrt(d.size)
        found = _Examiner(beside, self.rng).judge(d, 1e-6, 13, slope.worth)
        self.kinked |= not found.wrong
        return None if found.wrong else found

    def _deepened(self, ladder: _Ladder, slope: _Slope, d: Vector) -> _Slope:
        """The slope once the smallest steps that could still show the error have been tried."""
        if not slope.wrong:
            return slope
        smallest = 10 * self.point.noise / abs(slope.error)
        for t in (16 * smallest, 4 * smallest, smallest):
            if ladder.rungs and t < 0.7 * min(ladder.rungs):
                ladder.sample(t)
        slope = ladder.slope()
        while not math.isfinite(slope.bar) and self.point.noise < self.point.ground:
            self.point.noise = min(8 * self.point.noise, self.point.ground)
            slope = ladder.slope()
        return self._with_rounding(slope, d)

    def _beside_kink(self, ladder: _Ladder, slope: _Slope, d: Vector) -> _Slope:
        """The slope on a side of x where the claim is right, if it is not on the other side.

        Where the slope jumps at x itself the claim may also lie between those on both sides.
        """
        ahead, behind = ladder.slope(1), ladder.slope(-1)
        apart = abs(ahead.error - behind.error)
        sharp = 0.1 * max(abs(slope.error), apart if math.isfinite(apart) else 0.0)
        good = [side for side in (ahead, behind) if not side.wrong and side.bar < sharp]
        if apart > 3 * (ahead.bar + behind.bar) and ahead.error * behind.error <= 0:
            good.append(replace(max(ahead, behind, key=lambda one: one.bar), error=0.0))
        best = min(good, key=lambda one: one.bar, default=slope)
        if best is slope or (best.bar >= slope.bar and not slope.wrong):
            return slope
        self.kinked = True
        return self._with_rounding(best, d)


@dataclass
class _Call:
    """What one call gave: nan where f raised.

    place, gradient  flat
    returned         the gradient as f returned it
    flags            numpy's floating-point warnings during the call
    """

    place: Vector
    loss: float
    gradient: Vector
    returned: Any = None
    flags: frozenset[str] = frozenset()

    @property
    def finite(self) -> bool:
        """Whether loss and gradient are."""
        return math.isfinite(self.loss) and bool(np.isfinite(self.gradient).all())


def _same(a: Any, b: Any) -> bool:
    """Whether two arguments hold the same numbers; what cannot be compared counts as the same."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        floats = a.dtype.kind in "fc"
        return np.array_equal(a, b) or (floats and np.array_equal(a, b, equal_nan=True))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    return True


def _close(a: Vector, b: Vector, eps: float) -> bool:
    """Whether two gradients differ by no more than the order of a sum explains."""
    return float(np.max(np.abs(a - b))) <= 1e4 * eps * float(np.max(np.abs(b)))


def _call(tested: _Tested, place: Vector) -> _Call:
    """One call, which must leave x and the arguments as they are."""
    given = tested.restore(place)
    before = tested.flatten(given)
    value, returned = tested.raw(given)
    if not np.array_equal(tested.flatten(given), before, equal_nan=True):
        raise _RefusedError("mutates", "x is not the same after the call: work on a copy of it.")
    _unchanged_arguments(tested)
    return _Call(place, *tested.read(value, returned), returned, frozenset(tested.flags))


def _unchanged_arguments(tested: _Tested) -> None:
    if not _same(tested.args, tested.clean_args):
        sentence = "An argument is not the same after the call: copy it first."
        raise _RefusedError("mutates", sentence)


def _first_calls(tested: _Tested, eps: float, rng: np.random.Generator) -> tuple[_Call, _Call]:
    """Call at x, at 30 x and at x again; the first two, if the calls do not disturb each other."""
    first = _call(tested, tested.x)
    calls = [first]
    for place in (30 * tested.x if tested.x.any() else _signs(rng, tested.x.size), tested.x):
        try:
            calls.append(_call(tested, place))
        except _RefusedError as refused:
            if refused.cause != "other":
                raise
            calls.append(_Call(place, math.nan, np.full_like(place, math.nan)))
        now = first.gradient if tested.reduce else tested.flatten(first.returned)
        if not np.array_equal(now, first.gradient, equal_nan=True):
            raise _RefusedError(
                "alias",
                "The gradient that was returned first changed during a later call: "
                "is one array filled again and again? Return a new one.",
            )
    _refuse_numbers(tested, first)
    _refuse_memory(tested, eps, *calls)
    return calls[0], calls[1]


def _refuse_numbers(tested: _Tested, first: _Call) -> None:
    """Raise where loss or gradient are not finite or hold fewer digits than x."""
    bad = np.flatnonzero(~np.isfinite(first.gradient))
    if not math.isfinite(first.loss):
        also = "; so is the gradient" if bad.size else ""
        raise _RefusedError("loss_nan", f"The loss is {first.loss}{also}.")
    if bad.size:
        which = f"{bad.size} of {first.gradient.size} entries of the gradient are not finite"
        place, value = _index(tested, int(bad[0])), first.gradient[bad[0]]
        raise _RefusedError("nan", f"{which}; entry {place} is {value}.")
    for part in tested.layout:
        dtype = np.asarray(first.returned[part.name] if tested.is_dict else first.returned).dtype
        if dtype.kind in "iub" or dtype.itemsize < part.dtype.itemsize:
            sentence = f"The gradient{_of(part.name)} is {dtype}, x is {part.dtype}"
            raise _RefusedError("dtype", f"{sentence}: digits are lost.")


def _refuse_memory(tested: _Tested, eps: float, first: _Call, far: _Call, again: _Call) -> None:
    """Raise where a result depends on earlier calls or on chance."""
    same_loss = abs(again.loss - first.loss) <= 1e4 * eps * abs(first.loss)
    if not (same_loss and _close(again.gradient, first.gradient, eps)):
        more = _call(tested, tested.x)
        behind = _close(far.gradient, first.gradient, eps)
        words = {
            "the sum of both": _close(again.gradient, far.gradient + first.gradient, eps),
            "another one": more.loss == again.loss and _close(more.gradient, again.gradient, eps),
            "the one of the call before": behind and _close(more.gradient, first.gradient, eps),
        }
        for was in (word for word, fits in words.items() if fits):
            raise _RefusedError(
                "stale",
                f"Called at x, elsewhere, and at x again, the second gradient at x is {was}: "
                "something is kept between calls.",
            )
        raise _chance("gradient" if same_loss else "loss")
    moves = abs(float(first.gradient @ (far.place - first.place)))
    visible = tested.x.any() and moves > 1e4 * eps * abs(first.loss) and not tested.fixed
    if visible and far.loss == first.loss and np.array_equal(far.gradient, first.gradient):
        sentence = "Loss and gradient stay what they were when x changes: are they kept?"
        raise _RefusedError("stale", sentence)


def _chance(what: str) -> _RefusedError:
    """The refusal of a function that gives different results at one place."""
    sentence = f"Two calls at the same x give different results (the {what} differs)"
    return _RefusedError("nondet", f"{sentence}: is something random inside? Fix its seed.")


def _refuse_overflow(far: _Call) -> None:
    """Raise where a result far away is not finite and could have been."""
    if far.finite:
        return
    undefined = math.isnan(far.loss) or bool(np.isnan(far.gradient).any())
    hidden = not far.flags and (undefined or bool(np.isfinite(far.gradient).all()))
    if hidden or "divide by zero" in far.flags or ("overflow" in far.flags and undefined):
        sentence = "At 30 x the result is not finite: subtract the largest score before exp."
        raise _RefusedError("offpoint", sentence)
    if undefined and math.isfinite(far.loss):
        raise _RefusedError("offpoint", "At 30 x the loss is finite but the gradient is not.")


def _index(tested: _Tested, flat: int) -> Any:
    """The index of a flat entry in its own array."""
    part = next(part for part in tested.parts if part.place.start <= flat < part.place.stop)
    index = np.unravel_index(flat - part.place.start, part.shape or (1,))
    plain = tuple(int(i) for i in index) if part.shape else ()
    return (part.name, *plain) if part.name != "" else plain


def _check(tested: _Tested, seed: int) -> GradientCheck:
    """The whole examination, from the first call to the report."""
    try:
        return _examine(tested, np.random.default_rng(seed))
    except _RefusedError as refused:
        causes = (refused.cause, *(["shape"] if refused.cause == "transpose" else []))
        return _report(tested, "fail", [str(refused)], causes)


def _examine(tested: _Tested, rng: np.random.Generator) -> GradientCheck:
    """Calls, then directions at x, then one at 30 x."""
    eps = max(float(np.finfo(np.result_type(tested.dtype, np.float16)).eps), 2.3e-16)
    first, far = _first_calls(tested, eps, rng)
    point = _Point(tested, tested.x, first.loss, first.gradient, eps)
    point.look_around(rng)
    lost = 0.0
    if eps > 1e-10 and not tested.fixed and tested.widen():
        lost, point = _widened_point(tested, point)
        point.look_around(rng)
    if point.eps < 1e-10 and _works_in_float32(point, rng):
        point.eps = float(np.finfo(np.float32).eps)
        point.look_around(rng)
    if math.isfinite(far.loss):
        point.ground = max(point.ground, point.eps * max(abs(first.loss), abs(far.loss)))
    return _directions(point, far, rng, lost + 8 * point.eps)


def _widened_point(tested: _Tested, rough: _Point) -> tuple[float, _Point]:
    """The relative error of the float32 gradient against float64, and the place in float64."""
    loss, gradient = tested(tested.x)
    size = _norm(gradient) or 1.0
    drift = max((_norm(change) for change in rough.drift), default=0.0)
    drift += rough.eps * (0.0 if rough.ungated is None else _norm(rough.ungated))
    error = _norm(rough.gradient - gradient)
    if error > 30 * drift + 100 * rough.eps * _norm(gradient):
        raise _RefusedError(
            "precision",
            f"In float32 the gradient is {error / size:.1e} away from itself in float64; "
            f"rounding explains {drift / size + rough.eps:.1e}.",
        )
    return error / size, _Point(tested, tested.x, loss, gradient, 2.3e-16)


def _works_in_float32(point: _Point, rng: np.random.Generator) -> bool:
    """Whether the loss only sees x rounded to float32."""
    if point.noise > point.eps * abs(point.loss):
        return False
    near = point.x * (1 + 1e-3 * rng.random(point.x.size))
    rounded = near.astype(np.float32).astype(np.float64)
    if abs(float(point.gradient @ (near - rounded))) <= 100 * point.noise:
        return False
    return point.loss != point.tested.value(near) == point.tested.value(rounded)


def _weights(point: _Point) -> dict[str, Vector]:
    """Steps of the entries in the three kinds of direction; a kind without entries is left out."""
    gradient, parts = point.gradient, point.tested.parts
    even = np.ones_like(gradient)
    sizes = [_rms(gradient[part.place]) for part in parts]
    for part, size in zip(parts, sizes, strict=True):
        even[part.place] = 1 / max(size, 1e-8 * max(sizes)) if max(sizes) else 1.0
    magnitude = np.abs(gradient)
    least = np.full_like(gradient, 1e-8 * magnitude.max())
    if point.ungated is not None:
        least = np.maximum(least, 100 * point.eps * point.ungated)
    alike = np.where(magnitude > 0, 1 / np.maximum(magnitude, least + 1e-300), 0.0)
    zeros = np.where(magnitude == 0, even, 0.0)
    kinds = {"even": even, "alike": alike, "zeros": zeros}
    kept = kinds if gradient.any() else ["zeros"]
    return {name: kinds[name] for name in kept if kinds[name].any()}


def _judged(examiner: _Examiner) -> Iterator[tuple[Vector, Vector, _Slope]]:
    """The weights, the direction and the claim's error for each kind of direction."""
    point, rng = examiner.point, examiner.rng
    goal = 1e-8 if point.eps < 1e-10 else 1e-4
    typical = _rms(point.gradient)
    for kind, weights in _weights(point).items():
        d = weights * _signs(rng, weights.size)
        slope = examiner.judge(d, goal, 13, typical * _norm(d) if kind == "zeros" else None)
        if kind == "alike" and slope.blunt and not slope.wrong:
            weights = 1 / np.maximum(np.abs(point.gradient), 0.3 * typical)
            d = weights * _signs(rng, weights.size)
            slope = examiner.judge(d, goal, 13)
        yield weights, d, slope


def _directions(
    point: _Point, far: _Call, rng: np.random.Generator, resolution: float
) -> GradientCheck:
    """Judge the claim along every kind of direction at x, then at 30 x."""
    tested, examiner = point.tested, _Examiner(point, rng)
    for weights, d, slope in _judged(examiner):
        if slope.wrong:
            return _Explainer(examiner, weights, d, slope).report()
        if slope.worth:
            resolution = max(resolution, 4 * slope.bar / slope.worth)
    if not tested.fixed:
        _refuse_overflow(far)
        _refuse_elsewhere(point, far, rng)
    _unchanged_arguments(tested)
    notes = []
    if examiner.kinked:
        notes = ["x lies on a kink: the slope jumps, and the gradient is one of the right ones."]
    if resolution > 1:
        sentence = (
            "Nothing can be known here: the loss moves less than its rounding error "
            f"({point.noise:.1e}) over every step that could tell. Check at another x."
        )
        return _report(tested, "inconclusive", [sentence], notes=notes, resolution=resolution)
    sentence = f"The gradient is right: relative errors above {resolution:.0e} would have been seen"
    return _report(tested, "pass", [f"{sentence}."], notes=notes, resolution=resolution)


def _refuse_elsewhere(point: _Point, far: _Call, rng: np.random.Generator) -> None:
    """Raise where one direction at 30 x (a long step away, for a tiny x) shows an error."""
    tested = point.tested
    place, loss, gradient = far.place, far.loss, far.gradient
    d = _signs(rng, place.size)
    tiny = _norm(place) < point.reach or not point.x.any()
    if tiny or point.eps != 2.3e-16 or tested.widened:
        place = place + d * (point.reach / _norm(d)) if tiny else place
        try:
            loss, gradient = tested(place)
        except _RefusedError:
            return
    if not (math.isfinite(loss) and np.isfinite(gradient).all()):
        return
    noise = max(16 * point.eps * abs(loss), point.noise)
    ground = point.eps * max(abs(loss), abs(point.loss))
    there = _Point(tested, place, loss, gradient, point.eps, noise, ground)
    goal = max(1e-6, 100 * point.eps)
    slope = _Examiner(there, rng).judge(d, goal, 9)
    saturated = point.eps * _norm(point.gradient * d)
    if abs(slope.error) <= slope.bar + goal * slope.worth + saturated:
        return
    if point.x.any() and np.array_equal(gradient, point.gradient):
        sentence = "The gradient stays what it was at the first call: is it kept between calls?"
        raise _RefusedError("stale", sentence)
    sentence = "The gradient is right at x but wrong at 30 x: what changes for large scores?"
    raise _RefusedError("offpoint", sentence)


def _report(
    tested: _Tested,
    verdict: str,
    lines: list[str],
    causes: tuple[str, ...] = (),
    *,
    notes: Iterable[str] = (),
    **rest: Any,
) -> GradientCheck:
    """The result, with a message of at most eight lines."""
    message = "\n".join([*[*lines, *notes][:7], f"({tested.evaluations} evaluations)"])
    return GradientCheck(
        verdict, message, causes, tuple(lines), tuple(notes), tested.evaluations, **rest
    )


@dataclass
class _Candidate:
    """A shape that the error may have: truth - claim = factor * shape (+ another * beside).

    tell    gives the cause and a sentence for a factor, or None where the factor makes no sense
    beside  a second shape that may be mixed in
    where   what `where` says if it is this one
    """

    shape: Vector
    tell: Callable[[float], tuple[str, str] | None]
    beside: Vector | None = None
    where: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Setting:
    """A linear classifier's data as far as the arguments show it.

    X        (D, N) data
    Y        (C, N) targets, one-hot for labels
    place    of its weights in the flat x
    flipped  whether they are (D, C)
    axes     of the arguments that X and Y are, by number: the axis along which the samples lie
    """

    X: Vector
    Y: Vector
    place: slice
    flipped: bool
    axes: dict[int, int]

    def matrix(self, x: Vector) -> Vector:
        """The weights (C, D) in a flat x, or a gradient on them; a view."""
        C, D = len(self.Y), len(self.X)
        return x[self.place].reshape(D, C).T if self.flipped else x[self.place].reshape(C, D)

    def moved(self, x: Vector, terms: Vector) -> Vector:
        """A flat x: the mean over samples of terms[:, i] X[:, i] for the weights, 0 elsewhere."""
        flat = np.zeros_like(x)
        self.matrix(flat)[...] = terms @ self.X.T / self.X.shape[1]
        return flat

    def repeated(self, args: tuple[Any, ...], sample: int) -> tuple[Any, ...]:
        """The arguments with one sample four times over, and no other."""
        axes, four = self.axes, [sample] * 4
        return tuple(np.take(a, four, axes[i]) if i in axes else a for i, a in enumerate(args))


def _setting(tested: _Tested, part: _Part) -> _Setting | None:
    """The setting in which a part is a linear classifier's weights, if it is one."""
    arrays = {i: arg for i, arg in enumerate(tested.args) if isinstance(arg, np.ndarray)}
    if len(part.shape) != 2 or len(arrays) < 2:
        return None
    (first, data), *others = arrays.items()
    for flipped in (False, True):
        C, D = part.shape[::-1] if flipped else part.shape
        for axis, X in ((1, data), (0, data.T)):
            if X.ndim != 2 or len(X) != D or X.dtype.kind != "f":
                continue
            for i, y in others:
                if (Y := _targets(y, C, X.shape[1])) is not None:
                    axes = {first: axis, i: int(y.shape == Y.shape)}
                    return _Setting(X.astype(np.float64), Y, part.place, flipped, axes)
    return None


def _targets(y: Array, C: int, N: int) -> Vector | None:
    """Labels or target distributions as (C, N); None for what is neither."""
    if y.shape == (N,) and y.dtype.kind in "iu" and y.min() >= 0 and y.max() < C:
        return np.equal.outer(np.arange(C), y).astype(np.float64)
    if y.shape in ((C, N), (N, C)) and y.dtype.kind == "f":
        return (y if y.shape == (C, N) else y.T).astype(np.float64)
    return None


def _sizes(tested: _Tested, part: _Part, setting: _Setting | None) -> dict[str, int]:
    """The sizes that a factor may be: N, C and D as far as they are known."""
    if setting:
        return {"N": setting.X.shape[1], "C": len(setting.Y), "D": len(setting.X)}
    vectors = [arg for arg in tested.args if isinstance(arg, np.ndarray) and arg.ndim == 1]
    sizes = {"N": len(vectors[-1])} if vectors else {}
    return sizes | dict(zip("CD", part.shape, strict=False) if len(part.shape) < 3 else ())


def _name_factor(value: float, sizes: Mapping[str, int]) -> str:
    """'N', '1/2', 'N/C' ... for a factor that is one of them, else ''."""
    letters = {name: float(n) for name, n in sizes.items() if n > 1}
    pairs = [(a, b) for a in letters for b in letters if letters[a] > letters[b]]
    names = letters | {"2": 2.0, "ln 2": math.log(2), "ln 10": math.log(10), "4": 4.0, "3": 3.0}
    names |= {"10": 10.0} | {f"{a}/{b}": letters[a] / letters[b] for a, b in pairs}
    names |= {f"{a}/({a} - 1)": n / (n - 1) for a, n in letters.items() if n > 2}
    names |= {f"{a}²": n * n for a, n in letters.items()}
    names |= {f"{a}·{b}": letters[a] * letters[b] for a, b in pairs}
    for name, number in names.items():
        if abs(value / number - 1) < 1e-5:
            return name
        if abs(value * number - 1) < 1e-5:
            above, _, below = name.partition("/")
            return f"{below.strip('()')}/{above}" if below else f"1/{name}"
    return ""


def _factor_sentence(what: str, ratio: float, sizes: Mapping[str, int]) -> str:
    """'11 times too large; N is 11: is the mean taken in both?'"""
    big = f"{what} is {abs(ratio):.9g} times what it should be"
    if not 0.67 <= abs(ratio) <= 1.5:
        off, word = max(abs(ratio), 1 / abs(ratio)), "large" if abs(ratio) > 1 else "small"
        big = f"{what} is {off:.6g} times too {word}"
    big += " and has the wrong sign" if ratio < 0 else ""
    name = _name_factor(abs(ratio), sizes)
    known = ", ".join(f"{letter} is {n}" for letter, n in sizes.items() if letter in name)
    if name in ("N", "1/N"):
        return f"{big}; {known}: is the mean taken in both?"
    return f"{big}, a factor of {name}{f' ({known})' if known else ''}." if name else f"{big}."


class _Explainer:
    """Narrows a failure down and gives it a name."""

    def __init__(self, examiner: _Examiner, weights: Vector, d: Vector, slope: _Slope) -> None:
        self.examiner, self.point = examiner, examiner.point
        self.tested, self.rng = self.point.tested, examiner.rng
        self.weights, self.first = weights, (d, slope)
        self.mask = np.ones(weights.size, dtype=bool)
        self.where: dict[str, Any] = {}
        self.error: Vector | None = None

    def report(self) -> GradientCheck:
        """The failure with its causes, most certain first."""
        d, slope = self.first
        claimed = float(self.point.gradient @ d)
        found = self.explain()
        causes, lines = [cause for cause, _ in found], [sentence for _, sentence in found]
        if self.examiner.kinked or self.examiner.jumped:
            causes = ["kink"] if causes == ["other"] else [*causes, "kink"]
            lines.append("x lies on a kink, where the slope jumps; the gradient fits neither side.")
        lines.append(
            f"Along one direction the loss rises by {claimed + slope.error:.6g} "
            f"(± {slope.bar:.0e}), the gradient says {claimed:.6g}."
        )
        resolution = 4 * slope.bar / slope.worth if slope.worth else math.inf
        return _report(
            self.tested, "fail", [line for line in lines if line], tuple(dict.fromkeys(causes)),
            resolution=resolution, where=self.where, picture=self.picture(),
        )  # fmt: skip

    def explain(self) -> list[tuple[str, str]]:
        """Causes, each with its sentence."""
        if not self.point.gradient.any():
            return [("zero", "The gradient is zero everywhere, but the loss moves.")]
        part = self.narrow_to_part()
        if not self.point.gradient[self.mask].any():
            return [("zero", f"The gradient{_of(part.name)} is zero, but the loss moves.")]
        probes = self.probes(5)
        if known := self.named(part, probes) or self.imprecise(probes):
            return [(known[0], f"{part.name}: {known[1]}" if part.name != "" else known[1])]
        place = self.narrow(part)
        if not place:
            where = f"The gradient{_of(part.name)} is wrong in many places"
            return [("other", f"{where} and in no simple way.")]
        found = [(place, self.place_sentence(part, place))]
        if self.mask.sum() > 3 and (inner := self.named(part, self.probes(4))):
            found.insert(0 if inner[0] == "label" else 1, inner)
        if not self.point.gradient[self.mask].any():
            found.append(("zero", "The gradient is zero there, but the loss moves."))
        return found

    def slope_in(self, mask: NDArray[np.bool_], precision: float = 1e-3) -> tuple[Vector, _Slope]:
        """The claim's error along a new random direction among the entries of a mask.

        `precision` is relative to the error that would be there if it were spread evenly.
        """
        d = np.where(mask, self.weights, 0.0)
        d = (d if d.any() else mask.astype(np.float64)) * _signs(self.rng, d.size)
        share = self.share(d)
        worth = max(_norm(self.point.gradient * d), share)
        return d, self.examiner.slope(d, precision * share / worth, 6, worth)

    def share(self, d: Vector) -> float:
        """The error to expect along d if the one along the first direction were spread evenly."""
        first, slope = self.first
        return abs(slope.error) * _norm(d) / _norm(first)

    def wrong_in(self, mask: NDArray[np.bool_]) -> bool:
        """Whether something is wrong among the entries of a mask."""
        if not mask.any():
            return False
        d, slope = self.slope_in(mask, 0.05)
        return slope.wrong and abs(slope.error) > 0.02 * self.share(d)

    def probes(self, count: int) -> list[tuple[Vector, _Slope]]:
        """Errors along several directions among the entries under suspicion."""
        return [self.slope_in(self.mask) for _ in range(count)]

    def narrow_to_part(self) -> _Part:
        """The part that is wrong, or the first of several."""
        parts = self.tested.parts
        for part in parts if len(parts) > 1 else []:
            mask = np.zeros_like(self.mask)
            mask[part.place] = True
            if self.wrong_in(mask):
                self.where["part"] = part.name
                self.mask = mask
                return part
        return parts[0]

    def fit(self, probes: list[tuple[Vector, _Slope]], shapes: list[Vector]) -> list[float] | None:
        """Factors with which some shapes explain every probe."""
        seen = np.array([slope.error for _, slope in probes])
        bars = np.array([slope.bar for _, slope in probes])
        along = np.array([[float(d @ shape) for shape in shapes] for d, _ in probes])
        most = float(np.abs(seen).max())
        trust = 1 / (bars + 1e-7 * most)
        size = np.sqrt(np.sum((along * trust[:, None]) ** 2, axis=0))
        if not np.all((size > 0) & np.isfinite(size)):
            return None
        scaled = along * trust[:, None] / size
        factors = np.linalg.lstsq(scaled, seen * trust, rcond=None)[0] / size
        rest = np.abs(seen - along @ factors)
        return list(factors) if np.all(rest <= 2 * bars + 1e-4 * most) else None

    def named(self, part: _Part, probes: list[tuple[Vector, _Slope]]) -> tuple[str, str] | None:
        """Cause and sentence of the simplest shape of error that explains every probe."""
        if not any(slope.wrong for _, slope in probes):
            return None
        for one in self.candidates(part):
            beside = [] if one.beside is None else [one.beside]
            if len(beside) + 3 > len(probes):
                continue
            factors = self.fit(probes, [one.shape, *beside])
            told = one.tell(factors[0]) if factors else None
            if not factors or not told:
                continue
            error = np.array(factors) @ np.array([one.shape, *beside])
            if told[0] in ("scale", "sign") and not self.explains_small(error):
                continue
            self.error = np.where(self.mask, error, 0.0)
            self.where |= one.where
            return told
        return None

    def explains_small(self, error: Vector) -> bool:
        """Whether an error also explains what is seen once every entry weighs the same."""
        size = np.where(self.mask, np.abs(self.point.gradient), 0.0)
        seen = size > 1e-6 * size.max()
        d = np.where(seen, 1 / np.where(seen, size, 1), 0.0) * _signs(self.rng, size.size)
        slope = self.examiner.slope(d, 1e-3, 6)
        off = abs(slope.error - float(error @ d))
        return off <= 2 * slope.bar + 0.05 * _norm(error * d)

    def candidates(self, part: _Part) -> Iterator[_Candidate]:
        """What the error may be, the simplest first."""
        g, x = self.point.gradient, self.point.x
        setting = _setting(self.tested, part)
        sizes = _sizes(self.tested, part, setting)
        yield _Candidate(g, lambda k: self.scale(k, "The gradient", sizes))
        if self.mask[part.place].all() and (flipped := self.transposed(part)) is not None:
            says = "transpose", "The gradient is right once it is transposed."
            yield _Candidate(flipped - g, lambda k: says if abs(k - 1) < 1e-2 else None)
        yield _Candidate(x, self.regularization)
        if part.matrix_shape[1] > 1 and self.mask[part.place].all():
            yield from self.without_bias(part)
        rest = "Apart from the regularization the gradient"
        yield _Candidate(g, lambda k: self.scale(k, rest, sizes), x)
        if setting:
            yield from self.terms(setting)

    def scale(self, k: float, what: str, sizes: Mapping[str, int]) -> tuple[str, str]:
        """One common factor."""
        if abs(1 + k) < 1e-9:
            return "scale", "The loss does not move along the gradient at all."
        ratio = 1 / (1 + k)
        if abs(ratio + 1) < 1e-4:
            return (
                "sign",
                f"{what} has the wrong sign: is something subtracted the wrong way round?",
            )
        return "sign" if ratio < 0 else "scale", _factor_sentence(what, ratio, sizes)

    def transposed(self, part: _Part) -> Vector | None:
        """The flat claim with one part transposed (a Jacobian: J transposed), or None."""
        if self.tested.transposed:
            out = self.tested.transposed(*self.tested.raw(self.tested.restore(self.tested.x)))
            return None if out is None else np.asarray(out, dtype=np.float64).ravel()
        if len(part.shape) != 2 or min(part.shape) < 2:
            return None
        g = self.point.gradient.copy()
        g[part.place] = g[part.place].reshape(part.shape[::-1]).T.ravel()
        return g

    def regularization(self, k: float) -> tuple[str, str]:
        """An error of k x."""
        numbers = [float(a) for a in self.tested.args if isinstance(a, (float, np.floating))]
        reg = numbers[-1] if numbers else 0.0
        amount = "missing" if k > 0 else "too much"
        sentence = f"Exactly {abs(k):.6g} · x is {amount}: look at the regularization"
        known = {1: "it is left out", -1: "it is there twice", 0.5: "half of it is missing"}
        for times, says in (known | {2: "its sign is wrong"}).items():
            if reg and math.isfinite(reg) and abs(k / (reg * times) - 1) < 1e-4:
                return "reg", f"{sentence} (reg is {reg:g}): {says}."
        return "reg", f"{sentence}."

    def without_bias(self, part: _Part) -> Iterator[_Candidate]:
        """An error of k x in the last column only, or in all the others."""
        last = np.zeros_like(self.point.x)
        last[part.place].reshape(part.matrix_shape)[:, -1] = 1
        for place, says in ((last, "the last column"), (1 - last, "all columns but the last")):

            def tell(k: float, says: str = says) -> tuple[str, str]:
                cause, sentence = self.regularization(k)
                return cause, f"{sentence.rstrip('.')}, in {says}: is the bias regularized?"

            yield _Candidate(self.point.x * place, tell)

    def terms(self, setting: _Setting) -> Iterator[_Candidate]:
        """A true-class term that is misplaced or miscounted, or so a whole sample."""
        Y, x = setting.Y, self.point.x
        top = np.equal.outer(np.arange(len(Y)), (setting.matrix(x) @ setting.X).argmax(axis=0))
        yield _true_class("sits at the arg max of the scores", setting.moved(x, top - Y))
        for shift in (1, -1):
            yield _true_class("is off by one", setting.moved(x, np.roll(Y, shift, axis=0) - Y))
        if (K := self.claimed(setting)) is None:
            return
        says = "does not balance the others: over the classes, a sample's should add up to 0"
        yield _true_class(says, setting.moved(x, -Y * K.sum(axis=0)))
        whole, samples = setting.moved(x, K), np.arange(K.shape[1])
        for i in samples.tolist():
            one = setting.moved(x, K * (samples == i))
            for shape, who in ((one, f"Sample {i}"), (whole - one, f"Every sample but {i}")):
                yield _Candidate(shape, partial(_miscounted, who), where={"sample": i})

    def claimed(self, setting: _Setting) -> Vector | None:
        """The gradient (C, N) in the scores that f itself claims for each sample, if it can.

        Four times the same, since a loop that leaves a sample out would leave out a single one.
        """
        tested, x, args = self.tested, self.point.x, self.tested.args
        columns = []
        try:
            tested.args = tuple(0 * a if i == min(setting.axes) else a for i, a in enumerate(args))
            _, without_data = tested(x)
            for i, sample in enumerate(setting.X.T):
                tested.args = setting.repeated(args, i)
                data = setting.matrix(tested(x)[1] - without_data)
                columns.append(data @ sample / max(float(sample @ sample), 1e-300))
        except _RefusedError:
            return None
        finally:
            tested.args = args
        return np.stack(columns, axis=1)

    def imprecise(self, probes: list[tuple[Vector, _Slope]]) -> tuple[str, str] | None:
        """Fewer digits than the dtype holds."""
        g = self.point.gradient[self.mask]
        worst = max(abs(slope.error) / slope.worth if slope.worth else 1.0 for _, slope in probes)
        for dtype in (np.dtype(np.float16), np.dtype(np.float32)):
            with np.errstate(over="ignore"):
                narrow = np.array_equal(g.astype(dtype), g)
            fewer = narrow and self.tested.dtype.itemsize > dtype.itemsize
            if fewer and worst < 10 * float(np.finfo(dtype).eps) and self.spread(2):
                return "precision", f"The gradient holds no more digits than {dtype}."
        for digits in range(7):
            small = all(abs(slope.error) < 2 * 10.0**-digits * _norm(d) for d, slope in probes)
            if small and np.array_equal(g.round(digits), g) and self.spread(2):
                return "precision", f"The gradient is rounded to {digits} decimals."
        if worst < 1e-4 and sum(slope.wrong for _, slope in probes) > 3 and self.spread(10):
            off = f"The gradient is off by {worst:.0e} of its size, here and there"
            return "precision", f"{off}: are digits lost?"
        return None

    def spread(self, shares: int) -> bool:
        """Whether two of so many random shares of the entries are both wrong."""
        share = self.rng.permutation(self.mask.size) % shares
        return self.mask.sum() < 4 or all(self.wrong_in(self.mask & (share == k)) for k in (0, 1))

    def narrow(self, part: _Part) -> str:
        """Shrink the suspicion to rows, columns or entries; the word for what it shrank to."""
        rows, columns = part.matrix_shape
        row = self.numbered(part, 0)
        wrong_rows = self.guilty(row, rows) if rows > 1 else None
        self.mask &= np.isin(row, wrong_rows) if wrong_rows else True
        column = self.numbered(part, 1)
        wrong_columns = self.guilty(column, columns) if columns > 1 else None
        self.mask &= np.isin(column, wrong_columns) if wrong_columns else True
        if rows == 1 or columns == 1:
            return self.entries(part) if wrong_columns or wrong_rows else ""
        few_rows = wrong_rows and len(wrong_rows) < rows
        few_columns = wrong_columns and len(wrong_columns) < columns
        if wrong_rows and wrong_columns and few_rows and few_columns:
            if len(wrong_columns) == 1 and 1 < 2 * len(wrong_rows) > rows:
                few_rows = False
            elif len(wrong_rows) == 1 and 4 < 2 * len(wrong_columns) > columns:
                few_columns = False
            elif self.mask.sum() <= 16:
                return self.single_entries(part)
        if wrong_columns and few_columns and 4 * len(wrong_columns) <= 3 * columns:
            self.where["column"] = _one_or_all(wrong_columns)
            return "col"
        if wrong_rows and few_rows:
            self.where["class"] = _one_or_all(wrong_rows)
            return "row"
        return ""

    def single_entries(self, part: _Part) -> str:
        """Test the entries left one by one."""
        cells = np.flatnonzero(self.mask)
        number = np.full(self.mask.size, -1)
        number[cells] = np.arange(cells.size)
        self.mask &= np.isin(number, self.guilty(number, cells.size) or [])
        return self.entries(part)

    def numbered(self, part: _Part, axis: int) -> NDArray[np.int_]:
        """The row (axis 0) or column (axis 1) of each suspected entry, -1 elsewhere."""
        number = np.full(self.mask.size, -1)
        number[part.place] = np.indices(part.matrix_shape)[axis].ravel()
        return np.where(self.mask, number, -1)

    def entries(self, part: _Part) -> str:
        """Measure single entries, if they are few."""
        cells = np.flatnonzero(self.mask)
        if len(cells) > 16 or len(cells) == part.place.stop - part.place.start > 1:
            return ""
        self.error = np.zeros_like(self.point.x)
        for cell in cells:
            d, slope = self.slope_in(np.arange(self.mask.size) == cell)
            self.error[cell] = slope.error / d[cell] if slope.wrong else 0.0
        size = np.abs(self.error * self.weights)
        self.error[size < 1e-2 * size.max()] = 0
        self.mask = self.error != 0
        indices = [_index(self.tested, int(cell)) for cell in np.flatnonzero(self.mask)]
        self.where["index"] = _one_or_all(indices)
        return "entry"

    def place_sentence(self, part: _Part, place: str) -> str:
        """Where the gradient is wrong."""
        whose = f"The gradient{_of(part.name)} is wrong in"
        if place == "entry" and self.error is not None:
            cells = [int(cell) for cell in np.flatnonzero(self.mask)]
            has, due = self.point.gradient, self.point.gradient + self.error
            listed = ", ".join(
                f"{_index(self.tested, i)} (is {has[i]:.6g}, should be {due[i]:.6g})"
                for i in cells[:4]
            )
            word = "entry" if len(cells) == 1 else "entries"
            return f"{whose} {word} {listed}{' ...' if len(cells) > 4 else ''} only."
        self.error = np.where(self.mask, np.abs(self.point.gradient) + 1e-300, 0.0)
        if place == "row":
            return f"{whose} row {self.where['class']} only: what is special about this class?"
        last = self.where["column"] == part.matrix_shape[1] - 1
        bias = " (the last one: the bias?)" if last else ""
        return f"{whose} column {self.where['column']}{bias} only."

    def guilty(self, member: NDArray[np.int_], count: int) -> list[int] | None:
        """The groups (entries of the same number in member) that are wrong; None for many."""
        if count <= 12:
            return [k for k in range(count) if self.wrong_in(member == k)]
        sample = self.rng.choice(count, 4, replace=False)
        if sum(self.wrong_in(member == k) for k in sample) >= 2:
            return None
        return self.bisect(member, count)

    def bisect(self, member: NDArray[np.int_], count: int) -> list[int] | None:
        """The wrong groups by halving, None where that takes too long."""
        found: list[int] = []
        stack = [(0, count, False)]
        tests = 0
        while stack:
            low, high, sure = stack.pop()
            tests += not sure
            if tests > 60 or len(found) > 8:
                return None
            if not sure and not self.wrong_in((member >= low) & (member < high)):
                if stack and stack[-1][0] == high:  # then the error is in the other half
                    stack[-1] = (*stack[-1][:2], True)
            elif high - low == 1:
                found.append(low)
            else:
                middle = (low + high) // 2
                stack += [(middle, high, False), (low, middle, False)]
        return sorted(found)

    def picture(self) -> Vector | None:
        """Relative error by row and column, at most 24 x 64 cells; None where not known."""
        if self.error is None:
            return None
        size = np.maximum(np.abs(self.point.gradient), np.abs(self.point.gradient + self.error))
        relative = np.abs(self.error) / np.maximum(size, 1e-300)
        parts = {part.name: part for part in self.tested.parts}
        part = parts.get(self.where.get("part", ""), self.tested.parts[0])
        picture = relative[part.place].reshape(part.matrix_shape)
        for axis, most in enumerate((24, 64)):
            starts = np.unique(np.linspace(0, picture.shape[axis], most, False).astype(int))
            picture = np.maximum.reduceat(picture, starts, axis=axis)
        return picture


def _one_or_all(found: list[Any]) -> Any:
    """The only one, or the list."""
    return found[0] if len(found) == 1 else found


def _true_class(says: str, shape: Vector) -> _Candidate:
    """A true-class term that is not as it should be."""
    return _Candidate(shape, lambda k: ("label", f"The true-class term {says}."))


def _miscounted(who: str, k: float) -> tuple[str, str]:
    """A sentence on samples, k of which is missing."""
    how = "missing" if k > 0 else "counted too often"
    return "example", f"{who} is {how}: check where the loop over samples starts and ends."


def _svg(picture: Vector) -> str:
    """A heat map in one hue, opaque where the relative error is 1; readable on light and dark."""
    rows, columns = picture.shape
    cell = max(4, min(16, 640 // columns))
    width, height = columns * cell, rows * cell
    shade = 0.15 + 0.85 * np.clip(1 + np.log10(np.maximum(picture, 1e-12)) / 8, 0, 1)
    squares = "".join(
        f'<rect x="{j * cell}" y="{i * cell}" width="{cell - 1}" height="{cell - 1}" fill="#d55e00"'
        f' fill-opacity="{shade[i, j]:.2f}"><title>row {i}, column {j}: {value:.1e}</title></rect>'
        for (i, j), value in np.ndenumerate(picture)
        if value > 0
    )
    return (
        f'<svg width="{max(width, 240) + 2}" height="{height + 22}" role="img" '
        'aria-label="relative error of the gradient by row and column" style="color:inherit">'
        f'<rect width="{width}" height="{height}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.4"/>{squares}<text y="{height + 16}" font-size="12" '
        'fill="currentColor">relative error by row and column</text></svg>'
    )


def plot_gradient_check(result: GradientCheck) -> Any:
    """Draw the relative error by row and column.

    Args:
        result: of a check that failed.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: the result holds no picture, as the gradient is right or its error has no place.
    """
    if result.picture is None:
        raise ValueError(
            f"There is nothing to draw for the verdict {result.verdict!r}: {result.message}"
        )
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(layout="constrained")
    image = axes.imshow(
        np.log10(np.maximum(result.picture, 1e-12)), cmap="cividis", aspect="auto", vmin=-8, vmax=0
    )
    figure.colorbar(image, label="log10 of the relative error")
    axes.set(xlabel="column", ylabel="row", title=result.message.splitlines()[0])
    return figure


@dataclass(frozen=True)
class SparseCheck:
    """One entry that grad_check_sparse looked at.

    index      where in x
    numerical  the central difference there
    analytic   the entry of the gradient that was handed in
    error      their relative error, 0 where both are zero
    """

    index: Index
    numerical: float
    analytic: float
    error: float


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return max |x - y| / max(1e-8, |x| + |y|) over all entries; 0 where both are zero.

    x, y  arrays or numbers.  Raises ValueError for two shapes that do not go together.
    """
    x, y = np.asarray(x), np.asarray(y)
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def eval_numerical_gradient(
    f: Callable[[Array], Any], x: Array, verbose: bool = False, h: float = 1e-5
) -> Array:
    """Return the numeric gradient of f at x, an array of the shape and dtype of x.

    f        takes x and returns one number
    x        floats of any shape; each entry is moved by h, in place, and put back, also after an
             exception, so that an f that reads x from outside sees the move
    verbose  whether to print each entry as it is found
    h        step, in the units of x

    Raises TypeError for an x that is not of floats.
    """
    gradient = np.zeros_like(_floats(x))
    for index in np.ndindex(x.shape):
        above, below = _both_sides(f, x, index, h)
        gradient[index] = (above - below) / (2 * h)
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(
    f: Callable[[Array], Array], x: Array, df: ArrayLike, h: float = 1e-5
) -> Array:
    """Return the numeric gradient of sum(f(x) * df) at x, an array of the shape and dtype of x.

    f   takes x and returns an array
    x   floats of any shape, moved entry by entry as in eval_numerical_gradient
    df  gradient from above, of the shape that f returns
    h   step, in the units of x

    Raises TypeError for an x that is not of floats.
    """
    gradient = np.zeros_like(_floats(x))
    for index in np.ndindex(x.shape):
        above, below = _both_sides(f, x, index, h)
        gradient[index] = np.sum((above - below) * df) / (2 * h)
    return gradient


def grad_check_sparse(
    f: Callable[[Array], Any],
    x: Array,
    analytic_grad: Array,
    num_checks: int = 10,
    h: float = 1e-5,
    seed: int | None = None,
) -> list[SparseCheck]:
    """Compare analytic_grad with the numeric gradient at some entries; print and return them.

    f              takes x and returns one number
    x              floats of any shape, moved entry by entry as in eval_numerical_gradient
    analytic_grad  the gradient in question, of the shape of x
    num_checks     how many entries at least: every row of a matrix is looked at, whatever this is
    h              step, in the units of x
    seed           of the choice of entries; None chooses anew each time

    One of the entries lies in the last column, where the bias is.  Below the entries stands what
    check_values thinks of the whole gradient.

    Raises TypeError for an x that is not of floats, and ValueError for a gradient of another shape.
    """
    _floats(x)
    if np.shape(analytic_grad) != x.shape:
        raise ValueError(
            f"analytic_grad has shape {np.shape(analytic_grad)}; expected {x.shape}, that of x."
        )
    checks = []
    for index in _sample(x.shape, num_checks, np.random.default_rng(seed)):
        above, below = _both_sides(f, x, index, h)
        numerical, analytic = float((above - below) / (2 * h)), float(analytic_grad[index])
        error = _relative_error(numerical, analytic)
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {error:e}")
        checks.append(SparseCheck(index, numerical, analytic, error))
    print(check_values(_in_place(f, x), x, analytic_grad, seed=seed or 0))
    return checks


def _in_place(f: Callable[[Array], Any], x: Array) -> Callable[[Array], Any]:
    """Return f as a function of a copy: x itself takes the copy's values while f is called.

    An old notebook's f may read the x outside instead of its argument.
    """

    def moved(place: Array) -> Any:
        kept = x.copy()
        x[...] = place
        try:
            return np.array(f(x))
        finally:
            x[...] = kept

    return moved


def _floats(x: Array) -> Array:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        given = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(
            f"x is {given}; expected a numpy array of floats, which a step of h can move: pass "
            "np.array(x, dtype=float)."
        )
    return x


def _both_sides(f: Callable[[Array], Any], x: Array, index: Index, h: float) -> tuple[Any, Any]:
    """Return f at x + h and at x - h in one entry, and leave x as it was."""
    kept = x[index]
    try:
        x[index] = kept + h
        above = np.array(f(x))
        x[index] = kept - h
        below = np.array(f(x))
    finally:
        x[index] = kept
    return above, below


def _sample(shape: Index, num_checks: int, rng: np.random.Generator) -> Iterator[Index]:
    """Yield random indices; of a matrix, every row in turn and first of all its last column."""
    num_checks = max(num_checks, shape[0]) if len(shape) == 2 else num_checks
    rows = rng.permutation(shape[0] if shape else 0)
    for check in range(num_checks):
        index = [int(rng.integers(size)) for size in shape]
        if len(shape) == 2:
            index[0] = int(rows[check % shape[0]])
            index[1] = shape[1] - 1 if check == 0 else index[1]
        yield tuple(index)


def _relative_error(numerical: float, analytic: float) -> float:
    size = abs(numerical) + abs(analytic)
    return abs(numerical - analytic) / size if size else 0.0
