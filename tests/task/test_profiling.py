from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.records.finding import Finding
from modelwright.records.problem import Problem
from modelwright.records.profile import Drift, Entity, Profile, Role, TableSummary
from modelwright.task.profiling import profile
from modelwright.task.remarks import suspects

N = 400
RNG = np.random.default_rng(0)


def problem(**fields: Any) -> Problem:
    base: dict[str, Any] = {
        "name": "x", "root": "", "kind": "binary", "targets": ("y",), "metric": "auc", "higher_is_better": True,
        "classes": (0, 1),
    }  # fmt: skip
    return Problem(**(base | fields))


def role(values: Any, name: str = "column", **fields: Any) -> Role:
    frame = pd.DataFrame({name: values, "y": np.arange(len(values)) % 2})
    return profile(frame, None, problem(**fields)).column(name).role


WORDS = np.array(
    ["red", "blue", "green", "slow", "quick", "old", "new", "big", "small", "river", "stone", "house", "tree", "cloud"]
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (RNG.normal(size=N), Role.NUMBER),
        (RNG.integers(0, 5, N), Role.NUMBER),
        (RNG.integers(0, 2, N).astype(bool), Role.BOOLEAN),
        (np.array([True, False, None, True] * 100, dtype=object), Role.BOOLEAN),
        (["True", "False"] * 200, Role.BOOLEAN),
        (["yes", "no"] * 200, Role.CATEGORY),
        ([1.0] * N, Role.CONSTANT),
        ([None] * N, Role.CONSTANT),
        ([f"{d:02d}/03/2021" for d in range(1, 29)] * 14 + ["01/03/2021"] * 8, Role.DATE),
        (pd.date_range("2020-01-01", periods=N).astype(str), Role.DATE),
        (pd.date_range("2020-01-01", periods=N, freq="h"), Role.DATE),
        ([f"{c}/{i}/{s}" for i, (c, s) in enumerate(zip("ABCD" * 100, "PS" * 200, strict=True))], Role.COMPOSITE),
        ([" ".join(RNG.choice(WORDS, 7)) for _ in range(N)], Role.TEXT),
        ([f"kind {i % 12}" for i in range(N)], Role.CATEGORY),
        (["A-1", "B-2"] * 200, Role.CATEGORY),
        ([f"{i:016x}" for i in RNG.permutation(10**6)[:N]], Role.ID),
        (["low", "high", "medium", None] * 100, Role.ORDERED),
        (["<5", "5-10", ">10", "?"] * 100, Role.ORDERED),
        (["low", "high"] * 200, Role.CATEGORY),
        ([f"{a:.2f},{b:.2f}" for a, b in RNG.uniform(0, 80, (N, 2))], Role.COORDINATES),
        (["|".join(RNG.choice(list("abcdefgh"), k % 4 + 1, replace=False)) for k in range(N)], Role.LIST),
        (['["a", "b"]', "[]"] * 200, Role.LIST),
        (["".join(c) for c in RNG.choice(list("AAAABBCDEFG"), (N, 10))], Role.CODE),
        (["".join(c) for c in RNG.choice(list("ACGT"), (N, 30))], Role.CODE),
        (["".join(c) for c in RNG.choice(list("abcdefghijklmnopqrstuvwxyz0123456789"), (N, 20))], Role.ID),
        (["AAB", "ABC", "XYZ", "QQQ"] * 100, Role.CATEGORY),
        ([f"{z:05d}" for z in RNG.integers(0, 90, N)], Role.CATEGORY),
        ([f"PASSENGER{i:05d}" for i in RNG.permutation(N)], Role.ID),
    ],
)
def test_the_role_follows_from_the_values(values: Any, expected: Role) -> None:
    assert role(values) == expected


def test_row_numbers_and_named_keys_are_ids() -> None:
    assert role(np.arange(N)) == Role.ID
    assert role(RNG.permutation(10_000)[:N], name="customer_id") == Role.ID


def test_row_numbers_stay_ids_when_some_rows_are_sealed() -> None:
    assert role(np.sort(RNG.permutation(N)[: int(0.9 * N)])) == Role.ID
    assert role(np.arange(N) * 7) == Role.NUMBER


def test_words_that_end_in_id_are_no_ids() -> None:
    texts = [" ".join(RNG.choice(WORDS, 7)) for _ in range(N)]
    assert role(texts, name="said") == role(texts, name="humid") == Role.TEXT
    assert role(RNG.permutation(10_000)[:N], name="paid") == Role.NUMBER


