"""Measure only, never look at this while mending: other dialects, several tables."""

import bz2
import json
from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect, Link
from ..files import database, rows_of, workbook
from ..made import (
    Random,
    csv,
    cut,
    days,
    grouped,
    holes,
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
    zipped,
)
from .suite import SUITE


@SUITE.case(
    Expect(
        kind="regression",
        targets=("umsatz",),
        id="filiale",
        metric="rmse",
        rows=240,
        roles={"miete": "number", "umsatz_vorjahr": "number", "ort": "category"},
    )
)
def branches_continental(folder: Path, rng: Random) -> None:
    """Semicolons, points for thousands, commas for decimals, latin-1."""
    table = make(
        rng,
        1200,
        filiale=ids("F"),
        umsatz_vorjahr=skewed(420000, 0.5),
        miete=skewed(5200, 0.4),
        ort=pick("Köln", "Münster", "Bonn", "Düren"),
        mitarbeiter=whole(2, 40),
    )
    table["umsatz"] = 400000 * np.exp(0.4 * score(rng, table, ["umsatz_vorjahr", "miete", "ort"], 0.4))
    for name in ("umsatz_vorjahr", "miete", "umsatz"):
        table[name] = [grouped(v).replace(",", " ").replace(".", ",").replace(" ", ".") for v in table[name]]
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train, sep=";", encoding="latin-1")
    csv(folder, "test.csv", test.drop(columns="umsatz"), sep=";", encoding="latin-1")
    say(
        folder,
        """
        Turnover (umsatz, EUR) of our branches. train.csv: known, test.csv: wanted. Answer: filiale,umsatz. The
        controller squares the deviations, takes the mean and then the square root.
        """,
        "info.txt",
    )


