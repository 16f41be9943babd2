"""What was measured on, and how: the lines that stand above the tables."""

from grading.feedback.text import one_line
from timing.growth import sentences
from timing.show.form import Record
from timing.show.series import base
from timing.spread import figure, ratios, spread


def machine(record: Record) -> str:
    """Return the machine in one line: processor, cores, memory and caches."""
    of = record["machine"]
    memory = f", {figure(of['memory_bytes'] / 1e9)} GB" if of["memory_bytes"] else ""
    sizes = [f"L{cache['level']} {binary(cache['bytes'])}" for cache in of["caches"]]
    return f"{one_line(of['processor'])}, {plural(of['cores'], 'core')}{memory}" + "".join(
        f", {size}" for size in sizes
    )


def software(record: Record) -> str:
    """Return the system, Python, packages and BLAS in one line, and the threads in force."""
    of = record["machine"]
    blas = [
        " ".join(filter(None, (b["name"], b["version"], b["architecture"]))) for b in of["blas"]
    ]
    packages = [f"{name} {version}" for name, version in of["packages"].items()]
    return one_line(", ".join([of["system"], f"Python {of['python']}", *packages, *blas]))


def threads(record: Record) -> str:
    """Return how many threads were in force, and of what."""
    return "Threads: " + one_line(", ".join(f"{k} {v}" for k, v in record["threads"].items()))


def roofs(record: Record) -> list[str]:
    """Return a sentence for each dtype: how fast the machine reads, and how fast it multiplies."""
    return [
        f"Roofline, {one_line(roof['dtype'])}: reads {rate(roof['read_bytes_per_second'], 'B/s')} "
        f"from memory{_from_caches(roof)}; multiplies and adds at most "
        f"{rate(roof['full_flops_per_second'], 'flop/s')}."
        for roof in record["roofline"]
    ]


def _from_caches(roof: Record) -> str:
    return "".join(
        f", {rate(cache['read_bytes_per_second'], 'B/s')} from {binary(cache['holds_bytes'])} of "
        "cache"
        for cache in reversed(roof["caches"])
    )


def headline(record: Record) -> list[str]:
    """Return a sentence for each loss with loops: how many times the vectorized one's time."""
    contest = base(record)
    first, *others = contest["functions"]
    slow = [f for f in others if f["name"] == "naive" or f["name"].startswith("theirs")]
    within = record["settings"]["within"]
    return [
        f"{one_line(f['name'])} takes {spread(ratios(f, first)).text(within)} times as long as "
        f"{one_line(first['name'])}: {one_line(contest['title'])}."
        for f in slow
    ]


def binary(size: int) -> str:
    """Return a cache's size as people say it: 32 KiB."""
    for unit, one in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= one:
            return f"{figure(size / one)} {unit}"
    return f"{size} B"


def rate(number: float, unit: str) -> str:
    """Return a rate with its prefix: 34 GB/s."""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:
            return f"{figure(number / size)} {prefix}{unit}"
    return f"{figure(number)} {unit}"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: 1 core, 2 cores."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def growth(record: Record) -> list[tuple[str, list[str]]]:
    """Return the sentences of timing.growth, fit to be shown, below what is common to them."""
    return [(one_line(common), [*map(one_line, said)]) for common, said in sentences(record)]
