import numpy as np

from modelwright.kinds.confusion import confusion
from modelwright.kinds.cuts import marginal_cuts, tune_cuts
from modelwright.metrics import counts

HALFWAY = np.arange(5) + 0.5


def world(rows, seed):
    """Grades 0..5 and predictions drawn towards their mean, as those of a regression are."""
    generator = np.random.default_rng(seed)
    signal = generator.normal(size=rows)
    grade = np.digitize(signal + 0.9 * generator.normal(size=rows), [-2.6, -1.7, -0.2, 0.9, 2.2])
    return grade, 0.55 * signal + 2.45


def kappa(truth, value, cuts):
    return counts.quadratic_kappa(confusion(truth, np.searchsorted(cuts, value, side="right")))


def test_cuts_beat_rounding_on_new_rows_even_when_learnt_from_few():
    new = world(20_000, seed=1)
    for rows in (100, 1000):
        cuts = tune_cuts(*world(rows, seed=2), HALFWAY, counts.quadratic_kappa, sure=False)
        assert kappa(*new, cuts) > kappa(*new, HALFWAY) + 0.1


def test_cuts_are_ascending():
    for seed in range(5):
        cuts = tune_cuts(*world(60, seed), HALFWAY, counts.quadratic_kappa, sure=False)
        assert cuts is None or (np.diff(cuts) >= 0).all()


def test_rounding_stays_where_it_is_right():
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 6, size=500)
    assert tune_cuts(truth, truth + 0.2 * generator.normal(size=500), HALFWAY, counts.accuracy, sure=True) is None


def test_constant_predictions_give_rounding():
    truth = np.array([0, 1, 2, 3, 4, 5] * 5)
    assert tune_cuts(truth, np.full(30, 2.2), HALFWAY, counts.quadratic_kappa, sure=False) is None


def test_marginal_cuts_give_each_grade_its_share():
    truth, value = world(1000, seed=6)
    given = np.bincount(np.searchsorted(marginal_cuts(truth, value, 6), value, side="right"), minlength=6)
    assert np.abs(given - np.bincount(truth, minlength=6)).max() <= 3
