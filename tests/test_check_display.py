"""How a check's result reads: as a record, in a terminal, in a notebook, to a screen reader."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.display import as_html, as_text
from checks.result import OUTCOMES, CheckResult, Law
from gradient_check import GradientCheck, check_gradient

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)> &amp; \"quoted\" 'twice'"
VOID = {"br", "hr", "img", "meta"}


class Page(HTMLParser):
    """What a browser makes of a display: its tags, their nesting, and the text in reading order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.styles = ""
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            self.styles += data
        else:
            self.text += data


def missing_mean(gradient: GradientCheck | None = None) -> CheckResult:
    return CheckResult(
        question="softmax_loss_naive",
        outcome="incorrect",
        mistakes=["mean-missing-in-gradient"],
        titles=["the mean is missing in the gradient"],
        seen="Your gradient is 11 times the numeric one, and N is 11.",
        meaning="The mean over samples is in the loss but not in the gradient.",
        next_step="What happens to `loss` after the loop, and does it happen to `dW`?",
        hints=["Look at 1/N.", "Look at 1/N in both.", "One of the two is not divided."],
        gradient=gradient,
        laws=[
            Law("log C at W = 0", True),
            Law("doubled data", False, "the gradient doubled"),
            Law("added vector", True),
        ],
        seconds=1.234,
        seed=3,
        notes=["Prints were hidden."],
    )


def failed_gradient() -> GradientCheck:
    return check_gradient(lambda W: (float((W * W).sum()) / 2, 3 * W), np.ones((5, 7)))


def test_record_is_json() -> None:
    record = missing_mean(failed_gradient()).to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["schema"] == 1
    assert record["ok"] is False
    assert record["laws"][1] == {
        "name": "doubled data",
        "held": False,
        "seen": "the gradient doubled",
    }
    assert record["gradient"]["verdict"] == "fail"


def test_record_holds_no_numpy_and_no_nan() -> None:
    gradient = GradientCheck(
        "fail", "wrong", where={"index": (np.int64(3), 1), "size": np.float32(0.5), "at": np.nan}
    )
    result = missing_mean(gradient)
    result.seconds = np.float64(1.5)
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert record["gradient"]["where"] == {"index": [3, 1], "size": 0.5, "at": None}
    assert record["seconds"] == 1.5


def test_an_inconclusive_gradient_is_recorded_and_shown() -> None:
    result = missing_mean(GradientCheck("inconclusive", "The loss is too rough."))
    assert result.to_dict()["gradient"]["verdict"] == "inconclusive"
    assert "Numeric gradient check inconclusive. The loss is too rough." in str(result)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_correct_is_true(outcome: str) -> None:
    result = CheckResult("softmax", outcome)
    assert bool(result) is result.ok is (outcome == "correct")


def test_another_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="was 'passed'; give one of correct, incorrect"):
        CheckResult("softmax", "passed")


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ("correct", "✓ Correct: softmax"),
        ("incorrect", "✗ Incorrect: softmax"),
        ("not attempted", "○ Not attempted yet: softmax"),
        ("blocked", "◌ Blocked: softmax"),
        ("error", "! Error: softmax"),
    ],
)
def test_outcome_comes_first_as_word_and_sign(outcome: str, line: str) -> None:
    result = CheckResult("softmax", outcome, seen="Something.")
    page = Page(result._repr_html_())
    assert str(result).splitlines()[0] == line
    assert page.text.startswith(line)
    assert page.tags[:2] == ["section", "h3"]
    word = line[2:].split(":")[0]
    assert ("aria-label", f"Check of softmax: {word}") in page.attributes
    assert ("role", "group") in page.attributes


def test_text_of_a_mistake() -> None:
    assert str(missing_mean()) == repr(missing_mean())
    assert str(missing_mean()).split("\n") == [
        "✗ Incorrect: softmax_loss_naive",
        "  - the mean is missing in the gradient",
        "",
        "Seen:      Your gradient is 11 times the numeric one, and N is 11.",
        "",
        "May mean:  The mean over samples is in the loss but not in the gradient.",
        "",
        "Next step: What happens to `loss` after the loop, and does it happen to `dW`?",
        "",
        "2 of 3 laws of a right answer held. These did not:",
        "  ✗ doubled data: the gradient doubled",
        "",
        "Note:      Prints were hidden.",
        "",
        "Checked in 1.2 s, seed 3. More help: check(softmax_loss_naive).hint()",
    ]


def test_html_of_a_mistake() -> None:
    source = missing_mean(failed_gradient())._repr_html_()
    page = Page(source)
    for heading in ("Seen", "May mean", "Next step", "Notes"):
        assert f"<h4>{heading}</h4>" in source
    assert "<code>dW</code>" in source
    assert "<li>✗ doubled data: the gradient doubled</li>" in source
    assert source.index("<details>") < source.index("✗ doubled data") < source.index("✓ log C")
    assert "<summary>✗ 2 of 3 laws of a right answer held</summary>" in source
    assert "<summary>✗ Numeric gradient check failed</summary>" in source
    assert not {"script", "link", "img", "iframe"} & set(page.tags)


