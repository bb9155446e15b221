import numpy as np
import pandas as pd
import pytest

from modelwright.features.keys import Lookup, count, key_names

CITY = pd.Series(["b", "a", None, "b"], dtype=object)


@pytest.mark.parametrize("column", [CITY, CITY.astype("category")])
def test_codes_are_positions_in_sorted_order_missing_last_and_new_minus_one(column: pd.Series) -> None:
    lookup = Lookup.of(column)
    assert lookup.codes(column).tolist() == [1, 0, 2, 1]
    assert lookup.codes(pd.Series(["new", "a"]).astype("category")).tolist() == [-1, 0]


def test_a_category_that_does_not_occur_is_not_known() -> None:
    lookup = Lookup.of(pd.Series(pd.Categorical(["b"], categories=["a", "b"])))
    assert lookup.known.tolist() == ["b"]


def test_whole_numbers_are_the_same_as_integers_and_as_floats() -> None:
    lookup = Lookup.of(pd.Series([3, 1, 2]))
    assert lookup.codes(pd.Series([2.0, np.nan, 2.5])).tolist() == [1, 3, -1]


def test_counts_serve_every_code() -> None:
    counts = count(np.array([0, 0, 1, 2, -1]), 2)
    assert counts[np.array([0, 1, 2, -1])].tolist() == [2, 1, 1, 0]


def test_keys_are_columns_whose_values_repeat() -> None:
    table = pd.DataFrame(
        {
            "category": pd.Categorical(list("abc") * 4),
            "two": pd.Categorical(list("ab") * 6),
            "strings": list("abc") * 4,
            "names": [f"n{k}" for k in range(12)],
            "integers": [1, 2, 3] * 4,
            "fractions": [0.5, 1.5, 2.5] * 4,
            "row": range(12),
        }
    )
    assert key_names(table) == ["category", "strings", "integers"]
    assert key_names(table, integers=False) == ["category", "strings"]
    assert key_names(table, more_than=3) == ["category", "strings"]
