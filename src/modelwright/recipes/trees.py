"""Forests of randomised trees: random forest (Breiman 2001) and extra trees (Geurts et al. 2006)."""

from typing import TYPE_CHECKING, Any, ClassVar

from ..records.space import Choice, Real, Space, Whole
from .base import classifies, marks, number, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile


class RandomForest:
    """Trees grown on bootstrap samples, with the best of the cuts of some columns."""

    name = "random-forest"
    family = "trees"
    steady = True
    style: ClassVar[str] = "random"
    speed: ClassVar[float] = 1.0  # relative time of one tree
    most: ClassVar[int] = 30_000  # rows of a bootstrap sample at most

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text."""
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: `n_estimators`, `leaf` (least rows in a leaf), `max_features` (share of columns tried at a cut)."""
        from .forests import ForestClassifier, ForestLabels, ForestRegressor

        known: Any = {"style": self.style, **params}
        if marks(problem):
            return ForestLabels(**known)
        return ForestClassifier(**known) if classifies(problem) else ForestRegressor(**known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """Size of the leaves and how much chance there is."""
        return {
            "leaf": Whole(low=1, high=20, log=True),
            "max_features": Real(low=0.1, high=1.0),
            "n_estimators": Choice(values=(200, 400)),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":  # noqa: ARG002
        """Whole trees with few columns at a cut, then leaves of several rows with many."""
        return [{"leaf": 1, "max_features": 0.2, "n_estimators": 400}, {"leaf": 6, "max_features": 0.7}]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By trees, rows (times their logarithm) and columns tried."""
        trees, share = number(params, "n_estimators", 200 if rows < 30_000 else 100), number(params, "max_features", 0)
        width = max(1, len(profile.features))
        columns = share * width or min(0.4 * width, 12 + width**0.5)
        each = 0.4 if classifies(problem) or marks(problem) else 0.8  # classes are cut by counts, which are cheap
        return 0.05 + each * trees * min(rows, self.most) * self.speed * (3e-7 + 6e-7 * columns)


class ExtraTrees(RandomForest):
    """Trees grown on all rows, with the best of random cuts."""

    name = "extra-trees"
    style = "extra"
    speed = 0.4
    most = 10**9
