"""Files as they come: separators, encodings, packing, JSON, workbooks, odd spellings."""

import json
import lzma
from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..files import rows_of, workbook
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
    prose,
    sample,
    say,
    score,
    skewed,
    whole,
)
from .suite import SUITE


@SUITE.case(
    Expect(
        kind="regression",
        targets=("yield_t",),
        id="plot",
        metric="r2",
        rows=240,
        roles={"rain_mm": "number", "variety": "category"},
        header=("plot", "yield_t"),
    )
)
def plots_tab_utf16(folder: Path, rng: Random) -> None:
    """Tabs and UTF-16; coefficient of determination."""
    table = make(
        rng,
        1200,
        plot=ids("P"),
        rain_mm=normal(420, 80, 1),
        nitrogen=normal(140, 30),
        variety=pick("Ähre", "Gold", "Süd 7", "Łan"),
        soil_ph=normal(6.5, 0.4),
        sown=days("2021-09-15", 40),
    )
    table["yield_t"] = (7 + 1.5 * score(rng, table, ["rain_mm", "nitrogen", "variety"], 0.5)).round(2)
    train, test = part(rng, table, 0.2)
    how = {"sep": "\t", "encoding": "utf-16"}
    csv(folder, "train.tsv", train, **how)
    csv(folder, "test.tsv", test.drop(columns="yield_t"), **how)
    csv(folder, "sample_submission.tsv", sample(test, "plot", yield_t=7.0), **how)
    say(folder, "Estimate yield_t of the plots in test.tsv. Score: coefficient of determination (R²).", "read me.txt")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("sale_price",),
        id="vehicle",
        metric="mae",
        rows=300,
        roles={"list_price": "number", "mileage": "number", "brand": "category"},
    )
)
def vehicles_bar_thousands(folder: Path, rng: Random) -> None:
    """Bars, a byte order mark, and thousands separators in the numbers, the target's too."""
    table = make(
        rng,
        1500,
        vehicle=ids("V"),
        list_price=skewed(28000, 0.4),
        mileage=skewed(60000, 0.6, 0),
        brand=pick("Alta", "Boreal", "Corvo", "Dune"),
        doors=pick(3, 5),
        fuel=pick("petrol", "diesel", "electric"),
    )
    table["sale_price"] = 15000 * np.exp(0.5 * score(rng, table, ["list_price", "mileage", "brand"], 0.4))
    for name, digits in (("list_price", 2), ("sale_price", 2), ("mileage", 0)):
        table[name] = [grouped(v, digits) for v in table[name]]
    train, test = part(rng, table, 0.2)
    how = {"sep": "|", "encoding": "utf-8-sig"}
    csv(folder, "train.txt", train, **how)
    csv(folder, "test.txt", test.drop(columns="sale_price"), **how)
    say(
        folder,
        """
        Auction prices. Predict sale_price for each vehicle in test.txt (files are bar separated). Evaluated by mean
        absolute error. Answer as csv with the columns vehicle and sale_price.
        """,
        "about.md",
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("fault",),
        id="unit",
        metric="balanced-accuracy",
        output="labels",
        rows=360,
        header=("unit", "fault"),
    )
)
def packed_files(folder: Path, rng: Random) -> None:
    """Tables in gz, zip and xz; balanced accuracy."""
    table = make(
        rng,
        1800,
        unit=ids("U"),
        voltage=normal(230, 4),
        current=skewed(9),
        vibration=skewed(0.3, 0.5, 3),
        line=pick("A", "B", "C"),
        age_months=whole(1, 120),
    )
    table["fault"] = cut(
        score(rng, table, ["vibration", "current", "age_months"]), ("none", "bearing", "coil"), (6, 2, 1)
    )
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv.gz", train)
    csv(folder, "test.csv.zip", test.drop(columns="fault"))
    answer = sample(test, "unit", fault="none").to_csv(index=False, lineterminator="\n").encode()
    (folder / "sample_submission.csv.xz").write_bytes(lzma.compress(answer))
    say(
        folder,
        """
        # Faults of units
        `fault` is one of none, bearing, coil. Because most units have none, we use balanced accuracy.
        """,
    )


def _nested(table: pd.DataFrame, skip: tuple[str, ...] = ()) -> str:
    rows = []
    for row in table.to_dict("records"):
        plain = {str(k): v for k, v in row.items() if "." not in str(k) and k not in skip}
        for name, value in row.items():
            if "." in str(name):
                head, tail = str(name).split(".")
                plain.setdefault(head, {})[tail] = value
        rows.append(json.dumps(plain, default=lambda v: v.item()))
    return "\n".join(rows) + "\n"


