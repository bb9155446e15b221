import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.aggregates import MOST, Aggregates
from modelwright.interfaces import Related
from modelwright.records.problem import Relation
from modelwright.testing.contracts import FeatureContract, example
from modelwright.testing.records import problem, profile

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01")


def relation(**change: Any) -> Relation:
    fields = {"name": "orders", "table": "orders.csv", "keys": (("who", "customer"),), "many": True}
    return Relation.model_validate({**fields, **change})


TIMED = relation(time=("when", "at"))


def related(rows: pd.DataFrame, other: pd.DataFrame, found: Relation) -> Related:
    return Related((found,), rows, {"orders": other}.__getitem__)


def aggregate(rows: pd.DataFrame, other: pd.DataFrame, found: Relation) -> pd.DataFrame:
    step = Aggregates("orders")
    step.bind(related(rows, other, found))
    return step.fit_transform(pd.DataFrame({"x": np.zeros(len(rows))}, index=rows.index))


def orders(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    amount = rng.normal(100, 20, rows).round(2)
    amount[rng.random(rows) < 0.1] = np.nan
    kinds = pd.Categorical.from_codes(rng.integers(-1, 4, rows), categories=["a", "b", "c", "d"])
    at = START + DAY * rng.integers(0, 40, rows)
    return pd.DataFrame({"customer": rng.integers(0, 25, rows), "at": at, "amount": amount, "kind": kinds})


def one_by_one(row: pd.Series, other: pd.DataFrame, found: Relation, end: pd.Timestamp) -> dict[str, Any]:
    """What a careful person would compute for one row."""
    own = other[other["customer"] == row["who"]]
    if found.time:
        own, end = own[own["at"] < row["when"]], row["when"]
    own = own.sort_values("at", kind="stable")
    amount, kinds = own["amount"].dropna(), own["kind"].dropna().astype(str)
    days = (own["at"].max() - own["at"].min()) / DAY
    return {
        "count": len(own),
        "mean(amount)": amount.mean(),
        "sum(amount)": amount.sum(),
        "min(amount)": amount.min(),
        "max(amount)": amount.max(),
        "std(amount)": amount.std(),
        "last(amount)": amount.iloc[-1] if len(amount) else np.nan,
        "distinct(kind)": kinds.nunique(),
        "share(kind=a)": (kinds == "a").mean() if len(kinds) else np.nan,
        "days-since-last(at)": (end - own["at"].max()) / DAY,
        "days-since-first(at)": (end - own["at"].min()) / DAY,
        "days-between(at)": days,
        "gap(at)": days / (len(own) - 1) if len(own) > 1 else np.nan,
    }


@pytest.mark.parametrize("found", [relation(), TIMED])
def test_aggregates_are_what_one_computes_row_by_row(found: Relation) -> None:
    other = orders()
    rows = pd.DataFrame({"who": np.arange(30), "when": START + DAY * (np.arange(30) * 7 % 45)})
    made = aggregate(rows, other, found)
    expected = pd.DataFrame([one_by_one(row, other, found, other["at"].max()) for _, row in rows.iterrows()])
    for name in expected:
        np.testing.assert_allclose(made[f"orders.{name}"], expected[name].astype(float), rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("found", [relation(), TIMED])
def test_the_most_common_value_is_one_of_the_most_common(found: Relation) -> None:
    other = orders()
    rows = pd.DataFrame({"who": np.arange(30), "when": START + DAY * (np.arange(30) * 7 % 45)})
    made = aggregate(rows, other, found)["orders.most-common(kind)"]
    for (_, row), value in zip(rows.iterrows(), made, strict=True):
        own = other[(other["customer"] == row["who"]) & ((other["at"] < row["when"]) | (found.time is None))]
        counts = own["kind"].astype(object).dropna().value_counts()
        assert (len(counts) == 0 and pd.isna(value)) or counts[value] == counts.max()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 44))
