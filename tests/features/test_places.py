import pandas as pd

from modelwright.features.places import Places
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def where(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"where": pd.Series(texts, dtype=object)})


def test_it_applies_where_there_are_places() -> None:
    assert Places.applies(problem(), profile(Role.COORDINATES)) is None
    assert Places.applies(problem(), profile(Role.TEXT)) == "no column holds two numbers in a cell"


def test_two_numbers_become_two_columns_and_the_cell_goes() -> None:
    made = Places().fit_transform(where("48.85,2.35", "POINT(-33.8 151.2)", "(1.5; -2.5)", None))
    assert list(made.columns) == ["where.1", "where.2"]
    assert made.iloc[:3].to_numpy().tolist() == [[48.85, 2.35], [-33.8, 151.2], [1.5, -2.5]]
    assert made.iloc[3].isna().all()


def test_a_value_of_another_form_is_missing() -> None:
    made = Places().fit(where("48.85,2.35")).transform(where("at home", "1.5,2.5,3.5"))
    assert made.isna().all(axis=None)


def test_other_strings_stay() -> None:
    table = where("a,b", "3,4", "x")
    pd.testing.assert_frame_equal(Places().fit_transform(table), table)
