"""Points, prerequisites and the implementation under test, for the graded tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from grading.answers import Reference
from grading.asked import DEFAULT, pick
from grading.grade import IsolationError, answers_of
from grading.points import points
from grading.settings import Settings
from grading.submission import SubmissionError
from grading.suite import BLOCKED, PASSED, Run
from tests.graded import sentences
from tests.graded.asking import Asked

RUN = pytest.StashKey[Run]()
OPEN = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("graded")
    group.addoption("--submission", type=Path, help="Grade this notebook, file, zip or folder.")
    group.addoption("--questions", default=None, help=f"Ask these; by default {DEFAULT}, or all.")
    group.addoption("--seed", type=int, default=0, help="Of every input.")


def pytest_configure(config: pytest.Config) -> None:
    """Take the run that a plugin brings, or make one of the options."""
    config.addinivalue_line("markers", "points(id): which row of points.toml a test is")
    config.addinivalue_line("markers", "hidden: a student learns its points, and nothing else")
    config.stash[OPEN] = ExitStack()
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(run := getattr(plugin, "graded_run", None), Run):
            config.stash[RUN] = run
            return
    path = config.getoption("--submission", None)
    asked = config.getoption("--questions", None)
    seed = config.getoption("--seed", 0)
    if path is None:
        questions = pick(asked) if asked else tuple(points())
        config.stash[RUN] = Run(questions, seed, Reference)
    else:
        settings = Settings(questions=pick(asked or DEFAULT), seed=seed)
        try:
            answer = config.stash[OPEN].enter_context(answers_of(path, settings))
        except (SubmissionError, IsolationError) as refused:
            raise pytest.UsageError(str(refused)) from None
        config.stash[RUN] = Run(settings.questions, seed, answer)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[OPEN].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each test of every question that has points for it."""
    if not metafunc.definition.get_closest_marker("points"):
        return
    run, test = metafunc.config.stash[RUN], row(metafunc.definition)
    asked = [question for question in run.questions if test in points()[question]]
    hidden = [pytest.mark.hidden] if any(points()[q][test].hidden for q in asked) else []
    metafunc.parametrize("question", [pytest.param(question, marks=hidden) for question in asked])


def row(item: pytest.Item) -> str:
    """Return the id in points.toml that a test is marked with."""
    mark = item.get_closest_marker("points")
    assert mark is not None, f"{item.name} has no @pytest.mark.points(...)"
    return str(mark.args[0])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the graded tests in the order of the questions, and of the table."""
    run = config.stash[RUN]
    graded = [item for item in items if item.get_closest_marker("points")]
    unasked = [item for item in graded if question_of(item) not in run.questions]
    items[:] = [item for item in items if item not in unasked]
    graded = [item for item in graded if item not in unasked]

    def place(item: pytest.Item) -> tuple[int, int]:
        question = question_of(item)
        return run.questions.index(question), list(points()[question]).index(row(item))

    inorder = iter(sorted(graded, key=place))
    items[:] = [next(inorder) if item in graded else item for item in items]


def question_of(item: pytest.Item) -> str:
    return str(item.callspec.params["question"])  # type: ignore[attr-defined]


@pytest.fixture
def asked(request: pytest.FixtureRequest, question: str) -> Asked:
    """Hand out what one test asks of one question; what it needs must have been passed."""
    run, test = request.config.stash[RUN], row(request.node)
    if missing := run.missing(question, test):
        pytest.skip(sentences.NEEDS.format(titles="; ".join(missing)))
    formed = run.outcomes.get((question, "form"), {}).get("outcome") == PASSED
    asked = Asked(question, test, run.seed, run.answer(question), narrow=not formed)
    request.node.stash[ASKED] = asked
    return asked


ASKED = pytest.StashKey[Asked]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Give points for a call phase that came to its end, and for nothing else."""
    report = yield
    if not item.get_closest_marker("points"):
        return report
    run, key = item.config.stash[RUN], (question_of(item), row(item))
    if call.excinfo is not None and isinstance(call.excinfo.value, pytest.skip.Exception):
        run.note(*key, BLOCKED, str(call.excinfo.value))
    elif call.excinfo is not None:
        run.note_failure(*key, call.excinfo.value)
    elif call.when == "call" and item.stash[ASKED].compared and not hasattr(report, "wasxfail"):
        run.note(*key, PASSED)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the points of each question, where the graded tests are what was asked for."""
    run = config.stash[RUN]
    if config.getoption("--submission", default=()) == ():
        return
    for question in run.questions:
        tests = [test for (name, _), test in run.outcomes.items() if name == question]
        earned, of = (sum(test[part] for test in tests) for part in ("points", "max_points"))
        if tests:
            terminalreporter.write_line(f"{question}: {earned:g} of {of:g} points")
