"""Rows that belong together: families, orders, scenes; how many they are, and how a row differs from its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Column, Role
from .base import (
    LIKE,
    Step,
    category_names,
    distinct_strings,
    number_names,
    parts_of,
    put_together,
    separator_of,
    string_names,
    whole_names,
)
from .keys import Lookup

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

SMALLEST, LARGEST = 1.2, 50.0  # mean rows of a group
GROUPS = 20  # at least
KEYS = 3
COLUMNS = 10
DOMINANT = 0.05  # share of the rows with one value, from which a whole number is an amount rather than a key


@dataclass(frozen=True)
class Key:
    """How the group of a row is read: the whole value of a column, or some of its parts."""

    column: str
    separator: str = ""  # "": the whole value; a comma or a blank: text that has two parts; else a composite
    parts: int = 0  # of the value
    start: int = 0  # the parts that make the group
    stop: int = 0

    @property
    def name(self) -> str:
        """What the columns that are made are named after."""
        return f"{self.column}.group" if self.separator else self.column

    @property
    def numbered(self) -> bool:
        """Whether the parts after the group tell its rows apart."""
        return self.separator not in ("", ",", " ")

    def values(self, table: pd.DataFrame) -> "Series":
        """The group of each row (rows,); missing where the value is missing or of another form."""
        return self._read(table[self.column], self.start, self.stop) if self.separator else table[self.column]

    def suffix(self, table: pd.DataFrame) -> "Series":
        """The parts after the group (rows,)."""
        return self._read(table[self.column], self.stop, self.parts)

    def _read(self, column: "Series", start: int, stop: int) -> "Series":
        codes, distinct = pd.factorize(column)
        split = (self._split(str(value)) for value in distinct)
        found = [None if parts is None else "\0".join(parts[start:stop]) for parts in split]
        return pd.Series(np.array([*found, None], dtype=object)[codes], index=column.index, dtype=object)

    def _split(self, value: str) -> list[str] | None:
        if self.numbered:
            return parts_of(value, self.separator, self.parts)
        return parts if len(parts := value.split(self.separator)) == self.parts else None


@dataclass(frozen=True, eq=False)
class _Groups:
    """What was learned of the groups of one key."""

    key: Key
    lookup: Lookup
    sizes: "Array"  # (groups,)
    means: "dict[str, Array]"  # by column: (groups,)
    suffixes: Lookup | None  # None where no suffix tells rows of a group apart
    places: "Array"  # group * suffixes + suffix of the rows of fit, sorted


class GroupCounts(Step):
    """Size of the row's group, its place in it, the group's mean of numbers, and the difference from that mean.

    Groups are rows with the same first parts of a composite (0001_01 and 0001_02), the same name before a comma or as
    the second of two words, or the same value of a category or whole number, where groups have 1.2 to 50 rows on
    average. At most three keys and ten number columns are taken. Columns are named `order.size`, `order.place`,
    `order.mean(price)` and `order.from(price)`. A group not seen in fit has one row, this one; where the key is
    missing, all are missing.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when a column may hold groups of rows."""
        if any(_could_group(profile.column(name), profile.rows) for name in profile.features):
            return None
        return "no column tells small groups of rows"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the keys, and learn the statistics of their groups."""
        keys = list(group_keys(table))[:KEYS]
        self.groups_ = [_learn(key, table) for key in keys]
        self.declined_ = () if keys else ("group-counts: no column tells groups of 1.2 to 50 rows.",)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with what the rows' groups say."""
        added: dict[str, Array] = {}
        for groups in self.groups_:
            added.update(_describe(groups, table))
        return put_together(table, added)


def _could_group(column: Column, rows: int) -> bool:
    if column.role in (Role.COMPOSITE, Role.TEXT, Role.CODE):
        return True
    if column.role is not Role.CATEGORY and not (column.role is Role.NUMBER and column.integer):
        return False
    return column.distinct >= GROUPS and SMALLEST <= rows / column.distinct <= LARGEST


