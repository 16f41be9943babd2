"""Records of graded submissions as the grader writes them: right, wrong, not graded, hostile."""

import hashlib
from typing import Any

import numpy as np

Record = dict[str, Any]

TITLES = {
    "form": "The form of what it returns",
    "loss": "The loss without regularization",
    "gradient": "The gradient without regularization",
    "regularization": "Loss and gradient with regularization",
    "huge_scores": "Scores in the thousands",
    "inputs_kept": "W, X and y are left as they were",
    "no_loops": "No Python loop over samples or classes",
    "sizes": "SECRET-TITLE one class, one sample",
}
POINTS = {
    "softmax_loss_naive": [1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 0.0, 1.0],
    "softmax_loss_vectorized": [1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0],
}
NAIVE, VECTORIZED = POINTS
SECRETS = ("SECRET-TITLE", "SECRET-SEEN", "secret-cause", '"sizes"', "424242")


def question(name: str, failed: dict[str, str] | None = None, **fields: Any) -> Record:
    """A question whose tests passed, but for those of which it is said what was seen."""
    failed = failed or {}
    tests = []
    for (test, title), points in zip(TITLES.items(), POINTS[name], strict=True):
        if not points:
            continue
        hidden = test == "sizes"
        said = failed.get(test, "")
        outcome = "passed" if test not in failed else "failed" if said else "blocked"
        if said == "not attempted":
            outcome, said = said, ""
        seen = "SECRET-SEEN of X[:, 0]" if hidden else said
        tests.append(
            {"id": test, "title": title, "points": 0.0 if test in failed else points}
            | {"max_points": points, "hidden": hidden, "outcome": outcome, "seen": seen}
            | {"cause": "secret-cause" if hidden else ""}
        )
    earned = sum(test["points"] for test in tests)
    outcome = "passed" if not failed else "partly" if earned else "failed"
    empty = {"cause": "", "mistakes": [], "titles": [], "seen": "", "meaning": "", "next_step": ""}
    asked = {"id": name, "points": earned, "max_points": 10.0, "outcome": outcome}
    return asked | empty | {"tests": tests, "difference": None} | fields


def record(student: str, *questions: Record, **fields: Any) -> Record:
    """A graded submission."""
    return {
        "schema": 1,
        "name": f"{student}.ipynb",
        "student": student,
        "digest": hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest(),
        "status": "graded",
        "reason": "",
        "points": sum(question["points"] for question in questions),
        "max_points": 20.0,
        "seed": 424242,
        "suite": "5" * 64,
        "isolation": {"level": "strict", "in_force": ["mount namespace", "no network", "seccomp"]},
        "questions": list(questions),
        "notes": [],
        "seconds": 0.41,
    } | fields


def difference(C: int = 5, D: int = 7, factor: float = 2.0, nan: bool = False) -> Record:
    """A gradient whose second half of features is wrong by a factor."""
    expected = np.random.default_rng(7).normal(size=(C, D)) / 10
    got = expected.copy()
    got[:, D // 2 :] *= factor
    rows: list[list[float | None]] = got.tolist()
    if nan:
        rows[1][2] = rows[3][4] = None
    problem = f"{C} classes, {D} features, 11 samples, no regularization"
    return {"what": "dW", "problem": problem, "got": rows, "expected": expected.tolist()}


MEAN = {
    "mistakes": ["mean-missing-in-gradient"],
    "titles": ["the mean is missing in the gradient"],
    "seen": "Your `dW` is 11 times the right one, and N is 11; your loss is right.",
    "meaning": "Your loss is a mean over the samples, while your gradient looks like their sum.",
    "next_step": "Your loss is divided by something at the end: what becomes of that division when "
    "you differentiate it?",
}


def right(student: str = "ana") -> Record:
    return record(student, question(NAIVE), question(VECTORIZED))


def partly(student: str = "bo", nan: bool = False) -> Record:
    """Naive wrong in the gradient; vectorized fails a hidden test alone."""
    gradient = {"gradient": "Wrong in 20 of 35 entries of `dW`; the largest difference is 0.31."}
    blocked = dict.fromkeys(["regularization", "huge_scores", "inputs_kept", "sizes"], "")
    wrong = question(NAIVE, gradient | blocked, **MEAN, difference=difference(nan=nan))
    note = "The last of 2 definitions of `softmax_loss_naive` was graded."
    return record(student, wrong, question(VECTORIZED, {"sizes": "SECRET-SEEN"}), notes=[note])


def nothing(student: str = "cy") -> Record:
    """One function that is not written, and one that is not there."""
    tests = dict.fromkeys(TITLES, "not attempted")
    gone = "No cell defines a function softmax_loss_vectorized. There is softmax_loss_vectorised: "
    return record(
        student,
        question(NAIVE, tests, outcome="not attempted"),
        question(VECTORIZED, tests, outcome="missing", cause=gone + "is that it?"),
    )


def crashed(student: str = "di") -> Record:
    """One function that ends the process and one that calls it; the record has no words for it."""
    lost = question(NAIVE, dict.fromkeys(TITLES, "no words"))
    causes = ["time", "signal 11", "exited 0", "memory", "cpu time", "x", "x"]
    for test, cause in zip(lost["tests"], causes, strict=True):
        test |= {"cause": cause, "seen": ""}
    return record(student, lost, question(VECTORIZED, dict.fromkeys(TITLES, ""), outcome="blocked"))


def not_graded(student: str = "eve", reason: str = "") -> Record:
    reason = reason or f"{student}.ipynb is not a Jupyter notebook: it ends in the middle."
    fields = {"status": "not graded", "reason": reason, "points": None}
    return record(student) | fields


EVIL = '<script>alert("1")</script>\'"><img src=x onerror=alert(2)>{{ 7 * 7 }}'
BIDI = "\u202eevil\u202c \u2067right\u2069"
CONTROLS = "\x00\x07\x1b[31mred\x1b[0m\x85 \ud800 half"


def hostile() -> Record:
    """Every text that comes from a submission is an attack, or too long."""
    long = "x" * 2000
    said = {"form": EVIL, "loss": BIDI, "gradient": long, "regularization": CONTROLS}
    texts = {"seen": EVIL + long, "meaning": BIDI, "next_step": CONTROLS, "cause": EVIL}
    wrong = question(NAIVE, said, mistakes=[EVIL], titles=[EVIL], **texts)
    other = question(VECTORIZED, {"loss": "</td></table></style>" + EVIL})
    name = f"=cmd|' /C calc'!A0{EVIL}{BIDI}{CONTROLS}"
    return record(name, wrong, other, notes=[EVIL, BIDI, CONTROLS, long], reason="")


def a_class(size: int) -> list[Record]:
    """A class in which each student is one of the above, with the folder of each."""
    makers = [right, partly, right, nothing, partly, crashed, right, not_graded]
    made = [makers[i % 8](f"student {i:04}") for i in range(size)]
    for number, one in enumerate(made):
        one |= {"folder": f"student_{number}", "seconds": 0.2 + number % 7 / 10}
    return made
