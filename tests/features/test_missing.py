import numpy as np
import pandas as pd

from modelwright.features.missing import COLUMNS, MissingPattern
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.records import problem


def table_with(**gaps: list[int]) -> pd.DataFrame:
    """Ten rows; each column has gaps in the rows named."""
    return pd.DataFrame({name: np.where(np.isin(np.arange(10), rows), np.nan, 1.0) for name, rows in gaps.items()})


def test_it_applies_only_where_there_are_gaps() -> None:
    def profiled(missing: float) -> Profile:
        return Profile(rows=100, test_rows=0, columns=(Column(name="a", role=Role.NUMBER, missing=missing),))

    assert MissingPattern.applies(problem(), profiled(0.2)) is None
    assert MissingPattern.applies(problem(), profiled(0.001)) == "no column has gaps in 1 to 99 % of its rows"


def test_gaps_are_ones() -> None:
    made = MissingPattern().fit_transform(table_with(a=[2, 5], b=[]))
    assert made["a.missing"].tolist() == [0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert made["a.missing"].dtype == np.int8
    assert "b.missing" not in made


def test_cells_are_counted_where_more_than_one_column_has_gaps() -> None:
    assert MissingPattern().fit_transform(table_with(a=[1, 2], b=[2]))["missing.cells"].tolist()[:4] == [0, 1, 2, 0]
    assert "missing.cells" not in MissingPattern().fit_transform(table_with(a=[1, 2], b=[]))


def test_a_column_that_is_always_missing_has_no_indicator() -> None:
    assert "a.missing" not in MissingPattern().fit_transform(table_with(a=list(range(10)), b=[1]))


def test_columns_missing_in_the_same_rows_share_one_indicator() -> None:
    step = MissingPattern().fit(table_with(a=[1, 2], b=[1, 2], c=[3]))
    assert step.columns_ == ("a", "c")
    assert step.declined_ == ("missing: b is missing in the same rows as a.",)


def test_no_more_indicators_than_allowed_and_those_nearest_to_half() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"c{k}": np.where(rng.random(500) < k / 100, np.nan, 1.0) for k in range(5, 50)})
    made = MissingPattern().fit_transform(table)
    assert sum(c.endswith(".missing") for c in made) == COLUMNS
    assert "c49.missing" in made
    assert "c5.missing" not in made


def test_gaps_that_appear_in_new_rows_only_make_no_column() -> None:
    step = MissingPattern().fit(table_with(a=[1], b=[]))
    assert list(step.transform(table_with(a=[], b=[1, 2])).columns) == ["a", "b", "a.missing"]
