from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright import plugins
from modelwright.kinds import mixing
from modelwright.records.answer import Mixing
from modelwright.testing.records import problem

if TYPE_CHECKING:
    from modelwright.interfaces import Array

ASKED = problem()
CHANCES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30).map(np.array)


def two(chances: Any) -> "Array":
    positive = np.asarray(chances, dtype=np.float64)
    return np.column_stack([1 - positive, positive])


def shares(rows: int, classes: int = 3, seed: int = 0) -> "Array":
    raised = np.exp(np.random.default_rng(seed).normal(size=(rows, classes)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("kind", "prediction"),
    [
        ("binary", two([0.1, 0.5, 0.9])),
        ("multiclass", shares(5)),
        ("multilabel", np.array([[0.2, 0.9, 0.5]])),
        ("regression", np.array([3.0, -1.0])),
        ("regression", np.array([[3.0, -1.0]])),
        ("ordinal", np.array([2.5])),
    ],
)
def test_numbers_stand_for_the_prediction_they_come_from(kind: str, prediction: "Array") -> None:
    made = plugins.load("kinds", kind)
    again = mixing.from_numbers(made, mixing.numbers(made, prediction), prediction)
    np.testing.assert_allclose(again, prediction, atol=1e-9)


def test_masks_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="no numbers"):
        mixing.numbers(plugins.load("kinds", "segmentation"), np.array([None], dtype=object))


@given(CHANCES, CHANCES)
def test_a_blend_is_a_well_formed_prediction_in_every_space(first: "Array", second: "Array") -> None:
    rows = min(len(first), len(second))
    predictions = [two(first[:rows]), two(second[:rows])]
    kind, ranks = plugins.load("kinds", "binary"), {1: mixing.quantiles(first), 2: mixing.quantiles(second)}
    for mixed in (
        Mixing(),
        Mixing(space="logit", scale=1.5, shift=(0.3,)),
        Mixing(scale=0.5, shift=(-1.0,)),
        Mixing(space="rank", ranks=ranks),
    ):
        found = mixing.mix(kind, predictions, [0.25, 0.75], ASKED, mixed, [1, 2])
        assert kind.check(found, rows, ASKED) is None, mixed


def test_a_mean_of_logits_is_the_geometric_mean() -> None:
    first, second = shares(6, seed=1), shares(6, seed=2)
    found = mixing.mix(plugins.load("kinds", "multiclass"), [first, second], [0.5, 0.5], ASKED, Mixing(space="logit"))
    expected = np.sqrt(first * second)
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True))


def test_a_scale_of_one_half_is_a_temperature_of_two() -> None:
    prediction = shares(6)
    found = mixing.adjust(plugins.load("kinds", "multiclass"), prediction, Mixing(scale=0.5))
    np.testing.assert_allclose(found, np.sqrt(prediction) / np.sqrt(prediction).sum(axis=1, keepdims=True))


@given(CHANCES)
def test_ranks_of_one_model_keep_its_order(chances: "Array") -> None:
    known = np.random.default_rng(0).beta(0.5, 2, size=2000)
    found = mixing.rank(chances, mixing.quantiles(known))
    order = np.argsort(chances, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_a_row_has_the_same_rank_alone_and_among_others() -> None:
    chances, quantiles = np.random.default_rng(0).random(50), mixing.quantiles(np.random.default_rng(1).random(900))
    alone = [mixing.rank(chances[k : k + 1], quantiles)[0] for k in range(50)]
    np.testing.assert_array_equal(mixing.rank(chances, quantiles), alone)


def test_chances_beyond_those_seen_are_told_apart() -> None:
    quantiles = mixing.quantiles(np.linspace(0.3, 0.6, 500))
    found = mixing.rank(np.array([0.0, 0.1, 0.3, 0.6, 0.8, 1.0]), quantiles)
    assert (np.diff(found) > 0).all()


def test_chances_that_were_all_the_same_have_a_rank_in_the_middle() -> None:
    assert mixing.rank(np.array([0.4]), mixing.quantiles(np.full(100, 0.4)))[0] == pytest.approx(0.5)


def test_columns_with_weights_of_their_own_do_without_a_member_that_is_not_there() -> None:
    kind = plugins.load("kinds", "regression")
    asked = problem(kind="regression", metric="rmse", targets=("a", "b"))
    predictions = [np.full((2, 2), float(k)) for k in (1, 2, 3)]
    own = Mixing(shares={1: (0.5, 0.0), 2: (0.5, 0.0), 3: (0.0, 1.0)})
    weights = [0.25, 0.25, 0.5]
    assert mixing.mix(kind, predictions, weights, asked, own, [1, 2, 3]).tolist() == [[1.5, 3.0]] * 2
    assert mixing.mix(kind, predictions[1:], weights[1:], asked, own, [2, 3]).tolist() == [[2.0, 3.0]] * 2
    assert mixing.mix(kind, predictions[:2], [0.5, 0.5], asked, own, [1, 2]).tolist() == [[1.5, 1.5]] * 2
