"""What the nearest other rows say: the mean target among them, and how far they are, over the most telling columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from ..records.profile import Role
from .base import Step, is_category, put_together
from .categories import VALUES
from .combinations import numbers_of
from .near import answers_of

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

PARTS = 5  # in which the rows of fit get means of other rows
SEARCHED = 40_000  # rows of fit among which neighbours are searched
WEIGHED = 20_000  # rows on which columns are weighed
MOST_ROWS = 200_000  # of a table
MOST_COLUMNS = 15  # that distances are taken over
CLASSES = 10  # that get a column each, the largest first
FEWEST_ROWS, FEWEST_COLUMNS = 100, 3
BATCH = 20_000  # rows asked at once


class NeighbourMeans(Step):
    """The mean target among the nearest other rows and the mean distance to them: `near.16.mean`, `near.16.distance`.

    Near in the numbers and truth values, on a robust scale without tails, each as wide as the root of its share in the
    gain of a small model, beyond its gain on a shuffled target: a column that tells nothing counts for nothing, and no
    more than the fifteen most telling ones count. A missing value is taken for the median. The rows of fit get means of
    rows in four other parts of five, and the columns are weighed on those rows too: so `fit_transform` differs from
    `transform`, which asks a quarter more neighbours so that they are as far. More than two classes or targets have a
    column each.

    At most 40,000 rows are searched, by a tree of the points: 40,000 rows of 15 columns take about 2 seconds on one
    core, 30 where all fifteen tell the same.

    Args:
        nearest: how many neighbours a mean is taken of, with columns for each number.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    effort: ClassVar[float] = 2.0
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({"nearest": [6, 24]}, {"nearest": [32, 128]})

    def __init__(self, nearest: Sequence[int] = (16, 64)) -> None:
        self.nearest = nearest

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when there are three number columns, not too many rows, and the target is a class or a number."""
        if problem.kind not in VALUES:
            return f"the target of the kind {problem.kind} has no mean"
        if profile.rows > MOST_ROWS:
            return f"the neighbours of more than {MOST_ROWS:,} rows take too long to find"
        columns = [profile.column(name) for name in profile.features]
        numbers = [c for c in columns if c.role is Role.NUMBER and c.distinct > 2]
        if len(numbers) < FEWEST_COLUMNS or 2 * len(numbers) < len(columns):
            return "the columns are not mostly numbers, three at least"
        return None

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> Self:
        """Learn the space and its rows; y (rows,) or (rows, targets): integers are class codes, floats values."""
        if y is None:
            raise ValueError("NeighbourMeans learns from labels: fit needs y.")
        names = [n for n in table.columns if not is_category(table[n]) and table[n].dtype.kind in "iufb"]
        names = [n for n in names if table[n].nunique() > 1] if len(table) >= FEWEST_ROWS else []
        self.columns_ = tuple(names) if len(names) >= FEWEST_COLUMNS else ()
        self.endings_: tuple[str, ...] = ()
        self.space_: _Space | None = None
        if self.columns_:
            rows, points = _some(len(table), SEARCHED), self._points(table)
            self.endings_, answers = answers_of(y, CLASSES)
            self.space_ = _Space.of(points, y, np.arange(len(table)))
            self.known_, self.answers_ = points[rows], answers[rows]
        return self

    def fit_transform(self, table: "pd.DataFrame", y: "Array | None" = None) -> "pd.DataFrame":
        """Fit, and describe each row given by rows in other parts."""
        self.fit(table, y)
        if self.space_ is None or y is None:
            return put_together(table, {})
        part = np.random.default_rng(0).permutation(len(table)) % PARTS
        rows, points = _some(len(table), SEARCHED), self._points(table)
        found = np.empty((len(table), self._width))
        for k in range(PARTS):
            others = part[rows] != k
            space = _Space.of(points, y, np.flatnonzero(part != k))
            known, answers = space.place(self.known_[others]), self.answers_[others]
            found[part == k] = _near(known, answers, space.place(points[part == k]), self.nearest)
        return self._with(table, found)

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table with what the rows of fit that are nearest say."""
        if self.space_ is None:
            return put_together(table, {})
        asked = [round(k * PARTS / (PARTS - 1)) for k in self.nearest]
        known, points = self.space_.place(self.known_), self.space_.place(self._points(table))
        return self._with(table, _near(known, self.answers_, points, asked))

    @property
    def _width(self) -> int:
        return len(self.nearest) * (len(self.endings_) + 1)

    def _points(self, table: "pd.DataFrame") -> "Array":
        """The columns as they stand (rows, columns), infinite values missing."""
        columns = list(numbers_of(table, list(self.columns_)).values())
        return np.column_stack(columns) if columns else np.empty((len(table), 0))

    def _with(self, table: "pd.DataFrame", found: "Array") -> "pd.DataFrame":
        endings = [*(f"mean{ending}" for ending in self.endings_), "distance"]
        names = [f"near.{k}.{ending}" for k in self.nearest for ending in endings]
        return put_together(table, dict(zip(names, found.T, strict=True)))