def test_nothing_that_is_not_earlier_changes_an_aggregate(seed: int, day: int) -> None:
    other = orders(80, seed)
    rows = pd.DataFrame({"who": np.arange(25), "when": START + DAY * day})
    later = other["at"] >= rows["when"].iloc[0]
    changed = other.assign(amount=other["amount"].mask(later, 1e6), kind=other["kind"].mask(later, "d"))
    step = Aggregates("orders")
    step.bind(related(rows, other, TIMED))
    table = pd.DataFrame(index=rows.index)
    before = step.fit(table).transform(table)
    step.bind(related(rows, changed, TIMED))
    pd.testing.assert_frame_equal(step.transform(table), before)
    step.bind(related(rows, other[~later], TIMED))
    pd.testing.assert_frame_equal(step.transform(table), before)


def test_a_key_nobody_knows_has_no_rows_and_a_missing_one_has_gaps() -> None:
    made = aggregate(pd.DataFrame({"who": [3.0, 999.0, np.nan]}), orders(), relation())
    assert made["orders.count"].tolist()[1] == 0
    assert made["orders.sum(amount)"].tolist()[1] == 0
    assert made["orders.mean(amount)"].isna().tolist() == [False, True, True]
    assert np.isnan(made["orders.count"].iloc[2])


def test_a_row_without_a_time_has_gaps() -> None:
    made = aggregate(pd.DataFrame({"who": [3], "when": [pd.NaT]}), orders(), TIMED)
    assert made.drop(columns="x").isna().all().all()


def test_keys_match_however_they_are_typed() -> None:
    other = orders()
    first = aggregate(pd.DataFrame({"who": np.arange(25)}), other, relation())
    second = aggregate(pd.DataFrame({"who": [f"{k}.0" for k in range(25)]}), other, relation())
    pd.testing.assert_frame_equal(first, second)


def test_columns_are_few_however_wide_the_other_table_is() -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(200, 30))).add_prefix("n")
    texts = {f"c{k}": pd.Categorical(rng.choice(list("abcdefgh"), 200)) for k in range(20)}
    dates = {f"d{k}": START + DAY * rng.integers(0, 90, 200) for k in range(6)}
    other = pd.DataFrame({"customer": rng.integers(0, 20, 200), **wide, **texts, **dates})
    step = Aggregates("orders")
    rows = pd.DataFrame({"who": np.arange(20)})
    step.bind(related(rows, other, relation()))
    made = step.fit_transform(rows[[]])
    assert made.shape[1] == MOST
    assert "n8" in step.declined_[0]


def test_an_empty_table_gives_counts_of_zero() -> None:
    rows = pd.DataFrame({"who": [1, 2]})
    step = Aggregates("orders")
    step.bind(related(rows, orders(), relation()))
    step.fit(rows[[]])
    step.bind(related(rows, orders().iloc[:0], relation()))
    assert step.transform(rows[[]])["orders.count"].tolist() == [0, 0]


def test_a_pickle_holds_no_tables() -> None:
    step = Aggregates("orders")
    rows = pd.DataFrame({"who": np.arange(25)})
    step.bind(related(rows, orders(20_000), relation()))
    made = step.fit_transform(rows[[]])
    text = pickle.dumps(step)
    assert len(text) < 5_000
    again = pickle.loads(text)
    with pytest.raises(RuntimeError, match="call bind first"):
        again.transform(rows[[]])
    again.bind(related(rows.iloc[:3], orders(20_000), relation()))
    pd.testing.assert_frame_equal(again.transform(rows.iloc[:3][[]]), made.iloc[:3])


def test_it_applies_where_another_table_has_several_rows_for_one() -> None:
    assert Aggregates.applies(problem(relations=(relation(),)), profile()) is None
    assert Aggregates.applies(problem(relations=(relation(many=False),)), profile()) is not None


class TestWithoutTables(FeatureContract):
    def step(self) -> Any:
        return Aggregates("orders")


class TestWithTables(FeatureContract):
    def step(self) -> Any:
        return _Bound("orders")


class _Bound(Aggregates):
    """Bound from the start, and again after a pickle and a clone; rows that share a label are asked about alike."""

    def fit(self, table: pd.DataFrame, y: Any = None) -> "_Bound":
        self._hand_over()
        return super().fit(table, y)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        self._hand_over()
        return super().transform(table)

    def _hand_over(self) -> None:
        rows = pd.DataFrame({"who": np.arange(len(example().table)) % 25})
        self.bind(related(rows, orders(), relation()))
