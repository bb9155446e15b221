import numpy as np

from modelwright.kinds.confusion import confusion
from modelwright.kinds.weights import tune_weights
from modelwright.metrics import counts


def world(rows, seed):
    generator = np.random.default_rng(seed)
    logits = 1.2 * generator.normal(size=(rows, 4)) + np.array([2.0, 1.0, 0.0, -1.0])
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (probabilities.cumsum(axis=1) > generator.random((rows, 1))).argmax(axis=1), probabilities


def test_weights_pay_on_new_rows():
    new_truth, new = world(20_000, seed=1)
    for metric in (counts.f1_macro, counts.balanced_accuracy):
        weights = tune_weights(*world(800, seed=2), metric)
        tuned = metric(confusion(new_truth, (new * weights).argmax(axis=1)))
        assert tuned > metric(confusion(new_truth, new.argmax(axis=1))) + 0.02


def test_balanced_accuracy_raises_rare_classes():
    weights = tune_weights(*world(2000, seed=3), counts.balanced_accuracy)
    assert (np.diff(weights) > 0).all()


def test_an_undefined_metric_leaves_all_classes_alike():
    truth, probabilities = world(50, seed=4)
    weights = tune_weights(truth, probabilities, lambda c: np.full(c.shape[:-2], np.nan))
    assert (weights == 1).all()
