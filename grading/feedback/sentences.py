"""The words of the pages, by what a record holds."""

from typing import Any

# sign, word, tone
QUESTIONS = {
    "passed": ("✓", "Right", "good"),
    "partly": ("◐", "Partly right", "open"),
    "failed": ("✗", "Not right yet", "bad"),
    "blocked": ("◌", "Blocked", "open"),
    "not attempted": ("○", "Not attempted yet", "open"),
    "missing": ("?", "Not found", "bad"),
}
TESTS = {
    "passed": ("✓", "passed", "good"),
    "failed": ("✗", "failed", "bad"),
    "blocked": ("◌", "blocked", "open"),
    "not attempted": ("○", "not attempted", "open"),
}

# What is said of a test for which the record has no words of its own.
UNSAID = {
    "passed": "As it should be.",
    "failed": "Not what a right answer does.",
    "blocked": "Not asked, since a test that it builds on did not pass.",
    "not attempted": "Not asked; why is said of its question.",
}
CAUSES = {
    "time": "The call took longer than it may.",
    "cpu": "The call took more computing time than it may.",
    "memory": "The call asked for more memory than it may have.",
    "output": "The call wrote more than it may.",
    "signal": "The call crashed the process that it ran in ({cause}).",
    "exited": "The call ended the program ({cause}) instead of returning.",
    "protocol": "What came back from the call could not be read.",
    "error": "The call raised an error.",
}

# What is said of a question for which the record has no cause.
NEXT = {
    "not attempted": "Nothing is written here yet. Fill in its cell, run `check` on it in the "
    "notebook, and hand it in again if you still may.",
    "missing": "No function of this name was found. Was it renamed, or is it in a file that was "
    "not handed in?",
    "blocked": "It could not be asked, since another function that it calls does not work yet.",
}


def test_seen(test: dict[str, Any]) -> str:
    """Return what was seen of a test: in the record's words, else by its cause or outcome."""
    if test["seen"]:
        return str(test["seen"])
    if cause := test["cause"]:
        return CAUSES.get(cause.split()[0], "The call ended early ({cause}).").format(cause=cause)
    return UNSAID[test["outcome"]]


def question_cause(question: dict[str, Any]) -> str:
    """Return why a question could not be asked, "" if it was, or if that was seen anyway."""
    cause = str(question["cause"])
    return "" if cause and cause in question["seen"] else cause or NEXT.get(question["outcome"], "")
