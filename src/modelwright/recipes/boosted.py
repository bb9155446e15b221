"""The estimators behind `lightgbm`: LightGBM's trees, stopped early on rows split off the fit rows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from . import frames
from .base import FEW, useful_threads
from .stopped import BINARY, MULTICLASS, VALUES, Part, Stopped, StoppedClassifier, StoppedLabels, StoppedRegressor

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

SHAKEN = 3000  # rows below which each round sees three quarters of them: better on five small tables of five


class Boosted(Stopped):
    """One LightGBM model, or an average of some, for each number to predict; the base of the three below.

    Parameters that are None are chosen by the number of rows; `loss` is "squared" or "absolute", for values; those
    not named in `Stopped` are LightGBM's own.
    """

    def __init__(
        self,
        n_estimators: int | list[int] | None = None,
        bags: int | None = None,
        learning_rate: float = 0.05,
        num_leaves: int | None = None,
        min_child_samples: int | None = None,
        feature_fraction: float = 0.7,
        bagging_fraction: float | None = None,
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

    def _learn_table(self, X: "pd.DataFrame", y: "Array", task: str) -> "Array":  # noqa: ARG002
        self.names_ = frames.number_names(X)
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        unordered = frames.unordered(X, self.levels_)
        self.categorical_ = [len(self.names_) + k for k, nominal in enumerate(unordered) if nominal]
        return self._table(X)

    def _table(self, X: "pd.DataFrame") -> "Array":
        """Numbers, then codes of categories (rows, columns); NaN for what is missing or was never seen."""
        matrix = frames.matrix(X, self.names_, self.levels_)
        return matrix if matrix.shape[1] else np.zeros((len(X), 1))

    def _settings(self, rows: int, columns: int) -> dict[str, Any]:
        leaves = self.num_leaves or int(np.clip(rows // 100, 8, 31))
        least = self.min_child_samples if self.min_child_samples is not None else int(np.clip(rows // 200, 3, 20))
        share = self.bagging_fraction if self.bagging_fraction is not None else (0.75 if rows < SHAKEN else 1.0)
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": leaves,
            "min_child_samples": least,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": share,
            "bagging_freq": int(share < 1),
            "lambda_l2": self.lambda_l2,
            "cat_smooth": self.cat_smooth,
            "max_cat_to_onehot": self.max_cat_to_onehot,
            "extra_trees": self.extra_trees,
            "num_threads": useful_threads(rows * columns),
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _objective(self, part: Part) -> dict[str, Any]:
        if part.task == MULTICLASS:
            return {"objective": "multiclass", "num_class": part.classes}
        if part.task == BINARY:
            return {"objective": "binary"}
        return {"objective": "regression_l1" if self.loss == "absolute" else "regression"}

    def _train(self, part: Part, start: Any = None) -> Any:
        """A booster cut to its best round on the rows held out, or of all rounds where there are none."""
        import lightgbm

        table = part.pick(part.rows)
        params = {**self._settings(len(part.y), table.shape[1]), **self._objective(part), "seed": self.seed + part.bag}
        shared: dict[str, Any] = {"params": params, "categorical_feature": self.categorical_}
        train = lightgbm.Dataset(table, part.y[part.rows], **shared)
        if not len(part.held):
            return lightgbm.train(params, train, part.rounds)
        watch = lightgbm.Dataset(part.pick(part.held), part.y[part.held], reference=train, **shared)
        patience = int(np.clip(4 / self.learning_rate, 30, 300))
        # the loss of rows that are all but certain would creep towards zero for ever
        least = 0.0 if part.task == VALUES else 1e-5
        stop = lightgbm.early_stopping(patience, verbose=False, min_delta=least)
        model = lightgbm.train(params, train, part.rounds, valid_sets=[watch], callbacks=[stop], init_model=start)
        return lightgbm.Booster(model_str=model.model_to_string(num_iteration=model.best_iteration))

    def _rounds(self, model: Any) -> int:
        return int(model.num_trees() // model.num_model_per_iteration())

    def _predict(self, model: Any, table: "Array") -> "Array":
        alone: dict[str, Any] = {} if len(table) > FEW else {"num_threads": 1}
        return np.asarray(model.predict(table, **alone))


class BoostedClassifier(StoppedClassifier, Boosted):
    """Probabilities of the classes."""


class BoostedLabels(StoppedLabels, Boosted):
    """Probabilities of labels that do not exclude each other, a model for each."""


class BoostedRegressor(StoppedRegressor, Boosted):
    """Values, of one target or several."""
