"""No model at all: what the target says without looking at a row. Every other model is held against it."""

from typing import TYPE_CHECKING, Any

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
        if problem.kind in (*CLASSES, *VALUES, *SETS, "segmentation", "detection"):
            return None
        return f"it does not know what a constant answer of the kind {problem.kind} looks like"

    def build(self, problem: "Problem", params: "Params") -> "Constant":  # noqa: ARG002
        """One of the constants below."""
        if classifies(problem):
            return ConstantClassifier()
        if marks(problem):
            return ConstantLabels()
        if problem.kind == "segmentation":
            inputs: Any = problem.options.get("inputs") or ()
            return ConstantMap(str(problem.options.get("path_column", "")), tuple(inputs), len(problem.classes))
        if problem.kind == "detection":
            return NoBoxes()
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
    """A map of the share of marked pixels, or of each class of them."""

    def __init__(self, column: str, inputs: tuple[str, ...] = (), classes: int = 0) -> None:
        self.column = column
        self.inputs = inputs
        self.classes = classes

    def fit(self, X: "pd.DataFrame", y: "Array") -> "ConstantMap":  # noqa: ARG002
        """Learn from the masks in y, an object array (rows,) of arrays (height, width)."""
        size = max(1, sum(m.size for m in y))
        if not self.classes:
            self.shares_ = np.array([sum(int(np.count_nonzero(m)) for m in y) / size])
            return self
        counts = sum(np.bincount(np.asarray(m).ravel().astype(np.int64), minlength=256)[: self.classes] for m in y)
        self.shares_ = np.asarray(counts) / max(1, int(np.sum(counts)))
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """A map of its scene's size for each row: float32 (height, width), or uint8 (height, width, classes)."""
        from . import scenes

        maps = np.empty(len(X), dtype=object)
        for row, path in enumerate(X[self.column]):
            shape = scenes.size(str(path), self.inputs)
            if self.classes:
                maps[row] = np.broadcast_to(np.uint8(np.rint(255 * self.shares_)), (*shape, self.classes)).copy()
            else:
                maps[row] = np.full(shape, self.shares_[0], dtype=np.float32)
        return maps

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """The same."""
        return self.predict(X)


class NoBoxes(Constant):
    """No box in any picture."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> "NoBoxes":  # noqa: ARG002
        """Nothing is learnt."""
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """An empty array (0, 6) for each row."""
        found = np.empty(len(X), dtype=object)
        for row in range(len(X)):
            found[row] = np.empty((0, 6))
        return found
