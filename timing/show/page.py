"""timing.html: one page that holds all of a timing, and needs nothing beside it."""

import base64

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from grading.feedback.text import one_line
from timing.show import about
from timing.show.form import Record
from timing.show.rows import footnotes, rows

PICTURES = {
    "timing.png": "Time of a call against the number of samples, and of a sample against classes "
    "and features, a line a function.",
    "roofline.png": "How many floating-point operations each function does in a second, below the "
    "roof that memory and arithmetic set.",
}


def page(record: Record, text: str, pictures: dict[str, bytes]) -> str:
    """Return the page of a record.

    text      the record as it stands in timing.json
    pictures  PNG files by the names of PICTURES
    """
    return (
        _environment()
        .get_template("timing.html.jinja")
        .render(
            record=record,
            about=about,
            rows=rows,
            footnotes=footnotes,
            settings=_settings(record["settings"]),
            pictures=[
                (name, caption, base64.b64encode(pictures[name]).decode())
                for name, caption in PICTURES.items()
            ],
            raw=base64.b64encode(text.encode()).decode(),
        )
    )


def _settings(settings: Record) -> dict[str, str]:
    """Return the settings as they would be typed, without those that were not given."""
    given = {name: value for name, value in settings.items() if value is not None}
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in given.items()
    }


def _environment() -> Environment:
    """Return the templates of this folder, over the page and the style that graders know."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("timing.show", ""), PackageLoader("grading.feedback", "")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = one_line
    return environment
