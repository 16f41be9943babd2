"""check() on right, wrong, unattempted and broken answers, and what it leaves as it was."""

import json
import os
import random
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifiers
from checks import check
from checks.probes import FILE, SEEDS, stored
from checks.questions import QUESTIONS
from tests.mistakes import run, write_probes
from tests.mistakes.programs import make
from tests.mistakes.softmax_loss import BASES, RIGHT
from tests.notebooks import SOFTMAX, execute, read

NAIVE = BASES["naive"]
CATALOGUES = sorted({question.catalogue for question in QUESTIONS.values()})
LOSS = "np.log(total) - shifted[y[i]]"


def changed(old, new, source=NAIVE):
    """Return the program with one text in it replaced."""
    assert source.count(old) == 1
    return make(source.replace(old, new))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_reference_is_correct_and_keeps_every_law(question):
    for seed in (0, 7, SEEDS + 3):
        result = check(getattr(classifiers, question), seed=seed)
        assert result.outcome == "correct", result
        assert result.laws
        assert all(law.held for law in result.laws)
        assert result.mistakes == []


@pytest.mark.parametrize("name", RIGHT)
def test_every_right_way_of_writing_it_is_correct(name):
    result = check(make(RIGHT[name]), run.question("softmax_loss", name), seed=3)
    assert result.outcome == "correct", result


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_fifth_mistake_is_caught_and_named(catalogue):
    programs = {asked.row: asked for asked in reversed(list(run.wrong(catalogue)))}
    for seed, asked in enumerate([*programs.values()][::5]):
        heard = run.ask((asked, seed))
        assert heard.caught, asked
        assert not {*asked.ids}.isdisjoint(heard.mistakes), (asked, heard)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stub_is_not_attempted(question):
    def stub(*arguments):
        raise NotImplementedError(f"{question} is not written yet: fill in its cell.")

    result = check(stub, question)
    assert (result.outcome, result.mistakes) == ("not attempted", [])
    assert question in result.seen


def test_an_answer_that_waits_for_another_is_blocked():
    source = "def softmax_cross_entropy(z, target):\n    raise NotImplementedError('not yet')\n"
    source += "def network_loss(params, X, target):\n    return softmax_cross_entropy(X, target)\n"
    result = check(make(source))
    assert result.outcome == "blocked"
    assert "softmax_cross_entropy" in result.seen
    assert not result


def test_an_error_is_told_with_their_own_line():
    result = check(changed("p[y[i]] -= 1", "p[y[i] + 10] -= 1"), "softmax_loss_naive")
    assert result.outcome == "error"
    assert "IndexError" in result.seen
    assert "p[y[i] + 10] -= 1" in result.seen
    assert "examine.py" not in str(result)


def test_an_error_on_one_sample_alone_is_found():
    result = check(changed("    for i in", "    1 / (N - 1)\n    for i in"), "softmax_loss_naive")
    assert result.outcome == "error"
    assert "ZeroDivisionError" in str(result)


def test_an_endless_loop_is_stopped_and_told(monkeypatch):
    monkeypatch.setattr("checks.verdict.LIMIT", 0.3)
    result = check(
        changed("    for i in", "    while True: pass\n    for i in"), "softmax_loss_naive"
    )
    assert result.outcome == "error"
    assert "while True: pass" in result.seen


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("None", "returns nothing"),
        ("dW", "returns 1 values, and 2 are expected"),
        ("(loss, dW, 3)", "returns 3 values, and 2 are expected"),
        ("(dW, loss)", "the loss comes first"),
        ("(loss, dW.T)", "Your gradient has shape (7, 5), the transpose of (5, 7)"),
        ("(loss, dW.astype(int))", "Your gradient has dtype int64"),
        ("(loss, 'text')", "Your gradient has shape ()"),
        ("(loss, [[1], [2, 3]])", "ValueError"),
        ("(loss, None)", "Your gradient has shape ()"),
    ],
)
def test_what_is_returned_in_another_form_is_told(returned, sentence):
    result = check(changed("return loss, dW", f"return {returned}"), "softmax_loss_naive")
    assert not result.ok
    assert sentence in result.seen


@pytest.mark.parametrize(
    ("old", "new", "said", "unsaid"),
    [
        ("p = exps / total", "p = exps / totl", "NameError", "label"),
        ("    return loss, dW\n", "", "returns nothing", "label"),
        ("return loss, dW", "return loss", "returns 1 values", "label"),
        (LOSS, "-np.log(p[y[i]])", "rounded to zero", "a small number is added inside"),
        ("np.max(scores)", "max(0, np.max(scores))", "scores near -1000", "whole array"),
        ("p = exps / total", "p = np.round(exps / total, 6)", "off by", "array was made in"),
        ("loss = 0.0", "loss = np.zeros(1)", "shape (1,)", "labels"),
    ],
)
def test_what_is_not_known_for_certain_is_not_said(old, new, said, unsaid):
    result = check(changed(old, new), "softmax_loss_naive")
    told = "\n".join([result.seen, result.meaning, *result.titles])
    assert said in told
    assert unsaid not in told


