"""Every recipe on tables keeps the contract that plug-in authors test theirs with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelwright import plugins
from modelwright.interfaces import Recipe
from modelwright.records.profile import Role
from modelwright.testing import records
from modelwright.testing.contracts import Example, RecipeContract


class TestDummy(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "dummy")


class TestLinear(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "linear")


class TestSparseLinear(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "sparse-linear")


class TestLightGBM(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "lightgbm")


class TestCatBoost(RecipeContract):
    params: Any = {"learning_rate": 0.3, "bags": 1}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "catboost")


class TestNeighbours(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "neighbours")


class TestKernel(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "kernel")


class TestXGBoost(RecipeContract):
    params: Any = {"learning_rate": 0.3, "bags": 1}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "xgboost")


class TestNaiveBayes(RecipeContract):
    kinds = ("binary", "multiclass", "multilabel")

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "naive-bayes")


class TestTextNetwork(RecipeContract):
    params: Any = {"cycle": 2, "width": 16}

    def recipe(self) -> Recipe:
        pytest.importorskip("torch", reason="the extra neural is not installed")
        return plugins.load("recipes", "text-network")


class TestConvolutions(TestTextNetwork):
    kinds = ("multiclass", "several targets")  # heads and other columns are those of the bag
    params: Any = {"cycle": 2, "width": 8, "style": "convolutions"}


class TestRecurrent(TestTextNetwork):
    kinds = ("binary", "regression")
    params: Any = {"cycle": 2, "width": 8, "style": "recurrent"}


class TestTransformer(RecipeContract):
    kinds = ("multiclass", "multilabel", "regression")

    @pytest.fixture(autouse=True)
    def _folder(self, checkpoint: Path) -> None:
        self.params = {"checkpoint": str(checkpoint), "cycle": 1, "longest": 32}

    def _examples(self) -> list[Example]:
        found = super()._examples()
        options: Any = {"checkpoints": [self.params["checkpoint"]]}
        return [replace(case, problem=case.problem.model_copy(update={"options": options})) for case in found]

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "transformer")


class TestExtraTrees(RecipeContract):
    params: Any = {"n_estimators": 20}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "extra-trees")


class TestRandomForest(RecipeContract):
    params: Any = {"n_estimators": 20}

    def recipe(self) -> Recipe:
        return plugins.load("recipes", "random-forest")


class TestTabM(RecipeContract):
    params: Any = {"cycle": 3, "bags": 1}

    def recipe(self) -> Recipe:
        pytest.importorskip("tabm", reason="the extra neural is not installed")
        return plugins.load("recipes", "tabm")


class TestNetwork(RecipeContract):
    params: Any = {"cycle": 3, "bags": 1}

    def recipe(self) -> Recipe:
        pytest.importorskip("tabm", reason="the extra neural is not installed")
        return plugins.load("recipes", "network")


class TestTfidfLinear(RecipeContract):
    def recipe(self) -> Recipe:
        return plugins.load("recipes", "tfidf-linear")


@pytest.mark.parametrize("name", plugins.names("recipes"))
def test_a_recipe_is_called_what_plugins_call_it(name: str) -> None:
    assert plugins.load("recipes", name).name == name


@pytest.mark.parametrize("name", ["lightgbm", "catboost", "extra-trees", "random-forest"])
def test_presets_name_parameters_that_the_estimator_has(name: str) -> None:
    recipe = plugins.load("recipes", name)
    for profile in (records.profile(Role.NUMBER, rows=500), records.profile(Role.CATEGORY, rows=50_000)):
        for preset in recipe.presets(records.problem(), profile):
            assert recipe.build(records.problem(), {**preset, "seed": 0}).get_params().items() >= preset.items()
