"""Measure only, never look at this while mending: other kinds of answer."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..files import picture, run_lengths
from ..made import (
    WORDS,
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
        kind="multilabel",
        modality="text",
        targets=("skills",),
        id="advert",
        metric=("f1-macro",),
        output="sets",
        inputs=("wording",),
        header=("advert", "skills"),
    )
)
def adverts_labels_in_cell(folder: Path, rng: Random) -> None:
    """Several labels in a cell, separated by blanks."""
    table = make(rng, 1000, advert=ids("ad"), wording=prose(25, 55))
    hints = {"python": WORDS[3], "sales": WORDS[14], "welding": WORDS[25], "nursing": WORDS[36]}
    table["skills"] = [
        " ".join(sorted(n for n, w in hints.items() if w in t.split() or rng.random() < 0.15) or ["sales"])
        for t in table["wording"]
    ]
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="skills"))
    csv(folder, "sample_submission.csv", sample(test, "advert", skills="python sales"))
    say(
        folder,
        """
        # Skills in job adverts
        Any number of `skills` may be wanted; separate them by blanks. The quality criterion is F1 calculated for each
        skill, then averaged over skills without weights.
        """,
    )


@SUITE.case(
    Expect(
        kind="multilabel",
        targets=("label_rain", "label_wind", "label_hail"),
        id="roof",
        metric=("log-loss", "mean-column-log-loss"),
        output="probabilities",
    )
)
def roofs_three_labels(folder: Path, rng: Random) -> None:
    """Three columns of zeros and ones; log loss averaged over columns."""
    table = make(
        rng,
        1400,
        roof=ids(),
        pitch=normal(35, 8, 0),
        tiles=pick("clay", "slate", "tin"),
        age=whole(0, 90),
        height=normal(9, 2, 1),
    )
    for name in ("label_rain", "label_wind", "label_hail"):
        table[name] = mark(score(rng, table, [*rng.permutation(["pitch", "tiles", "age", "height"])]), 0.25)
    train, test = part(rng, table)
    labels = ["label_rain", "label_wind", "label_hail"]
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns=labels))
    csv(folder, "sample_submission.csv", sample(test, "roof", **dict.fromkeys(labels, 0.5)))
    say(
        folder,
        "Damage to roofs; a roof may have several. The log loss of each column is calculated and the three averaged.",
    )


@SUITE.case(
    Expect(
        kind="regression",
        modality="text-pair",
        targets=("relatedness",),
        id="nr",
        metric="pearson",
        inputs=("left", "right"),
    )
)
def sentences_related(folder: Path, rng: Random) -> None:
    """How alike two sentences are; Pearson."""
    left = prose(7, 18)(rng, 1400)
    share = rng.random(1400)
    right = [
        " ".join(w if rng.random() < s else str(rng.choice(WORDS)) for w in rng.permutation(text.split()))
        for text, s in zip(left, share, strict=True)
    ]
    table = make(rng, 1400, nr=ids()).assign(left=left, right=right)
    table["relatedness"] = (5 * np.clip(share + rng.normal(0, 0.08, 1400), 0, 1)).round(1)
    train, test = part(rng, table)
    csv(folder, "train.tsv", train, sep="\t")
    csv(folder, "test.tsv", test.drop(columns="relatedness"), sep="\t")
    csv(folder, "sample_submission.csv", sample(test, "nr", relatedness=2.5))
    say(
        folder,
        """
        Semantic relatedness of two sentences, 0 to 5. Systems are compared via their (product-moment) correlation with
        the human scores.
        """,
    )


@SUITE.case(
    Expect(
        kind="forecast",
        targets=("mwh",),
        metric="mape",
        time="ts",
        series=("zone",),
        scheme="rolling-origin",
        rows=4 * 24 * 14,
    )
)
def zones_hourly(folder: Path, rng: Random) -> None:
    """A panel by the hour: four zones, the next two weeks."""
    hours = pd.date_range("2023-01-02", periods=24 * 84, freq="h")
    table = pd.MultiIndex.from_product([hours, ["north", "west", "city", "port"]], names=["ts", "zone"]).to_frame(
        index=False
    )
    level = table["zone"].map({"north": 60.0, "west": 35.0, "city": 120.0, "port": 20.0})
    daily = 1 + 0.4 * np.sin(2 * np.pi * (table["ts"].dt.hour - 8) / 24) - 0.15 * (table["ts"].dt.dayofweek >= 5)
    table["mwh"] = (level * daily * np.exp(rng.normal(0, 0.05, len(table)))).round(2)
    late = table["ts"] >= hours[24 * 70]
    table["ts"] = table["ts"].dt.strftime("%d.%m.%Y %H:%M")
    csv(folder, "load_history.csv", table[~late])
    csv(folder, "load_wanted.csv", table[late].drop(columns="mwh"))
    say(
        folder,
        """
        We need the load (`mwh`) for every zone and hour of load_wanted.csv, the two weeks after load_history.csv.
        Percentage errors are averaged regardless of sign (MAPE). Return ts, zone, mwh.
        """,
    )


@SUITE.case(
    Expect(
        kind=("ordinal", "multiclass"),
        targets=("size",),
        id="customer",
        metric="accuracy",
        output="labels",
    )
)
def shirts_sizes(folder: Path, rng: Random) -> None:
    """Sizes of shirts, whose order everybody knows."""
    table = make(
        rng,
        1300,
        customer=ids(),
        height_cm=normal(174, 9, 0),
        kg=normal(76, 13, 0),
        cut=pick("slim", "wide"),
        age=whole(16, 80),
    )
    table["size"] = cut(score(rng, table, ["kg", "age", "cut"], 0.4), ("S", "M", "L", "XL"), (2, 4, 3, 1))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="size"))
    csv(folder, "sample_submission.csv", sample(test, "customer", size="M"))
    say(folder, "Which `size` should we send? S, M, L or XL, from the smallest to the largest. Share of exact hits.")


@SUITE.case(
    Expect(
        kind="binary",
        modality="image",
        targets=("cracked",),
        id="brick_id",
        metric="log-loss",
        rows=50,
        output="probabilities",
    )
)
def bricks_names_without_ending(folder: Path, rng: Random) -> None:
    """Pictures whose names stand in the table without their ending."""
    cracked = (rng.random(250) < 0.4).astype(int)
    names = [f"brick_{k:03d}" for k in rng.permutation(250)]
    for k, (name, bad) in enumerate(zip(names, cracked, strict=True)):
        pixels = rng.normal(150, 12, (22, 22))
        if bad:
            pixels[np.arange(22), np.clip(np.arange(22) + rng.integers(-4, 5), 0, 21)] = 20
        picture(folder / ("img_train" if k < 200 else "img_test") / f"{name}.png", pixels)
    table = pd.DataFrame({"brick_id": names, "cracked": cracked})
    csv(folder, "train_labels.csv", table[:200])
    csv(folder, "sample_submission.csv", table[200:][["brick_id"]].assign(cracked=0.5))
    say(folder, "Bricks on a belt, img_train/<brick_id>.png. Probability of `cracked`, judged by binary cross-entropy.")


@SUITE.case(
    Expect(
        kind="segmentation",
        modality="image",
        targets=("rle",),
        id="plate",
        metric=("iou", "iou-mean"),
        output="masks",
        rows=25,
    )
)
def plates_intersection(folder: Path, rng: Random) -> None:
    """Masks; intersection over union."""
    rows = []
    for k in range(125):
        corner, size = rng.integers(3, 12, 2), rng.integers(5, 14, 2)
        mask = np.zeros((28, 28), bool)
        mask[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]] = True
        where = folder / ("train" if k < 100 else "test")
        picture(where / "img" / f"p{k:03d}.png", 90 + 60 * mask + rng.normal(0, 20, (28, 28)))
        if k < 100:
            picture(where / "label" / f"p{k:03d}.png", 255.0 * mask)
        rows.append((f"p{k:03d}", run_lengths(mask)))
    table = pd.DataFrame(rows, columns=["plate", "rle"])
    csv(folder, "sample_submission.csv", table[100:].assign(rle="1 1"))
    say(
        folder,
        """
        Mark the rust. train/img has photographs, train/label the rust as white pixels. For the photographs in
        test/img send the marked pixels run-length encoded as in the sample. Figure of merit: intersection over union.
        """,
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("days_until_sold",),
        id="advert",
        metric="mae",
        rows=240,
        roles={"published": "date"},
    )
)
def days_until_sold(folder: Path, rng: Random) -> None:
    """How long something takes, random draw; rows have a date."""
    table = make(
        rng,
        1200,
        advert=ids(),
        published=days("2022-05-01", 400),
        price=skewed(900),
        photos=whole(0, 15),
        kind=pick("bike", "sofa", "tv"),
    )
    table["days_until_sold"] = (20 * np.exp(0.6 * score(rng, table, ["price", "photos", "kind"]))).round()
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="days_until_sold"))
    csv(folder, "sample_submission.csv", sample(test, "advert", days_until_sold=20))
    say(folder, "Second-hand adverts. `days_until_sold`: typical absolute miss in days, meaning the mean (MAE).")
