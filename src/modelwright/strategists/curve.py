"""A learning curve of two points: the leader once more, on a part of the rows of its folds.

It says what more rows bring, by which the estimate of an answer that is fitted on all rows is carried on (see
`chapters.outlook`). It is run late, when the leader is likely to stay one, and only where it takes little.
"""

from collections.abc import Iterator

from ..metrics.replay import State, scored
from ..records.experiment import CURVE, Proposal
from ..records.plan import Scheme
from .pace import Pace

PART = 0.75  # of the rows that the leader's folds were fitted on; with five folds it is as far from these to all rows
FROM = 0.6  # of the budget used
SPEND = 0.2  # of the time left that it may take
FEW = 20  # experiments; where their number is the budget, of fewer none is spared for it


def curve(state: State, pace: Pace, progress: float) -> Iterator[Proposal]:
    """The proposal, once in a run; on as many folds as there is time for.

    A model that is stacked on others is none to measure by: the rows of those would not become fewer. Where later rows
    are judged by models of earlier ones, fewer rows are not fewer of the same.
    """
    if progress < FROM or state.plan.scheme is Scheme.ROLLING or any(e.proposal.move == CURVE for e in state.searched):
        return
    if not pace.timed and len(state.searched) < FEW:
        return
    leader = state.best([e for e in state.whole if not e.proposal.stack])
    if leader is None:
        return
    change = {
        "rows": round(PART * leader.proposal.rows, 4),
        "parent": leader.number,
        "move": CURVE,
        "reason": f"what do more rows bring? Experiment {leader.number} on {PART:.0%} of the rows of its folds",
    }
    folds = [k for k in state.plan.first_folds if k in scored(leader).folds]
    for count in range(len(folds), 0, -1):
        proposal = leader.proposal.model_copy(update={**change, "folds": tuple(folds[:count])})
        if not pace.timed or pace.cost(proposal, state.history) <= SPEND * pace.left():
            yield proposal
            return
