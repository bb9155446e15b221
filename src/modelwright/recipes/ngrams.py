"""The estimators behind `text`: words and pieces of words, weighed, then a linear model."""

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from .. import grams
from . import frames
from .columns import LinearColumns

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FEW = 1000  # rows below which every word counts, however rare
MANY = 10  # classes above which one model serves all of them, for its time's sake
MOST = 500_000  # columns for each block
FIRM = ((4.0, 1.0), (16.0, 0.1))  # pairs of strength and smoothing that are tried on rows split off
PILES = 6  # one in six rows is split off for that
LENGTHS = 120_000_000  # characters times lengths of pieces that are counted


class Grams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Columns of text as grams: words (one up to `words`) and pieces of words (two to `longest` characters).

    With `weighing` "tfidf" logarithms of counts, weighed by how rare a gram is, each block of a row on the unit sphere;
    with "presence" ones. `across` lets pieces reach from one word into the next, `most` is the number of grams in each
    block, at most. The result is a sparse matrix (rows, grams) float32, not negative.
    """

    def __init__(
        self,
        longest: int = 5,
        keep_case: bool = True,
        words: int = 2,
        across: bool = False,
        weighing: str = "tfidf",
        most: int = MOST,
    ) -> None:
        self.longest = longest
        self.keep_case = keep_case
        self.words = words
        self.across = across
        self.weighing = weighing
        self.most = most

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:
        """Learn which grams there are."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: "pd.DataFrame", y: "Array | None" = None) -> Any:
        """Learn, and give the matrix of the same rows (faster than one after the other)."""
        return _joined(self.fit_blocks(X, y), len(X))

    def transform(self, X: "pd.DataFrame") -> Any:
        """The matrix of other rows."""
        return _joined(self.transform_blocks(X), len(X))

    def fit_blocks(self, X: "pd.DataFrame", y: "Array | None" = None) -> list[Any]:  # noqa: ARG002
        """As `fit_transform`, but a matrix for each sort of gram of each column."""
        short = set(frames.repeating_names(X))
        names = [c for c in frames.string_names(X) if c not in short]
        self.blocks_: list[tuple[str, grams.Vocabulary]] = []
        found = []
        for name in names:
            texts = grams.texts_of(X[name])
            for sort, least in self._sorts(texts):
                grams.remember(sort)
                vocabulary = grams.Vocabulary(sort, self.weighing)
                matrix = vocabulary.fit_transform(texts, least, self.most)
                if matrix.shape[1]:  # else no gram is common enough: this block has nothing to tell
                    self.blocks_.append((name, vocabulary))
                    found.append(matrix)
        return found

    def transform_blocks(self, X: "pd.DataFrame") -> list[Any]:
        """As `transform`, but a matrix for each sort of gram of each column."""
        return [vocabulary.transform(grams.texts_of(X[name])) for name, vocabulary in self.blocks_]

    def _sorts(self, texts: list[str]) -> list[tuple[grams.Sort, int]]:
        """What is counted, and in how many rows a gram must stand; of very much text words alone."""
        least = 1 if len(texts) < FEW else 2
        seldom = 1 if self.weighing == "presence" else least  # to count, a word that was seen once is evidence
        sorts = [(grams.Sort("words", 1, self.words), seldom)] if self.words else []
        longest = min(self.longest, LENGTHS // max(1, sum(map(len, texts))) + 1)
        if longest >= 2:
            pieces = grams.Sort("characters", 2, longest, self.keep_case, self.across)
            sorts.append((pieces, least + 1))
        return sorts


def _joined(blocks: list[Any], rows: int) -> Any:
    if not blocks:
        return scipy.sparse.csr_matrix(np.empty((rows, 0), dtype=np.float32))
    return scipy.sparse.hstack(blocks, format="csr")


class TextModel(BaseEstimator):  # type: ignore[misc]
    """Grams of the text columns, other columns beside them; the base of the two below."""

    longest: int
    keep_case: bool
    words: int
    across: bool
    _scale = 1.0  # of the other columns

    def _fit_matrix(self, X: "pd.DataFrame") -> Any:
        self.grams_ = Grams(self.longest, self.keep_case, self.words, self.across)
        self.others_ = LinearColumns(splines=False, min_frequency=5)
        found = self.grams_.fit_transform(X)
        self.width_ = found.shape[1]
        return self._beside(found, self.others_.fit_transform(X))

    def _matrix(self, X: "pd.DataFrame") -> Any:
        return self._beside(self.grams_.transform(X), self.others_.transform(X))

    def _beside(self, found: Any, others: Any) -> Any:
        """Both, and a column of zeros in case there is nothing else."""
        others = scipy.sparse.csr_matrix(others) * self._scale
        zeros = scipy.sparse.csr_matrix(np.zeros((found.shape[0], 1)))
        return scipy.sparse.hstack([found, others, zeros], format="csr")


class TextClassifier(ClassifierMixin, TextModel):  # type: ignore[misc]
    """Logistic regression on grams, each scaled by how much it speaks for a class (Wang and Manning 2012).

    `strength` is the inverse of the penalty and `smoothing` the count added to each gram before its log ratio is taken;
    where they are None, a few pairs are tried on rows split off, and `learned_` tells the best.
    """

    def __init__(
        self,
        strength: float | None = None,
        smoothing: float | None = None,
        ratios: bool | None = None,
        longest: int = 5,
        keep_case: bool = True,
        words: int = 2,
        across: bool = False,
        seed: int = 0,
    ) -> None:
        self.strength = strength
        self.smoothing = smoothing
        self.ratios = ratios
        self.longest = longest
        self.keep_case = keep_case
        self.words = words
        self.across = across
        self.seed = seed

    _scale = 0.1  # on a scale like that of the grams the descent takes a third of the time, and is no worse

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        matrix = self._fit_matrix(X)
        self.classes_ = np.unique(y)
        self.models_: list[tuple[Array, Any]] = []
        if len(self.classes_) > 1:
            strength, smoothing = self._choose(matrix, y)
            self.learned_ = {"strength": strength, "smoothing": smoothing}
            self.models_ = self._train(matrix, y, strength, smoothing)
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if not self.models_:
            return np.ones((len(X), 1))
        return self._chances(self.models_, self._matrix(X))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _choose(self, matrix: Any, y: "Array") -> tuple[float, float]:
        """Strength and smoothing: as given, or the pair with the least log loss on rows split off."""
        pairs = [(self.strength or s, self.smoothing or a) for s, a in FIRM]
        if pairs[0] == pairs[1]:
            return pairs[0]
        held = frames.deal(y, PILES, self.seed, classes=True) == 0
        if not held.any():
            return pairs[0]
        truth = np.searchsorted(self.classes_, y[held])
        losses = []
        for pair in pairs:
            found = self._chances(self._train(matrix[~held], y[~held], *pair), matrix[held])
            losses.append(-np.mean(np.log(np.clip(found[np.arange(len(truth)), truth], 1e-15, None))))
        return pairs[int(np.argmin(losses))]

    def _train(self, matrix: Any, y: "Array", strength: float, smoothing: float) -> list[tuple["Array", Any]]:
        """A scale of the columns and a model for each class (two classes need one); or one model for all."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
            by_class = self.ratios if self.ratios is not None else len(self.classes_) <= MANY
            if not by_class:
                model = LogisticRegression(C=strength, max_iter=80)
                return [(np.ones(matrix.shape[1]), model.fit(matrix, y))]
            return [
                self._train_one(matrix, y == code, strength, smoothing)
                for code in (self.classes_ if len(self.classes_) > 2 else self.classes_[1:])
            ]

    def _train_one(self, matrix: Any, positive: "Array", strength: float, smoothing: float) -> tuple["Array", Any]:
        scale = np.ones(matrix.shape[1])
        found = matrix[:, : self.width_]
        inside, outside = (np.asarray(found[rows].sum(axis=0)).ravel() + smoothing for rows in (positive, ~positive))
        scale[: self.width_] = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        model = LogisticRegression(C=strength, solver="liblinear", dual=True, max_iter=200, random_state=self.seed)
        return scale, model.fit(_scaled(matrix, scale), positive)

    def _chances(self, models: list[tuple["Array", Any]], matrix: Any) -> "Array":
        found = [model.predict_proba(_scaled(matrix, scale)) for scale, model in models]
        if len(found) == 1:
            return np.asarray(found[0])
        each = np.column_stack([chances[:, 1] for chances in found]) + 1e-9
        return np.asarray(each / each.sum(axis=1, keepdims=True))


class TextLabels(TextClassifier):
    """The same for labels that do not exclude each other: the grams are read once, each label has a model of its own.

    Strength and smoothing are as given, or the pair that suits the number of rows; `ratios` is not looked at.
    """

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1; a label that all rows have or lack needs no model."""
        matrix = self._fit_matrix(X)
        usual = FIRM[0] if len(y) < FEW else FIRM[1]
        strength, smoothing = self.strength or usual[0], self.smoothing or usual[1]
        self.shares_ = y.mean(axis=0, dtype=np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.each_ = [
                self._train_one(matrix, column > 0, strength, smoothing) if 0 < share < 1 else None
                for column, share in zip(y.T, self.shares_, strict=True)
            ]
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        matrix = self._matrix(X)
        found = [
            np.full(len(X), share) if pair is None else pair[1].predict_proba(_scaled(matrix, pair[0]))[:, 1]
            for pair, share in zip(self.each_, self.shares_, strict=True)
        ]
        return np.column_stack(found)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


def _scaled(matrix: Any, scale: "Array") -> Any:
    return matrix @ scipy.sparse.diags(scale, format="csr")


class TextRegressor(RegressorMixin, TextModel):  # type: ignore[misc]
    """Ridge regression on grams."""

    def __init__(
        self, penalty: float = 1.0, longest: int = 5, keep_case: bool = True, words: int = 2, across: bool = False
    ) -> None:
        self.penalty = penalty
        self.longest = longest
        self.keep_case = keep_case
        self.words = words
        self.across = across

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        matrix = self._fit_matrix(X)
        self.model_ = Ridge(alpha=self.penalty, solver="sparse_cg", tol=1e-3).fit(matrix, y)
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        return np.asarray(self.model_.predict(self._matrix(X)))