def test_the_id_of_the_problem_is_an_id_unless_it_carries_structure() -> None:
    plain = [f"k{i}" for i in range(N)]
    groups = [f"{i // 3:04d}_{i % 3:02d}" for i in range(N)]
    hours = pd.date_range("2020-01-01", periods=N, freq="h").astype(str)
    assert role(plain, name="key", id="key") == Role.ID
    assert role(groups, name="key", id="key") == Role.COMPOSITE
    assert role(hours, name="key", id="key") == Role.DATE


def test_an_id_whose_parts_nobody_shares_is_only_an_id() -> None:
    assert role([f"{i:04d}_{i:02d}" for i in range(N)], name="key", id="key") == Role.ID


def test_the_column_of_paths_is_a_path() -> None:
    assert role([f"/a/{i}" for i in range(N)], name="scene", options={"path_column": "scene"}) == Role.PATH


def test_names_of_files_below_the_task_folder_are_paths(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for k in range(N):
        (tmp_path / "train" / f"cell{k}.png").touch()
    assert role([f"cell{k}" for k in range(N)], name="image", root=str(tmp_path)) == Role.PATH
    assert role([f"train/cell{k}.png" for k in range(N)], root=str(tmp_path)) == Role.PATH
    assert role([f"other{k}" for k in range(N)], root=str(tmp_path)) != Role.PATH
    known: Any = {"modality": "image", "inputs": ("picture",), "id": "image"}
    assert role([f"cell{k}" for k in range(N)], name="image", root=str(tmp_path), **known) == Role.ID


def test_columns_that_rows_wanted_lack_are_no_features() -> None:
    train = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "y": np.arange(N) % 2})
    found = profile(train, train[["a"]], problem(test="test.csv", dropped=("b",)))
    assert found.features == ["a"]
    assert "y" not in [c.name for c in found.columns]


def test_missing_distinct_and_unseen_are_counted() -> None:
    train = pd.DataFrame({"c": ["a", "b", None, "b"] * 10, "y": [0, 1] * 20})
    test = pd.DataFrame({"c": ["a", "z", "z", None] * 10})
    column = profile(train, test, problem(test="test.csv")).column("c")
    assert (column.missing, column.distinct) == (0.25, 2)
    assert column.unseen == pytest.approx(2 / 3)


def test_repeated_rows_are_counted() -> None:
    train = pd.DataFrame({"a": [1.5, 1.5, 2.5, 3.5] * 5, "b": list("xxyz") * 5, "y": [0, 1] * 10})
    assert profile(train, None, problem()).duplicates == 17


def test_drift_and_later_rows_are_said_in_words() -> None:
    train = pd.DataFrame(
        {"a": RNG.normal(size=N), "s": RNG.normal(size=N), "d": pd.date_range("2020-01-01", periods=N).astype(str)}
    ).assign(y=np.arange(N) % 2)
    test = pd.DataFrame(
        {"a": RNG.normal(1, 1, N), "s": RNG.normal(size=N), "d": pd.date_range("2022-01-01", periods=N).astype(str)}
    )
    findings = " ".join(map(str, profile(train, test, problem(test="test.csv")).findings))
    assert "a (median" in findings
    assert "s (median" not in findings
    assert "later" in findings


def test_the_target_is_summarised() -> None:
    train = pd.DataFrame({"a": RNG.normal(size=N), "y": np.arange(N) % 4 == 0})
    assert profile(train, None, problem(classes=(False, True))).target_summary == "2 classes: False 75.0%, True 25.0%"


def test_numbers_have_range_mean_quartiles_and_a_histogram_of_all_rows() -> None:
    values = np.append(RNG.normal(size=N - 2), [np.nan, np.inf])
    column = profile(pd.DataFrame({"a": values, "y": np.arange(N) % 2}), None, problem()).column("a")
    fine = values[np.isfinite(values)]
    assert (column.low, column.high, column.mean) == (fine.min(), fine.max(), pytest.approx(fine.mean()))
    assert column.quartiles is not None
    assert column.quartiles == pytest.approx(np.quantile(fine, [0.25, 0.5, 0.75]), abs=0.05)
    assert sum(column.histogram) == len(fine)


def test_the_commonest_values_are_counted_unless_each_comes_once() -> None:
    table = pd.DataFrame({"c": list("aab" * 40), "t": [f"word {k} and more" for k in range(120)], "y": [0, 1] * 60})
    found = profile(table, None, problem())
    assert found.column("c").top == (("a", 80), ("b", 40))
    assert found.column("t").top == ()


def test_an_order_is_kept_from_the_lowest() -> None:
    table = pd.DataFrame({"size": ["L", "S", "M", "M"] * 30, "y": [0, 1] * 60})
    assert profile(table, None, problem()).column("size").order == ("S", "M", "L")


