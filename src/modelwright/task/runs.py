"""Masks of training pictures written as run lengths in a table: a row for each picture, each thing, or each class.

Covered: a column of strings `start length start length ...` beside one that names pictures; several rows of a picture,
drawn into one mask; a column of classes; names of pictures with the class behind them (`sky_7.jpg_Fish`).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import pictures as files_of_pictures
from ..errors import TaskError
from ..kinds import rle
from .catalog import Tables
from .folder import Folder
from .layout import Layout
from .masks import Scenes
from .pictures import TEST_PART, Files, list_files, naming_column, paths, unlisted

NAME = re.compile(r"rle|run.?length|encoded|pixels|mask|segmentation|annotation", re.IGNORECASE)
EMPTY = frozenset({"", "-", "-1", "nan", "none", "empty"})
LOOK_AT = 60  # cells, and values of a column, that are tried
ENOUGH = 0.9  # share of the cells that must be runs; what others are is told with their line
DRAWN = 12  # masks that are drawn both ways to see which runs are meant
MOST_CLASSES = 64
PLAINER = 0.8  # times the edges of the other way that those of the right one have at most
BETWEEN = "_-:|#/"

Runs = dict[str, dict[str, list[str]]]  # name of a picture -> value of a class -> cells


@dataclass(frozen=True)
class _Written:
    """Where a table holds run lengths."""

    cells: str  # the column of them
    names: "pd.Series[Any]"  # of the pictures, row by row
    column: str  # which holds the names
    classes: "pd.Series[Any] | None"  # what each row marks, as text
    apart: str  # the column of classes; "" where they stand behind the name, or there are none


def find_drawn(folder: Folder, layout: Layout, tables: Tables, targets: Sequence[str] = ()) -> Scenes | None:
    """Pictures and masks of a task whose training table holds run lengths; None where this is no such task.

    Args:
        folder: the task.
        layout: which table is which; of tables with runs the first is taken where none is known to be that of training.
        tables: as read.
        targets: columns that the user named.

    Raises:
        TaskError: for pictures that are missing, and runs that leave their picture.
    """
    candidates = [t for t in folder.tables if t not in (layout.sample, layout.test)]
    candidates = [t for t in [layout.train, *candidates] if t is not None]
    if not candidates or not any(NAME.search(str(c)) for t in candidates for c in tables[t].columns):
        return None
    files = next((f for f in list_files(folder) if f.sort == "pictures"), None)
    if files is None:
        return None
    sample = tables[layout.sample] if layout.sample else None
    for path in dict.fromkeys(candidates):
        written = _written(tables[path], files, sample, targets)
        if written is not None:
            wanted = tables[layout.test] if layout.test else sample
            return _scenes(written, tables[path], path, folder, files, wanted)
    return None


def _written(table: pd.DataFrame, files: Files, sample: pd.DataFrame | None, targets: Sequence[str]) -> _Written | None:
    """The columns of runs, names and classes; None where the table has no such."""
    cells = [str(c) for c in table.columns if table[c].dtype.kind == "O" and (NAME.search(str(c)) or c in targets)]
    for name in (c for c in cells if _holds_runs(table[c])):
        rest = [str(c) for c in table.columns if c != name]
        column = naming_column(files, table, rest, "train")
        if column is not None:
            apart = _class_column(table, [c for c in rest if c != column], sample)
            return _Written(name, table[column].astype(str), column, table[apart].map(_text) if apart else None, apart)
        for column in (c for c in rest if table[c].dtype.kind == "O"):
            split = _split(table[column].astype(str), files)
            if split is not None:
                return _Written(name, split[0], column, split[1], "")
    return None


def _holds_runs(values: "pd.Series[Any]") -> bool:
    filled = values.dropna().astype(str).str.strip()
    some = filled[~filled.str.lower().isin(EMPTY)].head(LOOK_AT)
    return len(some) > 0 and sum(_runs(cell) is not None for cell in some) >= ENOUGH * len(some)


def _runs(cell: str) -> "np.ndarray[Any, Any] | None":
    """Starts and lengths (runs, 2), in order and apart; None for something else."""
    words = cell.split()
    if not words or len(words) % 2 or not all(w.isascii() and w.isdigit() for w in words):
        return None
    runs = np.array(words, dtype=np.int64).reshape(-1, 2)
    return runs if (runs[:, 1] > 0).all() and (runs[1:, 0] >= runs[:-1].sum(axis=1)).all() else None


def _class_column(table: pd.DataFrame, names: Sequence[str], sample: pd.DataFrame | None) -> str:
    """The column that says what a row marks: one that the sample has too; "" for none."""
    for name in names:
        if sample is not None and name in sample.columns and 2 <= table[name].nunique() <= MOST_CLASSES:
            return name
    return ""


def _split(
    values: "pd.Series[str]", files: Files, part: str = "train"
) -> "tuple[pd.Series[Any], pd.Series[Any]] | None":
    """Names of pictures and what stands behind them, where there are few such endings; else None."""
    some = values.iloc[:: max(1, len(values) // LOOK_AT)]
    for mark in BETWEEN:
        parts = [v.rpartition(mark) for v in some]
        if all(head and tail and files.find(head, part) is not None for head, _, tail in parts):
            both = values.str.rpartition(mark)
            return (both[0], both[2]) if 2 <= both[2].nunique() <= MOST_CLASSES else None
    return None


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _scenes(
    written: _Written, table: pd.DataFrame, path: Path, folder: Folder, files: Files, wanted: pd.DataFrame | None
) -> Scenes:
    """The masks of each picture as cells that the kind reads, and the pictures wanted."""
    values = _values(written, wanted, files)
    cells = table[written.cells].fillna("").astype(str).str.strip()
    cells = cells.where(~cells.str.lower().isin(EMPTY), "")
    marked = written.classes if written.classes is not None else pd.Series("", index=table.index)
    runs: Runs = {}
    for row, (name, what, cell) in enumerate(zip(written.names, marked, cells, strict=True)):
        own = runs.setdefault(name, {})
        if cell:
            if _runs(cell) is None:
                raise TaskError(f"{path.name}, line {row + 2}: {cell[:40]!r} is no list of runs: correct it.")
            own.setdefault(str(values.get(what, 1)), []).append(cell)
    places = dict(zip(runs, paths(files, pd.Series(list(runs), name=written.column), "train", path.name), strict=True))
    asked = _asked(wanted, written, files)
    notes = []
    if all(cells) and asked:  # every row marks something: pictures of nothing cannot be listed
        notes = _add_empty(runs, places, files, {*asked.values()}, path)
    sizes = {name: _size(folder.root / place) for name, place in places.items()}
    start = 0 if any(_first(cell) == 0 for cell in cells if cell) else None
    for name, own in runs.items():
        _stay_inside(name, own, sizes[name], start, path)
    masks = {
        name: json.dumps({"size": sizes[name], "runs": {what: " ".join(each) for what, each in own.items()}})
        for name, own in runs.items()
    }
    return Scenes(
        {name: folder.root / place for name, place in places.items()},
        {name: folder.root / place for name, place in asked.items()},
        (),
        "",
        masks,
        f"the cells of {written.cells!r} in {path.name} mark pixels of pictures by run lengths",
        values=(0, *values.values()) if values else (),
        names={str(value): what for what, value in values.items()},
        order=_order(runs, sizes, 1 if start is None else start),
        start=start,
        notes=tuple(notes),
    )


def _values(written: _Written, wanted: pd.DataFrame | None, files: Files) -> dict[str, int]:
    """A value of pixels for each class: its own number where all have one, else by its place; {} without classes."""
    if written.classes is None:
        return {}
    asked: set[str] = set()  # some that are asked for may never have been marked
    if wanted is not None and written.apart in wanted.columns:
        asked = set(wanted[written.apart].map(_text))
    elif wanted is not None and written.column in wanted.columns:
        split = _split(wanted[written.column].astype(str), files, "test")
        asked = set(split[1]) if split else set()
    known = sorted(set(written.classes) | asked)
    if all(k.isdigit() and 0 < int(k) < 256 for k in known):
        return {k: int(k) for k in sorted(known, key=int)}
    return {k: place + 1 for place, k in enumerate(known)}


def _asked(wanted: pd.DataFrame | None, written: _Written, files: Files) -> dict[str, str]:
    """The pictures that rows wanted name, and their paths; without such rows those of a folder of the test part."""
    if wanted is not None and written.column in wanted.columns:
        names = wanted[written.column].astype(str)
        split = None if files.find(names.iloc[0], "test") is not None else _split(names, files, "test")
        found = {n: files.find(n, "test") for n in dict.fromkeys(split[0] if split else names)}
        return {name: place for name, place in found.items() if place is not None}
    return {Path(p).name: p for p in sorted({*files.by_path.values()}) if TEST_PART.search(p.lower())}


def _add_empty(runs: Runs, places: dict[str, str], files: Files, asked: set[str], path: Path) -> list[str]:
    """Add the pictures that lie among those of the table and are not in it: nothing is marked in them.

    Where they are more than the others, nobody may have looked at them. What is said of them.
    """
    empty, where = unlisted(files, places.values(), asked)
    if not empty:
        return []
    said = f"{len(empty)} pictures in {where} have no row in {path.name}"
    if len(empty) > 2 * len(runs):
        return [f"{said}: so many that they are left out."]
    ended = bool(Path(next(iter(runs))).suffix)
    for place in empty:
        name = Path(place).name if ended else Path(place).stem
        runs[name], places[name] = {}, place
    return [f"{said}: they are taken as pictures in which nothing is marked."]


def _first(cell: str) -> int:
    return int(cell.split(maxsplit=1)[0])


def _size(path: Path) -> tuple[int, int]:
    """Height and width; those of one pixel for a picture that cannot be read, which is told when all are looked at."""
    try:
        return files_of_pictures.size(path)
    except files_of_pictures.PictureError:
        return (1, 1)


def _stay_inside(name: str, own: dict[str, list[str]], size: tuple[int, int], start: int | None, path: Path) -> None:
    """Raises TaskError for runs that leave their picture."""
    last = max(
        (int(runs[-1].sum()) for each in own.values() for cell in each if (runs := _runs(cell)) is not None), default=0
    )
    if size != (1, 1) and last - (1 if start is None else start) > size[0] * size[1]:
        raise TaskError(
            f"{path.name}: the runs of {name!r} end at pixel {last:,}, but the picture has {size[0]} x {size[1]}: give "
            "runs and pictures of one size."
        )


def _order(runs: Runs, sizes: dict[str, tuple[int, int]], start: int) -> str:
    """Whether runs go down columns or along rows, by which way the masks have fewer edges; "" where it is no matter."""
    edges = {"columns": 0, "rows": 0}
    drawn = 0
    for name, own in runs.items():
        cell = max((cell for each in own.values() for cell in each), key=len, default="")
        if len(cell.split()) < 6 or sizes[name] == (1, 1):
            continue
        for order in edges:
            mask = rle.decode(cell, sizes[name], order=order, start=start)  # type: ignore[arg-type]
            edges[order] += int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())
        drawn += 1
        if drawn == DRAWN:
            break
    better, worse = sorted(edges, key=lambda order: edges[order])
    return better if edges[better] < PLAINER * edges[worse] else ""
