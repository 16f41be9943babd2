"""docs/softmax.md holds what it says: its lines of code, its numbers, and its formulas."""

import ast
import doctest
import importlib
import inspect
import operator
import re
from pathlib import Path

import numpy as np
import pytest

from classifiers import (
    CrossEntropy,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    SquaredError,
    Tanh,
    log_softmax,
    network_loss,
    sigmoid,
    smooth_labels,
    softmax,
    softmax_cross_entropy,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_loss_naive,
    softmax_loss_vectorized,
    softmax_vjp,
)

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "softmax.md").read_text("utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
FORMULAS = re.findall(r"^\$\$\n(.*?)\n\$\$$", PAGE, re.M | re.S)
PROSE = re.sub(r"^(```|\$\$).*?^\1$", "", PAGE, flags=re.M | re.S)
INLINE = re.findall(r"\$([^$\n]+)\$", re.sub(r"`[^`]*`", "", PROSE))
NUMBERS = range(1, 22)
NO_FUNCTION = {7, 19}  # a wrong derivative, and one weight of a network

rng = np.random.default_rng(0)
C, D, N = 5, 7, 11
Z, G, T = rng.normal(size=(C, N)), rng.normal(size=(C, N)), rng.uniform(0, 2, (C, N))
P = softmax(Z)
W, b, X = rng.normal(size=(C, D)), rng.normal(size=C), rng.normal(size=(D, N))
y = rng.integers(C, size=N)
Y = np.arange(C)[:, None] == y


def quotes():
    """Return (file, function, line) of every line of code that the page attributes."""
    found = []
    for block in PYTHON:
        for line in block.splitlines():
            if place := re.fullmatch(r"# (classifiers/\w+\.py), ([\w.]+)", line):
                file, function = place.groups()
            elif not block.startswith(">>>"):
                found.append((file, function, line))
    return found


@pytest.mark.parametrize(("file", "function", "line"), quotes())
def test_a_quoted_line_stands_in_the_function_it_is_attributed_to(file, function, line):
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    source = inspect.getsource(operator.attrgetter(function)(module))
    assert line in [line.strip() for line in source.splitlines()]
    assert source in (ROOT / file).read_text("utf-8")


def test_lines_of_every_part_are_quoted():
    files = {Path(file).stem for file, _, _ in quotes()}
    assert files == {"activations", "layers", "losses", "network", "softmax_loss"}


def test_the_examples_print_what_stands_below_them():
    text = "".join(block for block in PYTHON if block.startswith(">>>"))
    example = doctest.DocTestParser().get_doctest(text, {}, "softmax.md", None, 0)
    assert len(example.examples) >= 10
    shown = []
    doctest.DocTestRunner().run(example, out=shown.append)
    assert "".join(shown) == ""


def cited():
    """Return the numbers of the formulas that docstrings in classifiers/ cite."""
    numbers = set()
    for file in sorted((ROOT / "classifiers").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Module):
                text = ast.get_docstring(node) or ""
                for group in re.findall(r"[Ff]ormulas?((?:(?:,| and)?\s\(\d+\))+)", text):
                    numbers |= {int(number) for number in re.findall(r"\d+", group)}
    return numbers


def test_every_formula_has_its_number_once_and_in_order():
    assert [int(number) for number in re.findall(r"\\tag\{(\d+)\}", PAGE)] == [*NUMBERS]
    assert all(formula.count(r"\tag") <= 1 for formula in FORMULAS)
    assert sum(formula.count(r"\tag") for formula in FORMULAS) == len(NUMBERS)


def test_docstrings_cite_the_formulas_that_are_there():
    assert cited() == {*NUMBERS} - NO_FUNCTION


@pytest.mark.parametrize("loss", [softmax_loss_naive, softmax_loss_vectorized])
def test_both_softmax_losses_cite_their_formulas(loss):
    assert "Formulas (20) and (21) of docs/softmax.md." in inspect.getdoc(loss)


def test_the_page_cites_formulas_that_are_there():
    assert {int(number) for number in re.findall(r"\((\d+)\)", PROSE)} <= {0, *NUMBERS}


def test_every_section_that_is_linked_is_there():
    titles = re.findall(r"^#+ (.*)$", PROSE, re.M)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    linked = set(re.findall(r"\]\(#([^)]*)\)", PAGE))
    assert len(linked) >= 9
    assert linked <= anchors


@pytest.mark.parametrize("formula", FORMULAS + INLINE)
def test_markdown_leaves_a_formula_as_it_is(formula):
    assert not re.search(r"\\[^a-zA-Z]", formula), "Markdown takes a backslash before a sign away"
    assert not re.search(r"(?<![a-zA-Z0-9])_", formula), "this underscore may start an emphasis"
    assert not re.search(r"[*<>`|~#$]|\]\(", formula), "a sign that Markdown takes for its own"
    assert not re.search(r"\\(operatorname|mbox|phantom|newcommand|def)\b", formula), "GitHub"
    assert formula.count("{") == formula.count("}")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_line_of_a_block_starts_like_a_list_or_a_title(formula):
    assert not re.search(r"^\s*([-+=]|\d+[.)]|$)", formula, re.M)


def test_formulas_stand_free():
    """A block has an empty line on either side, and a formula in a line a space or a stop."""
    assert len(FORMULAS) == len(re.findall(r"(?<=\n\n)\$\$\n[^$]+\n\$\$(?=\n\n)", PAGE))
    assert PAGE.count("$$") == 2 * len(FORMULAS)
    for line in re.sub(r"`[^`]*`", "", PROSE).splitlines():
        assert line.count("$") == 2 * len(
            re.findall(r"(?<!\S)\$[^$\s]([^$]*[^$\s])?\$(?![^\s.,:;])", line)
        )


def by_steps(function, z, step=1e-6):
    """Return the derivative of a number on each entry of z, by central differences."""
    gradient = np.zeros_like(z)
    for place in np.ndindex(z.shape):
        change = np.zeros_like(z)
        change[place] = step
        gradient[place] = (function(z + change) - function(z - change)) / (2 * step)
    return gradient


def test_formulas_1_to_3_are_one_function():
    np.testing.assert_allclose(P, np.exp(Z) / np.exp(Z).sum(axis=0))
    np.testing.assert_allclose(softmax(Z - Z.max(axis=0)), P)
    np.testing.assert_allclose(log_softmax(Z), np.log(P))


def test_formulas_4_and_5_are_one_jacobian_and_its_rows_and_columns_sum_to_zero():
    p = P[:, 0]
    J = softmax_jacobian_naive(p)
    np.testing.assert_allclose(J, softmax_jacobian_vectorized(p), atol=1e-16)
    rows = [by_steps(lambda z, i=i: softmax(z)[i], Z[:, 0]) for i in range(C)]
    np.testing.assert_allclose(J, rows, atol=1e-9)
    np.testing.assert_allclose([J.sum(axis=0), J.sum(axis=1)], 0, atol=1e-15)


def test_formula_6_is_a_product_with_the_jacobian():
    for n in range(N):
        product = softmax_jacobian_naive(P[:, n]).T @ G[:, n]
        np.testing.assert_allclose(softmax_vjp(P, G)[:, n], product, atol=1e-15)


def test_formula_7_is_the_diagonal_and_leaves_out_the_other_paths():
    exps = np.exp(Z)
    others = exps.sum(axis=0) - exps
    half = 1 / (2 + exps / others + others / exps)
    np.testing.assert_allclose(half, P * (1 - P))
    diagonals = [np.diag(softmax_jacobian_vectorized(p)) for p in P.T]
    np.testing.assert_allclose(half, np.transpose(diagonals))
    left_out = -P * ((P * G).sum(axis=0) - P * G)
    np.testing.assert_allclose(half * G + left_out, softmax_vjp(P, G), atol=1e-15)


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_formula_7_misses_one_part_in_the_number_of_classes(classes):
    z, loss = np.zeros((classes, 1)), SquaredError()
    p = softmax(z)
    loss.forward(p, np.array([0]))
    whole = softmax_vjp(p, loss.backward())
    np.testing.assert_allclose(p * (1 - p) * loss.backward() / whole, 1 - 1 / classes)


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ReLU()], ids=["(8)", "(9)", "(10)"])
def test_formulas_8_to_10_are_derivatives_with_one_path(layer):
    layer.forward(Z)
    derivative = {Sigmoid: sigmoid(Z) * (1 - sigmoid(Z)), Tanh: 1 - np.tanh(Z) ** 2, ReLU: Z > 0}
    np.testing.assert_allclose(layer.backward(G), G * derivative[type(layer)])
    steps = by_steps(lambda z: np.sum(G * layer.compute(z)), Z)
    np.testing.assert_allclose(layer.backward(G), steps, rtol=1e-5, atol=1e-9)


