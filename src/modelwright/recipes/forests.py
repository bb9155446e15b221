"""The estimators behind `trees`: forests whose size is bounded by the rows they are fitted on."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from . import frames

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

NODES = 6_000_000  # of a whole forest, 64 bytes each and 8 more for each class or target
KINDS = {
    ("random", True): RandomForestClassifier,
    ("random", False): RandomForestRegressor,
    ("extra", True): ExtraTreesClassifier,
    ("extra", False): ExtraTreesRegressor,
}


class Forest(BaseEstimator):  # type: ignore[misc]
    """Numbers as they are (gaps too: a cut sends them to the better side) and categories as codes.

    `leaf` is the least number of rows in a leaf; it is raised where the forest would become too large for memory.
    """

    classes = False

    def __init__(
        self,
        style: str = "random",
        n_estimators: int = 200,
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
        smallest = int(np.ceil(1.5 * self.n_estimators * len(X) / NODES))
        share = self.max_features or (0.5 if self.style == "extra" and not self.classes else 0.3)
        self.model_ = KINDS[self.style, self.classes](
            n_estimators=int(self.n_estimators),
            min_samples_leaf=max(int(self.leaf), smallest),
            max_features=share,
            n_jobs=-1,
            random_state=self.seed,
        )
        self.model_.fit(self._matrix(X), y)
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Class codes or values of the rows."""
        return np.asarray(self.model_.predict(self._matrix(X)))

    def _matrix(self, X: "pd.DataFrame") -> "Array":
        parts = [frames.numbers(X, self.names_), frames.code_matrix(X, self.levels_)]
        matrix: Any = np.hstack(parts).astype(np.float32)
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


class ForestRegressor(RegressorMixin, Forest):  # type: ignore[misc]
    """A forest whose answer is a number, or several, for each row."""
