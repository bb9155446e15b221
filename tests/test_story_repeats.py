"""A run whose rows are folded twice, from the task to what is handed over."""

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright import plugins
from modelwright.deliver import dossier, report
from modelwright.metrics import catalogue
from modelwright.records.plan import ValidationPlan
from modelwright.validation import choose
from modelwright.workspace import Workspace


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(150, 3)), columns=["a", "b", "c"])
    table["y"] = table["a"] + table["b"] + rng.normal(size=150)
    once = choose.choose

    def twice(*tables: object, **known: object) -> ValidationPlan:
        return once(*tables, **known).model_copy(update={"folds": 4, "repeats": 2, "holdout": 0.1})  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "choose", twice)
        out = tmp_path_factory.mktemp("runs") / "twice"
        return mw.run(table, target="y", test=table.drop(columns="y"), experiments=2, jobs=1, out=out)


def test_it_hands_over_everything_and_says_how_often_rows_were_folded(run: mw.Run) -> None:
    assert run.state == "finished"
    assert {"submission.csv", "bundle"} <= {p.name for p in run.path.iterdir()}
    assert "The rows are folded 2 times over" in (run.path / "report.html").read_text()


def test_pictures_show_each_row_once(run: mw.Run) -> None:
    rows = len(pd.read_feather(run.path / "data" / "labels.feather"))
    truth = np.zeros(rows)
    oof = plugins.load("kinds", "regression").load(run.path / "data" / "final_oof.npz")
    np.testing.assert_array_equal(report.once(oof, truth), oof[:rows])
    found = dossier.read(Workspace(run.path))
    pictures = report.diagnostics(found, catalogue.get("rmse"))
    assert len(pictures) == 2


def test_every_experiment_is_judged_on_all_folds_and_on_the_first_repeat(run: mw.Run) -> None:
    for e in run.experiments[:2]:
        assert e.score is not None
        assert set(e.score.folds) == set(range(8))
        assert e.score.first is not None
        assert set(e.score.first.folds) == set(range(4))


def test_the_answer_has_an_honest_prediction_for_each_place(run: mw.Run) -> None:
    oof = plugins.load("kinds", "regression").load(run.path / "data" / "final_oof.npz")
    folds = np.load(run.path / "data" / "folds.npy")
    assert len(oof) == len(folds) == 2 * len(pd.read_feather(run.path / "data" / "labels.feather"))
    assert np.isfinite(oof).all()
    assert run.facts["final"]["folds"] == list(range(8))  # type: ignore[index,call-overload]
