"""Several tables, and tables in odd places: databases, keys, answers apart, rows wanted among the others."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect, Link
from ..files import database
from ..made import (
    Random,
    csv,
    cut,
    days,
    ids,
    make,
    mark,
    normal,
    part,
    pick,
    sample,
    say,
    score,
    skewed,
    whole,
)
from .suite import SUITE


def _shop(rng: Random) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    people = make(rng, 1200, id=ids(start=1), age=whole(18, 80), joined=days("2020-01-01", 900))
    people["region"] = rng.integers(1, 9, 1200)
    regions = pd.DataFrame({"code": range(1, 9), "name": [f"region {k}" for k in range(1, 9)]})
    regions["density"] = rng.integers(20, 4000, 8)
    owner = rng.choice(people["id"].to_numpy(), 6000)
    bought = make(rng, 6000, amount=skewed(30), day=days("2022-06-01", 365), channel=pick("web", "shop"))
    bought.insert(0, "order_no", np.arange(6000))
    bought.insert(1, "customer_id", owner.astype(int))
    return people, regions, bought


@SUITE.case(
    Expect(
        kind="binary",
        targets=("will_return",),
        id="id",
        metric="auc",
        rows=300,
        positive="1",
        relations=(Link("orders", (("id", "customer_id"),), True), Link("regions", (("region", "code"),), False)),
    )
)
def shop_database(folder: Path, rng: Random) -> None:
    """SQLite with declared keys; the rows wanted are those of the main table whose answer is NULL."""
    people, regions, orders = _shop(rng)
    spent = orders.groupby("customer_id")["amount"].sum().reindex(people["id"]).fillna(0).to_numpy()
    people["spent"] = spent
    answer = pd.Series(mark(score(rng, people, ["spent", "age", "region"]), 0.4)).astype(object)
    answer[rng.permutation(1200)[:300]] = None
    people = people.drop(columns="spent").assign(will_return=answer)
    database(
        folder / "shop.sqlite",
        """
        create table regions (code integer primary key, name text, density integer);
        create table customers (id integer primary key, age integer, joined text,
            region integer references regions(code), will_return integer);
        create table orders (order_no integer primary key, customer_id integer references customers(id),
            amount real, day text, channel text);
        """,
        regions=regions,
        customers=people,
        orders=orders,
    )
    say(
        folder,
        """
        The database shop.sqlite has our customers, their orders and the regions. For the customers whose will_return
        is NULL we would like to know how likely they are to buy again. Quality is measured by the AUC.
        Return id and will_return.
        """,
        "notes.txt",
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("cost_next_year",),
        id="patient",
        metric="mae",
        rows=250,
        relations=(
            Link("visits", (("patient", "pat_no"),), True),
            Link("clinics", (("clinic", "clinic_code"),), False),
        ),
        header=("patient", "cost_next_year"),
    )
)
def patients_several_tables(folder: Path, rng: Random) -> None:
    """Several csv tables; the keys have other names in each."""
    table = make(rng, 1250, patient=ids("PT"), age=whole(1, 95), smoker=pick("y", "n"))
    table["clinic"] = rng.choice([f"C{k:02d}" for k in range(20)], 1250)
    clinics = pd.DataFrame({"clinic_code": [f"C{k:02d}" for k in range(20)], "beds": rng.integers(20, 900, 20)})
    clinics["kind"] = pick("public", "private")(rng, 20)
    visits = make(rng, 5000, visit=ids("V"), minutes=whole(5, 90), ward=pick("er", "gp", "lab"))
    visits.insert(1, "pat_no", rng.choice(table["patient"].to_numpy(), 5000))
    count = visits.groupby("pat_no")["minutes"].sum().reindex(table["patient"]).fillna(0).to_numpy()
    value = score(rng, table.assign(count=count), ["count", "age", "smoker"], 0.5)
    table["cost_next_year"] = (900 * np.exp(0.6 * value)).round()
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="cost_next_year"))
    csv(folder, "visits.csv", visits)
    csv(folder, "clinics.csv", clinics)
    csv(folder, "sample_submission.csv", sample(test, "patient", cost_next_year=0))
    say(
        folder,
        """
        # Cost of care

        Predict `cost_next_year` for the patients in test.csv. visits.csv lists their visits of this year (`pat_no`
        is the patient), clinics.csv the clinics.

        Metric: MAE
        """,
    )


@SUITE.case(
    Expect(kind="binary", targets=("defect",), id="part_id", metric="f1", rows=300, output="labels", positive="1")
)
def labels_apart(folder: Path, rng: Random) -> None:
    """Features of all rows in one table, answers in another, the wanted ids in a third."""
    table = make(
        rng,
        1500,
        part_id=ids(),
        length_mm=normal(80, 0.3, 3),
        weight_g=normal(40, 1, 2),
        press=pick("p1", "p2", "p3"),
        temperature=normal(190, 6, 1),
    )
    table["defect"] = mark(score(rng, table, ["temperature", "press", "weight_g"]), 0.2)
    train, test = part(rng, table, 0.2)
    both = pd.concat([train, test]).drop(columns="defect")
    csv(folder, "measurements.csv", both.iloc[rng.permutation(len(both))])
    csv(folder, "train_labels.csv", train[["part_id", "defect"]])
    csv(folder, "sample_submission.csv", sample(test, "part_id", defect=0))
    say(
        folder,
        """
        measurements.csv has what was measured on each part. train_labels.csv tells for 1,200 parts whether they
        were defect (1) or not (0); answer for the others, in the form of sample_submission.csv. Score: F1.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("clicked",),
        id="view",
        metric="log-loss",
        output="probabilities",
        rows=500,
        positive="1",
    )
)
def folder_below_odd_names(folder: Path, rng: Random) -> None:
    """Tables one folder down, with names that do not tell which is which."""
    table = make(
        rng,
        2500,
        view=ids(),
        slot=pick("top", "side", "foot"),
        hour=whole(0, 24),
        seen_before=whole(0, 12),
        screen=pick("phone", "desk"),
    )
    table["clicked"] = mark(score(rng, table, ["slot", "seen_before", "screen"]), 0.15)
    train, test = part(rng, table, 0.2)
    csv(folder, "files/data_a.csv", test.drop(columns="clicked"))
    csv(folder, "files/data_b.csv", train)
    say(
        folder,
        """
        We would like to know for each view in data_a how probable a click is. data_b has the same columns plus
        clicked. Send view,clicked. We take the logarithmic loss, mean over all views.
        """,
        "readme.txt",
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("score",),
        id="essay",
        metric="rmse",
        rows=150,
    )
)
def wanted_rows_in_train(folder: Path, rng: Random) -> None:
    """One table: rows without an answer are the ones wanted."""
    table = make(
        rng,
        900,
        essay=ids(),
        words=whole(150, 900),
        spelling_errors=whole(0, 30),
        grade=pick(7, 8, 9, 10),
        topic=pick("energy", "travel", "school"),
    )
    table["score"] = (60 + 12 * score(rng, table, ["words", "spelling_errors", "grade"], 0.5)).round(1)
    table.loc[rng.permutation(900)[:150], "score"] = None
    csv(folder, "essays.csv", table)
    say(folder, "Fill in the empty cells of `score` in essays.csv. RMSE, please.", "TODO.txt")


@SUITE.case(Expect(kind="multiclass", targets=("quality",), id="batch", metric="f1-macro", rows=300, output="labels"))
def split_column(folder: Path, rng: Random) -> None:
    """One table in which a column says which rows are for learning and which are wanted."""
    table = make(
        rng,
        1500,
        batch=ids("b"),
        acid=normal(3.2, 0.2),
        sugar=skewed(6),
        lab=pick("north", "south"),
        colour=normal(0.5, 0.1, 3),
    )
    table["quality"] = cut(score(rng, table, ["acid", "sugar", "lab"]), ("A", "B", "C"), (2, 5, 3))
    table["split"] = "train"
    wanted = rng.permutation(1500)[:300]
    table.loc[wanted, "split"] = "test"
    table.loc[wanted, "quality"] = None
    csv(folder, "batches.csv", table)
    say(
        folder,
        """
        batches.csv: rows with split = train have `quality`, rows with split = test want it. Macro-averaged F1.
        """,
    )
