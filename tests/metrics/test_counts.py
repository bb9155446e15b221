import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as skm

from modelwright.kinds.confusion import confusion
from modelwright.metrics import counts
from modelwright.metrics.catalogue import get


def rows(classes):
    return st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=2, max_size=50)


TWO = {
    "accuracy": skm.accuracy_score,
    "balanced-accuracy": skm.balanced_accuracy_score,
    "f1": skm.f1_score,
    "precision": skm.precision_score,
    "recall": skm.recall_score,
    "specificity": lambda t, o: skm.recall_score(t, o, pos_label=0),
    "jaccard": skm.jaccard_score,
    "mcc": skm.matthews_corrcoef,
    "kappa": skm.cohen_kappa_score,
    "fbeta": lambda t, o: skm.fbeta_score(t, o, beta=2),
    "f1-macro": lambda t, o: skm.f1_score(t, o, average="macro"),
    "f1-micro": lambda t, o: skm.f1_score(t, o, average="micro"),
    "f1-weighted": lambda t, o: skm.f1_score(t, o, average="weighted"),
}
MANY = {
    "accuracy": skm.accuracy_score,
    "balanced-accuracy": skm.balanced_accuracy_score,
    "f1": lambda t, o: skm.f1_score(t, o, average="macro"),
    "f1-macro": lambda t, o: skm.f1_score(t, o, average="macro"),
    "f1-micro": lambda t, o: skm.f1_score(t, o, average="micro"),
    "f1-weighted": lambda t, o: skm.f1_score(t, o, average="weighted"),
    "precision": lambda t, o: skm.precision_score(t, o, average="macro"),
    "recall": lambda t, o: skm.recall_score(t, o, average="macro"),
    "jaccard": lambda t, o: skm.jaccard_score(t, o, average="macro"),
    "mcc": skm.matthews_corrcoef,
    "kappa": lambda t, o: skm.cohen_kappa_score(t, o, labels=range(4)),
    "linear-kappa": lambda t, o: skm.cohen_kappa_score(t, o, labels=range(4), weights="linear"),
    "qwk": lambda t, o: skm.cohen_kappa_score(t, o, labels=range(4), weights="quadratic"),
}


def agree(name, reference, truth, output):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where it makes a value up
        expected = reference(truth, output)
    found = get(name).call(truth, output)
    if np.isfinite(found):
        assert found == pytest.approx(expected, abs=1e-12)
    else:
        assert not np.isfinite(expected) or expected == 0  # undefined, where scikit-learn warns and says 0


@pytest.mark.parametrize("name", TWO)
@settings(max_examples=30, deadline=None)
@given(rows(2))
def test_two_classes_score_as_in_scikit_learn(name, found):
    agree(name, TWO[name], *np.array(found).T)


@pytest.mark.parametrize("name", MANY)
@settings(max_examples=30, deadline=None)
@given(rows(4))
def test_more_classes_score_as_in_scikit_learn(name, found):
    truth, output = np.array(found).T
    assume(max(truth.max(), output.max()) == 3)  # with two classes the positive one is meant
    agree(name, MANY[name], truth, output)


@settings(max_examples=30, deadline=None)
@given(st.lists(rows(3), min_size=2, max_size=4))
def test_many_tables_of_counts_score_as_one_by_one(tables):
    stacked = np.array([confusion(*np.array(t).T, classes=3) for t in tables])
    for formula in (counts.accuracy, counts.f1_macro, counts.balanced_accuracy, counts.mcc, counts.quadratic_kappa):
        one_by_one = [formula(table) for table in stacked]
        assert np.allclose(formula(stacked), one_by_one, equal_nan=True)


def test_cost_by_hand():
    truth, output = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 1])
    call = get("cost").call
    assert call(truth, output, false_negative=10, false_positive=1) == pytest.approx((2 * 10 + 1) / 5)


def test_undefined_scores_are_nan():
    none = np.zeros(3, dtype=int)
    assert np.isnan(get("f1").call(none, none))
    assert np.isnan(get("recall").call(none, none))
    assert np.isnan(get("kappa").call(none, none))
    assert get("f1").call(none, np.ones(3, dtype=int)) == 0.0


def test_masks_by_hand():
    truth = [np.array([[1, 1, 0, 0]]), np.array([[0, 0]])]
    output = [np.array([[1, 0, 1, 0]]), np.array([[0, 0]])]
    assert get("dice-global").call(truth, output) == pytest.approx(0.5)
    assert get("dice-mean").call(truth, output) == pytest.approx(0.75)
    assert get("iou").call(truth, output) == pytest.approx(1 / 3)
    assert get("iou-mean").call(truth, output) == pytest.approx(2 / 3)
    assert get("pixel-accuracy").call(truth, output) == pytest.approx(4 / 6)
    assert get("dice-global").call(truth[1:], output[1:]) == 1.0


def test_a_matrix_of_prices_charges_each_cell_and_may_have_a_class_that_does_not_occur():
    prices = [[0, 1, 10], [2, 0, 4], [5, 5, 0]]
    truth, output = np.array([0, 0, 1, 1, 2]), np.array([0, 2, 0, 1, 1])
    assert get("cost").call(truth, output, matrix=prices) == pytest.approx((0 + 10 + 2 + 0 + 5) / 5)
    assert get("cost").call(truth[:2], np.array([0, 1]), matrix=prices) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="2, 2"):
        get("cost").call(truth, output, matrix=[[0, 1], [1, 0]])


def test_of_several_classes_without_prices_a_wrong_label_costs_one():
    assert get("cost").call(np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1])) == pytest.approx(0.5)


def test_profit_adds_up_what_each_case_brings():
    truth, output = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    assert get("profit").call(truth, output, true_positive=80, false_positive=-4) == pytest.approx(19.0)


def test_the_geometric_mean_of_the_recalls_is_zero_when_a_class_is_never_found():
    assert get("g-mean").call(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0])) == pytest.approx(np.sqrt(0.5))
    assert get("g-mean").call(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0])) == 0.0
