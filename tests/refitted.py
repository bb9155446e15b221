"""What the refits of a run say together: the answer of its bundle, which keeps the models of the folds out."""

import pandas as pd

import modelwright as mw
from modelwright.chapters.materials import read_materials
from modelwright.kinds import mixing
from modelwright.metrics.predictions import refit_file
from modelwright.records.answer import Answer
from modelwright.workspace import Workspace


def told_by_refits(run: mw.Run) -> pd.DataFrame:
    """The submission as it would be without the models of the folds; every member must have one refit."""
    materials, final = read_materials(Workspace(run.path)), Answer.model_validate(run.facts["final"])
    refits = {e.proposal.parent: e.number for e in run.experiments if e.proposal.move == "refit"}
    numbers = [m.experiment for m in final.members]
    predictions = [
        materials.kind.load(refit_file(materials.workspace.experiment(refits[number]))) for number in numbers
    ]
    weights = [m.weight for m in final.members]
    mixed = mixing.mix(materials.kind, predictions, weights, materials.problem, final.mixing, numbers)
    ids = pd.read_feather(materials.workspace.data / "ids.feather")
    return materials.kind.submission(mixed, ids, materials.problem, materials.metric, final.rule)
