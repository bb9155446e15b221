"""The judge with repeats: each row is one row, however often it was scored."""

import numpy as np
import pytest

from modelwright import plugins
from modelwright.metrics.catalogue import get
from modelwright.metrics.judge import Judge
from modelwright.metrics.promote import compare
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem
from modelwright.validation import folds as folding

FOLDS = 5


def plan_of(repeats, seed=0):
    return ValidationPlan(scheme=Scheme.PLAIN, folds=FOLDS, holdout=0.1, repeats=repeats, seed=seed, why="a test")


def judge_of(kind, metric, truth, folds, plan, *, classes=(0, 1), groups=None):
    asked = get(metric)
    problem = Problem(
        name="t", root="", kind=kind, targets=("y",), metric=metric, higher_is_better=asked.higher_is_better,
        classes=classes if kind != "regression" else (),
    )  # fmt: skip
    return Judge(problem, plugins.load("kinds", kind), asked, truth, folds, plan, groups=groups)


def dealt(plan, rows):
    import pandas as pd

    return folding.assign(plan, pd.DataFrame(index=range(rows)), None)


def least_squares(x, y, folds, plan):
    """Out-of-fold predictions over all places."""
    found = np.empty(len(folds))
    for k in plan.all_folds:
        fit, score = folding.split(plan, folds, k)
        found[folds == k] = x[score] @ np.linalg.lstsq(x[fit], y[fit], rcond=None)[0]
    return found


def cross_validated(seed, repeats, rows=200, columns=30, deal_seed=0, used=30):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, columns))
    y = x[:, :6].sum(axis=1) + 2 * generator.normal(size=rows)
    plan = plan_of(repeats, deal_seed)
    folds = dealt(plan, rows)
    judge = judge_of("regression", "rmse", y, folds, plan)
    return judge.score(least_squares(x[:, :used], y, folds, plan), plan.all_folds)


def test_the_same_answers_three_times_over_have_the_error_of_once():
    """Not that divided by the square root of three: they are the same rows."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=600)
    prediction = truth + generator.normal(size=600)
    errors = []
    for repeats in (1, 3):
        plan = plan_of(repeats)
        judge = judge_of("regression", "rmse", truth, dealt(plan, 600), plan)
        errors.append(judge.score(np.tile(prediction, repeats), plan.all_folds).error)
    assert errors[1] == pytest.approx(errors[0], rel=0.15)


def test_repeats_make_the_error_a_little_smaller_and_it_stays_true_to_new_data():
    once, thrice = ([cross_validated(seed, repeats) for seed in range(80)] for repeats in (1, 3))
    said = [np.mean([score.error for score in scores]) for scores in (once, thrice)]
    spread = [np.std([score.value for score in scores]) for scores in (once, thrice)]
    assert 0.8 < said[1] / said[0] < 1.0  # the square root of three would be 0.58
    assert 0.7 < said[0] / spread[0] < 1.4
    assert 0.7 < said[1] / spread[1] < 1.4


def test_repeats_take_away_the_luck_of_how_rows_fall():
    once, thrice = (
        np.std([cross_validated(7, repeats, deal_seed=seed).value for seed in range(40)]) for repeats in (1, 3)
    )
    assert thrice < 0.75 * once


def test_comparisons_in_pairs_are_right_about_their_own_error():
    """Over new tables, gains scatter around their mean as much as their errors say."""
    for repeats in (1, 3):
        pairs = [compare(cross_validated(s, repeats, used=20), cross_validated(s, repeats), False) for s in range(60)]
        assert all(pair.paired for pair in pairs)
        said = np.sqrt(np.mean([pair.error**2 for pair in pairs]))
        assert 0.6 < said / np.std([pair.gain for pair in pairs]) < 1.7


def test_the_first_repeat_has_a_score_of_its_own_as_if_it_had_been_run_alone():
    whole = cross_validated(3, 3)
    assert whole.first is not None
    assert whole.first == cross_validated(3, 1)
    assert set(whole.folds) == set(range(15))


def test_a_rule_never_learns_from_the_rows_it_is_used_on_through_another_repeat():
    """On noise, a threshold and cut points score what they score on new rows: nothing."""
    found = []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        truth = generator.integers(0, 5, 100)
        value = np.tile(2 + 0.3 * generator.normal(size=100), 2)
        plan = plan_of(2)
        judge = judge_of("ordinal", "qwk", truth, dealt(plan, 100), plan, classes=(0, 1, 2, 3, 4))
        found.append(judge.value(value, plan.all_folds))
        found.append(judge.value(value, (*plan.first_folds, 7)))  # one fold of the second repeat alone
    assert np.mean(found) < 2 * np.std(found) / np.sqrt(40)


def test_each_fold_is_judged_under_a_rule_of_its_own_repeat():
    generator = np.random.default_rng(1)
    chance = generator.random(400)
    truth = (generator.random(400) < chance**2).astype(np.int64)
    plan = plan_of(2)
    folds = dealt(plan, 400)
    prediction = np.tile(np.column_stack([1 - chance, chance]), (2, 1))
    judge = judge_of("binary", "f1", truth, folds, plan)
    places = np.flatnonzero((folds >= 5) & (folds != 8))
    rule = judge.kind.rule(truth[places % 400], prediction[places], judge.problem, judge.metric)
    own = np.flatnonzero(folds == 8) % 400
    expected = get("f1").call(truth[own], (chance[own] >= rule.params["threshold"]).astype(int))
    assert judge.score(prediction, plan.all_folds).folds[8] == expected


def test_the_rule_for_new_rows_is_learnt_on_each_row_once():
    """Gains are held against noise, and a row seen thrice is no three rows."""
    generator = np.random.default_rng(2)
    chance = generator.random(300)
    truth = (generator.random(300) < chance**2).astype(np.int64)
    prediction = np.column_stack([1 - chance, chance])
    rules = []
    for repeats in (1, 3):
        plan = plan_of(repeats)
        judge = judge_of("binary", "f1", truth, dealt(plan, 300), plan)
        rules.append(judge.final_rule(np.tile(prediction, (repeats, 1)), plan.all_folds))
    assert rules[0] == rules[1]


def test_whole_groups_are_left_out_in_all_repeats():
    generator = np.random.default_rng(5)
    groups = np.repeat(np.arange(60), 10)
    shared = generator.normal(size=60)[groups]
    once = groups % 5
    folds = np.concatenate([once, groups // 12 + 5, groups // 3 % 5 + 10])
    errors = {}
    for repeats in (1, 3):
        judge = judge_of("regression", "mae", shared, folds[: 600 * repeats], plan_of(repeats), groups=groups)
        errors[repeats] = judge.score(np.zeros(600 * repeats), plan_of(repeats).all_folds).error
    assert errors[3] > 0.8 * errors[1]
