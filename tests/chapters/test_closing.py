"""What is handed over."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelwright.chapters.closing import OF_FOLDS, answer_of, share_of_folds
from modelwright.kinds.regression import Regression
from modelwright.metrics.predictions import asked_file, refit_file
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.records.plan import Scheme


@pytest.mark.parametrize("recipe", ["lightgbm", "catboost", "linear", "extra-trees"])
def test_the_models_of_the_folds_weigh_less_the_more_refits_there_are(recipe: str) -> None:
    shares = [share_of_folds(recipe, refits) for refits in (1, 2, 3, 4)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[3] < shares[0] <= OF_FOLDS


def test_one_refit_of_a_recipe_without_chance_counts_as_several() -> None:
    assert share_of_folds("linear", 1) == share_of_folds("lightgbm", 3)


def answered(root: Path, *, refits: int, shared: int = 0, scheme: Scheme = Scheme.PLAIN) -> float:
    """What a member says of ten rows whose folds' models say 0 and whose refits say 1, one row of theirs sealed."""
    kind = Regression()
    folders = {name: root / name for name in ("0001", "0002", "0003")}
    for folder in folders.values():
        folder.mkdir()
    for fold in (0, 1):
        kind.save(asked_file(folders["0001"], fold), np.zeros(11))
    again = [folders[name] for name in ("0002", "0003")][:refits]
    for folder in again:
        kind.save(refit_file(folder), np.ones(10))
    materials: Any = SimpleNamespace(
        kind=kind, problem=None, holdout_rows=1, plan=SimpleNamespace(scheme=scheme),
        profile=SimpleNamespace(shared=shared, test_rows=10),
        workspace=SimpleNamespace(experiment=lambda number: root / f"{number:04d}"),
    )  # fmt: skip
    one = Experiment(number=1, proposal=Proposal(recipe="lightgbm", folds=(0, 1)), status=Status.DONE)
    answer = answer_of(one, again, materials)
    assert answer.shape == (10,)
    assert len(set(answer)) == 1
    return float(answer[0])


def test_refits_and_the_models_of_the_folds_answer_together(tmp_path: Path) -> None:
    assert answered(tmp_path, refits=2) == pytest.approx(1 - share_of_folds("lightgbm", 2))


def test_without_a_refit_the_models_of_the_folds_answer(tmp_path: Path) -> None:
    assert answered(tmp_path, refits=0) == 0.0


def test_where_rows_asked_for_repeat_training_rows_those_answer_that_have_seen_all_of_them(tmp_path: Path) -> None:
    assert answered(tmp_path, refits=1, shared=3) == 1.0


def test_where_folds_follow_time_those_answer_that_have_seen_the_latest_rows(tmp_path: Path) -> None:
    assert answered(tmp_path, refits=1, scheme=Scheme.ROLLING) == 1.0
