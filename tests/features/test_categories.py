from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.features.categories import CLASSES, Frequency, IntegersAsCategories, TargetEncode, means_of
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.records import problem

RNG = np.random.default_rng(0)


def profiled(role: Role, distinct: int, *, integer: bool = False) -> Profile:
    return Profile(rows=100, test_rows=0, columns=(Column(name="a", role=role, distinct=distinct, integer=integer),))


def cities(rows: int, names: int = 6, seed: int = 0) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).integers(0, names, rows)
    return pd.DataFrame({"city": pd.Categorical([f"c{k}" for k in drawn])})


# --- integers as categories ------------------------------------------------------------------------------------------


def test_integers_apply_where_whole_numbers_repeat() -> None:
    assert IntegersAsCategories.applies(problem(), profiled(Role.NUMBER, 50, integer=True)) is None
    for other in (profiled(Role.NUMBER, 50), profiled(Role.NUMBER, 51, integer=True), profiled(Role.CATEGORY, 5)):
        assert IntegersAsCategories.applies(problem(), other) == "no column holds whole numbers that repeat"


def test_an_integer_becomes_a_category_in_its_place_in_the_order_of_numbers() -> None:
    table = pd.DataFrame({"store": [10, 9, 100, 9, 10, 100], "x": np.linspace(0, 1, 6)})
    made = IntegersAsCategories().fit_transform(table)
    assert list(made.columns) == ["store", "x"]
    assert made["store"].cat.categories.tolist() == ["9", "10", "100"]
    assert made["store"].tolist() == ["10", "9", "100", "9", "10", "100"]


def test_keep_leaves_the_number() -> None:
    table = pd.DataFrame({"store": [1, 2, 3] * 2})
    made = IntegersAsCategories(keep=True).fit_transform(table)
    assert list(made.columns) == ["store", "store.category"]
    assert made["store"].tolist() == table["store"].tolist()


def test_whole_floats_with_gaps_count_and_new_or_missing_values_are_missing() -> None:
    step = IntegersAsCategories().fit(pd.DataFrame({"store": [1.0, 2.0, 3.0, np.nan] * 3}))
    made = step.transform(pd.DataFrame({"store": [3.0, 4.0, 2.5, np.nan]}))["store"]
    assert made.isna().tolist() == [False, True, True, True]
    assert made.iloc[0] == "3"


@pytest.mark.parametrize("values", [[0, 1] * 5, list(range(10)), [0.5, 1.5, 2.5] * 4])
def test_two_values_and_unique_numbers_and_fractions_stay(values: list[float]) -> None:
    table = pd.DataFrame({"x": values})
    pd.testing.assert_frame_equal(IntegersAsCategories().fit_transform(table), table)


# --- frequency -------------------------------------------------------------------------------------------------------


def test_frequency_applies_to_categories_and_integers() -> None:
    assert Frequency.applies(problem(), profiled(Role.CATEGORY, 5)) is None
    assert Frequency.applies(problem(), profiled(Role.NUMBER, 5, integer=True)) is None
    assert Frequency.applies(problem(), profiled(Role.NUMBER, 5)) is not None


def test_counts_are_those_of_the_rows_of_fit() -> None:
    step = Frequency().fit(pd.DataFrame({"city": pd.Categorical(["a", "a", "b", "c", None, None, None])}))
    made = step.transform(pd.DataFrame({"city": pd.Categorical(["a", "c", None, "new"])}))["city.count"]
    np.testing.assert_allclose(made, np.log1p([2, 1, 3, 0]))


@given(st.lists(st.one_of(st.none(), st.integers(-3, 6)), min_size=1, max_size=60))
def test_counts_agree_with_those_of_pandas(values: list[int | None]) -> None:
    table = pd.DataFrame({"a": pd.Series(values, dtype="float64")})
    made = Frequency().fit_transform(table)
    if "a.count" in made:
        expected = table["a"].map(table["a"].value_counts(dropna=False))
        np.testing.assert_allclose(np.expm1(made["a.count"]), expected)


def test_integers_in_fit_and_floats_later_are_the_same_numbers() -> None:
    step = Frequency().fit(pd.DataFrame({"store": [1, 2, 3, 3, 3, 1]}))
    made = step.transform(pd.DataFrame({"store": [3.0, np.nan, 2.5]}))["store.count"]
    np.testing.assert_allclose(np.expm1(made), [3, 0, 0])


