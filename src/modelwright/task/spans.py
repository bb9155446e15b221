"""The time of the rows: from when to when, in which steps, whether they stand in its order, and where the test lies."""

import numpy as np
import pandas as pd

from ..records.problem import Problem
from ..records.profile import Column, Role, TimeSpan
from . import dates

STEPS = ((1, "second"), (60, "minute"), (3600, "hour"), (86_400, "day"), (604_800, "week"), (31_557_600, "year"))


def span(
    columns: tuple[Column, ...], train: pd.DataFrame, test: pd.DataFrame | None, problem: Problem
) -> TimeSpan | None:
    """The span of the column that orders the rows: the problem's own, else the only date named like a row's time."""
    name = problem.time if problem.time in train.columns else _orders(columns)
    if name is None:
        return None
    known = _times(name, train)
    asked = _times(name, test) if test is not None and name in test.columns else known.iloc[:0]
    if known.notna().sum() < 2:
        return None
    there = known.dropna()
    return TimeSpan(
        column=name,
        first=_moment(there.min()),
        last=_moment(there.max()),
        test_first=_moment(asked.min()) if asked.notna().any() else None,
        test_last=_moment(asked.max()) if asked.notna().any() else None,
        step=_step(there),
        ordered=bool(there.is_monotonic_increasing),
    )


def _orders(columns: tuple[Column, ...]) -> str | None:
    found = [c.name for c in columns if c.role is Role.DATE and dates.orders_rows(c.name)]
    return found[0] if len(found) == 1 else None


def _times(name: str, table: pd.DataFrame) -> "pd.Series[pd.Timestamp] | pd.Series[float]":
    """Dates, or the numbers of a column that counts time."""
    values = table[name]
    if values.dtype.kind in "iuf" and not dates.looks_like_epoch(name, values):
        return values.astype("float64")
    how = dates.EPOCH if values.dtype.kind in "iuf" else dates.find_format(values) or dates.ISO
    return dates.read_dates(values, how)


def _moment(value: object) -> str:
    """A time in words: the day alone where the time of day is midnight."""
    if isinstance(value, pd.Timestamp):
        return str(value.date() if value == value.normalize() else value)
    return f"{value:g}"


def _step(times: "pd.Series[pd.Timestamp] | pd.Series[float]") -> str:
    """The usual distance between one time and the next, in words; "" where all rows have the same."""
    distinct = np.unique(times.to_numpy())
    if len(distinct) < 2:
        return ""
    gaps = np.diff(distinct)
    if gaps.dtype.kind != "m":
        return f"{np.median(gaps):g}"
    seconds = float(np.median(gaps) / np.timedelta64(1, "s"))
    if 28 * 86_400 <= seconds <= 31 * 86_400:
        return "1 month"
    if 89 * 86_400 <= seconds <= 92 * 86_400:
        return "3 months"
    length, unit = next(((s, u) for s, u in reversed(STEPS) if seconds >= 0.99 * s), STEPS[0])
    count = seconds / length
    return f"{count:.3g} {unit}" + ("" if f"{count:.3g}" == "1" else "s")
