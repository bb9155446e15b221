"""Measure only, never look at this while mending: more metrics in other words, and none."""

from pathlib import Path

import numpy as np

from ..case import Expect
from ..made import (
    Random,
    csv,
    cut,
    days,
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
)
from .suite import SUITE


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("plant",),
        id="leaf",
        metric=("top-3-accuracy", "top-k-accuracy", "top-5-accuracy"),
        params={"k": 5},
        output="probabilities",
    )
)
def leaves_top_five(folder: Path, rng: Random) -> None:
    """Top-5 accuracy among twelve classes."""
    table = make(
        rng, 2400, leaf=ids("L"), length=skewed(8), width=skewed(4), lobes=whole(1, 9), gloss=normal(0.5, 0.1, 3)
    )
    names = ("ash", "beech", "birch", "elm", "fir", "hazel", "larch", "lime", "maple", "oak", "rowan", "yew")
    table["plant"] = cut(score(rng, table, ["length", "width", "lobes"], 0.4), names)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="plant"))
    csv(folder, "sample_submission.csv", sample(test, "leaf", **dict.fromkeys(names, 0.08)))
    say(folder, "Trees by their leaves. Column `plant`. The evaluation metric is top-5 accuracy.")


@SUITE.case(
    Expect(kind="binary", targets=("gekuendigt",), id="vertrag", metric="auc", positive="ja", output="probabilities")
)
def vertraege_german(folder: Path, rng: Random) -> None:
    """A short German mail; area under the ROC curve."""
    table = make(
        rng,
        1300,
        vertrag=ids("V"),
        laufzeit=whole(1, 96),
        beitrag=skewed(30),
        beschwerden=whole(0, 6),
        kanal=pick("online", "makler", "filiale"),
    )
    table["gekuendigt"] = mark(score(rng, table, ["beschwerden", "beitrag", "laufzeit"]), 0.25, "ja", "nein")
    train, test = part(rng, table)
    csv(folder, "vertraege_bekannt.csv", train, sep=";")
    csv(folder, "vertraege_offen.csv", test.drop(columns="gekuendigt"), sep=";")
    say(
        folder,
        """
        Hallo Tim,

        kannst du für die Verträge in vertraege_offen.csv schätzen, wie wahrscheinlich sie gekündigt werden? In
        vertraege_bekannt.csv steht es in der Spalte gekuendigt (ja/nein). Abgabe: vertrag und gekuendigt. Bewertet
        wird mit der Fläche unter der ROC-Kurve.

        Gruß, Silke
        """,
        "mail.txt",
    )


