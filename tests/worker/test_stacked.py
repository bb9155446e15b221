"""Models that see what earlier experiments predict."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.kinds.regression import Regression
from modelwright.metrics.predictions import PredictionError
from modelwright.records.experiment import Outcome, Status
from modelwright.testing.executors import add_job, tiny_run
from modelwright.testing.recipes import ConstantEstimator, Good
from modelwright.worker.__main__ import rerun
from modelwright.worker.data import Shelf
from modelwright.worker.job import run
from modelwright.worker.stacked import known
from modelwright.workspace import Workspace

NOISY = "modelwright.testing.recipes:Noisy"
load = Regression().load


class SeeingEstimator(ConstantEstimator):
    """Answers with one of its columns, and remembers what it was fitted on."""

    def fit(self, X: pd.DataFrame, y: Any) -> ConstantEstimator:
        self.learned_ = {"columns": " ".join(X), "rows": len(X)}
        return self

    def predict(self, X: pd.DataFrame) -> Any:
        return X[str(self.params["column"])].to_numpy()


class Seeing(Good):
    estimator = SeeingEstimator


def go(workspace: Workspace, number: int, recipe: str = NOISY, **fields: Any) -> tuple[Outcome, Path]:
    _, folder = add_job(workspace, number, recipe, **fields)
    return run(folder, Shelf()), folder


def stacked(workspace: Workspace, number: int, *on: int, **fields: Any) -> tuple[Outcome, Path]:
    """A model that answers with what the last of these experiments predicts."""
    folders = tuple(f"../{n:04d}" for n in on)
    told = {"params": {"column": f"stack.{on[-1]}.0"}, "folds": (0, 1, 2), **fields}
    return go(workspace, number, f"{__name__}:Seeing", stack=on, below=folders, **told)


@pytest.fixture
def below(workspace: Workspace) -> Workspace:
    """A run with two experiments to be stacked on."""
    for number in (1, 2):
        outcome, _ = go(workspace, number, folds=(0, 1, 2), seed=number)
        assert outcome.status is Status.DONE, outcome
    return workspace


def test_visible_rows_have_their_out_of_fold_predictions(below: Workspace) -> None:
    outcome, folder = stacked(below, 3, 1, 2)
    assert outcome.status is Status.DONE, outcome
    assert outcome.learned["columns"] == "number count letter stack.1.0 stack.2.0"
    for fold in range(3):
        name = f"fold_{fold}.npz"
        np.testing.assert_array_equal(load(folder / name), load(below.experiment(2) / name))


def test_rows_asked_for_have_the_mean_of_the_folds_models(below: Workspace) -> None:
    _, folder = stacked(below, 3, 1, 2)
    models = [load(below.experiment(2) / f"asked_{k}.npz") for k in range(3)]
    np.testing.assert_allclose(load(folder / "asked_1.npz"), np.mean(models, axis=0))


def test_a_refit_answers_for_the_test_rows_with_the_refits_below_it(below: Workspace) -> None:
    go(below, 3, folds=(), refit=True, seed=2)
    outcome, folder = stacked(below, 4, 2, folds=(), refit=True, answers=("../0003",))
    assert outcome.status is Status.DONE, outcome
    np.testing.assert_array_equal(load(folder / "asked.npz"), load(below.experiment(3) / "asked.npz"))


def test_a_refit_learns_from_the_opened_holdout_too(below: Workspace) -> None:
    Regression().save(below.data / "opened.npz", np.full(10, 5.0))
    outcome, _ = stacked(below, 4, 2, folds=(), refit=True)
    assert outcome.costs[0].rows == 70


def test_several_repeats_give_their_mean(tmp_path: Path) -> None:
    workspace = tiny_run(tmp_path / "repeated", repeats=2)
    go(workspace, 1, folds=tuple(range(6)))
    _, folder = stacked(workspace, 2, 1)
    folds = np.load(workspace.data / "folds.npy").reshape(2, 60)
    expected = np.zeros(60)
    for fold in range(6):
        expected[folds[fold // 3] == fold] += load(workspace.experiment(1) / f"fold_{fold}.npz") / 2
    np.testing.assert_allclose(load(folder / "fold_1.npz"), expected[folds[0] == 1])


def test_a_first_look_cannot_be_stacked_on(below: Workspace) -> None:
    go(below, 3, folds=(0,))
    outcome, _ = stacked(below, 4, 3)
    assert outcome.status is Status.FAILED
    assert "experiment 3 has no prediction out of fold 1" in outcome.error


def test_rows_without_predictions_are_not_learnt_from() -> None:
    table = pd.DataFrame({"stack.1.0": [1.0, np.nan, 2.0], "stack.2.0": [1.0, 1.0, np.nan]})
    np.testing.assert_array_equal(known(table, np.array([0, 1])), [True, False])
    with pytest.raises(PredictionError, match="no row to learn from"):
        known(table, np.array([1, 2]))


def test_a_rerun_by_hand_gives_the_same_bytes(
    below: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(below.root)
    _, folder = stacked(below, 3, 1, 2)
    assert rerun(folder) == 0
    assert "byte for byte" in capsys.readouterr().out
