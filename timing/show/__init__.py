"""What people read of a timing, all of it made from its record."""

from timing.show.compare import compare
from timing.show.files import read, write
from timing.show.lines import lines
from timing.show.markdown import markdown

__all__ = ["compare", "lines", "markdown", "read", "write"]