@SUITE.case(
    Expect(kind="binary", targets=("bounced",), id="session", metric="f1", output="labels", positive="True", rows=400)
)
def sessions_json_lines(folder: Path, rng: Random) -> None:
    """JSON lines with objects inside; F1 of the positive class."""
    table = make(rng, 2000, session=ids("s"), pages=whole(1, 30), seconds=skewed(90), new=pick(True, False))
    table["device.os"] = pick("android", "ios", "windows")(rng, 2000)
    table["device.width"] = whole(320, 2560)(rng, 2000)
    table["bounced"] = mark(score(rng, table, ["pages", "seconds", "device.os"]), 0.35, True, False)
    train, test = part(rng, table, 0.2)
    (folder / "train.jsonl").write_text(_nested(train))
    (folder / "test.jsonl").write_text(_nested(test, ("bounced",)))
    say(
        folder,
        """
        Which sessions bounced? The files hold one JSON object per line. For each session of test.jsonl send `session`
        and `bounced` (true or false) as csv. Judged by the F1 score of the bounced ones.
        """,
        "task.md",
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("delay_h",),
        id="shipment",
        metric="rmse",
        rows=300,
        roles={"booked": "date", "weight_kg": "number"},
    )
)
def shipments_columnar(folder: Path, rng: Random) -> None:
    """Parquet for train, feather for test."""
    table = make(
        rng,
        1500,
        shipment=ids("S"),
        weight_kg=skewed(400),
        carrier=pick("red", "green", "blue"),
        stops=whole(0, 6),
        customs=pick(True, False),
        booked=days("2023-01-01", 300),
    )
    table["booked"] = pd.to_datetime(table["booked"])
    table["delay_h"] = (10 + 6 * score(rng, table, ["stops", "customs", "carrier"], 0.5)).round(1)
    train, test = part(rng, table, 0.2)
    train.to_parquet(folder / "train.parquet", index=False)
    test.drop(columns="delay_h").to_feather(folder / "test.feather")
    csv(folder, "sample_submission.csv", sample(test, "shipment", delay_h=0.0))
    say(folder, "Predict delay_h. Entries are compared by root mean squared error.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("Won",),
        id="Offer No",
        metric="accuracy",
        output="labels",
        positive="Yes",
        rows=200,
        roles={"Net Value": "number"},
    )
)
def offers_workbook(folder: Path, rng: Random) -> None:
    """A workbook with a title line above the header, train and test as two sheets or files."""
    table = make(
        rng,
        1000,
        **{
            "Offer No": ids("O"),
            "Net Value": skewed(12000),
            "Discount %": normal(8, 3, 1),
            "Rep": pick("Ann", "Ben", "Cem", "Dot"),
            "Competitors": whole(0, 5),
        },
    )
    table["Won"] = mark(score(rng, table, ["Discount %", "Competitors", "Rep"]), 0.4, "Yes", "No")
    train, test = part(rng, table, 0.2)
    title: list[list[object]] = [["Offers of the sales region West, as of 1 March"], []]
    workbook(folder / "train.xlsx", {"Offers": title + rows_of(train)})
    workbook(folder / "test.xlsx", {"Offers": title + rows_of(test.drop(columns="Won"))})
    say(
        folder,
        """
        Please fill in Won (Yes / No) for test.xlsx. What we look at is the percentage of offers that you get right.
        Return a csv with Offer No and Won.
        """,
        "request.txt",
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("risk",),
        id="subject",
        metric="auc",
        roles={"glucose": "number", "pressure": "number", "smoking": "category"},
        missing={"glucose": 0.12, "pressure": 0.1, "smoking": 0.2},
        positive="1",
    )
)
def missing_spelled(folder: Path, rng: Random) -> None:
    """Missing values written as ?, -999 and unknown."""
    table = make(
        rng,
        2000,
        subject=ids(),
        glucose=normal(105, 20, 1),
        pressure=whole(95, 170),
        smoking=pick("never", "former", "daily"),
        bmi=normal(27, 4, 1),
    )
    table["risk"] = mark(score(rng, table, ["glucose", "pressure", "smoking", "bmi"]), 0.3)
    table["glucose"] = holes(rng, table["glucose"], 0.12, "?")
    table["pressure"] = holes(rng, table["pressure"], 0.1, -999)
    table["smoking"] = holes(rng, table["smoking"], 0.2, "unknown")
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="risk"))
    csv(folder, "sample_submission.csv", sample(test, "subject", risk=0.5))
    say(
        folder,
        """
        Predict `risk`. Missing measurements are written ? or -999 by the devices, and the questionnaire has
        "unknown". Evaluation metric: ROC-AUC.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        modality="text",
        targets=("complaint",),
        id="msg_id",
        metric="accuracy",
        rows=200,
        inputs=("body",),
        output="labels",
    )
)
def quoted_newlines(folder: Path, rng: Random) -> None:
    """Texts with newlines, quotes and separators inside quotes; the share of right answers."""
    table = make(rng, 1000, msg_id=ids("m"))
    angry = rng.random(1000) < 0.45
    base = prose(6, 25)(rng, 1000)
    table["body"] = [
        f'{text},\n"{"broken and late" if a == (rng.random() < 0.9) else "thank you; all fine"}"\n\nbye'
        for text, a in zip(base, angry, strict=True)
    ]
    table["complaint"] = angry.astype(int)
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="complaint"))
    csv(folder, "sample_submission.csv", sample(test, "msg_id", complaint=0))
    say(
        folder,
        """
        ## Customer messages
        Is the message a complaint (1) or not (0)? Submissions are ranked by the fraction of messages that are
        classified correctly.
        """,
    )
