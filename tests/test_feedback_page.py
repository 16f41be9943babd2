"""What a student reads: everything that was seen in public, nothing of the rest."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.display import UNSHOWN
from grading.feedback.files import write_whole
from grading.feedback.gradescope import results
from grading.feedback.one import feedback, write_one
from grading.record import validate
from tests import feedback_samples as samples
from tests.feedback_samples import EVIL, MEAN, NAIVE, Record
from tests.pages import Page

EVERY = [
    samples.right(),
    samples.partly(nan=True),
    samples.nothing(),
    samples.crashed(),
    samples.not_graded(),
    samples.hostile(),
]
every_record = pytest.mark.parametrize("record", EVERY, ids=lambda record: record["student"][:4])
PIECES = ["<b>", "</p>", "</style>", "<!--", "&lt;", '"', "'>", "`", "\n", "{{ 1 }}", "{% raw %}"]
PIECES += ["\x00", "\x1b[1m", "\u202e", "\u2069", "\ud800"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), min_size=1).map("".join)


def text(record: Record) -> str:
    return Page(feedback(record)).text


def in_order(words: list[str], page: str) -> bool:
    """Whether all words are in the page, each behind the one before."""
    return re.search(".*".join(map(re.escape, words)), page) is not None


@every_record
def test_the_samples_are_records(record: Record) -> None:
    validate(record)


def test_a_right_answer_gets_a_short_page() -> None:
    page = Page(feedback(samples.right()))
    assert in_order(["Feedback for ana", "20 of 20 points", "Well done", "10 of 10"], page.text)
    assert "What it may mean" not in page.text
    assert not {"table", "svg"} & {*page.tags}


def test_a_wrong_answer_is_told_what_was_seen_what_it_may_mean_and_a_question() -> None:
    said = [MEAN["titles"][0], MEAN["seen"], MEAN["meaning"], MEAN["next_step"]]
    title, seen, meaning, next_step = (words.replace("`", "") for words in said)
    expected = [
        f"◐ Partly right: {NAIVE} 3 of 10 points {title}",
        f"What was seen {seen}",
        f"What it may mean {meaning}",
        f"A question to go on with {next_step}",
        "Where dW differs",
    ]
    assert in_order(expected, text(samples.partly()))


def test_each_public_test_has_its_points_and_what_was_seen() -> None:
    page = text(samples.partly())
    assert "✓ The loss without regularization: passed 2 of 2 As it should be." in page
    assert "✗ The gradient without regularization: failed 0 of 3 Wrong in 20 of 35" in page
    assert "◌ Loss and gradient with regularization: blocked 0 of 1 Not asked, since" in page
    assert "◌ Scores in the thousands: blocked 0 of 1 The same. ◌" in page


def test_an_answer_that_is_not_there_is_told_so() -> None:
    page = text(samples.nothing())
    assert in_order(["○ Not attempted yet", "Fill in its cell", "? Not found"], page)
    assert "There is softmax_loss_vectorised: is that it?" in page


@pytest.mark.parametrize("place", [0, 1])
def test_the_cause_of_what_is_not_there_stands_in_place_of_advice(place: int) -> None:
    record = samples.nothing()
    record["questions"][place]["cause"] = "Cell 3 has a mistake in its form."
    for said in (text(record), json.dumps(results(record))):
        assert "Cell 3 has a mistake in its form." in said
        assert ("Nothing is written", "Was it renamed")[place] not in said
    record["questions"][place]["cause"] = ""
    assert ("Nothing is written", "Was it renamed")[place] in text(record)


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ("time", "took longer"),
        ("cpu time", "computing time"),
        ("memory", "more memory"),
        ("signal 11", "crashed the process that it ran in (signal 11)"),
        ("exited 0", "ended the program (exited 0)"),
        ("protocol", "could not be read"),
        ("{0}", "ended early ({0})"),
    ],
)
def test_a_cause_without_words_gets_a_sentence(cause: str, sentence: str) -> None:
    record = samples.crashed()
    record["questions"][0]["tests"][0]["cause"] = cause
    assert sentence in text(record)


def test_a_cause_that_was_seen_is_said_once() -> None:
    record = samples.partly()
    record["questions"][0]["cause"] = MEAN["seen"]
    assert feedback(record) == feedback(samples.partly())


def test_not_graded_is_no_0_and_says_what_to_do() -> None:
    page = text(samples.not_graded() | {"notes": ["Traceback, of the grader's own"]})
    expected = ["Not graded", "it ends in the middle.", "What to do next", "This is not a 0"]
    assert in_order(expected, page)
    assert "points," not in page
    assert "of 20" not in page
    assert "Traceback" not in page


def test_without_a_digest_there_is_no_reference() -> None:
    assert "Grade reference" in text(samples.not_graded())
    assert "reference" not in text(samples.not_graded() | {"digest": ""})


def written(record: Record, folder: Path) -> str:
    write_one(record, folder)
    return "".join(file.read_text("utf-8") for file in sorted(folder.iterdir()))


@every_record
def test_the_seed_and_the_hidden_tests_leave_no_trace(record: Record, tmp_path: Path) -> None:
    files = written(record, tmp_path)
    assert [secret for secret in samples.SECRETS if secret in files] == []
    assert record["digest"][:12] in files


def test_hidden_tests_are_told_of_by_their_points_alone(tmp_path: Path) -> None:
    """Two hidden tests of other names and outcomes make the same files as one."""
    record = samples.partly()
    other = copy.deepcopy(record)
    for question in other["questions"]:
        one = question["tests"].pop()
        halves = {part: one[part] / 2 for part in ("points", "max_points")}
        told = {"id": "other", "title": "Other", "outcome": "blocked", "cause": "time"}
        question["tests"][:0] = [one | halves | told, one | halves | {"seen": "more"}]
    assert written(record, tmp_path) == written(other, tmp_path)
    assert text(record).count("Hidden tests: 0 of 1 points.") == 2


def test_the_files_are_the_same_on_every_run(tmp_path: Path) -> None:
    first = written(samples.partly(), tmp_path)
    changed = {"seed": 5, "suite": "", "seconds": 9.0, "isolation": {"level": "", "in_force": []}}
    assert written(samples.partly() | changed, tmp_path) == first


@every_record
def test_a_page_needs_nothing_from_outside(record: Record) -> None:
    page = Page(feedback(record))
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {*page.tags}
    addresses = [value for _, name, value in page.attributes if name in ("href", "src", "action")]
    assert addresses == []
    style = feedback(record).split("</style>")[0]
    assert "@import" not in style
    assert "url(" not in style.replace("url(#scale)", "")


def test_an_attack_stays_text() -> None:
    page = Page(feedback(samples.hostile()))
    assert EVIL in page.text
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert "�evil� �right�" in page.text
    assert "\ufffd\ufffdred\ufffd" in page.text
    assert UNSHOWN.search(page.text) is None


def test_what_is_too_long_is_cut_in_the_middle() -> None:
    longest = max(map(len, text(samples.hostile()).split()))
    assert longest < 800


def with_texts(words: str) -> Record:
    """A record whose every text is the same."""
    record = samples.partly("s")
    record |= {"student": words, "name": words, "notes": [words]}
    for question in record["questions"]:
        question |= {"titles": [words], "seen": words, "meaning": words, "next_step": words}
        question |= {"cause": words + "!"}
        for test in question["tests"]:
            test |= {"seen": words, "title": words}
    return record


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_no_text_changes_the_tags_of_a_page(words: str) -> None:
    source = feedback(with_texts(words))
    assert Page(source).structure == Page(feedback(with_texts("x"))).structure
    assert UNSHOWN.search(source) is None


def numbers(record: Record) -> list[list[float | None]]:
    found: list[list[float | None]] = record["questions"][0]["difference"]["got"]
    return found


def fills(record: Record) -> list[list[str]]:
    """The fills of the cells of the three maps, 35 each."""
    cells = re.findall(r'height="22" fill="([^"]+)"', feedback(record))
    assert len(cells) == 3 * 35
    return [cells[first : first + 35] for first in (0, 35, 70)]


def test_a_map_is_white_where_nothing_differs_and_hatched_where_there_is_no_number() -> None:
    yours, right, difference = fills(samples.partly(nan=True))
    hatched = [i for i, fill in enumerate(yours) if fill == "url(#hatch)"]
    assert hatched == [1 * 7 + 2, 3 * 7 + 4]
    assert "url(#hatch)" not in right
    for i, fill in enumerate(difference):
        column = i % 7
        expected = "url(#hatch)" if i in hatched else "#ffffff" if column < 3 else fill
        assert fill == expected, i
    page = text(samples.partly(nan=True))
    assert "The largest difference is −0.25, at class 3, feature 5;" in page
    assert "(2 of yours)" in page


def test_a_map_is_blue_below_and_orange_above_0() -> None:
    record = samples.partly()
    record["questions"][0]["difference"] |= {"got": [[-2.0, 0.0, 2.0]], "expected": [[0.0] * 3]}
    source = feedback(record)
    assert re.findall(r'height="22" fill="([^"]+)"', source)[:3] == [
        "#0072b2",
        "#ffffff",
        "#d55e00",
    ]
    assert "The largest difference is −2, at class 0, feature 0;" in Page(source).text


@pytest.mark.parametrize("value", [None, 0.0, 1e308, -1.7e308, 5e-324])
def test_a_gradient_of_one_value_everywhere_is_drawn(value: float | None) -> None:
    record = samples.partly()
    numbers(record)[:] = [[value] * 7] * 5
    yours, _, difference = fills(record)
    assert len({*yours}) == 1
    assert ("url(#hatch)" in difference) == (value is None)
    assert ("The largest difference is" in text(record)) == (value is not None)


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "feedback.html"
    write_whole(path, "before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_text("utf-8") == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched", "utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "feedback.html").symlink_to(outside)
    write_one(samples.right(), folder)
    assert outside.read_text("utf-8") == "untouched"
    assert sorted(file.name for file in folder.iterdir()) == ["feedback.html", "results.json"]


def told(record: Record, folder: Path) -> dict[str, Any]:
    write_one(record, folder)
    read: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return read


TOP = {"score", "output", "output_format", "test_output_format", "test_name_format"}
TOP |= {"visibility", "stdout_visibility", "tests"}
TEST = {"name", "score", "max_score", "status", "output", "visibility"}
SHOWN = {"hidden", "after_due_date", "after_published", "visible"}


@every_record
def test_gradescope_gets_what_its_specification_names(record: Record, tmp_path: Path) -> None:
    results = told(record, tmp_path)
    assert {*results} <= TOP
    assert {results["visibility"], results["stdout_visibility"]} <= SHOWN
    assert {results[key] for key in TOP if key.endswith("_format")} == {"text"}
    for test in results["tests"]:
        assert {*test} <= TEST
        assert test.get("status", "passed") in ("passed", "failed")
        assert test.get("visibility", "visible") in SHOWN
        assert UNSHOWN.search(test["name"] + test.get("output", "")) is None
    assert UNSHOWN.search(results["output"]) is None


@every_record
def test_gradescope_gets_the_points_or_none_at_all(record: Record, tmp_path: Path) -> None:
    results = told(record, tmp_path)
    scores = [test["score"] for test in results["tests"] if "score" in test]
    if record["points"] is None:
        assert "score" not in results
        assert scores == []
        assert results["tests"] == [{"name": "Not graded", "status": "failed"}]
        assert record["reason"] in results["output"]
    else:
        assert results["score"] == pytest.approx(sum(scores)) == record["points"]
        assert sum(test["max_score"] for test in results["tests"]) == record["max_points"]


def test_gradescope_gets_one_entry_for_all_hidden_tests(tmp_path: Path) -> None:
    hidden = [t for t in told(samples.partly(), tmp_path)["tests"] if "Hidden" in t["name"]]
    points = {"score": 0.0, "max_score": 2.0}
    assert hidden == [{"name": "Hidden tests"} | points | {"visibility": "visible"}]


def test_gradescope_gets_the_words_of_the_page(tmp_path: Path) -> None:
    results = told(samples.partly(), tmp_path)
    for words in (MEAN["seen"], MEAN["meaning"], MEAN["next_step"], MEAN["titles"][0]):
        assert words in results["output"]
    outputs = {test["name"]: test.get("output") for test in results["tests"]}
    assert outputs[f"{NAIVE}: The gradient without regularization"].startswith("Wrong in 20 of 35")
