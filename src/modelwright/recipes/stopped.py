"""What boosted trees of any library share: models stopped early, averaged, fitted again on all rows."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ..parameters import Parameters
from . import frames

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FEWEST = 60  # rows; with fewer none are split off, and the number of rounds is a guess
PILES = 8  # one in eight rows is split off
SMALL = 4000  # rows below which five models, each stopped on another fifth, are averaged
BAGS = 5
LATE = 0.9  # of the rounds: a best one after so many may not be the last
RESUMED = 4  # times the most rounds that a model may have when it is still improving at their end

BINARY, MULTICLASS, VALUES = "binary", "multiclass", "values"


class Stopped(Parameters):
    """The base of boosted trees; a library's class adds four methods, and one of the classes below the answer.

    Without `n_estimators`, the number of rounds is found on rows split off: with `bags` above 1, that many models are
    each stopped on another part of the rows and averaged; with one, the model is fitted once more on all rows where
    they are not too many. `learned_` tells the rounds; an estimator that is given them fits on all rows at once.
    """

    most: ClassVar[int] = 4000  # rounds, unless the model still improves at their end
    guess: ClassVar[int] = 60  # rounds where there are too few rows to split any off
    again: ClassVar[int] = 40_000  # rows below which the model is fitted again on all once the rounds are known
    n_estimators: int | list[int] | None
    bags: int | None
    seed: int

    def _learn_table(self, X: "pd.DataFrame", y: "Array", task: str) -> Any:
        """Learn columns and levels; what `_table` gives for the rows."""
        raise NotImplementedError

    def _table(self, X: "pd.DataFrame") -> Any:
        """The rows as the library takes them: an array, or a DataFrame, that `_rows` can pick from."""
        raise NotImplementedError

    def _train(self, part: "Part", start: Any = None) -> Any:
        """A model cut to its best round on the rows held out, or of `part.rounds` where there are none.

        With `start`, a model of the same part, so many rounds more on top of it.
        """
        raise NotImplementedError

    def _rounds(self, model: Any) -> int:
        """How many rounds a model has."""
        raise NotImplementedError

    def _predict(self, model: Any, table: Any) -> "Array":
        """The chance of the second class (rows,), of each of several (rows, classes), or the values (rows,)."""
        raise NotImplementedError

    def _bags(self, rows: int) -> int:
        """How many models are averaged."""
        return self.bags or (BAGS if rows < SMALL else 1)

    def _fit_one(self, table: Any, y: "Array", task: str, rounds: int | None) -> tuple[list[Any], int]:
        """Models to be averaged for one answer, and their rounds."""
        everything, classes, bags = np.arange(len(y)), task != VALUES, self._bags(len(y))
        pile = frames.deal(y, bags if bags > 1 else PILES, self.seed, classes)
        told = len(np.unique(y[pile >= 0])) > 1  # rows of one class only cannot tell when to stop
        if rounds is None and (len(y) < FEWEST or (classes and not told)):
            rounds = self.guess
        whole = Part(table, y, task, everything, everything[:0], 0, 0)
        if rounds is not None:
            parts = [whole.but(rounds=int(rounds), bag=bag) for bag in range(bags)]
            return [self._train(part) for part in parts], int(rounds)
        stopped = [
            self._stop(whole.but(rows=np.flatnonzero(pile != bag), held=np.flatnonzero(pile == bag), bag=bag))
            for bag in range(bags)
        ]
        best = max(1, round(float(np.mean([self._rounds(model) for model in stopped]))))
        if bags == 1 and len(y) < self.again:
            stopped = [self._train(whole.but(rounds=best))]
        return stopped, best

    def _stop(self, part: "Part") -> Any:
        """A model stopped early; one that still improves when its rounds are over goes on from where it is."""
        model, begun = self._train(part.but(rounds=self.most)), 0
        while self._rounds(model) - begun > LATE * self.most and self._rounds(model) < RESUMED * self.most:
            begun = self._rounds(model)
            model = self._train(part.but(rounds=self.most), model)
        return model

    def _given(self, answers: int) -> list[int | None]:
        """The rounds that were given for each answer."""
        given = self.n_estimators
        return list(given) if isinstance(given, list) else [given] * answers


class Part:
    """What one model is fitted on: rows of a table and its targets, those held out, and how many rounds."""

    def __init__(self, table: Any, y: "Array", task: str, rows: "Array", held: "Array", rounds: int, bag: int) -> None:
        self.table, self.y, self.task = table, y, task
        self.rows, self.held, self.rounds, self.bag = rows, held, rounds, bag

    def but(self, **changed: Any) -> "Part":
        """The same with something changed."""
        return Part(**{**vars(self), **changed})

    def pick(self, rows: "Array") -> Any:
        """Those rows of the table."""
        if isinstance(self.table, np.ndarray):
            return self.table if len(rows) == len(self.table) else self.table[rows]
        return self.table if len(rows) == len(self.table) else self.table.iloc[rows]

    @property
    def classes(self) -> int:
        """How many classes the codes in `y` have."""
        return int(self.y.max()) + 1


class StoppedClassifier(Stopped):
    """Probabilities of the classes."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        self.classes_, coded = np.unique(y, return_inverse=True)
        task = BINARY if len(self.classes_) <= 2 else MULTICLASS
        table = self._learn_table(X, coded, task)
        self.models_: list[Any] = []
        if len(self.classes_) > 1:
            self.models_, learned = self._fit_one(table, coded, task, self._given(1)[0])
            self.learned_ = {"n_estimators": learned}
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if not self.models_:
            return np.ones((len(X), 1))
        table = self._table(X)
        found = np.mean([self._predict(model, table) for model in self.models_], axis=0)
        return np.column_stack([1 - found, found]) if len(self.classes_) == 2 else found

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class StoppedLabels(Stopped):
    """Probabilities of labels that do not exclude each other, a model for each."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1; a label that all rows have or lack needs no model."""
        table = self._learn_table(X, y, BINARY)
        self.shares_ = y.mean(axis=0, dtype=np.float64)
        fitted = [
            self._fit_one(table, column, BINARY, rounds) if 0 < share < 1 else ([], int(rounds or self.guess))
            for column, rounds, share in zip(y.T, self._given(y.shape[1]), self.shares_, strict=True)
        ]
        self.models_: list[list[Any]] = [models for models, _ in fitted]
        self.learned_ = {"n_estimators": [rounds for _, rounds in fitted]}
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        table = self._table(X)
        found = [
            np.mean([self._predict(m, table) for m in models], axis=0) if models else np.full(len(X), share)
            for models, share in zip(self.models_, self.shares_, strict=True)
        ]
        return np.column_stack(found)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class StoppedRegressor(Stopped):
    """Values, of one target or several. A target that never changes is answered by its value."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        table = self._learn_table(X, columns, VALUES)
        self.flat_ = y.ndim == 1
        self.constants_ = columns[0]
        fitted = [
            self._fit_one(table, column, VALUES, rounds) if np.ptp(column) > 0 else ([], int(rounds or self.guess))
            for column, rounds in zip(columns.T, self._given(columns.shape[1]), strict=True)
        ]
        self.models_: list[list[Any]] = [models for models, _ in fitted]
        learned = [rounds for _, rounds in fitted]
        self.learned_ = {"n_estimators": learned[0] if self.flat_ else learned}
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        table = self._table(X)
        found = [
            np.mean([self._predict(m, table) for m in models], axis=0) if models else np.full(len(X), constant)
            for models, constant in zip(self.models_, self.constants_, strict=True)
        ]
        return found[0] if self.flat_ else np.column_stack(found)
