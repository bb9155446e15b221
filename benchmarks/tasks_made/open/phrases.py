"""More metrics as people write them: in German, beside a baseline, by what counts as a hit, or not at all."""

from pathlib import Path

import numpy as np

from ..case import Expect
from ..made import Random, csv, cut, holes, ids, make, mark, normal, part, pick, sample, say, score, skewed, whole
from .suite import SUITE


@SUITE.case(
    Expect(
        kind="regression",
        targets=("wert_schaetzung",),
        id="objekt_nr",
        metric="mae",
        header=("objekt_nr", "wert_schaetzung"),
        roles={"flaeche": "number", "baujahr": "number"},
        rows=250,
    )
)
def gutachten_german_mail(folder: Path, rng: Random) -> None:
    """A German mail with semicolons, decimal commas and cp1252."""
    table = make(
        rng,
        1000,
        objekt_nr=ids(),
        flaeche=skewed(120, 0.4),
        baujahr=whole(1920, 2022),
        lage=pick("Innenstadt", "Stadtrand", "Dorf", "Grünwald"),
        zustand=pick("gut", "mäßig", "schlecht"),
        grundstueck=skewed(450),
    )
    table["wert_schaetzung"] = (310 + 80 * score(rng, table, ["flaeche", "lage", "zustand", "baujahr"], 0.4)).round(1)
    train, test = part(rng, table)
    how = {"sep": ";", "decimal": ",", "encoding": "cp1252"}
    csv(folder, "training.csv", train, **how)
    csv(folder, "test.csv", test.drop(columns="wert_schaetzung"), **how)
    csv(folder, "muster.csv", sample(test, "objekt_nr", wert_schaetzung=0.0))
    say(
        folder,
        """
        Guten Tag Frau Brandt,

        anbei die Gutachten (training.csv) und die Objekte, für die wir eine Schätzung brauchen (test.csv). Gesucht
        ist der Wert in Tausend Euro, Spalte wert_schaetzung. Wir messen die mittlere absolute Abweichung vom
        späteren Gutachten. Die Abgabe bitte wie in muster.csv.

        Mit freundlichen Grüßen
        H. Özdemir
        """,
        "nachricht.txt",
        "cp1252",
    )


@SUITE.case(
    Expect(kind="binary", targets=("rain_tomorrow",), id="day_id", metric="brier", output="probabilities", positive="1")
)
def rain_baseline_elsewhere(folder: Path, rng: Random) -> None:
    """A baseline is quoted in AUC and accuracy; the metric is the Brier score."""
    table = make(
        rng,
        1500,
        day_id=ids(),
        pressure=normal(1013, 8, 1),
        humidity=whole(20, 100),
        wind=skewed(14),
        clouds=whole(0, 9),
        station=pick("coast", "hill", "valley"),
    )
    table["rain_tomorrow"] = mark(score(rng, table, ["humidity", "pressure", "clouds"]), 0.3)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="rain_tomorrow"))
    csv(folder, "sample_submission.csv", sample(test, "day_id", rain_tomorrow=0.3))
    say(
        folder,
        """
        # Chance of rain

        The station's rule of thumb has an accuracy of 0.78, and the students' model of last term reached an AUC of
        0.84. We would like to publish honest chances now. Therefore forecasts of `rain_tomorrow` are verified with
        the Brier score.
        """,
    )