def test_pairs_count_rows_with_both_values() -> None:
    fit = pd.DataFrame({"a": pd.Categorical(list("xxyyz")), "b": pd.Categorical(list("ppqpr"))})
    new = pd.DataFrame({"a": pd.Categorical(["x", "y", "z", "w"]), "b": pd.Categorical(["p", "p", "p", "p"])})
    made = Frequency(pairs=True).fit(fit).transform(new)["a+b.count"]
    np.testing.assert_allclose(np.expm1(made), [2, 1, 0, 0])


def test_strings_that_repeat_are_counted_and_others_are_not() -> None:
    repeating = pd.DataFrame({"ticket": ["A 5", "A 5", "B", "B", "C", "C"]})
    assert "ticket.count" in Frequency().fit_transform(repeating)
    assert "ticket.count" not in Frequency().fit_transform(pd.DataFrame({"ticket": list("abcdef")}))


# --- target encoding -------------------------------------------------------------------------------------------------


def test_target_encoding_applies_to_classes_and_numbers_only() -> None:
    assert TargetEncode.applies(problem(), profiled(Role.CATEGORY, 5)) is None
    assert TargetEncode.applies(problem(), profiled(Role.NUMBER, 10, integer=True)) is not None
    assert TargetEncode.applies(problem(), profiled(Role.NUMBER, 11, integer=True)) is None
    assert TargetEncode.applies(problem(kind="segmentation"), profiled(Role.CATEGORY, 5)) is not None


def test_it_needs_labels() -> None:
    with pytest.raises(ValueError, match="fit needs y"):
        TargetEncode().fit(cities(100))


def test_a_category_has_about_the_mean_of_its_rows() -> None:
    table = cities(6000)
    y = table["city"].cat.codes.to_numpy() + RNG.normal(0, 0.1, len(table))
    made = TargetEncode().fit_transform(table, y)
    np.testing.assert_allclose(made["city.mean"], table["city"].cat.codes, atol=0.05)


def test_rows_of_fit_are_encoded_by_other_rows() -> None:
    table, y = cities(300, 30), RNG.normal(size=300)
    step = TargetEncode()
    crossed = step.fit_transform(table, y)["city.mean"].to_numpy()
    assert not np.allclose(crossed, step.transform(table)["city.mean"])
    y[0] += 1000  # a row's own target says nothing of its own mean
    again = TargetEncode().fit_transform(table, y)["city.mean"].to_numpy()
    assert abs(again[0] - crossed[0]) < 10


@pytest.mark.parametrize("kind", ["number", "rare class"])
def test_noise_is_not_learned_by_heart(kind: str) -> None:
    correlations = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        table = cities(600, 300, seed)  # two rows to a value: the easiest to learn by heart
        y = rng.normal(size=600) if kind == "number" else (rng.random(600) < 0.05).astype(np.int64)
        step = TargetEncode()
        crossed = step.fit_transform(table, y)["city.mean"]
        correlations.append(np.corrcoef(crossed, y)[0, 1])
    assert abs(np.mean(correlations)) < 0.05
    assert np.corrcoef(step.transform(table)["city.mean"], y)[0, 1] > 0.2  # which is why one must not fit on these


def test_fit_then_transform_is_what_new_rows_get() -> None:
    table, y = cities(200), RNG.integers(0, 2, 200)
    both = TargetEncode()
    both.fit_transform(table, y)
    pd.testing.assert_frame_equal(both.transform(table), TargetEncode().fit(table, y).transform(table))


def test_a_new_value_has_the_mean_of_all_rows() -> None:
    table, y = cities(200), RNG.normal(3, 1, 200)
    made = TargetEncode().fit(table, y).transform(pd.DataFrame({"city": pd.Categorical(["new"])}))
    np.testing.assert_allclose(made["city.mean"], y.mean())


def test_a_missing_value_is_a_value() -> None:
    table = cities(400)
    gap = np.arange(400) % 4 == 0
    table.loc[gap, "city"] = None
    made = TargetEncode().fit(table, gap.astype(float)).transform(table)
    assert made["city.mean"][gap].min() > 0.9


