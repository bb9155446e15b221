from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TableError
from modelwright.records.problem import Problem
from modelwright.records.profile import Column, Field, Profile, Role, Schema
from modelwright.task.prepare import apply, schema
from modelwright.task.profiling import profile

PROBLEM = Problem(
    name="x", root="", kind="binary", targets=("y",), metric="auc", higher_is_better=True, classes=(0, 1), id="id"
)


def rows(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": [f"{i // 2:03d}_{i % 2}" for i in range(n)],
            "whole": rng.integers(0, 50, n),
            "real": np.where(np.arange(n) % 5 == 0, np.nan, rng.normal(size=n)),
            "flag": rng.integers(0, 2, n).astype(bool),
            "maybe": np.array([True, False, None] * (n // 3), dtype=object),
            "city": rng.choice(["Rom", "Ulm", "Bonn"], n),
            "day": [f"{d % 28 + 1:02d}.0{d % 9 + 1}.2021" for d in range(n)],
            "said": [f"the {i}th word of a long talk" for i in range(n)],
            "y": rng.integers(0, 2, n),
        }
    )


def made() -> tuple[pd.DataFrame, Schema]:
    table = rows()
    return table, schema(table, None, profile(table, None, PROBLEM))


def test_dtypes_follow_roles() -> None:
    table, form = made()
    kinds = {name: str(dtype) for name, dtype in apply(table, form).dtypes.items()}
    assert kinds == {
        "id": "object", "whole": "int64", "real": "float64", "flag": "bool", "maybe": "category", "city": "category",
        "day": "datetime64[ns]", "said": "object",
    }  # fmt: skip


def test_new_rows_as_text_give_the_same_table() -> None:
    table, form = made()
    texts = pd.read_csv(StringIO(table.to_csv(index=False)), dtype=str)
    typed = pd.read_csv(StringIO(table.to_csv(index=False)))
    wanted = apply(table, form)
    pd.testing.assert_frame_equal(apply(texts, form), wanted)
    pd.testing.assert_frame_equal(apply(typed, form), wanted)


def test_one_row_alone_gives_what_it_gives_among_others() -> None:
    table, form = made()
    wanted = apply(table, form)
    for i in (0, 7, 31):
        alone = apply(table.iloc[[i]], form)
        pd.testing.assert_frame_equal(alone, wanted.iloc[[i]].reset_index(drop=True), check_dtype=True)


def test_days_come_before_months_for_single_rows_too() -> None:
    form = Schema(fields=(Field(name="d", role=Role.DATE, categories=("%d/%m/%Y",)),))
    assert apply(pd.DataFrame({"d": ["03/04/2025"]}), form)["d"][0] == pd.Timestamp(2025, 4, 3)


def test_unseen_categories_and_bad_numbers_become_missing() -> None:
    table, form = made()
    table = table.astype({"whole": object, "real": object})
    table.loc[0, ["city", "whole", "real", "day"]] = ["Oslo", "many", "x", "soon"]
    assert apply(table, form).loc[0, ["city", "whole", "real", "day"]].isna().all()


def test_whole_numbers_are_the_same_category_in_any_dtype() -> None:
    form = Schema(fields=(Field(name="c", role=Role.CATEGORY, categories=("1", "2", "True")),))
    for values in ([1, 2, 1], [1.0, 2.0, 1.0], ["1", "2", "1"], ["1.0", "2.0", "1.0"]):
        assert apply(pd.DataFrame({"c": values}), form)["c"].tolist() == ["1", "2", "1"]
    assert apply(pd.DataFrame({"c": [True]}), form)["c"].tolist() == ["True"]


def test_gaps_in_text_are_none() -> None:
    form = Schema(fields=(Field(name="t", role=Role.TEXT),))
    assert apply(pd.DataFrame({"t": ["a", np.nan, None]}), form)["t"].tolist() == ["a", None, None]


def test_other_columns_are_left_out_and_order_is_the_schemas() -> None:
    table, form = made()
    shuffled = table[list(reversed(table.columns))].assign(more=1).set_index(pd.Index(range(5, 65)))
    found = apply(shuffled, form)
    assert list(found.columns) == [f.name for f in form.fields]
    assert isinstance(found.index, pd.RangeIndex)


def test_columns_that_lack_are_named() -> None:
    table, form = made()
    with pytest.raises(TableError, match="'whole', 'city'"):
        apply(table.drop(columns=["whole", "city"]), form)


def test_paths_start_from_the_root(tmp_path: Path) -> None:
    form = Schema(fields=(Field(name="p", role=Role.PATH),))
    found = apply(pd.DataFrame({"p": ["a/b.png", "/c.png"]}), form, tmp_path)["p"].tolist()
    assert found == [str(tmp_path / "a/b.png"), "/c.png"]


def test_categories_hold_what_train_or_test_has() -> None:
    table = rows()
    test = table.drop(columns="y").assign(city="Oslo")
    found = profile(table, test, PROBLEM.model_copy(update={"test": "t.csv"}))
    city = next(f for f in schema(table, test, found).fields if f.name == "city")
    assert city.categories == ("Bonn", "Oslo", "Rom", "Ulm")


def test_an_order_goes_from_the_profile_into_the_codes() -> None:
    table = rows().assign(size=["M", "S", "L"] * 20)
    form = schema(table, None, profile(table, None, PROBLEM))
    found = apply(pd.DataFrame(table.head(3)), form)["size"]
    assert found.cat.ordered
    assert found.cat.codes.tolist() == [1, 0, 2]


def test_a_step_that_only_sealed_rows_have_finds_its_place() -> None:
    table = rows().assign(size=["M", "S", "L"] * 20)
    found = profile(table, None, PROBLEM)
    whole = table.assign(size=["XL", *table["size"][1:]])
    size = next(f for f in schema(whole, None, found).fields if f.name == "size")
    assert size.categories == ("S", "M", "L", "XL")
    strange = table.assign(size=["vast", *table["size"][1:]])
    size = next(f for f in schema(strange, None, found).fields if f.name == "size")
    assert size.categories == ("vast", "S", "M", "L")


def test_names_become_paths_of_the_files_in_train_and_test(tmp_path: Path) -> None:
    for folder in ("train", "test"):
        (tmp_path / folder).mkdir()
        for k in range(30):
            (tmp_path / folder / f"{folder}{k}.png").touch()
    train = pd.DataFrame({"image": [f"train{k}" for k in range(30)], "y": [0, 1] * 15})
    test = pd.DataFrame({"image": [f"test{k}" for k in range(30)]})
    task = PROBLEM.model_copy(update={"root": str(tmp_path), "test": "test.csv"})
    form = schema(train, test, profile(train, test, task), str(tmp_path))
    for table in (train, test):
        assert all(Path(p).is_file() for p in apply(table, form, tmp_path)["image"])


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))


