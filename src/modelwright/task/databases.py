"""Databases, read-only: SQLite files and whatever SQLAlchemy has a dialect for; tables, views, keys and rows.

Nothing is ever written: SQLite files are opened so, other servers are told so where they know it, and only SELECT is
sent. A password that stands in an address never leaves this module.
"""

import importlib.util
import re
import sqlite3
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from ..errors import TableError, TaskError
from .addresses import hide, secrets, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

SQLITE = b"SQLite format 3\0"
PIECE = 20_000  # rows fetched at a time
WAIT = 5.0  # seconds for a lock
DRIVERS = {  # of a kind of database: module, name in the address, package; the first is SQLAlchemy's own choice
    "postgresql": (("psycopg2", "psycopg2", "psycopg2-binary"), ("psycopg", "psycopg", "psycopg"),
                   ("pg8000", "pg8000", "pg8000")),
    "mysql": (("MySQLdb", "mysqldb", "mysqlclient"), ("pymysql", "pymysql", "pymysql"),
              ("mysql.connector", "mysqlconnector", "mysql-connector-python")),
    "mariadb": (("MySQLdb", "mysqldb", "mysqlclient"), ("pymysql", "pymysql", "pymysql")),
    "oracle": (("cx_Oracle", "cx_oracle", "cx_Oracle"), ("oracledb", "oracledb", "oracledb")),
    "mssql": (("pyodbc", "pyodbc", "pyodbc"), ("pymssql", "pymssql", "pymssql")),
}  # fmt: skip
DIALECTS = {"duckdb": "duckdb-engine", "snowflake": "snowflake-sqlalchemy", "bigquery": "sqlalchemy-bigquery",
            "redshift": "sqlalchemy-redshift", "clickhouse": "clickhouse-sqlalchemy", "trino": "trino",
            "databricks": "databricks-sqlalchemy", "db2": "ibm-db-sa", "ibm_db_sa": "ibm-db-sa"}  # fmt: skip
READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}


class Key(NamedTuple):
    """A declared foreign key, by names of tables."""

    table: str
    columns: tuple[str, ...]
    other: str
    other_columns: tuple[str, ...]


