from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.select import KEPT, NAMED, Select
from modelwright.records.profile import Role
from modelwright.testing.contracts import FeatureContract, example
from modelwright.testing.records import problem, profile

from ..pace import takes_less_than

PLANTED = ["n0", "n1", "n2", "c0"]


def made_up(rows: int = 1500, seed: int = 0, columns: int = 24) -> pd.DataFrame:
    """Numbers, truth values and categories."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({f"n{k}": rng.normal(size=rows) for k in range(columns)})
    for k in range(4):
        table[f"b{k}"] = rng.random(rows) < 0.5
        table[f"c{k}"] = pd.Categorical(rng.integers(0, 12, rows).astype(str))
    return table


def signal(table: pd.DataFrame, seed: int = 1) -> Any:
    """A number that the planted columns tell, two of them only together."""
    level = table["c0"].astype(int).to_numpy() % 3
    noise = np.random.default_rng(seed).normal(size=len(table))
    return np.asarray(table["n0"] + 1.5 * np.sign(table["n1"] * table["n2"]) + level + 0.5 * noise)


def target(table: pd.DataFrame, kind: str) -> Any:
    value = signal(table)
    if kind == "binary":
        return (value > np.median(value)).astype(np.int64)
    if kind == "multiclass":
        return np.digitize(value, np.quantile(value, [0.3, 0.6])).astype(np.int64)
    if kind == "multilabel":
        return np.column_stack([value > c for c in np.quantile(value, [0.5, 0.8, 1.0])]).astype(np.int64)
    if kind == "several targets":
        return np.column_stack([value, -2 * table["n5"] + 0.1 * value])
    return value


class TestContract(FeatureContract):
    def step(self) -> Select:
        return Select()


def test_it_applies_where_there_are_columns_to_spare() -> None:
    assert Select.applies(problem(), profile(*[Role.NUMBER] * 12)) is None
    assert Select.applies(problem(), profile(*[Role.NUMBER] * 11)) == "11 columns are too few to leave some of them out"
    assert Select.applies(problem(kind="segmentation"), profile(*[Role.NUMBER] * 12)) is not None


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "regression", "several targets"])
def test_columns_of_noise_are_dropped_and_planted_ones_kept(kind: str) -> None:
    table = made_up()
    made = Select().fit_transform(table, target(table, kind))
    assert set(PLANTED) <= set(made)
    assert ("n5" in made) or kind != "several targets"
    assert made.shape[1] <= 16  # of 32


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_planted_columns_stay_and_most_noise_goes_whatever_the_draw(seed: int) -> None:
    table = made_up(seed=seed)
    made = Select().fit_transform(table, signal(table, seed + 1))
    assert set(PLANTED) <= set(made)
    assert made.shape[1] <= 16


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 1e9]))
def test_some_columns_stay_where_nothing_tells_the_target(seed: int, strict: float) -> None:
    table = made_up(300, seed)
    made = Select(strict=strict).fit_transform(table, np.random.default_rng(seed).normal(size=300))
    assert KEPT <= made.shape[1] <= table.shape[1]


def test_the_stricter_the_fewer_columns_stay() -> None:
    table = made_up(600)
    left = [set(Select(strict=s).fit_transform(table, signal(table))) for s in (0.2, 0.5, 1.0, 2.0, 1e9)]
    assert all(few <= many for many, few in pairwise(left))
    assert len(left[0]) > len(left[-1]) == KEPT


def test_dates_strings_and_categories_of_many_values_stay() -> None:
    table = made_up()
    table["seen"] = pd.Timestamp("2021-03-01")
    table["note"] = "the same to all"
    table["clerk"] = pd.Categorical((np.arange(len(table)) % 500).astype(str))
    made = Select(strict=1e9).fit_transform(table, signal(table))
    assert made.shape[1] == KEPT + 3
    assert {"seen", "note", "clerk"} <= set(made)


def test_few_rows_and_few_columns_and_a_flat_target_leave_the_table_alone() -> None:
    table = made_up()
    few = table.iloc[:50]
    pd.testing.assert_frame_equal(Select().fit_transform(few, signal(few)), few)
    pd.testing.assert_frame_equal(Select().fit_transform(table, np.zeros(len(table))), table)
    narrow = table[["n3", "n4", "n5", "c1"]]
    pd.testing.assert_frame_equal(Select().fit_transform(narrow, signal(table)), narrow)


def test_the_note_counts_the_columns_and_names_the_first() -> None:
    table = made_up()
    step = Select().fit(table, signal(table))
    (note,) = step.notes_
    assert note.startswith(f"select: {len(step.dropped_)} of 32 columns carry no weight and were dropped: ")
    assert all(name in note for name in step.dropped_[:NAMED])
    assert note.endswith(f" and {len(step.dropped_) - NAMED} more.")


def test_constant_empty_and_infinite_columns_are_no_trouble() -> None:
    table = made_up()
    y = signal(table)
    table["constant"], table["empty"] = 7.0, np.nan
    table["infinite"] = np.where(np.arange(len(table)) % 2 == 0, np.inf, -np.inf)
    table["never"] = pd.Categorical([None] * len(table), categories=["a"])
    table.loc[::3, "n0"] = np.inf
    made = Select().fit_transform(table, y)
    assert not {"constant", "empty", "infinite", "never"} & set(made)


KNOWN = made_up()
FITTED = Select().fit(KNOWN, signal(KNOWN))
STRANGE = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(STRANGE, st.sampled_from([None, "0", "unheard of"])), max_size=4))
def test_new_rows_have_the_same_columns(rows: list[tuple[float, str | None]]) -> None:
    new = KNOWN.iloc[: len(rows)].copy()
    new["n0"] = [value for value, _ in rows]
    new["c0"] = pd.Categorical([name for _, name in rows])
    made = FITTED.transform(new)
    assert list(made.columns) == [name for name in KNOWN if name not in FITTED.dropped_]
    pd.testing.assert_frame_equal(made, new[list(made.columns)])


def test_fit_transform_is_fit_then_transform() -> None:
    case = example("multiclass", rows=400)
    made = Select().fit_transform(case.table, case.y)
    pd.testing.assert_frame_equal(made, Select().fit(case.table, case.y).transform(case.table))
    assert Select.same_rows


def test_it_needs_labels() -> None:
    with pytest.raises(ValueError, match="fit needs y"):
        Select().fit(made_up(50))


@pytest.mark.alone
@pytest.mark.parametrize(("rows", "columns", "seconds"), [(60_000, 52, 20), (2_000, 292, 10)])
def test_it_costs_seconds_not_minutes(rows: int, columns: int, seconds: int) -> None:
    table = made_up(rows, columns=columns)
    y = target(table, "binary")
    assert takes_less_than(seconds, lambda: Select().fit(table, y))