@SUITE.case(
    Expect(kind="regression", targets=("stock_needed",), id="sku", metric="quantile-loss", params={"alpha": 0.9})
)
def stock_pinball(folder: Path, rng: Random) -> None:
    """Pinball loss of the ninth decile."""
    table = make(
        rng,
        1100,
        sku=ids("SKU"),
        price=skewed(20),
        sold_last_month=skewed(60, 0.7, 0),
        category=pick("toys", "books", "garden"),
        promo=pick(0, 1),
        shelf=whole(1, 9),
    )
    table["stock_needed"] = (60 * np.exp(0.6 * score(rng, table, ["sold_last_month", "promo", "price"]))).round()
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="stock_needed"))
    csv(folder, "sample_submission.csv", sample(test, "sku", stock_needed=0))
    say(
        folder,
        """
        Stock levels

        We want stock_needed to be enough in nine of ten cases. So the forecasts are compared with the pinball loss
        at the 0.9 quantile.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("approved",),
        id="request",
        header=("request", "approved"),
        positive="1",
        doubt="metric",
        output=("probabilities", "labels"),
    )
)
def no_description(folder: Path, rng: Random) -> None:
    """No description at all, only tables and a sample: the metric is a guess and said to be one."""
    table = make(
        rng,
        900,
        request=ids(),
        budget=skewed(1200),
        team=pick("a", "b", "c", "d"),
        urgent=pick(0, 1),
        pages=whole(1, 30),
    )
    table["approved"] = mark(score(rng, table, ["budget", "team", "pages"]), 0.55)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="approved"))
    csv(folder, "sample_submission.csv", sample(test, "request", approved=0))


@SUITE.case(
    Expect(kind="binary", targets=("readmitted",), metric="auc", positive="yes", rows=0),
    source="stays.csv",
    asked={"about": "Predict `readmitted` from the other columns, evaluated by ROC AUC."},
    cli=True,
)
def stays_one_line(folder: Path, rng: Random) -> None:
    """One table and one sentence on the command line."""
    table = make(
        rng,
        800,
        stay=ids(),
        age=whole(1, 99),
        ward=pick("surgery", "cardiology", "neurology"),
        nights=whole(1, 30),
        medications=whole(0, 20),
    )
    table["readmitted"] = mark(score(rng, table, ["medications", "age", "nights", "ward"]), 0.2, "yes", "no")
    csv(folder, "stays.csv", table)


@SUITE.case(
    Expect(
        kind=("ordinal", "multiclass"),
        targets=("stars",),
        id="review_id",
        metric="qwk",
        classes=("1", "2", "3", "4", "5"),
        output="labels",
    )
)
def stars_readme(folder: Path, rng: Random) -> None:
    """Grades; weighted kappa with quadratic weights."""
    table = make(
        rng,
        1500,
        review_id=ids(),
        length=whole(5, 400),
        exclamation_marks=whole(0, 9),
        returned=pick(0, 1, weights=(8, 2)),
        days_to_ship=whole(1, 12),
        product=pick("lamp", "chair", "desk", "sofa"),
    )
    table["stars"] = cut(score(rng, table, ["days_to_ship", "returned", "product"]), (1, 2, 3, 4, 5), (1, 1, 2, 4, 5))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="stars"))
    csv(folder, "sample_submission.csv", sample(test, "review_id", stars=5))
    say(
        folder,
        """
        # Stars

        ## Task
        How many `stars` (1 to 5) did the customer give?

        ## How entries are ranked
        By the weighted kappa with quadratic weights, which punishes a 5 for a 1 more than a 5 for a 4.
        """,
        "README.md",
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("genre",),
        id="track",
        metric=("top-3-accuracy", "top-k-accuracy"),
        output="probabilities",
    )
)
def genres_top_three(folder: Path, rng: Random) -> None:
    """Top-3 accuracy in words, with class columns in the sample."""
    table = make(
        rng,
        1800,
        track=ids("t"),
        tempo=normal(120, 25, 1),
        loudness=normal(-8, 3),
        energy=normal(0.6, 0.2, 3),
        speech=skewed(0.08, 0.7, 3),
        live=pick(0, 1, weights=(9, 1)),
    )
    names = ("ambient", "blues", "country", "disco", "metal", "techno")
    table["genre"] = cut(score(rng, table, ["tempo", "energy", "loudness"]), names)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="genre"))
    csv(folder, "sample_submission.csv", sample(test, "track", **dict.fromkeys(names, 0.166)))
    say(
        folder,
        """
        # Music genres

        Each track has one `genre`. A listener is shown three suggestions, so an answer counts as a hit when the true
        genre is among the three with the highest probabilities; the score is the share of hits.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("spam",),
        id="mail",
        metric=("accuracy", "error-rate"),
        output="labels",
        missing={"links": 0.1},
    )
)
def spam_error_rate(folder: Path, rng: Random) -> None:
    """Error rate: the share of wrong answers."""
    table = make(
        rng,
        1400,
        mail=ids(),
        links=whole(0, 20),
        capitals=normal(0.1, 0.03, 3),
        attachments=whole(0, 4),
        known_sender=pick(0, 1),
        domain=pick("com", "org", "net", "biz"),
    )
    table["spam"] = mark(score(rng, table, ["links", "capitals", "known_sender", "domain"]), 0.4)
    table["links"] = holes(rng, table["links"], 0.1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="spam"))
    csv(folder, "sample_submission.csv", sample(test, "mail", spam=0))
    say(
        folder,
        """
        The measure for this exercise is the misclassification rate on test.csv, i.e. the proportion of mails whose
        `spam` (0 or 1) you get wrong. The lower the better.
        """,
        "exercise.md",
    )


@SUITE.case(Expect(kind="regression", targets=("wait_minutes",), id="visit", metric="mape", scheme="plain"))
def waiting_percent(folder: Path, rng: Random) -> None:
    """Mean absolute percentage error, with an absolute error denied."""
    table = make(
        rng,
        1000,
        visit=ids(),
        queue_length=whole(0, 40),
        desks_open=whole(1, 8),
        hour=whole(8, 18),
        office=pick("tax", "passport", "vehicle"),
    )
    table["wait_minutes"] = (15 * np.exp(0.5 * score(rng, table, ["queue_length", "desks_open", "office"]))).round(1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="wait_minutes"))
    csv(folder, "sample_submission.csv", sample(test, "visit", wait_minutes=15.0))
    say(
        folder,
        """
        We predict wait_minutes. Being five minutes off is nothing for somebody who waits for an hour, but a lot for
        somebody who waits for six minutes; therefore we measure the error in per cent of the true waiting time,
        regardless of its sign, on average over all visits, and not in minutes.
        """,
    )
