import pandas as pd

from modelwright.features.without import Without
from modelwright.testing.records import problem, profile


def test_named_columns_are_left_out_and_unknown_ones_are_no_trouble() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert list(Without(["b", "c"]).fit_transform(table).columns) == ["a"]


def test_it_is_never_tried_for_its_own_sake() -> None:
    assert Without.applies(problem(), profile()) is not None
