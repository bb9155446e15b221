import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.dates import EPOCH, find_format, looks_like_epoch, orders_rows, read_dates

FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%d-%b-%Y", "%B %d, %Y"]


@pytest.mark.parametrize("form", FORMATS)
def test_the_format_of_a_column_is_found(form: str) -> None:
    days = pd.Series(pd.date_range("2019-11-03 05:00", periods=90, freq="31h"))
    if "%H" not in form:
        days = days.dt.normalize()
    texts = days.dt.strftime(form)
    found = find_format(texts)
    assert found is not None
    assert read_dates(texts, found).tolist() == days.dt.floor("min" if "%S" not in form else "s").tolist()


@pytest.mark.parametrize(
    "texts",
    [["a", "b"], ["1/2", "3/4"], ["A/0/P", "B/1/S"], ["10.5.3", "9.1.22"], ["0001_01", "0002_01"], ["12:30"] * 3],
)
def test_other_texts_are_no_dates(texts: list[str]) -> None:
    assert find_format(pd.Series(texts)) is None


def test_seconds_since_1970_are_dates_in_a_column_named_so() -> None:
    seconds = pd.Series([1_600_000_000, 1_600_003_600])
    assert looks_like_epoch("timestamp", seconds)
    assert not looks_like_epoch("price", seconds)
    assert read_dates(seconds, EPOCH)[0] == pd.Timestamp("2020-09-13 12:26:40")


def test_names_of_times_are_told_from_names_of_other_dates() -> None:
    assert all(map(orders_rows, ("date", "pickup_datetime", "eventTime", "Day", "ds")))
    assert not any(map(orders_rows, ("date_of_birth", "updated", "candidate", "daytona")))


@given(st.lists(st.text(max_size=12), min_size=1))
def test_any_texts_can_be_asked(texts: list[str]) -> None:
    column = pd.Series(texts, dtype=object)
    form = find_format(column)
    if form is not None:
        assert len(read_dates(column, form)) == len(texts)
