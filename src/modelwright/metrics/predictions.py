"""Where an experiment's predictions lie, and how they are read back. The worker writes what is named here.

A fold file holds the prediction for the score rows of one fold, in ascending row order; an asked file what the same
model says of the rows [holdout | test]. Arrays of folds and out-of-fold predictions have an entry for each place: row
i of n is at place r * n + i in repeat r.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..interfaces import Kind
from ..records.plan import ValidationPlan
from ..records.problem import Problem

if TYPE_CHECKING:
    from ..interfaces import Array


class PredictionError(ValueError):
    """A predictions file is missing, cannot be read, or does not hold what it should; one line."""


def model_of_fold(experiment: Path, fold: int) -> Path:
    """The folder of the model of one fold, where it is kept: `model.joblib`, and `job.json` beside it."""
    return experiment / f"fold-{fold}"


def fold_file(folder: Path, fold: int) -> Path:
    """Out-of-fold prediction of one fold."""
    return Path(folder) / f"fold_{fold}.npz"


def asked_file(folder: Path, fold: int) -> Path:
    """What the model of one fold says of the holdout and test rows."""
    return Path(folder) / f"asked_{fold}.npz"


def refit_file(folder: Path) -> Path:
    """What a model fitted on all rows says of the test rows."""
    return Path(folder) / "asked.npz"


def score_rows(folds: "Array", fold: int) -> "Array":
    """Places of a fold, ascending, and thereby in the order of its rows."""
    return np.flatnonzero(np.asarray(folds) == fold)


def read(kind: Kind, path: Path, rows: int, problem: Problem | None = None) -> "Array":
    """The prediction in a file, checked as far as the problem is given.

    Raises:
        PredictionError: for a file that is missing, cut off, pickled, of another shape, or not finite.
    """
    if not path.is_file():
        raise PredictionError(f"{path.name} is missing")
    try:
        prediction = kind.load(path)
    except Exception as error:  # any bytes may stand in a file that foreign code wrote
        raise PredictionError(f"{path.name} cannot be read: {type(error).__name__}: {_one_line(error)}") from error
    if problem is not None:
        flaw = kind.check(prediction, rows, problem)
    else:
        flaw = None if len(prediction) == rows else f"{len(prediction)} rows instead of {rows}"
    if flaw:
        raise PredictionError(f"{path.name}: {flaw}")
    return prediction


def blank(rows: int, like: "Array") -> "Array":
    """An array of that many rows in the form of another: NaN for numbers, None for objects."""
    if like.dtype == object:
        return np.empty(rows, dtype=object)
    return np.full((rows, *like.shape[1:]), np.nan)


def read_oof(
    kind: Kind,
    folder: Path,
    plan: ValidationPlan,
    folds: "Array",
    which: Sequence[int],
    problem: Problem | None = None,
) -> "Array":
    """The out-of-fold prediction over all places; NaN (None for masks) in those of folds not asked for.

    Raises:
        PredictionError: as `read` does, and for a fold that the plan does not have.
    """
    whole: Any = None
    for fold in which:
        if fold not in plan.all_folds:
            raise PredictionError(f"fold {fold} is none of the plan's {len(plan.all_folds)} folds")
        rows = score_rows(folds, fold)
        found = read(kind, fold_file(folder, fold), len(rows), problem)
        whole = blank(len(folds), found) if whole is None else whole
        whole[rows] = found
    if whole is None:
        raise PredictionError("no fold was asked for")
    return np.asarray(whole)


def read_asked(kind: Kind, folder: Path, which: Sequence[int], problem: Problem) -> "Array":
    """What an experiment says of the holdout and test rows: the mean over the models of its folds.

    Raises:
        PredictionError: for a file that cannot be read, or has other rows than the one before.
    """
    found: list[Array] = []
    for fold in which:
        try:
            found.append(kind.load(asked_file(folder, fold)))
        except Exception as error:  # any bytes may stand in a file that foreign code wrote
            raise PredictionError(f"asked_{fold}.npz cannot be read: {_one_line(error)}") from error
    if not found:
        raise PredictionError("no fold was asked for")
    if len({p.shape for p in found}) > 1:
        raise PredictionError(f"the folds' models predict different rows: {sorted({p.shape for p in found})}")
    return kind.mix(found, [1 / len(found)] * len(found), problem)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
