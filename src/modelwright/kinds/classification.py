"""One of several classes, two or more. A prediction is (rows, classes) probabilities; codes are places in `classes`.

Averages are averages of probabilities. A metric of labels gets a tuned threshold (two classes) or tuned weights of the
classes (more) where that pays.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import SettingsError, TaskError
from ..interfaces import Form, Metric
from ..records.experiment import Rule
from ..records.problem import Output, Problem
from . import arrays, label_sets, thresholds
from .confusion import ConfusionScore
from .weights import tune_weights

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

TOLERANCE = 1e-3  # by which the probabilities of a row may miss a sum of one


class Classification:
    """Two classes (the second is the positive one) or more."""

    form: ClassVar[Form] = "shares"

    def default_metric(self, problem: Problem) -> str:
        """Accuracy for labels; for probabilities the AUC of two classes, the log loss of more."""
        if problem.output is Output.LABELS:
            return "accuracy"
        return "auc" if len(problem.classes) == 2 else "log-loss"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """Class codes (n,), int64. Raises TaskError for a value that is none of the classes."""
        if metric.eats in ("masks",) or (metric.eats == "values" and len(problem.classes) > 2):
            raise SettingsError(
                f"metric {metric.name!r} measures {metric.eats}, but {problem.targets[0]!r} has classes: "
                "choose a metric of labels or probabilities, or another kind."
            )
        return self.truth(labels, problem)

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """Class codes (n,), int64."""
        return codes(labels[problem.targets[0]], problem.classes)

    def strata(self, target: "Array") -> "Array | None":
        """The classes themselves."""
        return target

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":
        """Probabilities (n, classes), float64; 0 for a class that the fit rows did not have."""
        classes = len(problem.classes)
        if not hasattr(estimator, "predict_proba"):
            return np.eye(classes)[np.asarray(estimator.predict(table)).astype(np.int64)]
        found = np.asarray(estimator.predict_proba(table), dtype=np.float64)
        known = np.asarray(getattr(estimator, "classes_", np.arange(classes))).astype(np.int64)
        if found.shape == (len(table), classes) and np.array_equal(known, np.arange(classes)):
            return found
        aligned = np.zeros((len(table), classes))
        aligned[:, known] = found
        return aligned

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:
        """Rows of probabilities that sum to one, a column for each class."""
        flaw = arrays.flaw_of_numbers(prediction, rows)
        if flaw:
            return flaw
        if prediction.shape != (rows, len(problem.classes)):
            return f"the prediction has shape {prediction.shape}, not ({rows}, {len(problem.classes)})"
        if rows and (prediction.min() < -TOLERANCE or prediction.max() > 1 + TOLERANCE):
            return f"probabilities run from {prediction.min():.4g} to {prediction.max():.4g}, not within 0 and 1"
        worst = float(np.abs(prediction.sum(axis=1) - 1).max(initial=0.0))
        return f"the probabilities of a row miss a sum of 1 by {worst:.4g}" if worst > TOLERANCE else None

    def save(self, path: Path, prediction: "Array") -> None:
        """Probabilities as float32, codes as they are."""
        exact = np.asarray(prediction)
        arrays.save(path, prediction=exact.astype(np.float32) if exact.dtype.kind == "f" else exact)

    def load(self, path: Path) -> "Array":
        """Probabilities as float64, codes as they are."""
        found = arrays.load(path)["prediction"]
        return found.astype(np.float64) if found.dtype.kind == "f" else found

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """The average probability."""
        return arrays.average(predictions, weights)

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
        """A threshold or weights of the classes for metrics of labels, plain for all others.

        For a metric that is a mean over rows (accuracy, cost) the right decision follows from the probabilities and
        prices; a tuned one must be clearly better. For all others (F1, MCC, kappa ...) the best decision depends on
        all rows.
        """
        if metric.eats != "labels" or len(truth) == 0 or len(np.unique(truth)) < 2:
            return Rule()
        if prediction.shape[1] == 2:
            threshold = self._threshold(truth, prediction[:, 1], problem, metric)
            return Rule(name="threshold", params={"threshold": threshold}) if threshold != 0.5 else Rule()
        if metric.additive and isinstance(metric.call, ConfusionScore):
            return _by_price(metric, problem)
        if not isinstance(metric.call, ConfusionScore):
            return Rule()
        weights = tune_weights(truth, prediction, _goodness(metric, problem))
        return Rule(name="weights", params={"weights": [float(w) for w in weights]})

    def _threshold(self, truth: "Array", score: "Array", problem: Problem, metric: Metric) -> float:
        default = bayes_threshold(metric, problem) if metric.additive else 0.5
        if isinstance(metric.call, ConfusionScore):
            return thresholds.tune(truth, score, _goodness(metric, problem), default, sure=metric.additive)
        call = metric.call
        return thresholds.from_calls(
            truth, score, lambda t, o: call(t, o, **problem.metric_params), default, metric.higher_is_better
        )

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":
        """Codes, probabilities (n, classes), or scores: of the positive class, or (n, classes) for more than two."""
        if metric.eats == "labels":
            return decide(prediction, rule)
        if metric.eats == "probabilities":
            return prediction
        if metric.eats in ("scores", "values"):
            return prediction[:, 1] if len(problem.classes) == 2 else prediction
        raise SettingsError(f"metric {metric.name!r} eats {metric.eats}, which classes cannot give: choose another.")

    def submission(
        self, prediction: "Array", ids: "pd.DataFrame", problem: Problem, metric: Metric, rule: Rule
    ) -> "pd.DataFrame":
        """Class values as they stand in the training table, or probabilities: of the positive class, or of each."""
        labels = problem.output is Output.LABELS or (problem.output is Output.VALUES and metric.eats == "labels")
        if labels:
            (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
            return arrays.assemble(problem, ids, {name: values(decide(prediction, rule), problem.classes)})
        if problem.output is Output.TOP:
            (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
            return arrays.assemble(problem, ids, {name: likeliest(prediction, problem)})
        sure = np.clip(prediction, 0.0, None)
        sure = sure / sure.sum(axis=1, keepdims=True)
        if problem.class_columns:
            return arrays.assemble(problem, ids, dict(zip(problem.class_columns, sure.T, strict=True)))
        if len(problem.classes) == 2:
            (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
            return arrays.assemble(problem, ids, {name: sure[:, 1]})
        names = arrays.answer_columns(problem, ids, [str(c) for c in problem.classes])
        return arrays.assemble(problem, ids, dict(zip(names, sure.T, strict=True)))


def codes(column: "pd.Series[Any]", classes: Sequence[Any]) -> "Array":
    """Places (n,) in `classes` of a column's values: True matches "True" and 1, 3 matches 3.0 and "3".

    Raises:
        TaskError: for a value that is none of the classes, and for a missing one.
    """
    import pandas as pd

    places, found = pd.factorize(column.astype(object), use_na_sentinel=True)
    lookup: dict[str, int] = {}
    for strictness in range(3):
        for code, value in enumerate(classes):
            lookup.setdefault(_spelling(value, strictness), code)
    of_value = np.empty(len(found) + 1, dtype=np.int64)  # the last one stands for missing values
    of_value[-1] = -1
    for place, value in enumerate(found):
        spellings = [_spelling(value, strictness) for strictness in range(3)]
        of_value[place] = next((lookup[s] for s in spellings if s in lookup), -1)
    coded = of_value[places]
    if (coded < 0).any():
        row = int(np.flatnonzero(coded < 0)[0])
        shown = "missing" if places[row] < 0 else repr(column.iloc[row])
        raise TaskError(
            f"column {column.name!r} is {shown} in row {column.index[row]}, which is none of the classes "
            f"{', '.join(map(repr, classes[:10]))}: correct the value, remove the row, or list it in `classes`."
        )
    return coded


def _spelling(value: Any, strictness: int) -> str:
    """A value as text, by which classes are told apart: exactly, then stripped and as a number, then in any case."""
    if isinstance(value, bool | np.bool_):
        return ("True", "True", "1")[strictness] if value else ("False", "False", "0")[strictness]
    if isinstance(value, int | float | np.integer | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    text = str(value) if strictness == 0 else str(value).strip()
    if strictness == 2:
        text = text.casefold()
        text = {"true": "1", "false": "0"}.get(text, text)
        try:
            return _spelling(float(text), 0)
        except (ValueError, OverflowError):
            return text
    return text


def values(coded: "Array", classes: Sequence[Any]) -> "pd.Series[Any]":
    """The class values of codes, in the classes' own type where they share one."""
    import pandas as pd

    table = pd.Series(list(classes), dtype=object).infer_objects()
    return table.take(coded).reset_index(drop=True)


