"""Text that came from a submission, made fit to be shown: shortened, its controls taken out."""

import re

from markupsafe import Markup, escape

from checks.display import ESCAPE_SEQUENCE, LONGEST, UNSHOWN

REFERENCE = 12  # characters of the digest that name a grade


def shown(text: str, longest: int = LONGEST) -> str:
    """Return text without what cannot be seen, its middle left out if it is absurdly long."""
    text = UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", ESCAPE_SEQUENCE.sub("", text)).strip()
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} … {text[-half:]}"


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return text to be shown with a space for every line break and tab."""
    return " ".join(shown(text, longest).split())


def inline(text: str) -> Markup:
    """Return text to be shown as HTML: escaped, what stands in backticks as code, lines kept."""
    escaped = re.sub("`([^`\n]+)`", r"<code>\1</code>", str(escape(shown(text))))
    return Markup(escaped.replace("\n", "<br>\n"))


def number(value: float) -> str:
    """Return points as people write them: 17 and 2.5, not 17.0 and 2.50."""
    return f"{round(value, 2):g}".replace("-", "−")
