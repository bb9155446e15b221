"""Nearest neighbours (Fix and Hodges 1951), in a space whose axes count by how much they tell of the target."""

from typing import TYPE_CHECKING, Any

from ..records.space import Choice, Space, Whole
from .base import classifies, marks, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile


class Neighbours:
    """What the nearest rows have, the nearer the more it counts; text is left out."""

    name = "neighbours"
    family = "neighbours"
    steady = True

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text."""
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `nearest.Nearest`."""
        from .nearest import NearestClassifier, NearestLabels, NearestRegressor

        known: Any = dict(params)
        if marks(problem):
            return NearestLabels(**known)
        return NearestClassifier(**known) if classifies(problem) else NearestRegressor(**known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """How many neighbours, and how much the axes differ."""
        return {
            "k": Whole(low=2, high=min(150, max(10, profile.rows // 20)), log=True),
            "stretch": Choice(values=(0.5, 1.0, 0.0)),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Learning the axes takes the same time for any number of rows; each row asked for is held against all."""
        kept, axes = min(rows, 60_000), 3 * max(1, len(profile.features))
        asked = min(rows / 4, 20_000) + profile.test_rows + 4500
        return 1.0 + kept * asked * (1e-9 + 6e-11 * axes) + 2e-7 * rows * axes
