"""The columns that a second level of models sees: what earlier experiments predict of each row.

Wolpert, "Stacked generalization", Neural Networks 5, 1992. A visible row has its out-of-fold prediction, by models that
were not fitted on it; where an experiment has run several repeats, their mean. A holdout or test row has the mean of
the folds' models, and when a model is refitted on all rows, a test row has the answer of the refits below it, which are
the ones that stand below it in the bundle too.

The columns of the rows that a fold is fitted on come from models that saw the labels of the rows it is scored on. Where
there is nothing to learn that makes a score too good (600 rows of noise: an AUC of 0.54 out of fold by trees, 0.52
by a linear model); where there is, the mean of the folds' models is better than each, and the score was too modest
(simulated, docs/log.md). The sealed rows are free of both.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..kinds import mixing
from ..metrics.predictions import PredictionError, read, read_asked, read_oof, refit_file
from ..records.experiment import Job

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from .data import Data


def columns(folder: Path, job: Job, data: "Data") -> "pd.DataFrame":
    """One or more columns for each experiment that the job is stacked on; rows are [visible | holdout | test].

    Gaps in rows that are in no fold, which are those before the first fold under rolling origin.

    Raises:
        PredictionError: where an experiment has no prediction for all folds of a repeat, or a file cannot be read.
        ValueError: for a kind whose predictions cannot be columns.
    """
    import pandas as pd

    made = []
    for place, source in enumerate(job.below):
        where = folder / source
        earlier = Job.model_validate_json((where / "job.json").read_bytes())
        visible = mixing.columns(data.kind, _out_of_fold(where, earlier, data), earlier.number)
        pieces = [visible]
        if len(data.asked):
            asked = read_asked(data.kind, where, earlier.proposal.folds, data.problem)
            if job.answers and data.test:
                answer = read(data.kind, refit_file(folder / job.answers[place]), data.test, data.problem)
                asked = np.concatenate([asked[: data.holdout], answer])
            pieces.append(mixing.columns(data.kind, asked, earlier.number))
        made.append(pd.concat(pieces, ignore_index=True))
    return pd.concat(made, axis=1)


def _out_of_fold(folder: Path, job: Job, data: "Data") -> "Array":
    """The prediction for each visible row, the mean over the repeats that are there whole."""
    plan, rows, run = data.plan, data.visible, set(job.proposal.folds)
    repeats = [tuple(range(r * plan.folds, (r + 1) * plan.folds)) for r in range(plan.repeats)]
    whole = [(r, folds) for r, folds in enumerate(repeats) if run.issuperset(folds)]
    if not whole:
        missing = sorted(set(plan.first_folds) - run)
        raise PredictionError(f"experiment {job.number} has no prediction out of fold {missing[0]} to be stacked on")
    read_whole = (read_oof(data.kind, folder, plan, data.folds, folds)[r * rows : (r + 1) * rows] for r, folds in whole)
    found = list(read_whole)
    return data.kind.mix(found, [1 / len(found)] * len(found), data.problem)


def known(stacked: "pd.DataFrame", rows: "Array") -> "Array":
    """Which of the rows (n,) have all columns. PredictionError where none has, so that there is nothing to learn."""
    found = np.isfinite(stacked.to_numpy()[rows]).all(axis=1)
    if not found.any():
        raise PredictionError(
            "no row to learn from has predictions out of fold: folds follow time, and this is the first"
        )
    return np.asarray(found)
