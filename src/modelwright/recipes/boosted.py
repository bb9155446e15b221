"""The estimators behind `boosting`: LightGBM's trees, stopped early on rows split off the fit rows."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..parameters import Parameters
from . import frames

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FEWEST = 60  # rows; with fewer none are split off, and the number of rounds is a guess
GUESS = 60  # rounds
MOST = 4000  # rounds
PILES = 8  # one in eight rows is split off
SMALL = 4000  # rows below which five models, each stopped on another fifth, are averaged
AGAIN = 40_000  # rows below which the model is fitted again on all rows once the number of rounds is known


class Boosted(Parameters):
    """One LightGBM model, or an average of some, for each number to predict; the base of the two below.

    Without `n_estimators`, the number of rounds is found on rows split off: with `bags` above 1, that many models are
    each stopped on another part of the rows and averaged; with one, the model is fitted once more on all rows where
    they are not too many. `learned_` tells the rounds; an estimator that is given them fits on all rows at once.
    Parameters that are None are chosen by the number of rows; `loss` is "squared" or "absolute", for values; the
    others are LightGBM's own.
    """

    def __init__(
        self,
        n_estimators: int | list[int] | None = None,
        bags: int | None = None,
        learning_rate: float = 0.05,
        num_leaves: int | None = None,
        min_child_samples: int | None = None,
        feature_fraction: float = 0.7,
        bagging_fraction: float = 1.0,
        lambda_l2: float = 1.0,
        cat_smooth: float = 10.0,
        max_cat_to_onehot: int = 4,
        extra_trees: bool = False,
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.bags = bags
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.lambda_l2 = lambda_l2
        self.cat_smooth = cat_smooth
        self.max_cat_to_onehot = max_cat_to_onehot
        self.extra_trees = extra_trees
        self.loss = loss
        self.seed = seed

    def _fit_table(self, X: "pd.DataFrame") -> "Array":
        self.names_ = frames.number_names(X)
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        ordered = set(frames.ordered_names(X))  # their codes are split like numbers
        self.categorical_ = [
            len(self.names_) + k
            for k, (name, known) in enumerate(self.levels_.items())
            if len(known) > 2 and name not in ordered
        ]
        return self._matrix(X)

    def _matrix(self, X: "pd.DataFrame") -> "Array":
        """Numbers, then codes of categories (rows, columns); NaN for what is missing or was never seen."""
        coded = frames.code_matrix(X, self.levels_)
        coded[coded < 0] = np.nan
        matrix = np.hstack([frames.numbers(X, self.names_), coded])
        return matrix if matrix.shape[1] else np.zeros((len(X), 1))

    def _settings(self, rows: int) -> dict[str, Any]:
        leaves = self.num_leaves or int(np.clip(rows // 100, 8, 31))
        least = self.min_child_samples if self.min_child_samples is not None else int(np.clip(rows // 200, 3, 20))
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": leaves,
            "min_child_samples": least,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": int(self.bagging_fraction < 1),
            "lambda_l2": self.lambda_l2,
            "cat_smooth": self.cat_smooth,
            "max_cat_to_onehot": self.max_cat_to_onehot,
            "extra_trees": self.extra_trees,
            "num_threads": 0,  # as many as OMP_NUM_THREADS allows
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _fit_one(
        self, matrix: "Array", y: "Array", objective: dict[str, Any], classes: bool, rounds: int | None
    ) -> tuple[list[Any], int]:
        """Models to be averaged for one number, and their rounds."""
        everything = np.arange(len(y))
        bags = self.bags or (5 if len(y) < SMALL else 1)
        pile = frames.deal(y, bags if bags > 1 else PILES, self.seed, classes)
        told = len(np.unique(y[pile >= 0])) > 1  # rows of one class only cannot tell when to stop
        if rounds is None and (len(y) < FEWEST or (classes and not told)):
            rounds = GUESS
        if rounds is not None:
            return [self._train(matrix, y, objective, everything, rounds, bag) for bag in range(bags)], rounds
        stopped = [
            self._train(matrix, y, objective, np.flatnonzero(pile != bag), MOST, bag, np.flatnonzero(pile == bag))
            for bag in range(bags)
        ]
        best = max(1, round(float(np.mean([model.num_trees() / model.num_model_per_iteration() for model in stopped]))))
        if bags == 1 and len(y) < AGAIN:
            stopped = [self._train(matrix, y, objective, everything, best, 0)]
        return stopped, best

    def _train(
        self,
        matrix: "Array",
        y: "Array",
        objective: dict[str, Any],
        rows: "Array",
        rounds: int,
        bag: int,
        held: "Array | None" = None,
    ) -> Any:
        """A booster cut to its best round on the rows held out, or of all rounds where there are none."""
        import lightgbm

        params = {**self._settings(len(y)), **objective, "seed": self.seed + bag}
        shared: dict[str, Any] = {"params": params, "categorical_feature": self.categorical_}
        train = lightgbm.Dataset(matrix[rows], y[rows], **shared)
        if held is None or not len(held):
            return lightgbm.train(params, train, min(int(rounds), MOST))
        watch = lightgbm.Dataset(matrix[held], y[held], reference=train, **shared)
        patience = int(np.clip(4 / self.learning_rate, 30, 300))
        # the loss of rows that are all but certain would creep towards zero for ever
        least = 0.0 if objective["objective"].startswith("regression") else 1e-5
        stop = lightgbm.early_stopping(patience, verbose=False, min_delta=least)
        model = lightgbm.train(params, train, rounds, valid_sets=[watch], callbacks=[stop])
        return lightgbm.Booster(model_str=model.model_to_string(num_iteration=model.best_iteration))


class BoostedClassifier(Boosted):
    """Probabilities of the classes."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on codes y (rows,)."""
        matrix = self._fit_table(X)
        self.classes_, coded = np.unique(y, return_inverse=True)
        count = len(self.classes_)
        self.models_: list[Any] = []
        if count > 1:
            several = {"objective": "multiclass", "num_class": count}
            objective = {"objective": "binary"} if count == 2 else several
            rounds: Any = self.n_estimators
            self.models_, learned = self._fit_one(matrix, coded, objective, True, rounds)
            self.learned_ = {"n_estimators": learned}
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        if not self.models_:
            return np.ones((len(X), 1))
        matrix = self._matrix(X)
        found = np.mean([np.asarray(model.predict(matrix)) for model in self.models_], axis=0)
        return np.column_stack([1 - found, found]) if len(self.classes_) == 2 else found

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The likeliest class code of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class BoostedLabels(Boosted):
    """Probabilities of labels that do not exclude each other, a model for each."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on y (rows, labels), 0 and 1; a label that all rows have or lack needs no model."""
        matrix = self._fit_table(X)
        given = self.n_estimators if isinstance(self.n_estimators, list) else [self.n_estimators] * y.shape[1]
        self.shares_ = y.mean(axis=0, dtype=np.float64)
        fitted = [
            self._fit_one(matrix, column, {"objective": "binary"}, True, rounds)
            if 0 < share < 1
            else ([], int(rounds or GUESS))
            for column, rounds, share in zip(y.T, given, self.shares_, strict=True)
        ]
        self.models_: list[list[Any]] = [models for models, _ in fitted]
        self.learned_ = {"n_estimators": [rounds for _, rounds in fitted]}
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, labels)."""
        matrix = self._matrix(X)
        found = [
            np.mean([np.asarray(m.predict(matrix)) for m in models], axis=0) if models else np.full(len(X), share)
            for models, share in zip(self.models_, self.shares_, strict=True)
        ]
        return np.column_stack(found)

    def predict(self, X: "pd.DataFrame") -> "Array":
        """0 and 1 (rows, labels)."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


class BoostedRegressor(Boosted):
    """Values, of one target or several."""

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Fit on values y (rows,) or (rows, targets)."""
        matrix = self._fit_table(X)
        columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        self.flat_ = y.ndim == 1
        objective = {"objective": "regression_l1" if self.loss == "absolute" else "regression"}
        given = self.n_estimators if isinstance(self.n_estimators, list) else [self.n_estimators] * columns.shape[1]
        fitted = [
            self._fit_one(matrix, column, objective, False, rounds)
            for column, rounds in zip(columns.T, given, strict=True)
        ]
        self.models_ = [models for models, _ in fitted]
        learned = [rounds for _, rounds in fitted]
        self.learned_ = {"n_estimators": learned[0] if self.flat_ else learned}
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Values shaped as y was."""
        matrix = self._matrix(X)
        found = [np.mean([np.asarray(m.predict(matrix)) for m in models], axis=0) for models in self.models_]
        return found[0] if self.flat_ else np.column_stack(found)
