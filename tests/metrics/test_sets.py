"""Metrics of sets of labels give scikit-learn's values."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as skm

from modelwright.metrics.catalogue import METRICS, bound, get

LABELS = {
    "f1-macro": lambda t, o: skm.f1_score(t, o, average="macro"),
    "f1-micro": lambda t, o: skm.f1_score(t, o, average="micro"),
    "f1-weighted": lambda t, o: skm.f1_score(t, o, average="weighted"),
    "f1-samples": lambda t, o: skm.f1_score(t, o, average="samples"),
    "fbeta-samples": lambda t, o: skm.fbeta_score(t, o, beta=2, average="samples"),
    "jaccard-samples": lambda t, o: skm.jaccard_score(t, o, average="samples"),
    "subset-accuracy": skm.accuracy_score,
    "hamming-loss": skm.hamming_loss,
}
SCORES = {
    "auc-macro": lambda t, o: skm.roc_auc_score(t, o, average="macro"),
    "average-precision": lambda t, o: skm.average_precision_score(t, o, average="macro"),
    "ranking-precision": skm.label_ranking_average_precision_score,
    "log-loss": lambda t, o: np.mean([skm.log_loss(t[:, k], o[:, k], labels=[0, 1]) for k in range(t.shape[1])]),
    "brier": lambda t, o: np.mean([skm.brier_score_loss(t[:, k], o[:, k]) for k in range(t.shape[1])]),
}


@pytest.mark.parametrize("name", LABELS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), rare=st.sampled_from([0.0, 0.1, 0.5]))
def test_decisions_are_scored_as_in_scikit_learn(name, seed, rare):
    rng = np.random.default_rng(seed)
    truth, output = ((rng.random((12, 4)) < [0.5, 0.3, 0.6, rare]).astype(int) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where it makes a value up
        expected = LABELS[name](truth, output)
    found = get(name).call(truth, output)
    if np.isfinite(found):  # undefined where no row has any label
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", SCORES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_probabilities_are_scored_as_in_scikit_learn(name, seed):
    rng = np.random.default_rng(seed)
    truth = np.vstack([np.eye(4, dtype=int), (rng.random((12, 4)) < 0.4).astype(int)])
    output = np.round(rng.uniform(0.05, 0.95, truth.shape), 1)  # with ties
    assert get(name).call(truth, output) == pytest.approx(SCORES[name](truth, output), abs=1e-9)


def test_a_label_that_no_row_has_is_left_out_of_the_mean_auc():
    truth = np.array([[1, 0], [0, 0], [1, 0]])
    output = np.array([[0.9, 0.5], [0.1, 0.4], [0.8, 0.1]])
    assert get("auc-macro").call(truth, output) == 1.0


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("exact match ratio", "subset-accuracy"),
        ("Hamming loss", "hamming-loss"),
        ("samples F1", "f1-samples"),
        ("mean column-wise AUC", "auc-macro"),
        ("mean column-wise log loss", "log-loss"),
        ("LRAP", "ranking-precision"),
    ],
)
def test_metrics_of_sets_are_found_as_people_write_them(written, name):
    assert get(written).name == name


def test_the_weight_of_recall_can_be_told():
    truth, output = np.array([[1, 1, 0]]), np.array([[1, 0, 0]])
    assert bound(get("fbeta-samples"), {"beta": 1.0})(truth, output) == pytest.approx(2 / 3)
    assert bound(get("fbeta-samples"), {})(truth, output) == pytest.approx(5 * 1 / (4 * 2 + 1))


def test_metrics_of_sets_refuse_codes_and_matrices_of_another_shape():
    for metric in METRICS:
        if metric.sets == "only" and metric.eats == "labels":
            with pytest.raises(ValueError, match="shape"):
                metric.call(np.array([0, 1]), np.array([0, 1]))
            with pytest.raises(ValueError, match="shape"):
                metric.call(np.eye(3), np.ones((3, 2)))
