"""Say what an exception of theirs was, and where it came from."""

import sys
from typing import Any

from grading.sandbox.loading import MESSAGE_LIMIT, Loaded
from grading.sandbox.protocol import exact, type_name

LINE_LIMIT = 200  # characters

_exc_info = sys.exc_info


def describe(problem: BaseException, loaded: Loaded, name: str) -> dict[str, Any]:
    """Return the fields of a reply for the exception that is being handled.

    Args:
        problem: the exception.
        loaded: what has been loaded.
        name: of the function that was called.
    """
    place, raised_in = _place(_exc_info()[2], loaded)
    undone = issubclass(type(problem), NotImplementedError) and raised_in
    return {
        "kind": "failure",
        "name": type_name(problem),
        "message": _message(problem),
        "place": place,
        "not_attempted": undone == name,
        "blocked_by": undone if undone and undone != name else "",
    }


def _message(problem: BaseException) -> str:
    if issubclass(type(problem), SystemExit):
        return "the code ends the program"
    try:
        return exact(str(problem), MESSAGE_LIMIT)
    except BaseException:
        return ""


def _place(traceback: Any, loaded: Loaded) -> tuple[str, str]:
    """The last line of theirs that it went through, and the function that raised it.

    That is "" unless it is a function of theirs, or of a package: a stub may be there.
    """
    place, raised_in = "", ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        known = code.co_filename in loaded.sources or code.co_filename.startswith(loaded.packages)
        raised_in = exact(code.co_name) if known else ""
        if source := loaded.sources.get(code.co_filename):
            label, lines = source
            number = traceback.tb_lineno
            text = lines[number - 1].strip()[:LINE_LIMIT] if 0 < number <= len(lines) else ""
            place = f"{label}, line {number}: {text}"
        traceback = traceback.tb_next
    return place, raised_in
