"""What a taught model is told beside the labels: what earlier experiments predict of rows they were not fitted on.

Where some labels are wrong, models that have not seen a row's label know better than a wrong one, and are surer of a
right one. Learning from both is self-distillation (Furlanello et al., "Born again neural networks", ICML 2018; against
wrong labels, Dong et al., "Distillation ~ early stopping? Harvesting dark knowledge utilizing anisotropic information
retrieval for overparameterized neural network", 2019).

Only refits are taught. The models that predict a row of one fold saw the labels of all others, so a model that was
taught by them and scored on one of these folds would have heard of its labels: measured on 839 pictures with wrong
labels, its score was four points too good (docs/log.md). Rows asked for are new to all of them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..metrics.predictions import read_asked, read_oof
from ..records.experiment import Job

if TYPE_CHECKING:
    from ..interfaces import Array
    from .data import Data


def believed(folder: Path, job: Job, data: "Data") -> "Array":
    """What the teachers of the job say on average, (visible + holdout rows, outputs).

    A visible row has its out-of-fold predictions, a holdout row those of the folds' models; NaN where a teacher has
    none, since it ran some of the folds only or the row is in no fold.

    Raises:
        PredictionError: for a file that cannot be read.
    """
    told = [_said(folder / source, data) for source in job.told_by]
    return np.asarray(np.mean(told, axis=0))  # NaN where one of them does not know


def _said(folder: Path, data: "Data") -> "Array":
    job = Job.model_validate_json((folder / "job.json").read_bytes())
    places = read_oof(data.kind, folder, data.plan, data.folds, job.proposal.folds, data.problem)
    repeats = places.reshape(data.plan.repeats, data.visible, -1)
    there = np.isfinite(repeats)
    with np.errstate(invalid="ignore"):  # no repeat has it
        visible = np.where(there, repeats, 0.0).sum(axis=0) / there.sum(axis=0)
    if not data.holdout:
        return np.asarray(visible)
    asked = read_asked(data.kind, folder, job.proposal.folds, data.problem)
    return np.concatenate([visible, asked[: data.holdout].reshape(data.holdout, -1)])
