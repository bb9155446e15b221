import numpy as np
import pandas as pd

from modelwright.task.counted import Counted
from modelwright.task.repeats import Rows, counts


def rows(table: pd.DataFrame) -> Rows:
    made = Rows(len(table))
    for name in table:
        made.add(Counted.of(str(name), table[name]).hashes())
    return made


TRAIN = pd.DataFrame({"a": [1, 1, 2, 1], "b": ["x", "x", "x", None]})


def test_repeats_conflicts_and_shared_rows_are_counted() -> None:
    test = pd.DataFrame({"a": [1.0, np.nan, 2.0], "b": ["x", "x", "y"]})
    found = counts(rows(TRAIN), rows(test), pd.DataFrame({"y": ["no", "yes", "no", "no"]}))
    assert found == {"duplicates": 1, "conflicts": 1, "shared": 1}


def test_the_same_answer_is_no_conflict() -> None:
    assert counts(rows(TRAIN), None, pd.DataFrame({"y": [0, 0, 1, 1]}))["conflicts"] == 0


def test_values_that_swap_columns_make_another_row() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert counts(rows(table), None, pd.DataFrame({"y": [0, 0]}))["duplicates"] == 0


def test_rows_without_features_are_not_compared() -> None:
    assert counts(Rows(5), Rows(2), pd.DataFrame({"y": range(5)})) == {"duplicates": 0, "conflicts": 0, "shared": 0}


def test_a_test_table_that_lacks_a_feature_is_not_compared() -> None:
    assert counts(rows(TRAIN), rows(TRAIN[["a"]]), pd.DataFrame({"y": [0] * 4}))["shared"] == 0