@SUITE.case(Expect(kind="multiclass", targets=("verdict",), id="parcel", metric="balanced-accuracy", output="labels"))
def customs_mean_recall(folder: Path, rng: Random) -> None:
    """Balanced accuracy as the average of recalls."""
    table = make(
        rng,
        1500,
        parcel=ids("P"),
        declared_value=skewed(60),
        kg=skewed(2),
        origin=pick("N", "O", "P", "Q"),
        scans=whole(1, 6),
    )
    table["verdict"] = cut(score(rng, table, ["declared_value", "kg", "origin"]), ("free", "duty", "seize"), (12, 4, 1))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="verdict"))
    csv(folder, "sample_submission.csv", sample(test, "parcel", verdict="free"))
    say(
        folder,
        """
        The verdict on a parcel is free, duty or seize. For each of the three we note which share of its parcels was
        recognised, and the mean of these three shares is the result; so guessing "free" all the time gives a third.
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("dry_mass_g",), id="pot", doubt="metric", scheme="plain"))
def pots_no_metric(folder: Path, rng: Random) -> None:
    """A description without a word about the metric."""
    table = make(
        rng,
        800,
        pot=ids(),
        light_h=normal(14, 2, 1),
        water_ml=normal(200, 40, 0),
        strain=pick("a1", "b7", "c3"),
        day=whole(10, 40),
    )
    table["dry_mass_g"] = (12 + 3 * score(rng, table, ["day", "light_h", "strain"])).round(2)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="dry_mass_g"))
    say(
        folder,
        """
        Pots in the greenhouse, train.csv with and test.csv without `dry_mass_g`. Send the missing values with the
        number of the pot. We will see on Thursday how good they are.
        """,
        "hello.txt",
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("lapse",),
        id="member_no",
        metric=("gini", "normalized-gini", "auc"),
        output="probabilities",
        positive="1",
    )
)
def members_twice_auc(folder: Path, rng: Random) -> None:
    """Gini by its formula, 2 * AUC - 1."""
    table = make(
        rng, 1400, member_no=ids(), visits=whole(0, 30), fee=pick(19, 29, 39), age=whole(16, 80), course=pick("y", "n")
    )
    table["lapse"] = mark(score(rng, table, ["visits", "fee", "age"]), 0.2)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="lapse"))
    csv(folder, "sample_submission.csv", sample(test, "member_no", lapse=0.2))
    say(folder, "Gym members who let their contract `lapse`. Score: Gini = 2 * AUC - 1.")


@SUITE.case(
    Expect(kind="binary", targets=("frost",), id="night", metric="brier", output="probabilities", missing={"dew": 0.15})
)
def frost_squared_difference(folder: Path, rng: Random) -> None:
    """The Brier score in words."""
    table = make(
        rng, 1200, night=ids("n"), dew=normal(4, 3, 1), wind=skewed(8), cloud=whole(0, 9), site=pick("valley", "slope")
    )
    table["frost"] = mark(score(rng, table, ["dew", "cloud", "wind"]), 0.25)
    table["dew"] = holes(rng, table["dew"], 0.15)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="frost"))
    csv(folder, "sample_submission.csv", sample(test, "night", frost=0.25))
    say(
        folder,
        """
        Wine growers need the probability of `frost` in the night. Forecasts are verified by the mean squared
        difference between the probability and what came true (0 or 1); small is good.
        """,
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("hardness_mohs", "gloss_units"),
        id="glaze",
        metric=("mean-column-rmsle", "rmsle"),
        header=("glaze", "hardness_mohs", "gloss_units"),
    )
)
def glazes_two(folder: Path, rng: Random) -> None:
    """Two numbers; the average over columns of RMSLE."""
    table = make(
        rng, 1000, glaze=ids("G"), silica=normal(60, 5, 1), kiln=whole(1000, 1300), tin=skewed(4), base=pick("w", "b")
    )
    table["hardness_mohs"] = (5.5 + 0.6 * score(rng, table, ["silica", "kiln"])).clip(0.5).round(2)
    table["gloss_units"] = (60 * np.exp(0.3 * score(rng, table, ["tin", "kiln", "base"]))).round(1)
    train, test = part(rng, table)
    both = ["hardness_mohs", "gloss_units"]
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=both))
    csv(folder, "sample_submission.csv", sample(test, "glaze", hardness_mohs=1.0, gloss_units=1.0))
    say(
        folder,
        """
        Evaluation. Column-wise root mean squared logarithmic error: computed for each of the two properties and
        averaged.
        """,
    )


@SUITE.case(
    Expect(kind="regression", targets=("low_water_cm",), id="gauge_day", metric="quantile-loss", params={"alpha": 0.1})
)
def gauges_low_quantile(folder: Path, rng: Random) -> None:
    """Quantile loss at ten percent."""
    table = make(
        rng,
        1300,
        gauge_day=ids(),
        rain_week=skewed(14),
        upstream_cm=normal(180, 30, 0),
        dam=pick("open", "shut"),
        month=whole(1, 13),
    )
    table["low_water_cm"] = (150 + 25 * score(rng, table, ["upstream_cm", "rain_week", "dam"])).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="low_water_cm"))
    csv(folder, "sample_submission.csv", sample(test, "gauge_day", low_water_cm=150))
    say(
        folder,
        """
        Skippers want a water level that is undercut on one day in ten only. The predictions of `low_water_cm` are
        therefore scored with the quantile loss for the 10 % quantile.
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("boxes",), id="order_line", metric="wape"))
def boxes_wape(folder: Path, rng: Random) -> None:
    """Sum of the absolute errors over the sum of the truth; MAPE is turned down."""
    table = make(
        rng,
        1200,
        order_line=ids(),
        pallet=skewed(20),
        client=pick("k1", "k2", "k3"),
        lead=whole(1, 20),
        season=pick("w", "s"),
    )
    table["boxes"] = (30 * np.exp(0.7 * score(rng, table, ["pallet", "client", "lead"]))).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="boxes"))
    csv(folder, "sample_submission.csv", sample(test, "order_line", boxes=0))
    say(
        folder,
        """
        KPI for `boxes`: WAPE, i.e. all absolute errors added up, divided by all boxes. (MAPE was rejected by logistics
        because of the lines with one box.)
        """,
        "kpi.md",
    )


