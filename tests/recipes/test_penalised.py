import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import ElasticNet, HuberRegressor, PoissonRegressor, Ridge

from modelwright.recipes.penalised import PenalisedValues


def columns(rows: int = 400, width: int = 4) -> "np.ndarray":
    return np.random.default_rng(0).normal(size=(rows, width))


def test_counts_that_multiply_take_a_poisson_regression() -> None:
    X = columns()
    y = np.random.default_rng(1).poisson(np.exp(1.2 * X[:, 0] + X[:, 1])).astype(float)
    model = PenalisedValues().fit(X, y)
    assert isinstance(model.models_[0][0], PoissonRegressor)
    assert model.predict(X).min() >= 0


def test_an_exponential_does_not_run_away() -> None:
    X = columns()
    y = np.random.default_rng(1).poisson(np.exp(1.2 * X[:, 0] + X[:, 1])).astype(float)
    found = PenalisedValues().fit(X, y).predict(np.full((1, 4), 300.0))
    assert found[0] == pytest.approx(2 * y.max())


def test_outliers_take_hubers_loss_where_the_absolute_error_counts() -> None:
    X, rng = columns(), np.random.default_rng(2)
    y = X[:, 0] + np.where(rng.random(400) < 0.1, 200 * rng.normal(size=400), 0.01 * rng.normal(size=400))
    model = PenalisedValues(loss="absolute").fit(X, y)
    assert isinstance(model.models_[0][0], HuberRegressor)
    assert np.median(np.abs(model.predict(X) - X[:, 0])) < 0.2


def test_few_telling_columns_among_many_take_an_elastic_net() -> None:
    X = columns(100, 400)
    model = PenalisedValues().fit(X, 5 * X[:, 0] - 5 * X[:, 1])
    assert isinstance(model.models_[0][0], ElasticNet)


def test_noise_takes_the_strongest_penalty() -> None:
    model = PenalisedValues().fit(columns(60, 40), np.random.default_rng(3).normal(size=60)).models_[0][0]
    assert getattr(model, "alpha", 0) >= 0.1
    assert not isinstance(model, Ridge) or model.alpha > 3


def test_a_penalty_that_is_given_is_kept() -> None:
    X = columns()
    assert PenalisedValues(penalty=7.0).fit(X, X[:, 0]).models_[0][0].alpha == 21.0


def test_sparse_columns_and_several_targets_are_no_trouble() -> None:
    X = columns()
    y = np.column_stack([X[:, 0], np.exp(2 * X[:, 1])])
    found = PenalisedValues().fit(sparse.csr_matrix(X), y).predict(sparse.csr_matrix(X))
    assert found.shape == y.shape
    assert np.abs(found[:, 0] - y[:, 0]).max() < 0.2
