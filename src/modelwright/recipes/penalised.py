"""A linear model of values whose loss and penalty are chosen by what rows that were left out say."""

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, HuberRegressor, PoissonRegressor, Ridge

from . import frames

if TYPE_CHECKING:
    from ..interfaces import Array

PENALTIES = (0.03, 0.3, 1.0, 3.0, 10.0, 100.0)  # times 3: of a ridge on standardised columns
JUDGED = 8000  # rows on which the choice is made
PILES = 4
FEWEST = 40  # rows; with fewer a choice would be chance
WIDE = 0.5  # columns per row from which on an elastic net, which leaves columns out, is tried
SKEWED = 1.5  # skewness of values that are never below zero from which on they are taken for counts or amounts
FARTHEST = 2.0  # times the largest value seen, at which the answer of an exponential is cut
EDGE = 1.01  # the plain ridge is left only for what is better by a hundredth


class PenalisedValues(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The linear model that does best on rows left out, for each of the targets by itself.

    Ridge regressions are tried, Poisson's for skewed values that are never below zero, Huber's where the absolute
    error counts, and elastic nets where there are many columns for the rows. `penalty` fixes that of a ridge, and
    nothing is chosen.
    """

    def __init__(self, penalty: float | None = None, loss: str = "squared", seed: int = 0) -> None:
        self.penalty = penalty
        self.loss = loss
        self.seed = seed

    def fit(self, X: Any, y: "Array") -> Self:
        """Fit on a matrix (rows, columns), dense or sparse, and values y (rows,) or (rows, targets)."""
        self.flat_ = y.ndim == 1
        columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        self.models_ = [self._fit_one(X, column) for column in columns.T]
        return self

    def predict(self, X: Any) -> "Array":
        """Values shaped as y was."""
        found = [low + spread * _within(model, model.predict(X)) for model, low, spread in self.models_]
        return found[0] if self.flat_ else np.column_stack(found)

    def _fit_one(self, X: Any, y: "Array") -> tuple[Any, float, float]:
        """A model of one target on its own scale; where the scale begins, and its unit."""
        if self.penalty is not None or len(y) < FEWEST:
            return Ridge(alpha=3 * (self.penalty or 1.0)).fit(X, y), 0.0, 1.0
        spread = float(y.std()) or 1.0
        candidates = self._candidates(X.shape[1], y)
        rows = np.random.default_rng(self.seed).permutation(len(y))[:JUDGED]
        some, wanted = X[rows], y[rows]
        pile = frames.deal(wanted, PILES, self.seed, classes=False)
        errors = [self._error(model, low, some, wanted, pile, spread) for model, low in candidates]
        plain = errors[PENALTIES.index(1.0)]
        best = int(np.argmin(errors))
        model, low = candidates[best if EDGE * errors[best] < plain else PENALTIES.index(1.0)]
        return _fitted(model, X, (y - low) / spread), low, spread

    def _candidates(self, columns: int, y: "Array") -> list[tuple[Any, float]]:
        """Unfitted models, and where the scale of each begins: at the mean, or at nothing."""
        mean = float(y.mean())
        found: list[tuple[Any, float]] = [(Ridge(alpha=3 * penalty), mean) for penalty in PENALTIES]
        deviation = (y - mean) / (y.std() or 1.0)
        if y.min() >= 0 and (deviation**3).mean() > SKEWED:
            found += [(PoissonRegressor(alpha=alpha, max_iter=300), 0.0) for alpha in (1e-4, 1e-2)]
        if self.loss == "absolute":
            found += [(HuberRegressor(alpha=alpha, max_iter=300), float(np.median(y))) for alpha in (0.1, 10.0)]
        if columns > WIDE * len(y):
            found += [(ElasticNet(alpha=a, l1_ratio=0.7, max_iter=500), mean) for a in (0.3, 0.1, 0.03, 0.01)]
        return found

    def _error(self, model: Any, low: float, X: Any, y: "Array", pile: "Array", spread: float) -> float:
        """The mean error of rows that were left out, a pile at a time."""
        lost = 0.0
        for k in range(PILES):
            fitted = _fitted(model, X[pile != k], (y[pile != k] - low) / spread)
            off = (y[pile == k] - low) / spread - _within(fitted, fitted.predict(X[pile == k]))
            lost += float((np.abs(off) if self.loss == "absolute" else off**2).sum())
        return lost if np.isfinite(lost) else np.inf


def _fitted(model: Any, X: Any, y: "Array") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
        fitted = clone(model).fit(X, y)
    if isinstance(fitted, PoissonRegressor):
        fitted.most_ = FARTHEST * float(y.max())
    return fitted


def _within(model: Any, found: "Array") -> "Array":
    """Predictions without those that an exponential has carried away."""
    return np.minimum(found, model.most_) if isinstance(model, PoissonRegressor) else np.asarray(found)
