"""Which known mistake an answer makes: its fingerprint is looked up among theirs."""

from dataclasses import dataclass, field

import numpy as np

from checks.probes import NAMING, Answer, Array, fingerprint, known
from checks.problems import PROBLEMS

NEAR, AS_NEAR = 2e-4, 2e-5  # rounding moves a fingerprint by less than the second


@dataclass
class Named:
    """What a fingerprint was found among.

    mistakes  one mistake, or two at once, that return what the answer returns
    others    further ones that return the same
    loss      where none does: mistakes that return the same loss; may be none
    gradient  and those that return the same gradient
    """

    mistakes: tuple[str, ...] = ()
    others: list[str] = field(default_factory=list)
    loss: tuple[str, ...] = ()
    gradient: tuple[str, ...] = ()


def name_mistakes(answer: Answer, catalogue: str) -> Named:
    """Look an answer's fingerprint up; one mistake is preferred to two, then the nearest."""
    prints, names = known(catalogue)
    apart = np.abs(prints - fingerprint(answer, PROBLEMS[catalogue](NAMING)))
    rows = _nearest(apart, names)
    if rows:
        others = [id_ for row in rows[1:] for id_ in names[row] if id_ not in names[rows[0]]]
        return Named(names[rows[0]], list(dict.fromkeys(others)))
    alone = [_nearest(part, names) for part in (apart[:, :3], apart[:, 3:])]
    if not all(alone):
        return Named()
    return Named(loss=names[alone[0][0]], gradient=names[alone[1][0]])


def _nearest(apart: Array, names: list[tuple[str, ...]]) -> list[int]:
    """Return the rows that are as near as any, those of the fewest mistakes first and alone."""
    distance = apart.max(axis=1)
    rows = np.flatnonzero(distance <= min(NEAR, distance.min() + AS_NEAR)).tolist()
    fewest = min((len(names[row]) for row in rows), default=0)
    return [row for row in rows if len(names[row]) == fewest]
