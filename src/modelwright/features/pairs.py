"""Combinations of categories and codes that tell more than their parts, as means of the target and counts."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from .. import crossing
from ..records.profile import Role
from .base import Step, put_together
from .categories import VALUES, targets_of
from .keys import MOST, REPEATS, Lookup, key_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

ROWS = 30_000  # that combinations are chosen on, at most
ENOUGH = 3e-3  # of the loss without any column, that a combination has to take away
LEAST = 2  # rows of a cell that is not rare
FEWEST = 2_000  # rows; in fewer, the best of many combinations is mostly the luckiest (it hurt in tables of 1,500)


class CategoryPairs(Step):
    """Pairs and triples of categories, strings and whole numbers that repeat, as `a+b.mean` and `a+b.count`.

    Chosen one by one, on at most 30,000 rows: all columns alone explain what they can, then each combination of the
    most telling ones is judged by how much better the target is foretold with the mean of the other rows of its cell;
    the best one is taken, and what it explains too is put aside. Means are shrunk and cross-fitted as by
    `target-encode`, with a column for each class or target; counts are log(1 + rows of fit). Combinations seen once or
    never share one cell.

    30,000 rows of 9 columns take about 2 seconds on one core, 100,000 of 30 about 6.

    Args:
        degree: columns of a combination, at most: 2 or 3.
        most: combinations that are taken, at most.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    effort: ClassVar[float] = 2.0
    variants: ClassVar[tuple[dict[str, Any], ...]] = ({"degree": 2},)

    def __init__(self, degree: int = 3, most: int = 12) -> None:
        self.degree = degree
        self.most = most

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when there are two columns of values that repeat, and the target is a class or a number."""
        if problem.kind not in VALUES:
            return f"the target of the kind {problem.kind} has no mean"
        if profile.rows < FEWEST:
            return f"combinations can be told from chance in no fewer than {FEWEST:,} rows"
        columns = [profile.column(name) for name in profile.features]
        roles = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN, Role.COMPOSITE)
        whole = [c for c in columns if c.role is Role.NUMBER and c.integer and c.distinct <= profile.rows / REPEATS]
        keys = [c for c in (*whole, *(c for c in columns if c.role in roles)) if 2 < c.distinct <= MOST]
        return None if len(keys) > 1 else "fewer than two columns have values that repeat, such as categories"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:
        """Choose combinations and learn the means of all rows given; y (rows,) or (rows, targets)."""
        self.lookups_ = {name: Lookup.of(table[name]) for name in key_names(table)}
        codes = self._codes(table)
        targets = [t for t in targets_of(y) if not t.flat] if self.lookups_ else []
        self.crosses_: list[crossing.Cross] = []
        if targets and y is not None:
            chosen = self._choose(codes, y)
            self.crosses_ = [crossing.Cross.of(codes, columns, self._sizes, LEAST) for columns in chosen]
        none = bool(self.lookups_) and not self.crosses_
        self.declined_ = ("category-pairs: no combination tells more than its parts.",) if none else ()
        cells = self._cells(codes)
        self.encoders_ = [(t.endings, t.encoder(cells)) for t in targets] if self.crosses_ else []
        return self

    def fit_transform(self, table: pd.DataFrame, y: "Array | None" = None) -> pd.DataFrame:
        """Fit, and encode each row given by the means of others."""
        cells = self._cells(self.fit(table, y)._codes(table))
        targets = targets_of(y) if self.encoders_ else []
        return self._with(table, cells, [t.cross_fitted(cells) for t in targets if not t.flat])

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with means and counts of the rows of fit."""
        cells = self._cells(self._codes(table))
        none = [np.empty((0, cells.shape[1] * len(endings))) for endings, _ in self.encoders_]  # sklearn wants a row
        means = [encoder.transform(cells) for _, encoder in self.encoders_] if len(cells) else none
        return self._with(table, cells, means)

    @property
    def _sizes(self) -> list[int]:
        return [len(lookup) + 2 for lookup in self.lookups_.values()]  # one for missing values, one for new ones

    def _codes(self, table: pd.DataFrame) -> "Array":
        """Codes of the columns (rows, columns)."""
        codes = np.empty((len(table), len(self.lookups_)), dtype=np.int64)
        for k, (name, lookup) in enumerate(self.lookups_.items()):
            found = lookup.codes(table[name])
            codes[:, k] = np.where(found < 0, len(lookup) + 1, found)
        return codes

    def _cells(self, codes: "Array") -> "Array":
        """Cells of the chosen combinations (rows, combinations)."""
        found = [cross.cells(codes) for cross in self.crosses_]
        return np.column_stack(found) if found else np.empty((len(codes), 0), dtype=np.int64)

    def _with(self, table: pd.DataFrame, cells: "Array", means: "list[Array]") -> pd.DataFrame:
        columns = list(self.lookups_)
        names = ["+".join(columns[k] for k in cross.columns) for cross in self.crosses_]
        added: dict[str, Array] = {}
        for (endings, _), matrix in zip(self.encoders_, means, strict=True):
            added.update(zip([f"{n}.mean{ending}" for n in names for ending in endings], matrix.T, strict=True))
        for k, (name, cross) in enumerate(zip(names, self.crosses_, strict=True)):
            counts = np.log1p(cross.counts.astype(np.float64))
            counts[-1] = np.log(2.0)  # rare and new: as if seen once
            added[f"{name}.count"] = counts[cells[:, k]]
        return put_together(table, added)

    def _choose(self, codes: "Array", y: "Array") -> list[tuple[int, ...]]:
        rows = np.arange(len(codes))
        if len(rows) > ROWS:
            rows = np.sort(np.random.default_rng(0).choice(len(rows), ROWS, replace=False))
        codes, (targets, loss) = codes[rows], crossing.aims(y[rows])
        return crossing.choose(codes, self._sizes, targets, loss, self.degree, self.most, LEAST, ENOUGH)
