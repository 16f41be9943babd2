"""The programs of tests/mistakes do what their names say: the wrong are wrong, the right right."""

import inspect
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.mistakes import CATALOGUE
from classifiers import softmax, softmax_loss_naive, softmax_loss_vectorized
from tests.mistakes.programs import (
    Edit,
    Wrong,
    combine,
    compiled,
    function_name,
    make,
    mutants,
    pairs,
    plain_source,
)
from tests.mistakes.softmax_loss import BASES, RIGHT, WRONG

REFERENCES = [softmax_loss_naive, softmax_loss_vectorized]
NOT_WRITTEN = {
    ("naive", "python-loop"): "loops are what the naive question asks for",
    ("vectorized", "python-loop"): "seen in the code and not in the values",
    ("naive", "labels-as-column"): "one label at a time is no column; see loss-in-an-array",
    ("vectorized", "returned-in-the-loop"): "there is no sample loop to end",
    ("vectorized", "divided-in-the-loop"): "there is no sample loop to divide in",
    ("vectorized", "last-sample-only"): "there is no sample loop to fall out of",
}


def drawn(C=5, D=7, N=11, seed=0, y=None):
    """Return W, X with a bias row of ones, and y with every class that N allows."""
    rng = np.random.default_rng(seed)
    W, X = rng.normal(size=(C, D)), rng.normal(size=(D, N))
    X[-1] = 1
    return W, X, rng.permutation(np.arange(N) % C) if y is None else np.array(y)


def with_scores(S, y):
    """Return W, X, y whose scores are S (C, N) and whose gradient is that on the scores."""
    return S, np.eye(S.shape[1]), y


def huge():
    """Return the four probes with huge scores."""
    S, y = np.random.default_rng(7).normal(size=(5, 11)), np.arange(11) % 5
    true = np.arange(5)[:, None] == y
    signs = np.where(np.arange(11) % 2, 1.0, -1.0)
    return {
        "common +1000": with_scores(S + 1000, y),
        "samples at ±2000": with_scores(S + 2000 * signs, y),
        "true class 1000 below": with_scores(S - 1000 * true, y),
        "all at 400": with_scores(np.full((5, 11), 400.0), y),
    }


ORDINARY = drawn()
INPUTS = {
    "ordinary": ORDINARY,
    "one sample": drawn(N=1),
    "one class": drawn(C=1),
    "two classes": drawn(C=2),
    "no sample of class 0": drawn(y=[1, 2, 3, 4] * 2 + [1, 2, 3]),
    "no sample of class 2": drawn(y=[0, 1, 3, 4] * 2 + [0, 1, 3]),
    "no sample of class 4": drawn(y=[0, 1, 2, 3] * 2 + [0, 1, 2]),
    **huge(),
}


def answer(function, W, X, y, reg):
    """Return loss and dW, or the name of what was raised or changed."""
    arguments = W.copy(), X.copy(), y.copy()
    with np.errstate(all="ignore"):
        try:
            loss, dW = function(*arguments, reg)
        except (IndexError, ValueError, ZeroDivisionError) as error:
            return type(error).__name__
    kept = all(map(np.array_equal, arguments, (W, X, y)))
    return (np.asarray(loss), np.asarray(dW)) if kept else "changed"


def close(found, expected, rtol=1e-10):
    if isinstance(found, str):
        return False
    return all(
        part.shape == np.shape(whole) and np.allclose(part, whole, rtol, rtol)
        for part, whole in zip(found, expected, strict=True)
    )


def right(*arguments):
    return softmax_loss_vectorized(*arguments)


def is_right(function, problem, reg=0.7):
    return close(answer(function, *problem, reg), right(*problem, reg))


def each_wrong(test):
    return pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)(test)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("reg", [0.0, 2.5])
@pytest.mark.parametrize("source", [*RIGHT.values(), *BASES.values()], ids=[*RIGHT, *BASES])
def test_a_right_program_agrees_with_the_reference(source, name, reg):
    W, X, y = (array.copy() for array in INPUTS[name])
    function = make(source)
    loss, dW = function(W, X, y, reg)
    assert close(map(np.asarray, function(W, X, y, reg)), (loss, dW), 0)
    assert close((np.asarray(loss), dW), right(*INPUTS[name], reg))
    assert all(map(np.array_equal, (W, X, y), INPUTS[name]))


def test_there_are_many_right_ways():
    names = [function_name(source) for source in RIGHT.values()]
    assert names.count("softmax_loss_naive") >= 10
    assert names.count("softmax_loss_vectorized") >= 10
    assert names == [f"softmax_loss_{name.split(',')[0]}" for name in RIGHT]


