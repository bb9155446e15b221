import warnings

import numpy as np
import pandas as pd
import pytest

from modelwright.recipes.columns import Curves
from modelwright.recipes.linear import Linear
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile

VALUES = problem(kind="regression", metric="rmse", classes=())


def test_a_table_of_nothing_but_text_is_declined() -> None:
    assert Linear().applies(problem(), profile(Role.TEXT)) is not None
    assert Linear().applies(problem(), profile(Role.TEXT, Role.NUMBER)) is None


def test_it_follows_a_curve() -> None:
    x = np.linspace(-3, 3, 1000)
    X = pd.DataFrame({"x": x})
    curved, straight = (
        np.std(Linear().build(VALUES, {"seed": 0, "splines": s}).fit(X, np.sin(2 * x)).predict(X) - np.sin(2 * x))
        for s in (True, False)
    )
    assert curved < 0.2 < straight


def test_one_wild_value_does_little_harm() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    X = pd.DataFrame({"x": np.where(np.arange(400) == 7, 1e12, x)})
    found = Linear().build(VALUES, {"seed": 0}).fit(X, x).predict(X)
    assert np.std(np.delete(found - x, 7)) < 0.2


def test_a_rare_category_and_a_new_one_are_treated_alike() -> None:
    city = ["a"] * 50 + ["b"] * 50 + ["rare1", "rare2"]
    y = np.array([0.0] * 50 + [1.0] * 50 + [5.0, 5.0])
    model = Linear().build(VALUES, {"seed": 0, "penalty": 0.01, "min_frequency": 5})
    model.fit(pd.DataFrame({"city": pd.Categorical(city)}), y)
    asked = pd.DataFrame({"city": pd.Categorical(["rare1", "new"])})
    rare, new = model.predict(asked)
    assert rare == pytest.approx(new)
    assert rare > 3


def test_no_warning_about_convergence_is_shown() -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame(rng.normal(size=(60, 40))).add_prefix("x"), np.arange(60) % 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Linear().build(problem(), {"seed": 0, "penalty": 1e-9}).fit(X, y)


def test_splines_are_left_out_where_the_matrix_would_become_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.recipes.columns.CELLS", 1000)
    X = np.random.default_rng(0).normal(size=(1000, 2))
    assert Curves().fit(X).transform(X).shape == (1000, 2)


def test_a_column_of_two_values_has_no_splines() -> None:
    X = np.column_stack([np.arange(1000) % 2, np.linspace(0, 1, 1000)]).astype(float)
    assert Curves().fit(X).varied_.tolist() == [False, True]
