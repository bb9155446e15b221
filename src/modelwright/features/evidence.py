"""What main effects leave unexplained, and how much of it a column explains: the evidence for combining columns.

An additive model (boosted trees of one column each, after Lou et al. 2012) predicts the target from each column on its
own. What it leaves, the gradient of its loss, holds what columns say only together, and noise. A column explains as
much of it as the means of its bins do, more than means of noise would.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array

CELLS = 2048  # of a uniform grid, from which values find their bin by one look
SAMPLE = 2000  # values that the edges of bins are read from
MOST_BINS = 32
ROWS_PER_BIN = 100
PRIOR = 10  # rows of usual variance that each bin is given, so that few rows alike are not taken for certainty
PASSES = 2  # of backfitting
SETTLED = 0.01  # share of a target's variance; with less left there is nothing to be found but the model's own errors
TARGETS = 4  # classes or targets looked at, the largest first
TAIL = 0.005  # share of the values of a target at each end that are cut: one outlier is no evidence


Coded = tuple["Array", int]  # the bin of each row, and how many bins there are


class Bins:
    """Quantile bins of numbers; missing values have a bin of their own, the last.

    Args:
        values: (rows,) floats, NaN for missing.
        count: of bins, fewer where values repeat.
    """

    def __init__(self, values: "Array", count: int) -> None:
        some = values[:: max(1, len(values) // SAMPLE)]
        some = np.sort(some[~np.isnan(some)])
        places = np.arange(1, count) * len(some) // count
        self.edges = np.unique(some[places]) if len(some) else np.empty(0)
        if len(some) and len(self.edges) and self.edges[0] == some[0]:
            self.edges = self.edges[1:]  # nothing would be below
        self.size = len(self.edges) + 2
        reach = self.edges[-1] - self.edges[0] if len(self.edges) > 1 else 0.0
        self.scale = 0.0
        if len(self.edges) > 1 and np.isfinite(reach) and np.diff(self.edges).min() * CELLS > 4 * reach:
            self.scale = CELLS / reach
            middles = self.edges[0] + (np.arange(CELLS) + 0.5) / self.scale
            self.table = np.searchsorted(self.edges, middles, side="right")
            self.table[0], self.table[-1] = 0, len(self.edges)  # beyond the outer edges

    def codes(self, values: "Array") -> "Array":
        """The bin of each value (rows,)."""
        gaps = np.isnan(values)
        if self.scale:  # the border of two bins is off by a cell at most, which no mean minds
            cells = np.subtract(values, self.edges[0], dtype=np.float64)
            cells *= self.scale
            np.clip(cells, 0, CELLS - 1, out=cells)
            cells[gaps] = 0
            found = self.table.take(cells.astype(np.intp))
        else:
            found = np.searchsorted(self.edges, values, side="right")
        found[gaps] = self.size - 1
        return np.asarray(found)


@dataclass(frozen=True)
class Strength:
    """How much of what was left a column explains."""

    share: float  # of its variance, beyond what noise would; summed over the targets
    sureness: float  # standard deviations above what noise explains, for the target where that is most


class Residual:
    """What is left of some targets (rows, targets), each with mean about zero."""

    def __init__(self, values: "Array") -> None:
        self.values = np.asfortranarray(values, dtype=np.float64)
        self._squares = self.values**2
        self._total = self._squares.sum(axis=0)

    def __len__(self) -> int:
        return len(self.values)

    def bins(self, values: "Array") -> Bins:
        """Bins as fine as the rows allow."""
        return Bins(values, int(np.clip(len(self) // ROWS_PER_BIN, 4, MOST_BINS)))

    def some(self, rows: "Array") -> "Residual":
        """The residual of some rows."""
        return Residual(self.values[rows])

    def strength(self, codes: "Array", size: int) -> Strength:
        """How much bins with these codes (rows,) explain.

        The weighted sum of squared means over variances is near to chi-square with a degree of freedom per bin where
        there is nothing but noise.
        """
        counts = np.bincount(codes, minlength=size)
        there = counts > 0
        counts = counts[there]
        explained, sureness = 0.0, 0.0
        for k, total in enumerate(self._total):
            if total <= 0:
                continue
            usual = total / len(self)
            sums = np.bincount(codes, self.values[:, k], size)[there]
            squares = np.bincount(codes, self._squares[:, k], size)[there]
            spread = (squares + PRIOR * usual) / (counts + PRIOR)
            between = sums**2 / counts
            explained += float((between - spread).sum())
            sureness = max(sureness, _deviations(float((between / spread).sum()), max(1, len(counts) - 1)))
        return Strength(explained / max(float(self._total.sum()), 1e-300), float(sureness))

    def without(self, codes: "Array", size: int) -> "Residual":
        """What is left when the means of bins with these codes are taken away."""
        return Residual(np.column_stack([column - _means(codes, size, column) for column in self.values.T]))

    def of(self, values: "Array") -> Strength:
        """How much a column of numbers explains."""
        return self.strength(*self.coded(values))

    def share(self, values: "Array") -> float:
        """The same at a glance: what noise explains is taken to be alike in all bins."""
        codes, size = self.coded(values)
        counts = np.bincount(codes, minlength=size)
        there = counts > 0
        explained = 0.0
        for k, total in enumerate(self._total):
            if total > 0:
                sums = np.bincount(codes, self.values[:, k], size)[there]
                explained += float((sums**2 / counts[there]).sum()) - int(there.sum()) * total / len(self)
        return explained / max(float(self._total.sum()), 1e-300)

    def coded(self, values: "Array") -> "Coded":
        """The bin of each value (rows,), and how many bins there are."""
        bins = self.bins(values)
        return bins.codes(values), bins.size

    def beside(self, candidate: "Coded", parts: "Sequence[Coded]", passes: int = PASSES) -> "tuple[Strength, Residual]":
        """How much a column explains when the effects of its parts may change with it, and what is left then.

        What main effects leave of the effect of a sum is not a function of the sum: it lacks what they took for
        theirs. So the effects of the column and of its parts are fitted together (by backfitting).
        """
        fitted = np.zeros_like(self.values)
        sureness = 0.0
        free = max(1, candidate[1] - 2)
        counted = [(codes, size, _counts(codes, size)) for codes, size in (candidate, *parts)]
        for k, values in enumerate(self.values.T):
            left = values.copy()
            for _ in range(passes):
                for codes, size, counts in counted:
                    left -= (np.bincount(codes, left, size) / counts).take(codes)
            fitted[:, k] = values - left
            spread = float((self._squares[:, k] * fitted[:, k] ** 2).sum())
            if spread > 0:
                sureness = max(sureness, _deviations(float((values * fitted[:, k]).sum()) ** 2 / spread, free))
        rest = Residual(self.values - fitted)
        noise = free / len(self)
        return Strength(1 - float(rest._total.sum()) / max(float(self._total.sum()), 1e-300) - noise, sureness), rest

    def aside(self, values: "Array", parts: "Sequence[Coded]") -> "Array":
        """What is left of a column (rows,) when what its parts say of it is taken away."""
        direction = values - values.mean()
        counted = [(codes, size, _counts(codes, size)) for codes, size in parts]
        for _ in range(PASSES):
            for codes, size, counts in counted:
                direction -= (np.bincount(codes, direction, size) / counts).take(codes)
        return np.asarray(direction)

    def spanned(self, directions: "Array") -> float:
        """The share that the best sum of some columns (rows, columns), each times a factor, explains."""
        inner = directions.T @ directions
        inner[np.diag_indices_from(inner)] += 1e-9 * len(self)
        outer = directions.T @ self.values
        return float((outer * np.linalg.solve(inner, outer)).sum()) / max(float(self._total.sum()), 1e-300)


def _means(codes: "Array", size: int, values: "Array") -> "Array":
    """The mean of the values of the same code, for each row."""
    return np.asarray((np.bincount(codes, values, size) / _counts(codes, size)).take(codes))


def _counts(codes: "Array", size: int) -> "Array":
    """Rows of each code, and one where there are none."""
    return np.maximum(np.bincount(codes, minlength=size), 1)


def _deviations(statistic: float, free: int) -> float:
    """Standard deviations of a chi-square, by the cube root of Wilson and Hilferty (1931)."""
    return float(((statistic / free) ** (1 / 3) - (1 - 2 / (9 * free))) / np.sqrt(2 / (9 * free)))


@dataclass(frozen=True, eq=False)
class Target:
    """Something to explain: standardised values, or codes of classes that exclude each other."""

    values: "Array"  # (rows,)
    classes: int = 0  # 0: values

    @property
    def indicators(self) -> "Array":
        """What is predicted (rows, outputs): 0 and 1 for each class (of two: the second only), or the values."""
        if self.classes == 0:
            return self.values[:, None]
        wanted = [1] if self.classes == 2 else range(self.classes)
        return np.column_stack([self.values == code for code in wanted]).astype(np.float64)


def targets_of(y: "Array") -> list[Target]:
    """What there is to explain in class codes (rows,), label sets (rows, labels) or values; none where y is flat."""
    columns = [y] if y.ndim == 1 else list(y.T)
    found = (_codes(c) if y.dtype.kind in "iub" else _standardised(c) for c in columns)
    return [target for target in found if target is not None][:TARGETS]


def _codes(column: "Array") -> Target | None:
    """Codes 0.. of the largest classes; the others are the last one together."""
    known, codes, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(known) < 2:
        return None
    if len(known) > TARGETS + 1:
        rank = np.empty(len(known), dtype=np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(known)), TARGETS)
        codes = rank[codes]
    return Target(codes.astype(np.float64), int(codes.max()) + 1)


def _standardised(column: "Array") -> Target | None:
    values = np.asarray(column, dtype=np.float64)
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    cut = np.clip(values, low, high) if low < high else values
    spread = cut.std()
    return Target((cut - cut.mean()) / spread) if np.isfinite(spread) and spread > 0 else None


class Additive:
    """An additive model of some targets that can be taken further when columns are added.

    Args:
        targets: what it is to explain.
        threads: 0 for as many as OMP_NUM_THREADS allows.
    """

    first, later = 80, 30  # rounds

    def __init__(self, targets: "Sequence[Target]", threads: int = 0) -> None:
        self.targets = targets
        self.scores = [_start(target) for target in targets]
        self._threads = threads
        self._rounds = self.first

    def residual(self, matrix: "Array", categorical: list[int]) -> Residual:
        """Fit further on the columns given (rows, columns), and return what is left."""
        left = []
        for k, target in enumerate(self.targets):
            self.scores[k] = self._fit(matrix, categorical, target, self.scores[k])
            wanted = target.indicators
            rest = wanted - _expected(self.scores[k], target.classes)
            left.append(np.where(rest.var(axis=0) > SETTLED * wanted.var(axis=0), rest, 0.0))
        self._rounds = self.later
        residual = Residual(np.column_stack(left))
        coded = [residual.coded(matrix[:, k]) for k in range(matrix.shape[1]) if k not in categorical]
        for codes, size in coded * PASSES:  # what the trees, stopped early, left of the columns' own effects
            residual = residual.without(codes, size)
        return residual

    def _fit(self, matrix: "Array", categorical: list[int], target: Target, scores: "Array") -> "Array":
        import lightgbm

        rows, columns = matrix.shape
        params: dict[str, Any] = {
            "objective": "regression" if not target.classes else "binary" if target.classes == 2 else "multiclass",
            **({"num_class": target.classes} if target.classes > 2 else {}),
            "boost_from_average": False,
            "learning_rate": 0.2,
            "num_leaves": int(np.clip(rows // 200, 3, 8)),
            "min_data_in_leaf": int(np.clip(rows // 100, 5, 50)),
            "max_bin": 63,
            "lambda_l2": 1.0,
            "cat_smooth": 20.0,
            "interaction_constraints": [[k] for k in range(columns)],
            "num_threads": self._threads,
            "deterministic": True,
            "force_row_wise": True,
            "seed": 0,
            "verbosity": -1,
        }
        shared: dict[str, Any] = {"params": params, "categorical_feature": categorical}
        train = lightgbm.Dataset(matrix, target.values, init_score=scores.ravel(order="F"), **shared)
        model = lightgbm.train(params, train, self._rounds)
        return np.asarray(scores + np.asarray(model.predict(matrix, raw_score=True)).reshape(scores.shape))


def _start(target: Target) -> "Array":
    """Scores (rows, outputs) that say the same of every row."""
    means = target.indicators.mean(axis=0)
    if target.classes == 2:
        means = np.log(means / (1 - means))
    elif target.classes:
        means = np.log(means)
    return np.tile(means, (len(target.values), 1))


def _expected(scores: "Array", classes: int) -> "Array":
    if not classes:
        return scores
    if classes == 2:
        return np.asarray(1 / (1 + np.exp(-scores)))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
