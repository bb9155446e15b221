"""A forest laid out flat answers what scikit-learn's trees answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from modelwright.recipes import flat


def table(rows: int, columns: int, seed: int, gaps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)).astype(np.float32)
    X[:, 0] = np.round(X[:, 0])  # ties, and thresholds between whole numbers
    y = X.sum(axis=1) + rng.normal(size=rows)
    X[rng.random(X.shape) < gaps] = np.nan
    return X, y


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 200), columns=st.integers(1, 6), gaps=st.sampled_from([0.0, 0.3]), seed=st.integers(0, 99))
def test_it_answers_what_the_trees_answer(rows: int, columns: int, gaps: float, seed: int) -> None:
    X, y = table(rows, columns, seed, gaps)
    forest = RandomForestRegressor(n_estimators=7, random_state=seed).fit(X, y)
    found = flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in forest.estimators_)
    asked = table(50, columns, seed + 1, gaps)[0]
    np.testing.assert_allclose(found.mean(asked)[:, 0], forest.predict(asked), rtol=1e-5, atol=1e-5)


def test_shares_of_classes_are_kept() -> None:
    X, y = table(300, 4, 0)
    forest = RandomForestClassifier(n_estimators=20, random_state=0).fit(X, np.digitize(y, [-1, 1]))
    found = flat.laid_out((t.tree_, t.tree_.value[:, 0]) for t in forest.estimators_)
    np.testing.assert_allclose(found.mean(X), forest.predict_proba(X), atol=1e-6)


def test_values_on_a_threshold_fall_on_the_side_they_fell_on() -> None:
    X, y = table(500, 3, 0)
    forest = ExtraTreesRegressor(n_estimators=5, random_state=0).fit(X, y)
    found = flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in forest.estimators_)
    cuts = np.concatenate([t.tree_.threshold[t.tree_.children_left >= 0] for t in forest.estimators_])
    near = np.float32(cuts)[:, None].repeat(3, axis=1)
    asked = np.concatenate([near, np.nextafter(near, np.float32(9)), np.nextafter(near, np.float32(-9))])
    np.testing.assert_allclose(found.mean(asked)[:, 0], forest.predict(asked), rtol=1e-5, atol=1e-5)


def test_parts_joined_are_their_mean() -> None:
    X, y = table(200, 3, 0)
    forests = [RandomForestRegressor(n_estimators=n, random_state=n).fit(X, y) for n in (3, 5)]
    parts = [flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in f.estimators_) for f in forests]
    found = flat.joined(parts)
    assert found.trees == 8
    wanted = sum(n * f.predict(X) for n, f in zip((3, 5), forests, strict=True)) / 8
    np.testing.assert_allclose(found.mean(X)[:, 0], wanted, rtol=1e-5, atol=1e-5)


def test_a_tree_that_is_one_leaf_answers_too() -> None:
    X = np.zeros((10, 1), dtype=np.float32)
    forest = RandomForestRegressor(n_estimators=3).fit(X, np.ones(10))
    found = flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in forest.estimators_)
    np.testing.assert_array_equal(found.mean(X), np.ones((10, 1)))


def test_many_rows_are_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = table(300, 3, 0)
    forest = RandomForestRegressor(n_estimators=6, random_state=0).fit(X, y)
    found = flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in forest.estimators_)
    whole = found.mean(X)
    monkeypatch.setattr(flat, "WALKS", 100)
    np.testing.assert_array_equal(found.mean(X), whole)


def test_no_rows_give_no_answers() -> None:
    X, y = table(30, 2, 0)
    forest = RandomForestRegressor(n_estimators=2).fit(X, y)
    found = flat.laid_out((t.tree_, t.tree_.value[:, :, 0]) for t in forest.estimators_)
    assert found.mean(X[:0]).shape == (0, 1)
