"""From a table to arrays of numbers: what the recipes on tables share.

A column's dtype says what it is (see `interfaces`): numbers, true or false and dates become floats, categories become
codes. Infinite values count as missing, and huge ones are cut to what float32 can hold.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ..interfaces import Array

LARGEST = 1e30  # scikit-learn's trees work in float32, whose largest number is 3e38
DAY = 86_400 * 10**9  # nanoseconds
ORDERED = 30  # a category of more values is ordered by count: so many names hardly tell an order
REPEATS = 4  # rows per value
MANY = 10  # values of a whole number that may be a name
FEW = 1000  # categories whose translation is kept in memory
RARE = 5  # rows; a class that has fewer is never split


def number_names(table: pd.DataFrame) -> list[str]:
    """Columns that are numbers, true or false, or dates."""
    return [c for c in table.columns if not is_category(table[c]) and table[c].dtype.kind in "iufbM"]


def category_names(table: pd.DataFrame) -> list[str]:
    """Columns of dtype category."""
    return [c for c in table.columns if is_category(table[c])]


def ordered_names(table: pd.DataFrame) -> list[str]:
    """Columns of dtype category whose values have an order."""
    return [c for c in table.columns if is_ordered(table[c])]


def string_names(table: pd.DataFrame) -> list[str]:
    """Columns of strings: text, composites, codes, lists, places and paths."""
    return [c for c in table.columns if not is_category(table[c]) and table[c].dtype.kind in "OTSU"]


def repeating_names(table: pd.DataFrame) -> list[str]:
    """Categories, and strings that can serve as categories since a value stands in several rows on average."""
    strings = {c for c in string_names(table) if 0 < REPEATS * table[c].nunique() <= table[c].count()}
    return [c for c in table.columns if c in strings or is_category(table[c])]


def whole_names(table: pd.DataFrame) -> list[str]:
    """Numbers that are whole, take more values than a tree's cuts soon tell apart, and stand in two rows each or more.

    They may be names of things (a shop, a code) as well as numbers.
    """
    found = []
    for name in number_names(table):
        column = table[name]
        if column.dtype.kind not in "iuf":
            continue
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        values = values[np.isfinite(values)]
        if len(values) and (values == np.round(values)).all() and MANY < column.nunique() <= len(values) / 2:
            found.append(name)
    return found


def is_category(column: "pd.Series[Any]") -> bool:
    """Whether the column's dtype is category."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def is_ordered(column: "pd.Series[Any]") -> bool:
    """Whether the column's dtype is a category whose values have an order."""
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)


def numbers(table: pd.DataFrame, names: list[str]) -> "Array":
    """The columns as floats (rows, columns): dates in days since 1970, missing and infinite values as NaN."""
    return matrix(table, names, {})


def matrix(
    table: pd.DataFrame,
    names: list[str],
    known: "dict[str, pd.Index[Any]]",
    *,
    gap: float = np.nan,
    dtype: type[np.floating[Any]] = np.float64,
) -> "Array":
    """Numbers as `numbers` gives them, then codes of categories, with `gap` for missing values and those never seen.

    One array, filled column by column: of a large table every copy counts.
    """
    values: Array = np.empty((len(table), len(names) + len(known)), dtype=dtype, order="F")
    for k, name in enumerate(names):
        values[:, k] = _floats(table[name])
    for k, (name, levels_of) in enumerate(known.items(), start=len(names)):
        found = codes(table[name], levels_of)
        values[:, k] = np.where(found < 0, gap, found)
    return values


def _floats(column: "pd.Series[Any]") -> "Array":
    """A column of numbers, truth values or dates as float64 (rows,) that can be changed."""
    if column.dtype.kind == "M":
        stamps = column.to_numpy(dtype="datetime64[ns]")
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / DAY)
    if isinstance(column.dtype, np.dtype):
        values = column.to_numpy().astype(np.float64)
    else:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    values[~np.isfinite(values)] = np.nan
    return np.clip(values, -LARGEST, LARGEST, out=values)


def levels(column: "pd.Series[Any]") -> "pd.Index[Any]":
    """The values that occur in a column, in their order: sorted, or the commonest first where there are many.

    Values that have an order of their own keep it, however many there are.
    """
    counts = column.value_counts(sort=False)  # of a category: in the order of its categories
    counts = counts[counts > 0]
    if not is_category(column):
        counts = counts.sort_index()
    if len(counts) > ORDERED and not is_ordered(column):
        counts = counts.sort_values(ascending=False, kind="stable")
    return pd.Index(counts.index.to_numpy(), dtype=object)


def unordered(table: pd.DataFrame, known: "dict[str, pd.Index[Any]]") -> list[bool]:
    """Which of these columns are categories to trees; those with an order or two values are split like numbers."""
    ordered = set(ordered_names(table))
    return [len(values) > 2 and name not in ordered for name, values in known.items()]


def codes(column: "pd.Series[Any]", known: "pd.Index[Any]") -> "Array":
    """Position of each value among the known ones, (rows,); -1 for missing values and those never seen."""
    if is_category(column):
        values = column.array
        translated = _translation if len(values.categories) <= FEW else _translation.__wrapped__
        return np.asarray(translated(_Same(values.categories), _Same(known))[values.codes])
    found = known.get_indexer(pd.Index(column.to_numpy(dtype=object), dtype=object))
    return np.where(column.isna().to_numpy(), -1, found)


class _Same:
    """Anything as a key: equal to itself alone, so that nothing has to be compared."""

    def __init__(self, held: "pd.Index[Any]") -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


@lru_cache(maxsize=512)  # who asks row by row has the same categories each time
def _translation(categories: _Same, known: _Same) -> "Array":
    """For each code of a category its position among the known values, then -1, which serves code -1."""
    values = pd.Index(categories.held.to_numpy(), dtype=object)
    return np.append(known.held.get_indexer(values), -1)


def code_matrix(table: pd.DataFrame, known: "dict[str, pd.Index[Any]]") -> "Array":
    """Codes of several columns as floats (rows, columns)."""
    matrix = np.empty((len(table), len(known)), order="F")
    for k, (name, values) in enumerate(known.items()):
        matrix[:, k] = codes(table[name], values)
    return matrix


def deal(y: "Array", piles: int, seed: int, classes: bool) -> "Array":
    """The pile of each row (rows,): 0..piles-1 at random, each class spread evenly where y holds class codes.

    Rows of classes too rare to be spread belong to no pile (-1), so that they are never held out.
    """
    rng = np.random.default_rng(seed)
    if not classes:
        return rng.permutation(np.arange(len(y)) % piles)
    pile = np.full(len(y), -1)
    for code in np.unique(y):
        members = np.flatnonzero(y == code)
        if len(members) >= RARE:
            pile[members] = rng.permutation((np.arange(len(members)) + rng.integers(piles)) % piles)
    return pile
