from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from modelwright import plugins
from modelwright.ensemble.candidates import Candidate
from modelwright.ensemble.worth import contributions
from modelwright.testing.records import problem

if TYPE_CHECKING:
    from modelwright.interfaces import Array

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=3000)
KIND, ASKED = plugins.load("kinds", "regression"), problem(kind="regression", metric="rmse", higher_is_better=False)
SHARED = RNG.normal(size=3000)  # an error that several models make


def model(number: int, error: "Array") -> Candidate:
    return Candidate(number, TRUTH + error, 0.0, "any", {})


def worth(models: Sequence[Candidate], weights: dict[int, float]) -> dict[int, float]:
    return contributions(
        models, weights, KIND, ASKED, lambda p: -float(np.sqrt(np.mean((cast("Array", p) - TRUTH) ** 2)))
    )


def test_a_model_that_errs_elsewhere_is_worth_more_than_a_better_one_that_errs_alike() -> None:
    alike, differs = model(2, 0.95 * SHARED), model(3, 1.2 * RNG.normal(size=3000))
    found = worth([model(1, SHARED), alike, differs], {1: 1.0})
    assert found[3] > 2 * found[2] > 0


def test_a_useless_model_is_worth_nothing() -> None:
    assert worth([model(1, 0.1 * SHARED), model(2, 50 * RNG.normal(size=3000))], {1: 1.0})[2] == 0.0


def test_a_member_is_worth_what_is_lost_without_it() -> None:
    own, other = RNG.normal(size=3000), RNG.normal(size=3000)
    found = worth([model(1, own), model(2, other)], {1: 0.5, 2: 0.5})
    assert 0.2 < found[1] < 0.4
    assert 0.2 < found[2] < 0.4


def test_a_member_that_stands_alone_has_no_worth_beside_itself() -> None:
    assert worth([model(1, SHARED)], {1: 1.0}) == {1: 0.0}
