"""Any number of labels per row. A prediction is (rows, labels) probabilities, each label for itself.

The training table holds the labels as one column each, of two values, or as sets in the cells of one column
(`problem.options["sets"]` says how such a cell is written, see `label_sets`). `problem.classes` names the labels.
Where columns do not hold 0 and 1, `problem.options["values"]` lists what stands for no and for yes in each.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import SettingsError
from ..interfaces import Form, Metric
from ..records.experiment import Rule
from ..records.problem import Output, Problem
from . import arrays, label_sets, thresholds
from .classification import TOLERANCE, codes, values
from .confusion import ConfusionScore, SampleScore

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

HALF = 0.5
TRIED = 33  # thresholds that are shared by all labels


class Multilabel:
    """Several yes-or-no answers per row, which do not exclude each other."""

    form: ClassVar[Form] = "chances"

    def default_metric(self, problem: Problem) -> str:
        """F1 over all labels together; the mean AUC of the labels where probabilities are handed in."""
        return "f1-micro" if problem.output in (Output.LABELS, Output.SETS) else "auc-macro"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """0 and 1, int64 (n, labels). Raises TaskError for a value or a label that is not known."""
        if metric.sets == "no":
            raise SettingsError(
                f"metric {metric.name!r} judges one answer per row, but {', '.join(problem.targets[:3])} holds sets of "
                "labels: choose a metric of sets such as f1-macro, hamming-loss or auc-macro."
            )
        return self.truth(labels, problem)

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """0 and 1, int64 (n, labels)."""
        if "sets" in problem.options:
            how: Any = problem.options["sets"]
            return label_sets.matrix(labels[problem.targets[0]], problem.classes, how)
        pairs = _pairs(problem)
        return np.column_stack([codes(labels[t], pair) for t, pair in zip(problem.targets, pairs, strict=True)])

    def strata(self, target: "Array") -> "Array | None":
        """The rarest label of each row (0 for none), so that rare labels are spread over the folds."""
        rare_first = np.argsort(target.sum(axis=0), kind="stable")
        ordered = target[:, rare_first] > 0
        return np.where(ordered.any(axis=1), rare_first[ordered.argmax(axis=1)] + 1, 0)

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":  # noqa: ARG002
        """Probabilities (n, labels), float64; 0 or 1 of an estimator that gives no probabilities."""
        answer = getattr(estimator, "predict_proba", estimator.predict)(table)
        return np.asarray(answer, dtype=np.float64)

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:
        """A probability for each label of each row."""
        flaw = arrays.flaw_of_numbers(prediction, rows)
        if flaw:
            return flaw
        if prediction.shape != (rows, len(problem.classes)):
            return f"the prediction has shape {prediction.shape}, not ({rows}, {len(problem.classes)})"
        if rows and (prediction.min() < -TOLERANCE or prediction.max() > 1 + TOLERANCE):
            return f"probabilities run from {prediction.min():.4g} to {prediction.max():.4g}, not within 0 and 1"
        return None

    def save(self, path: Path, prediction: "Array") -> None:
        """Probabilities as float32, 0 and 1 as bytes."""
        exact = np.asarray(prediction)
        arrays.save(path, prediction=exact.astype(np.float32 if exact.dtype.kind == "f" else np.int8))

    def load(self, path: Path) -> "Array":
        """Probabilities as float64, 0 and 1 as int64."""
        found = arrays.load(path)["prediction"]
        return found.astype(np.float64 if found.dtype.kind == "f" else np.int64)

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """The average probability."""
        return arrays.average(predictions, weights)

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
        """A threshold for each label, or one for all where rows or all labels together are judged.

        Plain where one half is right: for metrics that count each label of each row for itself (the Hamming loss).
        """
        if metric.eats != "labels" or not len(truth):
            return Rule()
        call = metric.call
        if isinstance(call, ConfusionScore) and call.labels is not None and not call.labels.half:
            if call.labels.how == "pooled":
                return _shared(truth, prediction, problem, metric)
            return _own(truth, prediction, problem, metric)
        if isinstance(call, SampleScore):
            return _shared(truth, prediction, problem, metric, least=int(truth.sum(axis=1).min() > 0))
        return Rule()

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":  # noqa: ARG002
        """0 and 1 (n, labels) for a metric of labels, else the probabilities."""
        return decide(prediction, rule) if metric.eats == "labels" else prediction

    def submission(
        self,
        prediction: "Array",
        ids: "pd.DataFrame",
        problem: Problem,
        metric: Metric,  # noqa: ARG002
        rule: Rule,
    ) -> "pd.DataFrame":
        """A column for each label, with probabilities or decisions; or one column of sets."""
        if problem.output is Output.SETS:
            (name,) = arrays.answer_columns(problem, ids, problem.targets[:1])
            how: Any = problem.options.get("answer") or problem.options.get("sets") or {}
            names = np.array([str(c) for c in problem.classes], dtype=object)
            cells = [label_sets.write(names[row > 0], how) for row in decide(prediction, rule)]
            return arrays.assemble(problem, ids, {name: cells})
        usual = problem.targets if len(problem.targets) > 1 else [str(c) for c in problem.classes]
        columns = problem.class_columns or arrays.answer_columns(problem, ids, usual)
        if problem.output is Output.LABELS:
            pairs, marked = _pairs(problem), decide(prediction, rule)
            decided = {n: values(marked[:, k], pairs[k]) for k, n in enumerate(columns)}
            return arrays.assemble(problem, ids, decided)
        sure = np.clip(prediction, 0.0, 1.0)
        return arrays.assemble(problem, ids, dict(zip(columns, sure.T, strict=True)))


def decide(prediction: "Array", rule: Rule) -> "Array":
    """0 and 1 (n, labels): from a threshold on, and at least as many labels as the rule says, the likeliest first."""
    limits: Any = rule.params.get("thresholds", HALF)
    marked = (prediction >= np.asarray(limits, dtype=np.float64)).astype(np.int64)
    least: Any = rule.params.get("least", 0)
    if least and prediction.shape[1]:
        bare = np.flatnonzero(marked.sum(axis=1) == 0)
        marked[bare, prediction[bare].argmax(axis=1)] = 1
    return marked


def _pairs(problem: Problem) -> list[tuple[Any, Any]]:
    """What stands for no and for yes in each label's column."""
    told: Any = problem.options.get("values")
    return [tuple(pair) for pair in told] if told else [(0, 1)] * len(problem.classes)


