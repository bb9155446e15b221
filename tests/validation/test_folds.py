import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from modelwright.errors import TaskError
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.validation import folds

from ..pace import takes_less_than


def plan(scheme, count=3, **more):
    if scheme in (Scheme.GROUP, Scheme.STRATIFIED_GROUP, Scheme.BLOCKS):
        more = {"group": "g", "group_rule": "value", **more}
    if scheme is Scheme.ROLLING:
        more = {"time": "t", **more}
    return ValidationPlan(scheme=scheme, folds=count, holdout=0.1, why="", **more)


@st.composite
def tables(draw):
    """Rows with a group, a time, a class, and a number of folds that there are enough of each for."""
    count = draw(st.integers(2, 5))
    rows = draw(st.integers(count + 1, 60))
    column = st.lists(st.integers(0, draw(st.integers(0, 40))), min_size=rows, max_size=rows)
    group, moment, strata = draw(column), draw(column), draw(column)
    assume(len(set(group)) >= count and len(set(moment)) > count)
    return pd.DataFrame({"g": group, "t": moment}), np.array(strata), count


WITHOUT_TIME = st.sampled_from([s for s in Scheme if s is not Scheme.ROLLING])


@given(tables(), WITHOUT_TIME, st.integers(0, 3))
def test_every_row_is_scored_once_and_by_a_model_that_was_not_fitted_on_it(drawn, scheme, seed):
    table, strata, count = drawn
    chosen = plan(scheme, count, seed=seed)
    found = folds.assign(chosen, table, strata)
    splits = [folds.split(chosen, found, k) for k in range(count)]
    assert sorted(np.concatenate([score for _, score in splits])) == list(range(len(table)))
    for fit, score in splits:
        assert sorted(np.concatenate([fit, score])) == list(range(len(table)))
        assert len(score) > 0
        assert (np.diff(fit) > 0).all()
        assert (np.diff(score) > 0).all()


@given(tables(), st.sampled_from([Scheme.GROUP, Scheme.STRATIFIED_GROUP]))
def test_a_group_is_never_split(drawn, scheme):
    table, strata, count = drawn
    found = folds.assign(plan(scheme, count), table, strata)
    assert table.assign(fold=found).groupby("g")["fold"].nunique().max() == 1


@given(tables())
def test_classes_are_even_within_one_row_however_rare(drawn):
    table, strata, count = drawn
    found = folds.assign(plan(Scheme.STRATIFIED, count), table, strata)
    for rows in [np.ones(len(table), bool), *[strata == c for c in np.unique(strata)]]:
        assert np.ptp(np.bincount(found[rows], minlength=count)) <= 1


@given(tables(), st.sampled_from([None, "horizon:1", "horizon:5", "horizon:1000"]))
def test_rows_fitted_on_are_all_earlier_than_rows_scored(drawn, rule):
    table, _, count = drawn
    chosen = plan(Scheme.ROLLING, count, group_rule=rule or "")
    found = folds.assign(chosen, table, None)
    for k in range(count):
        fit, score = folds.split(chosen, found, k)
        assert len(fit) > 0
        assert len(score) > 0
        assert table["t"].iloc[fit].max() < table["t"].iloc[score].min()


@given(tables(), st.sampled_from(list(Scheme)))
def test_the_same_seed_gives_the_same_folds(drawn, scheme):
    table, strata, count = drawn
    first, second = (folds.assign(plan(scheme, count, seed=5), table, strata) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_another_seed_gives_other_folds():
    table = pd.DataFrame({"g": range(100)})
    for scheme in (Scheme.PLAIN, Scheme.STRATIFIED, Scheme.GROUP, Scheme.STRATIFIED_GROUP):
        first, second = (folds.assign(plan(scheme, seed=seed), table, np.arange(100) % 2) for seed in (0, 1))
        assert first.tolist() != second.tolist()


def test_groups_of_many_sizes_give_folds_even_in_rows_and_classes():
    random = np.random.default_rng(0)
    weights = random.lognormal(size=200)
    table = pd.DataFrame({"g": random.choice(200, 5000, p=weights / weights.sum())})
    strata = (random.random(5000) < 0.3 * random.random(200)[table["g"]]).astype(int)
    found = folds.assign(plan(Scheme.STRATIFIED_GROUP, 5), table, strata)
    assert np.ptp(np.bincount(found)) < 20
    assert np.ptp([strata[found == k].mean() for k in range(5)]) < 0.005


def test_folds_by_time_are_as_long_as_the_horizon():
    table = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=100, freq="D").strftime("%Y-%m-%d")})
    found = folds.assign(plan(Scheme.ROLLING, 3, group_rule="horizon:10D"), table, None)
    assert found.tolist() == [-1] * 70 + [0] * 10 + [1] * 10 + [2] * 10


