"""A page taken apart: its tags, its attributes, and the text that people see."""

from html.parser import HTMLParser

INLINE = ("a", "bdi", "code", "span", "strong")


class Page(HTMLParser):
    """tags in order, attributes as (tag, name, value), and the text outside style and script."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._texts: list[str] = []
        self._in = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._in = tag
        if tag not in INLINE:
            self._texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in not in ("style", "script"):
            self._texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())

    @property
    def structure(self) -> list[str]:
        """The tags without those that backticks and line breaks in a text become."""
        return [tag for tag in self.tags if tag not in ("code", "br")]