def group_keys(table: pd.DataFrame) -> Iterator[Key]:
    """Keys, the surest first: composites and names, categories, whole numbers with many values first."""
    for name in string_names(table):
        tried = [Key(name), *_keys_of_strings(name, distinct_strings(table[name]))]
        yield from [key for key in tried if _groups_rows(key.values(table))][:1]
    rest = [(name, table[name]) for name in category_names(table)]
    rest += [(name, table[name]) for name in whole_names(table) if _spread(table[name])]
    found = [(column.dtype.kind != "O", -column.nunique(), name) for name, column in rest if _groups_rows(column)]
    yield from [Key(name) for _, _, name in sorted(found)]


def _keys_of_strings(name: str, values: list[str]) -> list[Key]:
    """Keys made of parts of the strings, the longest first."""
    separator, parts = separator_of(values)
    if separator:
        return [Key(name, separator, parts, 0, stop) for stop in range(parts - 1, 0, -1)]
    if _alike(values, ","):
        return [Key(name, ",", 2, 0, 1)]
    return [Key(name, " ", 2, 1, 2)] if _alike(values, " ") else []


def _alike(values: list[str], separator: str) -> bool:
    """Whether almost all values have two parts."""
    return sum(v.count(separator) == 1 for v in values) >= max(1, LIKE * len(values))


def _groups_rows(column: "Series") -> bool:
    distinct, filled = column.nunique(), int(column.count())
    return distinct >= GROUPS and SMALLEST <= filled / distinct <= LARGEST


def _spread(column: "Series") -> bool:
    return bool(column.value_counts(normalize=True, dropna=False).max() <= DOMINANT)


def _learn(key: Key, table: pd.DataFrame) -> _Groups:
    values = key.values(table)
    lookup = Lookup.of(values)
    codes = lookup.codes(values)
    filled = codes < len(lookup)
    names = [c for c in number_names(table) if c != key.column and not c.startswith(f"{key.column}.")]
    names = sorted(names, key=lambda c: -table[c].nunique())[:COLUMNS]
    suffixes, places = None, np.empty(0, dtype=np.int64)
    if key.numbered:
        suffix = key.suffix(table)
        suffixes = Lookup.of(suffix)
        at = suffixes.codes(suffix)
        places = np.sort((codes * (len(suffixes) + 1) + at)[filled])
    return _Groups(
        key=key,
        lookup=lookup,
        sizes=np.bincount(codes[filled], minlength=len(lookup)).astype(np.float64),
        means={c: _mean(codes[filled], _floats(table[c])[filled], len(lookup)) for c in table.columns if c in names},
        suffixes=suffixes,
        places=places,
    )


def _mean(codes: "Array", values: "Array", groups: int) -> "Array":
    """Mean by group (groups,), leaving missing values out; NaN where a group has no value."""
    known = ~np.isnan(values)
    counts = np.bincount(codes[known], minlength=groups).astype(np.float64)
    counts[counts == 0] = np.nan
    return np.asarray(np.bincount(codes[known], weights=values[known], minlength=groups) / counts)


def _floats(column: "Series") -> "Array":
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _describe(groups: _Groups, table: pd.DataFrame) -> "dict[str, Array]":
    name = groups.key.name
    codes = groups.lookup.codes(groups.key.values(table))
    missing, new = codes == len(groups.lookup), codes < 0
    at = np.where(missing | new, 0, codes)
    made = {f"{name}.size": np.where(missing, np.nan, np.where(new, 1.0, groups.sizes[at]))}
    if groups.suffixes is not None:
        suffix = groups.suffixes.codes(groups.key.suffix(table))
        width = len(groups.suffixes) + 1
        first = np.searchsorted(groups.places, at * width)
        place = np.searchsorted(groups.places, at * width + suffix) - first + 1.0
        made[f"{name}.place"] = np.where(missing | (suffix < 0), np.nan, np.where(new, 1.0, place))
    for column, means in groups.means.items():
        own = _floats(table[column])
        mean = np.where(missing, np.nan, np.where(new, own, means[at]))
        made[f"{name}.mean({column})"] = mean
        made[f"{name}.from({column})"] = own - mean
    return made
