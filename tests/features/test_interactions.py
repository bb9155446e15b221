from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.interactions import Interactions
from modelwright.records.profile import Role
from modelwright.testing.contracts import FeatureContract, example
from modelwright.testing.records import problem, profile

from ..pace import takes_less_than

Signal = Callable[[pd.DataFrame], Any]


def made_up(rows: int, seed: int, columns: int = 6) -> pd.DataFrame:
    """Number columns of several shapes and scales, and one of two values."""
    rng = np.random.default_rng(seed)
    draw: list[Callable[[], Any]] = [
        lambda: rng.normal(size=rows),
        lambda: rng.uniform(-3, 3, rows),
        lambda: rng.gamma(2, 3, rows) + 1,
        lambda: rng.poisson(3, rows),
    ]
    table = pd.DataFrame({f"x{k}": draw[k % 4]() for k in range(columns)})
    table["g"] = rng.integers(0, 2, rows)
    return table


def target(table: pd.DataFrame, kind: str, signal: Signal, seed: int = 0) -> Any:
    """A target of a kind that follows a signal and noise."""
    rng = np.random.default_rng(seed + 100)
    value = np.asarray(signal(table), dtype=np.float64)
    value = (value - value.mean()) / (value.std() or 1.0)
    if kind == "regression":
        return value + 0.7 * rng.normal(size=len(table))
    value += 0.4 * rng.logistic(size=len(table))
    return np.digitize(value, np.quantile(value, [0.5] if kind == "binary" else [0.3, 0.7])).astype(np.int64)


def formulas(table: pd.DataFrame, y: Any, **params: Any) -> list[str]:
    return [found.combination.name for found in Interactions(**params).fit(table, y).made_]


class TestInteractions(FeatureContract):
    def step(self) -> Interactions:
        return Interactions()


def test_it_applies_where_there_are_two_numbers() -> None:
    assert Interactions.applies(problem(), profile(Role.NUMBER, Role.NUMBER)) is None
    assert Interactions.applies(problem(), profile(Role.NUMBER, Role.TEXT)) == "there are no two columns of numbers"
    assert Interactions.applies(problem(kind="segmentation"), profile(Role.NUMBER, Role.NUMBER)) is not None


@pytest.mark.parametrize("kind", ["binary", "regression", "multiclass"])
@pytest.mark.parametrize("seed", range(3))
def test_noise_makes_nothing(kind: str, seed: int) -> None:
    table = made_up(800, seed)
    assert formulas(table, target(table, kind, lambda t: 0 * t.x0, seed)) == []


@pytest.mark.parametrize("kind", ["binary", "regression", "multiclass"])
def test_what_columns_say_one_by_one_makes_nothing(kind: str) -> None:
    table = made_up(1200, 1)
    assert formulas(table, target(table, kind, lambda t: np.sin(2 * t.x0) + abs(t.x1) + np.log(t.x2))) == []


@pytest.mark.parametrize("kind", ["binary", "regression", "multiclass"])
def test_a_planted_sum_of_levels_is_found_with_its_cuts(kind: str) -> None:
    table = made_up(2500, 2)
    found = Interactions().fit(table, target(table, kind, lambda t: (t.x0 + t.x1 > 1) * 1.0 - (t.x0 + t.x1 < -2))).made_
    assert found[0].combination.name == "x0+x1"
    stepped = next(f.combination for f in found if f.combination.cuts)
    assert stepped.columns == ("x0", "x1")
    assert stepped.cuts == pytest.approx((-2, 1), abs=0.2)


@pytest.mark.parametrize(
    ("formula", "signal"),
    [
        ("x0*x1", lambda t: t.x0 * t.x1),
        ("x1/x2", lambda t: np.tanh(8 * t.x1 / t.x2)),
        ("x0-x1", lambda t: np.sign(t.x0 - t.x1)),
        ("x0+x4+x5", lambda t: np.sign(t.x0 + t.x4 + t.x5)),
    ],
)
def test_a_planted_combination_is_the_first_found(formula: str, signal: Signal) -> None:
    table = made_up(2000, 3)
    first = Interactions(operations=("sum", "difference", "product", "ratio")).fit(
        table, target(table, "regression", signal)
    )
    assert sorted(first.made_[0].combination.name) == sorted(formula)


