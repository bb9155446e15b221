"""What the record says is read as it stands, finished or not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modelwright.deliver import dossier
from modelwright.metrics.promote import best
from modelwright.records.experiment import Score
from modelwright.testing.records import experiment, plan
from modelwright.workspace import Workspace


def test_an_empty_folder_is_an_empty_record(tmp_path: Path) -> None:
    found = dossier.read(Workspace(tmp_path))
    assert found.problem is None
    assert found.best is None
    assert found.experiments == ()
    assert not found.finished


def test_the_best_is_the_best_of_those_with_most_folds(run_folder: Callable[..., Workspace]) -> None:
    for kind, better in (("binary", max), ("multiclass", min)):
        found = dossier.read(run_folder(kind))
        assert found.best is not None
        assert found.best.score is not None
        whole = [e.score.value for e in found.scored if e.score and len(e.proposal.folds) == 3]
        assert found.best.score.value == better(whole)


def test_the_report_calls_the_same_experiment_best_as_the_screen_where_repeats_were_run(finished: Workspace) -> None:
    once, twice = tuple(range(4)), tuple(range(8))
    tried = (
        experiment(1, 0.80, folds=twice, recipe="linear"),
        experiment(2, 0.95, folds=once, recipe="image-patches"),
        experiment(3, 0.96, folds=once[:1], recipe="image-network", noise=0.2),
    )
    found = replace(dossier.read(finished), experiments=tried, plan=plan(4, repeats=2))
    assert found.best == best(tried, found.higher)
    assert found.best is not None
    assert found.best.number == 2
    assert [len(e.proposal.folds) >= found.whole for e in tried] == [True, True, False]


def test_guessing_is_the_dummy_recipe(finished: Workspace) -> None:
    found = dossier.read(finished)
    assert found.baseline is not None
    assert found.baseline.number == 1


@pytest.mark.parametrize(
    ("higher", "sealed", "words"),
    [
        (True, 0.805, "less than one standard error"),
        (True, 0.795, "within noise"),
        (True, 0.70, "worse than expected"),
        (True, 0.90, "better than expected"),
        (False, 0.70, "better than expected"),
        (False, 0.90, "worse than expected"),
    ],
)
def test_agreement_is_judged_by_the_error_of_both(finished: Workspace, higher: bool, sealed: float, words: str) -> None:
    found = dossier.read(finished)
    assert found.problem
    problem = found.problem.model_copy(update={"higher_is_better": higher})
    found = dossier.Dossier(**{**vars(found), "problem": problem})
    found.facts["final"]["cv"] = Score(value=0.81, error=0.006).model_dump()
    found.facts["final"]["sealed"] = Score(value=sealed, error=0.008).model_dump()
    assert words in (found.agreement() or "")


def test_a_blend_on_record_counts_before_the_seal_is_opened(run_folder: Callable[..., Workspace]) -> None:
    found = dossier.read(run_folder(finished=False))
    assert found.cv is None
    found.facts["blend"] = {"cv": Score(value=0.8, error=0.01).model_dump()}
    assert found.cv == Score(value=0.8, error=0.01)
