"""Gradient-boosted trees (LightGBM: Ke et al. 2017), the strongest single family on most tables."""

import math
from typing import TYPE_CHECKING, Any

from ..records.profile import Role
from ..records.space import Choice, Real, Space, Whole
from .base import ABSOLUTE, classifies, marks, number, outputs, why_not_a_table

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

LARGE = 8_000  # rows from which large trees are tried before others
MANY = 50_000  # rows from which more of them mean more rounds


class LightGBM:
    """Boosted trees on numbers as they are and on categories as such; text is left out."""

    name = "lightgbm"
    family = "boosting"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row."""
        return why_not_a_table(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `boosted.Boosted`."""
        from .boosted import BoostedClassifier, BoostedLabels, BoostedRegressor

        known: Any = dict(params)
        if classifies(problem):
            return BoostedClassifier(**known)
        if marks(problem):
            return BoostedLabels(**known)
        return BoostedRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters; sizes that suit the number of rows."""
        space: Space = {
            "num_leaves": Whole(low=4, high=min(200, max(8, profile.rows // 20)), log=True),
            "learning_rate": Real(low=0.015, high=0.15, log=True),
            "min_child_samples": Whole(low=2, high=min(200, max(10, profile.rows // 20)), log=True),
            "feature_fraction": Real(low=0.2, high=1.0),
            "bagging_fraction": Real(low=0.5, high=1.0),
            "lambda_l2": Real(low=0.01, high=50.0, log=True),
            "extra_trees": Choice(values=(False, True)),
        }
        if profile.names(Role.CATEGORY):
            space["cat_smooth"] = Real(low=1.0, high=100.0, log=True)
            space["max_cat_to_onehot"] = Choice(values=(4, 16))
        return space

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """Trees cut at random, many small trees, and, where there are rows enough, large ones."""
        random: Params = {"extra_trees": True, "feature_fraction": 0.6, "learning_rate": 0.04, "min_child_samples": 5}
        small: Params = {"num_leaves": 6, "learning_rate": 0.06, "feature_fraction": 0.5, "lambda_l2": 5.0}
        large: Params = {"num_leaves": 96, "learning_rate": 0.03, "feature_fraction": 0.6, "min_child_samples": 20}
        return [random, small] if profile.rows < LARGE else [large, random, small]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By rounds (a slow learner needs more), rows, columns tried and leaves."""
        leaves = number(params, "num_leaves", min(31.0, max(8.0, rows / 100)))
        rounds = number(params, "n_estimators", 0) if not isinstance(params.get("n_estimators"), list) else 0
        rounds = rounds or 15 / number(params, "learning_rate", 0.05) * max(1.0, rows / MANY) ** 0.5
        columns = max(1, len(profile.features)) * number(params, "feature_fraction", 0.7)
        one = rounds * (2e-4 + 1.5e-5 * leaves + rows * (1.5e-8 + 1e-9 * columns * math.sqrt(leaves)))
        # classes share what there is to learn, so that each takes fewer rounds
        times = outputs(problem) ** (0.7 if classifies(problem) else 1.0)
        return float(0.05 + one * times * (3 if rows < 4000 else 2 if rows < 40_000 else 1))
