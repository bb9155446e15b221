"""Columns and rows that give the answer away, and a strong one that does not."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect, Found
from ..made import Random, csv, ids, make, mark, normal, part, pick, sample, say, score, skewed, whole
from .suite import SUITE

LEAKS = ("near-copy", "too-good", "future", "leak", "id-encodes-target", "row-order")
BAD = ("warning", "serious")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("price",),
        id="deal",
        metric="rmse",
        findings=(Found(("near-copy", "too-good"), "price_net", BAD),),
        not_findings=(Found(LEAKS, "size", ("serious",)),),
    )
)
def near_copy(folder: Path, rng: Random) -> None:
    """A column is the target in other units with a little rounding."""
    table = make(
        rng, 1400, deal=ids(), size=skewed(60, 0.4), age=whole(0, 50), area=pick("n", "e", "s", "w"), agent=whole(1, 30)
    )
    table["price"] = (200 * np.exp(0.5 * score(rng, table, ["size", "age", "area"]))).round(1)
    table.insert(3, "price_net", (table["price"] / 1.19 + rng.normal(0, 0.4, 1400)).round(1))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="price"))
    csv(folder, "sample_submission.csv", sample(test, "deal", price=200.0))
    say(folder, "Predict `price`. Root mean squared error.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("cancelled",),
        id="booking",
        metric="auc",
        dropped=("refund_paid", "closing_code"),
        header=("booking", "cancelled"),
        scheme="stratified",
    )
)
def absent_from_test(folder: Path, rng: Random) -> None:
    """Two columns besides the target are in train only."""
    table = make(
        rng,
        1500,
        booking=ids(),
        lead_days=whole(0, 300),
        nights=whole(1, 15),
        rate=skewed(90),
        agent=pick("a", "b", "c"),
    )
    table["cancelled"] = mark(score(rng, table, ["lead_days", "rate", "agent"]), 0.35)
    table["refund_paid"] = np.where(table["cancelled"] == 1, skewed(80)(rng, 1500), 0.0).round(2)
    table["closing_code"] = pick("X", "Y", "Z")(rng, 1500)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=["cancelled", "refund_paid", "closing_code"]))
    csv(folder, "sample_submission.csv", sample(test, "booking", cancelled=0.3))
    say(folder, "Hotel bookings: how likely is `cancelled`? Metric: area under the ROC curve.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("ill",),
        metric="auc",
        findings=(Found(("row-order",), None, BAD),),
    )
)
def row_order(folder: Path, rng: Random) -> None:
    """The training rows stand nearly in the order of the target."""
    table = make(
        rng, 1600, code=ids("c"), age=whole(1, 90), blood=normal(5, 1), sex=pick("f", "m"), score_a=normal(0, 1)
    )
    table["ill"] = mark(score(rng, table, ["age", "blood", "sex"]), 0.4)
    train, test = part(rng, table)
    train = train.iloc[np.argsort(train["ill"].to_numpy() + rng.normal(0, 0.35, len(train)), kind="stable")]
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="ill"))
    csv(folder, "sample_submission.csv", sample(test, "code", ill=0.4))
    say(folder, "Probability of `ill` for each `code`. AUC.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("accepted",),
        id="application",
        metric="accuracy",
        findings=(Found(("id-encodes-target", "id", "id-encodes"), "application", BAD),),
    )
)
def id_encodes(folder: Path, rng: Random) -> None:
    """Numbers of applications were given out after the decision: they tell it."""
    table = make(rng, 1600, points=whole(0, 100), school=pick("a", "b", "c"), essays=whole(0, 4), fee=normal(40, 9))
    table["accepted"] = mark(score(rng, table, ["points", "school", "essays"], 1.0), 0.5)
    place = np.argsort(np.argsort(table["accepted"].to_numpy() + rng.normal(0, 0.3, 1600)))
    table.insert(0, "application", 50000 + 3 * place)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="accepted"))
    csv(folder, "sample_submission.csv", sample(test, "application", accepted=0))
    say(folder, "Predict `accepted` (0/1); the portion of correct predictions counts.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("churn",),
        id="account",
        metric="auc",
        findings=(Found(("future", "too-good", "near-copy", "leak"), "exit_survey", BAD),),
    )
)
def future_column(folder: Path, rng: Random) -> None:
    """A column is filled only after the answer is known: in train for the positives, in the test never."""
    table = make(
        rng, 1800, account=ids(), months=whole(1, 60), fee=skewed(20), calls=whole(0, 8), plan=pick("s", "m", "l")
    )
    table["churn"] = mark(score(rng, table, ["calls", "months", "plan"]), 0.3)
    asked = (table["churn"] == 1) & (rng.random(1800) < 0.9)
    table.insert(4, "exit_survey", pick("price", "service", "moved")(rng, 1800))
    table["exit_survey"] = table["exit_survey"].where(asked)
    train, test = part(rng, table)
    test["exit_survey"] = None
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="churn"))
    csv(folder, "sample_submission.csv", sample(test, "account", churn=0.3))
    say(folder, "Rank the accounts by how likely `churn` is. Measure: ROC AUC.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("strength",),
        id="probe",
        metric="r2",
        findings=(Found(("duplicates", "shared"), None, ("note", "warning", "serious")),),
    )
)
def duplicates_across(folder: Path, rng: Random) -> None:
    """A third of the test rows repeat a training row in every feature."""
    table = make(
        rng, 1500, cement=normal(300, 80, 1), water=normal(180, 20, 1), ash=skewed(50), days=pick(3, 7, 28, 90)
    )
    table["strength"] = (35 + 10 * score(rng, table, ["cement", "water", "days"])).round(2)
    train, test = part(rng, table, 0.15)
    test = pd.concat([test, train.sample(110, random_state=1)]).sample(frac=1, random_state=2)
    train = pd.concat([train, train.sample(100, random_state=3)]).sample(frac=1, random_state=4)
    train.insert(0, "probe", rng.permutation(len(train)) + 1)
    test.insert(0, "probe", rng.permutation(len(test)) + 5000)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="strength"))
    csv(folder, "sample_submission.csv", sample(test, "probe", strength=35.0))
    say(folder, "Compressive `strength` of concrete. We report R squared.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("pass_inspection",),
        id="plate",
        metric="auc",
        not_findings=(Found(LEAKS, "thickness", ("serious",)), Found(LEAKS, "hardness", BAD)),
        dropped=(),
    )
)
def honest_strong(folder: Path, rng: Random) -> None:
    """One measured column nearly decides, is there in the test alike, and is no leak."""
    table = make(
        rng,
        1600,
        plate=ids(),
        thickness=normal(8, 0.5, 2),
        hardness=normal(200, 20, 1),
        line=pick("1", "2"),
        shift=whole(1, 4),
    )
    value = (table["thickness"] - 8) / 0.5 + 0.35 * score(rng, table, ["hardness", "line"], 1.0)
    table["pass_inspection"] = mark(value.to_numpy(), 0.7)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="pass_inspection"))
    csv(folder, "sample_submission.csv", sample(test, "plate", pass_inspection=0.7))
    say(
        folder,
        """
        Which plates pass the inspection? The rule book asks for 7.8 mm, and the gauge at the gate measures the
        `thickness` of every plate before. AUC.
        """,
    )
