"""Logistic and ridge regression: fast, hard to beat on few rows, and a different idea from trees in a blend.

Splines of the numbers (a generalised additive model: Hastie and Tibshirani 1986) let it follow curves.
"""

from typing import TYPE_CHECKING, Any

from ..records.profile import Role
from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, CELLS, classifies, marks, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

DEFAULTS: "Params" = {"penalty": None, "splines": True, "min_frequency": 5}


class Linear:
    """A linear model of scaled numbers, their splines, and a column for each category."""

    name = "linear"
    family = "linear"
    steady = True

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Any table with an answer per row, unless it is nothing but text."""
        return why_not_columns(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: `penalty` of the coefficients, `splines` or not, `min_frequency` of a category in rows.

        For values the penalty is chosen on rows left out unless it is given, and the loss with it.
        """
        from sklearn.linear_model import LogisticRegression

        from .columns import LinearColumns, TableClassifier, TableLabels, TableRegressor
        from .penalised import PenalisedValues

        known: Any = {**DEFAULTS, **params}
        prepare = LinearColumns(known["splines"], int(known["min_frequency"]))
        if classifies(problem):
            return TableClassifier(prepare, LogisticRegression(C=1 / (known["penalty"] or 1.0), max_iter=300))
        if marks(problem):
            return TableLabels(prepare, LogisticRegression(C=1 / (known["penalty"] or 1.0), max_iter=300))
        loss = "absolute" if problem.metric in ABSOLUTE else "squared"
        return TableRegressor(prepare, PenalisedValues(known["penalty"], loss))

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """The penalty first."""
        space: Space = {"penalty": Real(low=0.01, high=100.0, log=True), "splines": Choice(values=(True, False))}
        if any(c.role in (Role.CATEGORY, Role.COMPOSITE) and c.distinct > 20 for c in profile.columns):
            space["min_frequency"] = Choice(values=(2, 5, 20))
        return space

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By rows, columns of the matrix, and classes."""
        numbers = len(profile.names(Role.NUMBER, Role.DATE))
        curved = params.get("splines", True) and 3 * rows * numbers <= CELLS
        width = 1.0
        for column in profile.columns:
            if column.role in (Role.NUMBER, Role.DATE):
                width += 12 if curved else 1
            elif column.role not in (Role.ID, Role.TEXT, Role.CODE, Role.LIST, Role.PATH):
                width += 3
        steps = 60 * outputs(problem) if classifies(problem) or marks(problem) else 5
        chosen = outputs(problem) if steps == 5 and params.get("penalty") is None else 0
        return 0.03 + 3e-9 * rows * width * (20 + steps) + chosen * 1e-9 * min(rows, 8000) * width * (width + 60)
