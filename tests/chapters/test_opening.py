import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright.chapters.machine import facts_of_run, shares
from modelwright.chapters.opening import Asked, plan, tidy_labels, understand, write_frame
from modelwright.errors import SettingsError
from modelwright.settings import Settings
from modelwright.task import large


def frame(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.choice(list("xyz"), rows)})
    return table.assign(y=(table["a"] > 0).astype(int))


def test_planning_divides_all_rows_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, divided = plan(frame(), Asked(target="y"), seed=3)
    assert len(divided.folds) == divided.plan.repeats * (400 - divided.sealed.sum())
    assert len(divided.features) == 400
    assert divided.plan.seed == 3
    assert list(tmp_path.iterdir()) == []


def test_sealed_rows_come_after_the_visible_ones_with_their_own_values() -> None:
    table = frame()
    _, divided = plan(table, Asked(target="y"), seed=0)
    expected = pd.concat([table[~divided.sealed], table[divided.sealed]])["a"]
    np.testing.assert_allclose(divided.features["a"], expected)


def test_another_seed_seals_other_rows() -> None:
    one, two = (plan(frame(), Asked(target="y"), seed=s)[1].sealed for s in (0, 1))
    assert (one != two).any()


def test_a_frame_without_a_target_is_a_question() -> None:
    with pytest.raises(SettingsError, match="target"):
        understand(frame(), Asked())


def test_a_database_is_planned_for_by_its_address_and_no_password_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        frame().to_sql("visits", connection, index=False)
    understood, divided = plan(f"sqlite:///{tmp_path}/shop.db", Asked(target="y"), seed=0)
    assert (understood.problem.name, understood.problem.train) == ("shop", "shop.db/visits")
    assert len(divided.features) == 400
    monkeypatch.setattr("sys.argv", ["modelwright", "run", "postgresql://ann:hush@host/shop", "--target", "y"])
    assert "hush" not in str(facts_of_run(Settings()))


def test_a_sample_of_a_large_table_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "cache"))
    for name, value in {"HEAD": 1000, "MANY_ROWS": 300, "KEPT_ROWS": 200}.items():
        monkeypatch.setattr(large, name, value)
    (tmp_path / "task").mkdir()
    frame().to_csv(tmp_path / "task" / "train.csv", index=False)
    understood, divided = plan(tmp_path / "task", Asked(target="y"), seed=0)
    assert (understood.sampled, divided.profile.sampled, len(understood.train)) == (400, 400, 200)
    assert "train.csv has 400 rows; a random sample of 200 of them is learned from." in understood.doubts


def test_rows_to_predict_are_read_whole_where_the_others_are_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "cache"))
    for name, value in {"HEAD": 1000, "MANY_ROWS": 300, "KEPT_ROWS": 200}.items():
        monkeypatch.setattr(large, name, value)
    (tmp_path / "task").mkdir()
    table = frame().assign(key=range(400))
    table["y"] = table["y"].astype(object).where(table["key"] % 4 > 0, "")
    table.to_csv(tmp_path / "task" / "train.csv", index=False)
    understood = understand(tmp_path / "task", Asked(target="y"))
    assert understood.test is not None
    assert understood.test["key"].tolist() == list(range(0, 400, 4))
    assert len(understood.train) < 200


def test_columns_of_mixed_types_can_be_stored(tmp_path: Path) -> None:
    mixed = pd.DataFrame({"y": [1, "two", 3.5], "z": [1, 2, 3]})
    assert tidy_labels(mixed)["y"].tolist() == ["1", "two", "3.5"]
    assert tidy_labels(mixed)["z"].dtype == mixed["z"].dtype
    write_frame(tmp_path / "x.feather", mixed)
    assert len(pd.read_feather(tmp_path / "x.feather")) == 3


def test_jobs_and_threads_divide_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.chapters.machine.cores", lambda: 64)
    assert shares(Settings())[:2] == (8, 8)
    assert shares(Settings(jobs=3, threads=5))[:2] == (3, 5)
    monkeypatch.setattr("modelwright.chapters.machine.cores", lambda: 2)
    assert shares(Settings())[:2] == (2, 1)


def test_sealed_rows_keep_their_groups_for_the_error_of_the_sealed_score() -> None:
    rng = np.random.default_rng(0)
    shop = np.repeat(np.arange(120), 10)
    table = pd.DataFrame({"shop_id": [f"s{k:03d}" for k in shop], "a": rng.normal(size=1200)})
    table["y"] = table["a"] + rng.normal(size=120)[shop]
    new = pd.DataFrame({"shop_id": [f"t{k:03d}" for k in np.repeat(np.arange(20), 10)], "a": rng.normal(size=200)})
    _, divided = plan(table, Asked(target="y", test=new), seed=0)
    assert divided.plan.group == "shop_id"
    assert divided.sealed_groups is not None
    assert len(divided.sealed_groups) == divided.sealed.sum()
    assert len(set(divided.sealed_groups)) == len(divided.sealed_groups) / 10
