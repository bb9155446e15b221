"""Metrics that say row by row what they add up: a part of the rows scores as if it were all there was."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.interfaces import Metric, Parted
from modelwright.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from modelwright.interfaces import Array

PARTED = [metric for metric in METRICS if isinstance(metric.call, Parted)]
ROWS = 8


def masks(rng: np.random.Generator, low: int, classes: int) -> "Array":
    found = np.empty(ROWS, dtype=object)
    for k in range(ROWS):
        found[k] = rng.integers(low, classes, (4, 5)) * int(rng.random() < 0.9)
    return found


def boxes(rng: np.random.Generator, *, sure: bool) -> "Array":
    found = np.empty(ROWS, dtype=object)
    for k in range(ROWS):
        count = int(rng.integers(0, 5))
        corner = rng.integers(0, 3, (count, 2)) * 8.0 + rng.normal(0, 1, (count, 2)) * sure
        chance = [rng.integers(1, 4, count) / 4] if sure else []
        found[k] = np.column_stack([rng.integers(0, 2, count), *chance, corner, corner + 10])
    return found


def drawn(eats: str, name: str, rng: np.random.Generator) -> "tuple[Array, Array]":
    if eats == "boxes":
        return boxes(rng, sure=False), boxes(rng, sure=True)
    classes = 3 if name.endswith("-classes") else 2
    return masks(rng, -1 if classes > 2 else 0, classes), masks(rng, 0, classes)


def test_masks_and_boxes_are_judged_picture_by_picture() -> None:
    assert {metric.name for metric in METRICS if metric.eats in ("masks", "boxes")} == {m.name for m in PARTED}


@pytest.mark.parametrize("metric", PARTED, ids=lambda metric: str(metric.name))
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_parts_of_some_rows_give_the_score_of_these_rows(metric: Metric, seed: int) -> None:
    rng = np.random.default_rng(seed)
    call: Any = metric.call
    truth, output = drawn(metric.eats, metric.name, rng)
    kept = np.flatnonzero(rng.random(ROWS) < 0.7)
    with np.errstate(all="ignore"):
        np.testing.assert_equal(call.whole(call.parts(truth, output)[kept]), call(truth[kept], output[kept]))
