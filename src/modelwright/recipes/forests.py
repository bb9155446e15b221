"""The estimators behind `trees`: forests whose size is bounded by the rows they are fitted on."""

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from . import frames
from .columns import chance_of_one

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

NODES = 6_000_000  # of a whole forest, 64 bytes each and 8 more for each class or target
TREES = 200
MANY = 30_000  # rows above which half the trees will do
BOOTSTRAP = 30_000  # rows of a bootstrap sample at most
KINDS = {
    ("random", True): RandomForestClassifier,
    ("random", False): RandomForestRegressor,
    ("extra", True): ExtraTreesClassifier,
    ("extra", False): ExtraTreesRegressor,
}


class Forest(BaseEstimator):  # type: ignore[misc]
    """Numbers as they are (gaps too: a cut sends them to the better side) and categories as codes.

    `leaf` is the least number of rows in a leaf; it is raised where the forest would become too large for memory.
    Where there are many rows, there are fewer trees by default, and a random forest's bootstrap samples are smaller
    than the table; where there are many columns, a smaller share of them is tried at a cut by default.
    """

    classes = False

    def __init__(
        self,
        style: str = "random",
        n_estimators: int | None = None,
        leaf: int = 2,
        max_features: float | None = None,
        seed: int = 0,
    ) -> None:
        self.style = style
        self.n_estimators = n_estimators
        self.leaf = leaf
        self.max_features = max_features
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Grow the trees; X (rows, columns), y (rows,) or (rows, targets)."""
        self.names_ = frames.number_names(X)
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        matrix = self._matrix(X)
        trees = int(self.n_estimators or (TREES if len(X) < MANY else TREES // 2))
        sampled = min(len(X), BOOTSTRAP) if self.style == "random" else len(X)
        self.model_ = KINDS[self.style, self.classes](
            n_estimators=trees,
            min_samples_leaf=max(int(self.leaf), int(np.ceil(1.5 * trees * sampled / NODES))),
            max_features=self.max_features or self._share(matrix.shape[1]),
            n_jobs=-1,
            random_state=self.seed,
            **({"max_samples": sampled} if sampled < len(X) else {}),
        )
        self.model_.fit(matrix, y)
        self.model_.n_jobs = 1  # threads would add up the trees' answers in any order, and the last digits with them
        return self

    def _share(self, columns: int) -> float:
        """The share of columns tried at a cut."""
        usual = 0.5 if self.style == "extra" and not self.classes else 0.3
        return float(min(usual, (12 + np.sqrt(columns)) / columns))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Class codes or values of the rows."""
        return np.asarray(self.model_.predict(self._matrix(X)))

    def _matrix(self, X: "pd.DataFrame") -> "Array":
        matrix = frames.matrix(X, self.names_, self.levels_, gap=-1.0, dtype=np.float32)
        return matrix if matrix.shape[1] else np.zeros((len(X), 1), dtype=np.float32)


class ForestClassifier(ClassifierMixin, Forest):  # type: ignore[misc]
    """A forest whose answer is a probability for each class in `classes_`."""

    classes = True

    @property
    def classes_(self) -> "Array":
        """The class codes that occurred in fit, sorted."""
        return np.asarray(self.model_.classes_)

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        return np.asarray(self.model_.predict_proba(self._matrix(X)))


class ForestLabels(Forest):
    """A forest whose answer is a probability for each label of a matrix of 0 and 1; one forest for all labels."""

    classes = True

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        each = self.model_.predict_proba(self._matrix(X))
        if not isinstance(each, list):  # of one label
            return chance_of_one(self.model_.classes_, each)[:, None]
        return np.column_stack([chance_of_one(*pair) for pair in zip(self.model_.classes_, each, strict=True)])

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class ForestRegressor(RegressorMixin, Forest):  # type: ignore[misc]
    """A forest whose answer is a number, or several, for each row."""
