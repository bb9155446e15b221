from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError
from modelwright.records.problem import Relation
from modelwright.task import taskfile
from modelwright.task.interpret import Understanding
from modelwright.task.sides import rows_of, tidied

from .shop import shop, write_csv, write_database

Understand = Callable[..., Understanding]


def by_name(found: Understanding) -> dict[str, Relation]:
    return {relation.name: relation for relation in found.problem.relations}


def test_tables_beside_train_and_test_are_joined_or_kept_for_aggregates(tmp_path: Path, understand: Understand) -> None:
    found = understand(write_csv(tmp_path, shop()))
    relations = by_name(found)
    assert set(relations) == {"orders", "items", "regions"}
    assert not relations["regions"].many
    assert relations["orders"].keys == (("CustomerID", "customer_id"),)
    assert relations["items"].keys == (("CustomerID", "customer_id"),)
    assert [join.table for join in relations["items"].joins] == ["orders.csv", "products.csv"]
    assert found.train["income"].notna().all()
    assert "income" in found.test
    assert found.doubts == ()
    assert {s.name for s in found.summaries} == {"orders.csv", "items.csv", "products.csv", "regions.csv"}
    assert "customer_id" in found.problem.why("relations")


def test_declared_keys_of_a_database_come_first(tmp_path: Path, understand: Understand) -> None:
    found = understand(write_database(tmp_path, shop()))
    relations = by_name(found)
    assert found.problem.targets == ("churned",)
    assert len(found.test) == 60
    assert relations["orders"].keys == (("CustomerID", "buyer"),)
    assert relations["items"].keys == (("CustomerID", "buyer"),)
    assert "declared" in relations["items"].because
    assert {join.table for join in relations["items"].joins} == {"shop.db/orders", "shop.db/products"}
    assert not relations["regions"].many


