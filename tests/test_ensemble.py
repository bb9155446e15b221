import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.ensemble import Candidate, greedy, nested, shares, shortlist
from modelwright.interfaces import Kind
from modelwright.testing.records import plan as scripted_plan
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


def value(prediction: "Array", _folds: Sequence[int]) -> float:
    return rmse(prediction)


def rmse(prediction: "Array") -> float:
    return float(np.sqrt(np.mean((prediction - TRUTH) ** 2)))


def noisy(number: int, size: float, cost: float = 0.0) -> Candidate:
    prediction = TRUTH + np.random.default_rng(number).normal(scale=size, size=len(TRUTH))
    return Candidate(number, prediction, cost, "noisy", {0: rmse(prediction)})


def test_weights_sum_to_one_and_the_blend_beats_its_best_member() -> None:
    models = [noisy(1, 0.5), noisy(2, 0.55), noisy(3, 0.6)]
    weights = greedy(models, KIND, ASKED, value, [0])
    blend = sum(weights[c.number] * c.prediction for c in models if c.number in weights)
    assert sum(weights.values()) == pytest.approx(1)
    assert rmse(cast("Array", blend)) < 0.8 * rmse(models[0].prediction)


def test_better_models_weigh_more() -> None:
    weights = greedy([noisy(1, 0.3), noisy(2, 0.5)], KIND, ASKED, value, [0])
    assert weights[1] > weights[2] > 0


def test_a_useless_model_is_left_out() -> None:
    weights = greedy([noisy(1, 0.1), noisy(2, 9.0)], KIND, ASKED, value, [0])
    assert weights == {1: 1.0}


def test_members_that_cannot_be_refitted_in_time_are_left_out() -> None:
    cheap_first = [noisy(1, 0.3, cost=1.0), noisy(2, 0.35, cost=100.0), noisy(3, 0.4, cost=1.0)]
    assert set(greedy(cheap_first, KIND, ASKED, value, [0], afford=3.0)) == {1, 3}


def test_the_clock_ends_the_rounds() -> None:
    late = greedy([noisy(1, 0.5), noisy(2, 0.5)], KIND, ASKED, value, [0], until=time.monotonic() - 1)
    assert late in ({1: 1.0}, {2: 1.0})


@given(st.dictionaries(st.integers(1, 99), st.integers(1, 20), min_size=1))
def test_shares_sum_to_one_and_keep_the_proportions(counts: dict[int, float]) -> None:
    found = shares(counts)
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == set(counts)


def folded(number: int, family: str = "", size: float = 1.0) -> Candidate:
    """A model that knows nothing; its scores on four folds are luck."""
    prediction = np.random.default_rng(number).normal(scale=size, size=len(TRUTH))
    rows = {k: np.arange(len(TRUTH)) % 4 == k for k in range(4)}
    scores = {k: float(np.sqrt(np.mean((prediction[r] - TRUTH[r]) ** 2))) for k, r in rows.items()}
    return Candidate(number, prediction, 0.0, family, scores)


def test_the_honest_prediction_does_not_count_luck_as_skill() -> None:
    small = np.arange(120)
    truth = np.random.default_rng(1).normal(size=120)
    rows = {k: np.flatnonzero(small % 4 == k) for k in range(4)}

    def value(prediction: "Array", folds: Sequence[int]) -> float:
        own = np.concatenate([rows[k] for k in folds])
        return float(np.sqrt(np.mean((prediction[own] - truth[own]) ** 2)))

    def model(number: int) -> Candidate:
        prediction = np.random.default_rng(1000 + number).normal(size=120)
        return Candidate(number, prediction, 0.0, "luck", {k: value(prediction, [k]) for k in rows})

    _, plain, honest = nested([model(k) for k in range(200)], KIND, ASKED, value, rows)
    luck = value(plain, list(rows))
    assert luck < 0.93 * value(np.zeros(120), list(rows))
    assert value(honest, list(rows)) > luck + 0.05


def test_the_shortlist_takes_a_few_of_each_family() -> None:
    many = [folded(k, "trees", size=0.1) for k in range(20)] + [folded(99, "linear", size=3.0)]
    chosen = shortlist(many, [0, 1, 2, 3], higher_is_better=False)
    assert sum(c.family == "trees" for c in chosen) == 5
    assert any(c.family == "linear" for c in chosen)


def test_the_shortlist_of_some_folds_does_not_look_at_the_others() -> None:
    lucky = Candidate(1, TRUTH, 0.0, "any", {0: 9.0, 1: 0.0})
    steady = Candidate(2, TRUTH, 0.0, "any", {0: 1.0, 1: 1.0})
    assert shortlist([lucky, steady], [0], higher_is_better=False)[0] is steady


def test_with_repeats_no_weights_are_chosen_on_a_row_they_are_used_on() -> None:
    """The row lies in other folds of the other repeats; models are the same guess in all, so a leak would show."""
    plan = scripted_plan(4, repeats=3)
    truth = np.random.default_rng(1).normal(size=120)
    folds = [np.random.default_rng(r).permutation(np.arange(120) % 4) + 4 * r for r in range(3)]
    rows = {k: np.flatnonzero(np.concatenate(folds) == k) for k in plan.all_folds}

    def value(prediction: "Array", which: Sequence[int]) -> float:
        return float(
            np.mean([np.sqrt(np.mean((prediction[p] - truth[p % 120]) ** 2)) for p in (rows[k] for k in which)])
        )

    def model(number: int) -> Candidate:
        prediction = np.tile(np.random.default_rng(1000 + number).normal(size=120), 3)
        return Candidate(number, prediction, 0.0, "luck", {k: value(prediction, [k]) for k in rows})

    def others(k: int) -> list[int]:
        return plan.others(k, rows)

    models = [model(k) for k in range(200)]
    _, plain, honest = nested(models, KIND, ASKED, value, rows, others=others)
    leaky = nested(models, KIND, ASKED, value, rows)[2]  # as if all other folds held other rows
    promised, said, believed = (value(p, list(rows)) for p in (plain, honest, leaky))
    assert said > promised + 0.05
    assert believed < said - 0.03