@dataclass(frozen=True, eq=False)
class _Space:
    """The columns on a scale on which distances count."""

    columns: "Array"  # that count
    middle: "Array"
    width: "Array"
    weight: "Array"

    @classmethod
    def of(cls, points: "Array", y: "Array", rows: "Array") -> "_Space":
        """Learn it from the rows with these numbers."""
        from .evidence import targets_of
        from .gains import Gains

        rows = rows[_some(len(rows), WEIGHED)]
        points, y = points[rows], y[rows]
        shares = np.zeros(points.shape[1])
        gains = Gains(points, [])
        for target in targets_of(y):
            found = gains.of(target)
            chance = gains.of(target, np.random.default_rng(0).permutation(target.values))
            shares += np.maximum(found - chance, 0) / max(float(found.sum()), 1e-300)
        if not shares.any():
            shares += 1.0
        columns = np.argsort(-shares, kind="stable")[:MOST_COLUMNS]
        columns = np.sort(columns[shares[columns] > 0])
        with np.errstate(all="ignore"):
            low, middle, high = (_quantiles(points[:, columns], q) for q in (0.25, 0.5, 0.75))
            least, most = (_quantiles(points[:, columns], q) for q in (0.0, 1.0))
            width = np.where(high > low, high - low, (most - least) / 2)
        width = np.where((width > 0) & np.isfinite(width), width, 1.0)
        return cls(columns, middle, width, np.sqrt(shares[columns] / shares.sum()))

    def place(self, points: "Array") -> "Array":
        """Where rows stand (rows, columns), the tails drawn in as by Holzmueller et al. (2024)."""
        with np.errstate(over="ignore"):
            scaled = np.clip((points[:, self.columns] - self.middle) / self.width, -1e6, 1e6)
        scaled = np.nan_to_num(scaled, nan=0.0)
        return np.asarray(self.weight * scaled / np.sqrt(1 + (scaled / 3) ** 2))


def _quantiles(points: "Array", share: float) -> "Array":
    """A quantile of each column (columns,), of the values that are there; 0 where none is."""
    there = [column[~np.isnan(column)] for column in points.T]
    return np.array([np.quantile(values, share) if len(values) else 0.0 for values in there])


def _some(rows: int, most: int) -> "Array":
    """Row numbers, at most so many, in order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def _near(known: "Array", answers: "Array", asked: "Array", nearest: Sequence[int]) -> "Array":
    """For each number of neighbours the means of their answers, then their mean distance (rows, all of these)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(known)
    most = min(max(nearest), len(known))
    found = [np.empty((0, len(nearest) * (answers.shape[1] + 1)))]
    for start in range(0, len(asked), BATCH):
        queried: Any = tree.query(asked[start : start + BATCH], k=np.arange(1, most + 1))
        distance, at = queried
        parts = []
        for k in nearest:
            parts += [answers[at[:, :k]].mean(axis=1), distance[:, :k].mean(axis=1)[:, None]]
        found.append(np.column_stack(parts))
    return np.concatenate(found)
