import numpy as np
import pytest

from modelwright.kinds.arrays import objects
from modelwright.kinds.classification import Classification
from modelwright.kinds.regression import Regression
from modelwright.kinds.segmentation import Segmentation
from modelwright.metrics import predictions
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem

PLAN = ValidationPlan(scheme=Scheme.PLAIN, folds=3, holdout=0.1, why="a test")
FOLDS = np.array([0, 1, 2, 0, 1, -1])
PROBLEM = Problem(name="t", root="", kind="binary", targets=("y",), metric="auc", higher_is_better=True, classes=(0, 1))


def test_files_are_named_in_one_place(tmp_path):
    assert predictions.fold_file(tmp_path, 3).name == "fold_3.npz"
    assert predictions.asked_file(tmp_path, 3).name == "asked_3.npz"
    assert predictions.refit_file(tmp_path).name == "asked.npz"


def test_folds_are_put_in_their_rows_and_the_others_left_open(tmp_path):
    kind = Regression()
    kind.save(predictions.fold_file(tmp_path, 0), np.array([1.0, 2.0]))
    kind.save(predictions.fold_file(tmp_path, 2), np.array([3.0]))
    found = predictions.read_oof(kind, tmp_path, PLAN, FOLDS, (2, 0))
    assert np.array_equal(found, [1.0, np.nan, 3.0, 2.0, np.nan, np.nan], equal_nan=True)


def test_maps_of_folds_not_run_are_none(tmp_path):
    kind = Segmentation()
    kind.save(predictions.fold_file(tmp_path, 2), objects([np.ones((2, 2), np.float32)]))
    found = predictions.read_oof(kind, tmp_path, PLAN, FOLDS, (2,))
    assert [m is None for m in found] == [True, True, False, True, True, True]


def test_asked_rows_are_the_mean_over_the_models_of_the_folds(tmp_path):
    kind = Classification()
    kind.save(predictions.asked_file(tmp_path, 0), np.array([[0.5, 0.5]]))
    kind.save(predictions.asked_file(tmp_path, 1), np.array([[1.0, 0.0]]))
    assert predictions.read_asked(kind, tmp_path, (0, 1), PROBLEM).tolist() == [[0.75, 0.25]]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(predictions.PredictionError, match=r"fold_1.npz is missing"):
        predictions.read_oof(Regression(), tmp_path, PLAN, FOLDS, (1,))
    with pytest.raises(predictions.PredictionError, match=r"asked_1.npz"):
        predictions.read_asked(Regression(), tmp_path, (1,), PROBLEM)
    with pytest.raises(predictions.PredictionError, match="3 folds"):
        predictions.read_oof(Regression(), tmp_path, PLAN, FOLDS, (3,))


def test_models_that_predict_different_rows_are_refused(tmp_path):
    kind = Regression()
    kind.save(predictions.asked_file(tmp_path, 0), np.zeros(2))
    kind.save(predictions.asked_file(tmp_path, 1), np.zeros(3))
    with pytest.raises(predictions.PredictionError, match="different rows"):
        predictions.read_asked(kind, tmp_path, (0, 1), PROBLEM)


def test_with_repeats_each_row_has_a_place_in_each(tmp_path):
    kind, plan = Regression(), PLAN.model_copy(update={"repeats": 2})
    folds = np.array([0, 1, 2, 0, 1, 2, 3, 3, 4, 4, 5, 5])
    kind.save(predictions.fold_file(tmp_path, 0), np.array([1.0, 2.0]))
    kind.save(predictions.fold_file(tmp_path, 4), np.array([3.0, 4.0]))
    found = predictions.read_oof(kind, tmp_path, plan, folds, (0, 4))
    assert np.flatnonzero(np.isfinite(found)).tolist() == [0, 3, 8, 9]
    assert found[[0, 3, 8, 9]].tolist() == [1.0, 2.0, 3.0, 4.0]
