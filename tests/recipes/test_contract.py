"""Every recipe on tables keeps the contract that plug-in authors test theirs with."""

from typing import Any

import pytest

from modelwright import plugins
from modelwright.interfaces import Recipe
from modelwright.testing.contracts import RecipeContract


class TestDummy(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "dummy")


class TestLinear(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "linear")


class TestLightGBM(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "lightgbm")


class TestCatBoost(RecipeContract):
    params: Any = {"learning_rate": 0.3, "bags": 1}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "catboost")


class TestXGBoost(RecipeContract):
    params: Any = {"learning_rate": 0.3, "bags": 1}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "xgboost")


class TestExtraTrees(RecipeContract):
    params: Any = {"n_estimators": 20}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "extra-trees")


class TestRandomForest(RecipeContract):
    params: Any = {"n_estimators": 20}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "random-forest")


class TestTfidfLinear(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "tfidf-linear")


@pytest.mark.parametrize("name", plugins.names("recipes"))
def test_a_recipe_is_called_what_plugins_call_it(name: str) -> None:
    assert plugins.load("recipes", name).name == name
