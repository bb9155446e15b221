"""Rows wanted without a table of their own: told by a column, the sample, a folder of pictures, or empty cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import TaskError
from modelwright.task.interpret import Understanding

Write = Callable[..., Path]
Understand = Callable[..., Understanding]


def marked(table: pd.DataFrame, name: str, learn: Any, asked: Any) -> pd.DataFrame:
    return table.assign(**{name: [learn if k < 45 else asked for k in range(len(table))]})


@pytest.mark.parametrize(
    ("name", "learn", "asked"),
    [
        ("split", "train", "test"),
        ("Set", "Training", "Holdout"),
        ("usage", "learn", "predict"),
        ("is_test", 0, 1),
        ("is_train", True, False),
    ],
)
def test_a_column_may_tell_the_rows_wanted(
    write: Write, understand: Understand, table: pd.DataFrame, name: str, learn: Any, asked: Any
) -> None:
    whole = marked(table, name, learn, asked)
    whole["closed"] = whole["closed"].where(np.arange(len(whole)) < 45)
    found = understand(write("Accuracy.", clients=whole))
    assert found.problem.targets == ("closed",)
    assert found.problem.id == "client"
    assert (len(found.train), len(found.test)) == (45, 15)  # type: ignore[arg-type]
    assert found.test is not None
    assert name not in found.test
    assert name not in found.train
    assert "closed" not in found.test
    assert repr(name) in found.problem.why("test")


def test_rows_for_validation_are_learnt_from(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    whole = table.assign(split=["train"] * 30 + ["valid"] * 15 + ["test"] * 15)
    found = understand(write("Predict `closed`. Accuracy.", clients=whole))
    assert (len(found.train), len(found.test)) == (45, 15)  # type: ignore[arg-type]


def test_answers_of_the_rows_wanted_are_not_looked_at(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    found = understand(write("Predict `closed`. Accuracy.", clients=marked(table, "split", "train", "test")))
    assert found.problem.targets == ("closed",)
    assert found.test is not None
    assert "closed" not in found.test


@pytest.mark.parametrize("values", [("a", "b"), ("train", "bus"), ("1", "2")])
def test_other_columns_of_that_name_are_features(
    write: Write, understand: Understand, table: pd.DataFrame, values: tuple[str, str]
) -> None:
    found = understand(write("Predict `closed`. Accuracy.", clients=marked(table, "type", *values)))
    assert found.test is None
    assert "type" in found.train


def test_a_sample_may_list_rows_of_the_training_table(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    wanted = table["client"].sample(15, random_state=0)
    sample = pd.DataFrame({"client": wanted, "closed": 0})
    found = understand(write("AUC.", clients=table, sample_submission=sample))
    assert found.test is not None
    assert found.test["client"].tolist() == wanted.tolist()
    assert set(found.train["client"]) == set(table["client"]) - set(wanted)


def test_empty_cells_of_the_target_are_wanted_under_the_id_of_their_rows(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    table = table.rename(columns={"client": "case"}).assign(paid=lambda t: t["age"] * 1.5)
    table.loc[table.index % 4 == 0, "paid"] = np.nan
    found = understand(write("Fill in `paid`. RMSE.", cases=table))
    assert (found.problem.id, found.problem.header) == ("case", ("case", "paid"))


def test_pictures_of_the_test_folder_are_wanted(write: Write, understand: Understand) -> None:
    table = pd.DataFrame({"photo": [f"p{k}.png" for k in range(30)], "cat": [0, 1] * 15})
    path = write("Is it a cat? AUC.", labels=table)
    for part, names in (("train", range(30)), ("test", range(40, 45))):
        (path / part).mkdir()
        for k in names:
            Image.new("RGB", (3, 3)).save(path / part / f"p{k}.png")
    found = understand(path, target="cat")
    assert found.test is not None
    assert found.test["photo"].tolist() == [f"p{k}.png" for k in range(40, 45)]
    assert found.problem.header == ("photo", "cat")


def test_a_target_that_no_table_has_is_named(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    path = write("Predict the column `closd` for each client.", train=table[:40], test=table[40:])
    with pytest.raises(TaskError, match=r"asks for 'closd'.*train.csv does not have: did you mean 'closed'"):
        understand(path)


def test_another_column_that_no_table_has_is_a_doubt(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    text = "Predict `closed`; judged by AUC. The column `balanse` holds the money; see `notes.md` and the field `age`."
    found = understand(write(text, train=table[:40], test=table[40:].drop(columns="closed")))
    (doubt,) = [d for d in found.doubts if "which no table has" in d]
    assert "'balanse'" in doubt
    assert "did you mean 'balance'" in doubt
