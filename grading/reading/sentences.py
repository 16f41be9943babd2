"""What is said to a student or a grader about what was read; nothing is decided here."""

# Why nothing can be read.
UNREADABLE = "{name} cannot be read: {problem}."
LINK = "{name} is a link and is not followed: hand in the file itself."
NO_FILE = (
    "{name} is neither a file nor a folder: hand in a notebook, a .py file, a zip or a folder."
)
EMPTY = "{name} is not a Jupyter notebook or .py file but empty: save it again and hand that in."
LARGE = "{name} is larger than {limit}: clear the outputs, save and hand that in."
HTML = "{name} is an HTML page, not a Jupyter notebook: download the .ipynb file itself."
MERGE = (
    "{name} is not a Jupyter notebook any more: git left merge markers in it, the first in line "
    "{line}."
)
CUT = (
    "{name} is not a Jupyter notebook any more: it is damaged or cut off in line {line} "
    "({problem}). Save it again in Jupyter and hand that in."
)
DEEP = "{name} is not a Jupyter notebook: its brackets are nested too deeply."
CROWDED = "{name} is not a Jupyter notebook: it has more than {limit:,} parts."
NO_NOTEBOOK = "{name} is not a Jupyter notebook: hand in the .ipynb file that Jupyter saves."
MANY_CELLS = "{name} has more than {limit:,} cells: hand in the notebook of the assignment."
MUCH_CODE = "{name} holds more than {limit} of code: hand in only your answers and their helpers."
BINARY = "{name} is not text, and so no Python: hand in the .py file itself."
RENAMED_ZIP = "{name} is a zip that was renamed: hand in the notebook that is in it."
OUTSIDE = "{name} is a zip with names that lead out of its folder, {inside}: make it again."
NO_ZIP = "{name} is not a zip, or a damaged one: make it again."
MANY_FILES = "{name} holds more than {limit:,} files: hand in only your notebook and its helpers."
DEEP_FOLDERS = (
    "{name} holds folders more than {limit} deep: hand in only your notebook and its helpers."
)
LARGE_SUM = "The files in {name} are larger than {limit} together: hand in only your notebook."
BOMB = "{name} unpacks to more than {ratio} times its size: hand in only your notebook."
LOCKED = "{name} is locked with a password: hand it in without one."
PACKED = "{name} is packed in a way that is not read here: make the zip with the usual settings."
NOTHING = "{name} holds no notebook and no .py file: hand in the .ipynb file that Jupyter saves."

# What was left out, or mended.
LINK_LEFT = "{name} is a link and was not followed."
NESTED = "{name} is a zip inside a zip and was not opened: hand in one zip."
SHADOW = "{name} was not made importable: it would stand in for a module that the grading needs."
ZIP_LEFT = "{name} lies beside a notebook and was not opened."
TWICE = "{name} is more than once in the zip; the last one counts."
NOTEBOOK_INSIDE = "{name} is a Jupyter notebook under another ending, and was read as one."
LONG = "{place} holds more than {limit:,} characters and was left out."
NO_TEXT = "{place} holds no text and was left out."
RETYPED = "{function} was read from {place}, although that is no code cell."
OFTEN = "{function} is defined {count} times; the last one, in {place}, counts."
UNWRITTEN = "{function} is not written in {places}; the written one, in {place}, counts."

MORE = "And {count} more notes of this kind."

# Why a cell, or a function, is missing.
BROKEN = "{place}, line {line}: {problem}."
UNPARSED = "{place} cannot be parsed: {problem}."
MARKER = "git left a merge marker here"
ABSENT = "No cell defines a function {function}."
NEAR = "There is {near}: is that it?"
INDENTED = "{place}, line {line}, defines it inside something else: write it at the left margin."


class SubmissionError(ValueError):
    """A submission from which no answer can be read; the message says why."""


def shown(name: str) -> str:
    """Return a file's name as it may be printed: one line, no control characters, not too long."""
    kept = "\u200d\u00a0\u202f"  # inside emoji, and spaces that some systems put into names
    name = "".join(c if c.isprintable() or c in kept else "\ufffd" for c in name)
    return name if len(name) <= 120 else f"{name[:60]}…{name[-59:]}"


def reason(problem: BaseException) -> str:
    """Return what an exception says, in a few words."""
    words = getattr(problem, "strerror", None) or getattr(problem, "msg", None) or str(problem)
    return str(words).rstrip(".")[:200] or type(problem).__name__


def megabytes(size: int) -> str:
    """Return a number of bytes, as it is said."""
    return f"{size // 1_000_000} MB"
