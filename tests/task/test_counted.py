import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.counted import Counted, unseen

CELLS = st.one_of(st.none(), st.sampled_from(["a", "b", "", "3"]))


def counted(values: object) -> Counted:
    return Counted.of("x", pd.Series(values))  # type: ignore[call-overload]


@given(st.lists(CELLS, min_size=1, max_size=30))
def test_counts_are_those_of_pandas(values: list[str | None]) -> None:
    series = pd.Series(values, dtype=object)
    found = counted(series)
    assert (found.missing, found.filled, found.distinct) == (series.isna().sum(), series.count(), series.nunique())
    assert dict(zip(found.known, found.counts, strict=True)) == series.value_counts().to_dict()


def test_equal_values_have_equal_hashes_in_any_table() -> None:
    whole, real = counted([3, 1, 3]), counted([1.0, np.nan, 3.0])
    assert whole.hashes()[0] == whole.hashes()[2] == real.hashes()[2]
    assert whole.hashes()[1] == real.hashes()[0]
    assert counted([0.0]).hashes() == counted([-0.0]).hashes()
    assert counted(["a", None]).hashes()[0] == counted(["b", "a"]).hashes()[1]


def test_a_missing_value_has_the_hash_of_a_missing_value() -> None:
    assert counted(["a", None]).hashes()[1] == counted([np.nan, 1.0]).hashes()[0]


def test_the_commonest_come_first_and_equals_as_they_appear() -> None:
    assert counted(list("zabab")).commonest(3) == (("a", 2), ("b", 2), ("z", 1))


def test_unseen_counts_rows_not_values() -> None:
    assert unseen(counted(["a", "b"]), counted(["a", "z", "z", None])) == 2 / 3
    assert unseen(counted([1, 2]), counted([1.0, 3.0])) == 0.5


def test_an_empty_column_can_be_counted() -> None:
    empty = counted(np.array([np.nan, np.nan]))
    assert (empty.distinct, empty.missing, empty.sample.tolist()) == (0, 2, [])
    assert empty.hashes().tolist() == [0, 0]
