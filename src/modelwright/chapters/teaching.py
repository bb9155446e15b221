"""Refits that learn from the answer, where labels seem wrong: half from the label, half from what the answer thinks.

Models that have not seen a row's label know better than a wrong one, and say of a right one how sure it is. Learning
from both is self-distillation (Furlanello et al., "Born again neural networks", ICML 2018; against wrong labels, Dong
et al., "Distillation ~ early stopping?", 2019). The teacher is the blend, which is better than each of its members.

Only refits are taught. The models that predict a row of one fold saw the labels of all others, so a model that was
taught by them and scored on one of these folds would have heard of its labels: measured on 839 pictures with wrong
labels, its score was four points too good (docs/log.md). Rows asked for are new to all of them.
"""

from typing import TYPE_CHECKING

import numpy as np

from .. import plugins
from ..recipes.base import CLASSES
from ..records.experiment import Experiment
from ..records.problem import Problem
from ..search.lab import Lab
from ..workspace import BELIEVED
from .closing import members, mix_asked
from .materials import Materials

if TYPE_CHECKING:
    from ..interfaces import Array


def teachable(experiment: Experiment, problem: Problem) -> bool:
    """Whether a refit had better learn from the answer, too.

    That is where labels seem wrong, or the task says so, and the recipe can be taught; not where its params take labels
    for true (`noise: none`). No score tells whether it helps; single fits did, in docs/log.md.
    """
    score, recipe = experiment.score, plugins.load("recipes", experiment.proposal.recipe)
    can = problem.kind in CLASSES and getattr(recipe, "teachable", False)
    if not can or experiment.proposal.params.get("noise") == "none" or len(experiment.proposal.folds) < 2:
        return False
    seem = score is not None and score.noise is not None and score.noise.likely
    return bool(seem or problem.options.get("wrong_labels"))


def write_down(lab: Lab, materials: Materials) -> tuple[int, ...]:
    """Write for workers what the answer thinks of each row; the numbers of its members."""
    data, kind = materials.workspace.data, materials.kind
    visible = mean_of_repeats(kind.load(data / "final_oof.npz"), len(materials.truth))
    asked = mix_asked(lab, materials)[: materials.holdout_rows] if materials.holdout_rows else visible[:0]
    kind.save(data / BELIEVED, np.concatenate([visible, asked]))
    return tuple(e.number for e, _ in members(lab))


def mean_of_repeats(places: "Array", rows: int) -> "Array":
    """Predictions (places, outputs) as one for each row, the mean over the repeats that have it; NaN where none has."""
    repeats = places.reshape(-1, rows, places.shape[1])
    there = np.isfinite(repeats)
    total, counts = np.where(there, repeats, 0.0).sum(axis=0), there.sum(axis=0)
    return np.asarray(np.where(counts > 0, total / np.maximum(counts, 1), np.nan))
