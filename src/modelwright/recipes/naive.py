"""The estimators behind `bayes`: naive Bayes on words and pieces of words, with probabilities that can be believed.

Each sort of gram gives a score of its own for each class: the sum of the log ratios of its grams (multinomial naive
Bayes on what is present, or its complement: Rennie et al., "Tackling the poor assumptions of naive Bayes text
classifiers", 2003). Grams are anything but independent, so these scores are far too sure. What they are worth is learnt
by a logistic regression on scores of rows left out, which sees the length of a text and the other columns too; where
there are many classes, by one that weighs the scores of all classes alike.
"""

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import scipy.sparse
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from . import frames
from .columns import LinearColumns
from .ngrams import MOST, Grams

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

PILES = 5
CELLS = 40_000_000  # of the table of log ratios
MANY = 12  # classes, above which the scores of all are weighed alike
DECAY = 1e-5  # of the weights where classes are weighed alike
STRENGTH = 0.3  # of the logistic regression
SCALES = (0.5, 1.0)  # powers of the number of grams by which a score is divided, beside none at all
UNIT = 30.0  # grams; brings the three to a like size


class NaiveText(BaseEstimator):  # type: ignore[misc]
    """Scores of naive Bayes and what they are worth; the base of the two below.

    Args:
        smoothing: what is added to each count.
        words, longest, keep_case, across: see `ngrams.Grams`.
        complement: whether a class is judged by what the other classes hold.
        seed: of the rows that are left out.
    """

    def __init__(
        self,
        smoothing: float = 0.1,
        words: int = 2,
        longest: int = 6,
        keep_case: bool = True,
        across: bool = True,
        complement: bool = False,
        seed: int = 0,
    ) -> None:
        self.smoothing = smoothing
        self.words = words
        self.longest = longest
        self.keep_case = keep_case
        self.across = across
        self.complement = complement
        self.seed = seed

    def _learn(self, X: "pd.DataFrame", marks: "Array") -> tuple["Array", "Array", Any]:
        """Read grams and ratios off rows whose classes are marked (rows, classes).

        Returns scores of rows left out (rows, scores, classes), whether a row was ever left out, and the other columns.
        """
        most = min(MOST, CELLS // marks.shape[1])
        self.grams_ = Grams(self.longest, self.keep_case, self.words, self.across, "presence", most)
        self.others_ = LinearColumns(splines=False, min_frequency=5)
        blocks = self.grams_.fit_blocks(X)
        others = scipy.sparse.csr_matrix(self.others_.fit_transform(X))
        self.ratios_ = [self._ratios(block, marks) for block in blocks]
        codes = marks.argmax(axis=1) if (marks.sum(axis=1) == 1).all() and marks.shape[1] > 1 else marks[:, 0]
        pile = frames.deal(codes, PILES, self.seed, classes=len(marks) >= 2 * PILES)
        found = [np.zeros(marks.shape, dtype=np.float32) for _ in blocks]
        for block, scores in zip(blocks, found, strict=True):
            for k in range(PILES):
                out = pile == k
                if out.any():
                    scores[out] = block[out] @ self._ratios(block[~out], marks[~out])
        return self._scaled(blocks, found, marks.shape), pile >= 0, others

    def _scores(self, X: "pd.DataFrame", classes: int) -> tuple["Array", Any]:
        """Scores (rows, scores, classes) and the other columns."""
        blocks = self.grams_.transform_blocks(X)
        found = [np.asarray(block @ ratios) for block, ratios in zip(blocks, self.ratios_, strict=True)]
        return self._scaled(blocks, found, (len(X), classes)), scipy.sparse.csr_matrix(self.others_.transform(X))

    def _ratios(self, block: Any, marks: "Array") -> "Array":
        """How much each gram speaks for each class (grams, classes) float32."""
        inside = np.asarray(block.T @ marks.astype(np.float32))
        whole = np.asarray(block.sum(axis=0)).reshape(-1, 1)
        if marks.shape[1] == 1 or not self._exclude:
            return self._shares(inside) - self._shares(whole - inside)
        found = -self._shares(whole - inside) if self.complement else self._shares(inside)
        return np.asarray(found - found.mean(axis=1, keepdims=True))

    _exclude = True  # whether a row has one class only

    def _shares(self, counts: "Array") -> "Array":
        smooth = counts + np.float32(self.smoothing)
        return np.asarray(np.log(smooth / smooth.sum(axis=0)), dtype=np.float32)

    @staticmethod
    def _scaled(blocks: list[Any], scores: "list[Array]", shape: tuple[int, ...]) -> "Array":
        """Each score (rows, classes) as it is, by the root of the number of grams, and by that number."""
        found = [np.empty((0, *shape), dtype=np.float32)]
        for block, score in zip(blocks, scores, strict=True):
            grams = np.maximum(np.diff(block.indptr), 1)[:, None] / UNIT
            found.append(np.stack([score / UNIT, *(score / (3 * UNIT**0.5 * grams**power) for power in SCALES)]))
        return np.ascontiguousarray(np.concatenate(found).transpose(1, 0, 2), dtype=np.float32)


class NaiveClassifier(ClassifierMixin, NaiveText):  # type: ignore[misc]
    """Probabilities of classes."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        count = len(self.classes_)
        self.models_: list[Any] = []
        if count == 1:
            return self
        marks = np.eye(count, dtype=np.float32)[codes]
        scores, told, others = self._learn(X, marks if count > 2 else marks[:, 1:])
        if count > MANY:
            self.models_ = [_Alike().fit(scores[told], codes[told])]
        else:
            self.models_ = [_regression(scores[told].reshape(told.sum(), -1), others[told], codes[told])]
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        count = len(self.classes_)
        if count == 1:
            return np.ones((len(X), 1))
        scores, others = self._scores(X, count if count > 2 else 1)
        model = self.models_[0]
        if count > MANY:
            return np.asarray(model.predict_proba(scores))
        found = np.full((len(X), count), 1e-6)
        found[:, model.classes_] += model.predict_proba(_beside(scores.reshape(len(X), -1), others))
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class NaiveLabels(NaiveText):
    """Probabilities of labels that do not exclude each other."""

    _exclude = False

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1; a label that all rows have or lack needs no model."""
        self.shares_ = y.mean(axis=0, dtype=np.float64)
        scores, told, others = self._learn(X, y.astype(np.float32))
        self.models_ = [
            _regression(scores[told, :, k], others[told], column[told] > 0) if 0 < column[told].mean() < 1 else None
            for k, column in enumerate(y.T)
        ]
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        scores, others = self._scores(X, len(self.shares_))
        found = [
            np.full(len(X), share) if model is None else _chance(model, scores[:, :, k], others)
            for k, (model, share) in enumerate(zip(self.models_, self.shares_, strict=True))
        ]
        return np.column_stack(found)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


def _beside(scores: "Array", others: Any) -> Any:
    """Scores, other columns, and a column of zeros in case there is neither."""
    zeros = np.zeros((len(scores), 1), dtype=np.float32)
    return scipy.sparse.hstack([scipy.sparse.csr_matrix(np.hstack([scores, zeros])), others], format="csr")


def _regression(scores: "Array", others: Any, answers: "Array") -> Any:
    """What scores are worth; a class that is alone among the rows is certain."""
    if len(np.unique(answers)) == 1:
        return _Certain(answers[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged serves as well
        return LogisticRegression(C=STRENGTH, max_iter=200).fit(_beside(scores, others), answers)


def _chance(model: Any, scores: "Array", others: Any) -> "Array":
    """The chance of True (rows,)."""
    if isinstance(model, _Certain):
        return np.full(len(scores), float(model.classes_[0]))
    return np.asarray(model.predict_proba(_beside(scores, others))[:, 1])


class _Alike:
    """A logistic regression with one weight for each score, the same for all classes, and a start for each class."""

    def fit(self, scores: "Array", codes: "Array") -> Self:
        """Fit on scores (rows, scores, classes) and codes (rows,)."""
        rows, width, classes = scores.shape
        places = np.arange(rows)

        def loss(weights: "Array") -> tuple[float, "Array"]:
            chances = softmax(np.einsum("rsc,s->rc", scores, weights[:width]) + weights[width:], axis=1)
            value = -np.log(np.clip(chances[places, codes], 1e-30, None)).mean() + DECAY * (weights**2).sum()
            chances[places, codes] -= 1
            slope = np.concatenate([np.einsum("rsc,rc->s", scores, chances), chances.sum(axis=0)]) / rows
            return float(value), slope + 2 * DECAY * weights

        start = np.concatenate([np.ones(width), np.zeros(classes)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
        self.weights, self.starts = found[:width], found[width:]
        return self

    def predict_proba(self, scores: "Array") -> "Array":
        """Probabilities (rows, classes)."""
        return np.asarray(softmax(np.einsum("rsc,s->rc", scores, self.weights) + self.starts, axis=1))


class _Certain:
    """The one class there is."""

    def __init__(self, answer: Any) -> None:
        self.classes_ = np.array([answer])

    def predict_proba(self, table: Any) -> "Array":
        """Ones (rows, 1)."""
        return np.ones((table.shape[0], 1))
