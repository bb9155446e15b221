"""Measure only, never look at this while mending: other splits and other leaks."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect, Found
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


LEAKS = ("near-copy", "too-good", "future", "leak", "id-encodes-target", "row-order")


BAD = ("warning", "serious")


def _apart(rng: Random, table: pd.DataFrame, key: "pd.Series[str]", share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test without a key in common, each in random order."""
    names = rng.permutation(key.unique())
    chosen = key.isin(names[: round(share * len(names))]).to_numpy()
    parts = table[~chosen], table[chosen]
    return parts[0].iloc[rng.permutation(len(parts[0]))], parts[1].iloc[rng.permutation(len(parts[1]))]


@SUITE.case(
    Expect(
        kind="regression",
        targets=("yield_kg",),
        id="tree",
        metric="rmse",
        scheme="group",
        group="tree",
        group_rule="prefix:",
    )
)
def orchards_dashed(folder: Path, rng: Random) -> None:
    """An id whose part before a dash is the orchard; orchards of the test are new."""
    sizes = rng.integers(4, 16, 170)
    names = [f"ORC{o:03d}-{k}" for o, n in enumerate(sizes) for k in range(1, n + 1)]
    table = make(
        rng, len(names), age=whole(3, 50), girth=normal(60, 12, 1), sort=pick("gala", "fuji", "pink"), slope=skewed(4)
    )
    table.insert(0, "tree", names)
    orchard = table["tree"].str.split("-").str[0]
    effect = orchard.map({o: rng.normal() for o in orchard.unique()}).to_numpy(float)
    table["yield_kg"] = (60 + 12 * (score(rng, table, ["age", "girth", "sort"], 0.4) + effect)).round(1)
    train, test = _apart(rng, table, orchard, 0.25)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="yield_kg"))
    csv(folder, "sample_submission.csv", sample(test, "tree", yield_kg=60.0))
    say(folder, "Kilograms per tree (`yield_kg`). Root-mean-squared error.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("relapse",),
        id="visit",
        metric="auc",
        scheme=GROUPED,
        group="patient_nr",
        group_rule="value",
    )
)
def patients_number(folder: Path, rng: Random) -> None:
    """A number that names patients and repeats; patients of the test are new."""
    table = make(
        rng, 2000, visit=ids("v"), crp=skewed(6), pain=whole(0, 11), drug=pick("A", "B", "none"), month=whole(1, 25)
    )
    table.insert(1, "patient_nr", rng.choice(rng.permutation(9000)[:180] + 1000, 2000))
    key = table["patient_nr"].astype(str)
    effect = key.map({p: 1.3 * rng.normal() for p in key.unique()}).to_numpy(float)
    table["relapse"] = mark(score(rng, table, ["crp", "pain", "drug"], 0.4) + effect, 0.3)
    train, test = _apart(rng, table, key, 0.3)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="relapse"))
    csv(folder, "sample_submission.csv", sample(test, "visit", relapse=0.3))
    say(folder, "Risk of `relapse` at each visit, discrimination measured by the c-statistic (AUC).")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("opened",),
        id="mail_id",
        metric="log-loss",
        scheme="stratified",
        group=None,
        plan_time=None,
    )
)
def recipients_seen(folder: Path, rng: Random) -> None:
    """Recipients repeat and are all known from training: nothing to separate."""
    table = make(
        rng,
        2400,
        mail_id=ids(),
        recipient=pick(*[f"r{k}" for k in range(120)]),
        words=whole(20, 400),
        hour=whole(0, 24),
        sent=days("2023-03-01", 120),
    )
    effect = table["recipient"].map({r: rng.normal() for r in table["recipient"].unique()}).to_numpy(float)
    table["opened"] = mark(score(rng, table, ["hour", "words"], 0.5) + effect, 0.35)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="opened"))
    csv(folder, "sample_submission.csv", sample(test, "mail_id", opened=0.3))
    say(folder, "Probability that a newsletter is opened (`opened`). Logarithmic score, mean over mails; lower wins.")