def _own(truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:
    """A threshold for each label: its own score is the better one by more than noise, or it stays at one half."""
    assert isinstance(metric.call, ConfusionScore)
    assert metric.call.labels is not None
    formula, sign = metric.call.labels.formula, 1.0 if metric.higher_is_better else -1.0

    def goodness(counts: "Array") -> "Array":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sign * formula(counts, **problem.metric_params))

    found = [
        thresholds.tune(truth[:, k], prediction[:, k], goodness, HALF, sure=False) if truth[:, k].any() else HALF
        for k in range(truth.shape[1])
    ]
    return Rule(name="thresholds", params={"thresholds": found}) if set(found) != {HALF} else Rule()


def _shared(truth: "Array", prediction: "Array", problem: Problem, metric: Metric, least: int = 0) -> Rule:
    """One threshold for all labels, the best of some tens; with it, whether a row has at least one label."""
    sign = 1.0 if metric.higher_is_better else -1.0
    tried = [HALF, *np.unique(np.quantile(prediction, np.linspace(0.2, 0.995, TRIED))).tolist()]

    def worth(threshold: float) -> float:
        rule = Rule(name="thresholds", params={"thresholds": [threshold], "least": least})
        return sign * float(metric.call(truth, decide(prediction, rule), **problem.metric_params))

    scores = np.array([worth(t) for t in tried])
    scores = np.where(np.isfinite(scores), scores, -np.inf)
    best = float(tried[int(scores.argmax())])
    return Rule(name="thresholds", params={"thresholds": [best], "least": least})
