"""Grades in an order. A prediction is the expected grade (rows,), a float; cut points turn it into a grade.

Grades are whole numbers, or words in order, which count 0, 1, 2 ...
Truth and labels are codes, places in `classes` sorted as numbers, as everywhere. A metric of values sees places too
(halfway between two grades is halfway between their places), which is the same where grades are one apart.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import SettingsError, TaskError
from ..interfaces import Form, Metric
from ..records.experiment import Rule
from ..records.problem import Output, Problem
from . import arrays
from .classification import codes, values
from .confusion import ConfusionScore
from .cuts import tune_cuts

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array


class Ordinal:
    """Whole grades, learnt as numbers."""

    form: ClassVar[Form] = "values"

    def default_metric(self, problem: Problem) -> str:  # noqa: ARG002
        """Kappa with quadratic weights."""
        return "qwk"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """Grades (n,) as float64. Raises TaskError for a value that is none of the grades."""
        _refuse(metric)
        return grades(problem)[self.truth(labels, problem)]

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """Codes (n,), int64."""
        coded = codes(labels[problem.targets[0]], problem.classes)
        grades(problem)
        return coded

    def strata(self, target: "Array") -> "Array | None":
        """The grades."""
        return np.asarray(target).astype(np.int64)

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":  # noqa: ARG002
        """The expected grade (n,); of a classifier, the mean of the grades weighted with their probabilities."""
        if hasattr(estimator, "predict_proba"):
            return np.asarray(estimator.predict_proba(table)) @ np.asarray(estimator.classes_, dtype=np.float64)
        return np.asarray(estimator.predict(table), dtype=np.float64).reshape(len(table))

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:  # noqa: ARG002
        """One finite number per row."""
        flaw = arrays.flaw_of_numbers(prediction, rows)
        return flaw or (None if prediction.shape == (rows,) else f"the prediction has shape {prediction.shape}")

    def save(self, path: Path, prediction: "Array") -> None:
        """Numbers as they are."""
        arrays.save(path, prediction=np.asarray(prediction))

    def load(self, path: Path) -> "Array":
        """Numbers as they were."""
        return arrays.load(path)["prediction"]

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """The average expected grade."""
        return arrays.average(predictions, weights)

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
        """Cut points for a metric of labels where they are better than rounding, else plain."""
        if metric.eats != "labels" or not isinstance(metric.call, ConfusionScore) or len(np.unique(truth)) < 2:
            return Rule()
        formula, sign = metric.call.formula, 1.0 if metric.higher_is_better else -1.0

        def goodness(counts: "Array") -> "Array":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(sign * formula(counts, **problem.metric_params))

        known = grades(problem)
        halfway = (known[1:] + known[:-1]) / 2
        cuts = tune_cuts(truth, prediction, halfway, goodness, sure=metric.additive)
        return Rule() if cuts is None else Rule(name="cuts", params={"cuts": [float(c) for c in cuts]})

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":
        """Codes (n,) for a metric of labels, else the place among the grades as a float."""
        _refuse(metric)
        if metric.eats == "labels":
            return decide(prediction, rule, problem)
        known = grades(problem)
        return np.interp(prediction, known, np.arange(len(known)))

    def submission(
        self, prediction: "Array", ids: "pd.DataFrame", problem: Problem, metric: Metric, rule: Rule
    ) -> "pd.DataFrame":
        """The grade as it stands in the training table, or the expected grade where the metric measures values."""
        (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
        if metric.eats != "labels" and problem.output is not Output.LABELS:
            known = grades(problem)
            return arrays.assemble(problem, ids, {name: np.clip(prediction, known[0], known[-1])})
        return arrays.assemble(problem, ids, {name: values(decide(prediction, rule, problem), problem.classes)})


def grades(problem: Problem) -> "Array":
    """The grades (classes,) as float64, ascending; words count from 0 in their order.

    Raises TaskError where some are numbers, but not all whole and ascending.
    """
    if problem.classes and not any(_is_number(c) for c in problem.classes):
        return np.arange(len(problem.classes), dtype=np.float64)
    try:
        known = np.array([float(str(c)) for c in problem.classes])
    except ValueError:
        known = np.array([np.nan])
    if not np.array_equal(known, np.unique(np.round(known))):
        raise TaskError(
            f"the classes {list(problem.classes)[:10]} of {problem.targets[0]!r} are not whole numbers in ascending "
            "order, as grades must be: order them, or choose kind = multiclass or regression."
        )
    return known


def _is_number(value: Any) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def decide(prediction: "Array", rule: Rule, problem: Problem) -> "Array":
    """Codes (n,) from expected grades: by cut points, or the nearest grade."""
    known = grades(problem)
    cuts = np.asarray(rule.params["cuts"]) if rule.name == "cuts" else (known[1:] + known[:-1]) / 2
    return np.searchsorted(cuts, prediction, side="right").astype(np.int64)


def _refuse(metric: Metric) -> None:
    if metric.eats not in ("labels", "values"):
        raise SettingsError(
            f"metric {metric.name!r} eats {metric.eats}, which grades cannot give: "
            "choose kind = multiclass, or a metric of labels such as qwk."
        )
