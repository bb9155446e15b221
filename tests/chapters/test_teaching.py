"""Refits that learn from the answer, too."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelwright.chapters import teaching
from modelwright.kinds.classification import Classification
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.records.problem import Problem
from modelwright.records.profile import LabelNoise
from modelwright.testing import records

MANY: Any = {"kind": "multiclass", "classes": (0, 1, 2)}
KIND = Classification()


def of_pictures(**fields: Any) -> Experiment:
    noise = LabelNoise(share=fields.pop("share", 0.0), error=0.02, rows=100, how="scripted")
    score = records.score(0.8).model_copy(update={"noise": noise})
    proposal = Proposal(recipe="image-network", folds=(0, 1, 2)).model_copy(update=fields)
    return Experiment(number=7, proposal=proposal, status=Status.DONE, score=score)


@pytest.mark.parametrize(
    ("experiment", "problem", "taught"),
    [
        (of_pictures(share=0.15), records.problem(**MANY), True),
        (of_pictures(share=0.02), records.problem(**MANY), False),
        (of_pictures(), records.problem(**MANY, options={"wrong_labels": "they are noisy"}), True),
        (of_pictures(share=0.15, params={"noise": "correct"}), records.problem(**MANY), True),
        (of_pictures(share=0.15, params={"noise": "none"}), records.problem(**MANY), False),
        (of_pictures(share=0.15, folds=(0,)), records.problem(**MANY), False),
        (of_pictures(share=0.15, recipe="linear"), records.problem(**MANY), False),
        (of_pictures(share=0.15), records.problem(kind="regression", classes=()), False),
    ],
)
def test_a_refit_is_taught_where_labels_seem_wrong_or_are_said_to_be(
    experiment: Experiment, problem: Problem, *, taught: bool
) -> None:
    assert teaching.teachable(experiment, problem) is taught


@pytest.mark.parametrize("holdout", [2, 0])
def test_what_the_answer_thinks_of_visible_and_holdout_rows_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holdout: int
) -> None:
    rng = np.random.default_rng(0)
    oof, asked = rng.dirichlet(np.ones(3), 4), rng.dirichlet(np.ones(3), 5)
    KIND.save(tmp_path / "final_oof.npz", oof)
    materials: Any = SimpleNamespace(
        workspace=SimpleNamespace(data=tmp_path),
        kind=KIND,
        truth=np.zeros(4),
        holdout_rows=holdout,
        problem=records.problem(**MANY),
    )
    monkeypatch.setattr(teaching, "mix_asked", lambda *_: asked)
    monkeypatch.setattr(teaching, "members", lambda _: [(of_pictures(), 0.7), (of_pictures(), 0.3)])
    lab: Any = None
    assert teaching.write_down(lab, materials) == (7, 7)
    expected = np.concatenate([oof, asked[:holdout]])
    np.testing.assert_allclose(KIND.load(tmp_path / teaching.BELIEVED), expected, rtol=1e-6)


def test_a_row_has_the_mean_of_the_repeats_that_predict_it() -> None:
    first, second = [[0.5, 0.5], [1.0, 0.0], [np.nan, np.nan]], [[0.7, 0.3], [np.nan, np.nan], [np.nan, np.nan]]
    found = teaching.mean_of_repeats(np.array(first + second), 3)
    np.testing.assert_allclose(found, [[0.6, 0.4], [1.0, 0.0], [np.nan, np.nan]])