@SUITE.case(
    Expect(kind="binary", targets=("accepted",), id="offer_id", metric="f1", output="labels", positive="True", rows=180)
)
def offers_json_array(folder: Path, rng: Random) -> None:
    """JSON arrays of objects, one of them below a key."""
    table = make(
        rng,
        900,
        offer_id=ids("of"),
        discount=normal(10, 4, 1),
        weeks=whole(1, 20),
        person=pick("kim", "lee", "ray"),
        size=skewed(30),
    )
    table["accepted"] = mark(score(rng, table, ["discount", "weeks", "person"]), 0.4, True, False)
    train, test = part(rng, table, 0.2)
    (folder / "train.json").write_text(train.to_json(orient="records"))
    (folder / "test.json").write_text(json.dumps(json.loads(test.drop(columns="accepted").to_json(orient="records"))))
    say(
        folder,
        """
        Which offers get accepted? train.json has the past ones, test.json the open ones. Return offer_id and accepted
        as true or false. F1 for accepted = true decides.
        """,
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("Outcome",),
        id="Match",
        metric="log-loss",
        rows=160,
        header=("Match", "away", "draw", "home"),
        class_columns=("away", "draw", "home"),
    )
)
def matches_two_sheets(folder: Path, rng: Random) -> None:
    """One workbook with a sheet to learn from and a sheet to fill in; the answer's form in words."""
    table = make(
        rng,
        800,
        Match=ids("m"),
        HomeRank=whole(1, 19),
        AwayRank=whole(1, 19),
        RestDays=whole(2, 10),
        Derby=pick("yes", "no", weights=(1, 6)),
    )
    table["Outcome"] = cut(score(rng, table, ["AwayRank", "HomeRank", "RestDays"]), ("away", "draw", "home"), (3, 2, 4))
    train, test = part(rng, table, 0.2)
    workbook(folder / "season.xlsx", {"train": rows_of(train), "test": rows_of(test.drop(columns="Outcome"))})
    say(
        folder,
        """
        season.xlsx has two sheets, train and test. For the matches of the second one give the probabilities of
        `Outcome`, in a csv with the columns Match, away, draw, home. Scoring is by logloss.
        """,
        "rules.md",
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("dropped_out",),
        id="student_id",
        metric="auc",
        rows=240,
        relations=(
            Link("grades", (("student_id", "sid"),), True),
            Link("programs", (("program", "program_code"),), False),
        ),
        positive="1",
    )
)
def students_database(folder: Path, rng: Random) -> None:
    """SQLite without declared keys: tables for train and test, and two more."""
    table = make(rng, 1200, student_id=ids(start=20000), age=whole(17, 40), parttime=pick(0, 1))
    table["program"] = rng.choice([f"PR{k}" for k in range(12)], 1200)
    programs = pd.DataFrame({"program_code": [f"PR{k}" for k in range(12)], "seats": rng.integers(20, 300, 12)})
    programs["faculty"] = pick("arts", "law", "science")(rng, 12)
    marks = make(rng, 6000, grade=normal(2.5, 0.8, 1), term=pick(1, 2, 3), subject=pick("a", "b", "c", "d"))
    marks.insert(0, "sid", rng.choice(table["student_id"].to_numpy(), 6000).astype(int))
    mean = marks.groupby("sid")["grade"].mean().reindex(table["student_id"]).fillna(2.5).to_numpy()
    table["dropped_out"] = mark(score(rng, table.assign(mean=mean), ["mean", "age", "parttime"]), 0.3)
    train, test = part(rng, table, 0.2)
    database(
        folder / "university.db",
        """
        create table train (student_id integer, age integer, parttime integer, program text, dropped_out integer);
        create table test (student_id integer, age integer, parttime integer, program text);
        create table grades (sid integer, grade real, term integer, subject text);
        create table programs (program_code text, seats integer, faculty text);
        """,
        train=train,
        test=test.drop(columns="dropped_out"),
        grades=marks,
        programs=programs,
    )
    say(
        folder,
        """
        The tables are in university.db. Estimate for the students of the table test the chance that they drop out
        (dropped_out = 1). Performance is measured via AUC-ROC.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("bad_debt",),
        id="acct",
        metric="auc",
        relations=(Link("movements", (("acct", "account_number"),), True),),
        rows=300,
        header=("acct", "bad_debt"),
    )
)
def accounts_movements(folder: Path, rng: Random) -> None:
    """A table of movements belongs to accounts, by a key of another name; files are bar separated and bzip2."""
    table = make(
        rng, 1500, acct=ids("A"), opened=days("2012-01-01", 3000), limit=pick(500, 1000, 2000), branch=whole(1, 30)
    )
    moves = make(rng, 9000, move=ids(), value=normal(0, 80, 2), text=pick("card", "cash", "wage", "fee"))
    moves.insert(1, "account_number", rng.choice(table["acct"].to_numpy(), 9000))
    balance = moves.groupby("account_number")["value"].sum().reindex(table["acct"]).fillna(0).to_numpy()
    table["bad_debt"] = mark(-score(rng, table.assign(balance=balance), ["balance", "limit"], 0.6), 0.2)
    train, test = part(rng, table, 0.2)
    csv(folder, "accounts_train.csv", train, sep="|")
    csv(folder, "accounts_test.csv", test.drop(columns="bad_debt"), sep="|")
    packed = moves.to_csv(index=False, sep="|", lineterminator="\n").encode()
    (folder / "movements.csv.bz2").write_bytes(bz2.compress(packed))
    csv(folder, "sample_submission.csv", sample(test, "acct", bad_debt=0.2))
    say(folder, "Who will not pay back? `bad_debt`, and movements.csv.bz2 has what happened on the accounts. AUC.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("corrosion",),
        id="sensor_id",
        metric="mae",
        rows=260,
        header=("sensor_id", "corrosion"),
    )
)
def sensors_answers_apart(folder: Path, rng: Random) -> None:
    """Answers in a table of their own, with the key under another name."""
    table = make(
        rng,
        1300,
        sensor_id=ids("Q"),
        salt=skewed(3),
        ph=normal(7, 0.6),
        steel=pick("s1", "s2", "s3"),
        months=whole(3, 80),
    )
    table["corrosion"] = (4 + 1.3 * score(rng, table, ["months", "salt", "steel"])).round(3)
    train, test = part(rng, table, 0.2)
    whole_table = pd.concat([train, test]).drop(columns="corrosion")
    csv(folder, "sensors.csv", whole_table.iloc[rng.permutation(len(whole_table))])
    csv(folder, "known.csv", train[["sensor_id", "corrosion"]].rename(columns={"sensor_id": "sensor"}))
    csv(folder, "sample_submission.csv", sample(test, "sensor_id", corrosion=0.0))
    say(
        folder,
        """
        sensors.csv describes all sensors, known.csv gives the corrosion of some. We want it for those listed in
        sample_submission.csv. Metric: the mean of the absolute differences.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("renewed",),
        id="licence",
        metric="accuracy",
        rows=250,
        roles={"seats": "number", "tickets": "number"},
        missing={"seats": 0.1, "tickets": 0.15},
    )
)
def licences_is_test(folder: Path, rng: Random) -> None:
    """One table with a flag is_test; missing values are written NULL and -99."""
    table = make(
        rng,
        1250,
        licence=ids("L"),
        seats=whole(1, 400),
        tickets=skewed(9),
        tier=pick("basic", "pro", "max"),
        country=pick("fi", "pt", "ro"),
    )
    table["renewed"] = mark(score(rng, table, ["tickets", "seats", "tier"]), 0.6)
    table["seats"] = holes(rng, table["seats"], 0.1, -99)
    table["tickets"] = holes(rng, table["tickets"], 0.15, "not recorded")
    table["is_test"] = 0
    wanted = rng.permutation(1250)[:250]
    table.loc[wanted, "is_test"] = 1
    table["renewed"] = table["renewed"].astype(object)
    table.loc[wanted, "renewed"] = None
    csv(folder, "licences.csv", table)
    say(
        folder,
        """
        Rows with is_test = 1 lack `renewed`: fill it in with 0 or 1. What counts is how often you are right. -99 and
        "not recorded" mean that we do not know.
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("points",), id="team_day", metric="rmse", rows=200))
def all_in_one_archive(folder: Path, rng: Random) -> None:
    """All tables in one zip archive, in a folder inside it."""
    table = make(
        rng,
        1000,
        team_day=ids(),
        sleep=normal(7, 1, 1),
        coffee=whole(0, 6),
        meeting_h=skewed(2),
        team=pick("r", "g", "b"),
    )
    table["points"] = (20 + 6 * score(rng, table, ["sleep", "meeting_h", "team"])).round(1)
    train, test = part(rng, table, 0.2)
    zipped(
        folder / "bundle.zip",
        {
            "bundle/train.csv": train.to_csv(index=False).encode(),
            "bundle/test.csv": test.drop(columns="points").to_csv(index=False).encode(),
            "bundle/sample_submission.csv": sample(test, "team_day", points=0.0).to_csv(index=False).encode(),
        },
    )
    say(folder, "Sprint points per team and day: `points`. Unzip bundle.zip. Evaluation metric - RMSE.")
