import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as skm

from modelwright.metrics import errors

SAME = {
    "mse": skm.mean_squared_error,
    "rmse": skm.root_mean_squared_error,
    "mae": skm.mean_absolute_error,
    "median_absolute_error": skm.median_absolute_error,
    "max_error": skm.max_error,
    "msle": skm.mean_squared_log_error,
    "rmsle": skm.root_mean_squared_log_error,
    "mape": skm.mean_absolute_percentage_error,
    "r2": skm.r2_score,
    "explained_variance": skm.explained_variance_score,
    "poisson_deviance": skm.mean_poisson_deviance,
    "gamma_deviance": skm.mean_gamma_deviance,
    "quantile_loss": skm.mean_pinball_loss,
    "pearson": lambda t, o: np.corrcoef(t, o)[0, 1],
    "tweedie_deviance": lambda t, o: skm.mean_tweedie_deviance(t, o, power=1.5),
    "kendall": lambda t, o: stats.kendalltau(t, o).statistic,
    "mdape": lambda t, o: np.median(np.abs(t - o) / t),
    "mae_log": lambda t, o: skm.mean_absolute_error(np.log(t), np.log(o)),
    "log_cosh": lambda t, o: np.log(np.cosh(t - o)).mean(),
    "spearman": lambda t, o: stats.spearmanr(t, o).statistic,
    "nrmse": lambda t, o: skm.root_mean_squared_error(t, o) / t.std(),
}


def world(seed, columns=None):
    generator = np.random.default_rng(seed)
    shape = (30,) if columns is None else (30, columns)
    return np.round(generator.gamma(2.0, size=shape), 1) + 0.1, np.round(generator.gamma(2.0, size=shape), 1) + 0.1


@pytest.mark.parametrize("name", SAME)
@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_errors_are_those_of_scikit_learn_and_scipy(name, seed):
    truth, output = world(seed)
    assert getattr(errors, name)(truth, output) == pytest.approx(SAME[name](truth, output))


@pytest.mark.parametrize("name", SAME)
def test_several_targets_are_averaged_column_by_column(name):
    truth, output = world(3, columns=3)
    measure = getattr(errors, name)
    assert measure(truth, output) == pytest.approx(np.mean([measure(truth[:, k], output[:, k]) for k in range(3)]))


def test_a_table_by_hand():
    truth, output = np.array([1.0, 0.0, 4.0]), np.array([3.0, 0.0, 4.0])
    assert errors.smape(truth, output) == pytest.approx(100 * (2 * 2 / 4 + 0 + 0) / 3)
    assert errors.wape(truth, output) == pytest.approx(2 / 5)
    assert errors.rmspe(truth, output) == pytest.approx(np.sqrt((2.0**2 + 0) / 2))
    assert errors.rmse_log(np.array([1.0, np.e]), np.array([np.e, np.e])) == pytest.approx(np.sqrt(0.5))
    assert errors.huber(np.array([0.0, 0.0]), np.array([0.5, 3.0])) == pytest.approx((0.125 + 2.5) / 2)
    assert errors.quantile_loss(np.array([0.0, 2.0]), np.array([1.0, 1.0]), alpha=0.9) == pytest.approx(0.5)
    assert errors.concordance(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])) == pytest.approx(4 / 7)


def test_zero_truth_and_zero_deviance():
    assert errors.poisson_deviance(np.array([0.0]), np.array([0.5])) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "truth", "output"),
    [
        ("rmsle", [0.0, 1.0], [-1.0, 1.0]),
        ("rmse_log", [1.0, 1.0], [0.0, 1.0]),
        ("poisson_deviance", [1.0, 1.0], [0.0, 1.0]),
        ("gamma_deviance", [0.0, 1.0], [1.0, 1.0]),
        ("r2", [1.0, 1.0], [0.0, 1.0]),
        ("pearson", [1.0, 1.0], [0.0, 1.0]),
        ("mae", [], []),
    ],
)
def test_undefined_scores_are_nan(name, truth, output):
    assert np.isnan(getattr(errors, name)(np.array(truth), np.array(output)))


def test_constant_predictions_correlate_with_nothing():
    assert errors.pearson(np.array([1.0, 2.0, 3.0]), np.full(3, 7.7)) == 0.0
    assert errors.spearman(np.array([1.0, 2.0, 3.0]), np.full(3, 7.7)) == 0.0


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="shape"):
        errors.rmse(np.zeros(3), np.zeros((3, 1)))


@given(st.integers(0, 10_000))
def test_the_concordance_index_counts_pairs_in_the_right_order(seed):
    truth, output = world(seed)
    pairs = [(i, j) for i in range(30) for j in range(30) if truth[i] < truth[j]]
    right = sum(1.0 if output[i] < output[j] else 0.5 if output[i] == output[j] else 0.0 for i, j in pairs)
    assert errors.concordance_index(truth, output) == pytest.approx(right / len(pairs))


def test_the_normalized_gini_of_yes_and_no_is_twice_the_auc_less_one():
    generator = np.random.default_rng(0)
    truth = (generator.random(300) < 0.2).astype(float)
    output = truth + generator.normal(size=300)
    assert errors.normalized_gini(truth, output) == pytest.approx(2 * skm.roc_auc_score(truth, output) - 1)


def test_a_value_is_within_tolerance_up_to_its_edge_and_an_absolute_one_wins():
    truth, output = np.array([100.0, 100.0, -50.0, 10.0]), np.array([110.0, 110.1, -46.0, 11.5])
    assert errors.within(truth, output) == pytest.approx(0.5)
    assert errors.within(truth, output, absolute=2.0) == pytest.approx(0.25)


def test_log_cosh_of_a_huge_error_is_its_size_and_no_overflow():
    assert errors.log_cosh(np.array([0.0]), np.array([1e6])) == pytest.approx(1e6, rel=1e-6)
