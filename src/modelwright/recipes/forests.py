"""The estimators behind `trees`: forests whose size is bounded by the rows they are fitted on."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

from . import frames
from .columns import chance_of_one
from .flat import Flat, joined, laid_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..interfaces import Array

NODES = 6_000_000  # of a whole forest, 20 bytes each and 4 more for each class or target
AT_ONCE = 64e6  # bytes of trees that are grown at once: until they are laid out flat they take five times as much
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
        leaf = max(int(self.leaf), int(np.ceil(1.5 * trees * sampled / NODES)))
        usual = {
            "min_samples_leaf": leaf,
            "max_features": self.max_features or self._share(matrix.shape[1]),
            **({"max_samples": sampled} if sampled < len(X) else {}),
        }
        nodes = 2 * max(1, sampled // leaf)
        together = int(np.clip(AT_ONCE / (nodes * (64 + 8 * self._outputs(y))), 4, trees))
        seeds = np.random.default_rng(self.seed)
        parts = []
        for start in range(0, trees, together):
            count, seed = min(together, trees - start), int(seeds.integers(2**31))
            model = KINDS[self.style, self.classes](n_estimators=count, n_jobs=-1, random_state=seed, **usual)
            parts.append(self._laid_out(model.fit(matrix, y)))
        self.forest_ = joined(parts)
        return self

    def _outputs(self, y: "Array") -> int:
        """Numbers that a leaf of a growing tree holds."""
        return 1 if y.ndim == 1 else 2 * y.shape[1]

    def _laid_out(self, model: Any) -> Flat:
        """A fitted forest of scikit-learn in flat arrays."""
        return laid_out((tree.tree_, tree.tree_.value[:, :, 0]) for tree in model.estimators_)

    def _share(self, columns: int) -> float:
        """The share of columns tried at a cut."""
        usual = 0.5 if self.style == "extra" and not self.classes else 0.3
        return float(min(usual, (12 + np.sqrt(columns)) / columns))

    def _matrix(self, X: "pd.DataFrame") -> "Array":
        matrix = frames.matrix(X, self.names_, self.levels_, gap=-1.0, dtype=np.float32)
        return matrix if matrix.shape[1] else np.zeros((len(X), 1), dtype=np.float32)


class ForestClassifier(ClassifierMixin, Forest):  # type: ignore[misc]
    """A forest whose answer is a probability for each class in `classes_`.

    The classes' shares among the rows count as the answer of one tree more: no class is ever impossible, as it would
    be where all trees have seen one class only.
    """

    classes = True

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Grow the trees on codes y (rows,)."""
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return super().fit(X, y)

    def _outputs(self, y: "Array") -> int:  # noqa: ARG002
        return len(self.classes_)

    def _laid_out(self, model: Any) -> Flat:
        return laid_out((tree.tree_, _shares(tree.tree_.value[:, 0])) for tree in model.estimators_)

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        trees = self.forest_.trees
        return np.asarray((trees * self.forest_.mean(self._matrix(X)) + self.shares_) / (trees + 1))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class ForestLabels(Forest):
    """A forest whose answer is a probability for each label of a matrix of 0 and 1; one forest for all labels."""

    classes = True

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Grow the trees on y (rows, labels), 0 and 1."""
        self.shares_ = np.asarray(y, dtype=np.float64).mean(axis=0)
        return super().fit(X, y)

    def _laid_out(self, model: Any) -> Flat:
        known = model.classes_ if isinstance(model.classes_, list) else [model.classes_]  # of one label
        return laid_out((tree.tree_, _ones(tree.tree_.value, known)) for tree in model.estimators_)

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        trees = self.forest_.trees
        return np.asarray((trees * self.forest_.mean(self._matrix(X)) + self.shares_) / (trees + 1))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class ForestRegressor(RegressorMixin, Forest):  # type: ignore[misc]
    """A forest whose answer is a number, or several, for each row."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Grow the trees on values y (rows,) or (rows, targets)."""
        self.flat_ = np.ndim(y) == 1
        return super().fit(X, y)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        found = self.forest_.mean(self._matrix(X))
        return found[:, 0] if self.flat_ else found


def _shares(counts: "Array") -> "Array":
    """Counts, or shares, of classes as shares; (nodes, classes)."""
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _ones(values: "Array", known: "Sequence[Array]") -> "Array":
    """The share of 1 for each label, (nodes, labels), from those of all classes, (nodes, labels, classes)."""
    each = [chance_of_one(classes, _shares(values[:, k, : len(classes)])) for k, classes in enumerate(known)]
    return np.column_stack(each)