def test_rows_that_train_and_test_share_and_answers_that_differ_are_counted() -> None:
    train = pd.DataFrame({"a": [1.0, 1.0, 2.0, 3.0], "b": list("xxyz"), "y": [0, 1, 0, 1]})
    test = pd.DataFrame({"a": [1, 2, 4], "b": list("xyz")})
    found = profile(train, test, problem(test="test.csv"))
    assert (found.duplicates, found.conflicts, found.shared) == (1, 1, 2)


def test_the_balance_follows_the_order_of_the_problem() -> None:
    train = pd.DataFrame({"a": RNG.normal(size=N), "y": np.where(np.arange(N) % 4 == 0, "b", "a")})
    assert profile(train, None, problem(classes=("b", "a", "c"))).balance == (("b", 0.25), ("a", 0.75), ("c", 0.0))
    assert profile(train, None, problem(kind="regression", classes=())).balance == ()


def test_rare_classes_and_uneven_ones_are_findings() -> None:
    def sorts(y: Any) -> set[str]:
        return {f.sort for f in profile(pd.DataFrame({"a": RNG.normal(size=N), "y": y}), None, problem()).findings}

    assert "rare-class" in sorts(np.arange(N) < 5)
    assert "imbalance" in sorts(np.arange(N) < 15)
    assert sorts(np.arange(N) % 3 == 0) == set()


def test_what_others_measured_is_kept_and_told() -> None:
    train = pd.DataFrame({"a": RNG.normal(size=N), "b": list("klmn") * (N // 4), "y": np.arange(N) % 2})
    drift = Drift(auc=0.81, error=0.01, columns=(("a", 0.8), ("b", 0.51)))
    entity, table = Entity(column="b", rule="value", count=3, largest=2), TableSummary(name="t", rows=5, columns=2)
    amount = Entity(column="a", rule="value", count=3, largest=2)
    given: Any = {"drift": drift, "entities": [amount, entity], "tables": [table], "sampled": 9}
    found = profile(train, train[["a", "b"]], problem(test="t"), **given)
    assert (found.drift, found.entities, found.tables, found.sampled) == (drift, (entity,), (table,), 9)
    assert (found.column("a").drift, found.column("b").drift) == (0.8, 0.51)
    (told,) = (f for f in found.findings if f.sort == "drift")
    assert told.columns == ("a",)
    assert "0.810 ± 0.010" in told.evidence


def test_no_drift_is_told_where_a_model_finds_none() -> None:
    train, test = (pd.DataFrame({"a": RNG.normal(shift, 1, N), "y": np.arange(N) % 2}) for shift in (0, 5))
    found = profile(train, test, problem(test="t"), drift=Drift(auc=0.51, error=0.01))
    assert all(f.sort != "drift" for f in found.findings)


def test_spellings_that_the_reader_noted_are_told_beside_those_in_the_values() -> None:
    train = pd.DataFrame({"c": ["a", "?", "b", None] * 30, "y": [0, 1] * 60})
    train.attrs["missing"] = {"c": {"NULL": 30, "": 3}}
    found = profile(train, None, problem())
    assert dict(found.column("c").spellings) == {"?": 30, "NULL": 30}
    (told,) = (f for f in found.findings if f.sort == "spellings")
    assert "'?' 30 times" in told.evidence


def test_columns_that_findings_accuse_become_suspects() -> None:
    train = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "y": np.arange(N) % 2})
    accused = Finding(sort="near-copy", columns=("b",), evidence="b tells all.")
    other = Finding(sort="missing", columns=("a",), evidence="a is empty.")
    found = profile(train, None, problem())
    found = suspects(Profile(**{**dict(found), "findings": (accused, other)}))
    assert (found.column("a").suspect, found.column("b").suspect) == ("", "b tells all.")


def test_a_table_of_only_missing_values_has_a_profile() -> None:
    empty = pd.DataFrame({"a": [np.nan] * 5, "b": [None] * 5, "y": [0, 1, 0, 1, 0]})
    found = profile(empty, None, problem())
    assert [c.role for c in found.columns] == [Role.CONSTANT] * 2
    assert found.duplicates == 0


def test_a_sample_is_described_with_what_is_known_of_the_whole_table() -> None:
    table = pd.DataFrame({"x": np.linspace(0, 9, 100), "y": [0, 1] * 50})
    table.attrs["whole"] = {"x": {"missing": 0.25, "distinct": 5000, "low": -7.0, "high": 900.0}}
    column = profile(table, None, problem()).column("x")
    assert (column.missing, column.distinct) == (0.25, 5000)
    assert column.note == "-7 to 900 in the whole table"
