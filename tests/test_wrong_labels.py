"""The share of wrong labels, from chances that are made here."""

from typing import Any

import numpy as np
import pytest

from modelwright import wrong_labels

ROWS, CLASSES = 1500, 5


def drawn(seed: int, apart: float = 4.0) -> tuple[Any, Any]:
    """Log chances (rows, classes) as a model of the clean classes would have them, and the true classes."""
    rng = np.random.default_rng(seed)
    logits = apart * rng.normal(size=(ROWS, CLASSES))
    chances = shares(logits)
    truth = (chances.cumsum(axis=1) < rng.random((ROWS, 1))).sum(axis=1)
    return logits, np.minimum(truth, CLASSES - 1)


def shares(logits: Any) -> Any:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def flipped(truth: Any, share: float, seed: int, towards: Any = None) -> Any:
    """Some labels wrong: any other class, or one drawn by the weights (classes, classes)."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(truth)) < share
    if towards is None:
        other = (truth + rng.integers(1, CLASSES, len(truth))) % CLASSES
    else:
        other = np.array([rng.choice(CLASSES, p=towards[t]) for t in truth])
    return np.where(wrong, other, truth)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
def test_how_sure_predictions_are_makes_no_difference(share: float, factor: float) -> None:
    logits, truth = drawn(0)
    found = wrong_labels.estimate(shares(factor * logits), flipped(truth, share, 1), "predictions")
    assert found is not None
    assert abs(found.share - share) < 0.03


def test_confusions_that_are_much_more_common_than_others_are_counted_too() -> None:
    logits, truth = drawn(2)
    towards = np.full((CLASSES, CLASSES), 0.4 / (CLASSES - 2))
    towards[np.arange(CLASSES), (np.arange(CLASSES) + 1) % CLASSES] = 0.6
    np.fill_diagonal(towards, 0.0)
    found = wrong_labels.estimate(shares(logits), flipped(truth, 0.15, 3, towards), "predictions")
    assert found is not None
    assert abs(found.share - 0.15) < 0.04


def test_classes_that_overlap_much_are_not_taken_for_wrong_labels() -> None:
    logits, truth = drawn(4, apart=1.0)  # the best that can be is 57 % right
    found = wrong_labels.estimate(shares(logits), truth, "predictions")
    assert found is None or found.share < 0.03 + 2 * found.error


def test_predictions_that_know_nothing_tell_no_share() -> None:
    rng = np.random.default_rng(5)
    chances = shares(0.1 * rng.normal(size=(ROWS, 2)))
    assert wrong_labels.estimate(chances, rng.integers(0, 2, ROWS), "predictions") is None


def test_the_standard_error_is_about_how_far_estimates_scatter() -> None:
    found = []
    for seed in range(12):
        logits, truth = drawn(seed, apart=3.0)
        found.append(wrong_labels.estimate(shares(logits), flipped(truth, 0.15, seed), "predictions"))
    told = [one for one in found if one is not None]
    assert len(told) == 12
    scatter, error = np.std([one.share for one in told]), np.mean([one.error for one in told])
    assert 0.5 < scatter / error < 2


def test_rows_without_predictions_are_left_out() -> None:
    chances = np.column_stack([np.full(1000, 0.1), np.full(1000, 0.9)])
    chances[500:] = np.nan
    codes = np.where(np.arange(1000) < 500, 1, 0)
    found = wrong_labels.estimate(chances, codes, "predictions")
    assert found is None or found.share < 0.01


def test_a_few_rows_of_a_class_nobody_predicts_do_no_harm() -> None:
    logits, truth = drawn(6)
    chances = np.column_stack([shares(logits), np.zeros(ROWS)])
    codes = truth.copy()
    codes[:2] = CLASSES
    found = wrong_labels.estimate(chances, codes, "predictions")
    assert found is not None
    assert 0 <= found.share < 0.02
    assert np.isfinite(found.error)
