"""Sums, differences, products and ratios of number columns that say together what none of them says alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, is_category, number_names, put_together
from .combinations import numbers_of
from .gains import matrix_of

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile
    from .beam import Found
    from .evidence import Residual

OPERATIONS = ("sum", "difference", "product", "ratio", "threshold")
ROWS = 40_000  # rows that are looked at
FEWEST = 200  # rows
SURE = 5.0  # the best of some thousand columns of noise reaches four
GATES = 3  # columns of two or three values that others may depend on
KINDS = ("binary", "multiclass", "ordinal", "regression", "forecast", "multilabel")


class Interactions(Step):
    """Combinations of two or three numbers, chosen by evidence on the rows of fit, named by their formula: `a+b`.

    An additive model explains the target by each column alone. Sums, differences, products and ratios of pairs, in
    natural units and brought to one scale, are judged by how much of what it leaves they explain; the best pairs are
    extended by a third column; the best of all is picked if it explains clearly more than noise could, and the search
    goes on with what is left, and with the model fitted again. Where a sum explains three levels and no more, the
    levels become a column too, -1, 0 and 1 by two cuts: `sign(a+b;-2,2)`. Where nothing is left, pairs are looked at
    in the rows of one value of a column that has two or three: `a+b if c=1`. What is made of a row depends on the row
    alone; noise makes nothing.

    Args:
        most: columns to make.
        triples: whether three columns may be combined.
        operations: some of "sum", "difference", "product", "ratio" and "threshold".
        sure: standard deviations above what noise explains that a combination has to reach; with less than five,
            noise among some thousand candidates makes columns too.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    effort: ClassVar[float] = 2.0
    same_rows: ClassVar[bool] = True
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({"sure": 4.0}, {"most": 48}, {"most": 6})

    def __init__(
        self, most: int = 16, triples: bool = True, operations: Sequence[str] = OPERATIONS, sure: float = SURE
    ) -> None:
        self.most = most
        self.triples = triples
        self.operations = operations
        self.sure = sure

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when there are two columns of numbers to combine, and an answer per row to explain."""
        if problem.kind not in KINDS:
            return f"nothing of a row tells a target of the kind {problem.kind}"
        numbers = [c for c in profile.columns if c.in_test and c.role is Role.NUMBER and c.distinct > 2]
        return None if len(numbers) >= 2 else "there are no two columns of numbers"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:
        """Find the combinations; y (rows,) or (rows, targets): integers are class codes, floats values."""
        if y is None:
            raise ValueError("Interactions learns from labels: fit needs y.")
        rows = np.arange(len(table))
        if len(rows) > ROWS:
            rows = np.sort(np.random.default_rng(0).permutation(len(table))[:ROWS])
        self.made_: tuple[Found, ...] = tuple(self._search(table.iloc[rows], y[rows]))
        made = {found.combination.name for found in self.made_}
        self.columns_ = tuple(dict.fromkeys(c for found in self.made_ for c in _inputs(found) if c not in made))
        self.notes_ = tuple(
            f"interactions: {f.combination.name} explains {f.share:.1%} of what the columns leave one by one."
            for f in self.made_
        )
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the combinations beside it."""
        columns = numbers_of(table, list(self.columns_))
        added = {}
        for found in self.made_:
            name = found.combination.name
            added[name] = columns[name] = found.combination.values(columns)
        return put_together(table, added)

    def _search(self, table: pd.DataFrame, y: "Array") -> "list[Found]":
        from .beam import Search
        from .evidence import Additive, targets_of

        targets = targets_of(y)
        names = [name for name in number_names(table) if table[name].nunique() > 1]
        if len(table) < FEWEST or not targets or len(names) < 2:
            return []
        columns = numbers_of(table, names)
        _, matrix, categorical = matrix_of(table)
        model = Additive(targets)

        def unexplained(made: "Mapping[str, Array]") -> "Residual":
            return model.residual(np.column_stack([matrix, *made.values()]), categorical)

        gates = _gates(table)
        columns.update(numbers_of(table, [g for g in gates if g not in columns]))
        return Search(columns, gates, unexplained, self.most, self.triples, self.operations, self.sure).run()


def _inputs(found: "Found") -> tuple[str, ...]:
    combination = found.combination
    return combination.columns + ((combination.gate[0],) if combination.gate else ())


def _gates(table: pd.DataFrame) -> dict[str, list[float]]:
    """Columns of two or three values, with those that enough rows have and enough have not."""
    from .beam import GATED_ROWS

    found: dict[str, list[float]] = {}
    for name in table.columns:
        if is_category(table[name]) or table[name].dtype.kind not in "iufb":
            continue
        values = numbers_of(table, [name])[name]
        known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        levels = known[(counts >= GATED_ROWS) & (counts <= len(table) - GATED_ROWS)]
        if 2 <= len(known) <= 3 and len(levels) and len(found) < GATES:
            found[name] = levels.tolist()
    return found