@SUITE.case(
    Expect(
        kind="multiclass",
        modality="text",
        targets=("intent",),
        id="u",
        metric="f1-macro",
        scheme=GROUPED,
        group="utterance",
    )
)
def utterances_paraphrased(folder: Path, rng: Random) -> None:
    """Near copies of sentences; a family is in train or in test, never in both."""
    rows = []
    intents = ("book", "cancel", "ask")
    for family, text in enumerate(prose(12, 24)(rng, 330)):
        words, intent = text.split(), intents[int(rng.integers(0, 3))]
        for _ in range(rng.integers(2, 6)):
            changed = list(words)
            changed.insert(int(rng.integers(0, len(words))), str(rng.choice(WORDS)))
            rows.append((str(family), " ".join(changed), intent))
    table = pd.DataFrame(rows, columns=["family", "utterance", "intent"])
    table.insert(1, "u", rng.permutation(len(table)))
    train, test = _apart(rng, table, table["family"], 0.25)
    csv(folder, "train.csv", train.drop(columns="family"))
    csv(folder, "test.csv", test.drop(columns=["family", "intent"]))
    csv(folder, "sample_submission.csv", sample(test, "u", intent="ask"))
    say(folder, "What does the caller want (`intent`)? Unweighted mean of the F1 scores of the three intents.")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("fare",),
        id="ride",
        metric="rmse",
        scheme="rolling-origin",
        plan_time="pickup",
        group=None,
    )
)
def rides_later(folder: Path, rng: Random) -> None:
    """The test is later; time is written by the day first."""
    table = make(
        rng, 2200, ride=ids(), km=skewed(5), passengers=whole(1, 5), borough=pick("a", "b", "c", "d"), toll=pick(0, 1)
    )
    when = pd.Timestamp("2021-06-01") + pd.to_timedelta(np.sort(rng.integers(0, 420 * 1440, 2200)), "min")
    table.insert(1, "pickup", when.strftime("%d/%m/%Y %H:%M"))
    table["fare"] = (14 + 5 * score(rng, table, ["km", "toll", "borough"], 0.4)).round(2)
    csv(folder, "train.csv", table[:1800].sample(frac=1, random_state=1))
    csv(folder, "test.csv", table[1800:].drop(columns="fare"))
    csv(folder, "sample_submission.csv", sample(table[1800:], "ride", fare=14.0))
    say(folder, "Taxi `fare` in euros. We use the root of the average squared difference.")


@SUITE.case(
    Expect(kind="regression", targets=("pm10",), id="moment", metric="mae", scheme="time-blocks", plan_time="moment")
)
def air_gaps(folder: Path, rng: Random) -> None:
    """Whole weeks are missing here and there, and wanted."""
    when = pd.date_range("2021-01-04", periods=26 * 7 * 12, freq="2h")
    table = pd.DataFrame({"moment": when.strftime("%Y-%m-%dT%H:%M:%S"), "wind": rng.gamma(2, 2, len(when)).round(1)})
    table["traffic"] = (100 * (1 + np.sin(2 * np.pi * (when.hour - 7) / 24)) + rng.normal(0, 10, len(when))).round()
    week = np.arange(len(when)) // 84
    slow = np.repeat(np.cumsum(rng.normal(0, 3, 26)), 84)
    table["pm10"] = (25 + slow + 0.05 * table["traffic"] - table["wind"] + rng.normal(0, 2, len(when))).round(1)
    wanted = np.isin(week, [3, 7, 11, 15, 19, 23])
    csv(folder, "train.csv", table[~wanted])
    csv(folder, "test.csv", table[wanted].drop(columns="pm10"))
    csv(folder, "sample_submission.csv", table.loc[wanted, ["moment"]].assign(pm10=25.0))
    say(folder, "The monitor of `pm10` was out of order for some weeks: reconstruct it. Mean absolute error.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("won",),
        id="bid",
        metric="auc",
        findings=(Found(("near-copy", "too-good", "leak"), "status_text", BAD),),
    )
)
def status_tells(folder: Path, rng: Random) -> None:
    """A category says the same as the target in other words."""
    table = make(
        rng,
        1500,
        bid=ids("b"),
        amount=skewed(4000),
        rivals=whole(0, 7),
        sector=pick("road", "rail", "sea"),
        days_open=whole(3, 60),
    )
    table["won"] = mark(score(rng, table, ["rivals", "amount", "sector"]), 0.3)
    status = np.where(table["won"] == 1, "contract sent", "archived")
    table.insert(3, "status_text", np.where(rng.random(1500) < 0.01, "archived", status))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="won"))
    csv(folder, "sample_submission.csv", sample(test, "bid", won=0.3))
    say(folder, "Chance that a bid is `won`. Area under the ROC curve.")


