import numpy as np
import pandas as pd
import pytest

from modelwright.recipes import kernels
from modelwright.recipes.kernel import MOST, KernelRidge
from modelwright.recipes.kernels import KernelClassifier, KernelRegressor
from modelwright.testing.contracts import example


def table(rows: int = 300) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(size=(rows, 3)), columns=list("abc"))


def test_a_smooth_answer_is_found_nearly_exactly() -> None:
    X = table(600)
    y = np.sin(2 * X["a"].to_numpy()) + X["b"].to_numpy()
    found = KernelRegressor().fit(X[:500], y[:500]).predict(X[500:])
    assert np.sqrt(np.mean((found - y[500:]) ** 2)) < 0.15 * y.std()


def test_answers_left_out_are_those_of_a_fit_without_the_row() -> None:
    rng = np.random.default_rng(1)
    scaled, target = rng.normal(size=(40, 2)), rng.normal(size=(40, 1))
    kernel = kernels._fall(np.sqrt(kernels.squared(scaled, scaled)), "laplace")
    errors = []
    for row in range(40):
        rest = np.arange(40) != row
        answer = np.linalg.solve(kernel[np.ix_(rest, rest)] + 0.3 * np.eye(39), target[rest])
        errors.append((target[row] - kernel[row, rest] @ answer) ** 2)
    assert kernels._left_out(kernel, target, 0.3)[0] == pytest.approx(float(np.mean(errors)), rel=1e-6)


def test_many_rows_are_told_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "EXACT", 200)
    monkeypatch.setattr(kernels, "CENTRES", 150)
    X = table(600)
    y = np.sin(2 * X["a"].to_numpy())
    model = KernelRegressor().fit(X, y)
    assert len(model.machines_[0].centres) == 150
    assert np.sqrt(np.mean((model.predict(X) - y) ** 2)) < 0.15


def test_probabilities_are_those_of_rows_that_were_left_out() -> None:
    X, rng = table(), np.random.default_rng(2)
    chance = KernelClassifier().fit(X, rng.integers(0, 2, len(X))).predict_proba(X)[:, 1]
    assert 0.2 < chance.min() < chance.max() < 0.8  # of pure noise, nothing is certain


def test_too_many_rows_are_declined_with_a_reason() -> None:
    case = example()
    reason = KernelRidge().applies(case.problem, case.profile.model_copy(update={"rows": MOST + 1}))
    assert reason is not None
    assert "12,001" in reason
