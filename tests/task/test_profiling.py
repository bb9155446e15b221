from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Problem
from modelwright.records.profile import Role
from modelwright.task.profiling import profile

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
    ],
)
def test_the_role_follows_from_the_values(values: Any, expected: Role) -> None:
    assert role(values) == expected


def test_row_numbers_and_named_keys_are_ids() -> None:
    assert role(np.arange(N)) == Role.ID
    assert role(RNG.permutation(10_000)[:N], name="customer_id") == Role.ID


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
