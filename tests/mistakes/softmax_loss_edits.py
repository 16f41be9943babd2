"""Short ways to write the same mistake in the naive and in the vectorized base."""

from typing import Any

from tests.mistakes.programs import Edit, Wrong

Change = tuple[str, str]

FIRST, LOOPS = "naive, scores first", "naive, loops only"
ONE_HOT, TRANSPOSED = "vectorized, one-hot", "vectorized, transposed"

WORDS = {  # capital words in a change stand for these texts, "; " for the next line
    "naive": {
        "TERM": "np.log(total) - shifted[TRUE]",
        "TRUE": "y[i]",
        "AXIS": "",
        "; ": "\n        ",
    },
    "vectorized": {
        "TERM": "np.log(total) - shifted[TRUE]",
        "TRUE": "y, np.arange(N)",
        "AXIS": ", axis=0",
        "; ": "\n    ",
    },
}


def wrong(base: str, id: str, *changes: Change, **fields: Any) -> list[Wrong]:
    """Return one wrong program in a list, its edits given as (old, new)."""
    edits = tuple(Edit(_filled(base, old), _filled(base, new)) for old, new in changes)
    return [Wrong(id, base, edits, **fields)]


def naive(id: str, *changes: Change, **fields: Any) -> list[Wrong]:
    """Return a wrong program made of the naive base."""
    return wrong("naive", id, *changes, **fields)


def vectorized(id: str, *changes: Change, **fields: Any) -> list[Wrong]:
    """Return a wrong program made of the vectorized base."""
    return wrong("vectorized", id, *changes, **fields)


def each(id: str, *changes: Change, **fields: Any) -> list[Wrong]:
    """Return the same mistake in both bases."""
    return naive(id, *changes, **fields) + vectorized(id, *changes, **fields)


def _filled(base: str, text: str) -> str:
    for word, meaning in WORDS.get(base, {}).items():
        text = text.replace(word, meaning)
    return text
