import gzip
import zipfile
from pathlib import Path

import pytest

from modelwright.errors import TaskError
from modelwright.task.folder import scan


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_finds_tables_description_and_the_rest(tmp_path: Path) -> None:
    put(tmp_path, train_dot_csv="a,b\n1,2\n", test_dot_csv="a\n1\n", brief_dot_txt="Predict b.", pics__one_dot_png="x")
    folder = scan(tmp_path)
    assert [t.name for t in folder.tables] == ["test.csv", "train.csv"]
    assert folder.description == "Predict b."
    assert folder.description_file == "brief.txt"
    assert [o.name for o in folder.others] == ["pics"]


def test_the_likeliest_description_comes_first(tmp_path: Path) -> None:
    put(
        tmp_path,
        train_dot_csv="a,b\n1,2\n",
        data_description_dot_txt="a is a.",
        README_dot_md="Read me.",
        notes_dot_md="x",
    )
    assert scan(tmp_path).description.startswith("Read me.")
    assert scan(tmp_path).description.endswith("a is a.")


def test_a_text_file_of_even_columns_is_a_table(tmp_path: Path) -> None:
    put(tmp_path, train_dot_txt="a\tb\n1\t2\n3\t4\n", about_dot_txt="Hello, you.\nThis is no table, is it, or not?\n")
    assert [t.name for t in scan(tmp_path).tables] == ["train.txt"]


def test_a_mail_loses_its_technical_header(tmp_path: Path) -> None:
    put(tmp_path, train_dot_csv="a\n1\n", m_dot_eml="From: a@b.c\nSubject: our task\nMIME-Version: 1.0\n\nPredict a.\n")
    assert scan(tmp_path).description.splitlines()[0] == "Subject: our task"
    assert "MIME" not in scan(tmp_path).description


def test_a_directory_of_parts_is_one_table(tmp_path: Path) -> None:
    put(tmp_path, train__p0_dot_csv="a\n1\n", train__p1_dot_csv="a\n2\n", test_dot_csv="a\n1\n")
    assert [t.name for t in scan(tmp_path).tables] == ["test.csv", "train"]


def test_tables_one_floor_down_are_found(tmp_path: Path) -> None:
    put(tmp_path, data__train_dot_csv="a\n1\n", data__test_dot_csv="b\n1\n", readme_dot_md="x")
    assert sorted(t.name for t in scan(tmp_path).tables) == ["test.csv", "train.csv"]


def test_packed_tables_count_as_tables(tmp_path: Path) -> None:
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))
    with zipfile.ZipFile(tmp_path / "test.zip", "w") as archive:
        archive.writestr("test.csv", "a\n1\n")
    assert len(scan(tmp_path).tables) == 2


def test_a_single_file_is_a_folder_with_one_table(tmp_path: Path) -> None:
    put(tmp_path, sales_dot_csv="a\n1\n", other_dot_csv="a\n1\n", readme_dot_md="about others")
    folder = scan(tmp_path / "sales.csv")
    assert (folder.name, [t.name for t in folder.tables], folder.description) == ("sales", ["sales.csv"], "")


def test_a_folder_called_task_takes_the_name_of_its_parent(tmp_path: Path) -> None:
    put(tmp_path, birds__task__train_dot_csv="a\n1\n")
    assert scan(tmp_path / "birds" / "task").name == "birds"


@pytest.mark.parametrize(
    "make", [lambda p: p / "gone", lambda p: p, lambda p: put(p, readme_dot_md="only words").absolute()]
)
def test_a_folder_that_cannot_be_a_task_is_an_error_that_names_it(tmp_path: Path, make: object) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(TaskError, match=str(tmp_path)):
        scan(path)


def test_two_lines_of_prose_with_a_comma_each_are_a_description(tmp_path: Path) -> None:
    (tmp_path / "task.txt").write_text("which songs will they like, and how much?\nwe compare ranks, nothing else\n")
    (tmp_path / "train.csv").write_text("a,b\n1,2\n3,4\n")
    found = scan(tmp_path)
    assert "compare ranks" in found.description
    assert [t.name for t in found.tables] == ["train.csv"]


@pytest.mark.parametrize(
    "record",
    ['{"id": "wine", "rows": 12}', '{"owner": "x", "thresholds": {"gold": 1}, "names": ["a", "b"]}'],
)
def test_a_record_of_settings_beside_the_tables_is_no_table(tmp_path: Path, record: str) -> None:
    put(tmp_path, train_dot_csv="a,b\n1,2\n", meta_dot_json=record)
    assert [t.name for t in scan(tmp_path).tables] == ["train.csv"]
    assert "meta.json" in [o.name for o in scan(tmp_path).others]


@pytest.mark.parametrize(
    "table",
    [
        '[{"a": 1}, {"a": 2}]',
        '{"a": [1, 2], "b": [3, 4]}',
        '{"a": {"0": 1, "1": 2}}',
        '{"count": 2, "rows": [{"a": 1}, {"a": 2}]}',
        '{"name": "x", "columns": ["a"], "data": [[1], [2]]}',
        '{"a": 1',
    ],
)
def test_tables_in_json_stay_tables_and_so_does_what_is_broken(tmp_path: Path, table: str) -> None:
    put(tmp_path, train_dot_csv="a,b\n1,2\n", more_dot_json=table)
    assert [t.name for t in scan(tmp_path).tables] == ["more.json", "train.csv"]


def test_a_record_that_is_all_there_is_is_read_as_a_table_and_told_to_be_none(tmp_path: Path) -> None:
    put(tmp_path, meta_dot_json='{"id": "wine"}')
    assert [t.name for t in scan(tmp_path).tables] == ["meta.json"]
