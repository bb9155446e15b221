import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.scales import order_of


@pytest.mark.parametrize(
    "lowest_first",
    [
        ("low", "medium", "high"),
        ("Po", "Fa", "TA", "Gd", "Ex"),
        ("S", "M", "L", "XL"),
        ("never", "sometimes", "always"),
        ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
        ("Mon", "Wed", "Fri"),
        ("January", "March", "May"),
        ("Q1", "Q2", "Q3", "Q4"),
        ("0-10", "10-20", "20-30", "30+"),
        ("<5", "5-10", ">10"),
        ("under 18", "18-25", "26-35", "over 60"),
        ("(-10, 0.9]", "(0.9, 25.0]", "(25.0, 50.0]"),
        ("<$10k", "$10k-$20k", "$20k+"),
        ("1st floor", "2nd floor", "10th floor"),
        ("2 stars", "3 stars", "10 stars"),
        ("1. small", "2. large", "3. strange"),
        ("unknown", "low", "medium", "high"),
    ],
)
def test_steps_of_a_scale_are_put_in_order(lowest_first: tuple[str, ...]) -> None:
    for seed in range(5):
        shuffled = random.Random(seed).sample(lowest_first, len(lowest_first))
        assert order_of(shuffled) == lowest_first


@pytest.mark.parametrize(
    "names",
    [
        ("red", "blue", "green"),
        ("A", "B", "C", "D"),
        ("S", "C", "Q"),
        ("A-1", "B-2", "C-3"),
        ("kind 1", "kind 2", "kind 3"),
        ("2-1", "0-3", "1-1"),
        ("10", "20", "30"),
        ("low", "high"),
        ("low", "medium", "banana"),
        ("north", "south", "east"),
        (),
    ],
)
def test_names_are_no_scale(names: tuple[str, ...]) -> None:
    assert order_of(names) == ()


@given(st.lists(st.text(max_size=12), max_size=12))
def test_an_order_holds_every_value_once(values: list[str]) -> None:
    found = order_of(values)
    assert not found or sorted(found) == sorted(set(values))


@given(st.lists(st.integers(-1000, 1000), min_size=4, max_size=12, unique=True))
def test_ranges_side_by_side_are_ordered_by_their_bounds(edges: list[int]) -> None:
    edges.sort()
    ranges = [f"{low} to {high}" for low, high in pairwise(edges)]
    assert order_of(reversed(ranges)) == tuple(ranges)
