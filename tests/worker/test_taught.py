"""Models that learn from what earlier experiments predict, beside the labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.kinds.regression import Regression
from modelwright.records.experiment import Outcome, Status
from modelwright.testing.executors import add_job, tiny_run
from modelwright.testing.recipes import ConstantEstimator, Good
from modelwright.worker.data import Shelf
from modelwright.worker.job import run
from modelwright.worker.taught import believed
from modelwright.workspace import Workspace

NOISY = "modelwright.testing.recipes:Noisy"
load = Regression().load


class PupilEstimator(ConstantEstimator):
    """Remembers how many of its rows others have told it of, and the mean of what they said."""

    def fit(self, X: pd.DataFrame, y: Any, believed: Any = None) -> ConstantEstimator:
        super().fit(X, y)
        known = np.isfinite(believed)
        self.learned_ = {"rows": len(X), "told": int(known.sum()), "mean": float(believed[known].mean())}
        return self


class Pupil(Good):
    estimator = PupilEstimator


def go(workspace: Workspace, number: int, recipe: str = NOISY, **fields: Any) -> tuple[Outcome, Path]:
    _, folder = add_job(workspace, number, recipe, **fields)
    return run(folder, Shelf()), folder


def taught(workspace: Workspace, number: int, *by: int, **fields: Any) -> tuple[Outcome, Path]:
    folders = tuple(f"../{n:04d}" for n in by)
    return go(
        workspace, number, f"{__name__}:Pupil", **{"teachers": by, "told_by": folders, "folds": (0, 1, 2)} | fields
    )


@pytest.fixture
def teacher(workspace: Workspace) -> Workspace:
    """A run with one experiment to learn from."""
    outcome, _ = go(workspace, 1, folds=(0, 1, 2))
    assert outcome.status is Status.DONE, outcome
    return workspace


def test_a_row_is_told_what_models_think_that_have_not_seen_it(teacher: Workspace) -> None:
    job, folder = add_job(teacher, 2, f"{__name__}:Pupil", teachers=(1,), told_by=("../0001",), folds=(0,))
    data = Shelf().data(folder / job.data)
    found = believed(folder, job, data)
    assert found.shape == (data.visible + data.holdout, 1)
    for fold in range(3):
        np.testing.assert_array_equal(
            found[: data.visible][data.folds == fold, 0], load(teacher.experiment(1) / f"fold_{fold}.npz")
        )
    models = [load(teacher.experiment(1) / f"asked_{k}.npz")[: data.holdout] for k in range(3)]
    np.testing.assert_allclose(found[data.visible :, 0], np.mean(models, axis=0))


def test_every_fold_is_told_of_the_rows_it_is_fitted_on(teacher: Workspace) -> None:
    outcome, _ = taught(teacher, 2, 1)
    assert outcome.status is Status.DONE, outcome
    assert outcome.learned["told"] == outcome.learned["rows"] == 40


def test_rows_of_folds_that_the_teacher_has_not_run_keep_their_label_alone(teacher: Workspace) -> None:
    go(teacher, 2, folds=(1,), seed=5)
    outcome, _ = taught(teacher, 3, 2, folds=(0,))
    assert (outcome.learned["rows"], outcome.learned["told"]) == (40, 20)
    both, _ = taught(teacher, 4, 1, 2, folds=(0,))  # known to both
    assert both.learned["told"] == 20


def test_a_refit_is_told_of_the_opened_holdout_too(teacher: Workspace) -> None:
    Regression().save(teacher.data / "opened.npz", np.full(10, 5.0))
    outcome, _ = taught(teacher, 2, 1, folds=(), refit=True)
    assert outcome.status is Status.DONE, outcome
    assert outcome.learned["told"] == outcome.learned["rows"] == 70


def test_several_repeats_give_their_mean(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "repeated", repeats=2)
    go(workspace, 1, folds=(0, 1, 2, 4))
    job, folder = add_job(workspace, 2, f"{__name__}:Pupil", teachers=(1,), told_by=("../0001",), folds=(0,))
    folds = np.load(workspace.data / "folds.npy").reshape(2, 60)
    expected = np.zeros(60)
    for fold in range(3):
        expected[folds[0] == fold] = load(workspace.experiment(1) / f"fold_{fold}.npz")
    again = folds[1] == 4
    expected[again] = (expected[again] + load(workspace.experiment(1) / "fold_4.npz")) / 2
    np.testing.assert_allclose(believed(folder, job, Shelf().data(folder / job.data))[:60, 0], expected)


def test_a_recipe_that_cannot_be_taught_fails_in_words(teacher: Workspace) -> None:
    outcome, _ = go(teacher, 2, NOISY, teachers=(1,), told_by=("../0001",), folds=(0,))
    assert outcome.status is Status.FAILED
    assert "believed" in outcome.error
