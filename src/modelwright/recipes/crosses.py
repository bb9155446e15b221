"""Logistic and ridge regression on combinations of categories: what wins where a table is nothing but codes."""

from typing import TYPE_CHECKING, Any

from ..records.profile import Role
from ..records.space import Choice, Real, Space
from .base import classifies, marks, outputs, why_not_columns

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Column, Profile

DEFAULTS: "Params" = {"penalty": 0.5, "degree": 3, "min_frequency": 2}
KEYS = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN, Role.COMPOSITE)
SHARE = 0.5  # of the columns that have to be categories or codes
REPEATS = 2  # rows per value of a whole number, at least, on average
ROWS = 100


class SparseLinear:
    """A linear model of single columns, pairs and triples, each a set of 0/1 columns, chosen one by one."""

    name = "sparse-linear"
    family = "crosses"
    steady = True

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Tables at least half of whose columns are categories, or whole numbers that repeat; texts do not count."""
        if (reason := why_not_columns(problem, profile)) is not None:
            return reason
        read = {*KEYS, Role.NUMBER, Role.DATE}
        columns = [c for c in map(profile.column, profile.features) if c.role in read]
        keys = [c for c in columns if _is_key(c, profile.rows)]
        if sum(c.distinct > 2 for c in keys) < 2 or len(keys) < SHARE * len(columns):
            return "fewer than half of the columns are categories, whose combinations it would learn from"
        return None if profile.rows >= ROWS else f"combinations repeat too seldom in fewer than {ROWS} rows"

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: `penalty` of the coefficients, `degree` of combinations, `min_frequency` of a cell in rows."""
        from sklearn.linear_model import LogisticRegression, Ridge

        from .columns import TableClassifier, TableLabels, TableRegressor
        from .crossed import CrossColumns

        known: Any = {**DEFAULTS, **params}
        penalty = float(known["penalty"])
        prepare = CrossColumns(penalty, int(known["degree"]), int(known["min_frequency"]), int(known["seed"]))
        if classifies(problem):
            return TableClassifier(prepare, LogisticRegression(C=1 / penalty, max_iter=300))
        if marks(problem):
            return TableLabels(prepare, LogisticRegression(C=1 / penalty, max_iter=300))
        return TableRegressor(prepare, Ridge(alpha=penalty))

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """The penalty first."""
        return {
            "penalty": Real(low=0.1, high=5.0, log=True),
            "min_frequency": Choice(values=(2, 3, 6)),
            "degree": Choice(values=(2, 3)),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Choosing takes most of it: on at most 30,000 rows, for at most five classes or targets."""
        width = min(len(profile.features), 12)
        sought = min(outputs(problem), 5)
        return 0.2 + 2e-6 * min(rows, 30_000) * width * (1 + width / 4) * sought + 5e-6 * rows * outputs(problem)


def _is_key(column: "Column", rows: int) -> bool:
    """Whether the column's values are names, or whole numbers that repeat."""
    if column.role in KEYS:
        return True
    return column.role is Role.NUMBER and column.integer and 2 < column.distinct <= rows / REPEATS
