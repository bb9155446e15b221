"""Rows that are alike: how far a row is from the middle of each cluster, and which of them is nearest."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, category_names, finite_numbers, number_names, put_together, varies
from .keys import Lookup

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

COLUMNS = 50  # at most; and at least:
FEWEST_COLUMNS = 3
ROWS = 20_000  # on which clusters are found, at most; and at least:
FEWEST_ROWS = 100
CLUSTERS = (4, 16)
LEVELS = 10  # of a category that is read, at most
FAR = 4.0  # spreads from the middle beyond which a number grows like its logarithm


class Clusters(Step):
    """Distances to the centres of clusters, named `cluster.distance1` and so on, and the nearest centre as `cluster`.

    Clusters are found by k-means (Sculley, 2010: in small batches), 4 to 16 of them by the number of rows, on numbers
    on a tame scale and on categories of at most ten levels, each a column of 0 and 1; a gap is the middle. The first
    50 columns are read, and 20,000 rows, always the same ones. 100,000 rows of 50 columns take about 8 seconds.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"
    effort: ClassVar[float] = 0.4

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there are enough rows, and columns to tell how alike they are."""
        columns = [profile.column(name) for name in profile.features]
        levels = sum(c.role in (Role.CATEGORY, Role.ORDERED) and c.distinct <= LEVELS for c in columns)
        numbers = sum(c.role is Role.NUMBER for c in columns)
        if profile.rows < FEWEST_ROWS:
            return f"fewer than {FEWEST_ROWS} rows make no clusters"
        if not numbers or numbers + levels < FEWEST_COLUMNS:
            return f"fewer than {FEWEST_COLUMNS} columns are numbers or categories of few levels"
        return None

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn scales and centres."""
        values = dict(zip(names := number_names(table), finite_numbers(table, names).T, strict=True))
        numbers = [name for name in names if varies(values[name])]
        lookups = {name: Lookup.of(table[name]) for name in category_names(table)}
        lookups = {name: lookup for name, lookup in lookups.items() if 2 <= len(lookup) <= LEVELS}
        self.declined_ = tuple(
            f"clusters: {name} comes after the first {COLUMNS} columns." for name in [*numbers, *lookups][COLUMNS:]
        )
        self.numbers_ = tuple(numbers[:COLUMNS])
        self.lookups_ = dict(list(lookups.items())[: COLUMNS - len(self.numbers_)])
        scales = [_scale(values[name]) for name in self.numbers_]
        self.middle_, self.spread_ = np.array(scales).reshape(-1, 2).T
        self.centres_: Array = np.empty((0, len(self.numbers_)))
        if len(table) < FEWEST_ROWS or len(self.numbers_) + len(self.lookups_) < FEWEST_COLUMNS:
            self.declined_ = ("clusters: there are too few rows or columns.",)
        elif self.numbers_:
            rows = np.random.default_rng(0).permutation(len(table))[:ROWS]
            self.centres_ = _centres(self._points(table.iloc[np.sort(rows)]))
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the distances and the nearest centre beside it."""
        if not len(self.centres_):
            return put_together(table, {})
        points = self._points(table)
        far = np.column_stack([np.sqrt(((points - centre) ** 2).sum(axis=1)) for centre in self.centres_])
        added: dict[str, Any] = {f"cluster.distance{k}": column for k, column in enumerate(far.T, 1)}
        names = pd.Index([str(k) for k in range(1, len(self.centres_) + 1)], dtype=object)
        added["cluster"] = pd.Categorical.from_codes(far.argmin(axis=1).tolist(), categories=names)
        return put_together(table, added)

    def _points(self, table: pd.DataFrame) -> "Array":
        """Places of the rows (rows, axes), without gaps."""
        with np.errstate(over="ignore"):  # infinite in between, and tame after
            scaled = (finite_numbers(table, self.numbers_) - self.middle_) / self.spread_
        scaled = np.clip(scaled, -1e300, 1e300)
        far = np.abs(scaled)
        tame = np.where(far > FAR, np.sign(scaled) * (FAR + np.log1p(np.maximum(far - FAR, 0))), scaled)
        axes = [np.where(np.isnan(tame), 0.0, tame)]
        for name, lookup in self.lookups_.items():
            codes = lookup.codes(table[name])
            axes.append((codes[:, None] == np.arange(len(lookup))).astype(np.float64))
        return np.hstack(axes)


def _scale(values: "Array") -> tuple[float, float]:
    """Middle and spread of numbers: median and distance of the quartiles, made that of a normal distribution."""
    filled = np.sort(values[~np.isnan(values)])
    low, middle, high = (float(filled[int(share * (len(filled) - 1))]) for share in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349
    if not 0 < spread < np.inf:
        with np.errstate(over="ignore"):
            spread = float(np.std(filled / 2) * 2)
    return middle, spread if 0 < spread < np.inf else 1.0


def _centres(points: "Array") -> "Array":
    """Centres of the clusters (clusters, axes), no two alike; none where rows differ in too few ways."""
    from sklearn.cluster import MiniBatchKMeans

    fewest, most = CLUSTERS
    wanted = min(most, max(fewest, len(points).bit_length() - 1))  # 7 for 200 rows, 13 for 10,000
    if len(np.unique(points[:1000], axis=0)) <= most:
        return np.empty((0, points.shape[1]))
    model = MiniBatchKMeans(wanted, batch_size=1024, n_init=3, random_state=0).fit(points)
    return np.asarray(np.unique(model.cluster_centers_, axis=0))
