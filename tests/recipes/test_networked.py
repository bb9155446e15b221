import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.recipes import neural
from modelwright.testing.records import problem, profile

pytest.importorskip("tabm", reason="the extra neural is not installed")
from modelwright.recipes.networked import NetworkClassifier, NetworkLabels, NetworkRegressor

STYLES = ("tabm", "network")


def table(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "z": rng.normal(size=rows), "c": rng.choice(list("abc"), rows)})


def small(**params: Any) -> dict[str, Any]:
    return {"cycle": 4, "bags": 1, "width": 32, "batch": 64, **params}


@pytest.mark.parametrize("style", STYLES)
def test_sums_of_numbers_are_learnt(style: str) -> None:
    X, new = table(800), table(300, seed=1)
    y = (X["x"] + X["z"] > 0.3).to_numpy().astype(int)
    model = NetworkClassifier(style, cycle=8, bags=1, members=4, width=32, learning_rate=0.02).fit(X, y)
    assert (model.predict(new) == (new["x"] + new["z"] > 0.3)).mean() > 0.95


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_predictions_and_another_gives_others(style: str) -> None:
    X = table()
    y = X["x"].to_numpy()
    first, second, third = (NetworkRegressor(style, **small(seed=s)).fit(X, y).predict(X) for s in (1, 1, 2))
    assert first.tobytes() == second.tobytes()
    assert (first != third).any()


@pytest.mark.parametrize("style", STYLES)
def test_a_refit_takes_over_the_epochs_and_holds_no_rows_out(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelwright.recipes import training

    sizes: list[tuple[int, bool]] = []
    train = training.train

    def counting(module: Any, rows: Any, held: Any, *args: Any) -> int:
        sizes.append((len(rows), held is None))
        return train(module, rows, held, *args)

    monkeypatch.setattr(training, "train", counting)
    X = table()
    y = (X["x"] > 0).to_numpy().astype(int)
    learned = NetworkClassifier(style, **small()).fit(X, y).learned_
    again = NetworkClassifier(style, **small(**learned)).fit(X, y)
    assert sizes[0] != sizes[1] == (300, True)
    assert again.learned_ == learned


def test_several_networks_leave_another_part_out_each() -> None:
    X = table()
    y = X["x"].to_numpy()
    model = NetworkRegressor("network", **small(bags=3)).fit(X, y)
    assert len(model.weights_) == 3
    assert any((model.weights_[0][k] != model.weights_[1][k]).any() for k in model.weights_[0])


@pytest.mark.parametrize("style", STYLES)
def test_odd_columns_are_borne(style: str) -> None:
    X = table()
    X["nothing"], X["infinite"], X["constant"] = np.nan, np.where(X["x"] > 0, np.inf, 1.0), 7.0
    X["none"] = pd.Categorical([None] * len(X), categories=["a"])
    X["text"] = np.array([f"some words {k}" for k in range(len(X))], dtype=object)
    y = X["x"].to_numpy() * 3
    assert np.isfinite(NetworkRegressor(style, **small()).fit(X, y).predict(X)).all()


@pytest.mark.parametrize("style", STYLES)
def test_without_a_column_to_read_the_answer_is_the_middle(style: str) -> None:
    X = pd.DataFrame({"text": np.array([f"some words {k}" * (k % 9 + 1) for k in range(200)], dtype=object)})
    y = np.random.default_rng(0).normal(5, 1, 200)
    found = NetworkRegressor(style, **small()).fit(X, y).predict(X)
    assert np.ptp(found) < 1e-6
    assert 3 < found[0] < 7


def test_fewer_rows_than_a_batch_and_more_columns_than_rows() -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 40))).add_prefix("x")
    assert np.isfinite(NetworkRegressor("tabm", **small()).fit(X, np.arange(9.0)).predict(X)).all()
    with_norm = NetworkClassifier("network", norm=True, **small()).fit(X, np.arange(9) % 2)
    assert np.isfinite(with_norm.predict_proba(X)).all()


def test_a_prediction_hardly_leaves_the_range_of_the_target() -> None:
    X = table()
    model = NetworkRegressor("network", **small()).fit(X, X["x"].to_numpy())
    far = X.assign(x=1e9)
    assert np.ptp(X["x"]) * 0.06 + X["x"].max() > model.predict(far).max()


def test_an_absolute_loss_is_not_drawn_to_outliers() -> None:
    X = pd.DataFrame({"x": np.zeros(400)})
    y = np.where(np.arange(400) % 10 == 0, 1000.0, 1.0)
    assert NetworkRegressor("network", loss="absolute", **small(cycle=20)).fit(X, y).predict(X)[0] < 20


def test_labels_that_no_row_has_stay_unlikely() -> None:
    X = table(600)
    y = np.column_stack([X["x"] > 0, X["z"] > 0, np.zeros(len(X))]).astype(int)
    found = NetworkLabels("network", **small(cycle=15)).fit(X, y).predict_proba(X)
    assert found[:, 2].max() < 0.2
    assert ((found[:, 0] > 0.5) == (X["x"] > 0)).mean() > 0.9


def test_a_pickle_holds_no_object_of_torch() -> None:
    X = table()
    model = NetworkRegressor("tabm", **small()).fit(X, X["x"].to_numpy())
    model.predict(X)
    assert b"torch" not in pickle.dumps(model)


def test_without_the_extra_the_recipes_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "find_spec", lambda name: None)
    for name in STYLES:
        reason = plugins.load("recipes", name).applies(problem(), profile())
        assert reason == "it needs torch: install modelwright[neural]"


def test_planning_does_not_import_torch() -> None:
    script = (
        "import sys; from modelwright import plugins; from modelwright.testing.records import problem, profile; "
        "[plugins.load('recipes', n).applies(problem(), profile()) for n in plugins.names('recipes')]; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.gpu
@pytest.mark.parametrize("style", STYLES)
def test_a_network_fitted_on_a_gpu_predicts_the_same_without(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelwright import encoders

    if encoders.where() == "cpu":
        pytest.skip("torch finds no GPU")
    X = table()
    model = NetworkRegressor(style, **small()).fit(X, X["x"].to_numpy())
    there = model.predict(X)
    monkeypatch.setattr(encoders, "where", lambda: "cpu")
    np.testing.assert_allclose(pickle.loads(pickle.dumps(model)).predict(X), there, rtol=1e-3, atol=1e-4)
