import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from modelwright.recipes.crossed import CrossColumns, Keys
from modelwright.recipes.crosses import SparseLinear
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.records import problem

VALUES = problem(kind="regression", metric="rmse", classes=())


def codes(rows: int, seed: int = 0, columns: int = 4, levels: int = 12) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).integers(0, levels, (rows, columns))
    return pd.DataFrame({f"c{k}": pd.Categorical(drawn[:, k].astype(str)) for k in range(columns)})


def pair_rule(table: pd.DataFrame) -> np.ndarray:
    """Something that only the pair of the first two columns tells (rows,)."""
    drawn = np.random.default_rng(9).normal(size=(12, 12))
    drawn -= drawn.mean(axis=0)
    drawn -= drawn.mean(axis=1, keepdims=True)
    return np.asarray(drawn[table["c0"].astype(int), table["c1"].astype(int)])


def profiled(categories: int, numbers: int, rows: int = 1000) -> Profile:
    columns = [Column(name=f"c{k}", role=Role.CATEGORY, distinct=9) for k in range(categories)]
    columns += [Column(name=f"n{k}", role=Role.NUMBER, distinct=rows) for k in range(numbers)]
    return Profile(rows=rows, test_rows=0, columns=tuple(columns))


def test_it_is_for_tables_half_of_which_are_categories() -> None:
    assert SparseLinear().applies(problem(), profiled(3, 3)) is None
    assert "half of the columns" in (SparseLinear().applies(problem(), profiled(3, 4)) or "")
    assert "half of the columns" in (SparseLinear().applies(problem(), profiled(1, 0)) or "")
    assert "repeat too seldom" in (SparseLinear().applies(problem(), profiled(3, 0, rows=50)) or "")


def test_it_finds_the_pair_that_tells_the_class() -> None:
    table = codes(6000)
    y = (pair_rule(table) + 0.5 * np.random.default_rng(1).normal(size=len(table)) > 0).astype(np.int64)
    model = SparseLinear().build(problem(), {"seed": 0}).fit(table[:4000], y[:4000])
    assert roc_auc_score(y[4000:], model.predict_proba(table[4000:])[:, 1]) > 0.9
    alone = SparseLinear().build(problem(), {"seed": 0, "degree": 1}).fit(table[:4000], y[:4000])
    assert roc_auc_score(y[4000:], alone.predict_proba(table[4000:])[:, 1]) < 0.6
    assert model.prepare_.crosses_[0].columns == (0, 1)


def test_it_finds_the_pair_that_tells_a_number() -> None:
    table = codes(5000)
    truth = 100 + 10 * pair_rule(table)
    y = truth + np.random.default_rng(1).normal(size=len(table))
    model = SparseLinear().build(VALUES, {"seed": 0}).fit(table[:4000], y[:4000])
    error = float(np.std(model.predict(table[4000:]) - truth[4000:]))
    assert error < 0.2 * np.std(truth)


def test_columns_that_tell_nothing_are_not_chosen() -> None:
    table = codes(2000)
    y = np.random.default_rng(3).integers(0, 2, len(table))
    assert len(CrossColumns().fit(table, y).crosses_) <= 2


def test_every_class_counts() -> None:
    table = codes(4000)
    y = table["c3"].astype(int).to_numpy() % 4
    three = problem(kind="multiclass", classes=(0, 1, 2, 3))
    model = SparseLinear().build(three, {"seed": 0}).fit(table, y)
    assert (model.predict_proba(table).argmax(axis=1) == y).mean() > 0.99


def test_combinations_never_seen_are_those_that_are_rare() -> None:
    table = codes(1000)
    columns = CrossColumns(min_frequency=2).fit(table, (pair_rule(table) > 0).astype(np.int64))
    assert columns.crosses_
    new = pd.DataFrame({name: pd.Categorical(["never"]) for name in table})
    made = columns.transform(new)
    assert made.shape == (1, sum(c.size for c in columns.crosses_))
    assert made.nnz == len(columns.crosses_)


@pytest.mark.parametrize("values", [[np.nan] * 60, [1.0] * 60, [np.inf, -np.inf, 3.5] * 20, list(range(60))])
def test_codes_stay_below_their_sizes(values: list[float]) -> None:
    keys = Keys().fit(pd.DataFrame({"a": values, "b": pd.Categorical(["x", "y", None] * 20)}))
    new = pd.DataFrame({"a": [np.nan, np.inf, -1e300, 7.25], "b": pd.Categorical(["z", None, "x", "y"])})
    made = keys.codes(new)
    assert (made >= 0).all()
    assert (made < np.array(keys.sizes)).all()


def test_numbers_that_do_not_repeat_are_put_into_bins() -> None:
    x = np.random.default_rng(0).normal(size=3000)
    table = pd.DataFrame({"x": x, "c": pd.Categorical((np.arange(3000) % 3).astype(str))})
    model = SparseLinear().build(VALUES, {"seed": 0}).fit(table, np.abs(x))
    assert np.std(model.predict(table) - np.abs(x)) < 0.35 * np.std(np.abs(x))
