"""How the test rows relate to the training rows: at random, new groups, later, stretches of time."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..made import (
    WORDS,
    Random,
    csv,
    days,
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

GROUPED = ("group", "stratified-group")
UNGROUPED = ("plain", "stratified")


def _effects(rng: Random, keys: "pd.Series[str]", size: float) -> "pd.Series[float]":
    """The same number for all rows of a key."""
    return keys.map({k: size * rng.normal() for k in keys.unique()}).astype(float)


def _by_key(rng: Random, table: pd.DataFrame, key: "pd.Series[str]", share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test without a key in common."""
    names = key.unique()
    chosen = set(rng.permutation(names)[: round(share * len(names))])
    late = key.isin(chosen).to_numpy()
    return table[~late].sample(frac=1, random_state=1), table[late].sample(frac=1, random_state=2)


@SUITE.case(
    Expect(
        kind="binary",
        targets=("moved",),
        id="member",
        metric="accuracy",
        scheme=GROUPED,
        group="member",
        group_rule="prefix:_",
    )
)
def households_prefix(folder: Path, rng: Random) -> None:
    """An id of which the rows of a household share the beginning; test households are new."""
    sizes = rng.integers(1, 6, 700)
    names = [f"{h:04d}_{k:02d}" for h, n in enumerate(sizes) for k in range(1, n + 1)]
    table = make(
        rng,
        len(names),
        age=whole(0, 90),
        income=skewed(21000),
        job=pick("none", "part", "full"),
        rooms=whole(1, 8),
    )
    table.insert(0, "member", names)
    house = table["member"].str[:4]
    value = score(rng, table, ["age", "job"], 0.5) + _effects(rng, house, 1.5).to_numpy()
    table["moved"] = mark(value, 0.45)
    train, test = _by_key(rng, table, house, 0.25)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="moved"))
    csv(folder, "sample_submission.csv", sample(test, "member", moved=0))
    say(folder, "Who moved house? `moved` is 1 or 0, one row is a member of a household. Metric: accuracy.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("milk_l",),
        id="reading",
        metric="rmse",
        scheme="group",
        group="farm",
        group_rule="value",
        rows=None,
    )
)
def farms_new(folder: Path, rng: Random) -> None:
    """A key that repeats; the farms of the test are new."""
    table = make(
        rng,
        1800,
        reading=ids(),
        farm=pick(*[f"farm-{k}" for k in range(90)]),
        feed=normal(20, 3),
        age_months=whole(24, 120),
        breed=pick("red", "black", "pied"),
        temperature=normal(12, 7, 1),
    )
    value = score(rng, table, ["feed", "age_months", "breed"], 0.4) + _effects(rng, table["farm"], 1.2).to_numpy()
    table["milk_l"] = (25 + 4 * value).round(1)
    train, test = _by_key(rng, table, table["farm"], 0.25)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="milk_l"))
    csv(folder, "sample_submission.csv", sample(test, "reading", milk_l=25.0))
    say(folder, "Milk per cow and day (`milk_l`), from readings on farms. Evaluation: RMSE.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("fuel",),
        id="trip",
        metric="mae",
        scheme="plain",
        group=None,
        plan_time=None,
        roles={"day": "date"},
    )
)
def drivers_seen(folder: Path, rng: Random) -> None:
    """A key that repeats, and dates, but the test is a random draw of the same drivers and days."""
    table = make(
        rng,
        2400,
        trip=ids(),
        driver=pick(*[f"d{k}" for k in range(60)]),
        day=days("2023-01-01", 200),
        km=skewed(80),
        load_t=normal(12, 4),
        road=pick("city", "motorway", "mixed"),
    )
    value = score(rng, table, ["km", "load_t", "road"], 0.4) + _effects(rng, table["driver"], 0.8).to_numpy()
    table["fuel"] = (30 + 8 * value).round(1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="fuel"))
    csv(folder, "sample_submission.csv", sample(test, "trip", fuel=30.0))
    say(folder, "Litres of fuel per trip (`fuel`). Quality measure: mean absolute error in litres.")


