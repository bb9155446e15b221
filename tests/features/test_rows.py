import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.rows import GROUPS, RowStatistics
from modelwright.interfaces import Feature
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem

ANY = st.floats(allow_nan=True, allow_infinity=True)


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return RowStatistics()


def profiled(**ranges: tuple[float, float]) -> Profile:
    columns = tuple(Column(name=n, role=Role.NUMBER, low=low, high=high) for n, (low, high) in ranges.items())
    return Profile(rows=100, test_rows=0, columns=columns)


def answers(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.integers(1, 6, (rows, 4)).astype(float), columns=[f"q_{k:02d}" for k in range(1, 5)])


def test_it_applies_only_where_three_number_columns_are_alike() -> None:
    assert RowStatistics.applies(problem(), profiled(V1=(0, 1), V2=(0, 50), V3=(-9, 9))) is None
    assert RowStatistics.applies(problem(), profiled(taste=(1, 5), smell=(1, 5), look=(1, 5.1))) is None
    reason = "no 3 number columns are alike"
    assert RowStatistics.applies(problem(), profiled(V1=(0, 1), V2=(0, 50))) == reason
    assert RowStatistics.applies(problem(), profiled(age=(0, 99), income=(0, 1e6), height=(1.2, 2.1))) == reason
    assert RowStatistics.applies(problem(), profiled(V1=(0, 0), V2=(1, 1), V3=(2, 2))) == reason


def test_a_row_is_described() -> None:
    table = answers()
    table.iloc[0] = [2.0, 5.0, np.nan, 0.0]
    made = RowStatistics().fit_transform(table).iloc[0]
    expected = {"missing": 1, "zeros": 1, "mean": 7 / 3, "min": 0, "max": 5, "range": 5, "peak": 2}
    for statistic, value in (expected | {"std": np.std([2, 5, 0])}).items():
        np.testing.assert_allclose(made[f"q_01..q_04.{statistic}"], value, err_msg=statistic)


def test_columns_of_different_ranges_are_put_on_one_scale() -> None:
    table = answers()
    table["q_04"] *= 1000
    made = RowStatistics().fit_transform(table)
    assert abs(made["q_01..q_04.mean"].corr(table["q_04"])) < 0.9
    assert set(made["q_01..q_04.peak"]) == {1, 2, 3, 4}


def test_whole_numbers_and_fractions_of_one_range_are_not_alike() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.integers(0, 2, 60), "b": rng.uniform(0, 1, 60), "c": rng.uniform(0, 1, 60)})
    pd.testing.assert_frame_equal(RowStatistics().fit_transform(table), table)


def test_each_column_is_in_one_group_and_the_widest_are_taken() -> None:
    rng = np.random.default_rng(0)
    names = [f"{letter}{k}" for n, letter in enumerate("abcdefg") for k in range(3 + n)]
    groups = RowStatistics().fit(pd.DataFrame(rng.normal(size=(50, len(names))), columns=names)).groups_
    assert [len(group.columns) for group in groups] == [9, 8, 7, 6, 5]
    assert len({name for group in groups for name in group.columns}) == 35
    assert len(groups) == GROUPS


def test_a_column_that_never_varies_is_declined() -> None:
    table = answers().assign(q_05=1.0, q_06=np.nan)
    assert RowStatistics().fit(table).declined_ == (
        "row-statistics: q_05 is the same or missing in every row.",
        "row-statistics: q_06 is the same or missing in every row.",
    )


def test_a_row_without_values_has_gaps_and_a_count_of_them() -> None:
    table = answers()
    table.iloc[0, 0] = np.nan
    made = RowStatistics().fit(table).transform(table.iloc[:1] * np.nan).iloc[0]
    assert made["q_01..q_04.missing"] == 4
    assert made[[f"q_01..q_04.{s}" for s in ("mean", "std", "min", "max", "range", "peak")]].isna().all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=20), st.tuples(ANY, ANY, ANY))
def test_what_is_made_is_finite_or_missing_and_in_order(rows: list[tuple[float, ...]], new: tuple[float, ...]) -> None:
    table, asked = (pd.DataFrame(r, columns=["V1", "V2", "V3"], dtype=float) for r in (rows, [new]))
    step = RowStatistics().fit(table)
    for made in (step.transform(table), step.transform(asked)):
        added = made.drop(columns=table.columns)
        assert not np.isinf(added.to_numpy()).any()
        if {"V1..V3.min", "V1..V3.mean", "V1..V3.max"} <= set(added):
            low, mean, high = (added[f"V1..V3.{s}"].dropna() for s in ("min", "mean", "max"))
            slack = 1e-9 * (1 + low.abs() + high.abs())
            assert ((low <= mean + slack) & (mean <= high + slack)).all()


@pytest.mark.parametrize("order", [[3, 1, 0, 2], [2, 3, 1, 0]])
def test_the_order_of_the_columns_changes_only_names_and_the_place_of_the_maximum(order: list[int]) -> None:
    table = answers()
    one = RowStatistics().fit_transform(table).filter(like=".std").to_numpy()
    other = RowStatistics().fit_transform(table.iloc[:, order]).filter(like=".std").to_numpy()
    np.testing.assert_allclose(one, other)
