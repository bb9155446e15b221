"""A run whose best model takes too long to be fitted once more: the models of its folds answer, in the bundle too."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.chapters import refits
from modelwright.journal import history
from modelwright.records.experiment import Experiment, Proposal, Status

PATIENT = "modelwright.testing.recipes:Patient"


class Waiting:
    """Proposes a dummy, then the patient recipe on one fold, then on all: what was run is taken over."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def propose(self, seen: Sequence[Experiment], free: int) -> list[Proposal]:
        folds = tuple(range(5))
        steps = [
            Proposal(recipe="dummy", folds=folds),
            Proposal(recipe=PATIENT, params={"bags": 1}, folds=(4,)),
            Proposal(recipe=PATIENT, params={"bags": 1}, folds=folds, parent=2, move="extend"),
        ]
        running = any(e.status is Status.RUNNING for e in seen)
        return [] if running else steps[len(seen) : len(seen) + 1]

    def remarks(self, _history: Sequence[Experiment]) -> dict[str, str]:
        return {}


def frame(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "c"])
    return table.assign(y=table["a"] * table["b"] + 0.1 * rng.normal(size=rows))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    table = frame(700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refits, "share_in", lambda _left, _needed: 0.5)  # there is time for half of the rows
        return mw.run(
            table[:600],
            "y",
            test=table[600:].drop(columns="y"),
            experiments=3,
            strategist=f"{__name__}:Waiting",
            out=tmp_path_factory.mktemp("runs") / "patient",
        )


def test_nothing_is_refitted_and_the_bundle_holds_a_model_for_each_fold(run: mw.Run) -> None:
    assert [e.proposal.move for e in run.experiments] == ["draft", "draft", "extend"]
    assert len(list((run.path / "bundle" / "members").iterdir())) == 5
    assert any("models of their folds" in note.text for note in history.notes(run.path / "journal.db"))


def test_the_bundle_says_what_the_submission_says(run: mw.Run) -> None:
    again = run.predict(frame(700)[600:].drop(columns="y"))
    assert run.submission is not None
    np.testing.assert_allclose(again["y"], run.submission["y"], rtol=1e-5)
    assert np.corrcoef(again["y"], frame(700)["y"][600:])[0, 1] > 0.8


def test_models_of_folds_that_are_not_in_the_answer_are_deleted(run: mw.Run) -> None:
    assert not list((run.path / "experiments" / "0002").glob("fold-*/"))
    assert len(list((run.path / "experiments" / "0003").glob("fold-*/"))) == 5
