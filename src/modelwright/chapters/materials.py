"""What the search works with, and how an answer is handed in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import plugins
from ..deliver import submission
from ..interfaces import Kind, Metric
from ..metrics import catalogue
from ..metrics.predictions import read_asked
from ..records.experiment import Experiment, Rule
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile, Schema
from ..workspace import Workspace

if TYPE_CHECKING:
    from ..interfaces import Array


@dataclass(frozen=True)
class Materials:
    """What the search works with, as it lies in `data/`; the labels of sealed rows are not among it."""

    workspace: Workspace
    problem: Problem
    profile: Profile
    plan: ValidationPlan
    schema: Schema
    kind: Kind
    metric: Metric
    truth: "Array"
    folds: "Array"  # of each place: of the visible rows, once for each repeat
    groups: "Array | None"
    holdout_rows: int
    test_rows: int


def read_materials(workspace: Workspace) -> Materials:
    """The records and arrays of a run folder."""
    data = workspace.data
    problem = Problem.model_validate_json((data / "problem.json").read_bytes())
    kind, metric = plugins.load("kinds", problem.kind), catalogue.get(problem.metric)
    layout = pd.read_json(data / "layout.json", typ="series")
    groups = data / "groups.npy"
    return Materials(
        workspace=workspace,
        problem=problem,
        profile=Profile.model_validate_json((data / "profile.json").read_bytes()),
        plan=ValidationPlan.model_validate_json((data / "plan.json").read_bytes()),
        schema=Schema.model_validate_json((data / "schema.json").read_bytes()),
        kind=kind,
        metric=metric,
        truth=kind.truth(pd.read_feather(data / "labels.feather"), problem),
        folds=np.load(data / "folds.npy"),
        groups=np.load(groups) if groups.exists() else None,
        holdout_rows=int(layout["holdout"]),
        test_rows=int(layout["test"]),
    )


def asked(materials: Materials, experiment: Experiment) -> "Array":
    """An experiment's prediction for the rows asked for, [holdout | test], averaged over its folds' models."""
    where = materials.workspace.experiment(experiment.number)
    return read_asked(materials.kind, where, experiment.proposal.folds, materials.problem)


def hand_in(materials: Materials, prediction: "Array", rule: Rule) -> None:
    """Write the submission, if any rows were asked for; checked before it replaces the one before."""
    if not materials.test_rows:
        return
    data, problem = materials.workspace.data, materials.problem
    sample = pd.read_feather(data / "sample.feather") if (data / "sample.feather").exists() else None
    ids = pd.read_feather(data / "ids.feather")
    table = materials.kind.submission(prediction, ids, problem, materials.metric, rule)
    table = submission.arrange(table, problem, sample)
    submission.check(table, problem, ids, sample)
    submission.write(materials.workspace.submission, table)
