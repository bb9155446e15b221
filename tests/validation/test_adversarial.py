import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Problem
from modelwright.validation.adversarial import auc, measure

from ..pace import takes_less_than


def problem():
    return Problem(name="p", root="", kind="regression", targets=("y",), metric="rmse", higher_is_better=False, id="id")


def table(rows, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 10**6 * seed,
            **{f"x{k}": random.normal(size=rows) for k in range(6)},
            "colour": random.choice(["red", "green", "blue", None], rows),
            "city": [f"city {n}" for n in random.zipf(1.5, rows) % 300],
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), "D"),
            "remark": [f"it was seen by {n} people at {n % 24} o'clock" for n in random.integers(0, 10**6, rows)],
        }
    )


def measured(change):
    drift = measure(problem(), table(3000).assign(y=1.0), change(table(1500, 1)))
    assert drift is not None
    return drift


def test_rows_drawn_alike_are_not_told_apart():
    drift = measured(lambda test: test)
    assert abs(drift.auc - 0.5) < 3 * drift.error
    assert drift.columns == ()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x1", lambda t: t.assign(x1=t["x1"] + 1)),
        ("x1", lambda t: t.assign(x1=t["x1"].where(t.index % 2 == 0))),
        ("colour", lambda t: t.assign(colour=t["colour"].where(t.index % 2 == 0, "red"))),
        ("city", lambda t: t.assign(city="city 1")),
        ("when", lambda t: t.assign(when=t["when"] + pd.Timedelta("400D"))),
        ("remark", lambda t: t.assign(remark="REPLY: " + t["remark"])),
    ],
    ids=["number", "gaps", "category", "common value", "date", "text"],
)
def test_the_column_that_gives_test_rows_away_is_named(name, change):
    drift = measured(change)
    assert drift.auc > 0.6
    assert drift.columns[0][0] == name


def test_a_shift_in_how_columns_go_together_is_seen_although_no_column_shows_it():
    drift = measured(lambda t: t.assign(x1=t["x0"]))
    assert drift.auc > 0.7
    assert drift.columns == ()


def test_ids_and_targets_are_left_out():
    train = table(1000).assign(y=1.0)
    drift = measure(problem(), train, table(1000, 1).assign(y=5.0))
    assert drift is not None
    assert drift.auc < 0.55


def test_without_test_rows_or_with_few_nothing_is_measured():
    assert measure(problem(), table(100), None) is None
    assert measure(problem(), table(100), table(10)) is None
    assert measure(problem(), table(100)[["id"]], table(100)[["id"]]) is None


def test_odd_columns_do_no_harm():
    odd = {"empty": None, "one": 1, "flag": [True, False] * 200, "mixed": [1, "a", None, 2.5] * 100}
    drift = measure(problem(), table(400).assign(**odd), table(400, 1).assign(**{**odd, "one": "1"}))
    assert drift is not None


def test_the_area_is_the_share_of_pairs_in_order():
    asked = np.array([False, True, False, True])
    assert auc(np.array([0.0, 1.0, 2.0, 3.0]), asked) == 0.75
    assert auc(np.zeros(4), asked) == 0.5


@pytest.mark.alone
def test_ten_thousand_rows_by_twenty_columns_take_about_a_second():
    random = np.random.default_rng(0)
    train, test = (pd.DataFrame(random.normal(size=(10_000, 20))).add_prefix("x") for _ in range(2))
    assert takes_less_than(1.5, lambda: measure(problem(), train, test))
