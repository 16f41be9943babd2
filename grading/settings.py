"""What a run of grading is asked to do, the same for every submission of it."""

from dataclasses import dataclass, field

from grading.asked import SOFTMAX
from grading.sandbox import Limits

STRENGTH = ("any", "landlock", "strict")  # what can be required, the weakest first
SEEDS = 2**53  # seeds are below this, so that JSON keeps them exactly


@dataclass(frozen=True)
class Settings:
    """How submissions are graded.

    questions  names of the functions asked for, in order
    seed       0 <= seed < 2**53, of every input; kept secret until the grades are out
    require    the least isolation to grade with: "any", "landlock" or "strict"
    limits     of one call and of one submission

    Raises ValueError for a seed out of range or an isolation of another name.
    """

    questions: tuple[str, ...] = SOFTMAX
    seed: int = 0
    require: str = "any"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse what no run can be made with."""
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"The seed is {self.seed}; expected 0 <= seed < 2**53.")
        if self.require not in STRENGTH:
            raise ValueError(f"require is {self.require!r}; expected any, landlock or strict.")
