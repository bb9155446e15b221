from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError
from modelwright.records.problem import Evidence, Problem
from modelwright.task import taskfile
from modelwright.task.folder import scan
from modelwright.task.interpret import Understanding, interpret

Write = Callable[..., Path]


def folders(table: pd.DataFrame) -> dict[str, tuple[str, dict[str, pd.DataFrame]]]:
    rng = np.random.default_rng(0)
    table = table.assign(
        day=pd.date_range("2021-03-01", periods=len(table)).astype(str), g=rng.integers(1, 4, len(table))
    )
    train, test = table.iloc[:40], table.iloc[40:]
    sample = test[["client"]]
    return {
        "binary": ("AUC.", {"train": train, "test": test.drop(columns="closed"), "sample": sample.assign(closed=0)}),
        "cost": (
            "A missed closing costs five times a false alarm.",
            {"train": train, "test": test.drop(columns="closed")},
        ),
        "classes": (
            "Log loss.",
            {"train": train, "test": test.drop(columns="g"), "sample": sample.assign(g_2=0.1, g_1=0.2, g_3=0.7)},
        ),
        "ordinal": ("Quadratic kappa.", {"train": train, "test": test.drop(columns="g"), "sample": sample.assign(g=1)}),
        "no test": ("Predict `region`, accuracy counts.", {"train": train}),
    }


@pytest.mark.parametrize("name", ["binary", "cost", "classes", "ordinal", "no test"])
def test_what_is_written_is_understood_again(
    write: Write, table: pd.DataFrame, metrics: tuple[Any, ...], name: str
) -> None:
    text, tables = folders(table)[name]
    path = write(text, **tables)
    first = interpret(scan(path), metrics).problem
    taskfile.write(path / "task.toml", first)
    again = interpret(scan(path), metrics, overrides=taskfile.read(path / "task.toml")).problem
    assert again.model_copy(update={"evidence": ()}) == first.model_copy(update={"evidence": ()})


def test_the_evidence_stands_above_its_line(tmp_path: Path) -> None:
    evidence = (Evidence(field="metric", because="we look at the error", confidence=0.6, runner_up="mae"),)
    problem = Problem(
        name="x", root="", kind="regression", targets=("y",), metric="rmse", higher_is_better=False, evidence=evidence
    )
    taskfile.write(tmp_path / "task.toml", problem)
    lines = (tmp_path / "task.toml").read_text().splitlines()
    assert lines[lines.index('metric = "rmse"') - 1] == "# we look at the error (60% sure; else mae)"
    assert any("--task-file" in line for line in lines)


def test_a_line_taken_out_is_worked_out_anew(
    write: Write, table: pd.DataFrame, understand: Callable[..., Understanding]
) -> None:
    path = write("AUC.", **folders(table)["binary"][1])
    (path / "task.toml").write_text('metric = "f1"\n')
    problem = understand(path, overrides=taskfile.read(path / "task.toml")).problem
    assert (problem.metric, problem.targets) == ("f1", ("closed",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('metric = "auc\n', "line 1"),
        ('kind = "binary"\nmetric = = 1\n', "line 2"),
        ('metrik = "auc"\n', "did you mean 'metric'"),
        ('targets = "y"\n', "targets = 'y' should be a list"),
        ("targets = []\n", "at least one column"),
        ("metric = 3\n", "metric = 3 should be a text"),
        ("id = 3\n", "id = 3"),
        ('output = "guesses"\n', "one of labels, probabilities"),
        ("metric_params = 1\n", r"\[metric_params\]"),
        ('header = ["a", 1]\n', "list of texts"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "task.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=says) as caught:
        taskfile.read(path)
    assert "task.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        taskfile.read(tmp_path / "task.toml")


@pytest.mark.parametrize("wrong", ["targets = 3", 'odd = "x"', "[metric]"])
def test_a_wrong_field_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "task.toml"
    path.write_text(f'# one\nkind = "binary"\n\n{wrong}\n')
    with pytest.raises(SettingsError, match=r"task\.toml, line 4"):
        taskfile.read(path)
