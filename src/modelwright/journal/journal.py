"""The only writer of a run's journal: every experiment, fact and note, committed before the call returns.

A process may be killed at any moment: what was committed is there when the journal is opened again, and a commit cut
off in the middle is rolled back by SQLite. One process writes at a time; others may read (see `history`).
"""

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from ..errors import RunError
from ..records.base import JsonValue
from ..records.call import Call
from ..records.experiment import Experiment, Outcome, Proposal, Score, Status
from . import schema
from .history import Note, load_calls, load_experiments, load_facts, load_notes

_held: set[Path] = set()  # lock files of this process: a POSIX lock does not keep a process from itself


class Journal:
    """The journal of one run, open for writing. Close it with `close_connection` or a `with` block.

    Args:
        path: the file, `journal.db` of a run folder. Beside it lies `journal.db.lock`.
        create: make a new journal; otherwise there must be one.

    Raises:
        RunError: the file is not a journal, has a newer schema, is missing or there already, or another writer has it.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        self.path = Path(path).resolve()
        if not create and not self.path.is_file():
            raise RunError(f"{path} does not exist: give the folder of a run.")
        if create and self.path.exists() and self.path.stat().st_size:
            raise RunError(f"{path} is there already: choose another folder, or continue that run with `resume`.")
        self._lock: IO[str] | None = _lock(self.path.with_name(self.path.name + ".lock"))
        self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            schema.migrate(self._connection, 0 if create else schema.check(self._connection, str(path)))
            self._experiments = load_experiments(self._connection)
        except BaseException:
            self.close_connection()
            raise

    def __repr__(self) -> str:
        return f"Journal({str(self.path)!r}, experiments={len(self._experiments)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_connection()

    def close_connection(self) -> None:
        """Close the file and let other writers in. Safe to call twice."""
        self._connection.close()
        if self._lock is not None:
            _unlock(self._lock)
            self._lock = None

    def open(self, proposal: Proposal) -> Experiment:
        """Write down that this is going to be run, under the next number (from 1)."""
        experiment = Experiment(
            number=len(self._experiments) + 1, proposal=proposal, status=Status.RUNNING, started=time.time()
        )
        row = (experiment.number, proposal.model_dump_json(), experiment.status, experiment.started)
        return self._record(
            experiment, "INSERT INTO experiments (number, proposal, status, started) VALUES (?, ?, ?, ?)", row
        )

    def close(self, outcome: Outcome, score: Score | None = None, verdict: str = "") -> Experiment:
        """Write down what became of a running experiment; from then on its record does not change.

        Raises:
            RunError: no experiment has that number, or it is finished already.
        """
        assert outcome.status is not Status.RUNNING, "an outcome is final"
        running = self.get(outcome.number)
        if running.status is not Status.RUNNING:
            raise RunError(f"experiment {outcome.number} is {running.status} already: finished records do not change.")
        change = {"outcome": outcome, "score": score, "verdict": verdict}
        closed = running.model_copy(update={**change, "status": outcome.status, "ended": time.time()})
        row = (
            closed.status,
            outcome.model_dump_json(),
            score.model_dump_json() if score else None,
            verdict,
            closed.ended,
            closed.number,
        )
        return self._record(
            closed, "UPDATE experiments SET status=?, outcome=?, score=?, verdict=?, ended=? WHERE number=?", row
        )

    def lost(self, numbers: Iterable[int]) -> list[Experiment]:
        """Close running experiments whose process is gone, as a resumed run finds them."""
        error = "its process was gone when the run was resumed"
        return [self.close(Outcome(number=n, status=Status.LOST, error=error)) for n in numbers]

    def get(self, number: int) -> Experiment:
        """The experiment of that number. Raises RunError if there is none."""
        if not 1 <= number <= len(self._experiments):
            raise RunError(f"there is no experiment {number}: this run has {len(self._experiments)}.")
        return self._experiments[number - 1]

    def history(self) -> list[Experiment]:
        """All experiments in order, running ones too; a copy of what is kept in memory, so cheap."""
        return list(self._experiments)

    def fact(self, name: str, value: JsonValue) -> None:
        """Write down a fact under a name; a later value takes the place of an earlier one."""
        self._write(
            "INSERT INTO facts VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
            (name, json.dumps(value), time.time()),
        )

    def facts(self) -> dict[str, JsonValue]:
        """All facts by name."""
        return load_facts(self._connection)

    def add_count(self, name: str) -> int:
        """Add one to the fact of that name (0 where there is none) and give the new count."""
        count = self.facts().get(name, 0)
        assert isinstance(count, int), f"fact {name!r} is not a count"
        self.fact(name, count + 1)
        return count + 1

    def note(self, text: str) -> None:
        """Write down what was learned, for the person who reads this journal."""
        self._write("INSERT INTO notes (at, text) VALUES (?, ?)", (time.time(), text))

    def call(self, call: Call) -> None:
        """Write down what was asked of a language model."""
        self._write("INSERT INTO calls (at, call) VALUES (?, ?)", (call.at, call.model_dump_json()))

    def calls(self) -> list[Call]:
        """All calls of language models, oldest first."""
        return load_calls(self._connection)

    def notes(self) -> list[Note]:
        """All notes, oldest first."""
        return load_notes(self._connection)

    def _record(self, experiment: Experiment, statement: str, row: tuple[object, ...]) -> Experiment:
        """Write an experiment to the file, then to memory; a Ctrl-C between the two leaves them in agreement."""
        try:
            self._write(statement, row)
            self._experiments[experiment.number - 1 : experiment.number] = [experiment]
        except BaseException:
            self._experiments = load_experiments(self._connection)
            raise
        return experiment

    def _write(self, statement: str, row: tuple[object, ...]) -> None:
        with schema.transaction(self._connection):
            self._connection.execute(statement, row)


def _lock(path: Path) -> IO[str]:
    """Take the lock file, which the system gives back when this process ends, however it ends.

    A POSIX record lock, because a forked child does not inherit it: no orphan can keep a run locked.
    """
    if path in _held:
        raise RunError(f"{path.parent} is open for writing in this process already: close that journal first.")
    file = path.open("a+")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise RunError(f"{path.parent} is in use by process {owner}: wait until it ends, or stop it.") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    _held.add(path)
    return file


def in_use(path: Path) -> bool:
    """Whether a process, this one or another, has the journal open for writing."""
    lock = Path(path).resolve().with_name(Path(path).name + ".lock")
    if lock in _held:
        return True
    try:
        with lock.open() as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _unlock(file: IO[str]) -> None:
    with suppress(KeyError):
        _held.remove(Path(file.name))
    file.close()  # closing gives the lock back