@SUITE.case(
    Expect(
        kind="binary",
        targets=("default_12m",),
        id="file",
        metric="auc",
        dropped=("collection_fee", "date_of_default"),
        header=("file", "default_12m"),
    )
)
def known_afterwards(folder: Path, rng: Random) -> None:
    """What is known afterwards only is not in the test."""
    table = make(
        rng,
        1500,
        file=ids("f"),
        income=skewed(28000),
        debt=skewed(9000),
        job_years=whole(0, 30),
        town=pick("u", "v", "w"),
    )
    table["default_12m"] = mark(score(rng, table, ["debt", "income", "job_years"]), 0.2)
    bad = table["default_12m"] == 1
    table["collection_fee"] = np.where(bad, skewed(60)(rng, 1500), 0).round(2)
    table["date_of_default"] = pd.Series(days("2022-01-01", 365)(rng, 1500)).where(bad)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=["default_12m", "collection_fee", "date_of_default"]))
    csv(folder, "sample_submission.csv", sample(test, "file", default_12m=0.2))
    say(folder, "Loan files: will there be a default within twelve months? `default_12m`, AUC.")


@SUITE.case(Expect(kind="regression", targets=("value",), metric="rmse", findings=(Found(("row-order",), None, BAD),)))
def rows_sorted(folder: Path, rng: Random) -> None:
    """The training rows are sorted by the target, with a little disorder."""
    table = make(
        rng,
        1400,
        stone=ids("st"),
        carat=skewed(0.8),
        colour=pick("D", "E", "F", "G"),
        clarity=whole(1, 9),
        depth=normal(61, 1.4, 1),
    )
    table["value"] = (3000 * np.exp(0.6 * score(rng, table, ["carat", "clarity", "colour"]))).round()
    train, test = part(rng, table)
    place = train["value"].rank().to_numpy() + rng.normal(0, 25, len(train))
    csv(folder, "train.csv", train.iloc[np.argsort(place)])
    csv(folder, "test.csv", test.drop(columns="value"))
    csv(folder, "sample_submission.csv", sample(test, "stone", value=3000))
    say(folder, "Stones and their `value`. RMSE")


@SUITE.case(
    Expect(
        kind="regression",
        targets=("mass_g",),
        id="fruit",
        metric="rmse",
        not_findings=(Found(LEAKS, "diameter_mm", ("serious",)), Found(LEAKS, "sugar", BAD)),
    )
)
def diameter_is_honest(folder: Path, rng: Random) -> None:
    """A measured column explains nearly all, as it should."""
    table = make(
        rng,
        1300,
        fruit=ids(),
        diameter_mm=normal(75, 7, 1),
        sugar=normal(12, 1.5, 1),
        sort=pick("red", "green"),
        tray=whole(1, 40),
    )
    density = 0.62 + 0.02 * (table["sort"] == "red")
    table["mass_g"] = (density * 0.52 * (table["diameter_mm"] / 10) ** 3 * np.exp(rng.normal(0, 0.06, 1300))).round(1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="mass_g"))
    csv(folder, "sample_submission.csv", sample(test, "fruit", mass_g=150.0))
    say(folder, "The optical gauge gives diameter_mm, the scale is slow: estimate `mass_g`. RMSE.")
