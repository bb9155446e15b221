"""The three sorts of answer of a model that gives several numbers for each row: classes, labels, values."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array


class Numeric(Parameters):
    """The base: a model's class says how it is fitted to numbers, one of the classes below what they mean."""

    def _fit_numbers(self, X: "pd.DataFrame", wanted: "Array", classes: bool) -> None:
        """Fit on `wanted` (rows, numbers): values, or 0 and 1 where `classes`."""
        raise NotImplementedError

    def _numbers(self, X: "pd.DataFrame") -> "Array":
        """The numbers (rows, numbers); where classes were asked for, anywhere near 0 to 1."""
        raise NotImplementedError


class ClassAnswer(Numeric):
    """Probabilities of classes that exclude each other."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        self.classes_, coded = np.unique(y, return_inverse=True)
        if len(self.classes_) > 1:
            self._fit_numbers(X, np.eye(len(self.classes_))[coded], True)
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        found = np.clip(self._numbers(X), 1e-6, None)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class LabelAnswer(Numeric):
    """Probabilities of labels that do not exclude each other."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1."""
        self._fit_numbers(X, np.asarray(y, dtype=np.float64), True)
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        return np.clip(self._numbers(X), 0, 1)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class ValueAnswer(Numeric):
    """Values, of one target or several."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        self.flat_ = y.ndim == 1
        self._fit_numbers(X, np.asarray(y, dtype=np.float64).reshape(len(y), -1), False)
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        found = self._numbers(X)
        return np.asarray(found[:, 0] if self.flat_ else found)


def standardised(wanted: "Array") -> "tuple[Array, Any, Any]":
    """The numbers with mean 0 and, where they vary, deviation 1; their means; their deviations."""
    mean, spread = wanted.mean(axis=0), wanted.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (wanted - mean) / spread, mean, spread
