from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TableError
from modelwright.joins import Keys, assemble, key_of, look_up, look_up_all, reading
from modelwright.records.problem import Relation

MANY_FORMS = st.integers(0, 30).flatmap(lambda n: st.sampled_from([n, float(n), str(n), f"{n}.0", f" {n} "]))
MISSING = st.sampled_from([None, np.nan, "", "  "])


def relation(**change: Any) -> Relation:
    fields = {"name": "shops", "table": "shops.csv", "keys": (("shop", "id"),), "many": False}
    return Relation.model_validate({**fields, "columns": (("size", "size"),), **change})


@given(st.lists(MANY_FORMS | MISSING), st.sets(st.integers(0, 30)), st.randoms())
def test_joining_changes_neither_number_nor_order_of_the_rows(mine: list[Any], theirs: set[int], random: Any) -> None:
    rows = pd.DataFrame({"shop": pd.Series(mine, dtype=object), "place": range(len(mine))})
    rows.index = pd.Index([random.randrange(5) for _ in mine], dtype="int64")
    ids = [random.choice([n, float(n), str(n), f"{n}.0"]) for n in theirs]
    shops = pd.DataFrame({"id": pd.Series([*ids, None], dtype=object), "size": [*theirs, 99]})
    joined = look_up(rows, shops, relation())
    pd.testing.assert_frame_equal(joined[["shop", "place"]], rows)
    expected = [None if (k := key_of(v)) is None or int(k) not in theirs else int(k) for v in mine]
    assert [None if pd.isna(v) else int(v) for v in joined["size"]] == expected


@given(st.lists(st.tuples(MANY_FORMS | MISSING, st.sampled_from(["a", "b", None]))))
def test_keys_of_two_columns_match_only_as_a_pair(pairs: list[tuple[Any, Any]]) -> None:
    rows = pd.DataFrame({"n": pd.Series([n for n, _ in pairs], dtype=object), "t": [t for _, t in pairs]})
    keys, codes = Keys.of(rows, ["n", "t"])
    known = [(key_of(n), key_of(t)) for n, t in pairs]
    distinct = {pair for pair in known if None not in pair}
    assert keys.size == len(distinct)
    assert [code >= 0 for code in codes] == [pair in distinct for pair in known]
    assert (keys.find(rows, ["n", "t"]) == codes).all()
    assert (keys.find(rows.assign(t="c"), ["n", "t"]) == -1).all()


@pytest.mark.parametrize("value", [3, 3.0, "3", "3.0", " 3 ", np.int64(3), np.float32(3)])
def test_a_number_is_one_key_however_it_is_typed(value: Any) -> None:
    assert key_of(value) == "3"


def test_text_with_a_leading_zero_is_another_key() -> None:
    assert key_of("03") != key_of(3)


def test_a_date_is_the_key_that_its_iso_text_is() -> None:
    assert key_of(pd.Timestamp("2024-02-01")) == "2024-02-01"


def test_a_category_is_matched_by_its_text() -> None:
    rows = pd.DataFrame({"shop": pd.Categorical(["2", None, "1"])})
    joined = look_up(rows, pd.DataFrame({"id": [1, 2], "size": [10.0, 20.0]}), relation())
    np.testing.assert_array_equal(joined["size"], [20.0, np.nan, 10.0])


def test_a_key_that_occurs_twice_in_a_joined_table_is_refused() -> None:
    with pytest.raises(TableError, match=r"shops.csv has 2 rows with id = 7, but should have one"):
        look_up(pd.DataFrame({"shop": [7]}), pd.DataFrame({"id": [7, 7], "size": [1, 2]}), relation())


def test_a_missing_key_column_is_named() -> None:
    with pytest.raises(TableError, match="lacks the column 'shop'"):
        look_up(pd.DataFrame({"other": [7]}), pd.DataFrame({"id": [7], "size": [1]}), relation())


def test_columns_that_the_rows_have_already_stay_as_they_are() -> None:
    rows = pd.DataFrame({"size": [5]})
    assert look_up_all(rows, [relation()], reading({})) is rows


def test_tables_joined_to_another_come_with_it() -> None:
    towns = relation(name="towns", table="towns.csv", keys=(("town", "town"),), columns=(("people", "people"),))
    shops = relation(joins=(towns,), columns=(("people", "people"),))
    tables = {
        "shops": pd.DataFrame({"id": [1, 2], "town": ["x", "y"]}),
        "towns": pd.DataFrame({"town": ["y", "x"], "people": [20, 10]}),
    }
    assert assemble(shops, reading(tables))["people"].tolist() == [10, 20]
    assert look_up_all(pd.DataFrame({"shop": ["2", "1"]}), [shops], reading(tables))["people"].tolist() == [20, 10]
