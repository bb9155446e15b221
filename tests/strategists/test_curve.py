import math
from typing import Any

import pytest

from modelwright.metrics.replay import State
from modelwright.records.experiment import CURVE, Experiment, Proposal, Status
from modelwright.records.plan import Scheme
from modelwright.strategists.curve import FEW, FROM, PART, SPEND, curve
from modelwright.strategists.pace import Pace
from modelwright.testing.records import experiment, plan

LATE = (FROM + 1) / 2


def asked(history: list[Experiment], left: float = 100.0, progress: float = LATE, **change: Any) -> list[Proposal]:
    judged = plan(**change)
    state = State(history, judged, higher_is_better=True, family_of=lambda recipe: recipe)
    pace = Pace(judged, lambda p, _history: len(p.folds) * p.rows, left=lambda: left)
    return list(curve(state, pace, progress))


HISTORY = [experiment(1, 0.7, recipe="a"), experiment(2, 0.8, recipe="b"), experiment(3, 0.9, recipe="c", stack=(1,))]


def test_the_best_model_that_stands_on_its_own_is_run_on_a_part_of_its_rows() -> None:
    (proposal,) = asked(HISTORY)
    assert (proposal.recipe, proposal.parent, proposal.move) == ("b", 2, CURVE)
    assert proposal.rows == PART
    assert proposal.folds == (0, 1, 2, 3, 4)
    assert not proposal.for_answer


def test_there_is_one_curve_in_a_run() -> None:
    (proposal,) = asked(HISTORY)
    for status in (Status.DONE, Status.RUNNING, Status.FAILED):
        assert asked([*HISTORY, experiment(4, 0.75, status=status, **proposal.model_dump())]) == []


def test_a_curve_waits_until_the_leader_is_likely_to_stay_one() -> None:
    assert asked(HISTORY, progress=FROM - 0.1) == []
    assert asked(HISTORY[:0]) == []


@pytest.mark.parametrize("folds", [0, 1, 3])
def test_a_curve_is_measured_on_as_many_folds_as_there_is_time_for(folds: int) -> None:
    found = asked(HISTORY, left=(folds + 0.5) * PART / SPEND)
    assert [len(p.folds) for p in found] == ([folds] if folds else [])


def test_fewer_rows_of_a_past_are_no_curve() -> None:
    assert asked(HISTORY, scheme=Scheme.ROLLING) == []


def test_where_experiments_are_counted_a_curve_is_measured_only_if_there_are_many() -> None:
    assert asked(HISTORY, left=math.inf) == []
    many = [experiment(k, 0.5, recipe="a", seed=k) for k in range(4, FEW + 4)]
    assert [p.recipe for p in asked([*HISTORY, *many], left=math.inf)] == ["b"]
