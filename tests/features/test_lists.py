import numpy as np
import pandas as pd
import pytest

from modelwright.features.lists import RARE, ListItems
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def cells(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"tags": pd.Series(texts, dtype=object)})


FIT = cells(*["a|b", "b", "a|c", None, "c|b|a", "d", "d|a"] * RARE, "e|a", "e")


def test_it_applies_where_there_are_lists() -> None:
    assert ListItems.applies(problem(), profile(Role.LIST)) is None
    assert ListItems.applies(problem(), profile(Role.TEXT)) == "no column holds several values in a cell"


def test_common_values_get_a_column_the_commonest_first_and_rare_ones_none() -> None:
    made = ListItems().fit_transform(FIT)
    assert list(made.columns) == ["tags", "tags.count", "tags=a", "tags=b", "tags=c", "tags=d"]
    assert made.iloc[0, 1:].tolist() == [2, 1, 1, 0, 0]
    assert made.iloc[3, 1:].isna().all()


def test_a_value_not_seen_counts_but_has_no_column() -> None:
    made = ListItems().fit(FIT).transform(cells("z|a", ""))
    assert made.iloc[:, 1:].to_numpy().tolist() == [[2, 1, 0, 0, 0], [0, 0, 0, 0, 0]]


@pytest.mark.parametrize("cell", ['["a", "b"]', "['a', 'b']"])
def test_arrays_are_read_as_json_and_as_python_prints_them(cell: str) -> None:
    made = ListItems().fit(cells(*[cell, '["b"]', "[]"] * RARE)).transform(cells(cell, "[", None))
    assert made["tags.count"].tolist()[:2] == [2, 0]
    assert made["tags=a"].tolist()[0] == 1
    assert np.isnan(made["tags.count"][2])


def test_prose_stays_as_it_is() -> None:
    table = cells(*(f"the {k}th of many, or so they said" for k in range(50)), "no comma")
    pd.testing.assert_frame_equal(ListItems().fit_transform(table), table)