@pytest.mark.parametrize("name", [name for name in RIGHT if "float32" in name])
def test_a_program_called_float32_keeps_it(name):
    W, X, y = ORDINARY
    W, X = W.astype(np.float32), X.astype(np.float32)
    loss, dW = make(RIGHT[name])(W, X, y, 0.7)
    assert dW.dtype == np.float32
    assert close((np.asarray(loss), dW), right(W, X, y, 0.7), 1e-5)


@each_wrong
def test_a_wrong_program_is_wrong_where_it_says(wrong):
    function = make(wrong.source(BASES))
    assert is_right(function, ORDINARY) == bool(wrong.only_on)
    assert not all(is_right(function, problem) for problem in INPUTS.values())


@each_wrong
def test_a_program_fails_on_ordinary_problems_or_never_there(wrong):
    found = answer(make(wrong.source(BASES)), *ORDINARY, 0.7)
    assert (isinstance(found, str) and found.endswith("Error")) == wrong.fails


def test_edits_of_one_program_do_not_touch_each_other():
    for wrong in WRONG:
        spans = sorted(edit.span(BASES[wrong.base]) for edit in wrong.edits)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans)), wrong.name


def test_every_name_of_a_program_is_its_own():
    assert len({wrong.name for wrong in WRONG}) == len(WRONG)
    assert len({wrong.source(BASES) for wrong in WRONG}) == len(WRONG)


@pytest.mark.parametrize("question", ["naive", "vectorized"])
def test_every_mistake_of_the_catalogue_is_written(question):
    written = {wrong.id for wrong in WRONG if wrong.base.startswith(question)}
    excused = {id for base, id in NOT_WRITTEN if base == question}
    assert written | excused == set(CATALOGUE["softmax_loss"])
    assert not written & excused


def test_also_names_other_mistakes():
    for wrong in WRONG:
        assert set(wrong.also) <= set(CATALOGUE["softmax_loss"]) - {wrong.id}


def parts(W, X, y, reg):
    """Return the pieces that the wrong formulas below are made of."""
    C, N = len(W), len(y)
    P = softmax(W @ X)
    Y = (np.arange(C)[:, None] == y) * 1.0
    L, G = right(W, X, y, 0)
    return C, N, L, 0.5 * reg * np.sum(W * W), G, reg * W, P, Y


def formulas(W, X, y, reg):
    """Return for a mistake's id the loss and the gradient that it makes of the right formula."""
    C, N, L, R, G, V, P, Y = parts(W, X, y, reg)
    p = P[y, np.arange(N)]
    gradients = {
        "true-class-plus-one": P + Y,
        "true-class-assigned": P * (1 - Y) - Y,
        "true-class-zeroed": P * (1 - Y),
        "only-true-class": (P - 1) * Y,
        "true-class-forgotten": P,
        "true-class-in-class-loop": P - C * Y,
        "chain-rule-twice": P * (P - Y),
        "diagonal-jacobian": P * (1 - P),
        "indexed-rows": P - 1,
        "data-gradient-sign": Y - P,
        "last-sample-only": (P - Y) * (np.arange(N) == N - 1),
    }
    losses = {
        "loss-sign": -L,
        "log-missing": -p.mean(),
        "one-minus-p": -np.log(1 - p).mean(),
        "loss-over-all-classes": -np.log(P).sum() / N,
        "log-eps": -np.log(p + 1e-8).mean(),
        "loss-after-subtraction": np.nan,
    }
    return {
        **{id: (L + R, dS @ X.T / N + V) for id, dS in gradients.items()},
        **{id: (loss + R, G + V) for id, loss in losses.items()},
        "mean-missing-in-gradient": (L + R, N * G + V),
        "mean-missing-in-loss": (N * L + R, G + V),
        "mean-missing": (N * L + R, N * G + V),
        "mean-twice": (L / N + R, G / N + V),
        "mean-over-classes": (N * L / C + R, N * G / C + V),
        "mean-over-classes-and-samples": (L / C + R, G / C + V),
        "precedence-in-gradient": (L + R, N * G / (N + V)),
        "precedence": (N * L / (N + R), N * G / (N + V)),
        "reg-divided-by-n-in-gradient": (L + R, G + V / N),
        "reg-divided-by-n": (L + R / N, G + V / N),
        "reg-missing-in-gradient": (L + R, G),
        "reg-missing-in-loss": (L, G + V),
        "reg-missing": (L, G),
        "reg-doubled-in-gradient": (L + R, G + 2 * V),
        "reg-halved-in-gradient": (L + R, G + V / 2),
        "reg-half-missing-in-loss": (L + 2 * R, G + V),
        "other-convention": (L + 2 * R, G + 2 * V),
        "reg-sign": (L - R, G - V),
        "reg-sum-of-weights": (L + reg * np.sum(W), G + V),
        "reg-number-added": (L + R, G + 2 * R),
        "norm-not-squared": (L + reg * np.sqrt(np.sum(W * W)), G + V),
        "reg-l1": (L + reg * np.sum(np.abs(W)), G + reg * np.sign(W)),
        "reg-in-sample-loop": (L + N * R, G + V),
        "reg-bias-left-out": (
            L + 0.5 * reg * np.sum(W[:, :-1] ** 2),
            G + V * (np.arange(W.shape[1]) < W.shape[1] - 1),
        ),
        "gradient-zero": (L + R, 0 * G),
        "result-transposed": (L + R, (G + V).T),
        "result-swapped": (G + V, L + R),
    }


