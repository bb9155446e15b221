"""Gradient-boosted trees (LightGBM: Ke et al. 2017), the strongest single family on most tables."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from ..records.space import Choice, Real, Space, Whole
from .columns import (
    category_names,
    classifies,
    codes,
    hold_out,
    levels,
    number_names,
    numbers,
    why_not_a_table,
)

if TYPE_CHECKING:
    import lightgbm
    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

ABSOLUTE = ("mae", "median-absolute-error", "mape", "smape", "rmse-median", "wmape")  # metrics that reward the median
FEW = 80  # rows from which none are split off to stop early
ROUNDS = 3000  # at most


class LightGBM:
    """Boosted trees on numbers as they are and on categories as such; text is left out."""

    name = "lightgbm"
    family = "boosting"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row."""
        return why_not_a_table(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> "Boosted":
        """A Boosted with the objective that fits kind and metric."""
        if classifies(problem):
            return BoostedClassifier(**params)
        loss = "absolute" if problem.metric in ABSOLUTE else "squared"
        return BoostedRegressor(**{"loss": loss, **params})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters, widest first."""
        most = int(np.clip(profile.rows // 20, 8, 255))
        space: Space = {
            "num_leaves": Whole(low=4, high=most, log=True),
            "learning_rate": Real(low=0.01, high=0.2, log=True),
            "min_child_samples": Whole(low=2, high=int(np.clip(profile.rows // 10, 10, 200)), log=True),
            "feature_fraction": Real(low=0.2, high=1.0),
            "bagging_fraction": Real(low=0.5, high=1.0),
            "lambda_l2": Real(low=0.01, high=50.0, log=True),
            "extra_trees": Choice(values=(False, True)),
        }
        if any(c.role in ("category", "boolean") for c in profile.columns):
            space["cat_smooth"] = Real(low=1.0, high=100.0, log=True)
            space["max_cat_to_onehot"] = Choice(values=(4, 16))
        return space

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: D102
        return 1.0
