"""Gradient-boosted trees once more (XGBoost: Chen and Guestrin 2016): they differ from LightGBM's in how they grow."""

import math
from typing import TYPE_CHECKING, Any

from ..records.space import Real, Space, Whole
from .base import ABSOLUTE, classifies, marks, number, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile


class XGBoost:
    """Boosted trees on numbers as they are and on categories as such; text is left out."""

    name = "xgboost"
    family = "boosting"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text."""
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `xgboosted.XGBoosted`."""
        from .xgboosted import XGBoostClassifier, XGBoostLabels, XGBoostRegressor

        known: Any = dict(params)
        if classifies(problem):
            return XGBoostClassifier(**known)
        if marks(problem):
            return XGBoostLabels(**known)
        return XGBoostRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters; sizes that suit the number of rows."""
        return {
            "max_depth": Whole(low=3, high=9),
            "learning_rate": Real(low=0.015, high=0.15, log=True),
            "min_child_weight": Real(low=0.5, high=min(100.0, max(5.0, profile.rows / 50)), log=True),
            "subsample": Real(low=0.5, high=1.0),
            "colsample_bynode": Real(low=0.2, high=1.0),
            "reg_lambda": Real(low=0.01, high=50.0, log=True),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By rounds (a slow learner needs more), rows, columns and depth."""
        depth = number(params, "max_depth", min(8.0, max(4.0, math.log2(max(2, rows)) - 6)))
        rounds = number(params, "n_estimators", 0) if not isinstance(params.get("n_estimators"), list) else 0
        rounds = rounds or 12 / number(params, "learning_rate", 0.06)
        columns = max(1, len(profile.features))
        one = rounds * (1e-5 * 2**depth + rows * depth * (8e-9 + 1.5e-9 * columns))
        times = outputs(problem) ** (0.6 if classifies(problem) else 1.0)
        return float(0.05 + one * times * (3 if rows < 4000 else 2 if rows < 40_000 else 1))
