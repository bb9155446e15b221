import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.pairs import CategoryPairs
from modelwright.interfaces import Feature
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem

EFFECT = np.random.default_rng(9).normal(size=(8, 8))
EFFECT = EFFECT - EFFECT.mean(axis=0) - EFFECT.mean(axis=1, keepdims=True)


def codes(rows: int = 1200, seed: int = 0) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).integers(0, 8, (rows, 3))
    return pd.DataFrame({n: pd.Categorical(drawn[:, k].astype(str)) for k, n in enumerate("abc")})


def values(table: pd.DataFrame, seed: int = 1) -> np.ndarray:
    """A number that only the pair of a and b tells."""
    truth = EFFECT[table["a"].astype(int), table["b"].astype(int)]
    return np.asarray(truth + 0.1 * np.random.default_rng(seed).normal(size=len(table)))


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return CategoryPairs()


def test_it_applies_where_two_columns_repeat() -> None:
    def profiled(*distinct: int, rows: int = 5000) -> Profile:
        columns = [Column(name=f"c{k}", role=Role.CATEGORY, distinct=d) for k, d in enumerate(distinct)]
        return Profile(rows=rows, test_rows=0, columns=tuple(columns))

    assert CategoryPairs.applies(problem(), profiled(5, 9)) is None
    assert "fewer than two" in (CategoryPairs.applies(problem(), profiled(5, 2)) or "")
    assert "told from chance" in (CategoryPairs.applies(problem(), profiled(5, 9, rows=500)) or "")
    assert "no mean" in (CategoryPairs.applies(problem(kind="segmentation"), profiled(5, 9)) or "")


def test_the_pair_that_tells_the_number_is_found_and_encoded() -> None:
    table, new = codes(), codes(300, seed=5)
    step = CategoryPairs().fit(table, values(table))
    made = step.transform(new)
    assert np.corrcoef(made["a+b.mean"], values(new, 7))[0, 1] > 0.95
    assert np.allclose(np.expm1(made["a+b.count"]), [((table.a == a) & (table.b == b)).sum() for a, b, _ in new.values])


def test_columns_that_tell_nothing_together_are_left_alone_with_a_word() -> None:
    table = codes()
    step = CategoryPairs()
    pd.testing.assert_frame_equal(step.fit_transform(table, np.random.default_rng(0).normal(size=len(table))), table)
    assert step.declined_ == ("category-pairs: no combination tells more than its parts.",)


def test_what_columns_tell_alone_is_no_reason_to_take_a_pair() -> None:
    table = codes(4000)
    alone = table["a"].astype(int) * 1.0 + table["b"].astype(int)
    y = (alone.to_numpy() + np.random.default_rng(0).normal(size=len(table)) > 7).astype(np.int64)
    assert len(CategoryPairs(degree=3).fit(table, y).crosses_) <= 1


def test_classes_get_a_column_each() -> None:
    table = codes()
    y = np.digitize(values(table), [-1, 1]).astype(np.int64)
    made = CategoryPairs(degree=2).fit_transform(table, y)
    assert {"a+b.mean.0", "a+b.mean.1", "a+b.mean.2", "a+b.count"} <= set(made)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1199))
def test_the_target_of_a_row_is_not_in_its_own_mean(row: int) -> None:
    table = codes()
    y = values(table)
    changed = y.copy()
    higher = np.sort(y[y > y[row]])
    changed[row] = (y[row] + higher[0]) / 2 if len(higher) else y[row] + 50.0  # the rank, so the part, stays
    one, other = (CategoryPairs(degree=2).fit_transform(table, t)["a+b.mean"].iloc[row] for t in (y, changed))
    assert one == other


def test_a_combination_never_seen_counts_as_rare() -> None:
    table = codes()
    step = CategoryPairs().fit(table, values(table))
    new = pd.DataFrame({n: pd.Categorical(["new", None]) for n in "abc"})
    made = step.transform(new)
    assert np.allclose(np.expm1(made["a+b.count"]), 1)
    assert np.isfinite(made["a+b.mean"]).all()


@pytest.mark.parametrize("y", [np.r_[np.zeros(1198), 1, 1].astype(np.int64), np.zeros(1200), np.full(1200, 7)])
def test_targets_with_nothing_to_tell_are_no_trouble(y: np.ndarray) -> None:
    assert len(CategoryPairs().fit_transform(codes(), y)) == 1200


def test_a_column_of_very_many_values_is_no_trouble() -> None:
    table = pd.DataFrame({"id": pd.Categorical(np.arange(50_000).astype(str)), "b": np.arange(50_000) % 7})
    y = (np.arange(50_000) % 3 == 0).astype(np.int64)
    assert len(CategoryPairs().fit_transform(table, y)) == 50_000
