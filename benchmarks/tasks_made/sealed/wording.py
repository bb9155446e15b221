"""Measure only, never look at this while mending: metrics in other words, other trades, other registers."""

from pathlib import Path

import numpy as np

from ..case import Expect
from ..made import (
    Random,
    csv,
    cut,
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
    Expect(kind="binary", targets=("gave",), id="person", metric="auc", output="probabilities", positive="1", rows=420)
)
def donors_pairs(folder: Path, rng: Random) -> None:
    """AUC as what it means: pairs in the right order."""
    table = make(
        rng,
        2100,
        person=ids("D"),
        last_gift=skewed(35),
        gifts=whole(0, 25),
        months_since=whole(0, 60),
        letter=pick("plain", "photo", "card"),
        age_band=pick("18-34", "35-54", "55-74", "75+"),
    )
    table["gave"] = mark(score(rng, table, ["gifts", "months_since", "letter"]), 0.12)
    train, test = part(rng, table, 0.2)
    csv(folder, "mailing_2022.csv", train)
    csv(folder, "mailing_2023.csv", test.drop(columns="gave"))
    csv(folder, "reply_form.csv", sample(test, "person", gave=0.1))
    say(
        folder,
        """
        # Whom to write to

        We are a small charity and have money for a few hundred letters. mailing_2022.csv shows who `gave` after the
        last letter, mailing_2023.csv is the list of today.

        Please give everybody a number, the higher the more likely. Take somebody who will give and somebody who will
        not: how often does the giver have the higher number? That proportion, over all such pairs, is what we judge by.
        """,
        "briefing.md",
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("tumour",),
        id="nodule",
        metric="fbeta",
        params={"beta": 2.0},
        output="labels",
        positive="1",
        scheme="stratified",
    )
)
def nodules_recall_twice(folder: Path, rng: Random) -> None:
    """F-beta where recall matters twice as much."""
    table = make(
        rng,
        1400,
        nodule=ids(),
        diameter_mm=skewed(8),
        density=normal(-200, 120, 0),
        lobe=pick("UL", "UR", "LL", "LR", "MR"),
        spiculated=pick(0, 1, weights=(3, 1)),
        pack_years=whole(0, 60),
    )
    table["tumour"] = mark(score(rng, table, ["diameter_mm", "spiculated", "pack_years"]), 0.15)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="tumour"))
    csv(folder, "sample_submission.csv", sample(test, "nodule", tumour=0))
    say(
        folder,
        """
        Lung screening

        The radiologists want a yes (1) or no (0) in `tumour` for every nodule. Overlooking one is worse than calling
        a healthy person back; thus precision and recall are combined so that recall has twice the importance of
        precision (F-beta, beta = 2).
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("tampered",),
        id="meter_no",
        metric=("cost", "weighted-cost"),
        cost_ratio=14,
        output="labels",
        positive="Y",
        header=("meter_no", "tampered"),
    )
)
def meters_two_prices(folder: Path, rng: Random) -> None:
    """Two prices in money, from which a ratio follows."""
    table = make(
        rng,
        1600,
        meter_no=ids("E"),
        kwh_month=skewed(240),
        drop_vs_last_year=normal(0, 0.2, 3),
        night_share=normal(0.3, 0.07, 3),
        building=pick("flat", "house", "shop"),
        seal=pick("old", "new"),
    )
    table["tampered"] = mark(score(rng, table, ["drop_vs_last_year", "night_share", "building"]), 0.1, "Y", "N")
    train, test = part(rng, table)
    csv(folder, "checked_meters.csv", train)
    csv(folder, "open_meters.csv", test.drop(columns="tampered"))
    say(
        folder,
        """
        Subject: which meters to visit

        Colleagues, checked_meters.csv lists meters our people have opened; column tampered is Y or N. For those in
        open_meters.csv, I need a list with the columns meter_no and tampered (Y/N).

        Every tampered meter that we leave alone loses us 350 EUR, every visit for nothing is 25 EUR of wages. Make the
        bill as small as possible, it is the only figure the board looks at.
        """,
        "to_the_team.txt",
    )


@SUITE.case(Expect(kind="regression", targets=("kwh_m2",), id="school", metric="r2", output="values", scheme="plain"))
def schools_variance(folder: Path, rng: Random) -> None:
    """R squared by what it says."""
    table = make(
        rng,
        900,
        school=ids("S"),
        pupils=whole(80, 1500),
        year_built=whole(1890, 2021),
        gym=pick("yes", "no"),
        heating=pick("gas", "district", "pump"),
        glazing=normal(0.3, 0.08, 3),
    )
    table["kwh_m2"] = (110 + 25 * score(rng, table, ["year_built", "glazing", "heating"], 0.5)).round(1)
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="kwh_m2"))
    csv(folder, "sample_submission.csv", sample(test, "school", kwh_m2=110.0))
    say(
        folder,
        """
        ## Energy use of schools

        Estimate `kwh_m2`.

        ## Ranking

        Teams are ordered by the proportion of the variance in the measured values that their predictions account for:
        one minus the sum of squared residuals divided by the total sum of squares.
        """,
        "TASK.md",
    )


@SUITE.case(Expect(kind="regression", targets=("monthly_rent",), id="flat", metric="median-absolute-error", rows=220))
def rents_median(folder: Path, rng: Random) -> None:
    """Median absolute error in words."""
    table = make(
        rng,
        1100,
        flat=ids(),
        sqm=skewed(62, 0.35, 0),
        storey=whole(0, 9),
        quarter=pick("east", "mill", "port", "spa", "zoo"),
        kitchen=pick("none", "basic", "new"),
        lift=pick(True, False),
    )
    table["monthly_rent"] = (800 * np.exp(0.4 * score(rng, table, ["sqm", "quarter", "kitchen"], 0.5))).round()
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="monthly_rent"))
    csv(folder, "sample_submission.csv", sample(test, "flat", monthly_rent=800))
    say(
        folder,
        """
        Tenants' union. What should a flat cost (`monthly_rent`)? A few palaces must not spoil the figure, so we take
        the absolute deviations of all flats and quote their median.
        """,
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("next_page",),
        id="visit_id",
        metric="log-loss",
        output="probabilities",
        class_columns=("cart", "help", "leave", "search"),
        header=("visit_id", "cart", "help", "leave", "search"),
    )
)
def pages_likelihood(folder: Path, rng: Random) -> None:
    """Log loss as a negative log-likelihood, class columns in the sample."""
    table = make(
        rng,
        1700,
        visit_id=ids(),
        seconds=skewed(40),
        depth=whole(1, 12),
        source=pick("ad", "mail", "direct", "friend"),
        hour=whole(0, 24),
        returning=pick(0, 1),
    )
    pages = ("cart", "help", "leave", "search")
    table["next_page"] = cut(score(rng, table, ["depth", "seconds", "source"]), pages, (2, 1, 4, 3))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="next_page"))
    csv(folder, "sample_submission.csv", sample(test, "visit_id", cart=0.25, help=0.25, leave=0.25, search=0.25))
    say(
        folder,
        """
        Where does the visitor go next? Your table has a probability for every page. We evaluate the average negative
        log-likelihood of what really happened.
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("n_claims",), id="contract", metric="poisson-deviance", output="values"))
def claims_poisson(folder: Path, rng: Random) -> None:
    """Counts; mean Poisson deviance."""
    table = make(
        rng,
        2000,
        contract=ids(),
        exposure=normal(0.8, 0.1, 2),
        driver_age=whole(18, 90),
        zone=pick("A", "B", "C", "D"),
        horse_power=whole(4, 16),
        vehicle_age=whole(0, 20),
    )
    rate = np.exp(-0.4 + 0.5 * score(rng, table, ["driver_age", "zone", "horse_power"], 0.3))
    table["n_claims"] = rng.poisson(rate)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="n_claims"))
    csv(folder, "sample_submission.csv", sample(test, "contract", n_claims=0.5))
    say(
        folder,
        """
        # Frequency model

        The expected number of claims, `n_claims`. Models are compared on the deviance of a Poisson distribution,
        averaged over contracts.
        """,
    )


@SUITE.case(Expect(kind="regression", targets=("liking",), id="song_id", metric="spearman", output="values"))
def songs_rank(folder: Path, rng: Random) -> None:
    """Spearman's rank correlation; Pearson is named and denied."""
    table = make(
        rng,
        1000,
        song_id=ids(),
        bpm=normal(118, 22, 0),
        minor=pick(0, 1),
        length_s=normal(210, 40, 0),
        decade=pick("70s", "80s", "90s", "00s"),
        loud=normal(-9, 2),
    )
    table["liking"] = (5 + 1.6 * score(rng, table, ["decade", "bpm", "loud"])).round(2)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="liking"))
    csv(folder, "sample_submission.csv", sample(test, "song_id", liking=5.0))
    say(
        folder,
        """
        how much will listeners like a song? we compare YOUR order of the songs with THEIR order, i.e. the correlation
        of ranks (after Spearman, so not Pearson's). column = liking
        """,
        "note.txt",
    )
