import sqlite3
from contextlib import closing

import pytest

from modelwright.journal import schema
from modelwright.journal.journal import Journal
from modelwright.records.experiment import Proposal


def test_migrations_are_numbered_without_gaps_and_say_why():
    assert [m.number for m in schema.MIGRATIONS] == list(range(1, len(schema.MIGRATIONS) + 1))
    assert all(m.reason.endswith(".") and m.statements for m in schema.MIGRATIONS)


def test_a_journal_lists_the_migrations_it_went_through(tmp_path):
    with Journal(tmp_path / "j.db", create=True) as journal:
        rows = journal._connection.execute("SELECT number, reason FROM migrations").fetchall()
    assert rows == [(m.number, m.reason) for m in schema.MIGRATIONS]


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_an_older_journal_is_brought_up_to_date_and_keeps_its_rows(tmp_path, monkeypatch, version):
    with monkeypatch.context() as past:
        past.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:version])
        past.setattr(schema, "VERSION", version)
        with Journal(tmp_path / "j.db", create=True) as journal:
            journal.open(Proposal(recipe="linear"))
    with Journal(tmp_path / "j.db") as journal:
        assert len(journal.history()) == 1
    with closing(sqlite3.connect(tmp_path / "j.db")) as fresh:
        assert fresh.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert fresh.execute("SELECT count(*) FROM migrations").fetchone() == (schema.VERSION,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    Journal(tmp_path / "j.db", create=True).close_connection()
    before = (tmp_path / "j.db").read_bytes()
    broken = schema.Migration(schema.VERSION + 1, "Broken.", ("CREATE TABLE a (b)", "CREATE NONSENSE"))
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
    monkeypatch.setattr(schema, "VERSION", broken.number)
    with pytest.raises(sqlite3.OperationalError):
        Journal(tmp_path / "j.db")
    assert (tmp_path / "j.db").read_bytes() == before
