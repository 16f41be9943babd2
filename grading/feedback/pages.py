"""The templates of the pages; everything that they are given is escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from grading.feedback import sentences, text


def render(template: str, **values: Any) -> str:
    """Return the page that a template in this folder makes of the values."""
    return _environment().get_template(template).render(values)


def source(file: str) -> str:
    """Return the text of a file in this folder."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, file)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grading.feedback", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "line": text.one_line,
        "inline": text.inline,
        "number": text.number,
        "test_seen": sentences.test_seen,
        "question_cause": sentences.question_cause,
    }
    environment.globals |= {
        "QUESTIONS": sentences.QUESTIONS,
        "TESTS": sentences.TESTS,
        "REFERENCE": text.REFERENCE,
    }
    return environment
