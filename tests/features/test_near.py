import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.near import NearPlaces
from modelwright.interfaces import Feature
from modelwright.records.profile import Profile
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return NearPlaces()


def places(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"home_lat": rng.uniform(40, 42, rows), "home_lon": rng.uniform(0, 2, rows), "x": 1.0})


def price(table: pd.DataFrame) -> np.ndarray:
    return np.asarray(np.sin(3 * table["home_lat"]) * np.cos(3 * table["home_lon"]))


def test_it_applies_to_places() -> None:
    where = Profile(rows=100, test_rows=0, columns=(), coordinates=(("lat", "lon"),))
    assert NearPlaces.applies(problem(), where) is None
    assert NearPlaces.applies(problem(kind="segmentation"), where) is not None
    assert NearPlaces.applies(problem(), where.model_copy(update={"coordinates": ()})) is not None


def test_the_mean_of_the_nearest_foretells_a_price_that_depends_on_the_place() -> None:
    table, new = places(), places(200, seed=1)
    made = NearPlaces(nearest=5).fit(table, price(table)).transform(new)
    assert np.corrcoef(made["home_lat+home_lon.mean"], price(new))[0, 1] > 0.95
    assert (made["home_lat+home_lon.distance"] > 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 599))
def test_the_target_of_a_row_is_not_in_its_own_mean(row: int) -> None:
    table = places()
    y = price(table)
    changed = y.copy()
    changed[row] = 1000.0
    one, other = (NearPlaces().fit_transform(table, t)["home_lat+home_lon.mean"] for t in (y, changed))
    assert one.iloc[row] == other.iloc[row]
    assert not np.allclose(one, other)


def test_classes_get_a_column_each_and_missing_places_have_gaps() -> None:
    table = places()
    table.loc[3, "home_lat"] = np.nan
    table.loc[4, "home_lon"] = np.inf
    made = NearPlaces().fit_transform(table, np.arange(600) % 3)
    means = made[[f"home_lat+home_lon.mean.{c}" for c in range(3)]]
    assert means.iloc[[3, 4]].isna().all(axis=None)
    np.testing.assert_allclose(means.drop(index=[3, 4]).sum(axis=1), 1)


def test_few_rows_and_other_names_are_left_alone() -> None:
    few = places(20)
    pd.testing.assert_frame_equal(NearPlaces().fit_transform(few, price(few)), few)
    other = places().rename(columns={"home_lat": "north"})
    pd.testing.assert_frame_equal(NearPlaces().fit_transform(other, np.arange(600.0)), other)


def test_it_needs_labels() -> None:
    with pytest.raises(ValueError, match="fit needs y"):
        NearPlaces().fit(places())
