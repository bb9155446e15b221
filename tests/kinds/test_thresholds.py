import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.kinds import thresholds
from modelwright.kinds.confusion import confusion
from modelwright.metrics import counts


def world(rows, seed, shift=-1.5):
    generator = np.random.default_rng(seed)
    score = 1 / (1 + np.exp(-(1.3 * generator.normal(size=rows) + shift)))
    return (generator.random(rows) < score).astype(np.int64), score


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=40))
def test_cumulated_counts_are_those_of_each_threshold(rows):
    truth, score = np.array(rows).T
    edges = thresholds.candidates(score / 6, 0.5)
    heights = np.array(
        [
            np.bincount(np.searchsorted(edges, score[truth == c] / 6, side="right"), minlength=len(edges) + 1)
            for c in (0, 1)
        ]
    )
    for edge, found in zip(edges, thresholds.counts_above(heights), strict=True):
        assert (found == confusion(truth, (score / 6 >= edge).astype(int))).all()


def test_a_rare_class_gets_a_lower_threshold_for_f1_that_also_pays_on_new_rows():
    truth, score = world(600, seed=1)
    threshold = thresholds.tune(truth, score, counts.f1, 0.5, sure=False)
    new_truth, new_score = world(20_000, seed=2)
    tuned, plain = (counts.f1(confusion(new_truth, new_score >= t)) for t in (threshold, 0.5))
    assert threshold < 0.45
    assert tuned > plain + 0.05


def test_calibrated_probabilities_keep_one_half_for_accuracy():
    kept = [thresholds.tune(*world(400, seed), counts.accuracy, 0.5, sure=True) == 0.5 for seed in range(20)]
    assert sum(kept) >= 17


def test_badly_calibrated_probabilities_get_another_threshold_for_accuracy():
    truth, score = world(3000, seed=3, shift=0.0)
    assert thresholds.tune(truth, score**4, counts.accuracy, 0.5, sure=True) < 0.25


def test_the_default_stays_where_scores_are_constant_or_the_metric_is_undefined():
    truth = np.array([0, 1, 0, 1])
    assert thresholds.tune(truth, np.full(4, 0.3), counts.f1, 0.5, sure=False) in (0.3, 0.5)
    assert thresholds.tune(truth, np.linspace(0, 1, 4), lambda c: np.full(c.shape[:-2], np.nan), 0.5, sure=False) == 0.5


def test_a_metric_about_which_nothing_is_known_is_tried_by_calling_it():
    truth, score = world(800, seed=4)

    def misses(t, o):
        return float(((t == 1) & (o == 0)).sum() * 10 + ((t == 0) & (o == 1)).sum())

    assert thresholds.from_calls(truth, score, misses, 0.5, higher_is_better=False) == pytest.approx(1 / 11, abs=0.08)
