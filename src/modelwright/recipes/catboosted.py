"""The estimators behind `catboost`: symmetric trees, and categories as ordered statistics of the target."""

from typing import TYPE_CHECKING, Any

import numpy as np

from . import frames
from .base import threads
from .stopped import BINARY, MULTICLASS, VALUES, Part, Stopped, StoppedClassifier, StoppedLabels, StoppedRegressor

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

MANY = 20_000  # rows from which larger steps cost less and lose little
NAMES = 50  # values that a whole number has to have to be taken for a name
MISSING, UNSEEN = -1, -2  # codes: a gap is a level of its own, a value never seen is none


class CatBoosted(Stopped):
    """One CatBoost model, or an average of some, for each number to predict; the base of the three below.

    Numbers are numbers and categories are categories, those with an order by their place in it. With
    `whole_as_categories`, whole numbers that repeat are read as categories too, beside the numbers that they are; by
    default where half of the columns or more are such numbers of many values, which are names then, not amounts.
    Combinations of categories (`max_ctr_complexity` above 1) cost several times the time, so they have to be asked
    for. `loss` is "squared" or "absolute", for values; parameters not named here or in `Stopped` are CatBoost's own.
    """

    most = 2000
    guess = 100
    again = 15_000  # a second fit is dear here, and the rows held out are the fewer the more there are

    def __init__(
        self,
        n_estimators: int | list[int] | None = None,
        bags: int | None = None,
        learning_rate: float | None = None,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        random_strength: float = 1.0,
        subsample: float = 0.8,
        rsm: float = 1.0,
        one_hot_max_size: int = 10,
        max_ctr_complexity: int = 1,
        border_count: int = 128,
        whole_as_categories: bool | None = None,
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.bags = bags
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.random_strength = random_strength
        self.subsample = subsample
        self.rsm = rsm
        self.one_hot_max_size = one_hot_max_size
        self.max_ctr_complexity = max_ctr_complexity
        self.border_count = border_count
        self.whole_as_categories = whole_as_categories
        self.loss = loss
        self.seed = seed

    def _learn_table(self, X: "pd.DataFrame", y: "Array", task: str) -> "pd.DataFrame":  # noqa: ARG002
        self.names_ = frames.number_names(X)
        ordered = set(frames.ordered_names(X))
        levels = {name: frames.levels(X[name]) for name in frames.repeating_names(X)}
        self.ordered_ = {name: known for name, known in levels.items() if name in ordered}
        self.levels_ = {name: known for name, known in levels.items() if name not in ordered}
        self.whole_ = self._read_as_names(X)
        self.whole_levels_ = {name: np.unique(frames.numbers(X, [name])) for name in self.whole_}
        return self._table(X)

    def _read_as_names(self, X: "pd.DataFrame") -> list[str]:
        """The whole numbers that are read as categories too."""
        whole = frames.whole_names(X)
        if self.whole_as_categories is None:
            many = sum(X[name].nunique() > NAMES for name in whole)
            return whole if many and 2 * many >= len(self.names_) + len(self.levels_) else []
        return whole if self.whole_as_categories else []

    def _table(self, X: "pd.DataFrame") -> "pd.DataFrame":
        """Numbers as float32, then codes of categories as int32."""
        import pandas as pd

        places = frames.code_matrix(X, self.ordered_)
        places[places < 0] = np.nan
        numbers = np.hstack([frames.numbers(X, self.names_), places]).astype(np.float32)
        codes = [self._codes(X[name], known) for name, known in self.levels_.items()]
        for name, known in self.whole_levels_.items():
            values = frames.numbers(X, [name])[:, 0]
            place = np.clip(np.searchsorted(known, values), 0, len(known) - 1)
            codes.append(np.where(np.isnan(values), MISSING, np.where(known[place] == values, place, UNSEEN)))
        table = pd.DataFrame(numbers, columns=range(numbers.shape[1]))
        if not codes:
            return table
        start = numbers.shape[1]
        coded = pd.DataFrame(np.column_stack(codes).astype(np.int32), columns=range(start, start + len(codes)))
        return pd.concat([table, coded], axis=1)

    @staticmethod
    def _codes(column: "pd.Series[Any]", known: "pd.Index[Any]") -> "Array":
        found = frames.codes(column, known)
        return np.where((found < 0) & ~column.isna().to_numpy(), UNSEEN, found)

    def _pool(self, table: "pd.DataFrame", y: "Array | None" = None) -> Any:
        import catboost

        names = [k for k, dtype in enumerate(table.dtypes) if dtype.kind == "i"]
        return catboost.Pool(table, y, cat_features=names, thread_count=threads())

    def _settings(self, rows: int) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate or (0.06 if rows < MANY else 0.08),
            "depth": self.depth,
            "l2_leaf_reg": self.l2_leaf_reg,
            "random_strength": self.random_strength,
            "bootstrap_type": "Bernoulli",
            "subsample": self.subsample,
            "rsm": self.rsm,
            "one_hot_max_size": self.one_hot_max_size,
            "max_ctr_complexity": self.max_ctr_complexity,
            "border_count": self.border_count,
            "boosting_type": "Plain",
            "thread_count": threads(),
            "allow_writing_files": False,
            "verbose": False,
            "leaf_estimation_iterations": 1,  # CatBoost's ten for two classes take twice the time for the same score
        }

    def _objective(self, part: Part) -> dict[str, Any]:
        if part.task == MULTICLASS:
            return {"loss_function": "MultiClass", "classes_count": part.classes}
        if part.task == BINARY:
            return {"loss_function": "Logloss"}
        return {"loss_function": "MAE" if self.loss == "absolute" else "RMSE"}

    def _train(self, part: Part, start: Any = None) -> Any:
        """A model cut to its best round on the rows held out, or of all rounds where there are none."""
        import catboost

        table, y = part.pick(part.rows), part.y[part.rows]
        if not _varied(table) or not np.ptp(y):
            return self._constant(part, y)
        settings = self._settings(len(y))
        params = {**settings, **self._objective(part), "iterations": part.rounds, "random_seed": self.seed + part.bag}
        if not len(part.held):
            return catboost.CatBoost(params).fit(self._pool(table, y))
        patience = int(np.clip(3 / settings["learning_rate"], 20, 200))
        stop = {"od_type": "Iter", "od_wait": patience, "use_best_model": True}
        watch = self._pool(part.pick(part.held), part.y[part.held])
        return catboost.CatBoost({**params, **stop}).fit(self._pool(table, y), eval_set=watch, init_model=start)

    def _constant(self, part: Part, y: "Array") -> "Constant":
        """What the target says without any column."""
        if part.task == MULTICLASS:
            return Constant(np.bincount(y, minlength=part.classes) / len(y))
        return Constant(np.median(y) if part.task == VALUES and self.loss == "absolute" else np.mean(y))

    def _rounds(self, model: Any) -> int:
        return self.guess if isinstance(model, Constant) else max(1, int(model.tree_count_))

    def _predict(self, model: Any, table: "pd.DataFrame") -> "Array":
        if isinstance(model, Constant):
            return model.predict(len(table))
        pool = self._pool(table)
        loss = model.get_params()["loss_function"]
        if loss not in ("Logloss", "MultiClass"):
            return np.asarray(model.predict(pool, thread_count=threads()))
        found = np.asarray(model.predict(pool, prediction_type="Probability", thread_count=threads()))
        return found[:, 1] if loss == "Logloss" else found


class Constant:
    """The same answer for each row, where CatBoost would refuse: no column varies, or the target does not."""

    def __init__(self, answer: Any) -> None:
        self.answer = np.asarray(answer, dtype=np.float64)

    def predict(self, rows: int) -> "Array":
        """The answer (rows,) or (rows, classes)."""
        return np.broadcast_to(self.answer, (rows, *self.answer.shape)).copy()


def _varied(table: "pd.DataFrame") -> bool:
    """Whether any column has two values; a gap counts as one."""
    for name in table.columns:
        values = table[name].to_numpy()
        gaps = np.isnan(values)
        if not gaps.all() and (gaps.any() or (values != values[0]).any()):
            return True
    return False


class CatBoostClassifier(StoppedClassifier, CatBoosted):
    """Probabilities of the classes."""


class CatBoostLabels(StoppedLabels, CatBoosted):
    """Probabilities of labels that do not exclude each other, a model for each."""


class CatBoostRegressor(StoppedRegressor, CatBoosted):
    """Values, of one target or several."""
