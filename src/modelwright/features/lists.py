"""Lists in a cell as columns: how many values there are, and for each common one whether it is among them."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, distinct_strings, put_together, separator_of, string_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

SEPARATORS = "|;,/+&"
LONGEST = 40  # characters of a value
COLUMNS = 40  # values of a list that get a column, the commonest first
RARE = 10  # rows; a value in fewer has no column
REPEATED = 0.9  # share of the values that stand in two rows or more, from which texts are lists rather than prose


@dataclass(frozen=True)
class _List:
    """How one column is read: the separator ("[]" for JSON), and the values that get a column."""

    separator: str
    items: tuple[str, ...]


class ListItems(Step):
    """Cells of several values (`Action|Comedy`, `["a", "b"]`) as 0 and 1 for each common value, named `genres=Action`.

    The forty commonest values have a column, if ten rows have them; `genres.count` is the number of values. Missing
    lists are missing in all columns; the lists themselves stay, for models that read text.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when a column holds lists."""
        return None if profile.names(Role.LIST) else "no column holds several values in a cell"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns of lists and their common values."""
        self.lists_: dict[str, _List] = {}
        for name in string_names(table):
            separator = _separator(distinct_strings(table[name]))
            if separator:
                rows = Counter(item for cell in table[name].dropna() for item in set(_items(str(cell), separator)))
                common = [(-times, item) for item, times in rows.items() if RARE <= times < len(table)]
                self.lists_[name] = _List(separator, tuple(item for _, item in sorted(common)[:COLUMNS]))
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the columns beside it."""
        added: dict[str, Any] = {}
        for name, found in self.lists_.items():
            codes, distinct = pd.factorize(table[name])
            cells = [_items(str(cell), found.separator) for cell in distinct]
            made = np.full((len(cells) + 1, 1 + len(found.items)), np.nan)  # the last row serves a missing list
            for k, items in enumerate(cells):
                made[k, 0] = len(items)
                made[k, 1:] = [item in items for item in found.items]
            names = [f"{name}.count", *(f"{name}={item}" for item in found.items)]
            added.update(zip(names, made[codes].T, strict=True))
        return put_together(table, added)


def _items(cell: str, separator: str) -> list[str]:
    """The values in a cell; a cell that is no JSON array has none."""
    if separator != "[]":
        return [item for part in cell.split(separator) if (item := part.strip())]
    try:
        found = json.loads(cell if '"' in cell else cell.replace("'", '"'))
    except ValueError:
        return []
    return [str(item) for item in found] if isinstance(found, list) else []


def _separator(values: list[str]) -> str:
    """What stands between the values of a list, told from the distinct cells; "" where they are no lists."""
    if not values or separator_of(values)[0]:
        return ""
    if all(v.strip().startswith("[") and v.strip().endswith("]") for v in values):
        return "[]"
    for separator in SEPARATORS:
        cells = [_items(v, separator) for v in values]
        if len({len(items) for items in cells}) < 2 or any(len(i) > LONGEST for items in cells for i in items):
            continue
        rows = Counter(item for items in cells for item in set(items))
        if sum(n for n in rows.values() if n > 1) >= REPEATED * rows.total() and len(rows) * 2 < rows.total():
            return separator
    return ""
