from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features import neighbour_means
from modelwright.features.neighbour_means import MOST_COLUMNS, MOST_ROWS, NeighbourMeans
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem

MEANS, DISTANCES = ["near.16.mean", "near.64.mean"], ["near.16.distance", "near.64.distance"]


def made_up(rows: int = 600, seed: int = 0, columns: int = 5) -> pd.DataFrame:
    """Numbers on several scales, and a category."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({f"x{k}": 10.0**k * rng.normal(size=rows) for k in range(columns)})
    table["c"] = pd.Categorical(rng.integers(0, 3, rows).astype(str))
    return table


def value(table: pd.DataFrame) -> Any:
    """A number that depends on where the row is."""
    return np.asarray(np.sin(2 * table["x0"]) * np.cos(table["x1"] / 5))


class TestContract(FeatureContract):
    def step(self) -> NeighbourMeans:
        return NeighbourMeans()


def test_it_applies_to_tables_of_mostly_numbers() -> None:
    def profiled(numbers: int, others: int = 0, rows: int = 1000, distinct: int = 90) -> Profile:
        roles = [Role.NUMBER] * numbers + [Role.CATEGORY] * others
        columns = [Column(name=f"c{k}", role=role, distinct=distinct) for k, role in enumerate(roles)]
        return Profile(rows=rows, test_rows=0, columns=tuple(columns))

    assert NeighbourMeans.applies(problem(), profiled(3, 3)) is None
    for other in (profiled(2), profiled(3, 4), profiled(3, distinct=2)):
        assert NeighbourMeans.applies(problem(), other) == "the columns are not mostly numbers, three at least"
    assert "too long" in (NeighbourMeans.applies(problem(), profiled(3, rows=MOST_ROWS + 1)) or "")
    assert "no mean" in (NeighbourMeans.applies(problem(kind="segmentation"), profiled(3)) or "")


def test_the_mean_of_the_nearest_foretells_what_depends_on_where_a_row_is() -> None:
    table, new = made_up(2000), made_up(300, seed=1)
    made = NeighbourMeans().fit(table, value(table)).transform(new)
    assert np.corrcoef(made["near.16.mean"], value(new))[0, 1] > 0.9


@pytest.mark.parametrize("kind", ["values", "classes"])
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 299))
def test_the_target_of_a_row_is_never_in_its_own_means(kind: str, row: int) -> None:
    table = made_up(300)
    y = value(table)
    if kind == "classes":
        y = (y > 0).astype(np.int64)
    changed = y.copy()
    changed[row] = 1 - y[row] if kind == "classes" else 50.0
    one, other = (NeighbourMeans().fit_transform(table, t)[MEANS + DISTANCES] for t in (y, changed))
    np.testing.assert_array_equal(one.iloc[row], other.iloc[row])
    assert not np.allclose(one, other)  # it is in those of others


def test_noise_is_told_no_better_on_the_rows_of_fit_than_on_new_ones() -> None:
    table = made_up(500, columns=40)
    y = np.random.default_rng(3).normal(size=500)
    made = NeighbourMeans().fit_transform(table, y)
    assert abs(np.corrcoef(made["near.64.mean"], y)[0, 1]) < 0.15


def test_neighbours_are_as_far_from_new_rows_as_from_those_of_fit() -> None:
    table, new = made_up(2000), made_up(2000, seed=1)
    step = NeighbourMeans()
    known, unknown = step.fit_transform(table, value(table)), step.transform(new)
    for name in DISTANCES:
        assert known[name].mean() == pytest.approx(unknown[name].mean(), rel=0.08)
    assert (known["near.16.distance"] <= known["near.64.distance"]).all()


def test_a_change_of_units_changes_nothing() -> None:
    table, y = made_up(400), value(made_up(400))
    other = table.assign(x0=2.0**10 * table["x0"], x2=table["x2"] / 2.0**8)
    one, two = (NeighbourMeans().fit_transform(t, y)[MEANS] for t in (table, other))
    pd.testing.assert_frame_equal(one, two)


def test_classes_have_a_column_each_of_shares() -> None:
    table = made_up()
    made = NeighbourMeans().fit_transform(table, np.digitize(value(table), [-0.5, 0.5]).astype(np.int64))
    shares = made[[f"near.64.mean.{k}" for k in range(3)]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_many_classes_and_several_targets_have_columns_for_the_largest_and_for_each() -> None:
    table = made_up()
    many = NeighbourMeans().fit_transform(table, np.arange(600) % 30)
    assert sum(name.startswith("near.16.mean") for name in many) == neighbour_means.CLASSES
    both = NeighbourMeans().fit_transform(table, np.column_stack([value(table), table["x2"]]))
    assert {"near.16.mean.0", "near.16.mean.1", "near.16.distance"} <= set(both)


def test_only_the_most_telling_columns_count() -> None:
    table = made_up(800, columns=30)
    step = NeighbourMeans().fit(table, np.asarray(table["x0"] + table["x2"] / 100))
    assert step.space_ is not None
    assert len(step.space_.columns) <= MOST_COLUMNS
    assert set(step.space_.columns[np.argsort(-step.space_.weight)[:2]]) == {0, 2}


def test_many_rows_are_searched_in_part_and_asked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made_up(700)
    whole = NeighbourMeans().fit_transform(table, value(table))
    monkeypatch.setattr(neighbour_means, "BATCH", 90)
    pd.testing.assert_frame_equal(NeighbourMeans().fit_transform(table, value(table)), whole)
    monkeypatch.setattr(neighbour_means, "SEARCHED", 200)
    step = NeighbourMeans()
    assert step.fit_transform(table, value(table))[MEANS].notna().all(axis=None)
    assert len(step.known_) == 200


def test_few_rows_and_few_columns_are_left_alone() -> None:
    few = made_up(60)
    pd.testing.assert_frame_equal(NeighbourMeans().fit_transform(few, value(few)), few)
    narrow = made_up()[["x0", "x1", "c"]]
    step = NeighbourMeans()
    pd.testing.assert_frame_equal(step.fit_transform(narrow, value(narrow)), narrow)
    pd.testing.assert_frame_equal(step.transform(narrow), narrow)


@pytest.mark.parametrize("y", [np.zeros(300), np.zeros(300, dtype=np.int64), np.r_[np.zeros(299), 1].astype(np.int64)])
def test_targets_with_nothing_to_tell_are_no_trouble(y: Any) -> None:
    made = NeighbourMeans().fit_transform(made_up(300), y)
    assert np.isfinite(made[MEANS + DISTANCES]).all(axis=None)


def test_constant_empty_infinite_and_repeating_columns_are_no_trouble() -> None:
    table = made_up(400)
    table["constant"], table["empty"], table["huge"] = 7.0, np.nan, np.int64(2**62)
    table["infinite"] = np.where(np.arange(400) % 2 == 0, np.inf, -np.inf)
    table["extreme"] = np.where(np.arange(400) % 2 == 0, 1.7e308, -1.7e308)
    table["rare"] = np.arange(400) == 7
    table["gaps"] = np.where(np.arange(400) % 3 == 0, np.nan, value(table))
    table["x3"] = np.float64(np.arange(400) // 200)
    made = NeighbourMeans().fit_transform(table, value(table))
    assert np.isfinite(made[MEANS + DISTANCES]).all(axis=None)


KNOWN = made_up(400)
FITTED = NeighbourMeans().fit(KNOWN, value(KNOWN))
NUMBER = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[NUMBER] * 5), max_size=4))
def test_any_new_row_has_the_same_columns_all_of_them_finite(rows: list[tuple[float, ...]]) -> None:
    new = pd.DataFrame(rows, columns=[f"x{k}" for k in range(5)], dtype=np.float64)
    new["c"] = pd.Categorical(["unheard of"] * len(new))
    made = FITTED.transform(new)
    assert list(made.columns) == list(FITTED.transform(KNOWN).columns)
    assert np.isfinite(made[MEANS + DISTANCES]).all(axis=None)


def test_it_needs_labels() -> None:
    with pytest.raises(ValueError, match="fit needs y"):
        NeighbourMeans().fit(made_up(50))
