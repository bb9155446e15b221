from collections.abc import Sequence
from typing import Any

import pytest

from modelwright.metrics.replay import CEILING, DEAR, State
from modelwright.records.experiment import Experiment, Status
from modelwright.testing.records import experiment, plan, score


def state(rows: Sequence[Experiment]) -> State:
    return State(rows, plan(5), higher_is_better=True, family_of=lambda recipe: recipe)


def test_a_child_becomes_the_incumbent_only_when_it_is_better_than_noise() -> None:
    same = experiment(2, 0.7001, noise=0.05, shift=3.0)
    rows = [experiment(1, 0.70, noise=0.05), same, experiment(3, 0.75, noise=0.05)]
    assert state(rows[:2]).families["linear"].incumbent.number == 1
    assert state(rows).families["linear"].incumbent.number == 3


def test_a_family_whose_last_experiments_brought_nothing_is_at_its_ceiling() -> None:
    rows = [experiment(1, 0.7), *(experiment(k, 0.6, params={"k": k}) for k in range(2, CEILING + 2))]
    assert not state(rows[:-1]).families["linear"].at_ceiling()
    assert state(rows).families["linear"].at_ceiling()


def test_failures_count_towards_the_ceiling() -> None:
    rows = [experiment(1, 0.7), *(experiment(k, status=Status.CRASHED) for k in range(2, CEILING + 2))]
    assert state(rows).families["linear"].at_ceiling()


def test_families_are_listed_best_first() -> None:
    rows = [experiment(1, 0.6, recipe="linear"), experiment(2, 0.8, recipe="lightgbm")]
    assert list(state(rows).families) == ["lightgbm", "linear"]


def test_the_dummy_is_no_family() -> None:
    assert state([experiment(1, 0.5, recipe="dummy")]).families == {}


def test_a_running_experiment_is_known_and_a_lost_one_is_not() -> None:
    running = experiment(1, status=Status.RUNNING)
    assert state([running]).known(running.proposal)
    assert not state([experiment(1, status=Status.LOST)]).known(running.proposal)


def test_all_folds_are_not_known_when_only_one_was_run() -> None:
    look = experiment(1, 0.7, folds=(4,))
    whole = look.proposal.model_copy(update={"folds": (0, 1, 2, 3, 4)})
    assert not state([look]).known(whole)
    assert not state([look]).extended(look, range(5))
    assert state([look, experiment(2, 0.7)]).extended(look, range(5))


def repeated(number: int, value: float, first: float, **proposal: object) -> Experiment:
    """An experiment on two repeats."""
    found = experiment(number, value, folds=tuple(range(10)), **proposal)
    assert found.score is not None
    return found.model_copy(update={"score": found.score.model_copy(update={"first": score(first)})})


def test_an_incumbent_taken_to_further_repeats_stays_the_incumbent_and_is_not_stale() -> None:
    rows = [experiment(1, 0.70), repeated(2, 0.69, 0.70, parent=1, move="extend")]
    family = state(rows).families["linear"]
    assert (family.incumbent.number, family.stale) == (2, 0)


def test_a_rival_that_further_repeats_did_not_confirm_counts_once() -> None:
    rival = experiment(3, 0.7001, params={"k": 1}, noise=0.05, shift=3.0, parent=2)
    taken_on = repeated(4, 0.65, 0.70, params={"k": 1}, parent=3, move="extend")
    rows = [experiment(1, 0.70), repeated(2, 0.69, 0.70, parent=1, move="extend"), rival, taken_on]
    family = state(rows).families["linear"]
    assert (family.incumbent.number, family.stale) == (2, 1)


def test_families_are_ranked_by_the_folds_that_all_have_run() -> None:
    rows = [repeated(1, 0.75, 0.70, recipe="linear"), experiment(2, 0.72, recipe="lightgbm")]
    assert list(state(rows).families) == ["lightgbm", "linear"]


def test_a_step_less_at_a_tie_makes_the_simpler_model_the_incumbent_and_a_step_more_does_not() -> None:
    with_step = experiment(1, 0.70, features=[{"name": "dates"}])
    for move, number in (("drop", 2), ("add", 1)):
        rows = [with_step, experiment(2, 0.70, parent=1, move=move, noise=0.05)]
        found = state(rows).families["linear"]
        assert (found.incumbent.number, found.stale) == (number, 1)


def test_a_look_that_was_left_behind_counts_once_however_many_folds_it_ran() -> None:
    pieces = [experiment(k, 0.6, folds=(6 - k,), params={"k": 1}, parent=1, move="tune") for k in (2, 3, 4)]
    found = state([experiment(1, 0.7), *pieces])
    assert found.families["linear"].stale == 1
    assert [(t.move, t.won) for t in found.trials] == [("tune", False)]


def test_what_an_extension_brought_is_told_of_the_move_that_began_it() -> None:
    look = experiment(2, 0.8, folds=(4,), params={"k": 1}, parent=1, move="add")
    rows = [experiment(1, 0.7), look, experiment(3, 0.8, params={"k": 1}, parent=2, move="extend")]
    assert [(t.number, t.move, t.won) for t in state(rows).trials] == [(3, "add", True)]


def failing(first: int, count: int) -> list[Experiment]:
    """Tuned models that are worse than any incumbent here."""
    return [experiment(k, 0.6, params={"k": k}, move="tune", parent=1) for k in range(first, first + count)]


def test_a_ceiling_is_told_with_the_experiment_that_made_it_plain_and_all_that_ran_into_it() -> None:
    (found,) = state([experiment(1, 0.7), *failing(2, CEILING + 3)]).ceilings
    assert (found.family, found.number, found.incumbent) == ("linear", CEILING + 1, 1)
    assert (found.within, found.broken) == (CEILING + 3, None)


