import gc
import signal
import subprocess
import sys

import pytest

from modelwright.journal import history
from modelwright.journal.journal import Journal
from modelwright.records.experiment import FoldCost, Outcome, Proposal, Score, Status, Step

# dies in the middle of a commit: pages are in the file, the old ones in the rollback journal
CUT_OFF = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
for _ in range(200):
    connection.execute("INSERT INTO notes (at, text) VALUES (0, ?)", ("half " * 1000,))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a folder with spaces?" / "journal.db"
    path.parent.mkdir()
    with Journal(path, create=True) as journal:
        journal.open(Proposal(recipe="linear", reason="simplest first"))
        costs = (FoldCost(fold=0, fit=1.0, predict=0.5, features=0.25),)
        outcome = Outcome(number=1, status=Status.DONE, seconds=2.0, peak_mb=100, costs=costs)
        journal.close(outcome, Score(value=0.8, error=0.02), "the first")
        steps = (Step(name="dates"), Step(name="missing"))
        journal.open(Proposal(recipe="linear", params={"C": 0.1}, features=steps, folds=(0, 1), parent=1, move="tune"))
        journal.fact("doubts", ["which is the target"])
        journal.note("a note")
    return path


def test_facts_and_notes_are_read_as_written(path):
    assert history.facts(path) == {"doubts": ["which is the target"]}
    assert [note.text for note in history.notes(path)] == ["a note"]


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_leaves_garbage_collection_as_it_was(path, enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        history.read(path)
        assert gc.isenabled() is enabled
        assert gc.get_freeze_count() == 0
        gc.freeze()  # somebody else's
        history.read(path)
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        (gc.enable if before else gc.disable)()


def test_reading_neither_makes_nor_changes_a_file(path):
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    history.read(path)
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


def test_reading_works_in_a_folder_without_leave_to_write(path):
    path.parent.chmod(0o500)
    try:
        assert len(history.read(path)) == 2
    finally:
        path.parent.chmod(0o700)


def test_a_reader_sees_each_commit_of_a_writer_at_work(path):
    with Journal(path) as journal:
        journal.open(Proposal(recipe="dummy"))
        assert [e.number for e in history.read(path)] == [1, 2, 3]


def test_after_a_commit_cut_off_a_reader_sees_the_state_before_and_leaves_the_files_alone(path):
    child = subprocess.run([sys.executable, "-c", CUT_OFF, path], check=False)
    assert child.returncode == -signal.SIGKILL
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    assert before["journal.db-journal"]
    assert [note.text for note in history.notes(path)] == ["a note"]
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before
    with Journal(path) as journal:
        assert len(journal.notes()) == 1
    assert not (path.parent / "journal.db-journal").exists()


def test_a_frame_has_one_row_per_experiment_and_gaps_where_nothing_is_known(path):
    frame = history.frame(history.read(path))
    first, second = frame.to_dict("records")
    assert (first["number"], first["status"], first["score"], first["error"]) == (1, "done", 0.8, 0.02)
    assert (first["seconds"], first["work"], first["peak_mb"], first["verdict"]) == (2.0, 1.75, 100.0, "the first")
    assert (second["status"], second["parent"], second["move"], second["folds"]) == ("running", 1, "tune", (0, 1))
    assert (second["params"], second["features"]) == ({"C": 0.1}, "dates, missing")
    assert frame[["score", "error", "seconds", "work", "peak_mb"]].isna().sum(axis=1).tolist() == [0, 5]


def test_an_empty_history_makes_an_empty_frame_of_the_same_columns(path):
    full, empty = history.frame(history.read(path)), history.frame([])
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
