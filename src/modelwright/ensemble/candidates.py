"""What may enter a blend, and what its members cost together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..interfaces import Array

POOL = 12  # experiments that may enter a blend
COMPANY = 1.25  # times the cost of the first member that all may take together, where it exceeds what can be afforded
PER_FAMILY = 5  # of one family: five variants of one idea are one idea


@dataclass(frozen=True)
class Candidate:
    """A model that could be part of the blend: its out-of-fold prediction, and what it costs to fit on all rows."""

    number: int
    prediction: "Array"
    cost: float  # seconds
    family: str
    scores: Mapping[int, float]  # by fold
    below: Mapping[int, float] = field(default_factory=dict)  # what it is stacked on: experiment -> seconds, too

    def on(self, places: "Array") -> "Candidate":
        """The same with the predictions at those places alone."""
        return replace(self, prediction=self.prediction[places])


def shortlist(candidates: Sequence[Candidate], folds: Sequence[int], higher_is_better: bool) -> list[Candidate]:
    """The candidates that may enter a blend: the best by their mean over those folds, a few of each family.

    Those of a family that do exactly alike on each fold are one model, fitted twice.
    """
    sign = 1.0 if higher_is_better else -1.0
    chosen: list[Candidate] = []
    taken: Counter[str] = Counter()
    for c in sorted(candidates, key=lambda c: (-sign * mean_score(c, folds), c.number)):
        twin = any(c.family == o.family and all(c.scores[k] == o.scores[k] for k in folds) for o in chosen)
        if len(chosen) < POOL and taken[c.family] < PER_FAMILY and not twin:
            taken[c.family] += 1
            chosen.append(c)
    return chosen


def mean_score(candidate: Candidate, folds: Sequence[int]) -> float:
    """A candidate's own score: the mean over those folds."""
    return sum(candidate.scores[k] for k in folds) / len(folds)


def room(first: Candidate, afford: float) -> float:
    """Seconds that fitting all members may take: a first that takes longer by itself may have cheap company.

    It is fitted on a share of the rows then, and what adds little to its time costs it few of them.
    """
    alone = bill([first])
    return afford if alone <= afford else COMPANY * alone


def bill(members: Iterable[Candidate]) -> float:
    """Seconds that fitting these, and what they are stacked on, takes: each model is fitted once."""
    costs: dict[int, float] = {}
    for member in members:
        costs |= {**member.below, member.number: member.cost}
    return sum(costs.values())


def affordable(candidates: Sequence[Candidate], afford: float) -> list[Candidate]:
    """As many of them, in their order, as can be fitted in that time; the first always."""
    chosen = list(candidates[:1])
    for c in candidates[1:]:
        if bill([*chosen, c]) <= room(candidates[0], afford):
            chosen.append(c)
    return chosen
