"""Every known mistake has its texts, and every program of the smaller questions is what it says."""

import copy
import importlib
import inspect
import re
import warnings
from collections import Counter

import numpy as np
import pytest

import classifiers
import classifiers.losses
from checks.mistakes import CATALOGUE, parse_catalogue
from checks.problems import PROBLEMS
from tests.mistakes.programs import make

REFERENCES = {
    "svm_loss": classifiers.svm_loss_vectorized,
    "softmax": classifiers.softmax,
    "softmax_jacobian": classifiers.softmax_jacobian_vectorized,
    "softmax_vjp": classifiers.softmax_vjp,
    "softmax_cross_entropy": classifiers.softmax_cross_entropy,
    "network_loss": classifiers.network_loss,
}
MODULES = {name: importlib.import_module(f"tests.mistakes.{name}") for name in CATALOGUE}
ENTRIES = [
    pytest.param(mistake, id=f"{name}.{mistake.id}")
    for name, mistakes in CATALOGUE.items()
    for mistake in mistakes.values()
]
over_catalogues = pytest.mark.parametrize("catalogue", CATALOGUE)
over_entries = pytest.mark.parametrize("mistake", ENTRIES)


def programs(kind):
    """Run a test once for each (catalogue, name, program) of BASES, RIGHT or WRONG."""
    found = []
    for catalogue in REFERENCES:
        module = MODULES[catalogue]
        if kind == "WRONG":
            found += [(catalogue, wrong.name, wrong) for wrong in module.WRONG]
        else:
            found += [(catalogue, *item) for item in getattr(module, kind).items()]
    marks = [pytest.param(*one, id=": ".join(one[:2])) for one in found]
    return pytest.mark.parametrize(("catalogue", "name", "program"), marks)


def texts(mistake):
    return [mistake.title, mistake.meaning, mistake.next_step, *mistake.hints]


@over_catalogues
def test_every_wrong_program_has_its_texts_and_every_text_a_wrong_program(catalogue):
    used = {id for wrong in MODULES[catalogue].WRONG for id in (wrong.id, *wrong.also)}
    assert used | {"python-loop"} == {*CATALOGUE[catalogue], "python-loop"}
    vectorized = catalogue in ("softmax_loss", "svm_loss", "softmax_jacobian")
    assert ("python-loop" in CATALOGUE[catalogue]) == vectorized
    assert all(id == mistake.id for id, mistake in CATALOGUE[catalogue].items())
    assert len(used) >= 8


@over_catalogues
def test_no_text_is_said_twice_in_a_catalogue(catalogue):
    said = Counter(text for mistake in CATALOGUE[catalogue].values() for text in texts(mistake))
    assert [text for text, times in said.items() if times > 1] == []


@over_entries
def test_texts_have_their_form(mistake):
    title, meaning, next_step, *hints = texts(mistake)
    assert len(hints) == 3
    assert title[0].islower() or title.split()[0] == "float32"
    assert title[-1] not in ".?!"
    assert len(title.split()) <= 14
    assert next_step.count("?") == 1
    assert next_step.endswith("?")
    assert 1 <= len(re.findall(r"[.?]( |$)", meaning)) <= 2
    assert meaning.endswith(".")
    for text in (meaning, next_step, *hints):
        assert text == text.strip()
        assert text[0].isupper()
        assert text[-1] in ".?"


# The convention is public in every docstring, with the half and, in other courses, without.
CONVENTION = re.compile(r"`(0\.5 \* )?reg \* sum\(W \* W\)`")
NAME_OR_INDEX = re.compile(r"\w+(\[[\w:, ]+\])?")
CODE = re.compile(r"np\.|\w\(|\)\.\w|\*\*|==|[-+*/@]=| [=@*/+] |\w\[[^\]]*\]")


@over_entries
def test_no_text_holds_code(mistake):
    for text in texts(mistake):
        plain = CONVENTION.sub("it", text)
        quoted = re.findall(r"`([^`]*)`", plain)
        assert all(NAME_OR_INDEX.fullmatch(name) for name in quoted), text
        assert not CODE.search(re.sub(r"`[^`]*`", "it", plain)), text


def normalized(text):
    return re.sub(r"[\s`]+", "", text)


def solution_lines():
    lines = set()
    for name in ("softmax_loss", "linear_svm", "activations", "losses", "network"):
        source = inspect.getsource(importlib.import_module(f"classifiers.{name}"))
        for part in source.split("# BEGIN SOLUTION")[1:]:
            lines |= {normalized(line) for line in part.split("# END SOLUTION")[0].splitlines()}
    return {line for line in lines if len(line) > 4}


