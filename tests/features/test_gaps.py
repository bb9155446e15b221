import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.gaps import DateGaps
from modelwright.interfaces import Feature
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem

WHAT = ["since_first", "since_previous", "until_next", "before"]


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return DateGaps()


def visits(days: list[float | None], clients: list[str | None] | None = None) -> pd.DataFrame:
    """Visits so many days after the first of March, by 30 clients who are there often enough to be a key."""
    seen = pd.Timestamp("2021-03-01") + pd.to_timedelta(pd.Series(days, dtype=float), unit="D")
    table = pd.DataFrame({"seen": seen.astype("datetime64[ns]")})
    return table if clients is None else table.assign(client=pd.Categorical(clients))


def many() -> pd.DataFrame:
    """Each of 30 clients comes on day k, k + 10 and k + 30."""
    return visits(
        [k + d for k in range(30) for d in (0.0, 10.0, 30.0)], [f"c{k:02d}" for k in range(30) for _ in "abc"]
    )


def test_it_applies_where_a_date_takes_more_than_two_values() -> None:
    def profiled(distinct: int) -> Profile:
        return Profile(rows=9, test_rows=0, columns=(Column(name="seen", role=Role.DATE, distinct=distinct),))

    assert DateGaps.applies(problem(), profiled(3)) is None
    assert DateGaps.applies(problem(), profiled(2)) == "no column holds more than two dates"


def test_gaps_are_those_to_the_neighbours_in_time() -> None:
    made = DateGaps().fit_transform(visits([5.0, 0.0, 2.0, 9.0]))[[f"seen.{w}" for w in WHAT]]
    expected = [[5, 3, 4, 2], [0, np.nan, 2, 0], [2, 2, 3, 1], [9, 4, np.nan, 3]]
    np.testing.assert_allclose(made, expected)


def test_rows_of_the_same_moment_are_neither_earlier_nor_later() -> None:
    made = DateGaps().fit_transform(visits([0.0, 4.0, 4.0, 5.0]))
    assert made["seen.since_previous"].tolist()[1:] == [4, 4, 1]
    assert made["seen.before"].tolist() == [0, 1, 1, 3]


def test_gaps_of_a_key_are_among_its_own_rows() -> None:
    made = DateGaps().fit_transform(many().sample(frac=1, random_state=0)).sort_index()
    assert made["seen@client.since_previous"].iloc[1:3].tolist() == [10, 20]
    assert made["seen@client.until_next"].iloc[:2].tolist() == [10, 20]
    assert made["seen@client.since_first"].iloc[:3].tolist() == [0, 10, 30]
    assert made["seen@client.before"].iloc[:3].tolist() == [0, 1, 2]
    np.testing.assert_allclose(made["seen@client.order"].iloc[:3], [0, 1 / 3, 2 / 3])


def test_new_rows_are_placed_among_those_of_fit_and_not_among_each_other() -> None:
    step = DateGaps().fit(many())
    new = visits([15.0, 16.0, 3.0, 3.0], ["c00", "c00", "new", None])
    made = step.transform(new)[[f"seen@client.{w}" for w in ("since_previous", "until_next", "before")]]
    gap = np.nan
    np.testing.assert_allclose(made, [[5, 15, 2], [6, 14, 2], [gap, gap, 0], [gap, gap, gap]])


def test_a_missing_date_is_missing_in_everything() -> None:
    made = DateGaps().fit_transform(visits([0.0, None, 3.0, 10.0]))
    assert made.iloc[1].isna().all()


def test_the_last_day_of_a_year_is_near_the_first() -> None:
    made = DateGaps().fit_transform(visits([0.0, 305.0, 306.0, 120.0]))  # 31 December and 1 January among them
    points = made[["seen.dayofyear_sin", "seen.dayofyear_cos"]].to_numpy()
    far = np.linalg.norm(points - points[1], axis=1)
    assert far[2] < 0.03 < far[0] < far[3]


def test_what_never_varies_is_left_out() -> None:
    made = DateGaps().fit_transform(visits([0.0, 1.0, 2.0, 3.0]))
    assert "seen.since_previous" not in made
    assert "seen.since_first" in made


def test_a_date_that_never_changes_and_a_third_one_are_declined() -> None:
    table = many().assign(
        never=pd.Series(pd.NaT, index=range(90), dtype="datetime64[ns]"),
        paid=many()["seen"] + pd.Timedelta("2D"),
        sent=many()["seen"],
    )
    assert DateGaps().fit(table).declined_ == (
        "date-gaps: never is the same date or missing in every row.",
        "date-gaps: sent comes after the first 2 dates.",
    )


MOMENTS = st.datetimes(pd.Timestamp("1678-01-01"), pd.Timestamp("2262-01-01"))  # all that nanoseconds can hold


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | MOMENTS, min_size=1, max_size=30), st.lists(MOMENTS, min_size=1, max_size=5))
def test_gaps_are_positive_and_follow_the_order(known: list[object], asked: list[object]) -> None:
    table, new = (pd.DataFrame({"seen": pd.Series(v, dtype="datetime64[ns]")}) for v in (known, asked))
    step = DateGaps().fit(table)
    for given_rows in (table, new):
        made = step.transform(given_rows)
        assert not np.isinf(made.drop(columns="seen").to_numpy()).any()
        for what in ("since_previous", "until_next"):
            if f"seen.{what}" in made:
                assert (made[f"seen.{what}"].dropna() >= 0).all()
        if "seen.before" in made:
            before = [(table["seen"] < moment).sum() for moment in given_rows["seen"].dropna()]
            assert made["seen.before"].dropna().tolist() == before
