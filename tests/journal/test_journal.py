import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelwright.errors import RunError
from modelwright.journal import history
from modelwright.journal.journal import Journal, in_use
from modelwright.records.experiment import FoldCost, Outcome, Proposal, Rule, Score, Status, Step

from ..pace import takes_less_than

PROPOSAL = Proposal(
    recipe="lightgbm",
    params={"learning_rate": 0.1, "num_leaves": 31, "names": ["a", "b"], "none": None},
    features=(Step(name="dates", params={"hour": True}),),
    folds=(0, 2),
    move="tune",
    reason='smaller steps, "as they say": ünïcode\nand a second line',
)
SCORE = Score(value=0.5, error=0.01, folds={0: 0.49, 2: 0.51}, replicates=(0.5, 0.501), rule=Rule(name="threshold"))

# opens and closes experiments and says so; a number is printed only when the call has returned
WRITER = """
import sys
from pathlib import Path
from modelwright.journal.journal import Journal
from modelwright.records.experiment import Outcome, Proposal, Score, Status
with Journal(Path(sys.argv[1])) as journal:
    print("ready", flush=True)
    while True:
        number = journal.open(Proposal(recipe="r", reason="x" * 3000)).number
        print("opened", number, flush=True)
        outcome = Outcome(number=number, status=Status.DONE, traceback="y" * 3000)
        journal.close(outcome, Score(value=number, error=0.0))
        print("closed", number, flush=True)
"""