def test_classes_have_a_column_each() -> None:
    made = TargetEncode().fit_transform(cities(300), np.arange(300) % 3)
    assert list(made.columns) == ["city", "city.mean.0", "city.mean.1", "city.mean.2"]
    np.testing.assert_allclose(made.iloc[:, 1:].sum(axis=1), 1, atol=0.01)  # each is shrunk for itself


def test_two_classes_have_one_column_whatever_their_codes() -> None:
    table = cities(300)
    y = table["city"].isin(["c0", "c1"]).to_numpy()
    for codes in (y, y.astype(np.int32), np.where(y, 7, 3)):
        made = TargetEncode().fit_transform(table, codes)
        assert list(made.columns) == ["city", "city.mean"]
        assert made["city.mean"][y].min() > made["city.mean"][~y].max()


def test_several_targets_have_a_column_each() -> None:
    table, y = cities(300), RNG.normal(size=(300, 2))
    made = TargetEncode().fit_transform(table, y)
    assert list(made.columns) == ["city", "city.mean.0", "city.mean.1"]
    alone = TargetEncode().fit_transform(table, y[:, 1])
    np.testing.assert_array_equal(made["city.mean.1"], alone["city.mean"])


def test_tiny_classes_share_a_column() -> None:
    y = np.array([0] * 50 + [1] * 40 + [2] * 3 + [3] * 3)
    made = TargetEncode().fit_transform(cities(96), y)
    assert list(made.columns) == ["city", "city.mean.rest", "city.mean.0", "city.mean.1"]


def test_a_single_row_of_a_class_is_no_trouble() -> None:
    made = TargetEncode().fit_transform(cities(60), np.array([0] * 30 + [1] * 29 + [2]))
    assert list(made.columns) == ["city", "city.mean"]


def test_many_classes_do_not_make_many_columns() -> None:
    made = TargetEncode().fit_transform(cities(2000), np.arange(2000) % 100)
    assert made.shape[1] == 1 + CLASSES + 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_any_distribution_of_classes_gives_finite_means_or_none(codes: list[int]) -> None:
    made = TargetEncode().fit_transform(cities(len(codes)), np.array(codes))
    assert np.isfinite(made.drop(columns="city").to_numpy()).all()


@given(st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 1e9]), min_size=1, max_size=40))
def test_any_distribution_of_numbers_gives_finite_means_or_none(values: list[float]) -> None:
    made = TargetEncode().fit_transform(cities(len(values)), np.array(values))
    assert np.isfinite(made.drop(columns="city").to_numpy()).all()


@pytest.mark.parametrize("y", [np.zeros(100), np.zeros(100, dtype=int), np.arange(100)])
def test_a_target_without_means_is_declined(y: np.ndarray) -> None:
    step, table = TargetEncode(keep=False), cities(100)
    pd.testing.assert_frame_equal(step.fit_transform(table, y), table)
    assert step.declined_ == ("target-encode: the target has too few rows or values to take means of.",)


def test_integers_are_encoded_unless_told_otherwise() -> None:
    table, y = pd.DataFrame({"store": np.arange(200) % 20, "few": np.arange(200) % 4}), RNG.normal(size=200)
    assert list(TargetEncode().fit_transform(table, y).columns) == ["store", "few", "store.mean"]
    assert list(TargetEncode(integers=False).fit_transform(table, y).columns) == ["store", "few"]


def test_without_keep_the_means_stand_alone() -> None:
    assert list(TargetEncode(keep=False).fit_transform(cities(100), RNG.normal(size=100)).columns) == ["city.mean"]


@pytest.mark.parametrize("how", ["binary", "multiclass", "continuous"])
@pytest.mark.parametrize("rows", [0, 1, 50])
def test_means_are_looked_up_as_scikit_learn_does(how: Any, rows: int) -> None:
    from sklearn.preprocessing import TargetEncoder

    random = np.random.default_rng(0)
    y = {"binary": random.integers(0, 2, 300), "multiclass": random.integers(0, 4, 300)}.get(
        how, random.normal(size=300)
    )
    encoder = TargetEncoder(target_type=how).fit(random.integers(-1, 9, size=(300, 3)), y)
    new = random.integers(-3, 14, size=(rows, 3))
    expected = encoder.transform(new) if rows else np.empty((0, 3 * (4 if how == "multiclass" else 1)))
    np.testing.assert_array_equal(means_of(encoder, new), expected)
