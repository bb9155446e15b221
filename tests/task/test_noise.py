from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.task import noise

ROWS = 3000


def table(classes: int, flipped: float, seed: int, apart: float = 3.0) -> tuple[pd.DataFrame, Any]:
    """Classes around centres of their own; some labels flipped to another class."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, ROWS)
    values = rng.normal(size=(ROWS, 8)) + apart * rng.normal(size=(classes, 8))[truth]
    wrong = rng.random(ROWS) < flipped
    labels = np.where(wrong, (truth + rng.integers(1, classes, ROWS)) % classes, truth)
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(8)]), labels


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("flipped", [0.0, 0.1, 0.2])
def test_the_share_of_flipped_labels_is_found_where_classes_are_apart(classes: int, flipped: float) -> None:
    features, labels = table(classes, flipped, seed=classes)
    found = noise.quick(features, labels, classes)
    assert found is not None
    assert abs(found.share - flipped) < 0.01 + 2.5 * found.error


def test_overlap_is_not_taken_for_much_noise() -> None:
    features, labels = table(2, 0.0, seed=1, apart=0.6)
    found = noise.quick(features, labels, 2)
    assert found is not None
    assert found.share < 0.1


def test_a_curved_border_with_a_tenth_flipped_is_told_within_five_points() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, 6))
    truth = values[:, 0] * values[:, 1] + np.sin(2 * values[:, 2]) > 0
    labels = (truth ^ (rng.random(ROWS) < 0.1)).astype(int)
    found = noise.quick(pd.DataFrame(values), labels, 2)
    assert found is not None
    assert abs(found.share - 0.1) < 0.05


def test_the_estimate_needs_rows_classes_and_columns() -> None:
    features, labels = table(2, 0.0, seed=0)
    assert noise.quick(features.head(100), labels[:100], 2) is None
    assert noise.quick(features, labels, 1) is None
    assert noise.quick(features[[]], labels, 2) is None
    assert noise.quick(features, np.where(np.arange(ROWS) < 2, 1, 0), 2) is None


def test_the_same_seed_gives_the_same_estimate() -> None:
    features, labels = table(2, 0.1, seed=3)
    assert noise.quick(features, labels, 2, seed=4) == noise.quick(features, labels, 2, seed=4)
