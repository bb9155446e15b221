from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.recipes.catboosted import MISSING, UNSEEN, CatBoostClassifier, CatBoostLabels, CatBoostRegressor
from modelwright.recipes.xgboosted import XGBoostClassifier, XGBoostRegressor


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=rows), "c": pd.Categorical(rng.choice(list("abc"), rows))})


def test_a_gap_is_a_level_and_a_new_value_is_none() -> None:
    X = table()
    model = CatBoostRegressor(n_estimators=3, bags=1).fit(X, X["x"].to_numpy())
    strange = pd.DataFrame({"x": [0.0, 0.0, 0.0], "c": pd.Categorical(["a", None, "new"])})
    assert model._table(strange)[1].tolist() == [0, MISSING, UNSEEN]


def test_whole_numbers_that_repeat_are_names_when_asked_for() -> None:
    rng = np.random.default_rng(1)
    shop = rng.integers(0, 60, 2000)
    X = pd.DataFrame({"shop": shop, "share": rng.random(2000), "flag": rng.integers(0, 3, 2000)})
    y = rng.normal(size=60)[shop] + 0.1 * rng.normal(size=2000)
    errors = []
    for named in (False, True):
        model = CatBoostRegressor(n_estimators=40, bags=1, depth=3, whole_as_categories=named).fit(X[:1500], y[:1500])
        errors.append(np.mean((model.predict(X[1500:]) - y[1500:]) ** 2))
        assert model.whole_ == (["shop"] if named else [])
    assert errors[1] < errors[0]


@pytest.mark.parametrize("model", [CatBoostRegressor(), XGBoostRegressor()])
def test_a_target_that_never_changes_is_answered_by_its_value(model: Any) -> None:
    np.testing.assert_array_equal(model.fit(table(), np.full(300, 7.5)).predict(table(5)), np.full(5, 7.5))


def test_a_part_of_the_rows_whose_target_never_changes_is_no_trouble() -> None:
    y = np.zeros(300)
    y[17] = 1.0  # four of five models are fitted with it, one without
    assert np.isfinite(CatBoostRegressor(learning_rate=0.3).fit(table(), y).predict(table())).all()


def test_a_label_of_two_rows_is_no_trouble() -> None:
    y = np.zeros((300, 2), dtype=int)
    y[[3, 9], 0] = 1
    y[::2, 1] = 1
    assert CatBoostLabels(n_estimators=5, bags=1).fit(table(), y).predict_proba(table()).shape == (300, 2)


@pytest.mark.parametrize("classifier", [CatBoostClassifier, XGBoostClassifier])
def test_a_model_that_still_improves_goes_on_from_where_it_is(classifier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "most", 6)
    X = table(600)
    model = classifier(bags=1, learning_rate=0.02).fit(X, (X["x"] > 0).to_numpy().astype(int))
    assert 18 < model.learned_["n_estimators"] < 30  # four times the most, and what is begun is ended


@pytest.mark.parametrize("classifier", [CatBoostClassifier, XGBoostClassifier])
def test_what_goes_on_is_as_good_as_what_never_stopped(classifier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X = table(600)
    y = (X["x"] > 0).to_numpy().astype(int)
    never = classifier(n_estimators=24, bags=1, learning_rate=0.1).fit(X, y).predict_proba(X)[:, 1]
    monkeypatch.setattr(classifier, "most", 6)
    resumed = classifier(bags=2, learning_rate=0.1).fit(X, y)
    assert [resumed._rounds(model) for model in resumed.models_] == [24, 24]
    assert np.abs(resumed.predict_proba(X)[:, 1] - never).mean() < 0.05


def test_levels_that_stand_once_tell_nothing() -> None:
    rows = 3000
    X = pd.DataFrame({"c": pd.Categorical.from_codes(np.arange(rows), [f"k{k}" for k in range(rows)])})
    y = np.random.default_rng(0).integers(0, 2, rows)
    chance = CatBoostClassifier(bags=1).fit(X, y).predict_proba(X)[:, 1]
    assert np.abs(chance - y.mean()).max() < 0.1


def test_nothing_is_written_beside_the_models(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    X = table()
    CatBoostRegressor(n_estimators=3, bags=1).fit(X, X["x"].to_numpy())
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_nothing_but_numbered_names_is_read_as_names_and_one_of_amounts_is_not() -> None:
    random = np.random.default_rng(0)
    effect = random.normal(size=400)
    who = random.integers(0, 400, 4000)
    y = (effect[who] + 0.3 * random.normal(size=4000) > 0).astype(int)
    names = pd.DataFrame({"who": who, "other": random.integers(0, 300, 4000)})
    amounts = names.assign(a=random.normal(size=4000), b=random.normal(size=4000), c=random.normal(size=4000))
    assert CatBoostClassifier(n_estimators=5, bags=1).fit(names, y).whole_ == ["who", "other"]
    assert CatBoostClassifier(n_estimators=5, bags=1).fit(amounts, y).whole_ == []