def first_of(id, base):
    """Return the plain program of a mistake, which stands first."""
    return next(wrong for wrong in WRONG if (wrong.id, wrong.base) == (id, base))


@pytest.mark.parametrize("id", formulas(*ORDINARY, 0.7))
@pytest.mark.parametrize("base", ["naive", "vectorized"])
def test_a_wrong_program_makes_the_mistake_it_is_named_after(base, id):
    if (base, id) not in NOT_WRITTEN:
        found = answer(make(first_of(id, base).source(BASES)), *ORDINARY, 0.7)
        expected = formulas(*ORDINARY, 0.7)[id]
        assert np.allclose(found[0], expected[0], equal_nan=True)
        assert np.allclose(found[1], expected[1])


SHOWS_ON = {
    "no-maximum": {"common +1000", "samples at ±2000"},
    "global-maximum": {"samples at ±2000"},
    "shift-wrong-sign": {"common +1000", "samples at ±2000", "all at 400"},
    "log-underflow": {"true class 1000 below"},
    "probability-clipped": {"true class 1000 below"},
    "nan-hidden": {"true class 1000 below"},
    "classes-from-batch": {f"no sample of class {c}" for c in (0, 2, 4)},
}


@pytest.mark.parametrize("id", SHOWS_ON)
@pytest.mark.parametrize("base", ["naive", "vectorized"])
def test_a_rare_mistake_shows_where_it_should(base, id):
    function = make(first_of(id, base).source(BASES))
    many = [name for name in INPUTS if name not in ("one sample", "one class")]
    assert {name for name in many if not is_right(function, INPUTS[name])} == SHOWS_ON[id]


@pytest.mark.parametrize(
    ("id", "name", "loss"),
    [
        ("no-maximum", "common +1000", np.inf),
        ("log-underflow", "true class 1000 below", np.inf),
        ("log-eps", "true class 1000 below", -np.log(1e-8)),
        ("probability-clipped", "true class 1000 below", -np.log(1e-12)),
        ("nan-hidden", "true class 1000 below", np.finfo(float).max),
    ],
)
def test_huge_scores_give_the_loss_of_the_mistake(id, name, loss):
    found = answer(make(first_of(id, "vectorized").source(BASES)), *INPUTS[name], 0.0)
    assert np.allclose(found[0], loss, equal_nan=True)


def test_a_random_minibatch_is_another_at_each_call():
    for wrong in WRONG:
        if wrong.id == "random-minibatch":
            function = make(wrong.source(BASES))
            losses = {float(function(*ORDINARY, 0.7)[0]) for _ in range(4)}
            assert (len(losses) > 1) == (wrong.variant != "the same at each call")


def count_and_right(pairs_of_mistakes):
    """Return how many pairs there are, and those whose program is right everywhere."""
    count, cancelled = 0, []
    for a, b, source in pairs_of_mistakes:
        count, function = count + 1, make(source, f"softmax_loss_{a.base.split(',')[0]}")
        if all(is_right(function, problem) for problem in INPUTS.values()):
            cancelled.append((a.name, b.name))
    return count, cancelled


def test_no_two_mistakes_cancel():
    firsts = list({(wrong.id, wrong.base): wrong for wrong in reversed(WRONG)}.values())
    count, cancelled = count_and_right(pairs(firsts, BASES))
    assert count > 500
    assert not cancelled


