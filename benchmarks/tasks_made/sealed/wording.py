"""Measure only, never look at this while mending: metrics in other words, other trades, other registers."""

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
        metric="weighted-cost",
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
        kind="binary", targets=("lapse",), id="member_no", metric=("gini", "auc"), output="probabilities", positive="1"
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
