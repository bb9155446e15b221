import math

import pytest

from modelwright.metrics.replay import State
from modelwright.records.experiment import Experiment, Proposal
from modelwright.strategists.pace import LATER, ONE, REPEATS, SMALLER, Pace
from modelwright.testing.records import experiment, plan

PLAN = plan(5, repeats=3)


def pace(seconds: float, left: float) -> Pace:
    return Pace(PLAN, cost=lambda p, _history: seconds * len(p.folds), left=lambda: left)


def state(*history: Experiment) -> State:
    return State(history, PLAN, higher_is_better=True, family_of=lambda recipe: recipe)


@pytest.mark.parametrize(("left", "folds"), [(300.0, 5), (math.inf, 15)])
def test_new_models_run_one_repeat_where_time_counts_and_all_where_experiments_do(left: float, folds: int) -> None:
    assert len(pace(0.1, left).folds) == folds


def test_a_model_too_costly_for_all_repeats_runs_one_and_else_one_fold() -> None:
    whole = Proposal(recipe="a", folds=PLAN.all_folds)
    for seconds, folds in ((0.1, PLAN.all_folds), (1.0, PLAN.first_folds), (10.0, (4,))):
        fitted = pace(seconds, math.inf).fit(whole, state())
        assert fitted is not None
        assert fitted.folds == folds


def test_further_repeats_are_run_whole_or_not_at_all() -> None:
    look = experiment(1, 0.7)
    extend = look.proposal.model_copy(update={"folds": PLAN.all_folds, "move": "extend", "parent": 1})
    assert pace(1.0, 10 / REPEATS + 1).fit(extend, state(look)) == extend  # ten folds are missing
    assert pace(1.0, 10 / REPEATS - 1).fit(extend, state(look)) is None


def test_a_few_rows_of_a_large_table_are_worth_a_draft_beside_another_model() -> None:
    def draft(rows: int) -> Proposal | None:
        small = Pace(PLAN, cost=lambda p, _history: 1000.0 * p.rows, left=lambda: 300.0, rows=rows)
        return small.fit(Proposal(recipe="b", folds=(4,)), state(experiment(1, 0.7, recipe="a")))

    large = draft(1_000_000)
    assert large is not None
    assert large.rows == pytest.approx(0.8 * LATER * 300 / 1000)
    assert draft(10_000) is None


def test_a_recipe_that_has_not_run_takes_a_first_look_where_one_that_has_runs_all_folds() -> None:
    whole = Proposal(recipe="a", folds=PLAN.first_folds)
    seen = pace(3.0, 300.0).fit(whole, state(experiment(1, 0.7, recipe="a", params={"k": 1})))
    unseen = pace(3.0, 300.0).fit(whole, state(experiment(1, 0.7, recipe="b")))
    assert seen is not None
    assert unseen is not None
    assert (len(seen.folds), len(unseen.folds)) == (5, 1)


def test_a_costly_model_of_a_large_table_is_tried_on_fewer_rows_and_one_of_a_small_table_is_not() -> None:
    def shrunk(rows: int, seconds: float) -> Proposal | None:
        cut = Pace(PLAN, cost=lambda p, _history: seconds * p.rows * len(p.folds), left=lambda: 300.0, rows=rows)
        return cut.shrunk(Proposal(recipe="a", folds=(4,)), state())

    small = shrunk(1_000_000, 100.0)
    assert small is not None
    assert small.folds == PLAN.first_folds
    assert 5 * 100.0 * small.rows == pytest.approx(SMALLER * 300)
    assert shrunk(1_000_000, 10.0) is None  # all folds of it can be run
    assert shrunk(50_000, 100.0) is None


def test_a_model_grows_to_as_many_rows_as_there_is_time_for_if_these_are_many_more() -> None:
    def grown(rows: float) -> Proposal | None:
        parent = experiment(1, 0.7, recipe="a", rows=rows)
        large = Pace(PLAN, cost=lambda p, _history: 300.0 * p.rows * len(p.folds), left=lambda: 300.0, rows=1_000_000)
        change = {"rows": 1.0, "move": "grow", "parent": 1, "folds": PLAN.first_folds}
        return large.fit(parent.proposal.model_copy(update=change), state(parent))

    found = grown(0.05)
    assert found is not None
    assert found.rows == pytest.approx(0.8 * ONE)
    assert len(found.folds) == 1
    assert grown(0.2) is None


def test_a_recipe_worth_a_wait_may_take_most_of_the_time_for_one_fold() -> None:
    draft = Proposal(recipe="deep", folds=(4,))
    patient = Pace(PLAN, cost=lambda p, _h: 180.0 * p.rows * len(p.folds), left=lambda: 300.0, patient=lambda _r: True)
    hasty = Pace(PLAN, cost=lambda p, _h: 180.0 * p.rows * len(p.folds), left=lambda: 300.0)
    known = state(experiment(1, 0.7, recipe="a"))
    assert patient.fit(draft, known) == draft
    assert hasty.fit(draft, known) != draft
    assert patient.beside(draft, known)
    assert not patient.beside(draft.model_copy(update={"folds": (3, 4)}), known)


def test_a_change_of_such_a_recipe_is_looked_at_only_where_there_is_time_for_its_other_folds() -> None:
    change = Proposal(recipe="deep", params={"flip": "none"}, folds=PLAN.first_folds, move="preset", parent=1)
    known = state(experiment(1, 0.7, recipe="deep"))

    def fitted(left: float) -> Proposal | None:
        return Pace(
            PLAN, cost=lambda p, _h: 100.0 * len(p.folds), left=lambda: left, patient=lambda _r: True, slots=2
        ).fit(change, known)

    enough = fitted(350.0)  # one fold, then two rounds of two side by side
    assert enough is not None
    assert len(enough.folds) == 1
    assert fitted(300.0) is None
