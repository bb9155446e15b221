"""Measure only, never look at this while mending: metrics as code, as formulas, and as what replaced another."""

from pathlib import Path

import numpy as np

from ..case import Expect
from ..made import (
    Random,
    csv,
    cut,
    ids,
    make,
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


@SUITE.case(Expect(kind="regression", targets=("demand",), id="item", metric="smape"))
def demand_code_smape(folder: Path, rng: Random) -> None:
    """The metric is a line of code: SMAPE."""
    table = make(
        rng,
        1200,
        item=ids("i"),
        price=skewed(15),
        shelf_life=whole(2, 60),
        promo=pick(0, 1),
        chain=pick("x", "y", "z"),
        last_week=skewed(120, 0.7, 0),
    )
    table["demand"] = (100 * np.exp(0.6 * score(rng, table, ["last_week", "promo", "price"]))).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="demand"))
    csv(folder, "sample_submission.csv", sample(test, "item", demand=0))
    say(
        folder,
        """
        Predict `demand`. Our scorer:

        ```python
        def scorer(actual, forecast):
            return 100 * np.mean(2 * np.abs(forecast - actual) / (np.abs(actual) + np.abs(forecast)))
        ```
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("calls",), id="slot", metric="rmsle"))
def calls_code_rmsle(folder: Path, rng: Random) -> None:
    """The metric is a line of code: RMSLE."""
    table = make(
        rng,
        1300,
        slot=ids(),
        staff=whole(3, 30),
        campaign=pick("none", "tv", "mail"),
        weekday=whole(0, 7),
        backlog=skewed(50),
    )
    table["calls"] = (80 * np.exp(0.7 * score(rng, table, ["backlog", "campaign", "staff"]))).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="calls"))
    csv(folder, "sample_submission.csv", sample(test, "slot", calls=0))
    say(
        folder,
        """
        Call centre: `calls` per slot.

            metric = lambda t, p: np.sqrt(np.mean((np.log1p(p) - np.log1p(t)) ** 2))
        """,
        "instructions.txt",
    )


@SUITE.case(
    Expect(
        kind=("ordinal", "multiclass"), targets=("stage",), id="eye", metric="qwk", classes=("0", "1", "2", "3", "4")
    )
)
def eyes_kappa_formula(folder: Path, rng: Random) -> None:
    """Quadratic kappa by the formula of its weights."""
    table = make(
        rng,
        1500,
        eye=ids("E"),
        haemorrhages=whole(0, 20),
        exudates=skewed(2),
        vessel_width=normal(1, 0.1, 3),
        side=pick("left", "right"),
        hba1c=normal(7, 1.2, 1),
    )
    table["stage"] = cut(score(rng, table, ["haemorrhages", "exudates", "hba1c"]), (0, 1, 2, 3, 4), (6, 2, 3, 1, 1))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="stage"))
    csv(folder, "sample_submission.csv", sample(test, "eye", stage=0))
    say(
        folder,
        r"""
        # Stages of retinopathy

        An ophthalmologist gave each eye a `stage` from 0 to 4.

        ### Scoring
        Agreement with the ophthalmologist is measured with Cohen's $\kappa$; a disagreement between stages $i$ and
        $j$ weighs $(i-j)^2/(N-1)^2$.
        """,
    )


@SUITE.case(Expect(kind="multiclass", targets=("soil_type",), id="core", metric="kappa", output="labels"))
def soils_kappa(folder: Path, rng: Random) -> None:
    """Cohen's kappa without weights."""
    table = make(
        rng, 1200, core=ids("c"), clay=normal(30, 8, 1), sand=normal(40, 9, 1), carbon=skewed(2), depth=whole(5, 90)
    )
    table["soil_type"] = cut(score(rng, table, ["clay", "sand", "carbon"]), ("gley", "podzol", "rendzina"), (3, 2, 4))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="soil_type"))
    csv(folder, "sample_submission.csv", sample(test, "core", soil_type="gley"))
    say(
        folder,
        "Name the `soil_type` of each core. We report the chance-corrected agreement, Cohen's kappa (unweighted).",
    )


@SUITE.case(Expect(kind="regression", targets=("arrival_error_s",), id="train_no", metric="mae"))
def trains_no_longer_rmse(folder: Path, rng: Random) -> None:
    """RMSE was last year's; this year's metric comes after."""
    table = make(
        rng,
        1400,
        train_no=ids(),
        delay_at_previous=skewed(60),
        stops_left=whole(1, 20),
        line=pick("S1", "S2", "S3"),
        dwell=normal(45, 9, 1),
        weather=pick("dry", "rain", "snow"),
    )
    table["arrival_error_s"] = (90 * score(rng, table, ["delay_at_previous", "stops_left", "weather"])).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="arrival_error_s"))
    csv(folder, "sample_submission.csv", sample(test, "train_no", arrival_error_s=0))
    say(
        folder,
        """
        # Arrival errors, 2nd edition

        In the 1st edition entries were compared by RMSE, and two broken trains decided everything. That has been
        abandoned. From this edition on, the average of |prediction - truth| in seconds determines the winner.

        Column to predict: `arrival_error_s`.
        """,
    )


@SUITE.case(Expect(kind="multiclass", targets=("animal",), id="trap", metric=("f1-micro", "accuracy"), output="labels"))
def traps_micro(folder: Path, rng: Random) -> None:
    """Micro-averaged F1 of single labels, which is the accuracy."""
    table = make(
        rng,
        1300,
        trap=ids(),
        weight=skewed(300),
        hour=whole(0, 24),
        paw_cm=skewed(3),
        bait=pick("fish", "nut", "fruit"),
    )
    table["animal"] = cut(
        score(rng, table, ["weight", "paw_cm", "hour"]), ("fox", "marten", "rat", "cat"), (2, 1, 4, 3)
    )
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="animal"))
    csv(folder, "sample_submission.csv", sample(test, "trap", animal="rat"))
    say(
        folder, "Which `animal` is in the trap? Measured by micro-averaged F-score, true positives pooled over classes."
    )
