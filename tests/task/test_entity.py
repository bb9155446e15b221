from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modelwright.metrics.catalogue import ALL
from modelwright.task.folder import scan
from modelwright.task.interpret import Understanding, interpret

from .shop import shop

Understand = Callable[..., Understanding]
Write = Callable[..., Path]


def people(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    ids = rng.permutation(10_000)[:rows]
    columns = {"person": ids, "age": rng.integers(18, 80, rows), "town": rng.choice(["x", "y", "z"], rows)}
    return pd.DataFrame({**columns, "happy": rng.integers(0, 2, rows)})


def split(rows: int = 150) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Answers of some, features of all, sample of the rest."""
    table = people()
    features = table.drop(columns="happy").sample(frac=1, random_state=1)
    return table[["person", "happy"]][:rows], features, table[["person"]][rows:].assign(happy=0)


def check(found: Understanding) -> None:
    table = people()
    assert found.problem.targets == ("happy",)
    assert found.problem.id == "person"
    assert found.train["person"].tolist() == table["person"].tolist()[:150]
    assert found.train["age"].tolist() == table["age"].tolist()[:150]
    assert set(found.test["person"]) == set(table["person"][150:])
    assert found.test.set_index("person")["age"].to_dict() == table[150:].set_index("person")["age"].to_dict()


def test_answers_and_features_in_two_tables_with_a_sample(write: Write, understand: Understand) -> None:
    labels, features, sample = split()
    check(understand(write("Who is happy?", train_labels=labels, features=features, sample_submission=sample)))


def test_answers_and_features_in_two_tables_without_a_sample(write: Write, understand: Understand) -> None:
    labels, features, _ = split()
    found = understand(write("Predict `happy`.", train_labels=labels, features=features))
    check(found)
    assert "not in train_labels.csv" in found.problem.why("test")


def test_answers_beside_a_test_table_of_ids_alone(write: Write, understand: Understand) -> None:
    labels, features, sample = split()
    check(understand(write("Predict `happy`.", labels=labels, people=features, test=sample[["person"]])))


def test_answers_features_and_rows_wanted_with_their_own_features(write: Write, understand: Understand) -> None:
    labels, features, sample = split()
    known = features["person"].isin(labels["person"])
    folder = write(None, train_labels=labels, train_features=features[known], test_features=features[~known],
                   sample_submission=sample)  # fmt: skip
    check(understand(folder))


def test_a_table_in_a_part_for_train_and_a_part_for_test_is_one(write: Write, understand: Understand) -> None:
    table = people()
    extra = pd.DataFrame({"person": table["person"], "height": np.arange(200) * 0.5})
    found = understand(
        write("Predict `happy`.", train=table[:150], test=table[150:].drop(columns="happy"),
              train_extra=extra[:150], test_extra=extra[150:])
    )  # fmt: skip
    assert found.problem.relations[0].table == "test_extra.csv + train_extra.csv"
    assert found.train["height"].tolist() == extra["height"].tolist()[:150]
    assert found.test["height"].notna().all()


def test_the_table_that_the_text_asks_for_is_the_one_to_learn_from(write: Write, understand: Understand) -> None:
    tables = shop()
    people = tables["customers"]
    people["churned"] = people["churned"].astype(object).where(people.index < 180, None)
    found = understand(write("Predict `churned` for the customers without a value.", **tables))
    assert found.problem.train == "customers.csv"
    assert len(found.test) == 60
    assert {r.table for r in found.problem.relations} == {"orders.csv", "items.csv", "regions.csv"}


def test_rows_with_nothing_but_an_id_learn_from_their_history(write: Write, understand: Understand) -> None:
    tables: dict[str, Any] = shop()
    bare = tables["customers"][["CustomerID", "churned"]]
    found = understand(
        write("Predict `churned`.", train=bare[:180], test=bare[180:][["CustomerID"]], orders=tables["orders"])
    )
    assert [r.name for r in found.problem.relations] == ["orders"]


def test_the_form_of_the_answer_tells_the_table_to_learn_from(write: Write, understand: Understand) -> None:
    tables = shop()
    people = tables["customers"].rename(columns={"CustomerID": "customer_id"})
    tables["customers"] = people.assign(churned=people["churned"].astype(object).where(people.index < 180, None))
    found = understand(write("Return customer_id and churned for those whose churned is empty. AUC counts.", **tables))
    assert found.problem.train == "customers.csv"
    assert len(found.test) == 60


def test_answers_take_the_name_that_the_sample_has_for_their_key(tmp_path: Path) -> None:
    keys = [f"Q{n}" for n in range(200)]
    pd.DataFrame({"sensor_id": keys, "salt": np.arange(200.0) % 17}).to_csv(tmp_path / "sensors.csv", index=False)
    pd.DataFrame({"sensor": keys[:150], "rust": np.arange(150.0) % 13}).to_csv(tmp_path / "known.csv", index=False)
    pd.DataFrame({"sensor_id": keys[150:], "rust": 0.0}).to_csv(tmp_path / "sample_submission.csv", index=False)
    (tmp_path / "description.md").write_text("Predict `rust`. Metric: MAE.\n")
    found = interpret(scan(tmp_path), list(ALL.values()))
    assert (found.problem.id, found.problem.targets, 0 if found.test is None else len(found.test)) == (
        "sensor_id",
        ("rust",),
        50,
    )
    assert "salt" in found.train.columns
