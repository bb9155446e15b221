"""scikit-learn's side of what recipes on tables share: transformers to a matrix, and a model behind them."""

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_matrix, hstack, issparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, RobustScaler, SplineTransformer, StandardScaler

from . import frames
from .base import CELLS, with_useful_threads

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

KNOTS = 12  # at most
ROWS_PER_KNOT = 200
DENSE = 0.3  # share of a matrix that differs from 0 from which on a dense one is quicker
FAR = 4.0  # standard deviations at which a number is cut


class Numbers(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Number, true-or-false and date columns as floats (rows, columns)."""

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Remember the columns."""
        self.names_ = frames.number_names(X)
        return self

    def transform(self, X: "pd.DataFrame") -> "Array":
        """Floats with NaN for what is missing."""
        return frames.numbers(X, self.names_)


class Codes(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Categories, and strings that repeat, as codes (rows, columns): -1 for missing and unseen values."""

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn which values there are."""
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        return self

    def transform(self, X: "pd.DataFrame") -> "Array":
        """Codes as floats."""
        return frames.code_matrix(X, self.levels_)


class OneHot(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Codes (rows, columns) as one column of 0 and 1 for each value that is not rare, in a sparse matrix.

    Values in fewer than `min_frequency` rows share a column, which also serves those never seen. As scikit-learn's
    OneHotEncoder does it, which takes many times as long for a single row of a wide table.
    """

    def __init__(self, min_frequency: int = 1) -> None:
        self.min_frequency = min_frequency

    def fit(self, X: "Array", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn which values are rare. Codes are whole numbers from -1 on."""
        places, width = [], 0
        for column in X.T:
            counts = np.bincount(column.astype(np.int64) + 1)
            often = (counts >= self.min_frequency) & (counts > 0)
            rare = bool((counts[~often] > 0).any())
            others = width + int(often.sum()) if rare else -1
            places.append(np.append(np.where(often, width - 1 + often.cumsum(), others), others))
            width += int(often.sum()) + rare
        self.places_ = np.concatenate([*places, np.empty(0, dtype=np.int64)]).astype(np.int64)
        self.lengths_ = np.array([len(p) for p in places], dtype=np.int64)
        self.starts_ = self.lengths_.cumsum() - self.lengths_
        self.width_ = width
        return self

    def transform(self, X: "Array") -> csr_matrix:
        """0 and 1 as floats (rows, values); a value never seen has no 1 where no value was rare."""
        codes = np.minimum(X.astype(np.int64) + 1, self.lengths_ - 1)  # the last place of each serves unseen codes
        places = self.places_[self.starts_ + codes]
        known = places >= 0
        ends = np.concatenate([[0], known.sum(axis=1).cumsum()])
        return csr_matrix((np.ones(ends[-1]), places[known], ends), shape=(len(X), self.width_))


class Ranks(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Categories that have an order as their place in it (rows, columns), NaN for missing and unseen values."""

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn which values there are."""
        self.levels_ = {name: frames.levels(X[name]) for name in frames.ordered_names(X)}
        return self

    def transform(self, X: "pd.DataFrame") -> "Array":
        """Places as floats."""
        places = frames.code_matrix(X, self.levels_)
        places[places < 0] = np.nan
        return places


class Curves(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers (rows, columns) without gaps on a tame scale, and beside them splines, so that a linear model can bend.

    The tame scale is the inverse hyperbolic sine of what is left after median and quartiles, cut at four standard
    deviations: heavy tails do no harm. Splines are cubic with knots at quantiles; a column of few distinct values has
    none, and there are none at all where the matrix would become too large for them.
    """

    def __init__(self, splines: bool = True) -> None:
        self.splines = splines

    def fit(self, X: "Array", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn scales and knots."""
        cut = partial(np.clip, a_min=-FAR, a_max=FAR)
        self.straight_ = make_pipeline(
            RobustScaler(), FunctionTransformer(np.arcsinh), StandardScaler(), FunctionTransformer(cut)
        ).fit(X)
        some = X[:: max(1, len(X) // 5000)]
        varied = np.array([len(np.unique(column)) > 4 for column in some.T], dtype=bool)
        knots = min(KNOTS, 2 + len(X) // ROWS_PER_KNOT, CELLS // max(1, len(X) * int(varied.sum())))
        self.varied_ = varied & (self.splines and knots >= 3)
        if self.varied_.any():
            self.curved_ = SplineTransformer(n_knots=knots, knots="quantile", include_bias=False)
            self.curved_.fit(X[:, self.varied_])
        return self

    def transform(self, X: "Array") -> "Array":
        """Scaled numbers, then splines."""
        straight = self.straight_.transform(X)
        if not self.varied_.any():
            return np.asarray(straight)
        return np.hstack([straight, self.curved_.transform(X[:, self.varied_])])


def filled_numbers() -> Pipeline:
    """Numbers without gaps: the median stands in, and a column of 0 and 1 tells where."""
    return make_pipeline(Numbers(), SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True))


class LinearColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A table to the matrix of a linear model: scaled numbers, one column for each category that is not rare.

    A category that is rare or new falls under "other"; one that has an order gets its place in it as a number too, so
    that steps next to each other can share what they say. Other strings than those that repeat are left out. The
    matrix is sparse where little of it differs from 0.
    """

    def __init__(self, splines: bool = True, min_frequency: int = 1) -> None:
        self.splines = splines
        self.min_frequency = min_frequency

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:
        """Learn scales and values."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: "pd.DataFrame", y: "Array | None" = None, **_: Any) -> Any:  # noqa: ARG002
        """The matrix of the rows fitted on."""
        self.parts_: list[Pipeline] = []
        if frames.number_names(X):
            self.parts_.append(make_pipeline(*(step for _, step in filled_numbers().steps), Curves(self.splines)))
        if frames.repeating_names(X):
            self.parts_.append(make_pipeline(Codes(), OneHot(self.min_frequency)))
        if frames.ordered_names(X):
            self.parts_.append(filled_ranks())
        blocks: list[Any] = [part.fit_transform(X) for part in self.parts_]
        cells = len(X) * sum(block.shape[1] for block in blocks)
        self.sparse_ = any(map(issparse, blocks)) and sum(map(_filled, blocks)) < DENSE * cells
        return self._joined(X, blocks)

    def transform(self, X: "pd.DataFrame") -> Any:
        """The matrix (rows, columns)."""
        return self._joined(X, [part.transform(X) for part in self.parts_])

    def _joined(self, X: "pd.DataFrame", blocks: list[Any]) -> Any:
        if self.sparse_:
            return hstack(blocks, format="csr")
        dense = [block if isinstance(block, np.ndarray) else block.toarray() for block in blocks]
        return np.hstack([np.empty((len(X), 0)), *dense])


def _filled(block: Any) -> int:
    """How many cells of a matrix differ from 0."""
    return int(np.count_nonzero(block) if isinstance(block, np.ndarray) else block.nnz)


def filled_ranks() -> Pipeline:
    """Places in an order without gaps, standardised."""
    return make_pipeline(Ranks(), SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


class TableModel(BaseEstimator):  # type: ignore[misc]
    """A transformer from table to matrix, then a model of scikit-learn.

    Where there is nothing to learn from (no column is left, or all rows have the same class), the answer is what
    the target says without any column.
    """

    def __init__(self, prepare: Any, model: Any) -> None:
        self.prepare = prepare
        self.model = model

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit both; X (rows, columns), y (rows,) or (rows, targets)."""
        self.prepare_ = clone(self.prepare)
        with with_useful_threads(X.size):
            matrix = self.prepare_.fit_transform(X, y)
        self.model_ = clone(self.model) if self._learnable(matrix, y) else self._plain()
        with warnings.catch_warnings(), with_useful_threads(matrix.size):
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
            self.model_.fit(self._some(matrix), y)
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Class codes or values of the rows."""
        return np.asarray(self.model_.predict(self._matrix(X)))

    def _matrix(self, X: "pd.DataFrame") -> Any:
        return self._some(self.prepare_.transform(X))

    def _some(self, matrix: Any) -> Any:
        return matrix if matrix.shape[1] else np.zeros((matrix.shape[0], 1))

    def _learnable(self, matrix: Any, y: "Array") -> bool:  # noqa: ARG002
        return bool(matrix.shape[1])

    def _plain(self) -> Any:
        return DummyRegressor()


class TableClassifier(ClassifierMixin, TableModel):  # type: ignore[misc]
    """A TableModel whose answer is a probability for each class in `classes_`."""

    @property
    def classes_(self) -> "Array":
        """The class codes that occurred in fit, sorted."""
        return np.asarray(self.model_.classes_)

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        return np.asarray(self.model_.predict_proba(self._matrix(X)))

    def _learnable(self, matrix: Any, y: "Array") -> bool:
        return bool(matrix.shape[1]) and len(np.unique(y)) > 1

    def _plain(self) -> Any:
        return DummyClassifier(strategy="prior")


class TableLabels(TableModel):
    """A TableModel whose answer is a probability for each label of a matrix of 0 and 1, a model for each label."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit one model for each column of y (rows, labels); a label that all rows have or lack needs none."""
        self.prepare_ = clone(self.prepare)
        with with_useful_threads(X.size):
            matrix = self._some(self.prepare_.fit_transform(X, y))
        self.models_ = [self._fit_label(matrix, column) for column in y.T]
        return self

    def _fit_label(self, matrix: Any, column: "Array") -> Any:
        model = clone(self.model) if len(np.unique(column)) > 1 else DummyClassifier(strategy="prior")
        with warnings.catch_warnings(), with_useful_threads(matrix.size):
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
            return model.fit(matrix, column)

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        matrix = self._matrix(X)
        return np.column_stack([chance_of_one(m.classes_, m.predict_proba(matrix)) for m in self.models_])

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


def chance_of_one(classes: "Array", chances: "Array") -> "Array":
    """The probability of 1 (rows,), from those of the classes 0 and 1 or of the one of them that occurred in fit."""
    known = list(classes)
    return np.asarray(chances[:, known.index(1)]) if 1 in known else np.zeros(len(chances))


class TableRegressor(RegressorMixin, TableModel):  # type: ignore[misc]
    """A TableModel whose answer is a number, or several, for each row."""
