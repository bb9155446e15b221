"""A run on a task of several tables: aggregates are measured like any other step, and the bundle predicts new rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import modelwright as mw
from modelwright.deliver import bundle
from modelwright.deliver.row_schema import json_schema
from modelwright.errors import RunError, TableError

from .refitted import told_by_refits
from .task.shop import shop, write_csv

TABLES = shop(400)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    folder = write_csv(tmp_path_factory.mktemp("tasks") / "shop", TABLES)
    return mw.run(folder, experiments=3, jobs=1, out=tmp_path_factory.mktemp("runs") / "shop")


@pytest.fixture
def wanted() -> pd.DataFrame:
    return TABLES["customers"][300:].drop(columns="churned").reset_index(drop=True)


def answers(found: pd.DataFrame) -> list[float]:
    return [round(float(v), 6) for v in found["churned"]]


def test_drafts_begin_with_the_aggregates_of_each_other_table(run: mw.Run) -> None:
    steps = {e.proposal.recipe: [s.title for s in e.proposal.features] for e in run.experiments}
    assert steps["dummy"] == []
    assert steps["linear"][:2] == ["aggregates(orders)", "aggregates(items)"]


def test_the_bundle_predicts_as_the_refits_did(run: mw.Run, wanted: pd.DataFrame) -> None:
    np.testing.assert_allclose(run.predict(wanted)["churned"], told_by_refits(run)["churned"], atol=1e-5)


def test_fresh_tables_that_are_the_same_predict_the_same(run: mw.Run, wanted: pd.DataFrame) -> None:
    fresh = {name: TABLES[name] for name in ("orders", "items", "products", "regions")}
    assert answers(run.predict(wanted, fresh)) == answers(run.predict(wanted))


def test_one_customer_with_its_own_rows_is_predicted_as_among_all(run: mw.Run, wanted: pd.DataFrame) -> None:
    one = wanted.iloc[[5]]
    orders = TABLES["orders"][TABLES["orders"]["customer_id"] == one["CustomerID"].iloc[0]]
    items = TABLES["items"][TABLES["items"]["order_id"].isin(orders["order_id"])]
    found = run.predict(one.astype({"CustomerID": str}), {"orders.csv": orders, "items": items})
    assert answers(found) == answers(run.predict(wanted))[5:6]


def test_fresh_rows_of_another_table_change_the_answer(run: mw.Run, wanted: pd.DataFrame) -> None:
    rich = TABLES["orders"].assign(amount=200.0)
    assert np.mean(answers(run.predict(wanted, {"orders": rich}))) > np.mean(answers(run.predict(wanted))) + 0.2


def test_a_customer_nobody_knows_is_predicted_all_the_same(run: mw.Run, wanted: pd.DataFrame) -> None:
    strange = wanted.iloc[[0]].assign(CustomerID=5, region="unheard of")
    assert 0 <= answers(run.predict(strange))[0] <= 1


def test_a_row_with_the_joined_columns_is_taken_as_it_is(run: mw.Run, wanted: pd.DataFrame) -> None:
    whole = wanted.merge(TABLES["regions"], on="region").set_index("CustomerID").loc[wanted["CustomerID"]].reset_index()
    assert answers(run.predict(whole.drop(columns="region").assign(region=wanted["region"]))) == answers(
        run.predict(wanted)
    )


def test_a_table_nobody_asked_for_and_a_missing_key_are_refused(run: mw.Run, wanted: pd.DataFrame) -> None:
    with pytest.raises(TableError, match="no other table 'visits'"):
        run.predict(wanted, {"visits": TABLES["orders"]})
    with pytest.raises(TableError, match=r"lacks the column 'CustomerID', needed to find its rows in orders.csv"):
        run.predict(wanted.drop(columns="CustomerID"))
    with pytest.raises(TableError, match=r"orders.csv lacks the column 'customer_id'"):
        run.predict(wanted, {"orders": TABLES["orders"].drop(columns="customer_id")})


def test_a_damaged_table_of_the_bundle_is_refused(run: mw.Run, wanted: pd.DataFrame, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "bundle"
    shutil.copytree(run.path / "bundle", copy)
    with (copy / "tables" / "orders.feather").open("ab") as file:
        file.write(b"more")
    with pytest.raises(RunError, match="damaged"):
        bundle.load(copy).predict(wanted)


def test_the_schema_of_the_bundle_asks_for_keys_but_not_for_joined_columns(run: mw.Run) -> None:
    found = bundle.load(run.path)
    asked = json_schema(found.schema, found.problem)["required"]
    assert "CustomerID" in asked
    assert "region" in asked
    assert "income" not in asked


@pytest.mark.slow
def test_the_aggregates_carry_the_signal(run: mw.Run, tmp_path: Path) -> None:
    alone = write_csv(tmp_path / "bare", {"customers": TABLES["customers"]})
    bare = mw.run(alone, target="churned", experiments=3, jobs=1, out=tmp_path / "run")
    assert run.best is not None
    assert run.best.score is not None
    assert bare.best is not None
    assert bare.best.score is not None
    assert run.best.score.value > bare.best.score.value + 0.2


@pytest.mark.slow
def test_rows_with_nothing_but_an_id_are_predicted_by_their_history(tmp_path: Path) -> None:
    tables = shop(400)
    tables["customers"] = tables["customers"][["CustomerID", "churned"]]
    folder = write_csv(tmp_path / "shop", {name: tables[name] for name in ("customers", "orders")})
    found = mw.run(folder, experiments=3, jobs=1, out=tmp_path / "run")
    assert found.best is not None
    assert found.best.score is not None
    assert found.best.score.value > 0.9
    assert len(found.predict(tables["customers"][300:][["CustomerID"]])) == 100