@given(st.lists(VALUES, min_size=1, max_size=12), st.sampled_from(list(Role)))
def test_any_values_can_be_brought_to_any_role(values: list[Any], role: Role) -> None:
    categories = ("1", "a") if role in (Role.CATEGORY, Role.BOOLEAN) else ()
    form = Schema(fields=(Field(name="v", role=role, categories=categories),))
    found = apply(pd.DataFrame({"v": pd.Series(values, dtype=object)}), form)
    assert found.shape == (len(values), 1)


def test_a_number_that_stood_for_a_gap_in_training_does_in_a_single_new_row() -> None:
    train = pd.DataFrame({"x": [1.0, np.nan, 3.0]})
    train.attrs["missing"] = {"x": {"-999": 2, "?": 1}}
    found = Profile(rows=3, test_rows=0, columns=(Column(name="x", role=Role.NUMBER),))
    fields = schema(train, None, found)
    assert apply(pd.DataFrame({"x": [-999, 7]}), fields)["x"].isna().tolist() == [True, False]
    assert apply(pd.DataFrame({"x": ["1,200", "12.5 %", "?"]}), fields)["x"].tolist()[:2] == [1200, 12.5]


def test_nullable_numbers_with_gaps_are_read_as_numbers() -> None:
    fields = Schema(fields=(Field(name="x", role=Role.NUMBER), Field(name="c", role=Role.CATEGORY, categories=("3",))))
    for dtype in ("Int64", "Float64", "UInt8", "boolean"):
        found = apply(pd.DataFrame({"x": pd.Series([1, None], dtype=dtype), "c": pd.Series([3, None])}), fields)
        assert found["x"].iloc[0] == 1
        assert found.iloc[1].isna().all()


@given(st.lists(VALUES, min_size=1, max_size=12), st.lists(st.text(max_size=3), max_size=5, unique=True))
def test_a_value_gets_the_same_category_alone_as_among_others(values: list[Any], known: list[str]) -> None:
    form = Schema(fields=(Field(name="v", role=Role.CATEGORY, categories=tuple(sorted(known))),))
    alike = {0, 1}  # equal values of two types are told apart only when they come alone
    table = pd.DataFrame({"v": pd.Series([v for v in values if not (isinstance(v, int) and v in alike)], dtype=object)})
    whole = apply(table, form)["v"].astype(object)
    for k in range(len(table)):
        alone = apply(table.iloc[k : k + 1], form)["v"].astype(object)
        assert alone.isna().all() if whole.isna()[k] else alone[0] == whole[k]
