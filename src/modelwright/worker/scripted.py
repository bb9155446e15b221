"""Runs the recipe `script`: what free code needs is laid out for one fold, and its predictions are taken back.

What it gets is all it may know: the rows to fit on with their labels, the rows to predict without any, each in an order
of our own, so that neither a row's place nor its index tells anything; pictures under names of our own; other tables.
What it gives back are arrays, which are checked, put into the order of the rows and stored by us.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import checkpoints
from ..recipes.script import CODE
from ..records.experiment import Params, Status, Step
from ..sandboxes import choose
from ..sandboxes.cell import Cell, CellError
from ..turns import one_at_a_time
from ..workspace import write_whole
from .data import Data

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

CHUNK = 50_000  # rows predicted at once
PICTURES = "pictures"  # folder of a run in which free code finds pictures, under names that tell nothing


class ScriptError(Exception):
    """What became of free code that failed: a status, a sentence, and its own traceback."""

    def __init__(self, status: Status, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.status, self.traceback = status, traceback


@dataclass(frozen=True)
class Part:
    """Rows to be predicted, and where the prediction goes."""

    rows: "Array"
    file: Path


@dataclass
class Made:
    """What one fit gave, beside the files it left."""

    seconds: float
    learned: Params = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def fit(
    data: Data,
    folder: Path,
    params: Params,
    steps: Sequence[Step],
    rows: "Array",
    y: "Array",
    parts: Mapping[str, Part],
    *,
    seed: int,
    place: Path,
    model: Path | None = None,
) -> Made:
    """Fit free code on some rows and store what it predicts of others.

    Args:
        data: the run's data; `folder` is its folder, with what was decided of walls.
        folder: the data folder.
        params: those of the recipe; `code` is the source.
        steps: feature steps that are made for it, inside the wall too.
        rows: places of the rows to fit on, and `y` their targets.
        y: see rows.
        parts: what to predict, by name, in order.
        seed: of the order of rows, and of what free code draws without asking.
        place: folder for what it is given meanwhile, and for `log.txt`, which gets the beginning of its output.
        model: where to store the fitted model, which nobody outside will ever load.

    Raises:
        ScriptError: whatever went wrong inside, or that no wall is strong enough.
    """
    shut = choose.read(folder)
    if not shut.allowed:
        raise ScriptError(Status.FAILED, f"code is not run here: {shut.why or 'no wall is strong enough'}")
    started, random = time.monotonic(), np.random.default_rng([seed, len(rows)])
    orders = {name: random.permutation(len(part.rows)) for name, part in parts.items()}
    shuffled = random.permutation(len(rows))
    sequence = np.concatenate([rows[shuffled], *(part.rows[orders[name]] for name, part in parts.items())])
    with (
        tempfile.TemporaryDirectory(prefix="cell-", dir=place) as folder_of_cell,
        (place / "log.txt").open("ab") as log,
    ):
        cell = Path(folder_of_cell).resolve()
        read = _lay_out(cell, data, folder, params, sequence, y[shuffled], seed)
        _complete(
            cell,
            parts={name: len(part.rows) for name, part in parts.items()},
            keep=model is not None,
            params=params,
            steps=steps,
            seed=seed,
        )
        wall = choose.wall(shut.wall)
        hidden = [folder.resolve().parent, *([Path(data.problem.root)] if data.problem.root else [])]
        with Cell(wall, shut.limits, read=[cell, *read], hidden=hidden, log=log) as running:
            running.send({"do": "fit", "cell": str(cell)})
            answers = _answers(running)
            for name, part in parts.items():
                _store(data, next(answers), part, orders[name], name)
            if model is not None:
                write_whole(model, next(answers)[1])
            done, _ = next(answers)
    return Made(time.monotonic() - started, _plain(done.get("learned")), _texts(done.get("notes")))


def _answers(cell: Cell) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What comes from inside. Raises ScriptError for a failure there, and for an end without an answer."""
    while True:
        try:
            header, body = cell.receive()
        except CellError as error:
            memory = "memory" in str(error)
            raise ScriptError(Status.MEMORY if memory else Status.CRASHED, str(error), error.detail) from error
        if "error" in header:
            status = Status.MEMORY if header.get("memory") is True else Status.FAILED
            status = Status.INVALID if header.get("malformed") is True else status
            raise ScriptError(status, str(header["error"])[:500], str(header.get("traceback", ""))[-6000:])
        yield header, body


