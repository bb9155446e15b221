"""The contracts accept what keeps them and refuse what breaks them."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.interfaces import Feature, Recipe
from modelwright.parameters import Parameters
from modelwright.recipes.dummy import ConstantClassifier, Dummy
from modelwright.testing.contracts import FeatureContract, RecipeContract


class Scripted(ConstantClassifier):
    """Breaks what it is told to break."""

    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw

    def fit(self, X: pd.DataFrame, y: Any) -> "Scripted":
        if self.flaw == "changes":
            X["number"] = 0.0
        super().fit(X, y)
        self.noise_ = np.random.default_rng().normal() if self.flaw == "unseeded" else 0.0
        if self.flaw == "cannot be pickled":
            self.hook_ = lambda: None
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        found = super().predict_proba(X)
        if self.flaw == "looks at other rows":
            return found * np.linspace(0.5, 1, len(X))[:, None]
        if self.flaw == "not finite":
            return found * np.nan
        return found + self.noise_


class Flawed(Dummy):
    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw

    def build(self, problem: Any, params: Any) -> Any:
        return Scripted(self.flaw)


def contract(flaw: str) -> RecipeContract:
    class Mine(RecipeContract):
        kinds = ("binary", "multiclass")

        def recipe(self) -> Recipe:
            return Flawed(flaw)

    return Mine()


PROMISES = [name for name in dir(RecipeContract) if name.startswith("test_")]


@pytest.mark.parametrize("name", PROMISES)
def test_a_recipe_that_keeps_its_promises_passes(name: str) -> None:
    getattr(contract(""), name)()


@pytest.mark.parametrize(
    ("flaw", "name"),
    [
        ("changes", "test_the_table_and_the_target_stay_as_they_are"),
        ("unseeded", "test_a_clone_is_unfitted_and_fits_to_the_same"),
        ("cannot be pickled", "test_a_pickled_estimator_predicts_the_same"),
        ("looks at other rows", "test_rows_one_by_one_and_in_another_order_have_the_same_prediction"),
        ("not finite", "test_a_prediction_has_one_finite_row_for_each_row"),
    ],
)
def test_a_recipe_that_breaks_a_promise_fails(flaw: str, name: str) -> None:
    with pytest.raises((AssertionError, AttributeError, pickle.PicklingError)):
        getattr(contract(flaw), name)()


class Step(Parameters):
    """A step that breaks what it is told to break."""

    needs = "row"

    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw

    @classmethod
    def applies(cls, problem: Any, profile: Any) -> str | None:
        return None

    def fit(self, table: pd.DataFrame, y: Any = None) -> "Step":
        self.fitted_ = True
        return self

    def fit_transform(self, table: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        return self.fit(table, y).transform(table)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        if self.flaw == "changes":
            table["number"] = 0.0
        if self.flaw == "loses the index":
            return table.reset_index(drop=True)
        if self.flaw == "looks at other rows":
            return table.assign(place=np.arange(len(table)))
        return table.assign(double=2 * table["number"])


def step_contract(make: Callable[[], Feature]) -> FeatureContract:
    class Mine(FeatureContract):
        def step(self) -> Feature:
            return make()

    return Mine()


STEP_PROMISES = [name for name in dir(FeatureContract) if name.startswith("test_")]


@pytest.mark.parametrize("name", STEP_PROMISES)
def test_a_step_that_keeps_its_promises_passes(name: str) -> None:
    getattr(step_contract(Step), name)()


@pytest.mark.parametrize(
    ("flaw", "name"),
    [
        ("changes", "test_the_table_given_stays_as_it_is"),
        ("loses the index", "test_rows_keep_their_index_and_order"),
        ("looks at other rows", "test_rows_one_by_one_are_the_same_as_all_at_once"),
    ],
)
def test_a_step_that_breaks_a_promise_fails(flaw: str, name: str) -> None:
    with pytest.raises(AssertionError):
        getattr(step_contract(lambda: Step(flaw)), name)()


@pytest.mark.parametrize("name", STEP_PROMISES)
@pytest.mark.parametrize(
    "feature", [n for n in plugins.BUILTIN["features"] if not n.endswith("-embeddings")]
)  # see theirs
def test_every_built_in_step_keeps_the_contract(feature: str, name: str) -> None:
    getattr(step_contract(plugins.load("features", feature)), name)()
