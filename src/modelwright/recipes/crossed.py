"""The matrix behind `crosses`: 0/1 columns of combinations, chosen one by one by what they add out of fold."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from .. import crossing
from . import frames

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

ROWS = 30_000  # that combinations are chosen on, at most
MOST = 30  # combinations that are chosen
PATIENCE = 3  # combinations in a row that bring nothing, after which the search ends
PARTS = 3  # in which predictions are made out of fold
BINS = 16  # of a number whose values do not repeat
REPEATS = 2  # rows per value, at least, for a whole number to be a name
LEVELS = 20_000  # of one column; rarer ones are one
POWER = -0.25  # of the rows in a cell: rare cells are held back a little less than a plain penalty does
ROUNDS = 60  # of the optimiser while choosing


class Keys(BaseEstimator):  # type: ignore[misc]
    """The columns of a table as codes (rows, columns): categories, strings and whole numbers that repeat, and bins."""

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn values and bins."""
        names = set(frames.repeating_names(X))
        self.levels_ = {name: frames.levels(X[name])[:LEVELS] for name in X.columns if name in names}
        values = frames.numbers(X, frames.number_names(X))
        self.edges_: dict[str, Array] = {}
        self.values_: dict[str, Array] = {}
        for name, column in zip(frames.number_names(X), values.T, strict=True):
            known = np.unique(column[~np.isnan(column)])
            whole = bool((known == np.rint(known)).all())
            if len(known) <= BINS or (whole and len(known) <= min(len(X) / REPEATS, LEVELS)):
                self.values_[name] = known
            else:
                self.edges_[name] = np.unique(np.nanquantile(column, np.linspace(0, 1, BINS + 1)[1:-1]))
        return self

    @property
    def sizes(self) -> list[int]:
        """Codes that each column may have: its values, one for what is missing or new, and one more for new numbers."""
        return [
            *(len(known) + 1 for known in self.levels_.values()),
            *(len(known) + 2 for known in self.values_.values()),
            *(len(edges) + 2 for edges in self.edges_.values()),
        ]

    def codes(self, X: "pd.DataFrame") -> "Array":
        """Whole numbers below `sizes` (rows, columns)."""
        found = [frames.codes(X[name], known) + 1 for name, known in self.levels_.items()]
        for name, known in self.values_.items():
            column = frames.numbers(X, [name])[:, 0]
            place = np.minimum(np.searchsorted(known, column), max(0, len(known) - 1))
            met = known[place] == column if len(known) else np.zeros(len(X), dtype=bool)
            found.append(np.where(np.isnan(column), 0, np.where(met, place + 1, len(known) + 1)))
        for name, edges in self.edges_.items():
            column = frames.numbers(X, [name])[:, 0]
            found.append(np.where(np.isnan(column), 0, np.searchsorted(edges, column) + 1))
        return np.column_stack(found).astype(np.int64) if found else np.zeros((len(X), 0), dtype=np.int64)


class CrossColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Tables to a sparse matrix: for each chosen combination of columns, one column for each of its cells.

    Chosen is forward, on at most 30,000 rows: what each combination would add to predictions made out of fold is
    estimated with every row left out of its own cell's mean; the best one joins the model, which is fitted anew; and so
    on until three in a row bring nothing. Cells of fewer than `min_frequency` rows share one column with those never
    seen: that a combination is rare tells something too. The entry is the count of the cell's rows to the power
    of -1/4, so that the penalty holds rare cells back a little less.

    30,000 rows of 9 columns take about 4 seconds on one core, mostly for choosing.
    """

    def __init__(self, penalty: float = 0.5, degree: int = 3, min_frequency: int = 2, seed: int = 0) -> None:
        self.penalty = penalty
        self.degree = degree
        self.min_frequency = min_frequency
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Choose combinations; y (rows,) or (rows, targets)."""
        self.keys_ = Keys().fit(X)
        codes, sizes = self.keys_.codes(X), self.keys_.sizes
        rows = np.arange(len(X))
        if len(X) > ROWS:
            rows = np.sort(np.random.default_rng(self.seed).choice(len(X), ROWS, replace=False))
        chosen = self._choose(codes[rows], y[rows], sizes)
        self.crosses_ = [crossing.Cross.of(codes, columns, sizes, self.min_frequency) for columns in chosen]
        return self

    def transform(self, X: "pd.DataFrame") -> Any:
        """Sparse floats (rows, cells of all combinations), one entry a row for each combination."""
        return _matrix(self.crosses_, self.keys_.codes(X))

    def _choose(self, codes: "Array", y: "Array", sizes: list[int]) -> list[tuple[int, ...]]:
        targets, loss = crossing.aims(y)
        known = crossing.Known([crossing.start(t, loss) for t in targets], targets, loss)
        worth = [crossing.gain(codes[:, k], size, known) for k, size in enumerate(sizes)]
        order = sorted(range(len(sizes)), key=lambda k: (-worth[k], k))
        left = {
            columns: crossing.Cross.of(codes, columns, sizes, self.min_frequency)
            for columns in crossing.candidates(codes, sizes, order, self.degree)
        }
        cells = {columns: cross.cells(codes) for columns, cross in left.items()}
        part = frames.deal(y, PARTS, self.seed, y.ndim == 1 and y.dtype.kind != "f")
        model = _OutOfFold(targets, loss, self.penalty, part)
        best, length = known.mean_loss(), 0
        chosen: list[tuple[int, ...]] = []
        while left and len(chosen) < MOST and len(chosen) - length < PATIENCE:
            gains = {c: crossing.gain(cells[c], cross.size, known) for c, cross in left.items()}
            columns = max(gains, key=lambda c: (gains[c], -len(c)))
            chosen.append(columns)
            known = crossing.Known(model.add(left.pop(columns), codes), targets, loss)
            if (now := known.mean_loss()) < best * (1 - 1e-4):
                best, length = now, len(chosen)
        return chosen[:length]


class _OutOfFold:
    """A linear model that grows by a combination at a time, and predicts each part of the rows from the others."""

    def __init__(self, targets: "list[Array]", loss: crossing.Loss, penalty: float, part: "Array") -> None:
        self.targets, self.kind, self.penalty, self.part = targets, loss, penalty, part
        self.crosses: list[crossing.Cross] = []
        self.weights = [[np.zeros(1) for _ in range(PARTS)] for _ in targets]  # the last entry is the intercept

    def add(self, cross: crossing.Cross, codes: "Array") -> "list[Array]":
        """Predictions out of fold (rows,) for each target, with one more combination."""
        self.crosses.append(cross)
        matrix = _matrix(self.crosses, codes)
        found = [np.empty(len(codes)) for _ in self.targets]
        for k in range(PARTS):
            others, part = np.flatnonzero(self.part != k), np.flatnonzero((self.part == k) | (self.part < 0))
            fitted, asked = matrix[others], matrix[part]
            for weights, target, values in zip(self.weights, self.targets, found, strict=True):
                begin = np.concatenate([weights[k][:-1], np.zeros(cross.size), weights[k][-1:]])
                weights[k] = _fit(fitted, target[others], self.kind, self.penalty, begin)
                values[part] = asked @ weights[k][:-1] + weights[k][-1]
        return found


def _fit(matrix: Any, target: "Array", loss: crossing.Loss, penalty: float, begin: "Array") -> "Array":
    """Coefficients and intercept of a penalised linear model, from a place to begin."""
    from scipy.optimize import minimize

    across = matrix.T.tocsr()

    def objective(weights: "Array") -> "tuple[float, Array]":
        known = matrix @ weights[:-1] + weights[-1]
        first, _ = crossing.slopes(known, target, loss)
        value = crossing.losses(known, target, loss).sum() + penalty / 2 * weights[:-1] @ weights[:-1]
        return float(value), np.append(penalty * weights[:-1] - across @ first, -first.sum())

    return np.asarray(minimize(objective, begin, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x)


def _matrix(crosses: list[crossing.Cross], codes: "Array") -> Any:
    """0/1 columns for the cells of each combination, scaled by their counts: sparse (rows, cells)."""
    from scipy import sparse

    rows, width = len(codes), len(crosses)
    entries, places = np.empty((rows, width)), np.empty((rows, width), dtype=np.int64)
    offset = 0
    for k, cross in enumerate(crosses):
        cells = cross.cells(codes)
        places[:, k] = cells + offset
        entries[:, k] = np.append(np.maximum(cross.counts[:-1], 1.0) ** POWER, 1.0)[cells]
        offset += cross.size
    pointers = np.arange(rows + 1, dtype=np.int64) * width
    return sparse.csr_matrix((entries.ravel(), places.ravel(), pointers), shape=(rows, offset))
