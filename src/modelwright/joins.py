"""Rows of one table find theirs in another by keys, however those are typed: 3, 3.0 and "3" are one key.

A missing key matches nothing, and a join never changes the number or the order of the rows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import TableError
from .records.problem import Relation

if TYPE_CHECKING:
    from .interfaces import Array

    Series = pd.Series[Any]

WHOLE = re.compile(r"[+-]?\d+\.0+")
EXACT = 2.0**53  # floats above may stand for another whole number

Read = Callable[[str], pd.DataFrame]  # name of a relation -> its table


def key_of(value: Any) -> str | None:
    """A key as text, alike for 3, 3.0, "3" and " 3.0 "; dates in ISO form; None where it is missing or empty."""
    if isinstance(value, str):
        text = value.strip()
        if text.endswith("0") and WHOLE.fullmatch(text):
            text = text.split(".")[0]
        return text or None
    if pd.isna(value):
        return None
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if abs(number) < EXACT and number == int(number) else str(number)
    if isinstance(value, pd.Timestamp | np.datetime64):
        stamp = pd.Timestamp(value)
        return stamp.date().isoformat() if stamp == stamp.normalize() else stamp.isoformat()
    return str(value)


def distinct_keys(column: "Series") -> "tuple[Array, pd.Index[Any]]":
    """Code of each row's key (rows,), -1 where it is missing, and the distinct keys as text, in order of appearance."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy().astype(np.int64), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    read = str if values.dtype.kind in "iu" else key_of
    texts = np.array([*map(read, values.tolist()), None], dtype=object)  # the last serves code -1
    merged, distinct = pd.factorize(texts)  # None, and 3 beside "3"
    return merged[codes], pd.Index(distinct, dtype=object)


@dataclass(frozen=True, eq=False)
class Keys:
    """The distinct keys of a table, each of one or several columns."""

    columns: "tuple[pd.Index[Any], ...]"  # distinct keys of each column
    known: "Array | None"  # of several columns: the combinations that occur, as numbers, sorted
    size: int

    @classmethod
    def of(cls, table: pd.DataFrame, names: Sequence[str]) -> "tuple[Keys, Array]":
        """The keys of a table, and the code of each row's key (rows,): 0..size-1, -1 where a part is missing."""
        coded = [distinct_keys(table[name]) for name in names]
        indexes = tuple(index for _, index in coded)
        if len(coded) == 1:
            return cls(indexes, None, len(indexes[0])), coded[0][0]
        numbers = _combined([codes for codes, _ in coded], indexes)
        known = np.unique(numbers[numbers >= 0])
        found = np.searchsorted(known, numbers)
        return cls(indexes, known, len(known)), np.where(numbers < 0, -1, found)

    def find(self, table: pd.DataFrame, names: Sequence[str]) -> "Array":
        """The code of the key of each row of another table (rows,); -1 for one that is missing or not known."""
        parts = []
        for name, index in zip(names, self.columns, strict=True):
            codes, distinct = distinct_keys(table[name])
            parts.append(np.append(index.get_indexer(distinct), -1)[codes])
        if self.known is None:
            return parts[0]
        numbers = _combined(parts, self.columns)
        if not len(self.known):
            return np.full(len(table), -1)
        at = np.minimum(np.searchsorted(self.known, numbers), len(self.known) - 1)
        return np.where((numbers >= 0) & (self.known[at] == numbers), at, -1)


def _combined(parts: "Sequence[Array]", indexes: "Sequence[pd.Index[Any]]") -> "Array":
    """One number for each combination of codes, -1 where one of them is -1."""
    numbers, missing = np.zeros(len(parts[0]), dtype=np.int64), np.zeros(len(parts[0]), dtype=bool)
    for codes, index in zip(parts, indexes, strict=True):
        numbers = numbers * max(1, len(index)) + codes
        missing |= codes < 0
    numbers[missing] = -1
    return numbers


def look_up(rows: pd.DataFrame, table: pd.DataFrame, relation: Relation) -> pd.DataFrame:
    """The rows with the columns of the one row of `table` that has their key; gaps where none has it.

    Columns that the rows have already stay as they are.

    Raises:
        TableError: a key occurs twice in `table`, or one of the tables lacks a column.
    """
    wanted = [(theirs, ours) for theirs, ours in relation.columns if ours not in rows.columns]
    if not wanted:
        return rows
    mine, theirs = [k for k, _ in relation.keys], [k for _, k in relation.keys]
    check_columns(rows, mine, "the table", f"to find its rows in {relation.table}")
    check_columns(table, [*theirs, *(name for name, _ in wanted)], relation.table, "")
    keys, codes = Keys.of(table, theirs)
    counts = np.bincount(codes[codes >= 0], minlength=keys.size)
    if len(counts) and counts.max() > 1:
        double = table[theirs].iloc[int(np.flatnonzero(codes == counts.argmax())[0])].tolist()
        raise TableError(
            f"{relation.table} has {int(counts.max())} rows with {', '.join(theirs)} = "
            f"{', '.join(map(str, double))}, but should have one: remove the others."
        )
    position = np.full(keys.size + 1, -1)
    position[codes[codes >= 0]] = np.flatnonzero(codes >= 0)
    at = position[keys.find(rows, mine)]  # the last serves -1
    found = table[[name for name, _ in wanted]].reset_index(drop=True).reindex(at).set_axis(rows.index, axis=0)
    found.columns = pd.Index([name for _, name in wanted])
    joined = pd.concat([rows, found], axis=1)
    assert len(joined) == len(rows)
    return joined


def look_up_all(rows: pd.DataFrame, relations: Sequence[Relation], read: Read) -> pd.DataFrame:
    """The rows with the columns of every relation that is joined, in their order."""
    for relation in relations:
        if not relation.many and not {ours for _, ours in relation.columns} <= set(rows.columns):
            rows = look_up(rows, assemble(relation, read), relation)
    return rows


def assemble(relation: Relation, read: Read) -> pd.DataFrame:
    """The table of a relation with the tables that are joined to it first."""
    table = read(relation.name)
    for join in relation.joins:
        table = look_up(table, assemble(join, read), join)
    return table


def reading(tables: Mapping[str, pd.DataFrame]) -> Read:
    """A reader of tables that are at hand."""
    return lambda name: tables[name]


def with_joins(relations: Sequence[Relation]) -> list[Relation]:
    """Relations and those joined to them, all the way down: one for each table that is needed."""
    return [found for relation in relations for found in (relation, *with_joins(relation.joins))]


def check_columns(table: pd.DataFrame, names: Sequence[str], what: str, why: str) -> None:
    """Raise TableError for the first column that a table lacks."""
    lacking = next((name for name in names if name not in table.columns), None)
    if lacking is not None:
        raise TableError(f"{what} lacks the column {lacking!r}{f', needed {why}' if why else ''}.")
