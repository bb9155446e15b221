"""Sets of labels in one cell: `a b`, `a, b`, `["a", "b"]`, read and written the same way.

How a cell is written is data: {"form": "text", "separator": " "}, {"form": "json"} or {"form": "list"} (with single
quotes, as Python writes lists).
"""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TaskError

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array


def read(cell: Any, how: Mapping[str, Any]) -> list[str]:
    """The labels in a cell, each once, in the order in which they stand; a missing cell is the empty set."""
    return list(dict.fromkeys(parts(cell, how)))


def parts(cell: Any, how: Mapping[str, Any]) -> list[str]:
    """The same, as often as they stand there."""
    if isinstance(cell, list | tuple | set | np.ndarray):
        return [str(item).strip() for item in cell]
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return []
    text = str(cell).strip()
    if how.get("form") in ("json", "list"):
        return _items(text)
    separator = str(how.get("separator", " "))
    split = text.split() if separator == " " else text.split(separator.strip() or separator)
    return [stripped for part in split if (stripped := part.strip())]


def _items(text: str) -> list[str]:
    """The items of a list as JSON or Python writes it; of anything else in brackets, what stands between commas."""
    if not text:
        return []
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, TypeError):
            continue
        return [str(item).strip() for item in found] if isinstance(found, list | tuple | set) else [str(found)]
    return [part.strip(" \"'") for part in text.strip("[](){}").split(",") if part.strip(" \"'")]


def write(labels: Iterable[str], how: Mapping[str, Any]) -> str:
    """A cell that `read` reads back."""
    listed = list(labels)
    if how.get("form") == "json":
        return json.dumps(listed, ensure_ascii=False)
    if how.get("form") == "list":
        return repr(listed)
    return str(how.get("separator", " ")).join(listed)


def matrix(column: "pd.Series[Any]", labels: Sequence[Any], how: Mapping[str, Any]) -> "Array":
    """Which of the labels each cell holds: int64 (rows, labels) of 0 and 1.

    Raises:
        TaskError: for a label that is none of those, naming column, row and label.
    """
    place = {str(label): k for k, label in enumerate(labels)}
    found = np.zeros((len(column), len(place)), dtype=np.int64)
    for row, cell in enumerate(column):
        for label in read(cell, how):
            if label not in place:
                raise TaskError(
                    f"column {column.name!r} holds the label {label!r} in row {column.index[row]}, which is none of "
                    f"{', '.join(list(place)[:10])}: correct it, or list it in `classes`."
                )
            found[row, place[label]] = 1
    return found
