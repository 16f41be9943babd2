"""A check's record as text and as HTML; both are made from the record alone.

The outcome comes first, as a word and a sign, so that neither colour nor sight is needed.  Whatever
a student's code may have put into the record is shortened, freed of control characters and escaped.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 100  # columns of a terminal
LONGEST = 700  # characters of one text that are shown

SIGNS = {
    "correct": ("✓", "Correct", "good"),
    "incorrect": ("✗", "Incorrect", "bad"),
    "not attempted": ("○", "Not attempted yet", "open"),
    "blocked": ("◌", "Blocked", "open"),
    "error": ("!", "Error", "bad"),
}
VERDICTS = {"pass": ("✓", "passed"), "fail": ("✗", "failed"), "inconclusive": ("?", "inconclusive")}
PARTS = {"seen": "Seen", "meaning": "May mean", "next_step": "Next step"}

# C0 and C1 controls, halves of surrogate pairs, and what turns the direction of writing around
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
ESCAPE_SEQUENCE = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")

STYLE = """
.check-result {
  --ink: var(--jp-content-font-color1, #1f2328); --paper: var(--jp-layout-color1, #ffffff);
  --line: var(--jp-border-color1, #d0d7de); --quiet: var(--jp-content-font-color2, #57606a);
  --code: var(--jp-layout-color2, #eff1f3); --good: #1a7f37; --bad: #b42318; --open: #8a5a00;
  box-sizing: border-box; max-width: 46em; margin: 0.5em 0; padding: 0.7em 1em;
  color: var(--ink); background: var(--paper); overflow-wrap: anywhere;
  border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 4px;
  font: 14px/1.5 var(--jp-ui-font-family, system-ui, sans-serif);
}
@media (prefers-color-scheme: dark) {
  .check-result {
    --ink: var(--jp-content-font-color1, #e6edf3); --paper: var(--jp-layout-color1, #1b1f24);
    --line: var(--jp-border-color1, #444c56); --quiet: var(--jp-content-font-color2, #9da7b1);
    --code: var(--jp-layout-color2, #2d333b); --good: #4ac26b; --bad: #ff8b80; --open: #d9a441;
  }
}
[data-jp-theme-light="true"] .check-result { --good: #1a7f37; --bad: #b42318; --open: #8a5a00; }
[data-jp-theme-light="false"] .check-result { --good: #4ac26b; --bad: #ff8b80; --open: #d9a441; }
.check-result.good { --tone: var(--good); }
.check-result.bad { --tone: var(--bad); }
.check-result.open { --tone: var(--open); }
.check-result.check-result h3 { margin: 0 0 0.3em; }
.check-result h3 { font-size: 1.15em; font-weight: 600; color: var(--ink); }
.check-result h3 .sign { color: var(--tone); }
.check-result h4 { margin: 0.8em 0 0.1em; font-size: 1em; font-weight: 600; color: var(--ink); }
.check-result p { margin: 0; }
.check-result.check-result ul { margin: 0.2em 0 0; padding-left: 1.4em; }
.check-result.check-result ul.signs { list-style: none; padding-left: 1.2em; }
.check-result.check-result details ul { margin-top: 0.4em; }
.check-result ul.signs li { text-indent: -1.2em; }
.check-result summary { margin-top: 0.8em; cursor: pointer; }
.check-result summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.check-result code { color: inherit; background: var(--code); padding: 0 0.25em; }
.check-result.check-result details pre {
  margin: 0.4em 0 0; padding: 0.4em 0.6em; white-space: pre-wrap;
  color: inherit; background: var(--code);
}
.check-result .foot { margin-top: 0.8em; color: var(--quiet); font-size: 0.9em; }
"""


def as_text(record: Mapping[str, Any]) -> str:
    """The record of a CheckResult as text, at most 100 columns wide."""
    sign, word, _ = SIGNS[record["outcome"]]
    lines = _wrapped(f"{word}: {record['question']}", f"{sign} ", "  ")
    for title in record["titles"]:
        lines += _wrapped(title, "  - ", "    ")
    for name, label in PARTS.items():
        if record[name]:
            lines += ["", *_wrapped(record[name], f"{label + ':':<11}", " " * 11)]
    lines += _laws_as_text(record["laws"])
    if gradient := record["gradient"]:
        sign, verdict = VERDICTS[gradient["verdict"]]
        message = "" if gradient["ok"] else f" {gradient['message']}"
        text = f"Numeric gradient check {verdict}.{message}"
        lines += ["", *_wrapped(text, f"{sign} ", "  ")]
    for note in record["notes"]:
        lines += ["", *_wrapped(note, "Note:      ", " " * 11)]
    return "\n".join([*lines, "", _foot(record)])


def as_html(record: Mapping[str, Any]) -> str:
    """The record of a CheckResult as HTML that stands for itself: no script, nothing loaded."""
    sign, word, tone = SIGNS[record["outcome"]]
    question = _inline(record["question"])
    parts = [
        f'<h3><span class="sign" aria-hidden="true">{sign}</span> {word}: {question}</h3>',
        _list_as_html([_inline(title) for title in record["titles"]]),
        *(_part_as_html(label, record[name]) for name, label in PARTS.items() if record[name]),
        _laws_as_html(record["laws"]),
        _gradient_as_html(record["gradient"]),
        _list_as_html([_inline(note) for note in record["notes"]], "Notes"),
        f'<p class="foot">{_inline(_foot(record))}</p>',
    ]
    label = html.escape(f"Check of {_shown(record['question'])}: {word}")
    return _framed(label, tone, "".join(parts))


def hint_as_text(hint: str) -> str:
    """A hint as text, at most 100 columns wide."""
    return "\n".join(_wrapped(str.__str__(hint), "", "  ", longest=4 * LONGEST))


def hint_as_html(hint: str) -> str:
    """A hint as HTML that stands for itself."""
    text = _inline(str.__str__(hint), longest=4 * LONGEST)
    return _framed("Hint", "open", f"<p>{text}</p>")


def _framed(label: str, tone: str, content: str) -> str:
    """A group with its style at the end: where styles are not understood it is read last."""
    group = f'<section class="check-result {tone}" role="group" aria-label="{label}">'
    return f"{group}{content}</section><style>{STYLE}</style>"


def _foot(record: Mapping[str, Any]) -> str:
    helps = record["hints"] and record["outcome"] != "correct"
    more = f" More help: check({record['question']}).hint()" if helps else ""
    return f"Checked in {record['seconds']:.1f} s, seed {record['seed']}.{more}"


def _counted(laws: list[dict[str, Any]]) -> str:
    held = sum(law["held"] for law in laws)
    return f"{held} of {len(laws)} laws of a right answer held"


def _laws_as_text(laws: list[dict[str, Any]]) -> list[str]:
    if not laws:
        return []
    failed = [law for law in laws if not law["held"]]
    lines = ["", f"{_counted(laws)}{'. These did not:' if failed else '.'}"]
    for law in failed:
        lines += _wrapped(_law(law), "  ✗ ", "    ")
    return lines


def _laws_as_html(laws: list[dict[str, Any]]) -> str:
    if not laws:
        return ""
    failed = [f"✗ {_inline(_law(law))}" for law in laws if not law["held"]]
    held = [f"✓ {_inline(law['name'])}" for law in laws if law["held"]]
    listed = _list_as_html(failed + held, bullets="signs")
    sign = "✗" if failed else "✓"
    return f"<details><summary>{sign} {_counted(laws)}</summary>{listed}</details>"


def _law(law: dict[str, Any]) -> str:
    return f"{law['name']}: {law['seen']}" if law["seen"] else str(law["name"])


def _gradient_as_html(gradient: Mapping[str, Any] | None) -> str:
    if gradient is None:
        return ""
    sign, verdict = VERDICTS[gradient["verdict"]]
    summary = f"<summary>{sign} Numeric gradient check {verdict}</summary>"
    message = html.escape(_shown(gradient["message"], 4 * LONGEST))
    return f"<details>{summary}<pre>{message}</pre></details>"


def _part_as_html(label: str, text: str) -> str:
    return f"<h4>{label}</h4><p>{_inline(text)}</p>"


def _list_as_html(items: list[str], heading: str = "", bullets: str = "dots") -> str:
    if not items:
        return ""
    head = f"<h4>{heading}</h4>" if heading else ""
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f'{head}<ul class="{bullets}">{lines}</ul>'


def _inline(text: str, longest: int = LONGEST) -> str:
    """Escaped text with its line breaks; what stands in backticks becomes code."""
    escaped = html.escape(_shown(text, longest))
    return re.sub("`([^`\n]+)`", r"<code>\1</code>", escaped).replace("\n", "<br>\n")


def _shown(text: str, longest: int = LONGEST) -> str:
    """The text without what cannot be seen, and its middle left out if it is absurdly long."""
    text = UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", ESCAPE_SEQUENCE.sub("", text)).strip()
    if len(text) <= longest:
        return text
    return f"{text[: longest // 2]} … {text[-longest // 2 :]}"


def _wrapped(text: str, first: str, rest: str, longest: int = LONGEST) -> list[str]:
    """Lines of at most WIDTH columns; the text's own line breaks are kept."""
    wrapper = textwrap.TextWrapper(WIDTH, subsequent_indent=rest, break_on_hyphens=False)
    lines: list[str] = []
    for line in _shown(text, longest).splitlines():
        wrapper.initial_indent = rest if lines else first
        lines += wrapper.wrap(line) or [""]
    return lines
