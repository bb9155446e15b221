import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as skm

from modelwright.metrics import ranks

pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=50)


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_scores_of_two_classes_are_those_of_scikit_learn_ties_included(found):
    truth, score = np.array(found).T
    assume(0 < truth.sum() < len(truth))
    assert ranks.auc(truth, score) == pytest.approx(skm.roc_auc_score(truth, score))
    assert ranks.gini(truth, score) == pytest.approx(2 * skm.roc_auc_score(truth, score) - 1)
    assert ranks.average_precision(truth, score) == pytest.approx(skm.average_precision_score(truth, score))


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_auc_depends_on_the_order_alone(found):
    truth, score = np.array(found).T
    assert ranks.auc(truth, score) == pytest.approx(ranks.auc(truth, np.exp(score / 3.0)), nan_ok=True)


def world(classes, seed, rows=80):
    generator = np.random.default_rng(seed)
    return np.arange(rows) % classes, generator.dirichlet(np.ones(classes), size=rows)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_scores_of_more_classes_are_those_of_scikit_learn(seed):
    truth, found = world(4, seed)
    assert ranks.auc(truth, found) == pytest.approx(skm.roc_auc_score(truth, found, multi_class="ovr"))
    assert ranks.log_loss(truth, found) == pytest.approx(skm.log_loss(truth, found))
    assert ranks.top_k_accuracy(truth, found, k=2) == pytest.approx(skm.top_k_accuracy_score(truth, found, k=2))
    assert ranks.average_precision(truth, found) == pytest.approx(skm.average_precision_score(np.eye(4)[truth], found))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_probabilities_of_two_classes_are_judged_as_in_scikit_learn(seed):
    truth, found = world(2, seed)
    assert ranks.log_loss(truth, found) == pytest.approx(skm.log_loss(truth, found[:, 1]))
    assert ranks.brier(truth, found) == pytest.approx(skm.brier_score_loss(truth, found[:, 1]))
    weights = np.where(truth == 1, 1 / (truth == 1).mean(), 1 / (truth == 0).mean())
    assert ranks.balanced_log_loss(truth, found) == pytest.approx(skm.log_loss(truth, found, sample_weight=weights))


def test_a_sure_and_wrong_probability_costs_much_but_not_without_end():
    assert ranks.log_loss(np.array([0]), np.array([[0.0, 1.0]])) == pytest.approx(-np.log(1e-15))


def test_calibration_by_hand():
    truth, found = np.array([0, 0, 0, 1]), np.array([[0.95, 0.05]] * 4)
    assert ranks.calibration_error(truth, found) == pytest.approx(0.2)


def test_one_class_alone_leaves_scores_undefined():
    one = np.ones(4, dtype=int)
    assert np.isnan(ranks.auc(one, np.arange(4.0)))
    assert np.isnan(ranks.average_precision(0 * one, np.arange(4.0)))
    assert np.isnan(ranks.balanced_log_loss(one, np.full((4, 2), 0.5)))
    assert np.isnan(ranks.auc(np.array([], dtype=int), np.array([])))