@SUITE.case(
    Expect(kind="binary", modality="text", targets=("toxic",), id="post", metric="auc", scheme=GROUPED, group="content")
)
def posts_near_duplicates(folder: Path, rng: Random) -> None:
    """Texts that come in families of near copies, each family wholly in train or wholly in test."""
    bases = prose(14, 30)(rng, 320)
    toxic = rng.random(320) < 0.4
    rows = []
    for family, text in enumerate(bases):
        words = text.split()
        for _ in range(rng.integers(2, 7)):
            changed = list(words)
            changed[rng.integers(0, len(words))] = str(rng.choice(WORDS))
            rows.append((family, " ".join(changed), int(toxic[family] != (rng.random() < 0.05))))
    table = pd.DataFrame(rows, columns=["family", "content", "toxic"])
    table.insert(1, "post", rng.permutation(len(table)) + 1)
    train, test = _by_key(rng, table, table["family"].astype(str), 0.25)
    csv(folder, "train.csv", train.drop(columns="family"))
    csv(folder, "test.csv", test.drop(columns=["family", "toxic"]))
    csv(folder, "sample_submission.csv", sample(test, "post", toxic=0.5))
    say(folder, "Is a post toxic (`toxic` = 1)? Posts are often copied and changed a little. ROC AUC decides.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("returned",),
        id="order_id",
        metric="log-loss",
        scheme="rolling-origin",
        plan_time="ordered_at",
        group=None,
        rows=500,
    )
)
def orders_later(folder: Path, rng: Random) -> None:
    """The test rows are later than all training rows."""
    table = make(
        rng,
        2500,
        order_id=ids(),
        price=skewed(40),
        items=whole(1, 8),
        category=pick("shoes", "shirts", "bags", "hats"),
        voucher=pick(0, 1),
        express=pick(0, 1),
    )
    when = pd.Timestamp("2022-03-01") + pd.to_timedelta(np.sort(rng.integers(0, 500 * 1440, 2500)), "min")
    table.insert(1, "ordered_at", when.strftime("%Y-%m-%d %H:%M"))
    table["returned"] = mark(score(rng, table, ["category", "price", "items", "voucher"]), 0.3)
    train, test = table[:2000].sample(frac=1, random_state=3), table[2000:].sample(frac=1, random_state=4)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="returned"))
    csv(folder, "sample_submission.csv", sample(test, "order_id", returned=0.3))
    say(folder, "Will an order be sent back? Give the probability in `returned`; scored with log loss.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("trips",),
        id="hour",
        metric="rmsle",
        scheme="time-blocks",
        plan_time="hour",
        rows=None,
    )
)
def scooters_stretches(folder: Path, rng: Random) -> None:
    """Whole stretches of time are wanted: the last days of each month."""
    when = pd.date_range("2022-01-01", "2022-12-31 21:00", freq="3h")
    table = pd.DataFrame({"hour": when.strftime("%Y-%m-%d %H:%M:%S")})
    table["temp"] = (12 + 9 * np.sin(2 * np.pi * (when.dayofyear - 100) / 365) + rng.normal(0, 3, len(when))).round(1)
    table["rain"] = (rng.random(len(when)) < 0.15).astype(int)
    table["weekend"] = (when.dayofweek >= 5).astype(int)
    day = 1 + np.sin(2 * np.pi * (when.hour - 9) / 24)
    mean = 40 * day * (1 + table["temp"] / 40) * (1 - 0.5 * table["rain"]) + 2
    table["trips"] = rng.poisson(mean.clip(1))
    late = when.day > 23
    csv(folder, "train.csv", table[~late])
    csv(folder, "test.csv", table[late].drop(columns="trips"))
    csv(folder, "sample_submission.csv", table.loc[late, ["hour"]].assign(trips=0))
    say(
        folder,
        """
        Scooter trips per three hours in 2022. train.csv has days 1 to 23 of each month, test.csv the rest. Predict
        `trips`. Root mean squared logarithmic error.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("paid_late",),
        id="invoice",
        metric="auc",
        scheme=GROUPED,
        group="debtor",
        group_rule="value",
    )
)
def debtors_mostly_new(folder: Path, rng: Random) -> None:
    """Most entities of the test are new, a few are known from training."""
    table = make(
        rng,
        2400,
        invoice=ids("I"),
        debtor=pick(*[f"K{k:03d}" for k in range(160)]),
        amount=skewed(900),
        terms=pick(14, 30, 60),
        reminders=whole(0, 3),
        sector=pick("retail", "building", "food"),
    )
    value = score(rng, table, ["amount", "reminders", "sector"], 0.5) + _effects(rng, table["debtor"], 1.0).to_numpy()
    table["paid_late"] = mark(value, 0.35)
    train, test = _by_key(rng, table, table["debtor"], 0.25)
    few = train.sample(70, random_state=5)
    test = pd.concat([test, few]).sample(frac=1, random_state=6)
    train = train.drop(few.index)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="paid_late"))
    csv(folder, "sample_submission.csv", sample(test, "invoice", paid_late=0.3))
    say(folder, "Which invoices will be paid late? We rank them by `paid_late`, judged by AUROC.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("sold",),
        id="lot",
        metric="f1",
        scheme="stratified",
        plan_time=None,
        group=None,
        roles={"listed": "date"},
    )
)
def lots_dates_but_random(folder: Path, rng: Random) -> None:
    """Rows have dates, but the test is drawn from all of them."""
    table = make(
        rng,
        1600,
        lot=ids(),
        listed=days("2022-01-01", 700),
        reserve=skewed(300),
        photos=whole(0, 12),
        house=pick("A", "B", "C"),
    )
    table["sold"] = mark(score(rng, table, ["photos", "reserve", "house"]), 0.6)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="sold"))
    csv(folder, "sample_submission.csv", sample(test, "lot", sold=1))
    say(folder, "Auction lots: `sold` yes (1) or no (0). Metric: F1-score.")