def test_formula_8_is_softmax_over_a_score_and_zero():
    np.testing.assert_allclose(sigmoid(Z), softmax(np.stack([Z, np.zeros_like(Z)]))[0])


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()], ids=["(12)", "(13)"])
def test_formulas_12_and_13_are_the_gradients_with_the_mean_in_both(loss):
    loss.forward(P, T)
    expected = {CrossEntropy: -T / P / N, SquaredError: (P - T) / N}[type(loss)]
    np.testing.assert_allclose(loss.backward(), expected)
    steps = by_steps(lambda p: loss.forward(p, T), P)
    np.testing.assert_allclose(expected, steps, rtol=1e-5, atol=1e-9)


def test_formulas_14_and_15_are_softmax_and_then_cross_entropy():
    loss, dz = softmax_cross_entropy(Z, T)
    tau = T.sum(axis=0)
    np.testing.assert_allclose(
        loss, np.mean(tau * np.log(np.exp(Z).sum(axis=0)) - (T * Z).sum(axis=0))
    )
    np.testing.assert_allclose(dz, (P @ np.diag(tau) - T) / N)
    np.testing.assert_allclose(dz, softmax_vjp(P, -T / P / N), atol=1e-15)
    np.testing.assert_allclose(dz.sum(axis=0), 0, atol=1e-15)
    assert np.abs(dz - (P - T) / N).max() > 0.01


