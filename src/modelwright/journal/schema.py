"""The tables of journal.db as numbered migrations, each with its reason. Numbers are never reused or changed.

The file keeps SQLite's default rollback journal and full synchronisation: one commit costs about a millisecond, a
reader needs no second file, and a copy of `journal.db` is the whole journal. Measured on a local disk, per commit:
0.9 ms, against 0.7 ms with `synchronous=NORMAL` and 0.02 to 0.3 ms with a write-ahead log, whose side files a
read-only reader may have to create. An experiment makes two commits.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..errors import RunError

APPLICATION = 0x4D577267  # "MWrg" in the header of the file: this SQLite file is a journal of ours


class Migration(NamedTuple):
    """One step from a schema to the next."""

    number: int
    reason: str
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(
        1,
        "The first schema: experiments, the facts the report is made of, and notes for the person who reads it.",
        (
            """CREATE TABLE experiments (
                number INTEGER PRIMARY KEY,
                proposal TEXT NOT NULL,
                status TEXT NOT NULL,
                outcome TEXT,
                score TEXT,
                verdict TEXT NOT NULL DEFAULT '',
                started REAL NOT NULL,
                ended REAL
            )""",
            "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL)",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, at REAL NOT NULL, text TEXT NOT NULL)",
        ),
    ),
    Migration(
        2,
        "Finished experiments do not change: the file itself refuses it, whoever writes.",
        (
            """CREATE TRIGGER finished_do_not_change BEFORE UPDATE ON experiments WHEN OLD.status <> 'running'
               BEGIN SELECT RAISE(ABORT, 'a finished experiment does not change'); END""",
            """CREATE TRIGGER experiments_are_not_deleted BEFORE DELETE ON experiments
               BEGIN SELECT RAISE(ABORT, 'experiments are not deleted'); END""",
        ),
    ),
    Migration(
        3,
        "What was asked of language models, with what it cost: the caps count it again when a run is resumed.",
        ("CREATE TABLE calls (id INTEGER PRIMARY KEY, at REAL NOT NULL, call TEXT NOT NULL)",),
    ),
)
VERSION = MIGRATIONS[-1].number


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements inside are written, or none. The connection is in autocommit mode (`isolation_level=None`)."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself after some errors, a full disk for one
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def check(connection: sqlite3.Connection, name: str) -> int:
    """The schema version of the file.

    Raises:
        RunError: it is not a journal, or one that a newer version of modelwright wrote.
    """
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise RunError(f"{name} cannot be read as a journal ({error}): give the folder of a run.") from error
    if application != APPLICATION:
        raise RunError(f"{name} is not a journal of modelwright: give the folder of a run.")
    if version > VERSION:
        raise RunError(
            f"{name} has schema {version}, this version of modelwright knows schemas up to {VERSION}: "
            "open it with the version that wrote it."
        )
    return version


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of that schema version (0: an empty file) up to date, in one transaction."""
    if version == VERSION:
        return
    with transaction(connection):
        if version == 0:
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, reason TEXT, at REAL)")
        for migration in MIGRATIONS[version:]:
            for statement in migration.statements:
                connection.execute(statement)
            row = (migration.number, migration.reason, time.time())
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
        connection.execute(f"PRAGMA user_version = {VERSION}")
