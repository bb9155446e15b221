import numpy as np

from modelwright import plugins
from modelwright.ensemble import fitted
from modelwright.ensemble.fitted import fit, loss

RNG = np.random.default_rng(0)
NUMBER, CLASSES = plugins.load("kinds", "regression"), plugins.load("kinds", "multiclass")


def test_values_get_back_the_weights_they_were_made_with() -> None:
    table = RNG.normal(size=(3, 5000))
    target = 2.0 + 0.9 * table[0] + 0.3 * table[2] + 0.1 * RNG.normal(size=5000)
    found = fit(NUMBER, list(table), target)
    np.testing.assert_allclose(np.array(found.weights) * found.scale, [0.9, 0.0, 0.3], atol=0.02)
    np.testing.assert_allclose(found.shift, [2.0], atol=0.02)


def test_no_weight_is_negative_and_together_they_are_one() -> None:
    first = RNG.normal(size=500)
    table = [first, first + 0.1 * RNG.normal(size=500), -first, RNG.normal(size=500)]
    found = fit(NUMBER, table, 2 * first - table[1])
    assert min(found.weights) >= 0
    assert abs(sum(found.weights) - 1) < 1e-9


def test_several_targets_share_weights_and_have_a_shift_each() -> None:
    table = RNG.normal(size=(2, 3000, 2))
    target = 0.7 * table[0] + 0.3 * table[1] + np.array([1.0, -2.0])
    found = fit(NUMBER, list(table), target)
    np.testing.assert_allclose(np.array(found.weights) * found.scale, [0.7, 0.3], atol=0.01)
    np.testing.assert_allclose(found.shift, [1.0, -2.0], atol=0.01)


def test_the_temperature_of_overconfident_shares_is_found() -> None:
    logits = RNG.normal(size=(8000, 4))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = np.array([RNG.choice(4, p=p) for p in chances])
    sure = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)
    found = fit(CLASSES, [sure], codes)
    assert abs(found.scale - 1 / 3) < 0.02
    assert np.abs(found.shift).max() < 0.1


def test_members_of_no_use_are_averaged_as_they_are() -> None:
    target = np.arange(40.0)
    assert fit(NUMBER, [-target, -target], target) == fitted.Fit((0.5, 0.5), 1.0, ())


def test_very_many_rows_are_thinned() -> None:
    assert len(fitted._thinned(10_000_000, 2)) == fitted.NUMBERS // 2
    assert len(fitted._thinned(100, 2)) == 100


def test_losses_are_log_loss_and_squared_error() -> None:
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
    assert abs(loss(CLASSES, shares, np.array([0, 2])) + np.log([0.5, 0.6]).mean()) < 1e-9
    assert loss(NUMBER, np.array([1.0, 2.0]), np.array([1.0, 4.0])) == 2.0
    sets = plugins.load("kinds", "multilabel")
    assert abs(loss(sets, np.array([[0.9, 0.2]]), np.array([[1, 0]])) + np.log([0.9, 0.8]).mean()) < 1e-9
