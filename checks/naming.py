"""Which known mistake an answer makes: its fingerprint is looked up among theirs."""

from dataclasses import dataclass, field

import numpy as np

from checks.probes import NAMING, Answer, Array, fingerprint, known, names
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
    apart = np.abs(known(catalogue) - fingerprint(answer, PROBLEMS[catalogue](NAMING)))
    nearest = _nearest(apart, catalogue)
    if nearest:
        others = [id_ for ids in nearest[1:] for id_ in ids if id_ not in nearest[0]]
        return Named(nearest[0], list(dict.fromkeys(others)))
    alone = [_nearest(part, catalogue) for part in (apart[:, :3], apart[:, 3:])]
    if not all(alone):
        return Named()
    return Named(loss=alone[0][0], gradient=alone[1][0])


def _nearest(apart: Array, catalogue: str) -> list[tuple[str, ...]]:
    """Return the ids of the rows that are as near as any, where these are the fewest mistakes."""
    distance = apart.max(axis=1)
    rows = np.flatnonzero(distance <= min(NEAR, distance.min() + AS_NEAR)).tolist()
    found = [names(catalogue, row) for row in rows]
    fewest = min(map(len, found), default=0)
    return [ids for ids in found if len(ids) == fewest]
