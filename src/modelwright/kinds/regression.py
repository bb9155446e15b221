"""Numbers, one or several per row. A prediction is (rows,) or (rows, targets), on the scale on which errors count.

A metric with a link (the log of a price, the log of a count plus one) is learnt, predicted and averaged behind that
link; the natural unit comes back only when the metric or a person looks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import SettingsError, TaskError
from ..interfaces import Form, Metric
from ..records.experiment import Rule
from ..records.problem import Problem
from . import arrays

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

LOWEST = {"log1p": -1.0, "log": 0.0}  # values must be larger than this to have a log
POSITIVE = ("poisson-deviance", "gamma-deviance")  # undefined for predictions that are not positive
TINY = 1e-9
FAR = 700.0  # exp of more than this is not finite


class Regression:
    """One or several numbers per row."""

    form: ClassVar[Form] = "values"

    def default_metric(self, problem: Problem) -> str:  # noqa: ARG002
        """The root of the mean squared error."""
        return "rmse"

    def target(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> "Array":
        """Values behind the metric's link, float64 (n,) or (n, targets).

        Raises:
            TaskError: for a value that is no finite number, or has no log where the metric takes one.
        """
        if metric.eats != "values":
            raise SettingsError(
                f"metric {metric.name!r} eats {metric.eats}, but {problem.targets[0]!r} is a number: "
                "choose a metric of values such as rmse, or a kind of classes."
            )
        natural = self.truth(labels, problem)
        if must_have_log(metric):
            self._check_logs(labels, problem, metric)
        return forward(natural, metric)

    def _check_logs(self, labels: "pd.DataFrame", problem: Problem, metric: Metric) -> None:
        for name in problem.targets:
            values = numbers(labels[name])
            bad = values <= LOWEST[metric.link]
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise TaskError(
                    f"column {name!r} is {values[row]:g} in row {labels.index[row]}, but {metric.name} takes the log "
                    f"of values above {LOWEST[metric.link]:g} only: correct the value or choose another metric."
                )

    def truth(self, labels: "pd.DataFrame", problem: Problem) -> "Array":
        """Values in natural units, float64 (n,) or (n, targets)."""
        columns = [numbers(labels[name]) for name in problem.targets]
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def strata(self, target: "Array") -> "Array | None":  # noqa: ARG002
        """None: numbers are not stratified."""
        return None

    def predict(self, estimator: Any, table: "pd.DataFrame", problem: Problem) -> "Array":
        """What the estimator says, float64 (n,) or (n, targets)."""
        found = np.asarray(estimator.predict(table), dtype=np.float64)
        if found.ndim == 2 and found.shape[1] == 1 == len(problem.targets):
            return found[:, 0]
        return found

    def check(self, prediction: "Array", rows: int, problem: Problem) -> str | None:
        """One finite number per row and target."""
        flaw = arrays.flaw_of_numbers(prediction, rows)
        shape = (rows,) if len(problem.targets) == 1 else (rows, len(problem.targets))
        return flaw or (
            None if prediction.shape == shape else f"the prediction has shape {prediction.shape}, not {shape}"
        )

    def save(self, path: Path, prediction: "Array") -> None:
        """Numbers as they are."""
        arrays.save(path, prediction=np.asarray(prediction))

    def load(self, path: Path) -> "Array":
        """Numbers as they were."""
        return arrays.load(path)["prediction"]

    def mix(self, predictions: "Sequence[Array]", weights: Sequence[float], problem: Problem) -> "Array":  # noqa: ARG002
        """The average behind the link."""
        return arrays.average(predictions, weights)

    def rule(self, truth: "Array", prediction: "Array", problem: Problem, metric: Metric) -> Rule:  # noqa: ARG002
        """Plain: there is nothing to decide."""
        return Rule()

    def present(self, prediction: "Array", problem: Problem, metric: Metric, rule: Rule) -> "Array":  # noqa: ARG002
        """Values in natural units, within the range that the metric allows."""
        return backward(prediction, metric)

    def submission(
        self, prediction: "Array", ids: "pd.DataFrame", problem: Problem, metric: Metric, rule: Rule
    ) -> "pd.DataFrame":
        """One column of values for each target."""
        names = arrays.answer_columns(problem, ids, problem.targets)
        columns = self.present(prediction, problem, metric, rule).reshape(len(prediction), len(problem.targets))
        return arrays.assemble(problem, ids, dict(zip(names, columns.T, strict=True)))


def numbers(column: "pd.Series[Any]") -> "Array":
    """A column as float64 (n,).

    Raises:
        TaskError: naming column, row and value, for anything that is no finite number.
    """
    import pandas as pd

    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise TaskError(
            f"column {column.name!r} is {column.iloc[row]!r} in row {column.index[row]}, which is no finite number: "
            "correct the value, remove the row, or choose another target or kind."
        )
    return values


def must_have_log(metric: Metric) -> bool:
    """Whether the metric itself takes logs, as opposed to having relative errors that are best learnt as logs."""
    return metric.link != "identity" and metric.loss == "squared"


def forward(natural: "Array", metric: Metric) -> "Array":
    """From natural units to the scale on which errors count.

    Where the metric does not take logs itself, log(1 + y) is carried on to negative numbers by symmetry.
    """
    if metric.link == "log":
        return np.asarray(np.log(natural))
    if metric.link == "log1p":
        return np.asarray(np.log1p(natural) if must_have_log(metric) else np.sign(natural) * np.log1p(np.abs(natural)))
    return natural


def backward(linked: "Array", metric: Metric) -> "Array":
    """From the scale on which errors count to natural units, clipped to what the metric allows."""
    if metric.link == "log":
        return np.asarray(np.exp(np.clip(linked, -FAR, FAR)))
    if metric.link == "log1p" and must_have_log(metric):
        return np.asarray(np.expm1(np.clip(linked, 0.0, FAR)))
    if metric.link == "log1p":
        return np.asarray(np.sign(linked) * np.expm1(np.minimum(np.abs(linked), FAR)))
    return np.clip(linked, TINY, None) if metric.name in POSITIVE else linked
