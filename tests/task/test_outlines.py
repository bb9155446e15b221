"""Boxes held against their pictures."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TaskError
from modelwright.task.outlines import mended
from modelwright.testing.records import problem

SIZE = (40, 60)  # height and width


def look(*boxes: list[Any], others: int = 200, unit: str = "pixels", size: Any = SIZE) -> tuple[list[Any], list[str]]:
    """The boxes that are left of a picture, one of many with a good box each, and what is told."""
    boxed = problem(kind="detection", options={"boxes": {"unit": unit}})
    good = json.dumps([["cat", 0.1, 0.1, 0.5, 0.5]])
    cells = pd.Series([json.dumps(list(boxes)), *[good] * others])
    found, told = mended(boxed, cells, ["a/odd.png", *["a/fine.png"] * others], {"a/odd.png": size, "a/fine.png": SIZE})
    assert found[1] == good
    return json.loads(found[0]), [str(f) for f in told]


def test_a_box_that_fits_stays_as_it_is() -> None:
    assert look(["cat", 1, 2, 3, 4]) == ([["cat", 1.0, 2.0, 3.0, 4.0]], [])


@pytest.mark.parametrize("corners", [(5, 5, 5, 9), (9, 5, 5, 9), (5, 9, 9, 9), (60, 0, 70, 9), (-9, 0, 0, 9)])
def test_a_box_without_an_area_or_outside_is_left_out_and_its_picture_named(corners: tuple[float, ...]) -> None:
    left, told = look(["cat", *corners], ["dog", 1, 1, 9, 9])
    assert left == [["dog", 1.0, 1.0, 9.0, 9.0]]
    assert "1 of 202 boxes cannot be used: odd.png has a box" in told[0]


def test_a_box_over_the_edge_is_cut() -> None:
    left, told = look(["cat", -5, 3, 99, 41])
    assert left == [["cat", 0.0, 3.0, 60.0, 40.0]]
    assert "1 of 201 boxes reach over the edge of their picture: odd.png" in told[0]


def test_a_pixel_over_the_edge_is_not_worth_a_word() -> None:
    assert look(["cat", 3, 3, 61, 41]) == ([["cat", 3.0, 3.0, 60.0, 40.0]], [])


def test_shares_of_the_picture_end_at_one() -> None:
    left, told = look(["cat", 0.5, 0.5, 1.5, 0.9], unit="share")
    assert left == [["cat", 0.5, 0.5, 1.0, 0.9]]
    assert told


def test_a_picture_whose_size_is_not_known_keeps_its_boxes() -> None:
    assert look(["cat", 3, 3, 999, 999], size="it cannot be read")[0] == [["cat", 3.0, 3.0, 999.0, 999.0]]


def test_many_that_cannot_be_used_are_one_sentence() -> None:
    with pytest.raises(TaskError, match=r"4 of 24 boxes cannot be used \(odd\.png .*; and 1 more\): correct them"):
        look(*[["cat", 5, 5, 5, 5]] * 4, others=20)


@pytest.mark.parametrize("cell", ["", "no json", "[1, 2]", '{"a": 1}', None])
def test_what_is_no_list_of_boxes_is_left_to_its_reader(cell: Any) -> None:
    found, told = mended(problem(kind="detection"), pd.Series([cell], dtype=object), ["a.png"], {"a.png": SIZE})
    assert found[0] == cell
    assert told == []


@given(corners=st.lists(st.floats(-100, 100), min_size=4, max_size=4))
def test_what_is_left_lies_within_its_picture(corners: list[float]) -> None:
    left, _ = look(["cat", *corners])
    for _, *box in left:
        assert 0 <= box[0] < box[2] <= SIZE[1]
        assert 0 <= box[1] < box[3] <= SIZE[0]
