"""Forecasts: whether rows are moments of series whose continuation is asked for, and which columns name a series.

Told from the tables: a time, columns with which it names nearly every row once, a regular step within each series, and
rows wanted that come after the training rows. Covered: one series, and panels of up to three key columns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from . import dates
from .prose import Prose

ONCE = 0.98  # share of rows that time and keys must name once
REGULAR = 0.8  # share of the steps within series that must be the usual one
LATER = 0.98  # share of the rows wanted that must come after the training rows
KNOWN = 0.95  # share of the rows wanted whose key must be known
SHORTEST = 5  # rows of a series, on average
LEAST = 20  # rows
MOST_KEYS = 8  # columns that are tried as keys
ROWS = 200_000  # looked at
COUNTS_TIME = re.compile(r"(?:^|_)(?:week|wk|month|period|quarter|year|day|hour|t|step|time|date|round|season)(?:_|$)")
FORECAST = re.compile(
    r"\b(?:forecast\w*|time series|nowcast\w*|(?:next|following|coming|upcoming) (?:\w+ )?(?:hours?|days?|weeks?|"
    r"months?|quarters?|years?)|in the future|horizon|ahead)\b"
)
UNITS = ((365, 366, "YS", "year"), (90, 92, "QS", "quarter"), (28, 31, "MS", "month"))  # days from, to, alias, word
SPANS = (
    (7 * 86_400, "W", "week"),
    (86_400, "D", "day"),
    (3_600, "h", "hour"),
    (60, "min", "minute"),
    (1, "s", "second"),
)


@dataclass(frozen=True)
class Series:
    """What continues: the time, the columns that name a series, the usual step, and how far ahead is asked."""

    time: str
    keys: tuple[str, ...]
    step: str  # as pandas writes it ("D", "15min", "MS"); "1" where time is a whole number
    horizon: int  # steps from the end of the training rows to the last row wanted
    because: str
    confidence: float


def find_series(
    train: pd.DataFrame, test: pd.DataFrame | None, time: str | None, features: Sequence[str], prose: Prose
) -> Series | None:
    """The series that the rows wanted continue; None where they continue none.

    Args:
        train: training rows.
        test: rows wanted.
        time: the column found to order the rows; None: a whole number named like a time may do.
        features: columns that both tables have, targets and the id left out.
        prose: the description.
    """
    if test is None or len(train) < LEAST or not len(test):
        return None
    names = [time] if time else [c for c in features if train[c].dtype.kind in "iu" and COUNTS_TIME.search(c.lower())]
    for name in names:
        found = _continued(name, train, test, [c for c in features if c != name], prose)
        if found is not None:
            return found
    return None


def _continued(
    time: str, train: pd.DataFrame, test: pd.DataFrame, others: Sequence[str], prose: Prose
) -> Series | None:
    known, asked = read_times(time, train[time]), read_times(time, test[time])
    if known.isna().mean() > 1 - ONCE or asked.isna().any() or not (asked > known.max()).mean() >= LATER:
        return None
    for keys in _keys(known, train, test, others):
        step = _step(known, train, keys)
        if step is None:
            continue
        alias, word, length = step
        ahead = round(float((asked.max() - known.max()) / length))
        count = int(train.groupby(list(keys)).ngroups) if keys else 1
        whose = f"{count} series named by {', '.join(keys)}" if keys else "one series"
        said = any(FORECAST.search(s.plain) for s in prose.sentences)
        because = (
            f"{time!r} orders {whose}, a row each {word}, and the rows wanted continue them for {ahead} "
            f"step{'s' if ahead != 1 else ''}"
        )
        ordered = tuple(c for c in train.columns if c in keys)
        return Series(time, ordered, alias, max(1, ahead), because, 0.95 if said else 0.8)
    return None


def read_times(name: str, values: pd.Series) -> "pd.Series[float]":
    """Times in seconds, or as the whole numbers they are; NaN where there is none."""
    if values.dtype.kind in "iuf" and not dates.looks_like_epoch(name, values):
        return values.astype(float)
    how = dates.EPOCH if dates.looks_like_epoch(name, values) else dates.find_format(values) or dates.ISO
    moments = dates.read_dates(values, how)
    return moments.astype("int64").where(moments.notna()).astype(float) / 1e9


def _keys(
    known: "pd.Series[float]", train: pd.DataFrame, test: pd.DataFrame, others: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Sets of columns with which the time names nearly every row once, the smallest first."""
    if _once(known, train, ()):
        yield ()
        return
    able = [c for c in others if _may_be_key(known, train[c], test[c])]
    able.sort(key=lambda c: -train[c].nunique())
    for size in (1, 2, 3):
        found = [keys for keys in combinations(able[:MOST_KEYS], size) if _once(known, train, keys)]
        # the most even panel first: every series has about the same rows
        yield from sorted(found, key=lambda keys: float(train.groupby(list(keys), observed=True).size().std() or 0.0))
        if found:
            return


def _may_be_key(known: "pd.Series[float]", values: pd.Series, asked: pd.Series) -> bool:
    """Whether a column names things: several values, each in several rows, known in train, and no part of the time."""
    if values.dtype.kind == "f" and bool((values.dropna() % 1 != 0).any()):
        return False
    distinct = values.nunique()
    if distinct < 2 or len(values) < SHORTEST * distinct or values.isna().any():
        return False
    if not asked.isin(values.unique()).mean() >= KNOWN:
        return False
    at_once = values.groupby(known.to_numpy()).nunique()
    return bool((at_once > 1).mean() > 0.5)


def _once(known: "pd.Series[float]", train: pd.DataFrame, keys: Sequence[str]) -> bool:
    named = train[list(keys)].assign(**{"": known.to_numpy()})
    series = train.groupby(list(keys), observed=True).ngroups if keys else 1
    return len(train) >= SHORTEST * series and float(named.duplicated().mean()) <= 1 - ONCE


def _step(known: "pd.Series[float]", train: pd.DataFrame, keys: Sequence[str]) -> tuple[str, str, float] | None:
    """The usual step within a series: as pandas writes it, in words, its length; None where there is none."""
    table = train[list(keys)].assign(**{"": known.to_numpy()}).dropna(subset=[""]).head(ROWS)
    table = table.sort_values([*keys, ""])
    steps = np.diff(table[""].to_numpy())
    if keys:
        names = pd.factorize(pd.MultiIndex.from_frame(table[list(keys)]))[0]
        steps = steps[np.diff(names) == 0]
    steps = steps[steps > 0]
    if len(steps) < 2:
        return None
    if train[known.name].dtype.kind in "iuf" and not dates.looks_like_epoch(str(known.name), train[known.name]):
        usual = float(pd.Series(steps).mode().iloc[0])
        return ("1", f"{usual:g} of {known.name}", usual) if (steps == usual).mean() >= REGULAR else None
    days = steps / 86_400
    for low, high, alias, word in UNITS:
        if ((days >= low) & (days <= high)).mean() >= REGULAR:
            return alias, word, float(steps.mean())
    usual = float(pd.Series(steps).mode().iloc[0])
    if (steps == usual).mean() < REGULAR:
        return None
    size, alias, word = next((s for s in SPANS if usual % s[0] == 0), SPANS[-1])
    times = round(usual / size)
    return (alias, word, usual) if times == 1 else (f"{times}{alias}", f"{times} {word}s", usual)