def is_sqlite(path: Path) -> bool:
    """Whether a file is an SQLite database, by its first bytes."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


class Database:
    """The tables of one database.

    Args:
        address: an SQLite file, or an address as SQLAlchemy takes it.

    Raises:
        TaskError: from every method, in a sentence, where the database refuses.
    """

    def __init__(self, address: Path | str) -> None:
        self._address = address
        self._made: Engine | None = None
        self.name = hide(str(address)).partition("?")[0]
        self.typed = not isinstance(address, Path)  # SQLite lets text stand in columns of numbers

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    @property
    def title(self) -> str:
        """Name of the database itself, for the name of the task."""
        return title(self.name)

    def names(self) -> list[str]:
        """Tables and views that have rows; those of other schemas, as SCHEMA/TABLE, where the usual one has none."""
        from sqlalchemy import inspect

        with self._connected() as connection:
            look = inspect(connection)
            found = [*look.get_table_names(), *look.get_view_names()]
            if not found:
                others = [s for s in look.get_schema_names() if not re.search(r"information_schema|^pg_|^sys$", s)]
                found = [f"{s}/{t}" for s in others for t in (*look.get_table_names(s), *look.get_view_names(s))]
            names = [name for name in found if self._select(connection, name, limit=1)]
        if not names:
            raise TaskError(f"{self.name} has no table with rows: check that it is the right database.")
        return sorted(names)

    def columns(self, name: str) -> list[str]:
        """Names of a table's columns."""
        from sqlalchemy import inspect

        schema, table = _parts(name)
        with self._connected() as connection:
            return [str(column["name"]) for column in inspect(connection).get_columns(table, schema)]

    def rows(self, name: str) -> int:
        """Number of rows, counted by the database."""
        with self._connected() as connection:
            return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {self._quoted(name)}").scalar_one())  # noqa: S608

    def keys(self) -> list[Key]:
        """The declared foreign keys."""
        from sqlalchemy import inspect

        with self._connected() as connection:
            look = inspect(connection)
            return [
                Key(
                    table,
                    tuple(key["constrained_columns"]),
                    str(key["referred_table"]),
                    tuple(key["referred_columns"])
                    or tuple(look.get_pk_constraint(key["referred_table"])["constrained_columns"]),
                )
                for table in look.get_table_names()
                for key in look.get_foreign_keys(table)
            ]

    def read(self, name: str, keep: Any = None) -> pd.DataFrame:
        """A table with its values as the database gives them.

        Args:
            name: one of `names()`.
            keep: sorted positions of the rows to keep; all rows when nothing is said.
        """
        import numpy as np

        pieces: list[pd.DataFrame] = []
        with self._connected() as connection:
            stream = connection.execution_options(stream_results=True, max_row_buffer=PIECE)
            result = stream.exec_driver_sql(f"SELECT * FROM {self._quoted(name)}")  # noqa: S608
            columns, done = list(result.keys()), 0
            while rows := result.fetchmany(PIECE):
                if keep is not None:
                    first, last = np.searchsorted(keep, [done, done + len(rows)])
                    chosen = [rows[int(i) - done] for i in keep[first:last]]
                else:
                    chosen = list(rows)
                pieces.append(pd.DataFrame([tuple(map(_plain, row)) for row in chosen], columns=columns))
                done += len(rows)
        filled = [piece for piece in pieces if len(piece)]
        if not filled:
            raise TableError(f"{self.name}, table {name}: there are no rows.")
        if len(filled) == 1:
            return filled[0]
        return pd.concat([p.astype(object) for p in filled], ignore_index=True).infer_objects()

    def _select(self, connection: "Connection", name: str, limit: int) -> list[Any]:
        result = connection.exec_driver_sql(f"SELECT * FROM {self._quoted(name)}")  # noqa: S608
        rows = list(result.fetchmany(limit))
        result.close()
        return rows

    def _quoted(self, name: str) -> str:
        prepare = self._engine().dialect.identifier_preparer
        schema, table = _parts(name)
        return prepare.quote(table) if schema is None else f"{prepare.quote(schema)}.{prepare.quote(table)}"

    @contextmanager
    def _connected(self) -> "Iterator[Connection]":
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine().connect() as connection:
                told = READ_ONLY.get(connection.dialect.name)
                if told:
                    connection.exec_driver_sql(told)
                    connection.commit()
                yield connection
        except (SQLAlchemyError, sqlite3.Error, UnicodeError, ImportError) as error:
            raise self._refusal(error) from None  # the error may hold the address with its password

    def _engine(self) -> "Engine":
        if self._made is None:
            self._made = _engine(self._address, self._refusal)
        return self._made

    def _refusal(self, error: Exception) -> TaskError:
        """The sentence for what went wrong."""
        said = self._hidden(str(getattr(error, "orig", None) or error).strip().split("\n")[0].rstrip("."))
        if isinstance(self._address, Path):
            if not self._address.is_file():
                return TaskError(f"{self.name} does not exist: check the path of the SQLite file.")
            ways = {
                "not a database": "is no SQLite database, or is encrypted: check the file",
                "malformed": "is a damaged SQLite database: mend or copy it again",
                "locked": "is locked by another program: close it, or copy the file",
            }
            way = next((w for word, w in ways.items() if word in said), f"cannot be read ({said}): check the file")
            return TaskError(f"{self.name} {way}.")
        if isinstance(error, ImportError):
            kind = self._address.split(":")[0].split("+")[0]
            package = DRIVERS[kind][0][2] if kind in DRIVERS else error.name or kind
            return TaskError(f"{self.name} needs a driver that is not installed: run `pip install {package}`.")
        if type(error).__name__ == "NoSuchModuleError":
            kind = self._address.split(":")[0]
            package = DIALECTS.get(kind.split("+")[0], "the SQLAlchemy dialect of this database")
            way = f"`pip install {package}`" if " " not in package else package
            return TaskError(
                f"{kind!r} is no database that SQLAlchemy knows here: check the spelling, or install {way}."
            )
        return TaskError(f"{self.name} refuses ({said}): check host, name, user and password.")

    def _hidden(self, text: str) -> str:
        for secret in secrets(str(self._address)):
            text = text.replace(secret, "***")
        return hide(text)


def _parts(name: str) -> tuple[str | None, str]:
    schema, slash, table = name.partition("/")
    return (schema, table) if slash else (None, name)


def _engine(address: Path | str, refusal: Any) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    if isinstance(address, Path):
        return create_engine("sqlite://", creator=lambda: _open_sqlite(address), poolclass=NullPool)
    try:
        url = make_url(address)
        if "+" not in url.drivername and url.drivername in DRIVERS:
            there = [name for module, name, _ in DRIVERS[url.drivername] if _installed(module)]
            if there:
                url = url.set(drivername=f"{url.drivername}+{there[0]}")
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except ValueError:
        raise TaskError(f"{hide(address)} is no address of a database: write it like postgresql://host/name.") from None
    except (SQLAlchemyError, ImportError) as error:
        raise refusal(error) from None


def _installed(module: str) -> bool:
    if module in sys.modules:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that holds it
        return False


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Open for reading only; a database with a write-ahead log in a read-only folder needs to be called immutable."""
    if not path.is_file():
        raise sqlite3.OperationalError("unable to open database file")
    where = f"file:{quote(str(path.resolve()))}"
    connection = sqlite3.connect(f"{where}?mode=ro", uri=True, timeout=WAIT, check_same_thread=False)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        connection.close()
        if "unable to open" not in str(error) and "readonly" not in str(error):
            raise
        connection = sqlite3.connect(f"{where}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    except sqlite3.Error:
        connection.close()
        raise
    connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    return connection


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