def _store(data: Data, answer: tuple[dict[str, Any], bytes], part: Part, order: "Array", name: str) -> None:
    """Check a prediction and store it in the order of the rows. Raises ScriptError for one that is none."""
    header, body = answer
    if header.get("part") != name:
        raise ScriptError(Status.INVALID, f"a prediction for {name} was expected")
    with tempfile.TemporaryDirectory(prefix="modelwright-answer-") as place:
        path = Path(place) / "prediction.npz"
        path.write_bytes(body)
        try:
            found = data.kind.load(path)
            flaw = data.kind.check(found, len(part.rows), data.problem)
        except Exception as error:  # any bytes may stand in what foreign code sent
            raise ScriptError(Status.INVALID, f"the prediction for {name} cannot be read: {error}") from error
    if flaw:
        raise ScriptError(Status.INVALID, f"{name}: {flaw}")
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    data.kind.save(part.file, found[back])


def _lay_out(
    cell: Path,
    data: Data,
    folder: Path,
    params: Params,
    sequence: "Array",
    y: "Array",
    seed: int,
) -> list[Path]:
    """Write what the code gets; returns what else it must be able to read."""
    cell.chmod(0o755)  # inside, another user may read
    table = data.features.iloc[sequence].reset_index(drop=True)
    read: list[Path] = []
    if (columns := paths_in(folder)) and any(name in table for name in columns):
        table, read = _with_neutral_paths(table, columns, folder, seed)
    table.to_feather(cell / "features.feather", compression="uncompressed")
    data.kind.save(cell / "target.npz", y)
    problem = data.problem.model_copy(update={"root": ""})
    (cell / "problem.json").write_text(problem.model_dump_json())
    (cell / "script.py").write_text(str(params.get(CODE, "")))
    if data.related is not None:
        rows = data.related.rows.iloc[sequence].reset_index(drop=True)
        rows.to_feather(cell / "rows.feather", compression="uncompressed")
        (cell / "tables").mkdir()
        for path in (folder / "tables").glob("*.feather"):
            _link(path, cell / "tables" / path.name)
    return [*read, *(path for path in map(Path, checkpoints.named(data.problem)) if path.is_dir())]


def _complete(
    cell: Path, *, parts: Mapping[str, int], keep: bool, params: Params, steps: Sequence[Step], seed: int
) -> None:
    """The page that tells what to do."""
    own = {name: value for name, value in params.items() if name != CODE}
    told = {"parts": dict(parts), "keep": keep, "params": {**own, "seed": seed}, "seed": seed, "chunk": CHUNK}
    told["steps"] = [step.model_dump() for step in steps]
    (cell / "cell.json").write_text(json.dumps(told))
    for path in cell.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def paths_in(folder: Path) -> list[str]:
    """The columns that hold paths of files, as the run's schema says."""
    schema = folder / "schema.json"
    if not schema.exists():
        return []
    return [f["name"] for f in json.loads(schema.read_text())["fields"] if f["role"] == "path"]


def _with_neutral_paths(
    table: "pd.DataFrame", columns: Sequence[str], folder: Path, seed: int
) -> "tuple[pd.DataFrame, list[Path]]":
    """The table with pictures under names of our own: a folder or a name may tell the class."""
    place = folder / PICTURES
    (place / "files").mkdir(parents=True, exist_ok=True)
    with one_at_a_time(place / "lock"):
        names: dict[str, str] = (
            json.loads((place / "names.json").read_text()) if (place / "names.json").exists() else {}
        )
        wanted = sorted(
            {str(path) for name in columns if name in table for path in table[name].dropna()} - names.keys()
        )
        order = np.random.default_rng([seed, len(names)]).permutation(len(wanted))
        for rank, position in enumerate(order, start=len(names)):
            source = Path(wanted[position])
            target = place / "files" / f"{rank:07d}{source.suffix if source.is_file() else ''}"
            _link(source, target)
            names[wanted[position]] = str(target.resolve())
        if wanted:
            write_whole(place / "names.json", json.dumps(names))
    changed = {name: table[name].map(lambda path: names.get(str(path))) for name in columns if name in table}
    return table.assign(**changed), [place / "files"]


def _link(source: Path, target: Path) -> None:
    """A hard link where that can be, else a copy; of a folder its files."""
    if source.is_dir():
        target.mkdir(exist_ok=True)
        for path in source.iterdir():
            if path.is_file():
                _link(path, target / path.name)
        return
    try:
        os.link(source.resolve(), target)
    except FileExistsError:
        return
    except OSError:
        shutil.copyfile(source, target)


def _plain(value: object) -> Params:
    """What it says it has learnt: numbers and words only."""
    if not isinstance(value, dict):
        return {}
    kept = {str(k): v for k, v in list(value.items())[:50] if isinstance(v, str | int | float | bool)}
    return {k: v for k, v in kept.items() if k != CODE}


def _texts(value: object) -> list[str]:
    return [str(item)[:500] for item in value[:50]] if isinstance(value, list) else []
