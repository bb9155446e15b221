"""No model at all: what the target says without looking at a row. Every other model is held against it."""

from typing import TYPE_CHECKING

import numpy as np

from ..parameters import Parameters
from ..records.space import Space
from .base import ABSOLUTE, CLASSES, SETS, VALUES, classifies, marks

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile


class Dummy:
    """The shares of the classes, the mean or median of the values, a map of the share of marked pixels."""

    name = "dummy"
    family = "dummy"
    steady = True

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Any answer that is a class, a number or a map."""
        if problem.kind == "segmentation" and problem.classes:
            return "it draws a map of one class of pixels"
        if problem.kind in (*CLASSES, *VALUES, *SETS, "segmentation"):
            return None
        return f"it does not know what a constant answer of the kind {problem.kind} looks like"

    def build(self, problem: "Problem", params: "Params") -> "Constant":  # noqa: ARG002
        """One of the constants below."""
        if classifies(problem):
            return ConstantClassifier()
        if marks(problem):
            return ConstantLabels()
        if problem.kind == "segmentation":
            return ConstantMap()
        return ConstantValue("median" if problem.metric in ABSOLUTE else "mean")

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """Nothing to try."""
        return {}

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Next to nothing; a map for each row takes a little."""
        return 0.005 + (1e-4 * rows if problem.kind == "segmentation" else 1e-8 * rows)


class Constant(Parameters):
    """The base of the constant answers."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> "Constant":
        """Learn from the target alone."""
        raise NotImplementedError

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The same answer for each row."""
        raise NotImplementedError


class ConstantClassifier(Constant):
    """The share of each class."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantClassifier":  # noqa: ARG002
        """Count the codes in y (rows,)."""
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """The shares for each row (rows, classes)."""
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The commonest class for each row."""
        return np.full(len(X), self.classes_[self.shares_.argmax()])


class ConstantLabels(Constant):
    """The share of the rows that have each label."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantLabels":  # noqa: ARG002
        """Learn from y (rows, labels), 0 and 1."""
        self.shares_ = np.mean(y, axis=0, dtype=np.float64)
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """The shares for each row (rows, labels)."""
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The labels that most rows have, 0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class ConstantValue(Constant):
    """The mean or the median of the values."""

    def __init__(self, how: str = "mean") -> None:
        self.how = how

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantValue":  # noqa: ARG002
        """Learn from y (rows,) or (rows, targets)."""
        self.value_ = (np.median if self.how == "median" else np.mean)(y, axis=0)
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The value for each row, shaped as y."""
        return np.full((len(X), *np.shape(self.value_)), self.value_, dtype=np.float64)


class ConstantMap(Constant):
    """A map of the share of marked pixels, of the size that most masks have."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantMap":  # noqa: ARG002
        """Learn from the masks in y, an object array (rows,) of arrays (height, width)."""
        shapes = [mask.shape for mask in y]
        self.shape_ = max(set(shapes), key=shapes.count)
        self.share_ = sum(int(np.count_nonzero(m)) for m in y) / max(1, sum(m.size for m in y))
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """A map for each row: an object array (rows,) of float32 (height, width)."""
        maps = np.empty(len(X), dtype=object)
        for row in range(len(X)):
            maps[row] = np.full(self.shape_, self.share_, dtype=np.float32)
        return maps

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """The same."""
        return self.predict(X)
