from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.prices import read_prices
from modelwright.task.prose import parse


@pytest.mark.parametrize(
    ("text", "idea", "params"),
    [
        ("A missed leak costs 900. A false alarm costs 30.", "cost", {"false_negative": 900.0, "false_positive": 30.0}),
        ("A false warning costs us 10 times what an overlooked storm costs.", "cost",
         {"false_negative": 1.0, "false_positive": 10.0}),
        ("Each sale brings 60 and each call in vain costs 2; we maximise profit.", "profit",
         {"true_positive": 60.0, "false_positive": -2.0}),
        ("Accepting a bad risk costs as much as turning away 8 good customers.", "cost",
         {"false_negative": 8.0, "false_positive": 1.0}),
        ("We lose 300 on every fraud that goes through and 15 on every honest order we stop.", "cost",
         {"false_negative": 300.0, "false_positive": 15.0}),
        ("A detected fault saves 70, a needless stop costs 7.", "cost",
         {"false_negative": 70.0, "false_positive": 7.0}),
    ],
)  # fmt: skip
def test_prices_are_read_from_words(text: str, idea: str, params: dict[str, Any]) -> None:
    found = list(read_prices(parse(text)))
    assert [(p.idea, p.params) for p in found] == [(idea, params)]


TABLE = """The cost of each decision, true class in rows:

| true \\ predicted | ok | watch | stop |
|---|---|---|---|
| ok | 0 | 1 | 5 |
| watch | 10 | 0 | 2 |
| stop | 1,000 | 40 | 0 |
"""


def test_a_table_of_prices_is_read_with_the_truth_in_rows() -> None:
    (found,) = read_prices(parse(TABLE))
    assert found.params["labels"] == ["ok", "watch", "stop"]
    assert found.params["matrix"] == [[0, 1, 5], [10, 0, 2], [1000, 40, 0]]


def test_a_table_with_predictions_in_rows_is_turned() -> None:
    (found,) = read_prices(parse(TABLE.replace("true \\ predicted", "predicted / true").replace("true class in", "by")))
    assert found.params["matrix"] == [[0, 10, 1000], [1, 0, 40], [5, 2, 0]]


@pytest.mark.parametrize(
    "text",
    ["The ticket costs 20 and the train is missed by 3 of 100.", "| a | b |\n|---|---|\n| c | 1 |\nThe price matters."],
)
def test_other_amounts_and_tables_are_no_prices(text: str) -> None:
    assert list(read_prices(parse(text))) == []


@given(st.text(alphabet="a1|,. \n-misedfalrct", max_size=200))
def test_any_text_can_be_searched_for_prices(text: str) -> None:
    list(read_prices(parse(text)))
