"""What a worker reads of a run, kept warm: the data folder, and tables that feature steps made of all its rows.

Tables are read through memory maps of uncompressed feather files, so that all workers of a machine share one copy of
the numbers, and what a candidate writes into a shared column raises instead of reaching the next job.
"""

import hashlib
import json
import os
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import plugins
from ..records.experiment import Step
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..turns import one_at_a_time

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Kind, Related

TABLES = 4  # tables of feature steps that a warm process keeps at hand
RECORDS = ("problem.json", "plan.json", "layout.json")
FILES = (*RECORDS, "features.feather", "target.npz", "folds.npy", "groups.npy", "opened.npz")


@dataclass(frozen=True, eq=False)
class Data:
    """The data folder of one run. Rows of `features` are [visible | holdout | test]."""

    problem: Problem
    plan: ValidationPlan
    kind: "Kind"
    features: "pd.DataFrame"
    target: "Array"  # of the visible rows
    opened: "Array | None"  # of the holdout rows, once the seal was opened
    folds: "Array"  # fold of each place: of the visible rows, once for each repeat
    visible: int
    holdout: int
    test: int
    fingerprint: str  # changes with the features
    related: "Related | None" = None  # the other tables, where there are some
    groups: "Array | None" = None  # of the visible rows, as codes, where the folds are made of groups

    @property
    def asked(self) -> "Array":
        """Rows every fold predicts beside its own: [holdout | test]."""
        return np.arange(self.visible, self.visible + self.holdout + self.test)


@dataclass(frozen=True, eq=False)
class Made:
    """A table for all rows, and the fitted feature steps that made it."""

    table: "pd.DataFrame"
    steps: tuple[Any, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # that each step took to make, by its title


class Shelf:
    """What one warm process keeps from job to job."""

    def __init__(self) -> None:
        self.threads = int(os.environ.get("OMP_NUM_THREADS", "0"))  # that libraries have been told to use
        self._data: tuple[object, Data] | None = None
        self._made: OrderedDict[str, Made] = OrderedDict()

    def data(self, folder: Path) -> Data:
        """The data folder, read again only when one of its files has changed."""
        key = (folder.resolve(), tuple(_stamp(folder / name) for name in FILES))
        if self._data is None or self._data[0] != key:
            self._data = None  # the old one goes before the new one comes
            self._made.clear()
            self._data = (key, read(folder))
        return self._data[1]

    def made(self, data: Data, steps: Sequence[Step], cache: Path) -> Made:
        """The table that steps without labels make of all rows: from memory, from the cache folder, or computed.

        Where another worker makes this table at this moment, it is waited for: what takes long (embeddings of texts)
        would take twice as long on cores that both share, and be made twice.
        """
        if not steps:
            return Made(data.features)
        if (found := self._find(data, steps, cache)) is not None:
            return found
        with one_at_a_time(cache / f"{table_key(data, steps)}.lock"):
            return self._find(data, steps, cache) or self._make(data, steps, cache)

    def _make(self, data: Data, steps: Sequence[Step], cache: Path) -> Made:
        """Computed from the longest run of leading steps that is there already.

        What was computed is read back from its file, so that a table is the same whether it was cached or not.
        """
        for known in range(len(steps) - 1, 0, -1):
            if (found := self._find(data, steps[:known], cache)) is not None:
                break
        else:
            known, found = 0, Made(data.features)
        table, fitted, seconds = found.table, list(found.steps), dict(found.seconds)
        for step in steps[known:]:
            started = time.monotonic()
            transformer = make_step(step, data.related)
            table = transformer.fit(table).transform(table)
            fitted.append(transformer)
            seconds[step.title] = time.monotonic() - started
        _write(cache / table_key(data, steps), table, (fitted, seconds))
        made = self._find(data, steps, cache)
        assert made is not None
        return made

    def _find(self, data: Data, steps: Sequence[Step], cache: Path) -> Made | None:
        key = table_key(data, steps)
        path = cache / f"{key}.feather"
        if key not in self._made and path.exists():
            import joblib

            steps_of, seconds = joblib.load(path.with_suffix(".joblib"))
            self._made[key] = Made(_read_table(path), tuple(steps_of), seconds)
            while len(self._made) > TABLES:
                self._made.popitem(last=False)
        if key in self._made:
            self._made.move_to_end(key)
        return self._made.get(key)


def read(folder: Path) -> Data:
    """Read the data folder of a run."""
    problem = Problem.model_validate_json((folder / "problem.json").read_bytes())
    kind: Kind = plugins.load("kinds", problem.kind)
    layout = json.loads((folder / "layout.json").read_text())
    opened, groups = folder / "opened.npz", folder / "groups.npy"
    return Data(
        problem=problem,
        plan=ValidationPlan.model_validate_json((folder / "plan.json").read_bytes()),
        kind=kind,
        features=_read_table(folder / "features.feather"),
        target=kind.load(folder / "target.npz"),
        opened=kind.load(opened) if opened.exists() else None,
        folds=np.load(folder / "folds.npy"),
        visible=layout["visible"],
        holdout=layout["holdout"],
        test=layout["test"],
        fingerprint=repr(_stamp(folder / "features.feather")),
        related=_related(folder, problem),
        groups=np.load(groups) if groups.exists() else None,
    )


def make_step(step: Step, related: "Related | None" = None) -> Any:
    """The unfitted transformer of one feature step; one that reads other tables is handed them."""
    transformer = plugins.load("features", step.name)(**step.params)
    if related is not None and hasattr(transformer, "bind"):
        transformer.bind(related)
    return transformer


def _related(folder: Path, problem: Problem) -> "Related | None":
    """The other tables of a run, each read when a step asks for it."""
    if not problem.relations:
        return None
    from ..interfaces import Related

    rows = _read_table(folder / "rows.feather")
    return Related(problem.relations, rows, lambda name: _read_table(folder / "tables" / f"{name}.feather"))


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of a file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def table_key(data: Data, steps: Sequence[Step]) -> str:
    """Name in the cache of the table that these steps make of these data."""
    text = json.dumps([data.fingerprint, *(step.model_dump() for step in steps)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_table(path: Path) -> "pd.DataFrame":
    from pyarrow import feather

    table: pd.DataFrame = feather.read_table(path, memory_map=True).to_pandas(split_blocks=True)
    return table


def _write(stem: Path, table: "pd.DataFrame", steps: tuple[list[Any], dict[str, float]]) -> None:
    """Write a table, and its steps with the seconds each took, whole; the table last, since a reader looks for it."""
    import joblib
    from pyarrow import feather

    stem.parent.mkdir(parents=True, exist_ok=True)
    partial = stem.with_name(f".{stem.name}.{os.getpid()}.partial")
    joblib.dump(steps, str(partial))
    partial.replace(stem.with_name(stem.name + ".joblib"))
    feather.write_feather(table, str(partial), compression="uncompressed")
    partial.replace(stem.with_name(stem.name + ".feather"))
