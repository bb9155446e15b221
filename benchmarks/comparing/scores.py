"""Scores of kept submissions under resampled test rows, with modelwright's own catalogue of metrics.

The same rows are drawn for every submission of a task, so differences are paired. Whether the catalogue and the
grader mean the same is not assumed: a submission whose whole score differs from the graded one is not used.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from modelwright.errors import SettingsError
from modelwright.interfaces import Metric
from modelwright.metrics import catalogue

from .rows import Row, Store, Task

Array = npt.NDArray[np.float64]
DRAWS = 400
CLOSE = 2e-5  # graders round to five places
OTHER_NAMES = {"mean-column-rmse": "rmse", "mean-column-mae": "mae", "mean-column-auc": "auc-macro"}


class NotComparableError(ValueError):
    """The catalogue cannot score this submission as the grader does; the text says why."""


def error_of(score: float, task: Task) -> float:
    """The error behind a score: the score itself where less is better, else what it lacks to one."""
    return score if task.lower else 1.0 - score


def resampled(row: Row, task: Task, store: Store, draws: int = DRAWS) -> Array:
    """The score (draws,) of a submission on rows drawn with replacement; NaN where a draw has no score.

    Raises:
        NotComparableError: the catalogue lacks the metric, or gives another score than the grader did.
    """
    path = store.submission(row.key)
    if row.graded is None or not path.exists():
        raise NotComparableError(f"{row.key} has no graded submission")
    return _resampled(path, path.stat().st_mtime_ns, row.graded, task, draws)


@cache
def _resampled(path: Path, _written: int, graded: float, task: Task, draws: int) -> Array:
    metric = metric_of(task)
    call = catalogue.bound(metric, task.params)
    truth, output = arrays(task, metric, pd.read_csv(task.folder / "answers.csv"), pd.read_csv(path))
    whole = _value(call, truth, output)
    if not abs(whole - graded) <= CLOSE * max(1.0, abs(graded)):
        raise NotComparableError(f"{path.stem}: graded {graded}, but {metric.name} gives {whole:.6g}")
    rng = np.random.default_rng(len(truth))  # the same rows for every submission of this task
    places = (rng.integers(0, len(truth), len(truth)) for _ in range(draws))
    return np.array([_value(call, truth[p], output[p]) for p in places])


def _value(call: Callable[..., float], truth: npt.NDArray[np.generic], output: npt.NDArray[np.generic]) -> float:
    try:
        with np.errstate(all="ignore"):
            return float(call(truth, output))
    except (ValueError, ZeroDivisionError):
        return float("nan")


def metric_of(task: Task) -> Metric:
    """The metric in the catalogue. Raises NotComparableError where there is none of that name."""
    try:
        return catalogue.get(OTHER_NAMES.get(task.metric, task.metric))
    except SettingsError as error:
        raise NotComparableError(str(error)) from None


def arrays(
    task: Task, metric: Metric, answers: pd.DataFrame, submission: pd.DataFrame
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]:
    """Truth and output, row by row, as the metric eats them (see `interfaces.Metric`)."""
    columns = list(task.targets)
    truth, said = _aligned(answers, submission, task.id)
    if metric.eats == "labels" and len(columns) == 1:
        return _codes(truth[columns[0]], said[columns[0]])
    if metric.eats == "labels":
        return truth[columns].to_numpy(dtype=np.int64), said[columns].to_numpy(dtype=np.int64)
    known, given = truth[columns].to_numpy(dtype=float), said[columns].to_numpy(dtype=float)
    if metric.eats == "probabilities" and len(columns) == 1:
        return known[:, 0].astype(np.int64), np.column_stack([1 - given[:, 0], given[:, 0]])
    if metric.eats == "probabilities":
        return known.argmax(axis=1), given
    if metric.eats == "scores":
        known = known.astype(np.int64)
    elif metric.eats != "values":
        raise NotComparableError(f"{metric.name} judges {metric.eats}, which are not compared here")
    return (known[:, 0], given[:, 0]) if len(columns) == 1 else (known, given)


def _aligned(answers: pd.DataFrame, submission: pd.DataFrame, key: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables in one order of rows. Raises NotComparableError when they are not of the same rows."""
    ids = [_names(table[key]) for table in (answers, submission)]
    if sorted(ids[0]) != sorted(ids[1]):
        raise NotComparableError(f"the answers and the submission differ in {key}")
    if list(ids[0]) == list(ids[1]):
        return answers, submission
    places = [np.argsort(names.to_numpy(dtype=str), kind="stable") for names in ids]
    return answers.iloc[places[0]], submission.iloc[places[1]]


def _names(ids: "pd.Series[str]") -> "pd.Series[str]":
    """Keys as text; 17 and 17.0 are one."""
    whole = pd.api.types.is_float_dtype(ids) and ids.notna().all() and (ids % 1 == 0).all()
    return (ids.astype("int64") if whole else ids).astype(str)


def _codes(truth: "pd.Series[str]", said: "pd.Series[str]") -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Codes of labels. Whole numbers stay as they are, since grades are judged by their distances."""
    numeric = pd.api.types.is_numeric_dtype(truth) and not pd.api.types.is_bool_dtype(truth)
    both = [pd.to_numeric(c, errors="coerce") if numeric else c.astype(str).str.strip() for c in (truth, said)]
    if numeric and all((c % 1 == 0).all() for c in both):
        low = min(0, *(int(c.min()) for c in both))
        return both[0].to_numpy(dtype=np.int64) - low, both[1].to_numpy(dtype=np.int64) - low
    codes, _ = pd.factorize(pd.concat(both), sort=True)
    return codes[: len(truth)].astype(np.int64), codes[len(truth) :].astype(np.int64)


def error_of_mean(rows: Sequence[Row], task: Task, store: Store) -> float:
    """Standard error of the mean score of some submissions, from resampled test rows."""
    return float(np.nanstd(np.mean([resampled(r, task, store) for r in rows], axis=0), ddof=1))


def error_of_difference(ours: Sequence[Row], theirs: Sequence[Row], task: Task, store: Store) -> float:
    """Standard error of the difference of two tools' mean scores over their seeds: paired, from resampled test rows."""
    means = [np.mean([resampled(r, task, store) for r in rows], axis=0) for rows in (ours, theirs)]
    return float(np.nanstd(means[0] - means[1], ddof=1))
