import numpy as np
import pandas as pd
import pytest

from modelwright.recipes import forests
from modelwright.recipes.forests import ForestRegressor
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
    grown = ForestRegressor(n_estimators=10, leaf=1).fit(X, y).model_
    assert grown.min_samples_leaf == 15
    assert sum(tree.tree_.node_count for tree in grown.estimators_) < 1000


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