def test_rows_without_a_time_are_never_scored_but_fitted_on():
    chosen = plan(Scheme.ROLLING, 2)
    found = folds.assign(chosen, pd.DataFrame({"t": [1.0, 2, 3, np.nan, 4, 5]}), None)
    assert found[3] == -1
    assert 3 in folds.split(chosen, found, 0)[0]


def test_a_gap_in_time_does_not_leave_a_fold_empty():
    table = pd.DataFrame({"t": [*range(50), *range(1000, 1050)]})
    found = folds.assign(plan(Scheme.ROLLING, 4), table, None)
    assert np.bincount(found + 1).min() >= 15


@pytest.mark.parametrize(
    ("scheme", "what"), [(Scheme.GROUP, "groups"), (Scheme.ROLLING, "times"), (Scheme.PLAIN, "rows")]
)
def test_too_little_to_divide_is_said(scheme, what):
    table = pd.DataFrame({"g": [1, 1], "t": [1, 1]})
    with pytest.raises(TaskError, match=f"too few {what} for 3 folds"):
        folds.assign(plan(scheme), table, None)


@pytest.mark.alone
def test_fifty_thousand_groups_take_less_than_a_second():
    table = pd.DataFrame({"g": np.arange(60_000) % 50_000})
    y = np.arange(60_000) % 7
    assert takes_less_than(1, lambda: folds.assign(plan(Scheme.STRATIFIED_GROUP, 5), table, y))


def test_groups_are_the_plans():
    table = pd.DataFrame({"g": [5, 4, 5]})
    assert folds.groups_of(plan(Scheme.GROUP), table).tolist() == [0, 1, 0]
    assert folds.groups_of(plan(Scheme.PLAIN), table) is None


# --- repeats ---


@given(tables(), WITHOUT_TIME, st.integers(2, 3))
def test_every_repeat_scores_every_row_once_and_its_models_have_not_seen_it(drawn, scheme, repeats):
    table, strata, count = drawn
    chosen = plan(scheme, count, repeats=repeats)
    found = folds.assign(chosen, table, strata)
    assert sorted(set(found)) == list(chosen.all_folds)
    for repeat in range(repeats):
        splits = [folds.split(chosen, found, repeat * count + k) for k in range(count)]
        assert sorted(np.concatenate([score for _, score in splits])) == list(range(len(table)))
        assert all(sorted([*fit, *score]) == list(range(len(table))) for fit, score in splits)


@given(tables(), WITHOUT_TIME)
def test_the_first_repeat_is_the_plan_without_repeats(drawn, scheme):
    table, strata, count = drawn
    once, thrice = (folds.assign(plan(scheme, count, repeats=r), table, strata) for r in (1, 3))
    assert thrice[: len(table)].tolist() == once.tolist()


@given(tables(), st.sampled_from([Scheme.GROUP, Scheme.STRATIFIED_GROUP]))
def test_a_group_is_split_in_no_repeat(drawn, scheme):
    table, strata, count = drawn
    found = folds.assign(plan(scheme, count, repeats=2), table, strata).reshape(2, -1)
    for once in found:
        assert table.assign(fold=once).groupby("g")["fold"].nunique().max() == 1


@pytest.mark.parametrize("scheme", [s for s in Scheme if s is not Scheme.ROLLING])
def test_each_repeat_divides_the_rows_anew(scheme):
    """Groups of all sizes too, though the largest are dealt first each time."""
    table = pd.DataFrame({"g": np.repeat(np.arange(30), np.arange(1, 31))})
    found = folds.assign(plan(scheme, repeats=3), table, np.zeros(len(table), int)).reshape(3, -1)
    together = [once[:, None] == once for once in found]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (together[one] & together[other]).sum() < 0.6 * together[one].sum()


def test_groups_stay_about_even_when_they_are_dealt_again():
    table = pd.DataFrame({"g": np.repeat(np.arange(60), np.random.default_rng(1).integers(1, 30, 60))})
    found = folds.assign(plan(Scheme.GROUP, 5, repeats=3), table, None)
    assert np.ptp(np.bincount(found)) < 0.1 * len(table) / 5


def test_folds_that_follow_time_are_not_repeated():
    with pytest.raises(ValueError, match="not repeated"):
        plan(Scheme.ROLLING, repeats=2)
