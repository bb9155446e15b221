"""Forecasts are told from other regressions by what continues: series, their keys, step and horizon."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Modality
from modelwright.task.interpret import Understanding

Write = Callable[..., Path]
Understand = Callable[..., Understanding]


def panel(times: "pd.Index[pd.Timestamp] | pd.RangeIndex", shops: int = 4, items: int = 3) -> pd.DataFrame:
    """Sales by shop and item, with a calendar column, a price and something that differs from day to day only."""
    rows = pd.MultiIndex.from_product(
        [times, range(shops), [f"i{k}" for k in range(items)]], names=["when", "shop", "item"]
    )
    table = rows.to_frame(index=False)
    rng = np.random.default_rng(0)
    place = table.groupby("when").ngroup()
    table["holiday"] = (place % 7 == 0).astype(int)
    table["weather"] = place % 5
    table["price"] = rng.normal(10, 2, len(table)).round(2)
    table["promo"] = rng.integers(0, 2, len(table))
    table["sold"] = rng.poisson(20, len(table)) * 1.0 + table["shop"]
    table.insert(0, "row", np.arange(len(table)))
    return table


def parts(table: pd.DataFrame, share: float = 0.8) -> dict[str, pd.DataFrame]:
    times = sorted(table["when"].unique())
    cut = times[int(share * len(times))]
    return {"train": table[table["when"] < cut], "test": table[table["when"] >= cut].drop(columns="sold")}


def test_a_panel_has_its_keys_step_and_horizon(write: Write, understand: Understand) -> None:
    table = panel(pd.date_range("2023-01-01", periods=50, freq="D"))
    problem = understand(write("Forecast the sales. RMSE.", **parts(table))).problem
    assert (problem.kind, problem.modality, problem.time) == ("forecast", Modality.SERIES, "when")
    assert problem.series == ("shop", "item")
    assert problem.options == {"step": "D", "horizon": 10}
    assert "12 series" in problem.why("kind")


@pytest.mark.parametrize(
    ("frequency", "step"), [("h", "h"), ("15min", "15min"), ("W", "W"), ("MS", "MS"), ("QS", "QS"), ("2D", "2D")]
)
def test_the_step_is_written_as_pandas_does(write: Write, understand: Understand, frequency: str, step: str) -> None:
    table = panel(pd.date_range("2020-01-01", periods=40, freq=frequency), shops=1, items=1).drop(
        columns=["shop", "item"]
    )
    problem = understand(write("RMSE.", **parts(table))).problem
    assert (problem.kind, problem.series, problem.options) == ("forecast", (), {"step": step, "horizon": 8})


def test_whole_numbers_may_count_the_time(write: Write, understand: Understand) -> None:
    table = panel(pd.RangeIndex(1, 61)).rename(columns={"when": "week"})
    tables = {"train": table[table["week"] <= 50], "test": table[table["week"] > 50].drop(columns="sold")}
    problem = understand(write("Mean absolute error.", **tables)).problem
    assert (problem.kind, problem.time, problem.series) == ("forecast", "week", ("shop", "item"))
    assert problem.options["horizon"] == 10


def test_rows_wanted_among_the_training_rows_are_no_forecast(write: Write, understand: Understand) -> None:
    table = panel(pd.date_range("2023-01-01", periods=50, freq="D"))
    wanted = table["when"].dt.day % 5 == 0
    tables = {"train": table[~wanted], "test": table[wanted].drop(columns="sold")}
    problem = understand(write("Forecast the sales. RMSE.", **tables)).problem
    assert (problem.kind, problem.series) == ("regression", ())


def test_events_at_any_time_are_no_series(write: Write, understand: Understand) -> None:
    rng = np.random.default_rng(0)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 10**7, 400)), unit="s")
    table = pd.DataFrame({"row": range(400), "when": when, "size": rng.normal(size=400), "sold": rng.normal(size=400)})
    tables = {"train": table[:300], "test": table[300:].drop(columns="sold")}
    assert understand(write("RMSE.", **tables)).problem.kind == "regression"


def test_new_shops_are_no_continuation(write: Write, understand: Understand) -> None:
    table = panel(pd.date_range("2023-01-01", periods=50, freq="D"))
    tables = parts(table)
    tables["test"] = tables["test"].assign(shop=lambda t: t["shop"] + 100)
    assert understand(write("RMSE.", **tables)).problem.kind == "regression"


def test_classes_in_time_stay_classes(write: Write, understand: Understand) -> None:
    table = panel(pd.date_range("2023-01-01", periods=50, freq="D"))
    table["sold"] = (table["sold"] > 20).astype(int)
    assert understand(write("AUC.", **parts(table))).problem.kind == "binary"


def test_the_user_may_say_that_it_is_a_regression(write: Write, understand: Understand) -> None:
    table = panel(pd.date_range("2023-01-01", periods=50, freq="D"))
    path = write("RMSE.", **parts(table))
    assert understand(path, overrides={"kind": "regression"}).problem.kind == "regression"