def test_hints_are_not_shown_before_they_are_asked_for() -> None:
    result = missing_mean()
    for hint in result.hints:
        assert hint not in str(result) + result._repr_html_()


def test_style_comes_last_and_knows_both_themes() -> None:
    source = missing_mean()._repr_html_()
    assert source.rstrip().endswith("</style>")
    styles = Page(source).styles
    for word in ("prefers-color-scheme: dark", "--jp-content-font-color1", 'light="false"'):
        assert word in styles
    assert "max-width" in styles
    assert "url(" not in styles
    assert "@import" not in styles


@pytest.mark.parametrize("name", ["question", "seen", "meaning", "next_step"])
def test_what_a_student_wrote_is_escaped(name: str) -> None:
    record = missing_mean().to_dict() | {name: ATTACK}
    assert "<script" not in as_html(record)
    assert "<img" not in as_html(record)
    assert ATTACK in Page(as_html(record)).text


def test_lists_are_escaped_too() -> None:
    gradient = GradientCheck("fail", ATTACK)
    result = CheckResult("softmax", "error", titles=[ATTACK], gradient=gradient, notes=[ATTACK])
    result.laws = [Law(ATTACK, False, ATTACK), Law(ATTACK, True)]
    result.hints = [ATTACK]
    page = Page(result._repr_html_() + result.hint()._repr_html_())
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count(ATTACK) == 7


def test_what_cannot_be_seen_is_not_shown() -> None:
    result = CheckResult("softmax", "error", seen="\x1b[31mred\x1b[0m \x07bell \ud800 \u202etfel")
    for shown in (str(result), Page(result._repr_html_()).text):
        assert "red \ufffdbell \ufffd \ufffdtfel" in shown
        shown.encode()


def test_absurd_length_is_cut_in_the_middle() -> None:
    result = CheckResult(
        "softmax", "error", seen="start " + "x" * 100_000 + " end", notes=["n" * 9999]
    )
    assert len(str(result)) < 3000
    assert len(Page(result._repr_html_()).text) < 3000
    assert "Seen:      start" in str(result)
    assert " end" in str(result)


def test_a_word_that_is_too_long_fills_the_line() -> None:
    result = CheckResult("softmax", "error", seen="x" * 300)
    assert max(map(len, str(result).split("\n"))) == 100


def test_line_breaks_are_kept() -> None:
    result = CheckResult("softmax", "error", seen="ValueError: no\nin softmax, line 3: `x`")
    assert "Seen:      ValueError: no\n           in softmax, line 3: `x`\n" in str(result)
    assert "ValueError: no<br>\nin softmax" in result._repr_html_()


@given(text=st.text(max_size=400), outcome=st.sampled_from(OUTCOMES))
def test_any_text_fits_a_terminal_and_a_page(text: str, outcome: str) -> None:
    result = CheckResult(text, outcome, titles=[text], seen=text, meaning=text, notes=[text])
    result.laws = [Law(text, False, text), Law(text, True, text)]
    assert max(map(len, as_text(result.to_dict()).split("\n"))) <= 100
    assert set(Page(as_html(result.to_dict())).tags) <= {
        "section", "h3", "h4", "span", "ul", "li", "p", "br", "code", "details", "summary", "style",
    }  # fmt: skip


def test_displays_are_made_from_the_record() -> None:
    result = missing_mean(failed_gradient())
    record = json.loads(json.dumps(result.to_dict()))
    assert as_text(record) == str(result)
    assert as_html(record) == result._repr_html_()


def test_hints_one_after_another_though_each_check_is_new() -> None:
    given = [str(missing_mean().hint()) for _ in range(5)]
    assert given[:3] == [
        "Hint 1 of 3: Look at 1/N.",
        "Hint 2 of 3: Look at 1/N in both.",
        "Hint 3 of 3: One of the two is not divided.",
    ]
    assert given[3] == given[4]
    assert given[3].splitlines()[0] == "These were all the hints:"
    assert "2. Look at 1/N in both." in given[3]


def test_another_mistake_starts_with_its_first_hint() -> None:
    for mistake in ("first", "second"):
        result = CheckResult("softmax", "incorrect", mistakes=[mistake], hints=["a", "b"])
        assert str(result.hint()) == "Hint 1 of 2: a"


def test_no_hint_is_said_plainly() -> None:
    assert str(CheckResult("softmax", "incorrect").hint()) == "There is no hint for this."
    assert str(CheckResult("softmax", "correct").hint()) == "There is nothing to hint at."


def test_a_hint_reads_well_everywhere() -> None:
    result = CheckResult("softmax", "incorrect", mistakes=["long"], hints=["look at `dW` " * 20])
    hint = result.hint()
    assert repr(hint) == str(hint)
    assert max(map(len, repr(hint).split("\n"))) <= 100
    assert "<code>dW</code>" in hint._repr_html_()
