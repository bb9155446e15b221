"""Ordered boosting (CatBoost: Prokhorenkova et al. 2018): another idea of categories and of trees than LightGBM's."""

from typing import TYPE_CHECKING, Any

from ..records.profile import Role
from ..records.space import Choice, Real, Space, Whole
from .base import ABSOLUTE, classifies, marks, number, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Column, Profile

FEW = 3_000  # rows up to which flat trees are tried before deep ones


class CatBoost:
    """Symmetric trees on numbers, and on categories by what their earlier rows said of the target; text is left out."""

    name = "catboost"
    family = "ordered-boosting"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text."""
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `catboosted.CatBoosted`."""
        from .catboosted import CatBoostClassifier, CatBoostLabels, CatBoostRegressor

        known: Any = dict(params)
        if classifies(problem):
            return CatBoostClassifier(**known)
        if marks(problem):
            return CatBoostLabels(**known)
        return CatBoostRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters; what categories and whole numbers may be read as, where there are any."""
        space: Space = {
            "depth": Whole(low=3, high=9),
            "learning_rate": Real(low=0.02, high=0.2, log=True),
            "l2_leaf_reg": Real(low=0.1, high=30.0, log=True),
            "random_strength": Real(low=0.1, high=10.0, log=True),
            "subsample": Real(low=0.5, high=1.0),
        }
        columns = [c for c in profile.columns if c.name in profile.features]
        if any(c.role in (Role.CATEGORY, Role.COMPOSITE) and c.distinct > 2 for c in columns):
            space["one_hot_max_size"] = Choice(values=(10, 2, 50))
        if any(_name_like(c, profile.rows) for c in columns):
            space["whole_as_categories"] = Choice(values=(False, True))
            space["max_ctr_complexity"] = Choice(values=(1, 2))
        elif "one_hot_max_size" in space:
            space["max_ctr_complexity"] = Choice(values=(1, 2))
        return space

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """Names read as names first, where there may be any, and their combinations; then deeper and flatter trees."""
        space = self.space(problem, profile)
        found: list[Params] = []
        if "whole_as_categories" in space:
            found.append({"whole_as_categories": True})
        if "max_ctr_complexity" in space:
            found.append({**(found[0] if found else {}), "max_ctr_complexity": 2})
        flat: Params = {"depth": 4, "learning_rate": 0.08, "l2_leaf_reg": 1.0}
        deep: Params = {"depth": 8, "learning_rate": 0.05, "l2_leaf_reg": 5.0}
        return [*found, *((flat, deep) if profile.rows < FEW else (deep, flat))]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By rounds (a slow learner needs more), cells, where those of categories are dear, and depth."""
        columns = [c for c in profile.columns if c.name in profile.features]
        names = sum(_name_like(c, profile.rows) for c in columns)
        many = sum(_name_like(c, profile.rows) and c.distinct > 50 for c in columns)
        read = params.get("whole_as_categories", bool(many) and 2 * many >= len(columns))
        named = sum(c.role in (Role.CATEGORY, Role.COMPOSITE) for c in columns) + (names if read else 0)
        each = 1e-8 * max(1, len(columns)) + 3e-8 * named * number(params, "max_ctr_complexity", 1)
        rounds = number(params, "n_estimators", 0) if not isinstance(params.get("n_estimators"), list) else 0
        rounds = rounds or 30 / number(params, "learning_rate", 0.06 if rows < 20_000 else 0.08)
        deep: float = (number(params, "depth", 6) / 6) ** 2
        one = rounds * (3e-4 + rows * each) * deep
        times = outputs(problem) ** (0.5 if classifies(problem) else 1.0)
        return float(0.05 + one * times * (5 if rows < 4000 else 2 if rows < 15_000 else 1.5))


def _name_like(column: "Column", rows: int) -> bool:
    """Whether a column of whole numbers may be one of names, since they are many and repeat."""
    return column.role is Role.NUMBER and column.integer and 10 < column.distinct <= rows / 2
