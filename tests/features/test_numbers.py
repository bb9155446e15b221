import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.numbers import NumberTexts
from modelwright.interfaces import Feature
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return NumberTexts()


def flats(*values: str | None) -> pd.DataFrame:
    return pd.DataFrame({"flat": pd.Series(values, dtype=object)})


def profiled(*examples: str, role: Role = Role.TEXT, distinct: int = 9) -> Profile:
    column = Column(name="flat", role=role, examples=examples, distinct=distinct)
    return Profile(rows=9, test_rows=0, columns=(column,))


def test_it_applies_where_most_examples_hold_a_number() -> None:
    assert NumberTexts.applies(problem(), profiled("3 rooms, 45 m2", "studio of 20 m2", "a loft")) is None
    assert NumberTexts.applies(problem(), profiled("36 months", "60 months", role=Role.CATEGORY)) is None
    few = profiled("36 months", "60 months", role=Role.CATEGORY, distinct=2)
    for none in (profiled("a loft", "2 rooms"), profiled("B7", "C12"), profiled("3", "45"), profiled(), few):
        assert NumberTexts.applies(problem(), none) == "no texts hold numbers"


def test_the_first_three_numbers_become_columns_and_the_text_stays() -> None:
    table = flats("3 rooms, 45 m2, floor 2 of 9", "2 rooms, 30.5 m2", "a loft of 70 m2", None)
    made = NumberTexts().fit_transform(table)
    gap = np.nan
    expected = [[3, 45, 2], [2, 30.5, gap], [70, gap, gap], [gap, gap, gap]]
    np.testing.assert_array_equal(made.drop(columns="flat"), expected)
    assert list(made.columns) == ["flat", "flat.number1", "flat.number2", "flat.number3"]
    pd.testing.assert_series_equal(made["flat"], table["flat"])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,200 euros", 1200),
        ("1,234,567.5 euros", 1234567.5),
        ("1,5 litres", 1.5),
        ("-4 degrees", -4),
        ("$-4 today", -4),
        ("from 3-4 rooms", 3),
        ("version 1.2.3", 1),
        ("room B7", np.nan),
        ("10+ years", 10),
        ("45m2 in all", 45),
        ("9" * 400 + " stars", np.nan),
    ],
)
def test_a_number_is_read_as_people_write_it(written: str, number: float) -> None:
    step = NumberTexts().fit(flats("2 rooms and a bath", "3 rooms and a bath"))
    np.testing.assert_array_equal(step.transform(flats(written))["flat.number1"], [number])


def test_names_of_categories_are_read_too_where_there_are_more_than_a_few() -> None:
    years = ["< 1 year", "1 year", "2 years", "3 years", "4 years", "10+ years"]
    table = pd.DataFrame({"work": pd.Categorical([*years, None]), "term": pd.Categorical(["36 months"] * 7)})
    made = NumberTexts().fit_transform(table)
    np.testing.assert_array_equal(made["work.number1"], [1, 1, 2, 3, 4, 10, np.nan])
    assert list(made.columns) == ["work", "term", "work.number1"]


def test_texts_in_which_few_hold_numbers_and_plain_numbers_are_left_alone() -> None:
    table = flats("nothing to see", "and nothing here", "one of 5 boats")
    table["digit"] = pd.Categorical(["1", "2", "3"])
    pd.testing.assert_frame_equal(NumberTexts().fit_transform(table), table)


def test_a_number_that_never_varies_is_declined() -> None:
    step = NumberTexts().fit(flats("page 7 of a book", "page 7 of a leaflet"))
    assert step.declined_ == ("number-texts: the numbers in flat are the same in every row.",)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=3), st.text(max_size=20))
def test_numbers_written_into_a_text_are_read_back(numbers: list[object], other: str) -> None:
    step = NumberTexts().fit(flats("1 and 2 and 3", "2 and 3 and 4"))
    made = step.transform(flats(" and ".join(str(n) for n in numbers), other)).drop(columns="flat").to_numpy()
    np.testing.assert_allclose(made[0, : len(numbers)], np.array(numbers, dtype=float))
    assert np.isnan(made[0, len(numbers) :]).all()
    assert not np.isinf(made[1]).any()
