"""The estimators behind `neighbours`: weighted means of the nearest rows, in a space stretched by what axes tell."""

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from .answers import ClassAnswer, LabelAnswer, Numeric, ValueAnswer, standardised
from .distances import Points, weigh

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

ROWS = 60_000  # rows kept at most, drawn at random: more would make a prediction slow
JUDGED = 1500  # rows whose neighbours decide how many there are to be, each without itself
COUNTS = (2, 4, 8, 15, 25, 40, 70, 120)
STRETCHES = (0.0, 0.5, 1.0)
PRIORS = (0.1, 0.5, 2.0, 6.0)  # rows of the overall mean that are added to the neighbours


class Nearest(Numeric):
    """The mean of the nearest rows, the nearer the more they count; the base of the three below.

    How many (`k`), how far the axes are stretched by what they tell of the target (`stretch`, the power of their
    weights), and how many rows of the overall mean are added, is chosen by leaving out one row at a time; the first two
    may be given. A neighbour's weight falls to nothing at the distance of the first that is left out, so that no tie
    changes an answer. Of more than 60,000 rows a sample is kept.
    """

    def __init__(self, k: int | None = None, stretch: float | None = None, rows: int = ROWS, seed: int = 0) -> None:
        self.k = k
        self.stretch = stretch
        self.rows = rows
        self.seed = seed

    def _fit_numbers(self, X: "pd.DataFrame", wanted: "Array", classes: bool) -> None:
        if len(X) > self.rows:
            kept = np.sort(np.random.default_rng(self.seed).permutation(len(X))[: int(self.rows)])
            X, wanted = X.iloc[kept], wanted[kept]
        target, self.mean_, _ = standardised(wanted)
        self.points_ = Points(self.seed)
        points, self.wanted_ = self.points_.fit_transform(X, wanted), wanted
        self.weights_ = weigh(points, target, self.seed)
        stretch, self.k_, self.prior_ = self._chosen(points, wanted if classes else target, classes)
        self.axes_ = (self.weights_ ** (stretch / 2)).astype(np.float32)
        self.index_ = _index(points * self.axes_)
        self.learned_ = {"k": self.k_, "stretch": stretch}

    def _chosen(self, points: "Array", target: "Array", classes: bool) -> tuple[float, int, float]:
        """Stretch, count and prior with the least log loss or squared error where each judged row is told by others."""
        stretches = STRETCHES if self.stretch is None else (float(self.stretch),)
        most = max(1, len(points) - 2)
        counts = sorted({min(k, most) for k in (COUNTS if self.k is None else (int(self.k),))})
        judged = np.random.default_rng(self.seed + 1).permutation(len(points))[:JUDGED]
        best, mean = (np.inf, stretches[0], counts[0], PRIORS[0]), target.mean(axis=0)
        for stretch in stretches:
            scaled = points * (self.weights_ ** (stretch / 2)).astype(np.float32)
            distance, row = _index(scaled).kneighbors(scaled[judged], min(counts[-1] + 2, len(points)))
            distance, row = _without(judged, distance, row)
            for k, prior in product(counts, PRIORS):
                found = _average(distance, row, target, k, mean, prior)
                best = min(best, (_loss(found, target[judged], classes), stretch, k, prior))
        return best[1:]

    def _numbers(self, X: "pd.DataFrame") -> "Array":
        points = self.points_.transform(X) * self.axes_
        distance, row = self.index_.kneighbors(points, min(self.k_ + 1, len(self.wanted_)))
        return _average(distance, row, self.wanted_, self.k_, self.mean_, self.prior_)


def _index(points: "Array") -> Any:
    return NearestNeighbors(algorithm="brute", n_jobs=1).fit(points)


def _loss(found: "Array", wanted: "Array", classes: bool) -> float:
    if classes:
        chance = np.clip(np.where(wanted > 0.5, found, 1 - found), 1e-3, 1)
        return float(-np.log(chance).mean())
    return float(((found - wanted) ** 2).mean())


def _without(judged: "Array", distance: "Array", row: "Array") -> "tuple[Array, Array]":
    """The neighbours of rows without themselves, one fewer each."""
    own = row == judged[:, None]
    own[~own.any(axis=1), -1] = True  # it has so many twins that it is not among them
    shape = (len(row), row.shape[1] - 1)
    return distance[~own].reshape(shape), row[~own].reshape(shape)


def _average(distance: "Array", row: "Array", wanted: "Array", k: int, mean: Any, prior: float) -> "Array":
    """The weighted mean of the first k neighbours and a little of the overall mean, (rows, numbers)."""
    near = distance[:, :k]
    edge = distance[:, [min(k, distance.shape[1] - 1)]]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(edge > 0, 1 - (near / edge) ** 2, 1.0)
    weight = np.maximum(weight, 1e-6)
    found = np.einsum("rk,rkn->rn", weight, wanted[row[:, :k]]) + prior * np.asarray(mean)
    return np.asarray(found / (weight.sum(axis=1, keepdims=True) + prior))


class NearestClassifier(ClassAnswer, Nearest):
    """Probabilities of the classes."""


class NearestLabels(LabelAnswer, Nearest):
    """Probabilities of labels that do not exclude each other."""


class NearestRegressor(ValueAnswer, Nearest):
    """Values, of one target or several."""
