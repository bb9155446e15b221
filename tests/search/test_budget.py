import math
import time
from typing import Any

import pytest

from modelwright.records.experiment import FoldCost, Proposal, Status, Step
from modelwright.records.profile import Role
from modelwright.search.budget import (
    CAUTION,
    CHOOSING,
    COLD,
    COLDER,
    FINISH,
    IMPORTS,
    SHARE,
    UNKNOWN,
    Budget,
    CostModel,
)
from modelwright.strategists import pace
from modelwright.testing.records import experiment, problem, profile


class OneSecond:
    """A recipe that guesses a second for a thousand rows."""

    name = family = "guess"

    def effort(self, _problem: Any, _profile: Any, _params: Any, rows: int) -> float:
        return rows / 1000


def model() -> CostModel:
    return CostModel(problem(), profile(), lambda _name: OneSecond(), rows=1000, folds=5)  # type: ignore[arg-type,return-value]


def test_the_first_guess_is_cautious_and_later_ones_follow_the_journal() -> None:
    proposal = Proposal(recipe="linear", folds=(0, 1))
    first = model().predict(proposal, [])
    slow = [experiment(1, 0.5, seconds=8.0, recipe="linear")]
    assert first == pytest.approx(0.1 + 2 * 0.8 * UNKNOWN)
    assert model().predict(proposal, slow) == pytest.approx(0.1 + 2 * 8.8)


def test_a_recipe_that_has_not_run_takes_its_factor_from_the_others_the_more_of_them_agree() -> None:
    slow = [experiment(k, 0.5, seconds=8.0, recipe=f"other {k}") for k in range(8)]
    one = model().predict(Proposal(recipe="linear"), slow[:1]) - 0.1
    assert one == pytest.approx(0.8 * math.sqrt(11) * UNKNOWN)
    assert model().predict(Proposal(recipe="linear"), [*slow[:1], *slow[:1]]) - 0.1 == pytest.approx(one)
    assert 0.8 * 8 * UNKNOWN < model().predict(Proposal(recipe="linear"), slow) - 0.1 < 0.8 * 11 * UNKNOWN


def test_one_recipe_whose_guess_was_far_off_does_not_make_another_look_too_costly() -> None:
    off = [experiment(1, 0.5, seconds=80.0, recipe="other"), experiment(2, 0.5, seconds=0.8, recipe="quick")]
    assert model().predict(Proposal(recipe="linear"), off) < 0.1 + 0.8 * 5 * UNKNOWN


class Remembers(OneSecond):
    """One whose first fit takes long, as what it saw is kept."""

    remembers = True


def test_what_a_recipe_remembers_makes_no_other_experiment_of_it_and_no_refit_look_cheap() -> None:
    costs = CostModel(problem(), profile(), lambda _name: Remembers(), rows=1000, folds=5)  # type: ignore[arg-type,return-value]
    first = experiment(1, 0.5, seconds=8.0, recipe="linear")
    later = [experiment(k, 0.5, seconds=0.1, recipe="linear") for k in range(2, 12)]
    assert costs.predict(Proposal(recipe="linear"), [first, *later]) == pytest.approx(0.1 + 8.8)
    other = Proposal(recipe="other")
    assert costs.predict(other, [first, *later]) == pytest.approx(costs.predict(other, [first]))
    assert costs.refitting(later[-1]) == pytest.approx(costs.refitting(first), rel=0.2)
    assert model().predict(Proposal(recipe="linear"), [first, *later]) < 1


class ByColumns(OneSecond):
    def effort(self, _problem: Any, profile: Any, _params: Any, rows: int) -> float:
        return rows / 1000 * len(profile.features)


def test_columns_that_a_step_adds_cost_a_model_its_time() -> None:
    words = profile(Role.TEXT, Role.NUMBER)
    costs = CostModel(problem(), words, lambda _name: ByColumns(), rows=1000, folds=5)  # type: ignore[arg-type,return-value]
    wide = Proposal(recipe="linear", features=(Step(name="text-components", params={"components": 10}),))
    assert costs.effort(Proposal(recipe="linear")) == pytest.approx(2 * 0.8)
    assert costs.effort(wide) == pytest.approx(12 * 0.8)
    wider = wide.model_copy(update={"features": (Step(name="text-components", params={"components": 20}),)})
    assert costs.effort(wider) == pytest.approx(22 * 0.8)


class Heavy(OneSecond):
    imports = ("torch",)


def test_the_first_recipe_that_needs_a_library_waits_for_its_import() -> None:
    recipes = {"network": Heavy(), "tabm": Heavy(), "linear": OneSecond()}
    costs = CostModel(problem(), profile(), recipes.__getitem__, rows=1000, folds=5)  # type: ignore[arg-type]
    light = [experiment(1, 0.5, seconds=0.8, recipe="linear")]
    heavy = [*light, experiment(2, 0.5, seconds=0.8, recipe="network")]
    first, second = (costs.predict(Proposal(recipe="tabm"), history) for history in (light, heavy))
    assert first == pytest.approx(second + IMPORTS, abs=0.1)


def test_fewer_rows_cost_less() -> None:
    few = Proposal(recipe="linear", rows=0.1)
    assert model().predict(few, []) < model().predict(few.model_copy(update={"rows": 1.0}), []) / 5


def test_nothing_is_started_that_cannot_finish() -> None:
    budget = Budget(60.0, None, time.monotonic())
    assert budget.limit(1000.0) is None
    limit = budget.limit(5.0)
    assert limit is not None
    assert 10 <= limit <= 56