def likeliest(prediction: "Array", problem: Problem) -> list[str]:
    """The classes of each row (n, classes) in one cell, the likeliest first, as `problem.options["top"]` says.

    That is `k` of them (0: all), written as `label_sets` does; of equally likely ones that first which metrics of the
    first places count first.
    """
    how: Any = problem.options.get("top") or {}
    most = min(int(how.get("k") or 0) or len(problem.classes), len(problem.classes))
    order = np.argsort(prediction, axis=1, kind="stable")[:, ::-1][:, :most]
    names = [_spelling(c, 0) for c in problem.classes]
    return [label_sets.write([names[code] for code in row], how) for row in order]


def decide(prediction: "Array", rule: Rule) -> "Array":
    """Codes (n,) from probabilities (n, classes), as the rule says."""
    if rule.name == "threshold":
        threshold: Any = rule.params["threshold"]
        return np.asarray(prediction[:, 1] >= threshold).astype(np.int64)
    if rule.name == "weights":
        return np.asarray((prediction * np.asarray(rule.params["weights"], dtype=np.float64)).argmax(axis=1))
    if rule.name == "prices":
        return np.asarray((prediction @ np.asarray(rule.params["prices"], dtype=np.float64)).argmin(axis=1))
    return np.asarray(prediction.argmax(axis=1))


