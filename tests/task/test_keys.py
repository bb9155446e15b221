import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.keys import RELATED, SAME, Candidates, Link, alike, best_link, core, key_column


def link(mine: pd.DataFrame, theirs: pd.DataFrame, names: tuple[str, str] = ("people", "orders")) -> Link | None:
    return best_link(Candidates(mine, names[0]), Candidates(theirs, names[1]))[0]


@pytest.mark.parametrize(
    ("first", "second", "table"),
    [
        ("customer_id", "CustomerID", "orders"),
        ("customerid", "customer_id", "orders"),
        ("customer_id", "id", "customers.csv"),
        ("store", "store_nbr", "sales"),
        ("city_id", "ID", "cities"),
        ("SK_ID_CURR", "sk_id_curr", "x"),
    ],
)
def test_spellings_of_one_key_are_the_same(first: str, second: str, table: str) -> None:
    assert alike(first, "people", second, table.split(".")[0]) >= SAME


@pytest.mark.parametrize(
    ("first", "second"), [("id", "id"), ("age", "id"), ("order_id", "customer_id"), ("day", "qty")]
)
def test_other_names_are_not(first: str, second: str) -> None:
    assert alike(first, "people", second, "orders") < SAME


@given(st.text(), st.text())
def test_alikeness_does_not_depend_on_the_order(first: str, second: str) -> None:
    assert alike(first, "people", second, "orders") == alike(second, "orders", first, "people")


def test_words_of_a_name() -> None:
    assert core("CustomerID") == core("customers_key") == ("customer",)
    assert core("valid") == ("valid",)
    assert core("id") == ()


@pytest.mark.parametrize(
    "values",
    [np.linspace(0, 1, 50), [True, False] * 25, ["a long text " * 8] * 49 + ["another"], [7] * 50, [np.nan] * 50],
)
def test_measurements_truths_texts_and_constants_are_no_keys(values: object) -> None:
    assert key_column(pd.Series(values, name="x")) is None


def test_small_whole_numbers_contain_each_other_by_chance() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"person": np.arange(5000) + 10**6, "age": rng.integers(18, 80, 5000)})
    orders = pd.DataFrame({"number": np.arange(3000), "qty": rng.integers(1, 9, 3000)})
    assert link(people, orders) is None


def test_sparse_numbers_are_a_key_whatever_they_are_called() -> None:
    rng = np.random.default_rng(0)
    ids = rng.choice(10**9, 500, replace=False)
    people = pd.DataFrame({"ref": ids, "age": rng.integers(18, 80, 500)})
    orders = pd.DataFrame({"buyer": rng.choice(ids, 3000), "qty": rng.integers(1, 9, 3000)})
    found = link(people, orders)
    assert found is not None
    assert found.keys == (("ref", "buyer"),)
    assert found.many
    assert found.names < RELATED


def test_ids_counted_from_one_in_two_tables_are_not_a_key() -> None:
    people = pd.DataFrame({"id": range(1, 201), "age": [30, 40] * 100})
    orders = pd.DataFrame({"id": range(1, 1001), "person_id": np.repeat(range(1, 201), 5)})
    found = link(people, orders, ("people", "orders"))
    assert found is None or found.keys == (("id", "person_id"),)


def test_the_one_row_for_each_key_is_preferred() -> None:
    rows = pd.DataFrame({"store": np.repeat([1, 2, 3], 40), "day": [*range(40)] * 3})
    stores = pd.DataFrame({"store": [1, 2, 3], "size": [10.5, 20.5, 30.5]})
    found = link(rows, stores)
    assert found is not None
    assert not found.many


def test_two_columns_are_a_key_where_one_does_not_do() -> None:
    days = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    rows = pd.DataFrame({"store": np.repeat([1, 2, 3], 40), "date": [*days] * 3, "sales": np.random.rand(120)})
    weather = rows[["store", "date"]].assign(rain=np.random.rand(120))
    found = link(rows, weather)
    assert found is not None
    assert set(found.keys) == {("store", "store"), ("date", "date")}
    assert not found.many
    assert found.found == 1.0


def test_keys_typed_otherwise_are_found() -> None:
    people = pd.DataFrame({"person_id": np.arange(100) * 13.0, "age": np.arange(100)})
    people.loc[3, "person_id"] = np.nan
    orders = pd.DataFrame({"person_id": [str(13 * k) for k in range(100)] * 2, "qty": 1.5})
    found = link(people, orders)
    assert found is not None
    assert found.found == pytest.approx(0.99)


def test_the_reason_names_columns_and_shares() -> None:
    people = pd.DataFrame({"person_id": range(100), "age": np.arange(100)})
    orders = pd.DataFrame({"person_id": [*range(50)] * 2, "qty": 1.5})
    found = link(people, orders)
    assert found is not None
    assert "`person_id` of people is `person_id` of orders (50% of the rows" in found.because("people", "orders")


def test_a_name_of_initials_is_close_to_the_name_it_is_short_for() -> None:
    assert alike("sid", "grades", "student_id", "students") == alike("student_id", "students", "sid", "grades") > 0
    assert alike("sid", "grades", "teacher_id", "teachers") == 0
