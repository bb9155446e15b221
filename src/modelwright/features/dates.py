"""Dates as numbers: calendar parts, cycles of day, week and year, days since 1970, days between two dates."""

from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Role
from .base import Step, date_names, put_together

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

DAY = 86_400 * 10**9  # nanoseconds
CYCLES = {"hour": 24, "weekday": 7, "month": 12}
COMPARED = 4  # date columns that are compared pair by pair, at most


class DateParts(Step):
    """Date columns become numbers with names like `seen.month`; only what varies in the rows of fit is made.

    Made are year, month, day, weekday, hour, minute, day of the year, weekend, sine and cosine of hour, weekday and
    month, days since 1970, and for two date columns the days between them. The dates themselves are dropped.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a date column."""
        return None if profile.names(Role.DATE) else "no column holds dates"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find out which parts vary."""
        self.parts_: dict[str, tuple[str, ...]] = {}
        for name in date_names(table):
            made = _parts(table[name])
            self.parts_[name] = tuple(part for part, values in made.items() if _varies(values))
        self.pairs_ = tuple(combinations([name for name, parts in self.parts_.items() if parts][:COMPARED], 2))
        self.declined_ = tuple(
            f"dates: {name} is the same date or missing in every row."
            for name, parts in self.parts_.items()
            if not parts
        )
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the parts in place of the dates."""
        added: dict[str, Array] = {}
        for name, wanted in self.parts_.items():
            if wanted:
                made = _parts(table[name])
                added.update({f"{name}.{part}": made[part] for part in wanted})
        for first, second in self.pairs_:
            added[f"{second}-{first}.days"] = _days(table[second]) - _days(table[first])
        return put_together(table, added, drop=list(self.parts_))


def _parts(values: "Series") -> "dict[str, Array]":
    """All parts of a date column as floats (rows,), NaN where the date is missing."""
    at = values.dt
    parts = {
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "weekday": at.weekday,
        "hour": at.hour,
        "minute": at.minute,
        "dayofyear": at.dayofyear,
    }
    made = {part: found.to_numpy(dtype=np.float64, na_value=np.nan) for part, found in parts.items()}
    made["weekend"] = np.where(np.isnan(made["weekday"]), np.nan, made["weekday"] >= 5)
    made["days"] = _days(values)
    for part, length in CYCLES.items():
        angle = 2 * np.pi * (made[part] + (made["minute"] / 60 if part == "hour" else 0)) / length
        made[f"{part}_sin"], made[f"{part}_cos"] = np.sin(angle), np.cos(angle)
    return made


def _days(values: "Series") -> "Array":
    """Days since 1970 as floats (rows,)."""
    stamps = values.to_numpy(dtype="datetime64[ns]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / DAY)


def _varies(values: "Array") -> bool:
    filled = values[~np.isnan(values)]
    return bool(len(filled)) and bool((abs(filled - filled[0]) > 1e-9).any())
