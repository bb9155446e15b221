import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.validation import folds
from modelwright.validation.seal import seal


def plan(scheme, holdout=0.1, **more):
    return ValidationPlan(scheme=scheme, folds=5, holdout=holdout, why="", **more)


@pytest.mark.parametrize("holdout", [0.1, 0.07, 0.02])
@pytest.mark.parametrize("scheme", [Scheme.PLAIN, Scheme.STRATIFIED])
def test_about_the_share_asked_for_is_sealed(scheme, holdout):
    table = pd.DataFrame({"a": range(5000)})
    sealed = seal(plan(scheme, holdout), table, np.arange(5000) % 3)
    assert sealed.mean() == pytest.approx(holdout, rel=0.05)


def test_nothing_is_sealed_where_the_plan_says_so():
    assert not seal(plan(Scheme.PLAIN, 0), pd.DataFrame({"a": range(50)}), None).any()


@given(st.integers(0, 5), st.integers(2, 8))
def test_classes_keep_their_shares(seed, classes):
    strata = np.random.default_rng(seed).integers(0, classes, 1000)
    sealed = seal(plan(Scheme.STRATIFIED, seed=seed), pd.DataFrame({"a": strata}), strata)
    for c in range(classes):
        assert abs(sealed[strata == c].sum() - 0.1 * (strata == c).sum()) <= 1


@given(st.integers(0, 5), st.sampled_from([Scheme.GROUP, Scheme.STRATIFIED_GROUP]))
def test_groups_are_sealed_whole(seed, scheme):
    table = pd.DataFrame({"g": np.random.default_rng(seed).integers(0, 60, 1000)})
    chosen = plan(scheme, group="g", group_rule="value", seed=seed)
    sealed = seal(chosen, table, np.arange(1000) % 2)
    assert table.assign(sealed=sealed).groupby("g")["sealed"].nunique().max() == 1
    assert 0.05 < sealed.mean() < 0.15


def test_by_time_the_latest_rows_are_sealed_and_a_day_is_not_split():
    days = np.repeat(np.arange(100), 7)
    table = pd.DataFrame({"t": np.random.default_rng(0).permutation(days)})
    sealed = seal(plan(Scheme.ROLLING, time="t"), table, None)
    assert table["t"][sealed].min() == 90
    assert table["t"][~sealed].max() == 89


def test_rows_without_a_time_are_not_sealed():
    sealed = seal(plan(Scheme.ROLLING, time="t"), pd.DataFrame({"t": [np.nan, *range(20)]}), None)
    assert sealed.tolist() == [False] * 19 + [True] * 2


@pytest.mark.parametrize("times", [[1, 1, 1], [1, 2]])
def test_something_is_left_when_times_are_few(times):
    assert not seal(plan(Scheme.ROLLING, time="t"), pd.DataFrame({"t": times}), None).all()


def test_the_same_plan_seals_the_same_rows_and_another_seed_seals_others():
    table = pd.DataFrame({"a": range(500)})
    first, again, other = (seal(plan(Scheme.PLAIN, seed=seed), table, None).tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_the_seal_says_nothing_about_the_folds():
    table = pd.DataFrame({"a": range(5000)})
    sealed = seal(plan(Scheme.PLAIN, 0.2), table, None)
    found = folds.assign(plan(Scheme.PLAIN), table, None)
    assert np.ptp(np.bincount(found[sealed])) < 100
