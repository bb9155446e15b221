"""What the kinds share: arrays on disk, object arrays, and the names of a submission's columns."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array


def save(path: Path, *, compress: bool = False, **arrays: "Array") -> None:
    """Write arrays as one .npz file so that a reader finds the old one or the new one, never half of it.

    Raises:
        ValueError: for an array of Python objects, which could only be pickled.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    write: Any = np.savez_compressed if compress else np.savez
    try:
        with partial.open("wb") as file:
            write(file, allow_pickle=False, **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> "dict[str, Array]":
    """Read all arrays of a .npz file, without unpickling."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as content:  # np.load leaks what it opens itself
        return {name: content[name] for name in content.files}


def objects(items: "Iterable[Array | None]") -> "Array":
    """A 1-D object array of the items, also where they all have the same shape."""
    listed = list(items)
    array = np.empty(len(listed), dtype=object)
    for row, item in enumerate(listed):
        array[row] = item
    return array


def average(predictions: "Sequence[Array]", weights: Sequence[float]) -> "Array":
    """Weighted sum of number arrays of one shape."""
    total = np.zeros_like(predictions[0], dtype=np.float64)
    for prediction, weight in zip(predictions, weights, strict=True):
        total += weight * prediction
    return total


def flaw_of_numbers(prediction: object, rows: int) -> str | None:
    """Why this is not an array of that many rows of finite numbers; None when it is."""
    if not isinstance(prediction, np.ndarray):
        return f"the prediction is a {type(prediction).__name__}, not an array"
    if prediction.dtype.kind not in "fiu":
        return f"the prediction has dtype {prediction.dtype}, not numbers"
    if prediction.ndim == 0 or len(prediction) != rows:
        return f"the prediction has shape {prediction.shape}, but {rows} rows were asked for"
    finite = np.isfinite(prediction)
    if not finite.all():
        return f"{int((~finite).sum())} of {finite.size} predicted numbers are not finite"
    return None


def answer_columns(problem: Problem, ids: "pd.DataFrame", defaults: Sequence[str]) -> list[str]:
    """Names of a submission's columns besides the ids: those of the header where their number fits."""
    named = [name for name in problem.header if name not in ids.columns and name != problem.id]
    if len(named) != len(defaults) or set(named) == set(defaults):
        return list(defaults)
    return named


def assemble(problem: Problem, ids: "pd.DataFrame", answers: "dict[str, Any]") -> "pd.DataFrame":
    """The table to hand in: ids and answers, in the order of the header where that names the same columns."""
    table = ids.reset_index(drop=True).assign(**answers) if ids.shape[1] else _frame(answers)
    if set(problem.header) == set(table.columns):
        table = table[list(problem.header)]
    return table


def _frame(answers: "dict[str, Any]") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(answers)
