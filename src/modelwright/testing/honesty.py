"""Is an estimate honest? One fixed model under a plan's folds, against its score on truly new rows.

Like is compared with like: the models whose out-of-fold predictions make the estimate are the ones that predict the
new rows, so that both rest on as many rows. Only under rolling origin, where earlier models would have to see further
ahead, one model of all rows does. (An answer is fitted on all rows, and does better where more rows help.)
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import plugins
from ..chapters import opening
from ..metrics import catalogue
from ..metrics.judge import Judge
from ..records.experiment import Rule
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Problem
from ..task import prepare
from ..validation import folds
from .simulated import Simulated

if TYPE_CHECKING:
    from ..interfaces import Array


@dataclass(frozen=True)
class Estimate:
    """What a plan promised, and what came of it; errors are standard errors."""

    plan: ValidationPlan
    value: float
    error: float
    new: float
    new_error: float
    left_out: tuple[str, ...] = ()

    @property
    def off(self) -> float:
        """How far the promise lies from the truth, in standard errors of their difference."""
        return abs(self.value - self.new) / math.hypot(self.error, self.new_error)


def both(task: Simulated) -> tuple[Estimate, Estimate]:
    """What modelwright's plan promises, without what its findings cast out, and what random folds promise."""
    asked = opening.Asked(target="y", test=task.test, metric=task.metric)
    understood = opening.understand(task.train, asked)
    divided = opening.divide(understood, seed=0)
    problem, schema, plan = understood.problem, divided.schema, divided.plan
    out = tuple(name for f in divided.profile.findings if f.left_out for name in f.columns)
    train, new = (prepare.apply(table, schema) for table in (task.train, task.new))
    lab = Bench(task, problem, train, new)
    return lab.estimate(plan, out), lab.estimate(naive(plan, problem.kind), ())


def naive(plan: ValidationPlan, kind: str) -> ValidationPlan:
    """Five random folds, even in classes."""
    scheme = Scheme.PLAIN if kind == "regression" else Scheme.STRATIFIED
    change = {"scheme": scheme, "folds": 5, "group": None, "group_rule": "", "columns": (), "time": None}
    return plan.model_copy(update=change)


@dataclass(frozen=True)
class Bench:
    """One task's tables as recipes get them, and a fixed model."""

    task: Simulated
    problem: Problem
    train: pd.DataFrame
    new: pd.DataFrame

    def estimate(self, plan: ValidationPlan, out: tuple[str, ...]) -> Estimate:
        """The score that the judge gives out of fold, and that of new rows by the same models."""
        kind, metric = plugins.load("kinds", self.problem.kind), catalogue.get(self.problem.metric)
        labels, wanted = (table[["y"]].reset_index(drop=True) for table in (self.task.train, self.task.new))
        target, truth = kind.target(labels, self.problem, metric), kind.truth(wanted, self.problem)
        members = folds.groups_of(plan, self.task.train)
        fold = folds.assign(plan, self.task.train, kind.strata(target), members)
        judge = Judge(self.problem, kind, metric, kind.truth(labels, self.problem), fold, plan, members)
        cluster = None if self.task.cluster is None else pd.factorize(self.task.new[self.task.cluster])[0]
        train, new = self.train.drop(columns=list(out)), self.new.drop(columns=list(out))
        promised: Any = None
        scores = []
        for k in plan.all_folds:
            fit, score = folds.split(plan, fold, k)
            model = fitted(self.problem.kind, train.iloc[fit], target[fit])
            found = kind.predict(model, train.iloc[score], self.problem)
            promised = np.full((len(fold), *found.shape[1:]), np.nan) if promised is None else promised
            promised[fold == k] = found
            if plan.scheme is not Scheme.ROLLING:
                scores.append(judge.sealed(truth, kind.predict(model, new, self.problem), Rule(), cluster))
        if plan.scheme is Scheme.ROLLING:
            model = fitted(self.problem.kind, train, target)
            scores.append(judge.sealed(truth, kind.predict(model, new, self.problem), Rule(), cluster))
        cv = judge.score(promised, plan.all_folds)
        values, errors = ([getattr(s, name) for s in scores] for name in ("value", "error"))
        return Estimate(plan, cv.value, cv.error, float(np.mean(values)), float(np.mean(errors)), out)


def fitted(kind: str, table: pd.DataFrame, target: "Array") -> Any:
    """Words and a linear model where there is a text, else boosted trees."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    if _texts(table):
        return make_pipeline(FunctionTransformer(_text), TfidfVectorizer(), LogisticRegression(C=10)).fit(table, target)
    make = LGBMRegressor if kind == "regression" else LGBMClassifier
    model = make(n_estimators=150, learning_rate=0.06, verbose=-1, n_jobs=1, random_state=0)
    return make_pipeline(FunctionTransformer(_numbers), model).fit(table, target)


def _texts(table: pd.DataFrame) -> list[str]:
    objects = [str(name) for name in table if table[name].dtype == object]
    return [name for name in objects if table[name].str.contains(" ").mean() > 0.5]


def _text(table: pd.DataFrame) -> "pd.Series[Any]":
    return table[_texts(table)[0]].fillna("")


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that trees read; dates as days."""
    days = {str(name): table[name].astype("int64") / 86400e9 for name in table if table[name].dtype.kind == "M"}
    return table.drop(columns=[name for name in table if table[name].dtype == object]).assign(**days)
