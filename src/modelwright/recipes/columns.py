"""From a table to a matrix: what the recipes on tables share.

A column's dtype says what it is (see `interfaces`): numbers, true or false and dates become floats, categories become
codes. Strings that repeat are taken for categories where a recipe wants that; other strings are left to the feature
steps and recipes that read text. Infinite values count as missing, and huge ones are cut to what float32 can hold.
"""

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

CLASSES = ("binary", "multiclass")  # kinds whose target is a class code; ordinal answers are fitted as numbers
VALUES = ("regression", "ordinal")
LARGEST = 1e30  # scikit-learn's trees work in float32, whose largest number is 3e38
DAY = 86_400 * 10**9  # nanoseconds
UNTOLD = 30  # a category of more values than this is ordered by count: its names hardly tell an order


def classifies(problem: "Problem") -> bool:
    """Whether the estimator has to give a probability for each class (otherwise: numbers)."""
    return problem.kind in CLASSES


def why_not_a_table(problem: "Problem", profile: "Profile") -> str | None:
    """None when a model of rows and columns can answer the problem, else the reason why not."""
    if problem.kind not in CLASSES + VALUES:
        return f"it gives a class or a number for each row, which is not what the kind {problem.kind} asks for"
    return None if profile.features else "the table has no column to learn from"


def number_names(table: pd.DataFrame) -> list[str]:
    """Columns that are numbers, true or false, or dates."""
    return [c for c in table.columns if table[c].dtype.kind in "iufbM" and not _is_category(table[c])]


def category_names(table: pd.DataFrame) -> list[str]:
    """Columns of dtype category."""
    return [c for c in table.columns if _is_category(table[c])]


def string_names(table: pd.DataFrame) -> list[str]:
    """Columns of strings: text, composites and paths."""
    return [c for c in table.columns if not _is_category(table[c]) and table[c].dtype.kind in "OT"]


def repeating_names(table: pd.DataFrame, most: float = 0.5) -> list[str]:
    """Categories, and strings with so few distinct values (a share of the rows) that they can serve as categories."""
    strings = {c for c in string_names(table) if table[c].nunique() <= most * len(table)}
    return [c for c in table.columns if c in strings or _is_category(table[c])]


def _is_category(column: "pd.Series[Any]") -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def numbers(table: pd.DataFrame, names: list[str]) -> "Array":
    """The columns as floats (rows, columns): dates in days since 1970, missing and infinite values as NaN."""
    values = np.empty((len(table), len(names)), order="F")
    for k, name in enumerate(names):
        column = table[name]
        if column.dtype.kind == "M":
            stamps = column.to_numpy(dtype="datetime64[ns]")
            values[:, k] = np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / DAY)
        else:
            values[:, k] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    values[~np.isfinite(values)] = np.nan
    return np.clip(values, -LARGEST, LARGEST, out=values)


def levels(column: "pd.Series[Any]") -> "pd.Index[Any]":
    """The values that occur in a column, in their order: sorted, or the commonest first where there are many."""
    counts = column.value_counts(sort=False)  # of a category: in the order of its categories
    counts = counts[counts > 0]
    if not _is_category(column):
        counts = counts.sort_index()
    if len(counts) > UNTOLD:
        counts = counts.sort_values(ascending=False, kind="stable")
    index = counts.index
    return pd.Index(index.categories[index.codes]) if isinstance(index, pd.CategoricalIndex) else index


def codes(column: "pd.Series[Any]", known: "pd.Index[Any]") -> "Array":
    """Position of each value among the known ones, (rows,); -1 for missing values and those never seen."""
    if _is_category(column):
        translation = np.append(known.get_indexer(column.cat.categories), -1)  # the last one serves code -1
        return np.asarray(translation[column.cat.codes.to_numpy()])
    found = known.get_indexer(pd.Index(column.to_numpy(dtype=object)))
    return np.where(column.isna().to_numpy(), -1, found)


class Numbers(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Number, true-or-false and date columns as floats (rows, columns)."""

    def fit(self, X: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Remember the columns."""
        self.names_ = number_names(X)
        return self

    def transform(self, X: pd.DataFrame) -> "Array":
        """Floats with NaN for what is missing."""
        return numbers(X, self.names_)


class Codes(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Category columns as codes (rows, columns): whole numbers, -1 for missing and unseen values.

    With `strings`, columns of strings that repeat are taken along.
    """

    def __init__(self, strings: bool = True) -> None:
        self.strings = strings

    def fit(self, X: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn which values there are."""
        names = repeating_names(X) if self.strings else category_names(X)
        self.levels_ = {name: levels(X[name]) for name in names}
        return self

    def transform(self, X: pd.DataFrame) -> "Array":
        """Codes as float64."""
        out = np.empty((len(X), len(self.levels_)), order="F")
        for k, (name, known) in enumerate(self.levels_.items()):
            out[:, k] = codes(X[name], known)
        return out


class TableModel(BaseEstimator):  # type: ignore[misc]
    """A transformer from table to matrix, then a model of scikit-learn.

    Where there is nothing to learn from (no column is left, or all rows have the same class), the answer is what
    the target says without any column.
    """

    def __init__(self, prepare: Any, model: Any) -> None:
        self.prepare = prepare
        self.model = model

    def fit(self, X: pd.DataFrame, y: "Array") -> Self:
        """Fit both; X (rows, columns), y (rows,) or (rows, targets)."""
        self.prepare_ = clone(self.prepare)
        matrix = self.prepare_.fit_transform(X, y)
        self.model_ = clone(self.model) if self._learnable(matrix, y) else self._plain()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
            self.model_.fit(matrix if matrix.shape[1] else np.zeros((len(X), 1)), y)
        return self

    def predict(self, X: pd.DataFrame) -> "Array":
        """Class codes or values of the rows."""
        return np.asarray(self.model_.predict(self._matrix(X)))

    def _matrix(self, X: pd.DataFrame) -> Any:
        matrix = self.prepare_.transform(X)
        return matrix if matrix.shape[1] else np.zeros((len(X), 1))

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

    def predict_proba(self, X: pd.DataFrame) -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        return np.asarray(self.model_.predict_proba(self._matrix(X)))

    def _learnable(self, matrix: Any, y: "Array") -> bool:
        return bool(matrix.shape[1]) and len(np.unique(y)) > 1

    def _plain(self) -> Any:
        return DummyClassifier(strategy="prior")


class TableRegressor(RegressorMixin, TableModel):  # type: ignore[misc]
    """A TableModel whose answer is a number, or several, for each row."""


def hold_out(y: "Array", share: float, seed: int, classes: bool) -> tuple["Array", "Array"]:
    """Rows to fit on and rows split off, both ascending: stratified where y holds classes.

    Rows of classes with fewer than five rows are all fitted on, so that no class is lost.
    """
    rows = np.arange(len(y))
    strata = np.zeros(len(y), dtype=np.intp)
    if classes:
        _, strata, counts = np.unique(y, return_inverse=True, return_counts=True)
        rows = rows[counts[strata] >= 5]
    rng = np.random.default_rng(seed)
    away = np.zeros(len(y), dtype=bool)
    for stratum in np.unique(strata[rows]):
        members = rng.permutation(rows[strata[rows] == stratum])
        away[members[: round(share * len(members))]] = True
    return np.flatnonzero(~away), np.flatnonzero(away)
