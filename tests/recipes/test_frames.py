from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.recipes import frames


def test_infinite_values_are_missing_and_huge_ones_are_cut() -> None:
    table = pd.DataFrame({"a": [np.inf, -np.inf, 1e300, np.nan, 2.0]})
    np.testing.assert_array_equal(frames.numbers(table, ["a"])[:, 0], [np.nan, np.nan, frames.LARGEST, np.nan, 2.0])


def test_dates_are_days_and_truths_are_ones() -> None:
    table = pd.DataFrame({"d": pd.to_datetime(["1970-01-03 12:00", None]), "b": [True, False]})
    np.testing.assert_array_equal(frames.numbers(table, ["d", "b"]), [[2.5, 1.0], [np.nan, 0.0]])


def test_every_column_is_of_one_sort() -> None:
    table = pd.DataFrame(
        {"n": [1], "b": [True], "d": pd.to_datetime(["2020-01-01"]), "c": pd.Categorical(["x"]), "s": ["y"]}
    )
    assert frames.number_names(table) == ["n", "b", "d"]
    assert frames.category_names(table) == ["c"]
    assert frames.string_names(table) == ["s"]


def test_strings_that_repeat_serve_as_categories() -> None:
    table = pd.DataFrame({"few": ["a", "b"] * 10, "many": [str(k) for k in range(20)], "none": [None] * 20})
    assert frames.repeating_names(table) == ["few"]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=30), st.booleans())
def test_codes_give_back_the_values(values: list[str | None], category: bool) -> None:
    column = pd.Series(values, dtype=object)
    if category:
        column = column.astype("category")
    known = frames.levels(column)
    back = [None if code < 0 else known[code] for code in frames.codes(column, known)]
    assert back == values


def test_codes_do_not_depend_on_how_categories_are_listed() -> None:
    known = pd.Index(["a", "b"], dtype=object)
    column = pd.Series(pd.Categorical(["b", "z", None, "a"], categories=["z", "b", "a"]))
    assert frames.codes(column, known).tolist() == [1, -1, -1, 0]


def test_many_levels_are_ordered_by_count() -> None:
    values = [f"v{k:02d}" for k in range(40)] + ["v39"] * 5
    assert frames.levels(pd.Series(values, dtype=object))[0] == "v39"
    assert frames.levels(pd.Series(["b", "a", "b"], dtype=object)).tolist() == ["a", "b"]


def test_an_order_is_kept_however_many_values_there_are() -> None:
    names = [f"step {k}" for k in range(40, 0, -1)]
    column = pd.Series(pd.Categorical(names + ["step 1"] * 5, categories=names, ordered=True))
    assert frames.levels(column).tolist() == names
    assert frames.codes(column, frames.levels(column))[:3].tolist() == [0, 1, 2]
    table = pd.DataFrame({"o": column, "c": column.cat.as_unordered()})
    assert frames.ordered_names(table) == ["o"]
    assert frames.category_names(table) == ["o", "c"]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(2, 8), st.integers(0, 5))
def test_classes_are_spread_evenly_over_piles_and_rare_ones_are_kept_out(y: list[int], piles: int, seed: int) -> None:
    codes = np.array(y)
    pile = frames.deal(codes, piles, seed, classes=True)
    for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
        mine = pile[codes == code]
        if count < frames.RARE:
            assert (mine == -1).all()
        else:
            sizes = np.bincount(mine, minlength=piles)
            assert sizes.max() - sizes.min() <= 1


def test_values_are_dealt_to_all_piles() -> None:
    assert np.bincount(frames.deal(np.zeros(40), 8, 0, classes=False)).tolist() == [5] * 8


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_deals_the_same(seed: int) -> None:
    y = np.arange(100) % 3
    np.testing.assert_array_equal(frames.deal(y, 5, seed, True), frames.deal(y, 5, seed, True))


@pytest.mark.parametrize(("gap", "dtype"), [(np.nan, np.float64), (-1.0, np.float32)])
def test_one_matrix_holds_numbers_and_codes_as_both_alone_do(gap: float, dtype: type[np.floating[Any]]) -> None:
    table = pd.DataFrame(
        {
            "n": [1.5, np.inf, np.nan, 1e300],
            "d": pd.to_datetime(["2020-01-01", None, "2021-01-01", "1960-01-01"]),
            "c": pd.Categorical(["x", None, "y", "x"]),
        }
    )
    known = {"c": frames.levels(table["c"][:2])}  # y was never seen
    found = frames.matrix(table, ["n", "d"], known, gap=gap, dtype=dtype)
    np.testing.assert_array_equal(found[:, :2], frames.numbers(table, ["n", "d"]).astype(dtype))
    np.testing.assert_array_equal(found[:, 2], [0, gap, gap, 0])
    assert found.dtype == dtype
