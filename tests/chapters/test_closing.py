"""What is handed over."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelwright.chapters.closing import OF_FOLDS, answer_of, pool_of, share_of_folds
from modelwright.kinds.regression import Regression
from modelwright.metrics.predictions import asked_file, refit_file
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.records.plan import Scheme
from modelwright.testing.records import experiment, plan, problem


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


TWICE = tuple(range(8))  # four folds, two repeats


@pytest.mark.parametrize(
    ("network", "pooled", "folds"),
    [
        (0.80, [2, 1], 4),  # no worse than the leader, and of the first repeat alone
        (0.60, [1, 4], 8),  # far worse
        (None, [1, 4], 8),
    ],
)
def test_a_network_that_has_run_no_repeats_has_a_place_beside_a_quick_leader(
    network: float | None, pooled: list[int], folds: int
) -> None:
    history = [
        experiment(1, 0.79, folds=TWICE, recipe="image-patches"),
        experiment(2, network, folds=TWICE[:4], recipe="image-network"),
        experiment(3, 0.78, folds=TWICE[:4], recipe="linear", params={"penalty": 2.0}),  # it earned no repeats
        experiment(4, 0.77, folds=TWICE, recipe="linear"),
    ]
    lab: Any = SimpleNamespace(
        history=lambda: history, costs=SimpleNamespace(keeps_folds=lambda proposal: proposal.recipe == "image-network")
    )
    materials: Any = SimpleNamespace(problem=problem(), plan=plan(4, repeats=2))
    found = pool_of(lab, materials)
    assert [e.number for e in found][: len(pooled)] == pooled
    assert len(set.intersection(*(set(e.proposal.folds) for e in found))) == folds


def test_of_one_model_the_experiment_with_more_repeats_is_taken() -> None:
    history = [
        experiment(1, 0.79, folds=TWICE[:4], recipe="image-patches"),
        experiment(2, 0.79, folds=TWICE, recipe="image-patches"),
        experiment(3, 0.79, folds=TWICE[:4], recipe="image-network"),
    ]
    lab: Any = SimpleNamespace(
        history=lambda: history, costs=SimpleNamespace(keeps_folds=lambda proposal: proposal.recipe == "image-network")
    )
    materials: Any = SimpleNamespace(problem=problem(), plan=plan(4, repeats=2))
    assert [e.number for e in pool_of(lab, materials)] == [2, 3]


@pytest.mark.parametrize(("network", "pooled"), [(0.80, True), (0.60, False)])
def test_a_network_that_is_ahead_by_the_metric_has_a_place_though_what_guides_the_search_sees_it_behind(
    network: float, pooled: bool
) -> None:
    def guided(e: Experiment, value: float) -> Experiment:
        assert e.score is not None
        guide = experiment(9, value, folds=e.proposal.folds).score
        return e.model_copy(update={"score": e.score.model_copy(update={"guide": guide})})

    history = [
        guided(experiment(1, 0.79, folds=TWICE, recipe="image-patches"), 0.9),
        guided(experiment(2, network, folds=TWICE[:4], recipe="image-network"), 0.5),
    ]
    lab: Any = SimpleNamespace(
        history=lambda: history, costs=SimpleNamespace(keeps_folds=lambda proposal: proposal.recipe == "image-network")
    )
    materials: Any = SimpleNamespace(problem=problem(), plan=plan(4, repeats=2))
    assert (2 in [e.number for e in pool_of(lab, materials)]) is pooled
