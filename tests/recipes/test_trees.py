import numpy as np
import pandas as pd
import pytest

from modelwright.recipes import forests
from modelwright.recipes.forests import ForestLabels, ForestRegressor
from modelwright.recipes.trees import ExtraTrees, RandomForest
from modelwright.testing.records import problem


def test_the_two_recipes_grow_different_trees() -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"x": rng.normal(size=200)}), rng.integers(0, 2, 200)
    one, other = (r().build(problem(), {"seed": 0, "n_estimators": 5}).fit(X, y) for r in (ExtraTrees, RandomForest))
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_leaves_grow_where_the_forest_would_become_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"x": rng.normal(size=500)}), rng.normal(size=500)
    monkeypatch.setattr(forests, "NODES", 500)
    grown = ForestRegressor(n_estimators=10, leaf=1).fit(X, y).forest_
    assert len(grown.feature) + len(grown.answers) < 1000


def test_a_missing_value_is_a_value_of_its_own() -> None:
    x = np.where(np.arange(400) % 4 == 0, np.nan, 1.0)
    X = pd.DataFrame({"x": x})
    found = ForestRegressor(n_estimators=10).fit(X, np.isnan(x).astype(float)).predict(X)
    np.testing.assert_allclose(found, np.isnan(x), atol=1e-6)


def test_the_same_forest_gives_the_same_digits_every_time() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=2000), "z": rng.normal(size=2000)})
    forest = ForestRegressor(n_estimators=60).fit(X, rng.normal(size=2000))
    assert len({forest.predict(X).tobytes() for _ in range(8)}) == 1


def test_no_class_is_ever_impossible() -> None:
    X, y = pd.DataFrame({"x": [0.0, 1.0] * 50}), np.array([0, 1] * 50)
    found = ExtraTrees().build(problem(), {"leaf": 1, "n_estimators": 50}).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found.min(axis=1), 0.5 / 51)


def test_a_label_that_is_always_set_is_told_with_the_others() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300)})
    y = np.column_stack([X["x"] > 0, np.ones(300), np.zeros(300)]).astype(int)
    found = ForestLabels(n_estimators=40).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(found > 0.5, y == 1)


def test_chunks_of_trees_are_one_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"x": rng.normal(size=500)}), rng.normal(size=500)
    monkeypatch.setattr(forests, "AT_ONCE", 1)
    grown = ForestRegressor(n_estimators=10, leaf=1).fit(X, y)
    assert grown.forest_.trees == 10
    assert np.corrcoef(grown.predict(X), y)[0, 1] > 0.8
