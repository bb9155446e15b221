"""What every built-in feature step promises, and the helpers they share."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from modelwright import plugins
from modelwright.features.base import parts_of, put_together, separator_of, text_names, whole_names
from modelwright.records.experiment import Step

NAMES = [  # the first reads other tables, the second needs a checkpoint; both have tests of their own
    n for n in plugins.BUILTIN["features"] if n not in ("aggregates", "text-embeddings", "picture-embeddings")
]
# with this table: no pictures, codes and places are there, no columns are told or could be spared, no combination tells
# the target, no numbers are alike or skewed, and none stand in texts
IDLE = (
    "picture-statistics",
    "characters",
    "without",
    "interactions",
    "category-pairs",
    "near-places",
    "row-statistics",
    "ranks",
    "number-texts",
    "select",
)
TARGET = np.arange(400) * 7 % 3  # class codes


def make(name: str, **params: Any) -> Any:
    return plugins.load("features", name)(**params)


def fitted(name: str, table: pd.DataFrame) -> Any:
    return make(name).fit(table, TARGET[: len(table)])


def alike(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_given_stays_as_it_is(name: str, table: pd.DataFrame) -> None:
    before = table.copy(deep=True)
    made = make(name).fit_transform(table, TARGET)
    for column in made.select_dtypes("number"):
        made[column] = 0  # neither through a view of it
    fitted(name, table).transform(table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in IDLE])
def test_every_step_does_something_to_a_table_of_all_sorts(name: str, table: pd.DataFrame) -> None:
    assert not fitted(name, table).transform(table).equals(table)


@pytest.mark.parametrize("name", NAMES)
def test_rows_keep_their_index_and_order(name: str, table: pd.DataFrame) -> None:
    table.index = pd.Index(np.random.default_rng(1).integers(0, 50, len(table)))  # shuffled, and repeating
    made = make(name).fit_transform(table, TARGET)
    pd.testing.assert_index_equal(made.index, table.index)
    np.testing.assert_array_equal(made["clerk"].astype(int), table["clerk"])


@pytest.mark.parametrize("name", NAMES)
def test_rows_one_by_one_are_the_same_as_all_at_once(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    at_once = step.transform(table)
    alike(pd.concat([step.transform(table.iloc[[k]]) for k in (0, 7, 123)]), at_once.iloc[[0, 7, 123]])


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_a_table_too(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    empty, full = step.transform(table.iloc[:0]), step.transform(table)
    assert list(empty.columns) == list(full.columns)
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


@pytest.mark.parametrize("name", NAMES)
def test_values_that_fit_never_saw_keep_columns_and_dtypes(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    strange = table.iloc[:4].copy()
    strange["order"] = ["9999_01", "no code", "", None]
    strange["cabin"] = ["Z/1/Q", "A/x/P", "A/1", "A/1/P/7"]
    strange["clerk"] = [-5, 10**12, 7, 0]
    strange["store"] = [0.5, np.inf, -1.0, np.nan]
    strange["city"] = pd.Categorical(["Oslo", None, "Lyon", "Oslo"], categories=["Oslo", "Lyon"])
    strange["seen"] = pd.to_datetime(["1871-01-01", None, "2099-12-31", "2021-01-01"])
    strange["name"] = ["", "?!", None, "Ünder, Prof. 雪"]
    strange["note"] = [None, "", "   ", "zzz"]
    made, known = step.transform(strange), step.transform(table)
    assert list(made.columns) == list(known.columns)
    new = [c for c in known if c not in table]
    pd.testing.assert_series_equal(made[new].dtypes, known[new].dtypes)


@pytest.mark.parametrize("name", NAMES)
def test_columns_without_any_value_are_no_trouble(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    gaps = table.copy()
    for column in table.columns.drop(["open", "clerk"]):
        gaps[column] = pd.Series(None, index=table.index, dtype=table[column].dtype)
    assert len(step.transform(gaps)) == len(gaps)
    assert len(make(name).fit_transform(gaps, TARGET)) == len(gaps)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_with_nothing_for_the_step_is_returned_as_it_is(name: str) -> None:
    plain = pd.DataFrame({"x": np.linspace(0, 1, 60), "yes": np.arange(60) % 2 == 0})
    pd.testing.assert_frame_equal(make(name).fit_transform(plain, TARGET[:60]), plain)


@pytest.mark.parametrize("name", NAMES)
def test_one_row_is_enough_to_fit(name: str, table: pd.DataFrame) -> None:
    assert len(make(name).fit_transform(table.iloc[:1], TARGET[:1])) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_pickled_step_gives_the_same(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    alike(pickle.loads(pickle.dumps(step)).transform(table), step.transform(table))


@pytest.mark.parametrize("name", NAMES)
def test_a_clone_is_unfitted_and_fits_to_the_same(name: str, table: pd.DataFrame) -> None:
    step = fitted(name, table)
    other = clone(step)
    assert not [a for a in vars(other) if a.endswith("_")]
    assert other.get_params() == step.get_params()
    pd.testing.assert_frame_equal(other.fit_transform(table, TARGET), step.fit_transform(table, TARGET))


@pytest.mark.parametrize("name", [n for n in NAMES if plugins.load("features", n).needs != "labels"])
def test_fit_transform_is_fit_then_transform(name: str, table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(make(name).fit_transform(table), make(name).fit(table).transform(table))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_can_be_written_to_a_feather_file(name: str, table: pd.DataFrame, tmp_path: Any) -> None:
    made = make(name).fit_transform(table, TARGET)
    made.to_feather(tmp_path / "made.feather")
    pd.testing.assert_frame_equal(pd.read_feather(tmp_path / "made.feather"), made)


@pytest.mark.parametrize("name", NAMES)
def test_declined_columns_are_sentences(name: str, table: pd.DataFrame) -> None:
    table["twin"] = table["price"]
    table["never"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]")
    table["code"] = "same/part"
    for sentence in fitted(name, table).declined_:
        assert sentence.startswith(f"{name}: ")
        assert sentence.endswith(".")


def test_all_steps_one_after_the_other(table: pd.DataFrame) -> None:
    for name in NAMES:
        before, table = table, make(name).fit_transform(table, TARGET)
        if name == "select":  # nothing tells this target
            assert table.shape[1] < before.shape[1]
            table = before
    assert table.columns.is_unique
    assert len(table.columns) > 100


def test_asking_whether_steps_apply_does_not_import_scikit_learn() -> None:
    program = (
        "import sys; from modelwright import plugins; from modelwright.testing.records import problem, profile\n"
        "for n in plugins.BUILTIN['features']: plugins.load('features', n).applies(problem(), profile())\n"
        "assert not {'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_parameters_nobody_knows_are_refused() -> None:
    with pytest.raises(ValueError, match="no parameter 'size'"):
        make("frequency").set_params(size=3)


def test_a_step_shows_its_parameters() -> None:
    assert repr(make("frequency", pairs=True)) == "Frequency(pairs=True)"


def test_a_name_that_is_taken_gets_an_underscore() -> None:
    table = pd.DataFrame({"a": [1], "a.mean": [2]})
    assert list(put_together(table, {"a.mean": [3.0]}).columns) == ["a", "a.mean", "a.mean_"]


@given(st.lists(st.sampled_from(["a", "7", "03", "Kz"]), min_size=2, max_size=5), st.sampled_from("/_|:;@-.#"))
def test_parts_joined_by_a_separator_are_found_again(parts: list[str], separator: str) -> None:
    value = separator.join(parts)
    assert separator_of([value, value]) == (separator, len(parts))
    assert parts_of(value, separator, len(parts)) == parts


@pytest.mark.parametrize(
    "values",
    [[], ["abc"], ["a b/c"], ["a/"], ["a-b", "a-b-c", "a"], ["/home/x"], ["ends with a dot."], ["x" * 13 + "/y"]],
)
def test_other_strings_are_not_composite(values: list[str]) -> None:
    assert separator_of(values) == ("", 0)


def test_paths_and_composites_and_short_codes_are_not_text() -> None:
    table = pd.DataFrame(
        {
            "path": ["/data/one picture.png", "/data/another picture.png"],
            "code": ["0001_0000001", "0002_0000001"],
            "short": ["abc", "abcd"],
            "text": ["a longer text", None],
            "category": pd.Categorical(["a longer text", "another long text"]),
        }
    )
    assert text_names(table) == ["text"]


def test_whole_numbers_may_have_gaps_but_no_fractions_or_infinities() -> None:
    table = pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 0.5], "c": [1, 2], "d": [np.inf, 1], "e": [np.nan, np.nan]})
    table["f"] = [True, False]
    assert whole_names(table) == ["a", "c"]


@pytest.mark.parametrize("name", plugins.names("features"))
def test_variants_of_a_step_are_parameters_that_it_has(name: str) -> None:
    step = plugins.load("features", name)
    for params in step.variants:
        assert step(**params).get_params().items() >= dict(params).items()


@pytest.mark.parametrize("name", plugins.names("features"))
def test_other_parameters_of_a_step_can_be_proposed_and_go_through_json_unchanged(name: str) -> None:
    step = plugins.load("features", name)
    for params in getattr(step, "variants", ()):
        proposed = Step(name=name, params=params)
        assert Step.model_validate_json(proposed.model_dump_json()) == proposed
        step(**proposed.params)
