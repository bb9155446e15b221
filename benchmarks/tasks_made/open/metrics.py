"""Metrics as people write them: in a page, a mail, a ticket, a chat, by what hurts, by a formula."""

from pathlib import Path

import numpy as np

from ..case import Expect
from ..made import Random, csv, cut, ids, make, mark, normal, part, pick, sample, say, score, skewed, whole
from .suite import SUITE


@SUITE.case(
    Expect(
        kind="binary",
        modality="table",
        targets=("churned",),
        id="customer_id",
        metric="auc",
        output="probabilities",
        header=("customer_id", "churned"),
        rows=600,
        positive="1",
        scheme="stratified",
    )
)
def churn_page(folder: Path, rng: Random) -> None:
    """A competition page with headings; AUC by its long name."""
    table = make(
        rng,
        2400,
        customer_id=ids(),
        tenure_months=whole(1, 72),
        monthly_charge=normal(64, 20),
        contract=pick("monthly", "one year", "two years", weights=(5, 3, 2)),
        support_calls=whole(0, 9),
        paperless=pick("yes", "no"),
        payment=pick("card", "transfer", "cheque"),
    )
    table["churned"] = mark(score(rng, table, ["support_calls", "tenure_months", "contract", "monthly_charge"]), 0.27)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="churned"))
    csv(folder, "sample_submission.csv", sample(test, "customer_id", churned=0.5))
    say(
        folder,
        """
        # Who will leave?

        A phone company would like to know which of its customers are about to leave it.

        ## Evaluation

        Submissions are scored by the area under the receiver operating characteristic curve between the predicted
        probability and the observed outcome.

        ## Submission file

        For each `customer_id` in the test set, predict a probability for the `churned` variable. The file should
        have a header and look like this:

            customer_id,churned
            1002,0.5
            1003,0.1

        ## Data

        - **train.csv** the training set, with `churned` (1 = the customer left within the quarter)
        - **test.csv** the test set
        - **sample_submission.csv** a sample submission
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("defaulted",),
        id="loan_no",
        metric=("cost", "weighted-cost"),
        cost_ratio=8,
        output="labels",
        positive="yes",
        classes=("no", "yes"),
        rows=450,
    )
)
def loan_cost_mail(folder: Path, rng: Random) -> None:
    """A terse mail; the metric is a ratio of two prices."""
    table = make(
        rng,
        1800,
        loan_no=ids("L"),
        amount=skewed(9000),
        term=pick(24, 36, 48, 60),
        income=skewed(31000),
        employment=pick("employed", "self-employed", "retired", "none"),
        prior_loans=whole(0, 6),
        purpose=pick("car", "house", "furniture", "other"),
    )
    table["defaulted"] = mark(score(rng, table, ["amount", "income", "employment", "prior_loans"]), 0.18, "yes", "no")
    train, test = part(rng, table)
    csv(folder, "loans_train.csv", train)
    csv(folder, "loans_test.csv", test.drop(columns="defaulted"))
    say(
        folder,
        """
        Hi Jo,

        loans_train.csv are the loans with a known end (defaulted yes/no), loans_test.csv the ones to be decided on.
        I need loan_no and a clear yes or no in defaulted for each of them. Keep in mind that approving a loan that
        goes bad hurts us eight times as much as sending a good customer away, and that's how I will count.

        K.
        """,
        "mail.txt",
    )


@SUITE.case(
    Expect(
        kind="regression",
        targets=("heat_load",),
        id="building",
        metric="rmse",
        output="values",
        rows=300,
        scheme="plain",
    )
)
def heat_ticket(folder: Path, rng: Random) -> None:
    """A ticket with fields; RMSE by what it does."""
    table = make(
        rng,
        1200,
        building=ids("B-"),
        floor_area=skewed(140),
        built=whole(1900, 2020),
        windows=pick("single", "double", "triple"),
        wall_u_value=normal(0.6, 0.15),
        occupants=whole(1, 7),
        roof=pick("flat", "pitched"),
    )
    table["heat_load"] = (90 + 25 * score(rng, table, ["floor_area", "built", "wall_u_value", "windows"], 0.4)).round(1)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="heat_load"))
    csv(folder, "example_answer.csv", sample(test, "building", heat_load=0.0))
    say(
        folder,
        """
        TICKET 4471 - heat load model
        Reporter: facility services
        Priority: medium

        Please estimate heat_load (MWh per year) of the buildings in test.csv. The measured ones are in train.csv.

        Acceptance: the errors squared, averaged, and the root taken of that, in MWh, over the buildings of test.csv.
        Last year's spreadsheet explained 71 % of the variance, no idea what that means.

        Format: as example_answer.csv
        """,
        "ticket.txt",
    )


@SUITE.case(
    Expect(kind="regression", targets=("minutes_late",), id="stop_id", metric="mae", header=("stop_id", "minutes_late"))
)
def parcels_chat(folder: Path, rng: Random) -> None:
    """A chat message without headings; mean absolute error in words."""
    table = make(
        rng,
        1500,
        stop_id=ids(),
        distance_km=skewed(6),
        parcels_before=whole(0, 60),
        rain=pick(0, 1, weights=(4, 1)),
        weekday=pick("mon", "tue", "wed", "thu", "fri"),
        driver_years=whole(0, 15),
    )
    table["minutes_late"] = (12 + 9 * score(rng, table, ["parcels_before", "distance_km", "rain"])).round()
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="minutes_late"))
    csv(folder, "sample.csv", sample(test, "stop_id", minutes_late=0))
    say(
        folder,
        """
        hey! quick one: can you tell for every stop in test.csv how late the parcel will be (minutes_late, we know it
        for train.csv)? what counts is by how many minutes we are off on average, too early or too late is the same
        thing. file like sample.csv pls, thx :)
        """,
        "chat.md",
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("claim",),
        id="policy",
        metric=("gini", "normalized-gini"),
        output="probabilities",
        positive="1",
        rows=500,
    )
)
def policy_gini(folder: Path, rng: Random) -> None:
    """A business brief; the normalised Gini coefficient."""
    table = make(
        rng,
        2500,
        policy=ids(),
        age=whole(18, 85),
        car_age=whole(0, 20),
        region=pick("north", "east", "south", "west"),
        power_kw=skewed(80, 0.3, 0),
        km_per_year=skewed(12000, 0.4, 0),
        bonus=whole(0, 25),
    )
    table["claim"] = mark(score(rng, table, ["km_per_year", "age", "bonus", "region"], 1.0), 0.09)
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="claim"))
    csv(folder, "submission_format.csv", sample(test, "policy", claim=0.04))
    say(
        folder,
        """
        # Brief: risk score for motor policies

        **Background.** Pricing needs to know which policies will file a claim in the coming year.
        **Data.** train.csv (2,000 policies of last year, `claim` tells whether there was one), test.csv (500).
        **Success measure.** The normalized Gini coefficient. A random order gets about 0, a perfect one 1.
        **Deliverable.** policy and a risk score in `claim`, as in submission_format.csv.
        """,
        "brief.md",
    )


@SUITE.case(
    Expect(
        kind="multiclass",
        targets=("crop",),
        id="field_id",
        metric="log-loss",
        output="probabilities",
        header=("field_id", "barley", "maize", "rape", "wheat"),
        class_columns=("barley", "maize", "rape", "wheat"),
        classes=("barley", "maize", "rape", "wheat"),
        scheme="stratified",
    )
)
def crop_cross_entropy(folder: Path, rng: Random) -> None:
    """Cross-entropy, with a column for each class in the sample."""
    table = make(
        rng,
        1600,
        field_id=ids("F"),
        ndvi_april=normal(0.4, 0.1, 3),
        ndvi_june=normal(0.6, 0.12, 3),
        ndvi_august=normal(0.5, 0.15, 3),
        soil=pick("clay", "loam", "sand"),
        slope=skewed(3),
        hectares=skewed(5),
    )
    crops = ("barley", "maize", "rape", "wheat")
    table["crop"] = cut(score(rng, table, ["ndvi_august", "ndvi_june", "soil", "slope"]), crops, (2, 3, 1, 4))
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="crop"))
    csv(folder, "sample_submission.csv", sample(test, "field_id", barley=0.25, maize=0.25, rape=0.25, wheat=0.25))
    say(
        folder,
        """
        # What grows there?

        Tell the crop of a field from its greenness over the season. `train.csv` names the `crop` of each field.

        Give a probability for each of the four crops. We compute the categorical cross-entropy of your
        probabilities; they are clipped to [1e-15, 1 - 1e-15] first.
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("is_fraud",),
        id="transaction",
        metric="average-precision",
        output="probabilities",
        positive="1",
        scheme="stratified",
    )
)
def fraud_not_roc(folder: Path, rng: Random) -> None:
    """Area under the precision-recall curve; ROC is named and denied."""
    table = make(
        rng,
        3000,
        transaction=ids("T"),
        amount=skewed(45, 1.0),
        hour=whole(0, 24),
        country_match=pick(0, 1, weights=(1, 9)),
        card_age_days=whole(1, 3000),
        merchant=pick("grocery", "fuel", "travel", "online", "jewellery"),
        attempts=whole(1, 5),
    )
    table["is_fraud"] = mark(score(rng, table, ["amount", "country_match", "attempts", "merchant"]), 0.03)
    train, test = part(rng, table, 0.3)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="is_fraud"))
    csv(folder, "sample_submission.csv", sample(test, "transaction", is_fraud=0.0))
    say(
        folder,
        """
        Fraud scoring, second round

        In the first round we looked at the ROC AUC, and everybody had 0.97, because frauds are so rare. We do not
        use it any more. This time entries are compared by the area under the precision-recall curve.

        Send is_fraud, any number that grows with your suspicion, for each transaction of test.csv
        (see sample_submission.csv).
        """,
        "README.txt",
    )


