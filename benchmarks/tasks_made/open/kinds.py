"""Kinds of answer: several numbers, several labels, texts, pairs, forecasts, grades."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..made import (
    WORDS,
    Random,
    csv,
    cut,
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
        targets=("ph_out", "turbidity_out"),
        id="sample_id",
        metric=("mean-column-rmse", "rmse"),
        header=("sample_id", "ph_out", "turbidity_out"),
        output="values",
        rows=240,
    )
)
def water_two_targets(folder: Path, rng: Random) -> None:
    """Two numbers for each row; the mean over the columns of the RMSE."""
    table = make(
        rng,
        1200,
        sample_id=ids("W"),
        ph_in=normal(7.1, 0.3),
        turbidity_in=skewed(12),
        dose=normal(30, 6),
        temperature=normal(14, 4, 1),
        plant=pick("old", "new"),
    )
    table["ph_out"] = (7 + 0.3 * score(rng, table, ["ph_in", "dose"], 0.4)).round(2)
    table["turbidity_out"] = (2 + 0.8 * score(rng, table, ["turbidity_in", "dose", "plant"], 0.4)).clip(0.01).round(2)
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=["ph_out", "turbidity_out"]))
    csv(folder, "sample_submission.csv", sample(test, "sample_id", ph_out=7.0, turbidity_out=1.0))
    say(
        folder,
        """
        # Water works

        Two properties of the treated water are to be predicted. Submissions are evaluated on the mean columnwise root
        mean squared error (the RMSE of each of the two columns, then their mean).
        """,
    )


@SUITE.case(
    Expect(
        kind="multilabel",
        targets=("knee", "hip", "back", "shoulder"),
        id="scan",
        metric=("hamming", "hamming-loss"),
        header=("scan", "knee", "hip", "back", "shoulder"),
        rows=300,
    )
)
def scans_hamming(folder: Path, rng: Random) -> None:
    """Several labels, a column of zeros and ones for each; Hamming loss."""
    table = make(
        rng,
        1500,
        scan=ids(),
        age=whole(18, 90),
        weight=normal(75, 14, 1),
        sport=pick("none", "running", "tennis", "football"),
        years=whole(0, 40),
    )
    for name in ("knee", "hip", "back", "shoulder"):
        table[name] = mark(score(rng, table, [*rng.permutation(["age", "weight", "sport", "years"])]), 0.3)
    train, test = part(rng, table, 0.2)
    labels = ["knee", "hip", "back", "shoulder"]
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=labels))
    csv(folder, "sample_submission.csv", sample(test, "scan", knee=0, hip=0, back=0, shoulder=0))
    say(
        folder,
        """
        Where does it hurt? Zero, one or several of knee, hip, back and shoulder can be 1. We count the wrong cells
        among all cells of the table (the Hamming loss).
        """,
    )


def _topics(rng: Random, table: pd.DataFrame, names: tuple[str, ...], separator: str) -> "pd.Series[str]":
    hints = {name: WORDS[7 * k] for k, name in enumerate(names)}
    picked = []
    for text in table.iloc[:, -1]:
        found = [n for n, hint in hints.items() if (hint in text.split()) != (rng.random() < 0.03)]
        picked.append(separator.join(found or [names[0]]))
    return pd.Series(picked)


@SUITE.case(
    Expect(
        kind="multilabel",
        modality="text",
        targets=("topics",),
        id="article",
        metric="f1-micro",
        output="sets",
        header=("article", "topics"),
        inputs=("headline",),
        rows=240,
    )
)
def articles_sets(folder: Path, rng: Random) -> None:
    """Several labels in one cell, separated by semicolons; micro F1; texts."""
    table = make(rng, 1200, article=ids("a"), headline=prose(25, 60))
    table["topics"] = _topics(rng, table, ("politics", "sport", "culture", "money", "science"), ";")
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="topics"))
    csv(folder, "sample_submission.csv", sample(test, "article", topics="politics;sport"))
    say(
        folder,
        """
        # Topics of articles

        An article has one or more topics, separated by semicolons. The score is the F1 measure over all
        (article, topic) decisions pooled together, i.e. micro-averaged.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        modality="text-pair",
        targets=("same",),
        id="pair",
        metric="log-loss",
        inputs=("first_question", "second_question"),
        rows=300,
        positive="1",
    )
)
def questions_pair(folder: Path, rng: Random) -> None:
    """Two texts to be compared."""
    first = prose(8, 20)(rng, 1500)
    same = rng.random(1500) < 0.4
    second = []
    for text, alike in zip(first, same, strict=True):
        words = text.split()
        if alike:
            words = [w if rng.random() < 0.7 else str(rng.choice(WORDS)) for w in rng.permutation(words)]
        else:
            words = list(rng.choice(WORDS, len(words)))
        second.append(" ".join(words))
    table = make(rng, 1500, pair=ids())
    table = table.assign(first_question=first, second_question=second, same=same.astype(int))
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="same"))
    csv(folder, "sample_submission.csv", sample(test, "pair", same=0.4))
    say(
        folder,
        """
        Do two questions of the help desk mean the same? `same` is 1 if an agent said so. Give the probability; what
        counts is the log loss.
        """,
    )


