"""Ideas held against what happened: which experiments began as somebody's idea, what was foretold, and what came."""

from dataclasses import dataclass

from ..records.experiment import Experiment
from .promote import Comparison, compare
from .replay import State


@dataclass(frozen=True)
class Foretold:
    """One idea of whoever proposed it."""

    first: Experiment  # with which it began
    most: Experiment  # which ran most of its folds
    found: Comparison | None  # its gain; None where it has no score, or there was nothing to hold it against
    rival: Experiment | None  # what it is held against: its parent, else the best of all that came before it


def ideas(state: State) -> list[Foretold]:
    """All ideas, in order; folds that were run later are part of the idea that they belong to."""
    begun = [e for e in state.searched if e.proposal.by and state.of_model(e.proposal)[0] is e]
    return [_outcome(first, state) for first in begun]


def _outcome(first: Experiment, state: State) -> Foretold:
    most = max(state.of_model(first.proposal), key=lambda e: (e.score is not None, len(e.proposal.folds), e.number))
    by_number = {e.number: e for e in state.history}
    rival = by_number.get(first.proposal.parent or -1)
    if rival is None or rival.score is None:
        rival = state.best([e for e in state.whole if e.number < first.number])
    if most.score is None or rival is None or rival.score is None:
        return Foretold(first, most, None, rival)
    return Foretold(first, most, compare(most.score, rival.score, state.higher_is_better), rival)