def _by_price(metric: Metric, problem: Problem) -> Rule:
    """For a mean over rows: the label of the lowest expected price; plain where all mistakes weigh alike."""
    assert isinstance(metric.call, ConfusionScore)
    classes, sign = len(problem.classes), 1.0 if metric.higher_is_better else -1.0
    single = np.eye(classes**2).reshape(-1, classes, classes)  # one row, in each cell in turn
    prices = -sign * metric.call.formula(single, **problem.metric_params).reshape(classes, classes)
    prices = prices - np.diagonal(prices)[:, None]
    wrong = prices[~np.eye(classes, dtype=bool)]
    return Rule() if np.allclose(wrong, wrong[0]) else Rule(name="prices", params={"prices": prices.tolist()})


def bayes_threshold(metric: Metric, problem: Problem) -> float:
    """The right threshold for calibrated probabilities of two classes, when the metric is a mean over rows.

    It follows from what each of the four cells costs, which the metric tells when it is asked for single rows.
    """
    if not isinstance(metric.call, ConfusionScore):
        return 0.5
    cell = metric.call.formula(np.eye(4).reshape(4, 2, 2), **problem.metric_params).reshape(2, 2)
    for_negatives, for_positives = float(cell[0, 0] - cell[0, 1]), float(cell[1, 1] - cell[1, 0])
    total = for_negatives + for_positives
    return for_negatives / total if total and 0 < for_negatives / total < 1 else 0.5


def _goodness(metric: Metric, problem: Problem) -> Any:
    """The metric as a function of counts for which higher is better."""
    assert isinstance(metric.call, ConfusionScore)
    formula, sign = metric.call.formula, 1.0 if metric.higher_is_better else -1.0

    def of_counts(counts: "Array") -> "Array":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sign * formula(counts, **problem.metric_params))

    return of_counts
