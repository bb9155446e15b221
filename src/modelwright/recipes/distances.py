"""A table as points between which distances make sense: tame scales, and axes weighed by what they tell."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from . import frames
from .columns import Curves, filled_numbers, filled_ranks

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FEW = 12  # values of a category up to which each has an axis of its own
LEVELS = 24  # axes of one category at most, those of its commonest values
SMOOTH = 10.0  # rows of the overall mean that are added to those of a value
PILES = 5
AXES = 400  # at most; the columns that say least about the target go first
SAMPLE = 1500  # rows from which the weights of the axes are learnt
ROUNDS = 3


class Points(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A table to points (rows, axes), float32.

    Numbers and places in an order are on a tame scale without gaps, beside an axis for where the gaps were; a category
    has an axis for each of its commonest values, and one of many values a place for each number to predict too: the
    mean of the target among its rows. For the rows it is fitted on those means come from other rows (five piles).
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Learn scales, values and means; y is (rows, numbers to predict)."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: "pd.DataFrame", y: "Array", **_: Any) -> "Array":
        """Fit, and the points of the same rows."""
        ordered = set(frames.ordered_names(X))
        self.numbers_ = _numbers() if frames.number_names(X) else None
        self.ranks_ = filled_ranks() if ordered else None
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X) if name not in ordered}
        straight = self.numbers_.fit_transform(X) if self.numbers_ else None
        ranks = self.ranks_.fit_transform(X) if self.ranks_ else None
        coded = frames.code_matrix(X, self.levels_).astype(np.int64)
        self.common_ = [_common(codes, len(known)) for codes, known in zip(coded.T, self.levels_.values(), strict=True)]
        self.many_ = [k for k, known in enumerate(self.levels_.values()) if len(known) > FEW]
        self.mean_, self.spread_ = y.mean(axis=0), y.std(axis=0) + 1e-12
        self.means_ = [self._means(coded[:, k], y, len(known)) for k, known in self._many()]
        pile = frames.deal(np.zeros(len(y)), PILES, self.seed, classes=False)
        told = [self._told_by_others(coded[:, k], y, len(known), pile) for k, known in self._many()]
        points = self._join(straight, ranks, coded, told)
        self.kept_ = _telling(points, y)
        return np.ascontiguousarray(points[:, self.kept_])

    def transform(self, X: "pd.DataFrame") -> "Array":
        """The points of rows."""
        coded = frames.code_matrix(X, self.levels_).astype(np.int64)
        told = [means[coded[:, k]] for k, means in zip(self.many_, self.means_, strict=True)]
        ranks = self.ranks_.transform(X) if self.ranks_ else None
        straight = self.numbers_.transform(X) if self.numbers_ else None
        points = self._join(straight, ranks, coded, told)
        return np.ascontiguousarray(points[:, self.kept_])

    def _many(self) -> "list[tuple[int, pd.Index[Any]]]":
        known = list(self.levels_.values())
        return [(k, known[k]) for k in self.many_]

    def _means(self, codes: "Array", y: "Array", levels: int) -> "Array":
        """The standardised mean of each value (levels + 1, numbers); the last one, that of code -1, is zero."""
        rows = np.bincount(codes + 1, minlength=levels + 1)[1:]
        sums = np.column_stack([np.bincount(codes + 1, w, minlength=levels + 1)[1:] for w in (y - self.mean_).T])
        found = sums / (rows[:, None] + SMOOTH) / self.spread_
        return np.vstack([found, np.zeros((1, y.shape[1]))])

    def _told_by_others(self, codes: "Array", y: "Array", levels: int, pile: "Array") -> "Array":
        found = np.zeros((len(codes), y.shape[1]))
        for k in range(PILES):
            mine = pile == k
            found[mine] = self._means(codes[~mine], y[~mine], levels)[codes[mine]]
        return found

    def _join(self, straight: "Array | None", ranks: "Array | None", coded: "Array", told: "list[Array]") -> "Array":
        # two rows of different values are as far apart as two whose numbers differ by a standard deviation
        hot = [(codes[:, None] == common) * np.sqrt(0.5) for codes, common in zip(coded.T, self.common_, strict=True)]
        parts = [part for part in (straight, ranks, *hot, *told) if part is not None and part.shape[1]]
        return np.hstack(parts).astype(np.float32) if parts else np.zeros((len(coded), 1), dtype=np.float32)


def _numbers() -> Pipeline:
    return Pipeline([*filled_numbers().steps, ("curves", Curves(splines=False))])


def _common(codes: "Array", levels: int) -> "Array":
    """The codes that get an axis: all of a few, the commonest of many; of two values one is enough."""
    rows = np.bincount(codes[codes >= 0], minlength=levels)
    if levels == 2:
        return np.array([1])
    return np.sort(np.argsort(-rows, kind="stable")[:LEVELS])


def _telling(points: "Array", y: "Array") -> "Array":
    """The axes that are kept: all of some hundred, else those that go along most with what is to be predicted."""
    if points.shape[1] <= AXES:
        return np.arange(points.shape[1])
    centred, wanted = points - points.mean(axis=0), y - y.mean(axis=0)
    together = np.abs(centred.T @ wanted) / (np.linalg.norm(centred, axis=0)[:, None] + 1e-9)
    strength = (together / (np.linalg.norm(wanted, axis=0) + 1e-12)).max(axis=1)
    return np.sort(np.argsort(-strength, kind="stable")[:AXES])


def squared(a: "Array", b: "Array") -> "Array":
    """Squared distances (rows of a, rows of b)."""
    found = a @ b.T
    found *= -2
    found += np.einsum("ij,ij->i", a, a)[:, None]
    found += np.einsum("ij,ij->i", b, b)[None]
    return np.asarray(np.maximum(found, 0, out=found))


def weigh(points: "Array", wanted: "Array", seed: int, ridge: float = 1e-2) -> "Array":
    """How far each axis should stretch (axes,), mean one: by how steeply the target changes along it.

    A recursive feature machine (Radhakrishnan et al. 2024, "Mechanism for feature learning in neural networks and
    backpropagation-free machine learning models"): a kernel machine is fitted, the axes are weighted by its mean
    squared slope along them, and again. `wanted` is (rows, numbers), standardised.
    """
    rows = np.random.default_rng(seed).permutation(len(points))[:SAMPLE]
    some, target = points[rows].astype(np.float64), wanted[rows]
    weights = np.ones(points.shape[1])
    for _ in range(ROUNDS):
        scaled = some * np.sqrt(weights)
        distance = np.sqrt(squared(scaled, scaled))
        width = float(np.median(distance)) or 1.0
        kernel = np.exp(-distance / width)
        solved = np.linalg.solve(kernel + ridge * len(some) ** 0.5 * np.eye(len(some)), target)
        with np.errstate(divide="ignore", invalid="ignore"):
            pull = np.where(distance > 1e-9 * width, kernel / distance, 0.0)
        slope = np.zeros(points.shape[1])
        for answer in solved.T:
            force = pull * answer
            slope += np.mean((force @ some - force.sum(axis=1, keepdims=True) * some) ** 2, axis=0)
        weights = slope * weights**2
        total = weights.mean()
        if not np.isfinite(total) or total <= 0:
            return np.ones(points.shape[1])
        weights = weights / total
    return np.asarray(weights)
