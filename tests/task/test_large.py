import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright.errors import TableError
from modelwright.task import large
from modelwright.task.catalog import Tables
from modelwright.task.folder import scan
from modelwright.task.tables import read_table


@pytest.fixture(autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(large, "HEAD", 1000)
    monkeypatch.setattr(large, "MANY_ROWS", 1000)
    monkeypatch.setattr(large, "KEPT_ROWS", 500)


def frame(rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "id": np.arange(rows),
            "zip": [f"{i % 90:05d}" for i in range(rows)],
            "x": rng.normal(size=rows).round(4),
            "text": [f'says "{i}",\nand more' if i % 3 else "plain" for i in range(rows)],
        }
    )
    table.loc[::10, "x"] = np.nan
    return table


def test_a_table_of_many_rows_is_sampled_in_the_order_of_the_file(tmp_path: Path) -> None:
    whole = frame()
    whole.to_csv(tmp_path / "train.csv", index=False)
    table = large.read(tmp_path / "train.csv")
    assert (len(table), table.attrs["rows"]) == (500, 3000)
    assert table["id"].is_monotonic_increasing
    expected = whole.iloc[table["id"].to_numpy()].reset_index(drop=True)
    pd.testing.assert_frame_equal(table, expected)
    assert 1200 < table["id"].mean() < 1800


def test_the_same_file_gives_the_same_sample(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "train.csv", index=False)
    pd.testing.assert_frame_equal(large.read(tmp_path / "train.csv"), large.read(tmp_path / "train.csv"))


def test_facts_are_of_all_rows(tmp_path: Path) -> None:
    whole = frame()
    whole.to_csv(tmp_path / "train.csv", index=False)
    facts = large.read(tmp_path / "train.csv").attrs["whole"]
    assert facts["x"]["missing"] == pytest.approx(0.1)
    assert (facts["x"]["low"], facts["x"]["high"]) == (whole["x"].min(), whole["x"].max())
    assert facts["id"]["distinct"] == pytest.approx(3000, rel=0.2)
    assert facts["zip"]["distinct"] == pytest.approx(90, rel=0.1)


def test_chosen_columns_are_summed_up(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "train.csv", index=False)
    rows, facts = large.summary(tmp_path / "train.csv", ["x"])
    assert (rows, list(facts)) == (3000, ["x"])


@pytest.mark.parametrize("form", ["semicolon", "latin", "gzip", "parquet", "parts"])
def test_every_form_of_a_large_table_is_sampled(tmp_path: Path, form: str) -> None:
    whole = frame().assign(town="Köln")
    path = tmp_path / "train.csv"
    if form == "semicolon":
        whole.to_csv(path, index=False, sep=";", decimal=",")
    elif form == "latin":
        whole.to_csv(path, index=False, encoding="cp1252")
    elif form == "gzip":
        path = tmp_path / "train.csv.gz"
        path.write_bytes(gzip.compress(whole.to_csv(index=False).encode()))
    elif form == "parquet":
        path = tmp_path / "train.parquet"
        whole.to_parquet(path)
    else:
        path = tmp_path / "train"
        path.mkdir()
        for k in range(3):
            whole.iloc[k * 1000 : k * 1000 + 1000].to_csv(path / f"p{k}.csv", index=False)
    table = large.read(path)
    expected = whole.iloc[table["id"].to_numpy()].reset_index(drop=True)
    pd.testing.assert_frame_equal(table, expected)
    assert table.attrs["rows"] == 3000
    assert table.attrs["whole"]["x"]["missing"] == pytest.approx(0.1)


def test_words_for_gaps_count_as_missing_in_the_whole(tmp_path: Path) -> None:
    whole = frame()
    whole["x"] = whole["x"].astype(object).where(whole["x"].notna(), "?")
    whole.to_csv(tmp_path / "train.csv", index=False)
    table = large.read(tmp_path / "train.csv")
    assert table.attrs["whole"]["x"]["missing"] == pytest.approx(0.1)
    assert table["x"].dtype == float


def test_the_tables_of_a_task_are_sampled_and_those_asked_for_are_whole(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "train.csv", index=False)
    tables = Tables(scan(tmp_path))
    path = tmp_path / "train.csv"
    assert len(tables[path]) == 500
    assert tables.rows(path) == 3000
    assert tables.notes(path) == ["train.csv has 3,000 rows; a random sample of 500 of them is learned from."]
    pd.testing.assert_frame_equal(tables.whole(path), read_table(path))


def test_a_table_beyond_the_free_memory_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame(400).to_csv(tmp_path / "train.csv", index=False)
    assert not large.too_large(tmp_path / "train.csv")
    monkeypatch.setattr("modelwright.task.packed.free_memory", lambda: 50_000)
    assert large.too_large(tmp_path / "train.csv")


def test_a_ragged_row_of_a_large_file_is_told_with_its_line(tmp_path: Path) -> None:
    lines = [f"{i},{i}\n" for i in range(2000)]
    lines[1500] = "1,2,3\n"
    (tmp_path / "train.csv").write_text("a,b\n" + "".join(lines))
    with pytest.raises(TableError, match=r"train\.csv, line 1502: .*2 .*3"):
        large.read(tmp_path / "train.csv")
