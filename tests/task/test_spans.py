import numpy as np
import pandas as pd
import pytest

from modelwright.records.profile import Column, Role
from modelwright.task.spans import span
from modelwright.testing.records import problem

DAYS = pd.date_range("2021-01-01", periods=40)


def date(name: str) -> Column:
    return Column(name=name, role=Role.DATE)


def test_the_date_of_the_rows_is_found_by_its_name() -> None:
    train, test = pd.DataFrame({"date": DAYS[:30].astype(str)}), pd.DataFrame({"date": DAYS[30:].astype(str)})
    found = span((date("date"),), train, test, problem())
    assert found is not None
    assert (found.first, found.last, found.test_first, found.test_last) == (
        "2021-01-01", "2021-01-30", "2021-01-31", "2021-02-09",
    )  # fmt: skip
    assert (found.step, found.ordered) == ("1 day", True)


def test_a_birthday_and_one_of_two_dates_order_nothing() -> None:
    table = pd.DataFrame({"date_of_birth": DAYS, "start_date": DAYS, "end_date": DAYS})
    assert span((date("date_of_birth"),), table, None, problem()) is None
    assert span((date("start_date"), date("end_date")), table, None, problem()) is None


def test_the_time_of_the_problem_goes_first_and_may_be_a_number() -> None:
    table = pd.DataFrame({"year": [2003, 2001, 2002], "date": DAYS[:3]})
    found = span((date("date"),), table, None, problem(time="year"))
    assert found is not None
    assert (found.first, found.last, found.step, found.ordered) == ("2001", "2003", "1", False)


@pytest.mark.parametrize(
    ("step", "words"), [("h", "1 hour"), ("15min", "15 minutes"), ("7D", "1 week"), ("MS", "1 month"), ("2D", "2 days")]
)
def test_steps_are_told_in_words(step: str, words: str) -> None:
    table = pd.DataFrame({"time": pd.date_range("2021-01-01", periods=30, freq=step)})
    found = span((date("time"),), table, None, problem())
    assert found is not None
    assert found.step == words


def test_a_column_without_times_has_no_span() -> None:
    assert span((), pd.DataFrame({"year": [np.nan, 2001.0]}), None, problem(time="year")) is None
