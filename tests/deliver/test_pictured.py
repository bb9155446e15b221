"""New rows that are pictures, and how they may be named."""

from pathlib import Path

import pandas as pd
import pytest

from modelwright.deliver.pictured import table_of, with_paths
from modelwright.errors import TableError
from modelwright.records.profile import Field, Role, Schema
from modelwright.task import pictures

PICTURED = Schema(fields=(Field(name="picture", role=Role.PATH), Field(name="age", role=Role.NUMBER)))
PLAIN = Schema(fields=(Field(name="age", role=Role.NUMBER),))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "more/c.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_a_folder_is_a_row_for_each_picture_with_its_name_as_id(album: Path) -> None:
    table = table_of(album, PICTURED, "file")
    assert table["file"].tolist() == ["a.JPG", "b.png", "more/c.png"]
    assert table["picture"].tolist() == table["file"].tolist()


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="holds no pictures"):
        table_of(tmp_path, PICTURED, None)


def test_a_folder_for_a_model_of_tables_is_said(album: Path) -> None:
    with pytest.raises(TableError, match="is a folder, and the model reads rows of a table"):
        table_of(album, PLAIN, None)


@pytest.mark.parametrize("values", [["b.png", "more/c.png"], ["b", "c"], ["b.png", "c.png"]])
def test_pictures_are_found_by_name_with_and_without_ending_and_by_path(album: Path, values: list[str]) -> None:
    table = with_paths(pd.DataFrame({"age": [1, 2], "id": values}), album, PICTURED, "id")
    assert table["picture"].tolist() == ["b.png", "more/c.png"]


def test_a_column_of_paths_that_is_there_stays(album: Path) -> None:
    table = pd.DataFrame({"picture": ["/elsewhere/x.png"], "id": ["b.png"]})
    assert with_paths(table, album, PICTURED, "id") is table


def test_a_picture_that_is_not_there_is_named(album: Path) -> None:
    with pytest.raises(TableError, match=r"'d\.png' in line 3 names no file"):
        with_paths(pd.DataFrame({"id": ["b.png", "d.png", "c.png"]}), album, PICTURED, "id")


def test_a_table_that_names_no_pictures_is_left_as_it_is(album: Path) -> None:
    table = pd.DataFrame({"age": [1, 2]})
    assert with_paths(table, album, PICTURED, None) is table


def test_a_folder_is_not_listed_where_ids_are_names_of_its_files(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "below", None)
    table = with_paths(pd.DataFrame({"age": [1, 2], "id": ["b.png", "a.JPG"]}), album, PICTURED, "id")
    assert table["picture"].tolist() == ["b.png", "a.JPG"]