def test_rows_are_neither_lost_nor_multiplied(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    tables["regions"] = tables["regions"].iloc[:3]
    found = understand(write_csv(tmp_path, tables))
    people = tables["customers"]
    assert found.train["CustomerID"].tolist() == people["CustomerID"].tolist()[:180]
    assert found.test["CustomerID"].tolist() == people["CustomerID"].tolist()[180:]
    assert found.train["income"].isna().tolist() == (people["region"][:180] == "w").tolist()


def test_a_name_that_is_taken_is_prefixed(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    tables["regions"] = tables["regions"].rename(columns={"income": "age"})
    found = understand(write_csv(tmp_path, tables))
    assert by_name(found)["regions"].columns == (("age", "regions.age"),)
    assert "regions.age" in found.train


def test_tables_of_joined_tables_are_joined_too(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    tables["regions"]["country_id"] = [11, 11, 12, 13]
    tables["countries"] = pd.DataFrame({"id": [11, 12, 13], "tax": [0.1, 0.2, 0.3]})
    found = understand(write_csv(tmp_path, tables))
    assert by_name(found)["countries"].keys == (("country_id", "id"),)
    assert found.train["tax"].notna().all()


def test_a_table_without_a_key_is_named_with_the_nearest_miss(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    tables["glossary"] = pd.DataFrame({"term": ["churn", "order"], "meaning": ["leaves", "buys"]})
    found = understand(write_csv(tmp_path, tables))
    assert any(doubt.startswith("glossary.csv is not used: no key leads there") for doubt in found.doubts)
    assert any(s.name == "glossary.csv" and "not used" in s.note for s in found.summaries)


def test_a_table_with_the_answer_under_another_name_is_not_joined(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    people = tables["customers"]
    tables["accounts"] = pd.DataFrame(
        {"customer_id": people["CustomerID"], "left": people["churned"].map({0: "n", 1: "y"})}
    )
    found = understand(write_csv(tmp_path, tables))
    assert "left" not in found.train
    assert any("accounts.csv is not used" in doubt and "`left`" in doubt for doubt in found.doubts)


def test_a_table_that_only_training_rows_are_in_is_not_joined(tmp_path: Path, understand: Understand) -> None:
    tables = shop()
    known = tables["customers"]["CustomerID"][:180]
    tables["calls"] = pd.DataFrame({"customer_id": known, "minutes": np.random.default_rng(0).random(180)})
    found = understand(write_csv(tmp_path, tables))
    assert "minutes" not in found.train
    assert any("calls.csv is not used" in d and "0% of the rows wanted" in d for d in found.doubts)


def timed(tables: dict[str, pd.DataFrame], offset: int) -> dict[str, pd.DataFrame]:
    """Customers who are asked about at some day."""
    orders = pd.to_datetime(tables["orders"].groupby("customer_id")["ordered_at"].min())
    days = tables["customers"]["CustomerID"].map(orders) + pd.Timedelta(days=offset)
    people = tables["customers"].assign(date=days.dt.strftime("%d/%m/%Y"))
    return {**tables, "customers": people}


def test_only_what_is_earlier_than_the_row_counts_where_both_have_a_time(
    tmp_path: Path, understand: Understand
) -> None:
    found = understand(write_csv(tmp_path, timed(shop(), 100)))
    orders = by_name(found)["orders"]
    assert orders.time == ("date", "ordered_at")
    assert by_name(found)["items"].time == ("date", "ordered_at")
    rows = rows_of(found.train, found.problem.relations)
    assert rows["date"].dtype.kind == "M"
    assert rows["date"].iloc[0] == pd.to_datetime(found.train["date"].iloc[0], format="%d/%m/%Y")


def test_a_table_that_lies_in_the_future_of_the_rows_is_not_used(tmp_path: Path, understand: Understand) -> None:
    found = understand(write_csv(tmp_path, timed(shop(), -3)))
    assert "orders" not in by_name(found)
    assert any("orders.csv is not used" in d and "the future" in d for d in found.doubts)


def test_two_columns_together_lead_to_a_row(tmp_path: Path, understand: Understand, write: Any) -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    rows = pd.DataFrame(
        {"store": np.repeat([11, 12, 13, 14], 60), "date": [*days] * 4, "size": rng.random(240).round(3)}
    )
    weather = rows[["store", "date"]].assign(rain=rng.random(240).round(3)).sample(frac=1, random_state=0)
    train = rows.assign(busy=rng.integers(0, 2, 240))
    early = rows["date"] < "2024-02-20"
    found = understand(write("Predict `busy`.", train=train[early], test=rows[~early], weather=weather))
    assert set(by_name(found)["weather"].keys) == {("store", "store"), ("date", "date")}
    merged = found.train.merge(weather, on=["store", "date"], how="left", validate="m:1")
    assert merged["rain_x"].tolist() == merged["rain_y"].tolist()


# --- the task file --------------------------------------------------------------------------------------------------


def told(tmp_path: Path, understand: Understand, change: Callable[[str], str]) -> Understanding:
    folder = write_csv(tmp_path / "shop", shop())
    file = tmp_path / "task.toml"
    taskfile.write(file, understand(folder).problem)
    file.write_text(change(file.read_text()))
    return understand(folder, overrides=taskfile.read(file))


def test_relations_read_back_from_the_task_file_are_the_same(tmp_path: Path, understand: Understand) -> None:
    first = understand(write_csv(tmp_path / "shop", shop()))
    second = told(tmp_path, understand, lambda text: text)
    assert [r.keys for r in second.problem.relations] == [r.keys for r in first.problem.relations]
    pd.testing.assert_frame_equal(second.train, first.train)
    assert set(second.tables) == set(first.tables)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(second.tables[name], table)


def test_an_empty_list_in_the_task_file_switches_relations_off(tmp_path: Path, understand: Understand) -> None:
    def off(text: str) -> str:
        start = text.index("relations = [")
        return text[:start] + "relations = []\n" + text[text.index("\n]", start) + 2 :]

    found = told(tmp_path, understand, off)
    assert found.problem.relations == ()
    assert "income" not in found.train


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'table = "regions.csv"',
            'table = "regionen.csv"',
            "no other table 'regionen.csv': did you mean 'regions.csv'",
        ),
        ('keys = [["region", "region"]]', 'keys = [["region", "area"]]', "regions.csv lacks the column 'area'"),
        ('keys = [["region", "region"]]', 'keyes = [["region", "region"]]', "'keyes' is no field of a relation"),
        ('keys = [["region", "region"]]', 'keys = "region"', "keys: Input should be"),
    ],
)
def test_a_relation_that_fits_nothing_is_refused(
    tmp_path: Path, understand: Understand, old: str, new: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        told(tmp_path, understand, lambda text: text.replace(old, new))


def test_fresh_tables_are_read_as_the_first_ones_were(tmp_path: Path, understand: Understand) -> None:
    found = understand(write_csv(tmp_path, shop()))
    fresh = shop()["orders"].astype({"customer_id": str})
    again = tidied({"orders": fresh}, found.problem.relations)["orders"]
    assert again["ordered_at"].dtype.kind == "M"
    pd.testing.assert_series_equal(again["amount"], found.tables["orders"]["amount"])