def test_no_text_holds_a_line_of_a_solution():
    lines = solution_lines()
    assert normalized("dW = dW / N + reg * W") in lines
    assert len(lines) > 40
    said = normalized(" ".join(t for entry in ENTRIES for t in texts(entry.values[0])))
    assert not [line for line in lines if line in said]


def results(function, arguments):
    """Return what a program returned as a list of arrays, and the arguments as it left them."""
    arguments = copy.deepcopy(arguments)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            returned = function(*arguments)
        except Exception as error:
            return [type(error)], arguments
    parts = returned if isinstance(returned, tuple) else (returned,)
    found = []
    for part in parts:
        found += [part[key] for key in sorted(part)] if isinstance(part, dict) else [part]
    return found, arguments


def in_float32(value):
    if isinstance(value, (tuple, dict)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        changed = {key: in_float32(part) for key, part in pairs}
        return changed if isinstance(value, dict) else tuple(changed.values())
    floats = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.float32) if floats else value


def calls(catalogue):
    """Return (name, arguments, tolerance): the problems of two seeds, and float32 ones."""
    for seed in (0, 1):
        for problem in PROBLEMS[catalogue](seed):
            yield problem.name, problem.arguments, 1e-9
    for problem in PROBLEMS[catalogue](2)[:4]:
        yield f"float32, {problem.name}", in_float32(problem.arguments), 1e-4
    if catalogue == "network_loss":
        params, X, _ = PROBLEMS[catalogue](0)[0].arguments
        below = {**params, "b2": params["b2"] - 1000 * (np.arange(5) == 0)}
        yield "the true class 1000 below the others", (below, X, np.arange(11) % 5), 1e-9


def flat(arguments):
    parts = arguments.values() if isinstance(arguments, dict) else arguments
    return [x for part in parts for x in (flat(part) if isinstance(part, dict) else [part])]


def unlike(catalogue, function):
    """Return the names of all calls where a function is not like the reference."""
    found = []
    for name, arguments, tolerance in calls(catalogue):
        expected, _ = results(REFERENCES[catalogue], arguments)
        got, left = results(function, arguments)
        same = len(got) == len(expected) and all(
            np.shape(a) == np.shape(b)
            and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
            and (np.ndim(b) == 0 or a.dtype == b.dtype)
            for a, b in zip(got, expected, strict=True)
            if not isinstance(a, type)
        )
        same = same and not any(isinstance(a, type) for a in got)
        kept = all(np.array_equal(a, b) for a, b in zip(flat(left), flat(arguments), strict=True))
        found += [] if same and kept else [name]
    return found


@programs("RIGHT")
def test_right_programs_agree_with_the_reference(catalogue, name, program):
    function = make(program)
    assert function.__name__.startswith(catalogue)
    if ": " in name:
        assert function.__name__ == f"{catalogue}_{name.partition(':')[0]}"
    assert unlike(catalogue, function) == []


@programs("BASES")
def test_bases_agree_with_the_reference(catalogue, name, program):
    assert unlike(catalogue, make(program)) == []


@programs("WRONG")
def test_wrong_programs_differ_from_the_reference(catalogue, name, program):
    source = program.source(MODULES[catalogue].BASES)
    assert source != MODULES[catalogue].BASES[program.base]
    assert unlike(catalogue, make(source))


@pytest.mark.parametrize("catalogue", REFERENCES)
def test_there_are_six_right_programs_of_each_question(catalogue):
    module = MODULES[catalogue]
    ways = [name.partition(":")[0] if ": " in name else "" for name in module.RIGHT]
    assert min(ways.count(way) for way in {*ways}) >= 6
    assert {wrong.base for wrong in module.WRONG} == {*module.BASES}


ENTRY = '[softmax.x]\ntitle = "a"\nmeaning = "b"\nnext_step = "c?"\nhints = ["d", "e", "f"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.replace("next_step", "nextstep"), r"\[softmax.x\] has title, meaning, nextstep"),
        (ENTRY.replace('["d", "e", "f"]', '"one"'), r"\[softmax.x\]: the hints are 'one'"),
        (ENTRY.replace(', "f"', ""), r"\[softmax.x\]: .*expected a list of three"),
        (ENTRY + '[borrowed]\nsoftmax.softmax = ["y"]\n', "softmax has no entry y"),
    ],
)
def test_a_slip_in_the_texts_is_told_with_its_entry(text, said):
    assert parse_catalogue(ENTRY)["softmax"]["x"].hints == ("d", "e", "f")
    with pytest.raises(ValueError, match=said):
        parse_catalogue(text)
