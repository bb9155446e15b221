"""The estimators behind `xgboost`: XGBoost's trees of histograms, stopped early on rows split off the fit rows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from . import frames
from .base import FEW, threads, useful_threads
from .stopped import BINARY, MULTICLASS, Part, Stopped, StoppedClassifier, StoppedLabels, StoppedRegressor

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array


class XGBoosted(Stopped):
    """One XGBoost model, or an average of some, for each number to predict; the base of the three below.

    Trees grow leaf by leaf below a largest depth. Parameters that are None are chosen by the number of rows; `loss` is
    "squared" or "absolute", for values; those not named in `Stopped` are XGBoost's own.
    """

    most = 3000

    def __init__(
        self,
        n_estimators: int | list[int] | None = None,
        bags: int | None = None,
        learning_rate: float = 0.06,
        max_depth: int | None = None,
        min_child_weight: float | None = None,
        subsample: float = 0.8,
        colsample_bynode: float = 0.7,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        max_cat_to_onehot: int = 8,
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.bags = bags
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bynode = colsample_bynode
        self.reg_lambda = reg_lambda
        self.reg_alpha = reg_alpha
        self.max_cat_to_onehot = max_cat_to_onehot
        self.loss = loss
        self.seed = seed

    def _learn_table(self, X: "pd.DataFrame", y: "Array", task: str) -> "Array":  # noqa: ARG002
        self.names_ = frames.number_names(X)
        self.levels_ = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        named = ["c" if nominal else "q" for nominal in frames.unordered(X, self.levels_)]
        self.types_ = ["q"] * len(self.names_) + named or ["q"]
        return self._table(X)

    def _table(self, X: "pd.DataFrame") -> "Array":
        """Numbers, then codes of categories (rows, columns), float32; NaN for what is missing or was never seen."""
        matrix = frames.matrix(X, self.names_, self.levels_, dtype=np.float32)
        return matrix if matrix.shape[1] else np.zeros((len(X), 1), dtype=np.float32)

    def _settings(self, part: Part, columns: int) -> dict[str, Any]:
        least = self.min_child_weight if self.min_child_weight is not None else float(np.clip(len(part.y) / 1000, 1, 5))
        return {
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth or int(np.clip(np.log2(max(2, len(part.y))) - 6, 4, 8)),
            "min_child_weight": least,
            "subsample": self.subsample,
            "colsample_bynode": self.colsample_bynode,
            "reg_lambda": self.reg_lambda,
            "reg_alpha": self.reg_alpha,
            "max_cat_to_onehot": self.max_cat_to_onehot,
            "tree_method": "hist",
            "seed": self.seed + part.bag,
            "nthread": useful_threads(len(part.y) * columns),
            "verbosity": 0,
            **self._objective(part),
        }

    def _objective(self, part: Part) -> dict[str, Any]:
        if part.task == MULTICLASS:
            return {"objective": "multi:softprob", "num_class": part.classes, "eval_metric": "mlogloss"}
        if part.task == BINARY:
            return {"objective": "binary:logistic", "eval_metric": "logloss"}
        if self.loss == "absolute":
            return {"objective": "reg:absoluteerror", "eval_metric": "mae"}
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}

    def _matrix(self, table: "Array", y: "Array") -> Any:
        import xgboost

        return xgboost.QuantileDMatrix(
            table, y, feature_types=self.types_, enable_categorical="c" in self.types_, nthread=threads()
        )

    def _train(self, part: Part, start: Any = None) -> Any:
        """A booster cut to its best round on the rows held out, or of all rounds where there are none."""
        import xgboost

        table = part.pick(part.rows)
        params, train = self._settings(part, table.shape[1]), self._matrix(table, part.y[part.rows])
        if not len(part.held):
            return xgboost.train(params, train, part.rounds)
        watch = xgboost.DMatrix(
            part.pick(part.held),
            part.y[part.held],
            feature_types=self.types_,
            enable_categorical="c" in self.types_,
            nthread=threads(),
        )
        patience = int(np.clip(4 / self.learning_rate, 30, 300))
        model = xgboost.train(
            params, train, part.rounds, evals=[(watch, "held")], early_stopping_rounds=patience, xgb_model=start,
            verbose_eval=False,
        )  # fmt: skip
        return model[: model.best_iteration + 1]

    def _rounds(self, model: Any) -> int:
        return int(model.num_boosted_rounds())

    def _predict(self, model: Any, table: "Array") -> "Array":
        model.set_param({"nthread": threads() if len(table) > FEW else 1})
        return np.asarray(model.inplace_predict(table, validate_features=False), dtype=np.float64)


class XGBoostClassifier(StoppedClassifier, XGBoosted):
    """Probabilities of the classes."""

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """Probabilities (rows, classes), columns in the order of `classes_`."""
        found = super().predict_proba(X)
        return np.asarray(found / found.sum(axis=1, keepdims=True))  # float32 sums to one only nearly


class XGBoostLabels(StoppedLabels, XGBoosted):
    """Probabilities of labels that do not exclude each other, a model for each."""


class XGBoostRegressor(StoppedRegressor, XGBoosted):
    """Values, of one target or several."""