def test_where_only_one_part_is_wrong_the_other_is_not_blamed():
    result = check(changed("loss = loss / N\n", "loss = loss / C\n"), "softmax_loss_naive")
    assert "Your gradient comes out right, your loss does not." in result.seen
    assert "gradient is" not in result.seen


@pytest.mark.parametrize("eps", ["1e-9", "3e-8", "1e-20", "1e-300"])
def test_an_epsilon_that_is_in_no_list_is_named_too(eps):
    result = check(changed(LOSS, f"-np.log(p[y[i]] + {eps})"), "softmax_loss_naive")
    assert "log-eps" in result.mistakes


def test_a_formula_that_is_in_no_catalogue_is_read_back_and_not_guessed_at():
    result = check(changed("p[y[i]] -= 1", "p[y[i]] -= 0.9"), "softmax_loss_naive")
    assert result.outcome == "incorrect"
    assert "P − 0.9 Y" in result.seen
    assert result.mistakes == []
    assert "none of the mistakes known" in result.meaning


def test_the_sample_that_is_furthest_off_is_named():
    skipped = "p[y[i]] -= 1 + 0.5 * (i == 4)"
    result = check(changed("p[y[i]] -= 1", skipped), "softmax_loss_naive")
    assert result.outcome == "incorrect"
    assert not result.mistakes


def test_a_python_loop_is_a_mistake_where_none_should_be():
    assert check(make(NAIVE), "softmax_loss_naive").ok
    result = check(make(NAIVE), "softmax_loss_vectorized")
    assert (result.outcome, result.mistakes) == ("incorrect", ["python-loop"])
    assert "for i in range(N):" in result.seen


def test_what_is_wrong_with_the_names_of_gradients_is_told():
    def renamed(params, X, target):
        loss, grads = classifiers.network_loss(params, X, target)
        return loss, {f"d{name}": grad for name, grad in grads.items()}

    assert "called dW1, dW2, db1, db2" in check(renamed, "network_loss").seen
    listed = lambda *problem: (0.5, [*classifiers.network_loss(*problem)[1].values()])  # noqa: E731
    assert "no dict" in check(listed, "network_loss").seen


def test_what_a_student_has_is_left_as_it_was():
    kept = {"calls": 0, "array": np.zeros(3)}
    source = "def softmax_loss_naive(W, X, y, reg):\n    kept['calls'] += 1; kept['array'] += 1\n"
    source += "    np.random.seed(1); np.seterr(all='raise'); print('noise')\n"
    source += "    X *= 0; W += 1; y[:] = 0\n"
    function = make(source + "    return 0.0, W\n")
    function.__globals__["kept"] = kept
    np.random.seed(5)
    random.seed(5)
    state = np.random.get_state()[1].tobytes(), random.getstate(), np.geterr()
    result = check(function)
    assert kept["calls"] == 0
    assert not kept["array"].any()
    assert state == (np.random.get_state()[1].tobytes(), random.getstate(), np.geterr())
    assert "input-changed" in result.mistakes
    assert any("prints" in note for note in result.notes)


def test_the_same_seed_gives_the_same_record_and_it_is_plain_json():
    records = [
        check(changed("    dW = dW / N\n", ""), "softmax_loss_naive").to_dict() for _ in "ab"
    ]
    for record in records:
        record.pop("seconds")
    assert records[0] == records[1]
    assert json.loads(json.dumps(records[0])) == records[0]
    assert records[0]["mistakes"] == ["mean-missing-in-gradient"]


def test_hints_grow_blunter_and_end():
    function = changed("    dW = dW / N\n", "")
    hints = [str(check(function, "softmax_loss_naive").hint()) for _ in range(3)]
    assert len({*hints}) == 3


def test_an_unknown_question_is_refused_with_one_that_is_alike():
    with pytest.raises(ValueError, match='check\\(softmax_loss, "softmax_loss_naive"\\)'):
        check(lambda: None, "softmax_loss")
    with pytest.raises(TypeError, match="expected your function"):
        check(3)
    with pytest.raises(ValueError, match="seed is -1; expected 0 or more"):
        check(classifiers.softmax, seed=-1)


def test_a_matrix_or_a_longer_float_is_as_right_as_an_array():
    for ending in ("loss, np.asmatrix(dW)", "np.longdouble(loss), dW.astype(np.longdouble)"):
        assert check(changed("loss, dW\n", ending + "\n"), "softmax_loss_naive").ok


