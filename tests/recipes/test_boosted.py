from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from modelwright.recipes import stopped
from modelwright.recipes.boosted import BoostedClassifier, BoostedRegressor
from modelwright.recipes.boosting import LightGBM
from modelwright.testing.records import problem


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=rows), "c": pd.Categorical(rng.choice(list("abc"), rows))})


def count_fits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The number of rows of each training set that LightGBM gets from now on."""
    sizes: list[Any] = []
    train = lightgbm.train

    def counting(params: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        sizes.append(len(data.get_label()))
        return train(params, data, *args, **kwargs)

    monkeypatch.setattr(lightgbm, "train", counting)
    return sizes


@pytest.mark.parametrize(("metric", "loss"), [("rmse", "squared"), ("mae", "absolute"), ("smape", "absolute")])
def test_the_loss_follows_the_metric(metric: str, loss: str) -> None:
    estimator = LightGBM().build(problem(kind="regression", metric=metric, classes=()), {"seed": 0})
    assert estimator.get_params()["loss"] == loss


def test_an_absolute_loss_is_not_drawn_to_outliers() -> None:
    X = pd.DataFrame({"x": np.zeros(200)})
    y = np.where(np.arange(200) % 10 == 0, 1000.0, 1.0)
    assert BoostedRegressor(loss="absolute", n_estimators=50).fit(X, y).predict(X)[0] == pytest.approx(1, abs=0.1)


def test_few_rows_are_bagged_and_every_model_leaves_a_fifth_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = count_fits(monkeypatch)
    X = table()
    BoostedRegressor().fit(X, X["x"].to_numpy())
    assert sizes == [240] * 5


def test_one_bag_is_fitted_again_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = count_fits(monkeypatch)
    X = table()
    estimator = BoostedRegressor(bags=1).fit(X, X["x"].to_numpy())
    assert sizes == [262, 300]
    assert estimator.models_[0][0].num_trees() == estimator.learned_["n_estimators"]


def test_rounds_that_are_given_are_kept_to_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = count_fits(monkeypatch)
    X = table()
    estimator = BoostedClassifier(n_estimators=7, bags=2).fit(X, (X["x"] > 0).to_numpy().astype(int))
    assert sizes == [300, 300]
    assert [model.num_trees() for model in estimator.models_] == [7, 7]
    assert estimator.learned_ == {"n_estimators": 7}


def test_two_targets_learn_two_numbers_of_rounds() -> None:
    X = table()
    y = np.column_stack([X["x"], np.random.default_rng(1).normal(size=len(X))])
    rounds = BoostedRegressor(bags=1).fit(X, y).learned_["n_estimators"]
    assert rounds[0] > rounds[1] >= 1


def test_noise_stops_early() -> None:
    X, rng = table(), np.random.default_rng(2)
    assert BoostedRegressor(bags=1).fit(X, rng.normal(size=len(X))).learned_["n_estimators"] < 100


def test_a_category_is_split_as_one() -> None:
    rng = np.random.default_rng(3)
    place = rng.integers(0, 8, 600)
    X = pd.DataFrame({"c": pd.Categorical([f"k{p}" for p in place])})
    y = (place % 2).astype(float)  # no order of the names helps
    found = BoostedRegressor(n_estimators=40, num_leaves=2, min_child_samples=5).fit(X, y).predict(X)
    assert np.abs(found - y).max() < 0.2


@pytest.mark.parametrize(
    ("allowed", "rows", "used"), [("4", 1000, 1), ("4", 60_000, 2), ("4", 10**6, 4), ("1", 10**6, 1)]
)
def test_a_small_table_is_not_worth_more_threads_and_none_gets_more_than_are_allowed(
    monkeypatch: pytest.MonkeyPatch, allowed: str, rows: int, used: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    assert BoostedRegressor()._settings(rows, 10)["num_threads"] == used


def test_too_few_rows_to_split_guess_the_rounds() -> None:
    X = table(stopped.FEWEST - 1)
    assert BoostedRegressor().fit(X, X["x"].to_numpy()).learned_["n_estimators"] == BoostedRegressor.guess


def test_a_model_that_still_improves_goes_on_from_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoostedRegressor, "most", 20)
    X = table(600)
    y = X["x"].to_numpy()
    model = BoostedRegressor(bags=2).fit(X, y)
    assert 40 < model.learned_["n_estimators"] < 100  # four times the most, and what is begun is ended
    once = BoostedRegressor(bags=2, n_estimators=model.learned_["n_estimators"]).fit(X, y)
    assert np.std(model.predict(X) - once.predict(X)) < 0.1


def test_rows_are_drawn_for_each_round_of_a_small_table_alone() -> None:
    assert [BoostedRegressor()._settings(rows, 4)["bagging_fraction"] for rows in (2999, 3000)] == [0.75, 1.0]
    assert BoostedRegressor(bagging_fraction=0.5)._settings(9000, 4)["bagging_freq"] == 1
