"""Read-only views of a journal, for the report, the command line and whoever looks on while a run goes on.

Nothing here creates or changes a file of the run.
"""

import gc
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ..errors import RunError
from ..records.base import JsonValue
from ..records.call import Call
from ..records.experiment import Experiment, Proposal, Status
from . import schema

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = "number, proposal, status, outcome, score, verdict, started, ended"


class Note(NamedTuple):
    """One line of what was learned; `at` is in seconds since the epoch."""

    at: float
    text: str


def read(path: Path) -> list[Experiment]:
    """All experiments in order of their numbers. Raises RunError for a file that is not a journal."""
    with _reading(path) as connection:
        return load_experiments(connection)


def facts(path: Path) -> dict[str, JsonValue]:
    """All facts by name, in the order in which they were first written. Raises RunError as `read` does."""
    with _reading(path) as connection:
        return load_facts(connection)


def notes(path: Path) -> list[Note]:
    """All notes, oldest first. Raises RunError as `read` does."""
    with _reading(path) as connection:
        return load_notes(connection)


def calls(path: Path) -> list[Call]:
    """All calls of language models, oldest first. Raises RunError as `read` does."""
    with _reading(path) as connection:
        return load_calls(connection)


def load_experiments(connection: sqlite3.Connection) -> list[Experiment]:
    """All experiments of an open journal. Raises RunError for rows that are no experiments.

    Each row is put together as JSON text and parsed by pydantic's own parser: 10,000 take a second on a slow core.
    One by one, since all as one text take a quarter longer, and 242 MB instead of 136 (docs/log.md).
    """
    parse, found = _experiment().validate_json, []
    with _no_collection():
        for row in connection.execute(f"SELECT {COLUMNS} FROM experiments ORDER BY number"):  # noqa: S608 - a constant
            try:
                found.append(parse(_as_json(row)))
            except ValidationError as error:
                raise RunError(
                    f"the journal holds an experiment this version cannot read (experiment {row[0]}: "
                    f"{error.errors(include_url=False)[0]['msg']}): open it with the version that wrote it."
                ) from error
    return found


def load_calls(connection: sqlite3.Connection) -> list[Call]:
    """All calls of language models of an open journal; none in one that an older version wrote."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'calls'").fetchone():
        return []
    return [Call.model_validate_json(text) for (text,) in connection.execute("SELECT call FROM calls ORDER BY id")]


def load_facts(connection: sqlite3.Connection) -> dict[str, JsonValue]:
    """All facts of an open journal."""
    rows = connection.execute("SELECT name, value FROM facts ORDER BY rowid")
    return {name: json.loads(value) for name, value in rows}


def load_notes(connection: sqlite3.Connection) -> list[Note]:
    """All notes of an open journal."""
    return [Note(*row) for row in connection.execute("SELECT at, text FROM notes ORDER BY id")]


def frame(experiments: Iterable[Experiment]) -> "pd.DataFrame":
    """One row per experiment, for people and notebooks.

    `score` is the mean over folds and `error` its standard error (both missing without a score); `seconds` is wall
    time and `work` the part spent in features, fit and predict; `folds` is a tuple; `features` names the steps.
    """
    import pandas as pd

    table = pd.DataFrame([_frame_row(e) for e in experiments], columns=list(_frame_row(_NOTHING)))
    floats = ["score", "error", "seconds", "work", "peak_mb"]
    return table.astype({"number": "int64", "parent": "Int64", **dict.fromkeys(floats, "float64")})


_NOTHING = Experiment(number=0, proposal=Proposal(recipe=""), status=Status.RUNNING)  # has the columns of a frame


def _frame_row(experiment: Experiment) -> dict[str, Any]:
    proposal, outcome, score = experiment.proposal, experiment.outcome, experiment.score
    return {
        "number": experiment.number,
        "status": str(experiment.status),
        "recipe": proposal.recipe,
        "move": proposal.move,
        "reason": proposal.reason,
        "parent": proposal.parent,
        "folds": proposal.folds,
        "score": score.value if score else None,
        "error": score.error if score else None,
        "seconds": outcome.seconds if outcome else None,
        "work": outcome.work if outcome else None,
        "peak_mb": outcome.peak_mb if outcome else None,
        "verdict": experiment.verdict,
        "params": proposal.params,
        "features": ", ".join(step.title for step in proposal.features),
    }


def _as_json(row: tuple[Any, ...]) -> str:
    number, proposal, status, outcome, score, verdict, started, ended = row
    return (
        f'{{"number":{number},"proposal":{proposal},"status":"{status}","outcome":{outcome or "null"},'
        f'"score":{score or "null"},"verdict":{json.dumps(verdict)},"started":{started},'
        f'"ended":{"null" if ended is None else ended}}}'
    )


@lru_cache
def _experiment() -> TypeAdapter[Experiment]:
    return TypeAdapter(Experiment)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: it would walk the growing list again and again and find nothing.

    Nor at once afterwards: what was made counts as old then, without a walk.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # else what somebody else has frozen would thaw
            gc.freeze()
            gc.unfreeze()
        if enabled:
            gc.enable()


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a checked journal; a writer may be at work at the same time."""
    path = Path(path)
    if not path.is_file():
        raise RunError(f"{path} does not exist: give the folder of a run.")
    with tempfile.TemporaryDirectory(prefix="modelwright-") as spare, closing(_connect(path)) as connection:
        if _cut_off(connection):
            with closing(_copy(path, Path(spare))) as copy:
                schema.check(copy, str(path))
                yield copy
        else:
            schema.check(connection, str(path))
            yield connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)


def _cut_off(connection: sqlite3.Connection) -> bool:
    """Whether the writer was killed in the middle of a commit, which a read-only reader must not clean up."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return "readonly" in str(error) or "unable to open" in str(error)
    except sqlite3.DatabaseError:
        return False  # not a database: the check of the schema says so in words
    return False


def _copy(path: Path, folder: Path) -> sqlite3.Connection:
    """A connection to a copy, in which SQLite rolls the half-written commit back."""
    for name in (path.name, f"{path.name}-journal"):
        if (path.parent / name).exists():
            shutil.copyfile(path.parent / name, folder / name)
    return sqlite3.connect(folder / path.name, isolation_level=None)
