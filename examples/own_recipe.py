"""A recipe of one's own, and a strategist that tries it. See examples/README.md for the command."""

from functools import cached_property

from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelwright.interfaces import Recipe
from modelwright.records.experiment import Params
from modelwright.records.problem import Problem
from modelwright.records.profile import Profile, Role
from modelwright.records.space import Space, Whole
from modelwright.strategists.menu import Menu
from modelwright.strategists.rules import Rules


class Neighbours:
    """The share of each class among the nearest rows: for tables of numbers with classes."""

    name, family = "neighbours", "neighbours"

    def applies(self, problem: Problem, profile: Profile) -> str | None:
        """Only numbers have distances here."""
        numbers = set(profile.names(Role.NUMBER)) == set(profile.features)
        return None if problem.classes and numbers else "needs classes, and features that are all numbers"

    def build(self, problem: Problem, params: Params) -> object:  # noqa: ARG002
        """Gaps filled, scales made equal, neighbours asked."""
        nearest = KNeighborsClassifier(n_neighbors=int(str(params.get("neighbours", 15))), weights="distance")
        return make_pipeline(SimpleImputer(), StandardScaler(), nearest)

    def space(self, problem: Problem, profile: Profile) -> Space:  # noqa: ARG002
        """How many neighbours to ask."""
        return {"neighbours": Whole(low=3, high=60, log=True)}

    def effort(self, problem: Problem, profile: Profile, params: Params, rows: int) -> float:  # noqa: ARG002
        """Quick: about ten million distances a second."""
        return 0.1 + (rows * rows * len(profile.features)) / 1e8


class MenuWithNeighbours(Menu):
    """The built-in menu with one more recipe."""

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """Ours first, where it applies, then the built-in ones."""
        mine = Neighbours()
        ours = {"own_recipe:Neighbours": mine} if mine.applies(self.problem, self.profile) is None else {}
        return {**ours, **super().recipes}


class WithNeighbours(Rules):
    """The rules strategist with one more recipe. With an entry point this class is not needed."""

    menu_type = MenuWithNeighbours