@SUITE.case(
    Expect(
        kind="forecast",
        targets=("visitors",),
        id="date",
        metric="mae",
        time="date",
        series=(),
        scheme="rolling-origin",
        rows=60,
        header=("date", "visitors"),
    )
)
def museum_one_series(folder: Path, rng: Random) -> None:
    """One series by the day; the next two months are wanted."""
    dates = pd.date_range("2021-01-01", periods=900, freq="D")
    week = np.array([0.6, 0.7, 0.8, 0.9, 1.1, 1.8, 1.7])[dates.dayofweek]
    season = 1 + 0.3 * np.sin(2 * np.pi * dates.dayofyear.to_numpy() / 365)
    table = pd.DataFrame({"date": dates.strftime("%Y-%m-%d"), "school_holiday": (dates.month == 8).astype(int)})
    table["visitors"] = rng.poisson(400 * week * season)
    csv(folder, "history.csv", table[:840])
    csv(folder, "future.csv", table[840:].drop(columns="visitors"))
    say(
        folder,
        """
        Dear all, history.csv has the visitors of our museum by day. We need the numbers for the days in future.csv
        (date, visitors), to plan the guards. On average, how many people are we wrong by? That is what matters.
        """,
        "mail.txt",
    )


@SUITE.case(
    Expect(
        kind="forecast",
        targets=("units",),
        id="row",
        metric="rmse",
        time="week",
        series=("shop", "article"),
        scheme="rolling-origin",
        rows=640,
    )
)
def shops_panel(folder: Path, rng: Random) -> None:
    """A panel: weekly sales of articles in shops; the following weeks are wanted."""
    weeks = pd.date_range("2020-01-06", periods=120, freq="W-MON")
    rows = pd.MultiIndex.from_product(
        [weeks, [f"shop {k}" for k in range(8)], ["milk", "bread", "tea", "rice", "salt"]],
        names=["week", "shop", "article"],
    ).to_frame(index=False)
    level = {s: rng.uniform(20, 90) for s in rows["shop"].unique()}
    size = {a: rng.uniform(0.4, 1.6) for a in rows["article"].unique()}
    season = 1 + 0.2 * np.sin(2 * np.pi * rows["week"].dt.dayofyear / 365)
    rows["units"] = rng.poisson(rows["shop"].map(level) * rows["article"].map(size) * season)
    rows.insert(0, "row", np.arange(len(rows)))
    late = rows["week"] >= weeks[104]
    rows["week"] = rows["week"].dt.strftime("%Y-%m-%d")
    csv(folder, "train.csv", rows[~late])
    csv(folder, "test.csv", rows[late].drop(columns="units"))
    csv(folder, "sample_submission.csv", rows.loc[late, ["row"]].assign(units=0))
    say(
        folder,
        """
        # Weekly sales

        Two years of `units` sold by `shop` and `article`. Forecast the next 16 weeks. The leaderboard shows the
        root-mean-square error.
        """,
    )


@SUITE.case(
    Expect(
        kind="ordinal",
        targets=("urgency",),
        id="case_no",
        metric="linear-kappa",
        output="labels",
        classes=("low", "medium", "high", "critical"),
        scheme="stratified",
    )
)
def urgency_words(folder: Path, rng: Random) -> None:
    """Grades that are words; kappa with linear weights."""
    table = make(
        rng,
        1600,
        case_no=ids("C-"),
        pain=whole(0, 11),
        pulse=normal(85, 15, 0),
        age=whole(1, 95),
        arrival=pick("walk", "ambulance", "taxi"),
    )
    grades = ("low", "medium", "high", "critical")
    table["urgency"] = cut(score(rng, table, ["pain", "pulse", "age", "arrival"]), grades, (4, 3, 2, 1))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="urgency"))
    csv(folder, "sample_submission.csv", sample(test, "case_no", urgency="low"))
    say(
        folder,
        """
        # Triage

        `urgency` is low, medium, high or critical, in this order. Two nurses are compared by a linearly weighted
        Cohen's kappa, and so will you.
        """,
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("days_to_service",),
        id="job",
        metric="rmse",
        scheme="rolling-origin",
        plan_time="reading_date",
        rows=300,
        roles={"reading_date": "date"},
    )
)
def lifts_time_to_service(folder: Path, rng: Random) -> None:
    """How long until something happens later: an ordinary number, though rows have dates; the test is later."""
    table = make(
        rng,
        1500,
        job=ids(),
        lift=pick(*[f"lift {k}" for k in range(400)]),
        trips=skewed(900, 0.5, 0),
        door_errors=whole(0, 14),
        model=pick("K1", "K2", "R9"),
        load=normal(0.5, 0.1, 3),
    )
    when = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 900, 1500)), "D")
    table.insert(1, "reading_date", when.strftime("%Y-%m-%d"))
    table["days_to_service"] = (60 * np.exp(0.5 * score(rng, table, ["door_errors", "trips", "model"]))).round()
    csv(folder, "train.csv", table[:1200])
    csv(folder, "test.csv", table[1200:].drop(columns="days_to_service"))
    csv(folder, "sample_submission.csv", sample(table[1200:], "job", days_to_service=0))
    say(
        folder,
        """
        For each reading of a lift say how many days pass until a technician has to come (`days_to_service`). The
        readings to be predicted follow those in train.csv in time. Score: RMSE in days.
        """,
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        modality="text",
        targets=("department",),
        id="ticket",
        metric="f1-weighted",
        inputs=("text",),
        output="labels",
        rows=240,
    )
)
def tickets_weighted_f1(folder: Path, rng: Random) -> None:
    """Texts into departments; F1 weighted by support."""
    table = make(rng, 1200, ticket=ids(), text=prose(12, 40))
    hints = {"billing": WORDS[20], "delivery": WORDS[40], "technics": WORDS[60]}
    table["department"] = [
        next((name for name, word in hints.items() if word in text.split()), "other") for text in table["text"]
    ]
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="department"))
    csv(folder, "sample_submission.csv", sample(test, "ticket", department="other"))
    say(
        folder,
        """
        ## Routing

        `department` for each ticket. Compared by F1, computed for each department and averaged with the numbers of
        tickets as weights.
        """,
    )
