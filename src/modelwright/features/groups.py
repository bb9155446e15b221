"""Rows that belong together: families, orders, scenes; how many they are, and how a row differs from its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Column, Role
from .base import (
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
COMMA = 0.95  # share of the texts with one comma, from which what stands before it is a name


@dataclass(frozen=True)
class _Key:
    """How the group of a row is read: from the whole value, its first parts, or what stands before a comma."""

    column: str
    separator: str = ""
    parts: int = 0  # of the value
    first: int = 0  # parts that make the group

    @property
    def name(self) -> str:
        return f"{self.column}.group" if self.separator else self.column

    def values(self, table: pd.DataFrame) -> "Series":
        """The group of each row; missing where the value is missing or of another form."""
        return self._read(table[self.column], 0, self.first) if self.separator else table[self.column]

    def suffix(self, table: pd.DataFrame) -> "Series":
        """What tells rows of one group apart, as text."""
        return self._read(table[self.column], self.first, self.parts)

    def _read(self, column: "Series", start: int, stop: int) -> "Series":
        codes, distinct = pd.factorize(column)
        found: list[str | None] = [
            None if (p := self._parts(str(v))) is None else "\0".join(p[start:stop]) for v in distinct
        ]
        return pd.Series(np.array([*found, None], dtype=object)[codes], index=column.index, dtype=object)

    def _parts(self, value: str) -> list[str] | None:
        if self.separator == ",":
            return value.split(",", 1) if "," in value else None
        return parts_of(value, self.separator, self.parts)


@dataclass(frozen=True, eq=False)
class _Groups:
    """What was learned of the groups of one key."""

    key: _Key
    lookup: Lookup
    sizes: "Array"  # (groups,)
    means: "dict[str, Array]"  # by column: (groups,)
    suffixes: Lookup | None  # None where no suffix tells rows of a group apart
    places: "Array"  # group * suffixes + suffix of the rows of fit, sorted


class GroupCounts(Step):
    """Size of the row's group, its place in it, the group's mean of numbers, and the difference from that mean.

    Groups are rows with the same first parts of a composite (0001_01 and 0001_02), the same name before a comma, or
    the same value of a category or whole number, where groups have 1.2 to 50 rows on average. At most three keys and
    ten number columns are taken. Columns are named `order.size`, `order.place`, `order.mean(price)` and
    `order.from(price)`. A group not seen in fit has one row, this one; where the key is missing, all are missing.
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
        keys = list(_keys(table))[:KEYS]
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
    if column.role in (Role.COMPOSITE, Role.TEXT):
        return True
    if column.role is not Role.CATEGORY and not (column.role is Role.NUMBER and column.integer):
        return False
    return column.distinct >= GROUPS and SMALLEST <= rows / column.distinct <= LARGEST


def _keys(table: pd.DataFrame) -> Iterator[_Key]:
    """Keys, the surest first: composites, names before a comma, categories, whole numbers with many values first."""
    strings = string_names(table)
    for name in strings:
        values = distinct_strings(table[name])
        separator, parts = separator_of(values)
        if not separator and sum(v.count(",") == 1 for v in values) >= COMMA * max(1, len(values)):
            separator, parts = ",", 2
        tried = [_Key(name, separator, parts, first) for first in range(parts - 1, 0, -1)]
        yield from [key for key in (_Key(name), *tried) if _groups_rows(key.values(table))][:1]
    rest = [(name, table[name]) for name in category_names(table)]
    rest += [(name, table[name]) for name in whole_names(table) if _spread(table[name])]
    found = [(column.dtype.kind != "O", -column.nunique(), name) for name, column in rest if _groups_rows(column)]
    yield from [_Key(name) for _, _, name in sorted(found)]


def _groups_rows(column: "Series") -> bool:
    distinct, filled = column.nunique(), int(column.count())
    return distinct >= GROUPS and SMALLEST <= filled / distinct <= LARGEST


def _spread(column: "Series") -> bool:
    return bool(column.value_counts(normalize=True, dropna=False).max() <= DOMINANT)


def _learn(key: _Key, table: pd.DataFrame) -> _Groups:
    values = key.values(table)
    lookup = Lookup.of(values)
    codes = lookup.codes(values)
    filled = codes < len(lookup)
    names = [c for c in number_names(table) if c != key.column and not c.startswith(f"{key.column}.")]
    names = sorted(names, key=lambda c: -table[c].nunique())[:COLUMNS]
    suffixes, places = None, np.empty(0, dtype=np.int64)
    if key.separator and key.separator != ",":
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
