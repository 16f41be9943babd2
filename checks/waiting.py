"""Let a notebook run from top to bottom while some of its answers are still missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from classifiers import NotTrainedError


@contextmanager
def when_written() -> Iterator[None]:
    """Run the block, and where it needs an answer that is not written yet, say which one.

    Any other exception is let through, since it is about the student's own line.
    """
    try:
        yield
    except (NotImplementedError, NotTrainedError) as missing:
        print(f"Not there yet: {missing}")
