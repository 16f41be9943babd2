"""What no file of a handout may hold: answers, hidden tests, outputs, paths of who made it."""

import getpass
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grading.points import GRADED, points
from grading.release.rooms import ANSWERS, ROOMS, ROOT
from grading.release.zips import DATE
from grading.solutions import solution_lines, stripped

SHORTEST = 24  # characters; shorter lines are anybody's
ANYBODYS = ("with ", "import ", "from ", "for ", "def test_", "return {", '"""')


class ReleaseError(ValueError):
    """A release that must not be made; the message says why, with file and line."""


def refuse_leaks(members: Mapping[str, bytes]) -> None:
    """Raise ReleaseError, with file and line, for the first member that holds what it must not."""
    secrets = [*_secrets(), *((path, f"the path {path}") for path in _paths())]
    for name, content in members.items():
        text = content.decode("utf-8", errors="replace")
        whole = _squeezed(text)
        for secret, what in secrets:
            if secret in whole:
                number, line = _place(text, secret)
                raise ReleaseError(f"{name}, line {number}: {what} is in it: {line.strip()[:200]}")
        if name.endswith(".ipynb"):
            _refuse_outputs(name, json.loads(text))


def _place(text: str, secret: str) -> tuple[int, str]:
    """Return the number and the text of the line that holds a secret, or the last part of it."""
    lines, seen = text.splitlines(), ""
    for number, line in enumerate(lines, start=1):
        seen += _squeezed(line)
        if secret in seen:
            return number, line
    return len(lines), ""


def refuse_odd_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Raise ReleaseError unless a zip holds these members and nothing else, without dates."""
    with zipfile.ZipFile(path) as archive:
        found = {info.filename: archive.read(info) for info in archive.infolist()}
        odd = [info.filename for info in archive.infolist() if info.comment or info.extra]
        odd += [info.filename for info in archive.infolist() if info.date_time != DATE]
    if archive.comment or odd or found != dict(members):
        differing = {name for name in {*found, *members} if found.get(name) != members.get(name)}
        first = min(differing | {*odd}, default="its comment")
        raise ReleaseError(f"{path.name}, {first}: it is not what is in the folder, and no more.")


def _secrets() -> Iterator[tuple[str, str]]:
    """Yield texts, without blanks, that nobody may see, and what they are."""
    for file in sorted((ROOT / ANSWERS).glob("*.py")):
        text = file.read_text("utf-8")
        lines, own = solution_lines(text), _squeezed(stripped(text))
        yield from _telling(lines, own, f"a line of the answers in {ANSWERS}/{file.name}")
    rooms = [file for room in ROOMS for file in (ROOT / room).glob("*.py")]
    public = "".join(_squeezed(file.read_text("utf-8")) for file in rooms)
    for file in sorted(GRADED.glob("*.py")):
        lines = file.read_text("utf-8").splitlines()
        what = f"a line of the graded tests in tests/graded/{file.name}"
        yield from _telling(lines, public, what)
    hidden = {test.title for tests in points().values() for test in tests.values() if test.hidden}
    yield from ((_squeezed(title), "the title of a hidden test") for title in sorted(hidden))


def _telling(lines: list[str], public: str, what: str) -> Iterator[tuple[str, str]]:
    """Yield the lines that are not anybody's, and not in what is public anyway."""
    for line in map(str.strip, lines):
        telling = len(line) > SHORTEST and not line.startswith(ANYBODYS)
        if telling and _squeezed(line) not in public:
            yield _squeezed(line), what


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", "", line)


def _paths() -> list[str]:
    user = getpass.getuser()
    homes = [f"/home/{user}", f"/Users/{user}", f"Users\\\\{user}"]
    return sorted({str(ROOT), str(Path.home()), *homes})


def _refuse_outputs(name: str, notebook: Mapping[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell.get("outputs") or cell.get("execution_count") is not None:
            raise ReleaseError(f"{name}, cell {cell.get('id')}: there is an output in it.")
