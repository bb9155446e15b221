import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from modelwright.errors import TaskError
from modelwright.task.addresses import hide, is_address, title
from modelwright.task.catalog import ForeignKey, Tables
from modelwright.task.databases import Database
from modelwright.task.folder import scan
from modelwright.task.tables import read_table


def shop(folder: Path, name: str = "shop.db") -> Path:
    path = folder / name
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE customers (id INTEGER PRIMARY KEY, city TEXT, code TEXT, spent REAL);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers(id), amount TEXT);
        CREATE TABLE empty (a INTEGER);
        CREATE VIEW big AS SELECT * FROM customers WHERE spent > 1;
        INSERT INTO customers VALUES (1, 'Bonn', '007', 1.5), (2, NULL, '010', NULL), (3, 'Ulm', '011', 2.5);
        INSERT INTO orders VALUES (1, 1, '3.5'), (2, 1, '?'), (3, 3, '4');
        """
    )
    connection.commit()
    connection.close()
    return path


def test_tables_and_views_with_rows_are_found(tmp_path: Path) -> None:
    assert Database(shop(tmp_path)).names() == ["big", "customers", "orders"]


def test_a_table_inside_a_file_is_read_under_its_path(tmp_path: Path) -> None:
    table = read_table(shop(tmp_path) / "customers")
    assert table["code"].tolist() == ["007", "010", "011"]
    assert table["spent"].tolist()[::2] == [1.5, 2.5]
    assert table["id"].dtype == "int64"


def test_text_that_stands_for_numbers_is_read_as_in_csv(tmp_path: Path) -> None:
    table = read_table(shop(tmp_path) / "orders")
    assert table["amount"].tolist()[::2] == [3.5, 4.0]
    assert table.attrs["missing"] == {"amount": {"?": 1}}


@pytest.mark.parametrize("as_address", [False, True])
def test_a_database_is_a_task_with_its_tables_keys_and_rows(tmp_path: Path, as_address: bool) -> None:
    path = shop(tmp_path)
    folder = scan(f"sqlite:///{path}" if as_address else path)
    tables = Tables(folder)
    assert (folder.name, folder.root) == ("shop", tmp_path)
    assert list(folder.tables) == [path / "big", path / "customers", path / "orders"]
    assert tables.foreign_keys() == [ForeignKey(path / "orders", ("customer",), path / "customers", ("id",))]
    assert tables.rows(path / "orders") == 3
    assert tables.called(path / "orders") == "shop.db/orders"


def test_a_database_beside_a_description_belongs_to_the_folder(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "readme.md").write_text("Predict spent.")
    assert [t.name for t in scan(tmp_path).tables] == ["big", "customers", "orders"]


def test_nothing_is_written(tmp_path: Path) -> None:
    path = shop(tmp_path)
    before = path.read_bytes()
    database = Database(path)
    database.names()
    database.read("customers")
    with database._connected() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("INSERT INTO empty VALUES (1)")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["shop.db"]


def test_chosen_rows_only_are_kept(tmp_path: Path) -> None:
    assert Database(shop(tmp_path)).read("customers", [0, 2])["id"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"SQLite format 3\0" + b"x" * 4096, "no SQLite database"), (b"SQLite format 3\0", "SQLite database")],
)
def test_a_broken_database_is_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(TaskError, match=says) as caught:
        scan(path)
    assert "a.db" in str(caught.value)


def test_a_locked_database_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.task.databases.WAIT", 0.05)
    path = shop(tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TaskError, match="locked by another program"):
        Database(path).names()
    other.close()


def test_an_empty_database_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").executescript("CREATE TABLE a (b)").connection.close()
    with pytest.raises(TaskError, match="no table with rows"):
        scan(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(TaskError, match="does not exist"):
        scan(f"sqlite:///{tmp_path}/gone.db")
    with pytest.raises(TaskError, match="has no table 'gone': those are big, customers"):
        read_table(shop(tmp_path) / "gone")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgresql+psycopg2://ann:hush@127.0.0.1:1/sales", "pip install|refuses"),
        ("snowflake://ann:hush@host/sales", "pip install snowflake-sqlalchemy"),
        ("posgres://ann:hush@host/sales", "check the spelling"),
        ("postgresql://ann:hush@host:port/sales", "no address of a database"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_sentence_without_the_password(address: str, says: str) -> None:
    with pytest.raises(TaskError, match=says) as caught:
        scan(address)
    told = str(caught.value) + repr(caught.value.__cause__) + repr(Database(address))
    assert "hush" not in told


def test_passwords_are_hidden_wherever_an_address_stands() -> None:
    said = "modelwright plan mysql://ann:p:a@ss@host/db?x=1&password=hush --about 'a:b@c'"
    assert hide(said) == "modelwright plan mysql://ann:***@host/db?x=1&password=*** --about 'a:b@c'"
    assert hide("plan sqlite:///a.db") == "plan sqlite:///a.db"


def test_an_address_is_no_path_and_is_called_after_its_database(tmp_path: Path) -> None:
    assert is_address("postgresql://ann:x@host/sales?y=1")
    assert not is_address("data/train.csv")
    assert not is_address(tmp_path)
    assert title("postgresql://ann:x@host/sales?y=1") == "sales"


def test_an_address_is_served_by_its_own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop(tmp_path)
    monkeypatch.setattr("modelwright.task.folder.file_of", lambda _: None)
    folder = scan(f"sqlite:///{path}")
    tables = Tables(folder)
    assert (folder.root, folder.name) == (Path(), "shop")
    assert list(folder.tables) == [Path("big"), Path("customers"), Path("orders")]
    assert tables.foreign_keys() == [ForeignKey(Path("orders"), ("customer",), Path("customers"), ("id",))]
    pd.testing.assert_frame_equal(tables[Path("customers")], read_table(path / "customers"))
