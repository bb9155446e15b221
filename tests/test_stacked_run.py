"""A run whose answer is a model that sees what other models predict."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.deliver import bundle
from modelwright.records.experiment import COMPARE, Experiment, Proposal
from modelwright.records.plan import ValidationPlan
from modelwright.views import changes

from .refitted import told_by_refits

ROWS = 600


class Stacking:
    """Two models for comparison only, so that they do not enter the answer, and one that sees what they predict."""

    def __init__(self, problem: Any, profile: Any, plan: ValidationPlan, **_how: Any) -> None:
        folds = plan.first_folds
        self.plan = [
            Proposal(recipe="dummy", folds=folds),
            Proposal(recipe="linear", folds=folds, move=COMPARE),
            Proposal(recipe="lightgbm", params={"n_estimators": 20}, folds=folds, move=COMPARE),
            Proposal(recipe="linear", folds=folds, stack=(2, 3), move="stack", reason="a second level"),
        ]

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        running = any(e.outcome is None for e in history)
        begun = len(history)
        return [] if begun == len(self.plan) or running else [self.plan[begun]]

    def remarks(self, history: Sequence[Experiment]) -> Mapping[str, str]:
        return {}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    table["y"] = (table["a"] * table["b"] + table["c"] + rng.normal(size=ROWS) > 0).astype(float)
    table.loc[450:, "y"] = np.nan
    return table


@pytest.fixture(scope="module")
def run(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    out = tmp_path_factory.mktemp("runs") / "one"
    return mw.run(table, "y", metric="auc", experiments=4, jobs=1, strategist=f"{__name__}:Stacking", out=out)


def test_what_the_answer_is_stacked_on_is_in_the_bundle_and_is_not_averaged(run: mw.Run) -> None:
    members = bundle.load(run.path).contents.members
    assert [m.weight for m in members] == [1.0, 0.0, 0.0]
    assert [m.experiment for m in members] == [4, 2, 3]
    assert members[0].stack == (members[1].file, members[2].file)


def test_the_bundle_predicts_new_rows_as_the_refits_did(run: mw.Run, table: pd.DataFrame) -> None:
    again = run.predict(table[450:].drop(columns="y"))
    np.testing.assert_allclose(again["y"], told_by_refits(run)["y"], atol=1e-6)


def test_one_row_is_answered_at_once(run: mw.Run, table: pd.DataFrame) -> None:
    model, row = bundle.load(run.path), table[450:451].drop(columns="y")
    model.predict(row)
    seconds = []  # of this process, so that a busy machine does not count
    for _ in range(5):
        began = time.process_time()
        model.predict(row)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 0.05


def test_the_page_of_the_experiment_says_what_it_is_stacked_on(run: mw.Run) -> None:
    assert "stacked on: 2, 3" in changes(None, run.experiments[3].proposal)