def test_there_is_no_ceiling_before_enough_changes_brought_nothing() -> None:
    assert state([experiment(1, 0.7), *failing(2, CEILING - 1)]).ceilings == []


def test_a_ceiling_can_be_broken_and_hit_again() -> None:
    better = experiment(CEILING + 2, 0.8, params={"k": 0}, move="tune", parent=1)
    rows = [experiment(1, 0.7), *failing(2, CEILING), better, *failing(CEILING + 3, CEILING)]
    first, second = state(rows).ceilings
    assert (first.incumbent, first.broken) == (1, better.number)
    assert (second.incumbent, second.number, second.broken) == (better.number, 2 * CEILING + 2, None)


def test_a_trial_says_what_it_was_held_against_and_with_which_error() -> None:
    rows = [experiment(1, 0.70, noise=0.05), experiment(2, 0.72, noise=0.05, shift=3.0, move="add", parent=1)]
    (trial,) = state(rows).trials
    assert (trial.against, trial.won, trial.stale) == (1, False, 1)
    assert trial.gain == pytest.approx(0.02)
    assert trial.error > 0.02


def test_a_few_changes_that_took_long_are_a_ceiling_too() -> None:
    rows = [experiment(k, 0.6, params={"k": k}, move="tune", parent=1, seconds=20.0) for k in range(2, DEAR + 2)]
    (found,) = state([experiment(1, 0.7), *rows]).ceilings
    assert (found.number, found.begun) == (DEAR + 1, DEAR)
    assert state([experiment(1, 0.7), *rows[:-1]]).ceilings == []


def test_a_few_changes_are_no_ceiling_where_others_took_far_longer() -> None:
    rows = [experiment(k, 0.6, params={"k": k}, move="tune", parent=1, seconds=20.0) for k in range(3, DEAR + 3)]
    assert state([experiment(1, 0.7), experiment(2, 0.5, recipe="b", seconds=5000.0), *rows]).ceilings == []


def ahead(number: int, by: float, **proposal: object) -> Experiment:
    """A tuned model that leads on the one fold it was run on."""
    change = {"params": {"k": number}, "move": "tune", "parent": 1, "folds": (4,), **proposal}
    return experiment(number, 0.7 + by, noise=0.05, shift=3.0, **change)


def test_leads_within_noise_on_a_first_fold_make_a_ceiling_with_the_changes_that_lost() -> None:
    first = experiment(1, 0.7, noise=0.05)
    ties = [ahead(k, 0.0001) for k in range(2, 5)]
    (found,) = state([first, *ties, *failing(5, CEILING - 3)]).ceilings
    assert (found.number, found.within) == (CEILING + 1, CEILING)
    assert state([first, *ties[1:], *failing(5, CEILING - 3)]).ceilings == []


def test_a_lead_beyond_noise_on_a_first_fold_makes_no_ceiling() -> None:
    rows = [experiment(1, 0.7), ahead(2, 0.2), ahead(3, 0.2), *failing(4, CEILING - 2)]
    assert state(rows).ceilings == []


def test_a_lead_within_noise_that_more_folds_decided_counts_once() -> None:
    first, look = experiment(1, 0.7, noise=0.05), ahead(2, 0.0001)
    lost = experiment(3, 0.6, params={"k": 2}, move="extend", parent=2)
    family = state([first, look, lost]).families["linear"]
    assert (family.stale, family.within) == (1, 1)
    found = experiment(3, 0.9, params={"k": 2}, move="extend", parent=2)
    assert state([first, look, ahead(4, 0.0001), found]).families["linear"].within == 0


def test_each_family_is_stood_for_by_its_incumbent_or_the_best_of_its_first_looks() -> None:
    looks = [experiment(2, 0.7, recipe="b", folds=(4,)), experiment(3, 0.9, recipe="b", folds=(3,))]
    rows = [
        experiment(1, 0.8),
        *looks,
        experiment(4, 0.99, folds=(4,), params={"x": 1}),
        experiment(5, 0.6, stack=(1,)),
    ]
    assert [e.number for e in state(rows).bests] == [3, 1]


def test_the_lift_is_what_a_model_has_over_the_dummy() -> None:
    rows = [experiment(1, 0.5, recipe="dummy"), experiment(2, 0.8)]
    assert state(rows).lift(rows[1]) == pytest.approx(0.3)
    assert state(rows[1:]).lift(rows[1]) == 0


def guided(number: int, value: float, guide: float, **fields: Any) -> Experiment:
    plain, loss = experiment(number, value, **fields), experiment(number, guide, **fields)
    assert plain.score
    return plain.model_copy(update={"score": plain.score.model_copy(update={"guide": loss.score})})


def test_a_model_too_sure_of_itself_is_as_useful_as_the_labels_it_tells() -> None:
    dummy, leader = guided(1, 0.5, -0.7, recipe="dummy"), guided(2, 0.7, -0.5, recipe="a")
    sure = guided(3, 0.7, -0.9, recipe="b", folds=(4,))
    assert state([dummy, leader, sure]).advantage(sure, leader) == pytest.approx(1.0, abs=0.05)
    useless = guided(4, 0.49, -0.9, recipe="b", folds=(4,))
    assert state([dummy, leader, useless]).advantage(useless, leader) < 0
    seldom = guided(5, 0.5, -0.5, recipe="a")  # of a rare class: no model counts better than none
    assert state([dummy, seldom, useless]).advantage(useless, seldom) < 0
