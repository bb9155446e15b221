import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from modelwright.metrics import tops


def one_list(rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = (generator.random(rows) < 0.3).astype(int)
    return truth, truth + generator.normal(size=rows)


@pytest.mark.parametrize("limit", [0.05, 0.1, 0.37, 1.0])
def test_partial_auc_is_that_of_scikit_learn(limit):
    truth, score = one_list()
    assert tops.partial_auc(truth, score, max_fpr=limit) == pytest.approx(roc_auc_score(truth, score, max_fpr=limit))


def test_partial_auc_above_a_recall_is_the_plain_area_there():
    truth, score = one_list()
    assert tops.partial_auc(truth, truth.astype(float), min_tpr=0.8) == pytest.approx(0.2)
    parts = [tops.partial_auc(truth, score, min_tpr=low) for low in (1e-9, 0.5, 0.8)]
    assert parts[0] == pytest.approx(roc_auc_score(truth, score))
    assert parts[0] > parts[1] > parts[2] > 0


@pytest.mark.parametrize("k", [0, 1, 5, 50])
def test_ndcg_is_that_of_scikit_learn(k):
    truth, score = one_list()
    assert tops.ndcg(truth, score, k=k) == pytest.approx(ndcg_score([truth], [score], k=k or None))


def test_map_over_whole_lists_is_the_average_precision_of_each_averaged():
    generator = np.random.default_rng(1)
    truth, score = (generator.random((40, 6)) < 0.4).astype(int), generator.random((40, 6))
    truth[:, 0] = 1
    expected = np.mean([average_precision_score(t, s) for t, s in zip(truth, score, strict=True)])
    assert tops.map_at_k(truth, score) == pytest.approx(expected)


def test_with_one_true_class_a_place_down_the_list_counts_one_over_it_and_nothing_beyond_k():
    score = np.array([[0.1, 0.6, 0.3], [0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    assert tops.map_at_k(np.array([0, 1, 2]), score) == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)
    assert tops.map_at_k(np.array([0, 1, 2]), score, k=2) == pytest.approx((0 + 1 + 1 / 2) / 3)


def test_the_top_of_a_list_is_counted_by_rows_or_by_share_and_a_tie_counts_in_parts():
    truth, score = np.array([1, 0, 1, 0, 1, 0, 0, 0, 0, 0]), np.array([9, 8, 7, 6, 5, 5, 1, 1, 1, 1.0])
    assert tops.precision_at_top(truth, score, k=4) == pytest.approx(0.5)
    assert tops.precision_at_top(truth, score, share=0.4) == pytest.approx(0.5)
    assert tops.recall_at_top(truth, score, k=4) == pytest.approx(2 / 3)
    assert tops.lift(truth, score, share=0.4) == pytest.approx(0.5 / 0.3)
    assert tops.precision_at_top(truth, score, k=5) == pytest.approx(2.5 / 5)


def test_recall_at_a_rate_of_false_alarms_or_at_a_precision_is_the_largest_that_keeps_it():
    truth, score = np.array([1, 1, 0, 1, 0, 0, 0, 1]), np.arange(8, 0, -1).astype(float)
    assert tops.recall_at_fpr(truth, score, fpr=0.0) == pytest.approx(0.5)
    assert tops.recall_at_fpr(truth, score, fpr=0.25) == pytest.approx(0.75)
    assert tops.recall_at_precision(truth, score, precision=0.75) == pytest.approx(0.75)
    assert tops.recall_at_precision(truth, score, precision=1.0) == pytest.approx(0.5)


def test_ks_is_the_largest_gap_between_the_curves():
    truth, score = one_list()
    grid = np.sort(score)[:, None]
    below = [(score[truth == c] <= grid).mean(axis=1) for c in (0, 1)]
    assert tops.ks(truth, score) == pytest.approx((below[0] - below[1]).max())


@pytest.mark.parametrize("metric", tops.TOPS, ids=lambda m: m.name)
def test_without_positives_there_is_no_score_and_no_error(metric):
    value = metric.call(np.zeros(5, dtype=int), np.arange(5.0))
    assert np.isnan(value) or value == 0.0


@given(st.integers(0, 1000))
def test_a_strictly_rising_change_of_the_scores_changes_nothing(seed):
    truth, score = one_list(40, seed)
    for metric in tops.TOPS:
        assert metric.call(truth, score) == pytest.approx(metric.call(truth, np.exp(score)), nan_ok=True)
