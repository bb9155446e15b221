import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.ranks import Ranks
from modelwright.interfaces import Feature
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem

RNG = np.random.default_rng(0)
SHAPES = {
    "exponential": RNG.exponential(size=2000),
    "wealth": np.exp(2 * RNG.normal(size=2000)),
    "falling": -RNG.exponential(size=2000),
    "mostly zero": np.where(RNG.random(2000) < 0.9, 0.0, RNG.exponential(size=2000)),
}
EVEN = {"normal": RNG.normal(size=2000), "uniform": RNG.random(2000), "flags": (RNG.random(2000) < 0.1).astype(float)}


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return Ranks()


def profiled(values: np.ndarray) -> Profile:
    q1, q2, q3 = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    low, high, distinct = float(values.min()), float(values.max()), len(np.unique(values))
    column = Column(name="x", role=Role.NUMBER, low=low, high=high, quartiles=(q1, q2, q3), distinct=distinct)
    return Profile(rows=len(values), test_rows=0, columns=(column,))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_tail_is_wanted_and_drawn_in(shape: str) -> None:
    values = SHAPES[shape]
    assert Ranks.applies(problem(), profiled(values)) is None
    made = Ranks().fit_transform(pd.DataFrame({"x": values}))["x"]
    assert np.abs(made).max() < 4
    assert (np.diff(made.to_numpy()[np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("shape", EVEN)
def test_other_shapes_are_left_alone(shape: str) -> None:
    table = pd.DataFrame({"x": EVEN[shape]})
    assert Ranks.applies(problem(), profiled(EVEN[shape])) == "no number column is skewed"
    pd.testing.assert_frame_equal(Ranks().fit_transform(table), table)


def test_scores_are_normal() -> None:
    made = Ranks().fit_transform(pd.DataFrame({"x": SHAPES["wealth"]}))["x"]
    np.testing.assert_allclose(made.quantile([0.025, 0.5, 0.975]), [-1.96, 0, 1.96], atol=0.02)
    np.testing.assert_allclose(made.std(), 1, atol=0.02)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    values = SHAPES["mostly zero"]
    made = Ranks().fit_transform(pd.DataFrame({"x": values}))["x"][values == 0].unique()
    share = (values == 0).mean() / 2
    assert len(made) == 1
    from statistics import NormalDist

    np.testing.assert_allclose(made[0], NormalDist().inv_cdf(share))


def test_new_values_are_interpolated_and_those_outside_clipped() -> None:
    values = SHAPES["wealth"]
    step = Ranks().fit(pd.DataFrame({"x": values}))
    low, high = values.min(), values.max()
    middle = float(np.median(values))
    new = pd.DataFrame({"x": [-np.inf, low - 1, low, middle, high, 10 * high, np.inf, np.nan]})
    made = step.transform(new)["x"].to_numpy()
    assert made[0] == made[1] == made[2] < made[3] < made[4] == made[5] == made[6]
    assert abs(made[3]) < 0.01
    assert np.isnan(made[7])


def test_columns_keep_their_places() -> None:
    table = pd.DataFrame({"a": EVEN["normal"], "x": SHAPES["wealth"], "b": EVEN["uniform"]})
    assert list(Ranks().fit_transform(table).columns) == ["a", "x", "b"]


def test_columns_without_values_or_of_few_are_declined() -> None:
    table = pd.DataFrame({"never": [np.nan] * 60, "endless": [np.inf] * 60, "few": [0.0] * 58 + [1.0, 90.0]})
    step = Ranks().fit(table)
    assert step.declined_ == (
        "ranks: never has no finite value.",
        "ranks: endless has no finite value.",
        "ranks: few is skewed, but takes 3 values only.",
    )
    pd.testing.assert_frame_equal(step.transform(table), table)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=80), st.floats())
def test_scores_are_finite_or_missing(values: list[float], new: float) -> None:
    table = pd.DataFrame({"x": np.concatenate([SHAPES["wealth"][:60], values])})
    step = Ranks().fit(table)
    assert "x" in step.maps_
    for made in (step.transform(table)["x"], step.transform(pd.DataFrame({"x": [new]}))["x"]):
        assert (made.isna() | (made.abs() < 5)).all()
