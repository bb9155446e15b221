from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.records.finding import Finding
from modelwright.task.profiling import profile
from modelwright.testing.records import problem

ROWS = 400


def told(table: dict[str, Any], kind: str = "regression", test: pd.DataFrame | None = None) -> dict[str, Finding]:
    frame = pd.DataFrame({"a": np.random.default_rng(1).normal(size=len(next(iter(table.values()))))} | table)
    frame["y"] = frame.get("y", frame["a"] * 2)
    asked = problem(kind=kind, targets=("y",))
    return {f.sort: f for f in profile(frame, test, asked).findings}


def lognormal(sigma: float) -> Any:
    return np.exp(sigma * np.random.default_rng(0).normal(size=ROWS))


def test_infinite_values_are_counted_in_train_and_test() -> None:
    test = pd.DataFrame({"a": [0.0, 1.0], "b": [np.inf, 0.0]})
    found = told({"b": [np.inf, -np.inf, *range(ROWS - 2)]}, test=test)["infinite"]
    assert found.columns == ("b",)
    assert "b (3 times)" in found.evidence


def test_a_column_of_numbers_and_words_is_told_with_the_share_of_numbers() -> None:
    found = told({"b": ["unknown", "1.5", "7", "12"] * (ROWS // 4)})["mixed"]
    assert "75% of its values are numbers" in found.evidence


@pytest.mark.parametrize("values", [["x", "y"], ["x1", "y2"]])
def test_words_alone_are_not_mixed(values: list[str]) -> None:
    assert "mixed" not in told({"b": values * (ROWS // 2)})


def test_a_column_of_names_is_told() -> None:
    names = [f"customer {k * 7919 % 100_003:x}" for k in range(3000)]
    assert told({"b": names})["many-values"].columns == ("b",)


def test_far_values_of_the_target_are_told_as_outliers() -> None:
    y = np.random.default_rng(0).normal(size=ROWS)
    y[[3, 5]] = 1e6, -1e6
    found = told({"y": y})["outliers"]
    assert "2 of 400 values" in found.evidence
    assert "mae" in found.done


def test_a_heavy_tail_of_the_target_is_told_with_logarithms_as_the_way_out() -> None:
    assert "logarithms" in told({"y": lognormal(2.5)})["heavy-tail"].done


def test_an_ordinary_target_is_left_in_peace() -> None:
    for y in (np.random.default_rng(0).normal(size=ROWS), lognormal(0.5), np.arange(ROWS) % 2 * 1.0):
        assert not {"outliers", "heavy-tail"} & set(told({"y": y}))


def test_more_columns_than_rows_and_few_rows_are_told() -> None:
    rng = np.random.default_rng(0)
    found = told({f"x{k}": rng.normal(size=30) for k in range(40)})
    assert {"wide", "few-rows"} <= set(found)
    assert not {"wide", "few-rows"} & set(told({"b": rng.normal(size=ROWS)}))
