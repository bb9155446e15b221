import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.validation import clock

DAYS = pd.date_range("1969-12-20", periods=60, freq="D")


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d %H:%M", "%d-%b-%Y", "%B %d, %Y", "%Y-%m-%dT%H:%M:%SZ"],
)
def test_dates_written_in_any_common_way_are_days_since_1970(form):
    column = pd.Series(DAYS.strftime(form))
    assert clock.is_date(column)
    assert clock.read(column).tolist() == list(range(-12, 48))
    assert clock.unit(column) == "D"


@pytest.mark.parametrize(
    "column", [pd.Series(DAYS), pd.Series(DAYS.tz_localize("UTC")), pd.Series(DAYS).astype("M8[s]")]
)
def test_datetimes_of_any_resolution_are_days_since_1970(column):
    assert clock.read(pd.Series(column)).tolist() == list(range(-12, 48))


def test_whole_numbers_like_20170131_are_dates_and_other_numbers_are_not():
    dates = pd.Series(DAYS.strftime("%Y%m%d").astype(int))
    assert clock.read(dates).tolist() == list(range(-12, 48))
    assert clock.read(pd.Series([20_170_100, 20_170_199, 20_179_900])).tolist() == [20_170_100, 20_170_199, 20_179_900]


def test_missing_times_stay_missing():
    for column in (pd.Series(["2020-01-01", None]), pd.Series([1.0, np.nan]), pd.Series([DAYS[0], pd.NaT])):
        assert np.isnan(clock.read(column)).tolist() == [False, True]


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b"],
        ["1.2.3", "1.2.4"],
        ["12-34", "56-78"],
        ["Apt 5", "Apt 6"],
        [1, 2],
        [2.5, 3.5],
        [True, False],
        [None, None],
    ],
)
def test_other_columns_are_no_dates(values):
    assert not clock.is_date(pd.Series(values))


@given(st.lists(st.text(max_size=12) | st.none(), max_size=30))
def test_any_text_is_read_without_a_warning_or_an_error(values):
    times = clock.read(pd.Series(values, dtype=object))
    assert times.shape == (len(values),)


def test_the_usual_step_ignores_gaps_and_repeats():
    assert clock.step(np.array([0, 1, 1, 2, 3, 50, 51, np.nan])) == 1
    assert clock.step(np.array([4.0, 4.0])) == 0