@SUITE.case(
    Expect(kind="regression", targets=("minutes",), metric="mae", rows=0),
    source="walks.parquet",
    asked={"about": "How many minutes does a dog walk take? Predict minutes, keep the mean absolute error small."},
)
def walks_one_line(folder: Path, rng: Random) -> None:
    """A parquet table and a sentence."""
    table = make(rng, 700, walk=ids(), breed=pick("pug", "lab", "mix"), km=skewed(2), rain=pick(0, 1), age=whole(1, 15))
    table["minutes"] = (35 + 10 * score(rng, table, ["km", "breed", "rain"])).round()
    table.to_parquet(folder / "walks.parquet", index=False)


@SUITE.case(Expect(kind="binary", targets=("late",), id="homework", metric=("accuracy", "error-rate"), output="labels"))
def homework_broken_english(folder: Path, rng: Random) -> None:
    """Broken English; how many are right."""
    table = make(
        rng,
        900,
        homework=ids(),
        pages=whole(1, 12),
        course=pick("math", "art", "bio"),
        siblings=whole(0, 5),
        sent=days("2023-02-01", 90),
    )
    table["late"] = mark(score(rng, table, ["pages", "course", "siblings"]), 0.45)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="late"))
    csv(folder, "sample.csv", sample(test, "homework", late=0))
    say(
        folder,
        """
        hello, i make small program for teacher. homework is come late or not late (late 1/0). please you say for test
        how is it. teacher will count how many you say correct from all, more correct more happy. sample is sample.csv
        """,
        "hello.txt",
    )


@SUITE.case(
    Expect(kind="regression", targets=("lifetime_h",), id="lamp", metric=("mse",), rows=200), asked={"metric": "mse"}
)
def lamps_metric_asked(folder: Path, rng: Random) -> None:
    """The metric is given on the command line; the description names another."""
    table = make(
        rng, 1000, lamp=ids("l"), watt=pick(4, 6, 9), heat=normal(60, 9, 1), maker=pick("p", "q"), cycles=skewed(900)
    )
    table["lifetime_h"] = (9000 + 1500 * score(rng, table, ["heat", "watt", "maker"])).round()
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="lifetime_h"))
    csv(folder, "sample_submission.csv", sample(test, "lamp", lifetime_h=9000))
    say(folder, "Predict `lifetime_h` of lamps. The usual measure is MAPE.")


@SUITE.case(
    Expect(
        kind="binary", targets=("relevant",), id="doc", metric="average-precision", output="probabilities", positive="1"
    )
)
def documents_ap(folder: Path, rng: Random) -> None:
    """Average precision; precision and recall are explained on the way."""
    table = make(
        rng,
        2000,
        doc=ids("d"),
        matches=whole(0, 30),
        age_days=skewed(300),
        length=skewed(900),
        kind=pick("law", "memo", "brief"),
    )
    table["relevant"] = mark(score(rng, table, ["matches", "age_days", "kind"]), 0.06)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="relevant"))
    csv(folder, "sample_submission.csv", sample(test, "doc", relevant=0.0))
    say(
        folder,
        """
        Retrieval of documents. Precision is the share of relevant ones among those shown, recall the share of all
        relevant ones that is shown. Going down your list, precision is read off at each relevant document and averaged:
        average precision (AP) is the official measure. Column `relevant`.
        """,
    )
