import pytest

from modelwright.features.select import Select
from modelwright.records.experiment import Experiment, FoldCost, Outcome, Proposal, Status, Step
from modelwright.search.steps import StepCosts

ROWS = 10_000
ENCODED = (Step(name="target-encode"),)


def ran(number: int, proposal: Proposal, seconds: float) -> Experiment:
    steps = {step.title: seconds for step in proposal.features}
    costs = tuple(FoldCost(fold=k, fit=1.0, predict=0.1, steps=steps) for k in proposal.folds)
    outcome = Outcome(number=number, status=Status.DONE, costs=costs)
    return Experiment(number=number, proposal=proposal, status=Status.DONE, outcome=outcome)


def test_a_step_that_is_kept_costs_nothing_more() -> None:
    first = Proposal(recipe="linear", features=ENCODED, folds=(0, 1))
    known = StepCosts.of([ran(1, first, 10.0)])
    assert known.predict(Proposal(recipe="boosting", features=ENCODED), (0, 1), ROWS) == 0.0


def test_a_step_costs_what_it_was_seen_to_cost_on_each_new_fold() -> None:
    known = StepCosts.of([ran(1, Proposal(recipe="linear", features=ENCODED, folds=(0,)), 10.0)])
    assert known.predict(Proposal(recipe="linear", features=ENCODED), (0, 1, 2), ROWS) == 20.0


def test_a_step_behind_other_steps_is_made_anew() -> None:
    known = StepCosts.of([ran(1, Proposal(recipe="linear", features=ENCODED, folds=(0,)), 10.0)])
    behind = (Step(name="missing"), *ENCODED)
    assert known.predict(Proposal(recipe="linear", features=behind), (0,), ROWS) == pytest.approx(10 + 0.3)


def test_other_rows_are_no_rows_that_a_step_is_kept_for() -> None:
    known = StepCosts.of([ran(1, Proposal(recipe="linear", features=ENCODED, rows=0.5, folds=(0,)), 5.0)])
    assert known.predict(Proposal(recipe="linear", features=ENCODED, rows=0.5), (0,), ROWS) == 0.0
    assert known.predict(Proposal(recipe="linear", features=ENCODED, rows=0.5, seed=1), (0,), ROWS) == 5.0
    assert known.predict(Proposal(recipe="linear", features=ENCODED), (0,), ROWS) == 10.0


def test_a_step_without_labels_is_made_once_for_all_folds() -> None:
    dates = (Step(name="dates"),)
    known = StepCosts.of([ran(1, Proposal(recipe="linear", features=ENCODED, folds=(0,)), 10.0)])
    known.seen["dates"] = [4.0]
    assert known.predict(Proposal(recipe="linear", features=dates), (0, 1, 2), ROWS) == 4.0


def test_a_step_that_was_never_seen_counts_as_what_it_says_of_itself() -> None:
    judged = Proposal(recipe="linear", features=(Step(name="select"),), folds=(0, 1))
    assert StepCosts().predict(judged, (0, 1), ROWS) == pytest.approx(2 * Select.effort)
    assert StepCosts().predict(judged, (0, 1), 2 * ROWS) > 1.5 * StepCosts().predict(judged, (0, 1), ROWS)
