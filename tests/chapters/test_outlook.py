"""What more rows are said to bring."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.chapters.outlook import FEW, PART, beyond_noise, curve, expected
from modelwright.records.experiment import CURVE, Proposal, Score, Status
from modelwright.records.plan import Scheme
from modelwright.testing.records import experiment, plan


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
    found = expected(Score(value=scores[1], error=0.01), materials(higher=higher), step, 0.0, rows)
    assert found.value == pytest.approx(scores[2])
    assert found.error >= 0.01


def test_fewer_rows_that_did_better_are_taken_for_noise() -> None:
    found = expected(CV, materials(), -0.02, 0.01, (500, 720, 1000))
    assert found.value == CV.value
    assert found.error > CV.error


@given(step=st.floats(-1, 1), error=st.floats(1e-6, 1))
def test_a_gain_counts_as_far_as_it_is_beyond_noise(step: float, error: float) -> None:
    assert 0 <= beyond_noise(step, error) <= max(0.0, step)
    assert beyond_noise(step, error) <= beyond_noise(step, error / 2)
    assert beyond_noise(step, error) == 0 or step > error


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
    whole, half = (expected(CV, materials(), 0.05, 0.01, (500, 720, 1000), share) for share in (1.0, 0.5))
    assert half.told == pytest.approx(whole.told / 2)


def chosen(left: float, *, limit: int | None = None, history: int = 30, **change: Any) -> Proposal | None:
    """What is run of an answer whose heaviest member is stacked and whose next takes one second a fold."""
    tried = [experiment(k, 0.7) for k in range(1, history + 1)]
    members = [(experiment(90, 0.9, recipe="a", stack=(1,)), 0.6), (experiment(91, 0.8, recipe="b", seconds=1.0), 0.4)]
    lab: Any = SimpleNamespace(
        history=lambda: [*tried, *change.get("more", [])], budget=SimpleNamespace(interrupted=False, experiments=limit)
    )
    judged: Any = SimpleNamespace(plan=plan(scheme=change.get("scheme", Scheme.STRATIFIED)))
    return curve(lab, judged, members, left)


def test_the_heaviest_member_that_stands_on_its_own_is_run_on_a_part_of_its_rows() -> None:
    proposal = chosen(1000.0)
    assert proposal
    assert (proposal.recipe, proposal.parent, proposal.move) == ("b", 91, CURVE)
    assert (proposal.rows, proposal.folds) == (PART, (0, 1, 2, 3, 4))
    assert not proposal.for_answer


def test_there_is_one_curve_in_a_run() -> None:
    for status in (Status.DONE, Status.RUNNING, Status.FAILED):
        assert chosen(1000.0, more=[experiment(95, 0.7, status=status, move=CURVE)]) is None


@pytest.mark.parametrize(("left", "folds"), [(2.0, 1), (8.0, 2), (16.0, 4), (1e3, 5)])
def test_a_curve_is_measured_on_as_many_folds_as_there_is_time_for(left: float, folds: int) -> None:
    found = chosen(left)
    assert found
    assert len(found.folds) == folds


def test_no_curve_is_measured_where_a_fold_of_it_would_take_most_of_the_time_left() -> None:
    assert chosen(1.0) is None


def test_fewer_rows_of_a_past_are_no_curve() -> None:
    assert chosen(1000.0, scheme=Scheme.ROLLING) is None


def test_where_experiments_are_counted_a_curve_is_measured_only_if_there_are_many() -> None:
    for left in (math.inf, 1000.0):  # with and without a clock beside
        assert chosen(left, limit=FEW, history=FEW) is not None
        assert chosen(left, limit=FEW, history=FEW - 1) is None
