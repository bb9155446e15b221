import numpy as np
import pandas as pd
import pytest

from modelwright.features.groups import COLUMNS, KEYS, GroupCounts
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.records import problem


def orders(groups: int = 40) -> pd.DataFrame:
    """Groups of one, two and three rows in turn, their rows not beside one another."""
    rows = [(g, m) for g in range(groups) for m in range(1, 2 + g % 3)]
    table = pd.DataFrame({"order": [f"{g:04d}_{m:02d}" for g, m in rows], "price": [10.0 * g + m for g, m in rows]})
    return table.sample(frac=1, random_state=0, ignore_index=True)


def profiled(role: Role, distinct: int, *, integer: bool = False) -> Profile:
    return Profile(rows=100, test_rows=0, columns=(Column(name="a", role=role, distinct=distinct, integer=integer),))


def row(table: pd.DataFrame, order: str) -> "pd.Series[float]":
    return table[table["order"] == order].iloc[0]


def test_it_applies_where_small_groups_of_rows_may_be() -> None:
    assert GroupCounts.applies(problem(), profiled(Role.COMPOSITE, 100)) is None
    assert GroupCounts.applies(problem(), profiled(Role.CATEGORY, 30)) is None
    assert GroupCounts.applies(problem(), profiled(Role.NUMBER, 30, integer=True)) is None
    for other in (profiled(Role.CATEGORY, 5), profiled(Role.NUMBER, 30), profiled(Role.CATEGORY, 99)):
        assert GroupCounts.applies(problem(), other) == "no column tells small groups of rows"


def test_size_place_mean_and_difference_are_those_of_the_group() -> None:
    made = row(GroupCounts().fit_transform(orders()), "0002_03")
    assert made["order.group.size"] == 3
    assert made["order.group.place"] == 3
    assert made["order.group.mean(price)"] == 22
    assert made["order.group.from(price)"] == 1


def test_the_place_follows_the_suffix_and_not_the_order_of_rows() -> None:
    made = GroupCounts().fit_transform(orders())
    suffix = made["order"].str[-2:].astype(int)
    np.testing.assert_array_equal(made["order.group.place"], suffix)


def test_a_new_group_has_one_row_which_is_its_mean() -> None:
    new = pd.DataFrame({"order": ["9999_01"], "price": [5.0]})
    made = GroupCounts().fit(orders()).transform(new).iloc[0]
    assert made["order.group.size"] == 1
    assert made["order.group.mean(price)"] == 5
    assert made["order.group.from(price)"] == 0


def test_a_new_row_of_a_known_group_has_what_fit_learned() -> None:
    new = pd.DataFrame({"order": ["0002_01"], "price": [100.0]})
    made = GroupCounts().fit(orders()).transform(new).iloc[0]
    assert made["order.group.size"] == 3
    assert made["order.group.from(price)"] == 78


def test_a_missing_key_is_missing_in_everything() -> None:
    made = GroupCounts().fit(orders()).transform(pd.DataFrame({"order": [None], "price": [1.0]}, dtype=object))
    assert made.drop(columns=["order", "price"]).isna().all(axis=None)


def test_gaps_in_numbers_are_left_out_of_the_mean() -> None:
    table = orders()
    table.loc[table["order"] == "0002_01", "price"] = np.nan
    made = GroupCounts().fit_transform(table)
    assert row(made, "0002_02")["order.group.mean(price)"] == 22.5
    assert np.isnan(row(made, "0002_01")["order.group.from(price)"])


def test_infinite_numbers_are_gaps() -> None:
    table = orders()
    table.loc[table["order"] == "0002_01", "price"] = np.inf
    assert row(GroupCounts().fit_transform(table), "0002_02")["order.group.mean(price)"] == 22.5


def test_whole_codes_that_repeat_are_groups_before_their_parts_are() -> None:
    table = pd.DataFrame({"cabin": [f"{'AB'[k % 2]}/{k}" for k in list(range(30)) * 3]})
    assert list(GroupCounts().fit_transform(table).columns) == ["cabin", "cabin.size"]


@pytest.mark.parametrize("form", ["{1}, Mr. {0}", "{0} {1}"])
def test_people_of_one_name_are_a_group(form: str) -> None:
    names = [form.format(f"First{k}", f"Last{k // 2}") for k in range(60)]
    made = GroupCounts().fit_transform(pd.DataFrame({"name": names}))
    assert (made["name.group.size"] == 2).all()


def test_categories_and_integers_of_many_values_are_keys() -> None:
    table = pd.DataFrame({"team": pd.Categorical([f"t{k % 40}" for k in range(200)]), "lot": np.arange(200) // 4})
    assert {"team.size", "lot.size"} <= set(GroupCounts().fit_transform(table))


def test_amounts_that_are_mostly_zero_are_no_keys() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"spent": np.where(rng.random(400) < 0.5, 0, rng.integers(0, 300, 400))})
    step = GroupCounts().fit(table)
    assert step.groups_ == []
    assert step.declined_ == ("group-counts: no column tells groups of 1.2 to 50 rows.",)


def test_keys_and_numbers_are_capped() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"key{k}": rng.integers(0, 60, 300) for k in range(6)})
    table = table.join(pd.DataFrame(rng.normal(size=(300, 20)), columns=[f"x{k}" for k in range(20)]))
    made = GroupCounts().fit_transform(table)
    assert sum(c.endswith(".size") for c in made) == KEYS
    assert sum(".mean(" in c for c in made) == KEYS * COLUMNS


def test_a_key_has_no_mean_of_itself() -> None:
    made = GroupCounts().fit_transform(pd.DataFrame({"lot": np.arange(200) // 4}))
    assert list(made.columns) == ["lot", "lot.size"]