HOLDER = """
import sys
from pathlib import Path
from modelwright.journal.journal import Journal
with Journal(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def done(number, **more):
    return Outcome(number=number, status=Status.DONE, **more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path):
    with Journal(path, create=True) as journal:
        yield journal


def test_numbers_count_from_one_and_a_new_experiment_runs(journal):
    first, second = journal.open(PROPOSAL), journal.open(PROPOSAL)
    assert (first.number, second.number) == (1, 2)
    assert first.status is Status.RUNNING
    assert first.started <= second.started <= time.time()


def test_what_was_written_is_read_back_unchanged(journal, path):
    outcome = done(1, error="none", costs=(FoldCost(fold=0, fit=1.5, predict=0.5),), learned={"n": 3}, notes=("a",))
    journal.open(PROPOSAL)
    journal.close(outcome, SCORE, "better than 0 by a hair")
    journal.open(PROPOSAL.model_copy(update={"parent": 1}))
    before = journal.history()
    journal.close_connection()
    with Journal(path) as again:
        assert again.history() == before
    assert history.read(path) == before


def test_numbers_that_are_not_finite_survive(journal, path):
    journal.open(PROPOSAL)
    journal.close(done(1), Score(value=float("inf"), error=float("nan")))
    (read,) = history.read(path)
    assert read.score.value == float("inf")
    assert read.score.error != read.score.error


def test_a_failure_is_kept_without_a_score(journal):
    journal.open(PROPOSAL)
    closed = journal.close(Outcome(number=1, status=Status.MEMORY, error="3 GB of 2 GB"), None, "failed")
    assert (closed.status, closed.score, closed.verdict) == (Status.MEMORY, None, "failed")
    assert closed.ended >= closed.started


def test_a_finished_experiment_cannot_be_closed_again(journal):
    journal.open(PROPOSAL)
    journal.close(done(1), SCORE)
    with pytest.raises(RunError, match="experiment 1 is done already"):
        journal.close(Outcome(number=1, status=Status.FAILED))
    assert journal.get(1).status is Status.DONE


def test_the_file_itself_refuses_to_change_or_delete_what_is_finished(journal, path):
    journal.open(PROPOSAL)
    journal.close(done(1), SCORE)
    journal.close_connection()
    other = sqlite3.connect(path)
    for statement in ("UPDATE experiments SET score = NULL", "DELETE FROM experiments"):
        with pytest.raises(sqlite3.IntegrityError, match="not"):
            other.execute(statement)
    other.close()


def test_an_outcome_that_is_still_running_is_our_bug(journal):
    journal.open(PROPOSAL)
    with pytest.raises(AssertionError):
        journal.close(Outcome(number=1, status=Status.RUNNING))


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_unknown_number_is_named(journal, number):
    journal.open(PROPOSAL)
    with pytest.raises(RunError, match=f"no experiment {number}"):
        journal.get(number)


def test_lost_experiments_are_closed_as_lost(journal):
    for _ in range(3):
        journal.open(PROPOSAL)
    journal.close(done(2), SCORE)
    journal.lost([1, 3])
    assert [e.status for e in journal.history()] == [Status.LOST, Status.DONE, Status.LOST]


def test_a_history_in_hand_does_not_change(journal):
    before = journal.history()
    journal.open(PROPOSAL)
    assert before == []


def test_an_interrupted_write_leaves_file_and_memory_in_agreement(journal, path, monkeypatch):
    def interrupted(statement, row):
        write(statement, row)
        raise KeyboardInterrupt

    write = journal._write
    monkeypatch.setattr(journal, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        journal.open(PROPOSAL)
    monkeypatch.undo()
    assert journal.open(PROPOSAL).number == 2
    assert journal.history() == history.read(path)


def test_a_later_fact_takes_the_place_of_an_earlier_one(journal):
    journal.fact("run", {"seed": 0, "machine": ["a", 1.5, None]})
    journal.fact("end", 1)
    journal.fact("run", {"seed": 1})
    assert journal.facts() == {"run": {"seed": 1}, "end": 1}


def test_a_count_begins_at_one(journal):
    assert [journal.add_count("seal.opened") for _ in range(3)] == [1, 2, 3]
    assert journal.facts() == {"seal.opened": 3}


def test_notes_come_back_in_order_with_their_time(journal):
    journal.note("linear models level off")
    journal.note("trees do not")
    assert [text for _, text in journal.notes()] == ["linear models level off", "trees do not"]
    assert journal.notes()[0].at <= journal.notes()[1].at <= time.time()


def test_a_second_journal_in_this_process_is_refused(journal, path):
    with pytest.raises(RunError, match="this process already"):
        Journal(path)
    journal.open(PROPOSAL)
    journal.close_connection()
    with Journal(path) as again:
        assert len(again.history()) == 1


def test_a_writer_of_another_process_is_refused_until_that_process_is_gone(journal, path):
    journal.close_connection()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], **pipes) as child:
        assert child.stdout.readline() == "ready\n"
        with pytest.raises(RunError, match=f"in use by process {child.pid}"):
            Journal(path)
        assert history.read(path) == []  # reading goes on meanwhile
        child.kill()
    Journal(path).close_connection()


def test_a_file_that_is_there_is_not_overwritten(journal, path):
    journal.close_connection()
    with pytest.raises(RunError, match="there already"):
        Journal(path, create=True)


def test_creation_cut_off_before_the_first_byte_can_be_repeated(path):
    path.touch()
    with Journal(path, create=True) as journal:
        assert journal.history() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a database" * 100, b"number,score\n1,2\n"])
@pytest.mark.parametrize("opener", [Journal, history.read])
def test_a_file_of_another_sort_is_refused_and_left_as_it_is(path, content, opener):
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"journal\.db"):
        opener(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("opener", [Journal, history.read])
def test_a_missing_file_is_named_and_not_made(path, opener):
    with pytest.raises(RunError, match=r"journal\.db does not exist"):
        opener(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("opener", [Journal, history.read])
def test_a_newer_schema_is_refused(journal, path, opener):
    journal.close_connection()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(RunError, match="schema 99"):
        opener(path)


def test_a_row_of_a_later_version_is_named(journal, path):
    journal.open(PROPOSAL)
    journal._write("UPDATE experiments SET proposal = ?", ('{"recipe": "a", "mood": 1}',))
    with pytest.raises(RunError, match=r"mood|Extra inputs"):
        history.read(path)


def test_killed_at_any_moment_the_journal_keeps_what_was_committed(path):
    Journal(path, create=True).close_connection()
    random_source = random.Random(0)
    total = 0
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "ready\n"
            time.sleep(random_source.uniform(0.005, 0.15))
            child.send_signal(signal.SIGKILL)
            said = [line.split() for line in child.stdout if line.endswith("\n")]
        opened = max((int(n) for word, n in said if word == "opened"), default=total)
        closed = {int(n) for word, n in said if word == "closed"}
        seen = history.read(path)  # before a writer cleans up
        with Journal(path) as journal:
            experiments = journal.history()
            assert seen == experiments
            assert opened <= len(experiments) <= opened + 1
            assert closed <= {e.number for e in experiments if e.status is Status.DONE}
            assert all(e.score.value == e.number for e in experiments if e.status is Status.DONE)
            journal.lost([e.number for e in experiments if e.status is Status.RUNNING])
            assert journal._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        total = len(experiments)
    assert total > 5


@pytest.mark.alone
def test_ten_thousand_experiments_open_within_a_second(path):
    replicates = tuple(0.5 + i / 1000 for i in range(20))
    score = SCORE.model_copy(update={"replicates": replicates})
    with Journal(path, create=True) as journal:
        proposal, outcome = PROPOSAL.model_dump_json(), done(1, costs=(FoldCost(fold=0, fit=1.0, predict=1.0),) * 5)
        row = (proposal, "done", outcome.model_dump_json(), score.model_dump_json(), "better", 1.5, 2.5)
        columns = "proposal, status, outcome, score, verdict, started, ended"
        journal._connection.execute(f"INSERT INTO experiments ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        journal._connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO experiments "
            f"SELECT i, {columns} FROM experiments, n"
        )

    def read() -> None:
        with Journal(path) as journal:
            assert len(journal.history()) == 10_000

    assert takes_less_than(1, read)


def test_a_journal_is_in_use_while_a_writer_has_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal(path, create=True):
        assert in_use(path)
    assert not in_use(path)


def test_a_journal_is_in_use_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path, create=True).close_connection()
    code = (
        "import sys; from modelwright.journal.journal import Journal\n"
        f"j = Journal({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert in_use(path)
        writer.communicate()
    assert not in_use(path)