def test_partial_functions_and_callable_objects_can_be_checked():
    assert check(partial(classifiers.softmax_loss_naive), "softmax_loss_naive").ok


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_any_seed_will_do(seed):
    assert check(classifiers.softmax_vjp, seed=seed).ok


@pytest.mark.slow
def test_the_programs_of_the_table_are_caught_and_named_and_the_right_ones_pass():
    for catalogue in CATALOGUES:
        for asked, heard in run.ask_all(list(run.wrong(catalogue)), [1, 13]):
            assert heard.caught, asked
            assert not {*asked.ids}.isdisjoint(heard.mistakes), (asked, heard)
        for asked, heard in run.ask_all(list(run.right(catalogue)), range(20)):
            assert heard.outcome == "correct", (asked, heard)


@pytest.mark.slow
@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_mutant_that_changes_a_result_is_caught_and_every_other_passes(catalogue):
    for asked, heard in run.ask_all(list(run.mutated(catalogue)), [2]):
        assert heard.caught == (asked.row == "changed"), (asked, heard)


@pytest.mark.slow
def test_the_stored_probes_are_those_that_the_programs_give_now(tmp_path):
    write_probes.write(tmp_path / "probes.npz")
    with np.load(tmp_path / "probes.npz") as fresh, np.load(FILE) as stored:
        assert {*fresh} == {*stored}
        for name in fresh:
            assert fresh[name].shape == stored[name].shape, f"{name}: softmax-lab mistakes --write"
            if fresh[name].dtype.kind == "f":
                np.testing.assert_allclose(fresh[name], stored[name], rtol=1e-5, atol=2e-4)
            else:
                np.testing.assert_array_equal(fresh[name], stored[name])


def test_the_stored_answers_are_those_of_the_reference():
    for catalogue in CATALOGUES:
        fresh = write_probes.right_answers(catalogue)
        np.testing.assert_allclose(stored(f"{catalogue}.answers"), fresh, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "ending",
    [
        "return loss, dW[:, : N % 5 + 1]",
        "return (loss, dW) if N > 5 else 3",
        "return (loss, dW) if N > 1 else None",
        "return (loss, dW) if C != 2 else (loss, dW, 'more')",
        "return 'loss', 'dW'",
        "return loss, np.array([object()])",
        "return loss + 1j, dW + 1j",
        "return {1: loss}, {2: dW}",
        "return loss, {'W': {'deeper': dW}}",
        "return (x for x in (loss, dW))",
        "return np.float64('nan'), dW * np.nan",
        "return loss, np.zeros((0, 3))",
        "return type('T', (), {'__array__': lambda *a, **k: 1 / 0})(), dW",
        "return loss, type('T', (), {'shape': (5, 7), 'dtype': float})()",
        "return loss, np.full(dW.shape, '0.5')",
        "return 10**400, dW",
    ],
)
def test_odd_results_are_wrong_and_never_a_traceback_of_ours(ending):
    for question in ("softmax_loss_naive", "softmax_loss_vectorized"):
        result = check(changed("return loss, dW", ending), question)
        assert result.outcome in ("incorrect", "error"), result
        assert "could not go on" not in result.seen
        assert str(result)
        assert result._repr_html_()
        json.dumps(result.to_dict())


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_in_a_notebook_one_object_is_shown_and_no_picture_of_theirs():
    notebook = read()
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    drawn = "    plt.plot(p); plt.show(); print('noise'); display(loss)\n    return loss, dW"
    for source in (NAIVE.replace("    return loss, dW", drawn), "check(softmax_loss_naive)"):
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    (shown,) = execute(notebook, SOFTMAX.parent).cells[-1].outputs
    assert shown.output_type == "execute_result"
    assert "Correct" in shown.data["text/plain"]
    assert "Correct" in shown.data["text/html"]


def test_generators_attributes_and_the_working_directory_are_left_as_they_were(tmp_path):
    source = "import collections, os\nrng = np.random.default_rng(0)\nlast = collections.deque()\n"
    source += "def softmax_loss_naive(W, X, y, reg):\n    last.append(rng.random())\n"
    source += f"    softmax_loss_naive.calls.append(1)\n    os.chdir({str(tmp_path)!r})\n"
    source += "    os.environ['HELLO'] = 'there'\n    return 0.0, W\n"
    function = make(source, "softmax_loss_naive")
    function.calls = []
    rng, folder = function.__globals__["rng"], Path.cwd()
    state = rng.bit_generator.state
    check(function)
    assert (function.calls, Path.cwd(), "HELLO" in os.environ) == ([], folder, False)
    assert rng.bit_generator.state == state
    assert not function.__globals__["last"]