def test_formula_16_sums_to_one():
    smooth = smooth_labels(y, C, 0.1)
    np.testing.assert_allclose(smooth, 0.9 * Y + 0.1 / C)
    np.testing.assert_allclose(smooth.sum(axis=0), 1)


def test_formulas_17_and_18_with_deltas_are_the_matrix_products():
    layer = Linear(W, b)
    scores = np.einsum("cd,dn->cn", W, X) + b[:, None]
    np.testing.assert_allclose(layer.forward(X), scores)
    dX = layer.backward(G)
    np.testing.assert_allclose(layer.dW, np.einsum("cn,ci,jn->ij", G, np.eye(C), X))
    np.testing.assert_allclose(layer.db, G @ np.ones(N))
    np.testing.assert_allclose(dX, np.einsum("cj,cn->jn", W, G))


@pytest.mark.parametrize("target", [[1.0, 0.0], [0.0, 1.0], [0.5, 1.0]], ids=str)
def test_formula_19_is_the_sum_of_both_paths(target):
    """Weight w21, from hidden unit 2 to output 1, is W2[0, 1]."""
    params = {"W1": W[:3], "b1": b[:3], "W2": W[3:, :3], "b2": b[3:]}
    x, t = X[:, :1], np.array(target)
    h = sigmoid(params["W1"] @ x + params["b1"][:, None])[:, 0]
    p1, p2 = softmax(params["W2"] @ h + params["b2"])
    both = -t[0] / p1 * p1 * (1 - p1) * h[1] + -t[1] / p2 * -p1 * p2 * h[1]
    np.testing.assert_allclose(both, h[1] * (t.sum() * p1 - t[0]))

    _, by_hand = network_loss(params, x, t[:, None])
    first, second = Linear(params["W1"], params["b1"]), Linear(params["W2"], params["b2"])
    layers = Sequential(first, Sigmoid(), second, Softmax(), loss=CrossEntropy())
    _, by_layers = layers.loss_and_grad(params, x, t[:, None])
    np.testing.assert_allclose([by_hand["W2"][0, 1], by_layers["W2"][0, 1]], both)


@pytest.mark.parametrize("softmax_loss", [softmax_loss_naive, softmax_loss_vectorized])
def test_formulas_20_and_21_are_the_loss_of_the_assignment(softmax_loss):
    reg, probabilities = 0.3, softmax(W @ X)
    loss, dW = softmax_loss(W, X, y, reg)
    data = np.mean(-np.log(probabilities[y, np.arange(N)]))
    np.testing.assert_allclose(loss, data + reg / 2 * np.sum(W * W))
    np.testing.assert_allclose(dW, (probabilities - Y) @ X.T / N + reg * W)
