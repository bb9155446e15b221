"""Columns as keys: the distinct values of a column as codes, alike for the rows of fit and for new ones."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .base import category_names, is_category, string_names, whole_names

if TYPE_CHECKING:
    from ..interfaces import Array

    Series = pd.Series[Any]

REPEATS = 2  # rows per value, at least, for a column to be one whose values repeat
MOST = 20_000  # distinct values


@dataclass(frozen=True, eq=False)
class Lookup:
    """The values a column had in fit."""

    known: "pd.Index[Any]"

    @classmethod
    def of(cls, column: "Series") -> "Lookup":
        """Learn the values that occur, sorted."""
        if is_category(column):
            values = column.cat.categories[np.unique(column.cat.codes[column.notna()])]
            return cls(pd.Index(values.to_numpy(), dtype=object))
        distinct = column.drop_duplicates().dropna().to_numpy()
        if column.dtype.kind in "iuf":
            return cls(pd.Index(np.sort(distinct)))
        return cls(pd.Index(sorted(distinct), dtype=object))

    def __len__(self) -> int:
        return len(self.known)

    def codes(self, column: "Series") -> "Array":
        """Position of each value among the known ones (rows,); their number for a missing value, -1 for a new one."""
        if is_category(column):
            categories = pd.Index(column.cat.categories.to_numpy(), dtype=object)
            translation = np.append(self.known.get_indexer(categories), len(self.known))  # the last serves code -1
            return np.asarray(translation[column.cat.codes.to_numpy()])
        values = pd.Index(column.to_numpy(), dtype=column.dtype if column.dtype.kind in "iuf" else object)
        return np.where(column.isna().to_numpy(), len(self.known), self.known.get_indexer(values))


def count(codes: "Array", size: int) -> "Array":
    """How often each code occurs (size + 2,); the last but one counts missing values, the last, 0, serves new ones."""
    counts = np.bincount(codes[codes >= 0], minlength=size + 2).astype(np.float64)
    counts[-1] = 0.0
    return counts


def repeating_whole_names(table: pd.DataFrame, *, more_than: int = 2) -> list[str]:
    """Whole-number columns of more than so many values, each in two rows or more on average."""
    return [c for c in whole_names(table) if more_than < table[c].nunique() <= min(len(table) / REPEATS, MOST)]


def key_names(table: pd.DataFrame, *, integers: bool = True, more_than: int = 2) -> list[str]:
    """Categories and strings that repeat, of more than two values, and whole numbers of more than `more_than`."""
    names = {c for c in category_names(table) if table[c].nunique() > 2}
    names |= {c for c in string_names(table) if 2 < table[c].nunique() <= min(table[c].count() / REPEATS, MOST)}
    if integers:
        names |= set(repeating_whole_names(table, more_than=more_than))
    return [c for c in table.columns if c in names]