def test_in_a_long_budget_a_guess_that_is_far_too_low_kills_no_model() -> None:
    budget = Budget(3600.0, None, time.monotonic())
    limit = budget.limit(5.0)
    assert limit is not None
    assert 200 < limit < 0.1 * 3600
    unseen = budget.limit(5.0, seen=False)
    assert unseen is not None
    assert limit < unseen < 0.2 * 3600


def test_finishing_has_its_part_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.search.budget.FINISH", 4.0)
    budget = Budget(60.0, None, time.monotonic())
    kept = 4.0 + CHOOSING * 60 + min(COLD, COLDER * 60)
    assert budget.left() == pytest.approx(60 - kept, abs=0.5)
    budget.keep_for_refits([3.0], [3.0, 40.0, 50.0], jobs=2)
    assert budget.left() == pytest.approx(60 - kept - CAUTION * SHARE * 60, abs=0.5)


def test_a_leader_is_kept_for_with_what_it_is_stacked_on() -> None:
    alone, stacked = (Budget(1000.0, None, time.monotonic()) for _ in range(2))
    alone.keep_for_refits([10.0], [10.0], jobs=2)
    stacked.keep_for_refits([10.0, 80.0], [10.0, 80.0], jobs=2)
    assert alone.left() - stacked.left() == pytest.approx(CAUTION * 70, abs=0.5)


def test_a_refit_that_time_is_kept_for_still_fits_when_all_other_time_is_used() -> None:
    budget = Budget(1000.0, None, time.monotonic(), spent=300.0)
    assert budget.has_time_for_refits(150.0)
    assert not budget.has_time_for_refits(600.0)  # too much of the budget for one model
    budget.keep_for_refits([150.0], [150.0], jobs=1)
    budget.before += budget.left() + 10.0
    assert budget.left() < 0
    assert budget.has_time_for_refits(150.0)
    assert not Budget(1000.0, None, time.monotonic(), spent=900.0).has_time_for_refits(150.0)


def test_several_rounds_of_refits_are_kept_for_where_they_fit() -> None:
    once, twice = (Budget(1000.0, None, time.monotonic()) for _ in range(2))
    once.keep_for_refits([150.0], [150.0], jobs=1)
    twice.keep_for_refits([150.0], [150.0], jobs=1, rounds=2)
    assert once.left() - twice.left() == pytest.approx(CAUTION * 150, abs=0.5)
    late = Budget(1000.0, None, time.monotonic(), spent=700.0)
    assert late.has_time_for_refits(150.0)
    assert not late.has_time_for_refits(150.0, rounds=2)


def test_refits_may_not_eat_the_budget() -> None:
    budget = Budget(100.0, None, time.monotonic())
    budget.keep_for_refits([1e6], [1e6, 1e6], jobs=2)
    assert budget.left() > 40


def test_time_that_an_interrupted_run_had_used_counts() -> None:
    budget = Budget(60.0, None, time.monotonic(), spent=50.0)
    assert budget.left() < 10


def test_a_budget_by_count_never_looks_at_the_clock() -> None:
    budget = Budget(None, 2, time.monotonic() - 1e6)
    rows = [experiment(1, 0.5), experiment(2, 0.5, status=Status.FAILED)]
    assert math.isinf(budget.left())
    assert not budget.spent(rows[:1])
    assert budget.spent(rows)


def test_lost_experiments_and_refits_do_not_count() -> None:
    budget = Budget(None, 2, time.monotonic())
    assert not budget.spent([experiment(1, 0.5), experiment(2, status=Status.LOST), experiment(3, move="refit")])


def test_the_users_wish_to_stop_ends_the_search() -> None:
    budget = Budget(None, 100, time.monotonic())
    budget.interrupted = True
    assert budget.spent([])


def test_where_reading_took_long_more_is_kept_back_for_finishing() -> None:
    quick, slow = Budget(600.0, None, time.monotonic() - 5), Budget(600.0, None, time.monotonic() - 200)
    for budget in (quick, slow):
        budget.learn_pace()
    assert quick.finish == FINISH
    assert slow.finish == pytest.approx(8.0, abs=0.2)


def test_feature_steps_that_are_kept_do_not_make_a_model_look_cheap_or_dear() -> None:
    steps = (Step(name="target-encode"),)
    cost = FoldCost(fold=0, fit=1.0, predict=0.1, features=30.0, steps={"target-encode": 30.0})
    first = experiment(1, 0.5, recipe="linear", features=steps, folds=(0,))
    assert first.outcome is not None
    first = first.model_copy(update={"outcome": first.outcome.model_copy(update={"costs": (cost,)})})
    known, new = (Proposal(recipe="linear", features=steps, folds=(fold,)) for fold in (0, 1))
    assert model().predict(known, [first]) == pytest.approx(1.2)
    assert model().predict(new, [first]) == pytest.approx(31.2)
    assert model().predict(Proposal(recipe="linear"), [first]) == pytest.approx(1.2)
    assert model().refit(first) > 30  # all rows are new to the step


def test_whatever_a_strategist_holds_to_fit_is_begun() -> None:
    """A proposal that is not begun would end the search with time left."""
    largest = max(pace.BESIDE, pace.PATIENT, pace.EXTENSION, pace.DRAFT, pace.ELASTIC, 1.2 * pace.PATIENT * 0.8)
    assert Budget(1000.0, None, time.monotonic()).limit(0.0) is not None
    budget = Budget(1000.0, None, time.monotonic())
    assert budget.limit(largest * budget.left()) is not None
