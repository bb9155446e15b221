import numpy as np
import pandas as pd

from modelwright.features.dates import DateParts
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def dates(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"seen": pd.to_datetime(list(texts), format="ISO8601")})


def test_it_applies_where_there_is_a_date() -> None:
    assert DateParts.applies(problem(), profile(Role.DATE)) is None
    assert DateParts.applies(problem(), profile(Role.NUMBER)) == "no column holds dates"


def test_parts_are_those_of_the_calendar() -> None:
    made = DateParts().fit_transform(dates("2020-02-29T13:45:00", "2021-12-25T06:00:00"))
    expected = {"year": 2020, "month": 2, "day": 29, "hour": 13, "minute": 45, "dayofyear": 60}
    assert {part: made[f"seen.{part}"].iloc[0] for part in expected} == expected
    assert made["seen.days"].iloc[0] == (pd.Timestamp("2020-02-29T13:45") - pd.Timestamp(0)) / pd.Timedelta("1D")


def test_the_date_itself_is_dropped() -> None:
    assert "seen" not in DateParts().fit_transform(dates("2020-01-01", "2021-01-01"))


def test_constant_hours_give_no_hour_column() -> None:
    made = DateParts().fit_transform(dates("2020-01-01T09:00:00", "2021-02-05T09:00:00"))
    assert not [c for c in made if "hour" in c or "minute" in c]


def test_parts_that_vary_only_in_new_rows_are_not_made() -> None:
    step = DateParts().fit(dates("2020-01-01", "2020-03-05"))
    assert "seen.year" not in step.transform(dates("2024-01-01"))


def test_weekends_are_saturday_and_sunday() -> None:
    week = dates(*(f"2024-01-0{day}" for day in range(1, 8)))  # from a Monday
    assert DateParts().fit_transform(week)["seen.weekend"].tolist() == [0, 0, 0, 0, 0, 1, 1]


def test_midnight_is_as_near_to_eleven_as_to_one() -> None:
    made = DateParts().fit_transform(dates(*(f"2024-01-01T{hour:02d}:00:00" for hour in (23, 0, 1, 12))))
    points = made[["seen.hour_sin", "seen.hour_cos"]].to_numpy()
    far = np.linalg.norm(points - points[1], axis=1)
    np.testing.assert_allclose(far[0], far[2])
    assert far[3] > far[0]


def test_a_missing_date_is_missing_in_every_part() -> None:
    made = DateParts().fit_transform(dates("2020-01-04", None, "2021-02-05"))
    assert made.iloc[1].isna().all()
    assert made.iloc[[0, 2]].notna().all(axis=None)


def test_two_dates_give_the_days_between_them() -> None:
    table = dates("2020-01-01", "2020-02-01", None)
    table["paid"] = pd.to_datetime(["2020-01-03", "2020-01-31", "2020-01-31"])
    made = DateParts().fit_transform(table)["paid-seen.days"]
    np.testing.assert_array_equal(made, [2.0, -1.0, np.nan])


def test_a_date_that_never_changes_is_declined() -> None:
    step = DateParts().fit(dates("2020-01-01", "2020-01-01", None))
    assert step.declined_ == ("dates: seen is the same date or missing in every row.",)
    assert list(step.transform(dates("2021-01-01")).columns) == []
