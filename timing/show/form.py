"""What a record of a timing looks like, and what is none."""

import json
from pathlib import Path
from typing import Any

SCHEMA = 1
LARGEST = 100_000_000  # bytes of a timing.json
GREATEST = 1e18  # of any number in a record: far above all flops, bytes and seconds there are

Record = dict[str, Any]

TEXT, WHOLE, NUMBER, NOTHING = (str,), (int,), (int, float), (type(None),)
SIZES: list[Any] = [WHOLE]
FIELDS: dict[str, Any] = {
    "schema": WHOLE,
    "made": TEXT,
    "settings": {
        "C": SIZES,
        "D": SIZES,
        "N": SIZES,
        "dtype": [TEXT],
        "threads": WHOLE,
        "seconds": NUMBER,
        "within": NUMBER,
        "function": TEXT + NOTHING,
        "peers": (bool,),
        "full": (bool,),
    },
    "machine": {
        "processor": TEXT,
        "cores": WHOLE,
        "memory_bytes": WHOLE + NOTHING,
        "caches": [{"level": WHOLE, "bytes": WHOLE, "shared_by": WHOLE}],
        "system": TEXT,
        "python": TEXT,
        "packages": (dict,),
        "blas": [{"name": TEXT, "version": TEXT + NOTHING, "architecture": TEXT + NOTHING}],
    },
    "threads": (dict,),
    "roofline": [
        {
            "dtype": TEXT,
            "read_bytes_per_second": NUMBER,
            "caches": [{"holds_bytes": NUMBER, "read_bytes_per_second": NUMBER}],
            "full_flops_per_second": NUMBER,
            "classes": [{"C": WHOLE, "D": WHOLE, "N": WHOLE, "flops_per_second": NUMBER}],
        }
    ],
    "missing": [TEXT],
    "contests": [
        {
            "kind": TEXT,
            "title": TEXT,
            "C": WHOLE + NOTHING,
            "D": WHOLE + NOTHING,
            "N": WHOLE,
            "dtype": TEXT,
            "flops": NUMBER + NOTHING,
            "bytes": NUMBER + NOTHING,
            "ended": TEXT,
            "functions": [{"name": TEXT, "N": WHOLE, "seconds": [NUMBER]}],
        }
    ],
}
WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
WORDS |= {dict: "an object", list: "a list", type(None): "null"}


def read(path: Path) -> Record:
    """Return the record of a timing.json, or of a folder that holds one.

    Raises ValueError, in one sentence, for what is no such record.
    """
    file = path / "timing.json" if path.is_dir() else path
    content = _content(file)
    try:
        record = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(f"{file} is not JSON; pass a timing.json, or a folder with one.") from None
    try:
        validate(record)
    except ValueError as problem:
        raise ValueError(f"{file} is no record of a timing: {problem}") from None
    return record  # type: ignore[no-any-return]


def _content(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise ValueError(f"{file} is not a file; pass a timing.json, or a folder with one.")
        if file.stat().st_size > LARGEST:
            raise ValueError(f"{file} is larger than {LARGEST // 10**6} MB; no timing.json is.")
        return file.read_bytes()
    except OSError as problem:
        raise ValueError(
            f"{file} cannot be read ({problem.strerror}); pass a timing.json, or a folder with one."
        ) from None


def validate(record: Any) -> None:
    """Refuse what is not a record of a timing; fields that are not known are let pass.

    Raises ValueError that names the field, what it holds and what was expected.
    """
    if isinstance(record, dict) and record.get("schema", SCHEMA) != SCHEMA:
        raise ValueError(
            f"schema is {_short(record['schema'])}; expected {SCHEMA}, as this version writes it."
        )
    _validate("the record", record, FIELDS)
    for name in ("packages", "threads"):
        holder = record["machine"] if name == "packages" else record
        for key, value in holder[name].items():
            _validate(f"{name}.{key}", value, TEXT if name == "packages" else WHOLE)
    lists = {name: record["settings"][name] for name in ("C", "D", "N", "dtype")}
    for name, values in {"contests": record["contests"], **lists}.items():
        if not values:
            raise ValueError(f"{name} is empty; expected one or more.")
    for number, contest in enumerate(record["contests"]):
        _validate_contest(f"contests[{number}]", contest)


def _validate_contest(name: str, contest: Record) -> None:
    functions = contest["functions"]
    names = [function["name"] for function in functions]
    rounds = sorted({len(function["seconds"]) for function in functions})
    if len({*names}) < len(names) or not names:
        raise ValueError(f"{name} has the functions {_short(names)}; expected each name once.")
    if len(rounds) > 1 or rounds[0] == 0:
        raise ValueError(f"{name} has {_short(rounds)} rounds; expected as many of each function.")
    for function in functions:
        if function["N"] > contest["N"]:
            raise ValueError(
                f"{name}: {_short(function['name'])} has N = {function['N']}; expected "
                f"{contest['N']} or less."
            )


def _validate(name: str, value: Any, form: Any) -> None:
    if isinstance(form, dict):
        _expect(name, value, (dict,))
        for key, part in form.items():
            if key not in value:
                raise ValueError(f"{name} has no {key!r}.")
            _validate(f"{name}.{key}" if name != "the record" else key, value[key], part)
    elif isinstance(form, list):
        _expect(name, value, (list,))
        for number, entry in enumerate(value):
            _validate(f"{name}[{number}]", entry, form[0])
    else:
        _expect(name, value, form)


def _expect(name: str, value: Any, types: tuple[type, ...]) -> None:
    """Refuse a value of another type, and a number that nothing measured or counted can be."""
    if type(value) not in types:
        words = " or ".join(WORDS[one] for one in types if not (one is int and float in types))
        raise ValueError(f"{name} is {_short(value)}; expected {words}.")
    if type(value) in NUMBER and not 0 < value < GREATEST:
        raise ValueError(f"{name} is {_short(value)}; expected a finite number above 0.")


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        text = "a huge number"
    return text if len(text) <= 60 else f"{text[:60]} …"


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
