import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright import plugins
from modelwright.kinds.losses import losses, name, tempered


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


def drawn(rows: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances (rows, classes) that are true, none of them very small, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    chances = 0.9 * rng.dirichlet(np.ones(classes), rows) + 0.1 / classes
    return chances, np.array([rng.choice(classes, p=row) for row in chances])


def sure(chances: np.ndarray, factor: float) -> np.ndarray:
    """The same chances with their logits multiplied."""
    raised = chances**factor
    return raised / raised.sum(axis=1, keepdims=True)


@given(factor=st.floats(0.2, 3), classes=st.integers(2, 5))
def test_how_sure_chances_are_makes_no_difference_once_they_are_tempered(factor: float, classes: int) -> None:
    chances, codes = drawn(200, classes, classes)
    kind = plugins.load("kinds", "binary" if classes == 2 else "multiclass")
    plain = losses(kind, tempered(kind, chances, codes), codes).mean()
    assert losses(kind, tempered(kind, sure(chances, factor), codes), codes).mean() == pytest.approx(plain, rel=1e-3)


def test_tempered_chances_lose_least() -> None:
    chances, codes = drawn(3000, 4, 0)
    kind = plugins.load("kinds", "multiclass")
    found = tempered(kind, sure(chances, 3.0), codes)
    assert np.abs(found - chances).max() < 0.1
    least = min(losses(kind, sure(chances, f), codes).mean() for f in np.geomspace(0.2, 5, 200))
    assert losses(kind, found, codes).mean() == pytest.approx(least, abs=1e-4)
    assert (found.argmax(axis=1) == chances.argmax(axis=1)).all()


def test_one_temperature_for_all_labels_of_a_row() -> None:
    rng = np.random.default_rng(0)
    true = rng.random((2000, 3))
    marks = (rng.random(true.shape) < true).astype(int)
    odds = np.log(true / (1 - true))
    found = tempered(plugins.load("kinds", "multilabel"), 1 / (1 + np.exp(-5 * odds)), marks)
    assert np.abs(found - true).max() < 0.1


def test_values_and_chances_without_a_difference_are_left_as_they_are() -> None:
    values = np.array([[1.0], [2.0]])
    assert tempered(plugins.load("kinds", "regression"), values, values) is values
    flat = np.full((3, 2), 0.5)
    assert tempered(plugins.load("kinds", "binary"), flat, np.array([0, 1, 1])) is flat
    none = np.empty((0, 2))
    assert tempered(plugins.load("kinds", "binary"), none, np.empty(0, dtype=int)) is none


def test_a_single_row_does_not_make_chances_as_sure_as_can_be() -> None:
    found = tempered(plugins.load("kinds", "binary"), np.array([[0.4, 0.6]]), np.array([1]))
    assert np.isfinite(found).all()
    assert found[0, 1] > 0.6