def test_a_sum_that_counts_in_some_rows_only_is_found_with_its_gate() -> None:
    table = made_up(3000, 4)
    found = formulas(table, target(table, "regression", lambda t: np.where(t.g == 1, 1, -1) * np.sign(t.x0 + t.x1)))
    assert any("if g=" in name for name in found)


def test_columns_brought_to_one_scale_are_added_where_units_differ() -> None:
    table = made_up(2000, 5)
    table["wide"] = 250 * table["x0"] + 90
    del table["x0"]
    found = Interactions().fit(table, target(table, "binary", lambda t: np.sign(t.wide / 250 + t.x4 - 0.36))).made_
    assert set(found[0].combination.columns) == {"wide", "x4"}
    factors = [abs(part.factor) for part in found[0].combination.parts]
    assert max(factors) / min(factors) == pytest.approx(250, rel=0.15)


def test_two_targets_are_both_explained() -> None:
    table = made_up(2000, 6)
    first, second = (
        target(table, "regression", s, k) for k, s in enumerate((lambda t: t.x0 * t.x1, lambda t: np.sign(t.x0 + t.x4)))
    )
    made = " ".join(formulas(table, np.column_stack([first, second])))
    assert "x0*x1" in made
    assert "x0+x4" in made or "x4+x0" in made


def test_no_more_columns_than_asked_for_and_only_by_the_operations_named() -> None:
    table = made_up(1500, 7)
    y = target(table, "regression", lambda t: t.x0 * t.x1 + 2 * np.sign(t.x4 + t.x5))
    assert len(formulas(table, y, most=1)) == 1
    assert not any("*" in name or "sign" in name for name in formulas(table, y, operations=("sum",), triples=False))


def test_fit_transform_is_fit_then_transform() -> None:
    table = made_up(800, 8)
    y = target(table, "binary", lambda t: t.x0 * t.x1)
    pd.testing.assert_frame_equal(Interactions().fit_transform(table, y), Interactions().fit(table, y).transform(table))
    assert Interactions.same_rows


def test_the_notes_say_what_each_column_explains() -> None:
    table = made_up(800, 8)
    step = Interactions().fit(table, target(table, "regression", lambda t: t.x0 * t.x1))
    assert step.notes_[0].startswith("interactions: x0*x1 explains ")


def test_gaps_infinite_values_and_categories_are_no_trouble() -> None:
    case = example("binary", rows=600)
    table = case.table
    table["other"] = np.random.default_rng(9).normal(size=len(table))
    y = target(table, "binary", lambda t: (t.number * t.other).fillna(0))
    made = Interactions().fit_transform(table, y)
    assert "number*other" in made
    assert made["number*other"].isna().equals(table["number"].isna())


KNOWN = made_up(800, 9)
FITTED = Interactions().fit(KNOWN, target(KNOWN, "regression", lambda t: t.x0 * t.x1 + np.tanh(4 * t.x1 / t.x2)))
NUMBER = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[NUMBER] * 7), max_size=5))
def test_any_new_row_gives_the_same_columns_finite_or_missing(rows: list[tuple[float, ...]]) -> None:
    new = pd.DataFrame(rows, columns=KNOWN.columns, dtype=np.float64)
    made = FITTED.transform(new)
    assert list(made.columns) == [*KNOWN.columns, *(found.combination.name for found in FITTED.made_)]
    assert not np.isinf(made.iloc[:, KNOWN.shape[1] :].to_numpy(dtype=np.float64)).any()


def test_a_target_that_one_column_tells_all_about_makes_nothing() -> None:
    table = made_up(1000, 11)
    y = (table["x1"] > 0).to_numpy().astype(np.int64)
    assert formulas(table, y) == []


@pytest.mark.alone
def test_it_costs_seconds_not_minutes() -> None:
    table = made_up(10_000, 10, columns=12)
    y = target(table, "binary", lambda t: t.x0 * t.x1 + np.sign(t.x4 + t.x5))
    assert takes_less_than(15, lambda: Interactions().fit(table, y))
