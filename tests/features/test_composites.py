import numpy as np
import pandas as pd
import pytest

from modelwright.features.composites import CompositeParts
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def cabins(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"cabin": pd.Series(texts, dtype=object)})


FIT = cabins("B/0/P", "A/12/S", "F/007/P", None)


def test_it_applies_where_there_is_a_composite() -> None:
    assert CompositeParts.applies(problem(), profile(Role.COMPOSITE)) is None
    assert CompositeParts.applies(problem(), profile(Role.TEXT)) == "no column holds codes that are made of parts"


def test_letters_become_categories_and_digits_numbers() -> None:
    made = CompositeParts().fit_transform(FIT)
    assert list(made.columns) == ["cabin.1", "cabin.2", "cabin.3"]
    assert made["cabin.1"].tolist()[:3] == ["B", "A", "F"]
    assert made["cabin.1"].cat.categories.tolist() == ["A", "B", "F"]
    np.testing.assert_array_equal(made["cabin.2"], [0, 12, 7, np.nan])
    assert made["cabin.2"].dtype == np.float64


@pytest.mark.parametrize("strange", [None, "", "B/0", "B/0/P/1", "B 0 P", "B//P", "/0/P"])
def test_a_value_of_another_form_is_missing_in_every_part(strange: str | None) -> None:
    assert CompositeParts().fit(FIT).transform(cabins(strange)).isna().all(axis=None)


def test_a_part_not_seen_is_missing_and_the_others_are_not() -> None:
    made = CompositeParts().fit(FIT).transform(cabins("Z/3x/P"))
    assert made.isna().iloc[0].tolist() == [True, True, False]


def test_an_id_becomes_the_number_of_its_group_and_of_the_row_in_it() -> None:
    made = CompositeParts().fit_transform(cabins("0001_01", "0001_02", "0013_01"))
    assert made.to_numpy().tolist() == [[1, 1], [1, 2], [13, 1]]


def test_a_part_that_never_changes_is_left_out_and_named() -> None:
    step = CompositeParts().fit(cabins("X-1", "X-2"))
    assert list(step.transform(cabins("X-3")).columns) == ["cabin.2"]
    assert step.declined_ == ("composites: part 1 of cabin has one value or too many.",)


def test_a_part_that_is_different_in_most_rows_is_left_out() -> None:
    step = CompositeParts().fit(cabins(*(f"{k % 3}.x{k}" for k in range(200))))
    assert list(step.transform(FIT).columns) == ["cabin.1"]


def test_five_per_cent_of_other_forms_do_no_harm() -> None:
    texts = [f"{k}-{k % 2}" for k in range(95)] + ["?"] * 5
    assert list(CompositeParts().fit_transform(cabins(*texts)).columns) == ["cabin.1", "cabin.2"]


def test_text_stays_as_it_is() -> None:
    table = cabins("to be or not - to be", "a well-known fact", "ends here. So")
    pd.testing.assert_frame_equal(CompositeParts().fit_transform(table), table)
