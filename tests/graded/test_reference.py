"""The reference itself: asked by check(), whose right results are numbers that were kept apart."""

import pytest

import classifiers
from checks import check
from grading.points import points


@pytest.mark.parametrize("question", points())
def test_the_reference_is_what_check_takes_for_right(question: str) -> None:
    result = check(getattr(classifiers, question), question)
    assert result.ok, str(result)
