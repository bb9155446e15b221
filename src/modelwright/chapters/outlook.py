"""What the answer should score by its estimate and by what the rows add that only the answer is fitted on.

The models of the estimate see a part of the rows: those of the other folds, without the sealed ones. The answer sees
all. Where more rows help much the estimate is too modest, by far more than its error where rows repeat each other. How
much they help is measured: a member of the answer is run once more on a part of the rows of its folds (move `curve`),
while refits leave time for it. It is scored on the rows of the folds like any other experiment.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from ..metrics.judge import Judge
from ..metrics.predictions import read_oof
from ..metrics.promote import compare
from ..records.answer import Outlook
from ..records.experiment import CURVE, Experiment, Proposal, Score
from ..records.plan import Scheme
from ..search.lab import Lab
from .materials import Materials

PART = 0.75  # of the rows that folds were fitted on; with five folds it is as far from these to all rows
SPEND = 0.25  # of the time left that the curve may take,
MOST = 0.5  # but so much where that is what a single fold takes
FEW = 20  # experiments; where their number is limited, of fewer none is spared for it
OPEN = 1 / 3  # of the step to all rows is its error beside that of the measured one: no curve is known to go on so


def curve(lab: Lab, materials: Materials, members: Sequence[tuple[Experiment, float]], left: float) -> Proposal | None:
    """The heaviest member on a part of its rows, on as many folds as there is time for; None where there is none.

    A model that is stacked on others is none to measure by: the rows of those would not become fewer. Where later rows
    are judged by models of earlier ones, fewer rows are not fewer of the same.
    """
    history = lab.history()
    done = lab.budget.interrupted or any(e.proposal.move == CURVE for e in history)
    few = lab.budget.experiments is not None and len(history) < FEW
    alone = [e for e, _ in members if not e.proposal.stack and e.outcome is not None and e.outcome.costs]
    if done or few or not alone or materials.plan.scheme is Scheme.ROLLING:
        return None
    leader = alone[0]
    assert leader.outcome is not None
    each = median(PART * (c.fit + max(c.features, sum(c.steps.values()))) + c.predict for c in leader.outcome.costs)
    folds = leader.proposal.folds[: materials.plan.folds]
    count = len(folds) if math.isinf(left) else min(len(folds), int(SPEND * left / max(each, 1e-3)))
    if count < 1 and each > MOST * left:
        return None
    return leader.proposal.model_copy(
        update={
            "rows": round(PART * leader.proposal.rows, 4),
            "folds": folds[: max(1, count)],
            "parent": leader.number,
            "move": CURVE,
            "reason": f"what do more rows bring? Experiment {leader.number} on {PART:.0%} of the rows of its folds",
        }
    )


def foretell(lab: Lab, materials: Materials, cv: Score, share: float) -> Outlook | None:
    """What an answer with this estimate should score, of which a share by weight was fitted on all rows.

    None where that is nothing, or no curve was measured.
    """
    curves = [e for e in lab.history() if e.proposal.move == CURVE and e.score is not None]
    if share <= 0 or not curves or curves[-1].proposal.parent is None:
        return None
    part, leader = curves[-1], lab.journal.get(curves[-1].proposal.parent)
    step, step_error = _step(part, leader, lab.judge, materials)
    labelled = len(materials.truth) + materials.holdout_rows
    rows = (_fitted(part), _fitted(leader), round(leader.proposal.rows * labelled))
    return expected(cv, materials, step, step_error, rows, share).model_copy(
        update={"experiment": part.number, "leader": leader.number}
    )


def expected(
    cv: Score, materials: Materials, step: float, step_error: float, rows: tuple[int, int, int], share: float = 1.0
) -> Outlook:
    """The estimate carried on to all rows, by the logarithm of their number.

    Args:
        cv: the estimate.
        materials: of the run; says in which direction scores are better.
        step: what the rows kept back had brought, positive for better.
        step_error: its standard error.
        rows: that were fitted on in part, by the estimate's models, and by the answer's.
        share: of the answer that is fitted on all rows, by weight.
    """
    part, whole, every = rows
    scale = share * math.log(every / whole) / math.log(whole / part) if part < whole < every else 0.0
    told = scale * beyond_noise(step, step_error)
    value = cv.value + (told if materials.problem.higher_is_better else -told)
    return Outlook(
        value=_possible(value, cv.value, materials),
        error=math.hypot(cv.error, scale * step_error, OPEN * told),
        step=step,
        step_error=step_error,
        rows=rows,
        experiment=0,
        leader=0,
        told=told,
    )


def beyond_noise(step: float, error: float) -> float:
    """What is left of a gain when what is likely chance is taken off; nothing of a loss, or of what noise explains.

    The positive part of the estimator of James and Stein ("Estimation with quadratic loss", 1961) for a single value.
    """
    return step - error**2 / step if step > error else 0.0


def _step(part: Experiment, leader: Experiment, judge: Judge, materials: Materials) -> tuple[float, float]:
    """What the leader gained by the rows that were kept back, with its error: on the same folds, block by block."""
    folds = [k for k in part.proposal.folds if k in leader.proposal.folds]
    scores: list[Any] = []
    for experiment in (leader, part):
        where = materials.workspace.experiment(experiment.number)
        found = judge.score(read_oof(materials.kind, where, materials.plan, materials.folds, folds), folds)
        scores.append(found.model_copy(update={"guide": None}))  # it is the metric itself that is foretold
    gain = compare(scores[0], scores[1], materials.problem.higher_is_better)
    return gain.gain, gain.error


def _fitted(experiment: Experiment) -> int:
    """Rows that a fold of it was fitted on, on average."""
    costs = experiment.outcome.costs if experiment.outcome else ()
    return round(sum(c.rows for c in costs) / len(costs)) if costs else 0


def _possible(value: float, known: float, materials: Materials) -> float:
    """A score that can be: no loss below zero, and no share of what is right above one."""
    if not materials.problem.higher_is_better:
        return max(value, 0.0) if known >= 0 else value
    return min(value, max(1.0, known)) if materials.metric.eats != "values" else value
