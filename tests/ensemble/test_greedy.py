import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.ensemble.candidates import Candidate
from modelwright.ensemble.greedy import greedy, shares_of
from modelwright.interfaces import Kind
from modelwright.testing.records import problem

if TYPE_CHECKING:
    from modelwright.interfaces import Array

TRUTH = np.random.default_rng(0).normal(size=2000)


class Averaging:
    """A kind that can only mix."""

    def mix(self, predictions: Sequence["Array"], weights: Sequence[float], _problem: Any) -> "Array":
        return cast("Array", sum(w * p for w, p in zip(weights, predictions, strict=True)))


KIND = cast(Kind, Averaging())
ASKED = problem(kind="regression", metric="rmse", higher_is_better=False)


def goodness(prediction: "Array") -> float:
    return -rmse(prediction)


def rmse(prediction: "Array") -> float:
    return float(np.sqrt(np.mean((prediction - TRUTH) ** 2)))


def noisy(number: int, size: float, cost: float = 0.0) -> Candidate:
    prediction = TRUTH + np.random.default_rng(number).normal(scale=size, size=len(TRUTH))
    return Candidate(number, prediction, cost, "noisy", {0: rmse(prediction)})


def test_weights_sum_to_one_and_the_blend_beats_its_best_member() -> None:
    models = [noisy(1, 0.5), noisy(2, 0.55), noisy(3, 0.6)]
    weights = greedy(models, KIND, ASKED, goodness)
    blend = sum(weights[c.number] * c.prediction for c in models if c.number in weights)
    assert sum(weights.values()) == pytest.approx(1)
    assert rmse(cast("Array", blend)) < 0.8 * rmse(models[0].prediction)


def test_better_models_weigh_more() -> None:
    weights = greedy([noisy(1, 0.3), noisy(2, 0.5)], KIND, ASKED, goodness)
    assert weights[1] > weights[2] > 0


def test_a_useless_model_is_left_out() -> None:
    weights = greedy([noisy(1, 0.1), noisy(2, 9.0)], KIND, ASKED, goodness)
    assert weights == {1: 1.0}


def test_members_that_cannot_be_refitted_in_time_are_left_out() -> None:
    cheap_first = [noisy(1, 0.3, cost=1.0), noisy(2, 0.35, cost=100.0), noisy(3, 0.4, cost=1.0)]
    assert set(greedy(cheap_first, KIND, ASKED, goodness, afford=3.0)) == {1, 3}


def test_the_clock_ends_the_rounds() -> None:
    late = greedy([noisy(1, 0.5), noisy(2, 0.5)], KIND, ASKED, goodness, until=time.monotonic() - 1)
    assert late in ({1: 1.0}, {2: 1.0})


@given(st.dictionaries(st.integers(1, 99), st.integers(1, 20), min_size=1))
def test_shares_sum_to_one_and_keep_the_proportions(counts: dict[int, float]) -> None:
    found = shares_of(counts)
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == set(counts)


def test_a_model_far_behind_gets_the_small_share_in_which_it_helps() -> None:
    leader, behind = noisy(1, 0.3), noisy(2, 1.0)
    weights = greedy([leader, behind], KIND, ASKED, goodness)
    assert 0.03 < weights[2] < 0.2  # the best share is 0.09 / 1.09
    mixed = sum(weights[c.number] * c.prediction for c in (leader, behind))
    assert rmse(mixed) < 0.97 * rmse(leader.prediction)
