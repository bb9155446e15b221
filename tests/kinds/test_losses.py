import numpy as np
import pytest

from modelwright import plugins
from modelwright.kinds.losses import losses, name


def test_rows_lose_by_what_they_give_to_the_truth() -> None:
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]])
    found = losses(plugins.load("kinds", "binary"), shares, np.array([0, 0, 1]))
    assert found == pytest.approx([-np.log(0.9), -np.log(0.2), -np.log(1e-6)])


def test_labels_and_targets_of_a_row_are_averaged() -> None:
    chances, marks = np.array([[0.9, 0.5]]), np.array([[1, 0]])
    assert losses(plugins.load("kinds", "multilabel"), chances, marks) == pytest.approx([-np.log(0.45) / 2])
    values, wanted = np.array([[1.0, 2.0]]), np.array([[3.0, 2.0]])
    assert losses(plugins.load("kinds", "regression"), values, wanted).tolist() == [2.0]


def test_masks_have_no_losses() -> None:
    assert name(plugins.load("kinds", "segmentation")) == ""
    assert name(plugins.load("kinds", "ordinal")) == "squared error"
