import numpy as np
import pandas as pd
import pytest

from modelwright.recipes.distances import Points, squared, weigh
from modelwright.recipes.nearest import NearestClassifier, NearestRegressor


def points(rows: int = 400, axes: int = 5) -> "np.ndarray":
    return np.random.default_rng(0).normal(size=(rows, axes)).astype(np.float32)


def test_an_axis_that_tells_all_is_stretched_most() -> None:
    some = points()
    weights = weigh(some, np.sin(2 * some[:, [2]]), seed=0)
    assert weights.argmax() == 2
    assert weights[2] > 5 * np.delete(weights, 2).max()


def test_axes_of_points_that_are_all_the_same_keep_their_length() -> None:
    np.testing.assert_array_equal(weigh(np.zeros((50, 3)), np.zeros((50, 1)), seed=0), np.ones(3))


def test_squared_distances_are_never_below_zero() -> None:
    some = points() + 1000
    assert squared(some, some).min() >= 0


def test_a_category_of_many_values_is_told_by_the_target_of_other_rows() -> None:
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"c": pd.Categorical([f"k{k}" for k in range(300)])})  # each value stands once: it tells nothing
    told = Points().fit_transform(X, rng.normal(size=(300, 1)))[:, -1]
    assert not told.any()


def test_columns_beyond_the_most_are_those_that_tell_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.recipes.distances.AXES", 2)
    some = points()
    X = pd.DataFrame(some, columns=list("abcde"))
    kept = Points().fit(X, (some[:, [1]] + some[:, [3]]).astype(float)).kept_
    assert kept.tolist() == [1, 3]


def test_a_row_seen_in_fit_is_not_its_own_neighbour_when_the_count_is_chosen() -> None:
    X = pd.DataFrame(points(300, 2), columns=["a", "b"])
    noise = np.random.default_rng(2).normal(size=300)
    assert NearestRegressor().fit(X, noise).k_ > 20  # with itself, one neighbour would look best


def test_more_rows_than_the_most_are_drawn_from() -> None:
    X = pd.DataFrame(points(), columns=list("abcde"))
    model = NearestClassifier(rows=100).fit(X, (X["a"] > 0).to_numpy().astype(int))
    assert len(model.wanted_) == 100
    assert (model.predict(X) == (X["a"] > 0)).mean() > 0.8


def test_a_hundred_twins_of_a_row_are_no_trouble() -> None:
    X = pd.DataFrame({"a": np.repeat([0.0, 1.0], 150)})
    found = NearestRegressor().fit(X, X["a"].to_numpy()).predict(X)
    assert np.abs(found - X["a"]).max() < 0.3
