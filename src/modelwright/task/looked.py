"""Pictures looked at before the search: which cannot be read, and how large they are.

Files of pictures break in ways that a table does not: cut short, empty, of another format than their name says, or made
to exhaust memory. A few such are told and come out grey; many are an error.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .. import pictures
from ..errors import TaskError
from ..records.base import JsonValue
from ..records.finding import Finding, Severity
from ..records.problem import Modality, Problem
from ..records.profile import Profile, Role

DECODED = 300 * 2**20  # bytes of files that are decoded to the end; of more, only so many drawn at random
NAMED = 3
THREADS = 4


@dataclass(frozen=True)
class Looked:
    """What was seen of the pictures."""

    size: dict[str, JsonValue]  # median height and width; {} where there are no pictures
    findings: tuple[Finding, ...]


def look(problem: Problem, profile: Profile, features: pd.DataFrame) -> Looked:
    """Open every picture, decode as many as there is time for.

    Args:
        problem: rows that are pictures, or bands of one.
        profile: of the table.
        features: all rows, with absolute paths.

    Raises:
        TaskError: where more than one in a hundred, and more than one, cannot be used.
    """
    files = _files(problem, profile, features)
    arrays = [file for file in files if file.endswith(".npy")]
    files = [file for file in files if not file.endswith(".npy")]
    if not files:
        return Looked(_size_of_arrays(arrays), ())
    decoded = _drawn(files)
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda file: _open(file, file in decoded), files))
    wrong = [flaw for flaw in found if isinstance(flaw, str)]
    sizes = np.array([size for size in found if not isinstance(size, str)])
    told = "; ".join(wrong[:NAMED]) + (f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else "")
    if len(wrong) > max(1, pictures.BAD_SHARE * len(files)):
        raise TaskError(
            f"{len(wrong)} of {len(files)} pictures cannot be used ({told}): replace them, or take their rows out."
        )
    findings = []
    if wrong:
        findings.append(
            Finding(
                sort="unreadable",
                evidence=f"{len(wrong)} of {len(files)} pictures cannot be used: {told}.",
                severity=Severity.WARNING,
                done="They count as grey.",
            )
        )
    height, width = (int(side) for side in np.median(sizes, axis=0))
    if len(np.unique(sizes, axis=0)) > 1:
        low, high = sizes.min(axis=0), sizes.max(axis=0)
        evidence = (
            f"Pictures are {low[0]} to {high[0]} pixels high and {low[1]} to {high[1]} wide, most about "
            f"{height} x {width}."
        )
        findings.append(Finding(sort="sizes", evidence=evidence, done="All are brought to one size."))
    return Looked({"height": height, "width": width}, tuple(findings))


def _files(problem: Problem, profile: Profile, features: pd.DataFrame) -> list[str]:
    """The files that rows name, each once."""
    if problem.modality is not Modality.IMAGE:
        return []
    named = [name for name in profile.names(Role.PATH) if name in features]
    inputs = problem.options.get("inputs")
    bands = [str(name) for name in inputs] if isinstance(inputs, list | tuple) else []
    found: dict[str, None] = {}
    for name in named:
        for path in features[name].dropna().astype(str).unique():
            found.update(dict.fromkeys(str(Path(path) / band) for band in bands) if bands else {path: None})
    return list(found)


def _size_of_arrays(files: Sequence[str]) -> dict[str, JsonValue]:
    """The usual height and width of bands stored as arrays, from some of them."""
    shapes = []
    for file in files[:: max(1, len(files) // 100)]:
        try:
            shapes.append(np.load(file, mmap_mode="r", allow_pickle=False).shape[:2])
        except (OSError, ValueError):  # the recipe that reads it says what is wrong
            continue
    if not shapes:
        return {}
    height, width = (int(side) for side in np.median(np.array(shapes), axis=0))
    return {"height": height, "width": width, "bands": len({Path(file).name for file in files})}


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


def _open(file: str, whole: bool) -> tuple[int, int] | str:
    """Height and width, or what is wrong."""
    try:
        return pictures.read(file).shape[:2] if whole else pictures.size(file)
    except pictures.PictureError as error:
        return str(error)
