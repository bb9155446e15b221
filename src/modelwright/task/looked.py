"""Pictures looked at before the search: which cannot be used, and how large they are.

Files of pictures break in ways that a table does not: cut short, empty, of another format than their name says, made to
exhaust memory, or with a mask of another size. Of a few such the rows are left out; many are an error.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import pictures
from ..errors import TaskError
from ..records.base import JsonValue
from ..records.finding import Finding, Severity
from ..records.problem import Modality, Problem
from . import outlines

if TYPE_CHECKING:
    Rows = np.ndarray[Any, np.dtype[np.bool_]]

DECODED = 300 * 2**20  # bytes of files that are decoded to the end; of more, only so many drawn at random
NAMED = 3
THREADS = 4
SOME = 100  # arrays whose size is looked at
Size = tuple[int, int]


@dataclass(frozen=True)
class Looked:
    """What was seen of the pictures."""

    size: dict[str, JsonValue]  # median height and width; {} where there are no pictures
    findings: tuple[Finding, ...]
    usable: "Rows"  # (training rows,)
    cells: "pd.Series[Any] | None" = None  # lists of boxes as they fit their pictures, where rows have such


def look(problem: Problem, train: pd.DataFrame, test: pd.DataFrame | None) -> Looked:
    """Open every picture that rows name, decode as many as there is time for, and hold masks against them.

    Args:
        problem: rows that are pictures, or bands of one; anything else is not looked at.
        train: rows to learn from.
        test: rows asked for.

    Raises:
        TaskError: where more than one in a hundred, and more than one, cannot be used; so too for boxes.
    """
    usable = np.ones(len(train), dtype=bool)
    if problem.modality is not Modality.IMAGE or not problem.inputs or problem.inputs[0] not in train:
        return Looked({}, (), usable)
    known, asked = (_files(problem, table) for table in (train, test))
    listed = list(dict.fromkeys(file for files in (*known, *asked) for file in files))
    seen = _open_all([file for file in listed if not file.endswith(".npy")])
    flaws = {file: found for file, found in seen.items() if isinstance(found, str)}
    if problem.kind == "segmentation":
        flaws |= _masks_of_other_sizes(problem, train, known, seen)
    for row, files in enumerate(known):
        usable[row] = not any(file in flaws for file in files)
    if len(flaws) > max(1, pictures.BAD_SHARE * len(listed)):
        raise TaskError(
            f"{len(flaws)} of {len(listed)} pictures cannot be used ({_told(flaws)}): replace them, or take their rows "
            "out."
        )
    sizes = [found for found in seen.values() if not isinstance(found, str)]
    if not seen:
        return Looked(_size_of_arrays(listed), tuple(_of_flaws(flaws, listed)), usable)
    height, width = (int(side) for side in np.median(np.array(sizes), axis=0))
    findings = (*_of_flaws(flaws, listed), *_of_sizes(sizes, height, width))
    if problem.kind != "detection":
        return Looked({"height": height, "width": width}, findings, usable)
    cells, told = outlines.mended(problem, train[problem.targets[0]], [files[0] for files in known], seen)
    return Looked({"height": height, "width": width}, (*findings, *told), usable, cells)


def _told(flaws: dict[str, str]) -> str:
    rest = f"; and {len(flaws) - NAMED} more" if len(flaws) > NAMED else ""
    return "; ".join(list(flaws.values())[:NAMED]) + rest


def _of_flaws(flaws: dict[str, str], listed: Sequence[str]) -> list[Finding]:
    if not flaws:
        return []
    evidence = f"{len(flaws)} of {len(listed)} pictures cannot be used: {_told(flaws)}."
    done = "Training rows are left out; a picture that is asked for counts as grey."
    return [Finding(sort="unusable", evidence=evidence, severity=Severity.WARNING, done=done)]


def _of_sizes(sizes: Sequence[Size], height: int, width: int) -> list[Finding]:
    found = np.array(sizes)
    low, high = found.min(axis=0), found.max(axis=0)
    if (low == high).all():
        return []
    evidence = (
        f"Pictures are {low[0]} to {high[0]} pixels high and {low[1]} to {high[1]} wide, most about {height} x {width}."
    )
    return [Finding(sort="sizes", evidence=evidence)]


def _files(problem: Problem, table: pd.DataFrame | None) -> list[list[str]]:
    """The files that each row names, absolute."""
    if table is None or problem.inputs[0] not in table:
        return []
    inputs = problem.options.get("inputs")
    bands = [str(name) for name in inputs] if isinstance(inputs, list | tuple) else []
    paths = [str(Path(problem.root) / str(path)) for path in table[problem.inputs[0]]]
    return [[str(Path(path) / band) for band in bands] if bands else [path] for path in paths]


def _open_all(files: Sequence[str]) -> dict[str, Size | str]:
    """Height and width of each, or what is wrong."""
    decoded = _drawn(files)
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(files, pool.map(lambda file: _open(file, file in decoded), files), strict=True))


def _open(file: str, whole: bool) -> Size | str:
    try:
        if whole:
            height, width = pictures.read(file).shape[:2]
            return height, width
        return pictures.size(file)
    except pictures.PictureError as error:
        return str(error)


def _drawn(files: Sequence[str]) -> set[str]:
    """Files that are decoded to the end: all, or so many at random that they have DECODED bytes."""
    total, chosen = 0, set()
    for k in np.random.default_rng(0).permutation(len(files)):
        try:
            total += Path(files[k]).stat().st_size
        except OSError:
            continue
        if total > DECODED:
            break
        chosen.add(files[k])
    return chosen


def _masks_of_other_sizes(
    problem: Problem, train: pd.DataFrame, known: list[list[str]], seen: dict[str, Size | str]
) -> dict[str, str]:
    """The first file of each scene whose mask has another size, with what is wrong in words."""
    found = {}
    for files, mask in zip(known, train[problem.targets[0]], strict=True):
        path = str(Path(problem.root) / str(mask))
        size = seen.get(files[0]) if files[0] in seen else _array_size(files[0])
        other = _mask_size(path) if not str(mask).startswith("{") else None  # runs were held against their picture
        if isinstance(size, tuple) and other is not None and other != size:
            found[files[0]] = f"{path} is a mask of {other[0]} x {other[1]} pixels for a scene of {size[0]} x {size[1]}"
    return found


def _mask_size(file: str) -> Size | None:
    """Height and width of a mask; None where it cannot be read, of which the kind says more."""
    if file.endswith(".npy"):
        return _array_size(file)
    try:
        with pictures.opened(file) as image:
            return image.height, image.width
    except pictures.PictureError:
        return None


def _array_size(file: str) -> Size | None:
    try:
        shape = np.load(file, mmap_mode="r", allow_pickle=False).shape
    except (OSError, ValueError):  # the recipe that reads it says what is wrong
        return None
    return (int(shape[0]), int(shape[1])) if len(shape) > 1 else None


def _size_of_arrays(files: Sequence[str]) -> dict[str, JsonValue]:
    """The usual height and width of bands stored as arrays, from some of them."""
    some = files[:: max(1, len(files) // SOME)]
    shapes = [size for file in some if (size := _array_size(file)) is not None]
    if not shapes:
        return {}
    height, width = (int(side) for side in np.median(np.array(shapes), axis=0))
    return {"height": height, "width": width, "bands": len({Path(file).name for file in files})}
