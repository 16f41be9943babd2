"""What is to be timed: sizes, and how long."""

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from timing.samples import bytes_of

DTYPES = ("float64", "float32")
STAR = {"C": (10, 2, 100), "D": (3073, 49, 769), "N": (500, 50, 5000)}
GRID = {"C": (10, 2, 100), "D": (3073,), "N": (500, 5000, 50_000)}
STAR_SECONDS, GRID_SECONDS = 60.0, 600.0


@dataclass(frozen=True)
class Plan:
    """The settings of a timing.

    C, D, N   classes, features and samples; the first of each is the base
    dtype     of "float64" and "float32"; the first is the base
    threads   of BLAS and of all else
    seconds   for the contests, about; the roofline takes a tenth of it more
    within    per cent: a ratio is known well enough when its interval is within +- this
    function  "FILE:NAME" of somebody else's softmax loss, or None
    peers     whether other packages take part
    full      every combination of the sizes instead of one at a time, for the softmax loss only
    """

    C: tuple[int, ...] = STAR["C"]
    D: tuple[int, ...] = STAR["D"]
    N: tuple[int, ...] = STAR["N"]
    dtype: tuple[str, ...] = DTYPES
    threads: int = 1
    seconds: float = STAR_SECONDS
    within: float = 3.0
    function: str | None = None
    peers: bool = True
    full: bool = False

    def sizes(self) -> list[dict[str, Any]]:
        """Return "C", "D", "N" and "dtype" of each contest of the softmax loss, the base first."""
        lists = {"C": self.C, "D": self.D, "N": self.N, "dtype": self.dtype}
        if self.full:
            return [dict(zip(lists, chosen, strict=True)) for chosen in product(*lists.values())]
        base = {name: values[0] for name, values in lists.items()}
        others = [base | {name: v} for name, values in lists.items() for v in values[1:]]
        return [base, *others]

    def settings(self) -> dict[str, Any]:
        """Return the plan as plain JSON."""
        lists = {name: [*getattr(self, name)] for name in ("C", "D", "N", "dtype")}
        return asdict(self) | lists

    def refuse(self, cores: int, memory_bytes: int | None) -> None:
        """Raise ValueError, with a sentence, for what this machine cannot do.

        cores         that can be used
        memory_bytes  of the machine, None where it is not known
        """
        if not 1 <= self.threads <= cores:
            raise ValueError(
                f"--threads is {self.threads}; expected 1 to {cores}, the cores that can be used "
                "here."
            )
        for sizes in self.sizes():
            needed = bytes_of(**sizes)
            if memory_bytes is not None and needed > memory_bytes / 2:
                said = ", ".join(f"{name} = {value:,}" for name, value in [*sizes.items()][:3])
                raise ValueError(
                    f"{said} in {sizes['dtype']} takes {needed / 1e9:,.1f} GB; expected "
                    f"{memory_bytes / 2e9:,.1f} GB or less, half of this machine's memory: choose "
                    "smaller sizes."
                )


def plan_of(
    C: str | None,
    D: str | None,
    N: str | None,
    dtype: str,
    threads: int,
    seconds: float | None,
    within: float,
    function: str | None,
    peers: bool,
    full: bool,
) -> Plan:
    """Return the plan of the command's options; None stands for the star's or the grid's own.

    C, D, N, dtype  lists such as "10,2,100"; the others as in Plan

    Raises ValueError, with a sentence, for what is no such list.
    """
    own = GRID if full else STAR
    return Plan(
        C=numbers("--C", C) if C is not None else own["C"],
        D=numbers("--D", D) if D is not None else own["D"],
        N=numbers("--N", N) if N is not None else own["N"],
        dtype=dtypes(dtype),
        threads=threads,
        seconds=(GRID_SECONDS if full else STAR_SECONDS) if seconds is None else seconds,
        within=within,
        function=function,
        peers=peers,
        full=full,
    )


def numbers(option: str, text: str) -> tuple[int, ...]:
    """Return the numbers of a list such as "10,2,100", each once.

    option  what the list was given to, for the sentence

    Raises ValueError unless they are whole numbers of 1 or more.
    """
    words = _words(text)
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise ValueError(
            f"{option} is {text!r}; expected whole numbers of 1 or more, with commas between them, "
            "such as 10,2,100."
        )
    return tuple(dict.fromkeys(map(int, words)))


def dtypes(text: str) -> tuple[str, ...]:
    """Return the dtypes of a list, each once; ValueError for others than DTYPES."""
    if not {*_words(text)} <= {*DTYPES}:
        raise ValueError(f"--dtype is {text!r}; expected float64, float32 or float64,float32.")
    return tuple(dict.fromkeys(_words(text)))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]
