"""From what a network answers to what an estimator promises: classes, labels or values, on scales that train well."""

from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .training import Loss

ROOM = 0.05  # of the range of a target, by which a prediction may leave it


class Head:
    """What the three below ask of an estimator whose network they stand before."""

    loss: str

    def _fit_rows(self, X: "pd.DataFrame", y: "Array", target: "Array", loss: "Loss", outputs: int) -> None:
        """Fit on targets (rows, outputs) float32 or class codes (rows,); y is what rows are dealt by."""
        raise NotImplementedError

    def _predict_rows(self, X: "pd.DataFrame") -> "Array":
        """Probabilities or values (rows, outputs) float64."""
        raise NotImplementedError

    def again(self, X: "pd.DataFrame") -> "Array":
        """The same, for a check that holds it against what training saw of these rows (`seen_`)."""
        return self._predict_rows(X)


class ClassHead(Head):
    """Probabilities of classes."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        self.classes_, coded = np.unique(y, return_inverse=True)
        if len(self.classes_) == 2:
            self._fit_rows(X, coded, coded.astype(np.float32)[:, None], "binary", 1)
        elif len(self.classes_) > 2:
            self._fit_rows(X, coded, coded.astype(np.int64), "classes", len(self.classes_))
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        found = self._predict_rows(X)
        if len(self.classes_) == 2:
            return np.column_stack([1 - found[:, 0], found[:, 0]])
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class LabelHead(Head):
    """Probabilities of labels that do not exclude each other, from one network."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1."""
        self._fit_rows(X, y, np.asarray(y, dtype=np.float32), "binary", y.shape[1])
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        return self._predict_rows(X)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class ValueHead(Head):
    """Values, of one target or several, from one network."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        self.flat_ = y.ndim == 1
        middle = np.median(columns, axis=0) if self.loss == "absolute" else columns.mean(axis=0)
        spread = columns.std(axis=0)
        spread[~(spread > 0)] = 1.0
        self.middle_, self.spread_ = middle, spread
        low, high = columns.min(axis=0), columns.max(axis=0)
        self.bounds_ = low - ROOM * (high - low), high + ROOM * (high - low)
        target = ((columns - middle) / spread).astype(np.float32)
        loss: Loss = "absolute" if self.loss == "absolute" else "squared"
        self._fit_rows(X, y, target, loss, columns.shape[1])
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was, hardly beyond the range of those that were seen."""
        found = np.clip(self._predict_rows(X) * self.spread_ + self.middle_, *self.bounds_)
        return np.asarray(found[:, 0] if self.flat_ else found)
