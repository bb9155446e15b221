"""What more rows are said to bring."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.chapters.outlook import delivered, expected
from modelwright.records.experiment import Score


def materials(*, higher: bool = True, eats: str = "probabilities") -> Any:
    return SimpleNamespace(
        problem=SimpleNamespace(higher_is_better=higher), metric=SimpleNamespace(eats=eats), workspace=None
    )


CV = Score(value=0.7, error=0.01)


@given(
    start=st.floats(0.3, 0.6),
    slope=st.floats(0.0, 0.02),
    part=st.integers(50, 5_000),
    whole=st.floats(1.2, 3.0),
    every=st.floats(1.1, 2.0),
    higher=st.booleans(),
)
def test_a_score_that_goes_with_the_logarithm_of_the_rows_is_foretold(
    start: float, slope: float, part: int, whole: float, every: float, higher: bool
) -> None:
    rows = (part, round(part * whole), round(part * whole * every))
    sign = 1 if higher else -1
    scores = [start + sign * slope * math.log(n / part) for n in rows]
    step = sign * (scores[1] - scores[0])
    found = expected(Score(value=scores[1], error=0.01), materials(higher=higher), step, 0.001, rows)
    assert found.value == pytest.approx(scores[2])
    assert found.error >= 0.01


def test_fewer_rows_that_did_better_are_taken_for_noise() -> None:
    found = expected(CV, materials(), -0.02, 0.01, (500, 720, 1000))
    assert found.value == CV.value
    assert found.error > CV.error


def test_the_error_grows_with_the_step_that_is_carried_on() -> None:
    small, large = (expected(CV, materials(), step, 0.001, (500, 720, 1000)) for step in (0.001, 0.1))
    assert small.error < large.error


@pytest.mark.parametrize(("higher", "value"), [(True, 0.99), (False, 0.01)])
def test_no_score_is_foretold_that_cannot_be(higher: bool, value: float) -> None:
    found = expected(Score(value=value, error=0.001), materials(higher=higher), 0.1, 0.001, (500, 720, 1000))
    assert 0 <= found.value <= 1


def test_what_is_fitted_on_no_more_rows_is_expected_to_score_as_estimated() -> None:
    assert expected(CV, materials(), 0.05, 0.01, (500, 720, 720)).value == CV.value
    assert expected(CV, materials(), 0.05, 0.01, (0, 0, 720)).value == CV.value


def test_what_could_not_be_refitted_gains_nothing_by_all_rows() -> None:
    whole = expected(CV, materials(), 0.05, 0.01, (500, 720, 1000))
    half = delivered(whole, CV, materials(), 0.5)
    assert half
    assert half.told == pytest.approx(whole.told / 2)
    assert delivered(whole, CV, materials(), 0.0) is None
    assert delivered(None, CV, materials(), 1.0) is None