@SUITE.case(Expect(kind="regression", targets=("price_eur",), id="listing", metric="rmse-log", rows=280))
def flats_formula(folder: Path, rng: Random) -> None:
    """The metric is a formula and nothing else: RMSE of logarithms."""
    table = make(
        rng,
        1400,
        listing=ids(),
        square_metres=skewed(75, 0.4, 0),
        rooms=whole(1, 7),
        district=pick("Altstadt", "Hafen", "Nordend", "Westend", "Rosenau"),
        floor=whole(0, 12),
        balcony=pick(True, False),
        year=whole(1890, 2023),
    )
    value = score(rng, table, ["square_metres", "rooms", "district", "year"], 0.4)
    table["price_eur"] = np.round(250000 * np.exp(0.5 * value), -2)
    train, test = part(rng, table, 0.2)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="price_eur"))
    csv(folder, "sample_submission.csv", sample(test, "listing", price_eur=250000.0))
    say(
        folder,
        r"""
        # Flats for sale

        Predict `price_eur`.

        ## Scoring

        $$ \sqrt{\frac{1}{n}\sum_{i=1}^n \left(\ln \hat{y}_i - \ln y_i\right)^2} $$
        """,
    )


@SUITE.case(
    Expect(
        kind="binary",
        targets=("failure",),
        id="machine",
        metric="mcc",
        output="labels",
        positive="1",
        scheme="stratified",
    )
)
def machines_broken_english(folder: Path, rng: Random) -> None:
    """Broken English; Matthews correlation by its abbreviation."""
    table = make(
        rng,
        1300,
        machine=ids("M"),
        torque=normal(40, 9),
        rpm=normal(1500, 170, 0),
        wear_minutes=whole(0, 250),
        air_temp=normal(300, 2, 1),
        type=pick("L", "M", "H", weights=(6, 3, 1)),
    )
    table["failure"] = mark(score(rng, table, ["wear_minutes", "torque", "rpm", "type"]), 0.15)
    train, test = part(rng, table)
    csv(folder, "train.csv", train)
    csv(folder, "test.csv", test.drop(columns="failure"))
    csv(folder, "answer_format.csv", sample(test, "machine", failure=0))
    say(
        folder,
        """
        Dear friend, in our factory is many machine. We want predict if machine will be break in next shift, this is
        column failure in train.csv (1 is break). For test.csv please give answer 0 or 1 same as answer_format.csv.
        Boss say result is check with MCC, so more high is more good. Thanking you.
        """,
    )
