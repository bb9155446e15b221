"""Columns that say the same sort of thing, read across: what a row has missing in them, its mean, spread and peak."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, finite_numbers, number_names, put_together, varies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Range = tuple[float, float, bool]  # lowest and highest value of a column, and whether it holds whole numbers

FEWEST = 3  # columns of a group
GROUPS = 5  # the widest
NEARLY = 0.1  # of the wider range, by which the ends of two ranges may differ
WIDER = 2.0  # times the narrowest column of a group, beyond which they are put on one scale
HUGE = 1e100  # values beyond are gaps: their squares would be infinite
NUMBERED = re.compile(r"(.*?)[\s_.-]*\d+")


@dataclass(frozen=True, eq=False)
class _Group:
    """Columns that are alike, and what puts them on one scale."""

    columns: tuple[str, ...]
    middle: "Array"  # (columns,)
    spread: "Array"  # (columns,)

    @property
    def name(self) -> str:
        """What the columns that are made are named after."""
        return f"{self.columns[0]}..{self.columns[-1]}"


class RowStatistics(Step):
    """Over like number columns, of each row: gaps, zeros, mean, std, min, max, range and the place of the maximum.

    Alike are three columns or more whose names differ in a number at the end (V1 to V9), and of the others those of
    nearly the same range, whole numbers and fractions apart. The five widest groups are taken; where the columns of
    one differ in scale, their medians and quartiles put them on one first. Columns are named like `V1..V9.mean`,
    and those that do not vary in the rows of fit are not made. 100,000 rows of 30 columns take about a second.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when three number columns or more are alike."""
        ranges = {
            c.name: (c.low, c.high, c.integer)
            for c in map(profile.column, profile.names(Role.NUMBER))
            if c.low is not None and c.high is not None and c.low < c.high
        }
        return None if _groups(ranges) else f"no {FEWEST} number columns are alike"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the groups and their scales."""
        names = number_names(table)
        known = dict(zip(names, _values(table, names).T, strict=True))
        ranges = {name: _range(values) for name, values in known.items() if varies(values)}
        self.declined_ = tuple(
            f"row-statistics: {name} is the same or missing in every row." for name in names if name not in ranges
        )
        self.groups_ = [_scaled(group, known, ranges) for group in _groups(ranges)]
        made = [_statistics(group, table) for group in self.groups_]
        self.wanted_ = [tuple(s for s, values in found.items() if varies(values)) for found in made]
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the statistics beside it."""
        added: dict[str, Any] = {}
        for group, wanted in zip(self.groups_, self.wanted_, strict=True):
            made = _statistics(group, table)
            added.update({f"{group.name}.{statistic}": made[statistic] for statistic in wanted})
        return put_together(table, added)


def _values(table: pd.DataFrame, names: "list[str] | tuple[str, ...]") -> "Array":
    values = finite_numbers(table, names)
    return np.where(np.abs(values) < HUGE, values, np.nan)


def _range(values: "Array") -> "Range":
    filled = values[~np.isnan(values)]
    return float(filled.min()), float(filled.max()), bool((filled == np.rint(filled)).all())


def _groups(ranges: "Mapping[str, Range]") -> list[tuple[str, ...]]:
    """Groups of like columns, the widest first; each column is in one at most."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for name in ranges:
        if match := NUMBERED.fullmatch(name):
            by_name[match[1]].append(name)
    found = [group for group in by_name.values() if len(group) >= FEWEST]
    named = {name for group in found for name in group}
    by_range: list[list[str]] = []
    for name in ranges:
        if name in named or "." in name:  # names with a point are those of columns that other steps made
            continue
        home = next((group for group in by_range if _alike(ranges[group[0]], ranges[name])), None)
        if home is None:
            by_range.append([name])
        else:
            home.append(name)
    found += [group for group in by_range if len(group) >= FEWEST]
    return [tuple(group) for group in sorted(found, key=len, reverse=True)[:GROUPS]]


def _alike(one: "Range", other: "Range") -> bool:
    """Whether two ranges are nearly the same."""
    leeway = NEARLY * max(one[1] - one[0], other[1] - other[0])
    return one[2] == other[2] and abs(one[0] - other[0]) <= leeway and abs(one[1] - other[1]) <= leeway


def _scaled(columns: tuple[str, ...], known: "Mapping[str, Array]", ranges: "Mapping[str, Range]") -> _Group:
    """The group with the scale of each column; as it stands where all are on one scale already."""
    low, middle, high = np.array([np.nanquantile(known[name], [0.25, 0.5, 0.75]) for name in columns]).T
    spread = np.where(high > low, high - low, [ranges[name][1] - ranges[name][0] for name in columns])
    near = spread.max() <= WIDER * spread.min() and np.ptp(middle) <= spread.max()
    if near or all(_alike(ranges[columns[0]], ranges[name]) for name in columns):
        middle, spread = np.zeros(len(columns)), np.ones(len(columns))
    return _Group(columns, middle, spread)


def _statistics(group: _Group, table: pd.DataFrame) -> "dict[str, Array]":
    """All statistics of the rows (rows,), by name; those of values are missing where the row has none."""
    raw = _values(table, group.columns)
    known = ~np.isnan(raw)
    counts = known.sum(axis=1).astype(np.float64)
    there = np.where(counts > 0, counts, np.nan)
    with np.errstate(over="ignore"):
        values = np.clip((raw - group.middle) / group.spread, -HUGE, HUGE)
    mean = np.where(known, values, 0.0).sum(axis=1) / there
    from_mean = np.where(known, values - mean[:, None], 0.0)
    low = np.where(counts > 0, np.where(known, values, np.inf).min(axis=1), np.nan)
    peaks = np.where(known, values, -np.inf)
    high = np.where(counts > 0, peaks.max(axis=1), np.nan)
    return {
        "missing": len(group.columns) - counts,
        "zeros": (raw == 0).sum(axis=1).astype(np.float64),
        "mean": mean,
        "std": np.sqrt((from_mean**2).sum(axis=1) / there),
        "min": low,
        "max": high,
        "range": high - low,
        "peak": np.where(counts > 0, peaks.argmax(axis=1) + 1.0, np.nan),
    }