def test_a_pair_that_is_a_third_mistake_is_left_out():
    bases = {"base": "ab"}
    a, b = (Wrong(old, "base", (Edit(old, "1"),)) for old in "ab")
    both = Wrong("ab", "base", a.edits + b.edits)
    assert list(pairs([a, b], bases)) == [(a, b, "11")]
    assert list(pairs([a, b, both], bases)) == []


@pytest.mark.slow
def test_no_two_variants_cancel():
    count, cancelled = count_and_right(pairs(WRONG, BASES))
    assert count > 20_000
    assert not cancelled


@given(st.sampled_from(WRONG), st.sampled_from(WRONG))
def test_the_order_of_two_mistakes_does_not_matter(a, b):
    both = combine(a, b, BASES)
    assert both == combine(b, a, BASES)
    if both is not None:
        assert a.base == b.base
        assert both not in (BASES[a.base], a.source(BASES), b.source(BASES))
        assert all(edit.new in both for edit in a.edits + b.edits)


def test_mistakes_that_are_not_compatible():
    bases = {"one": "abcd", "two": "abcd"}
    ab, bc, cd = (Wrong(old, "one", (Edit(old, "-"),)) for old in ("ab", "bc", "cd"))
    assert combine(ab, cd, bases) == "--"
    assert combine(ab, bc, bases) is None
    assert combine(ab, Wrong("cd", "two", cd.edits), bases) is None
    assert combine(ab, Wrong("cd", "one", cd.edits, fails=True), bases) is None


@pytest.mark.parametrize("old", ["x", "a"])
def test_an_edit_whose_text_is_not_there_once_is_refused(old):
    with pytest.raises(ValueError, match=f"'{old}' stands [02] times"):
        Wrong("id", "base", (Edit(old, "-"),)).source({"base": "banan"})


def test_a_program_shows_its_lines():
    source = "def double(W):\n    return 2 * np.asarray(W)\n"
    function = make(source)
    assert function(3) == 6
    assert inspect.getsource(function) == source
    assert make(source, "double") is not function
    with pytest.raises(SyntaxError):
        make("def double(W):\n")
    assert compiled("def double(W):\n") is None


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_is_right_as_a_bare_program(reference):
    source = plain_source(reference)
    assert "check_inputs" not in source
    assert all(is_right(make(source), problem) for problem in INPUTS.values())


@pytest.mark.parametrize("reference", REFERENCES)
def test_mutants_are_many_and_always_the_same(reference):
    source = plain_source(reference)
    found = mutants(source)
    assert found == mutants(source)
    assert len({mutant.source for mutant in found} | {source}) == len(found) + 1
    assert len(found) > 150
    assert all(compiled(mutant.source) for mutant in found)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("a = b - c", "a = b + c"),
        ("a = b / c", "a = b"),
        ("a = b == c", "a = b < c"),
        ("a = 2", "a = 0"),
        ("a = 2", "a = 2.021"),
        ("a = b.sum(axis=0)", "a = b.sum(axis=1)"),
        ("a = b.sum(axis=0)", "a = b.sum()"),
        ("a += b", "a = b"),
        ("a += b", "a -= b"),
        ("a = X.T", "a = X"),
        ("a = W @ X", "a = W @ X.T"),
        ("a = b[y[i]]", "a = b[i]"),
        ("a = b[:, i]", "a = b[i, :]"),
        ("for i in range(N):\n    a = b", "for i in range(1, N):\n    a = b"),
        ("for i in range(N):\n    a = b", "for i in range(N - 1):\n    a = b"),
        ("a = -b", "a = b"),
        ("a = b\nc = d", "pass\nc = d"),
        ("a = b\nc = d", "c = d\na = b"),
        ("a = np.exp(b)", "a = b"),
    ],
)
def test_a_mutant_of_each_kind(line, changed):
    assert changed + "\n" in [mutant.source for mutant in mutants(line)]


def test_each_mutant_has_one_change():
    changed = [mutant.source for mutant in mutants("a = b\nc = d\ne = f")]
    assert sorted(changed) == [
        "a = b\nc = d\npass\n",
        "a = b\ne = f\nc = d\n",
        "a = b\npass\ne = f\n",
        "c = d\na = b\ne = f\n",
        "pass\nc = d\ne = f\n",
    ]


def test_the_program_itself_is_no_mutant():
    assert "a = b\na = b\n" not in [mutant.source for mutant in mutants("a = b\na = b")]


def test_a_mutant_says_what_was_changed():
    (mutant,) = (mutant for mutant in mutants("a = 1\nb = c + 1") if "c - 1" in mutant.source)
    assert mutant.description == "line 2: c + 1 becomes c - 1"
