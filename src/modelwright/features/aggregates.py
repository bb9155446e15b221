"""Several rows of another table for each row of the problem: counted, averaged, their first and last, in few columns.

All is read off running totals of the other table, sorted by key and time: what a row may count is a stretch at the
beginning of its key's rows, the whole of it where the rows have no time. So a row is served by a few look-ups, however
long its history is, and what counts never depends on which other rows are asked about.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..joins import Keys, assemble
from .base import Step, date_names, is_category, put_together

if TYPE_CHECKING:
    from ..interfaces import Array, Related
    from ..records.problem import Problem, Relation
    from ..records.profile import Profile

    Series = pd.Series[Any]

NUMBERS, CATEGORIES, DATES = 8, 6, 3  # columns of the other table that are aggregated, at most
SHARES = 4  # commonest categories whose shares are taken
MODES = 50  # a column of more categories has no most common value worth a column
MOST = 1 + NUMBERS * 6 + CATEGORIES * (2 + SHARES) + DATES * 3 + 1  # columns made of one table, at most: 95
DAY = 86_400 * 10**9  # nanoseconds
TIMES = re.compile(r"date|time|day|when|stamp", re.IGNORECASE)


@dataclass
class _Plan:
    """What was learned of the other table: which of its columns are aggregated, and the constants that takes."""

    order: str | None = None  # column with the time of its rows
    end: float = 0.0  # its latest time, in days (or in its own unit)
    centres: dict[str, float] = field(default_factory=dict)  # of number columns; near it squares lose no digits
    tops: dict[str, list[str]] = field(default_factory=dict)  # of category columns, the commonest first
    modes: dict[str, list[str]] = field(default_factory=dict)  # categories that may be the most common one
    dates: list[str] = field(default_factory=list)


class Aggregates(Step):
    """What the rows of another table say of the row they belong to; one step for each such table.

    Made are the number of rows; of at most 8 number columns mean, sum, smallest, largest, standard deviation and last
    value; of at most 6 category columns the number of different ones, the most common one and the shares of the 4
    commonest; of at most 3 dates the days since the last, since the first and between them, and the mean gap between
    rows: 95 columns at most, named like `orders.count` and `orders.mean(price)`.

    Where both tables have a time, only rows earlier than the row's own time count. Those of the same moment do not:
    where times are days, the rest of the day lies in the future, and where they are exact, the other row is likely a
    part of the very event that is asked about. A row whose key is not in the other table has a count of 0 and gaps;
    where the key or the time of the row is missing, the count is a gap too.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    def __init__(self, relation: str = "") -> None:
        self.relation = relation
        self._related: Related | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: not the tables, which a bundle keeps beside its models."""
        return {name: value for name, value in vars(self).items() if name != "_related"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """As it was pickled; `bind` follows."""
        vars(self).update(state, _related=None)

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when another table has several rows for one row of the problem."""
        return None if any(r.many for r in problem.relations) else "no other table has several rows for one row"

    def bind(self, related: "Related") -> None:
        """Take the tables to read from."""
        self._related = related

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Choose the columns of the other table."""
        self.plan_: _Plan | None = None
        found = self._found()
        if found is None or self._related is None:
            self.declined_ = (f"aggregates: there is no table {self.relation!r} with several rows for one row.",)
            return self
        other = assemble(found, self._related.read)
        self.plan_, left_out = _choose(other, found)
        listed = ", ".join(left_out[:8])
        self.declined_ = (f"aggregates: {listed} of {found.table} left out, to keep few columns.",) if left_out else ()
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the aggregates."""
        found = self._found()
        if self.plan_ is None:
            return table
        if found is None or self._related is None:
            raise RuntimeError(f"the step aggregates({self.relation}) was handed no tables: call bind first.")
        rows = self._related.rows.loc[table.index]
        return put_together(table, _aggregate(rows, assemble(found, self._related.read), found, self.plan_))

    def _found(self) -> "Relation | None":
        relations = self._related.relations if self._related is not None else ()
        return next((r for r in relations if r.many and r.name == self.relation), None)


# --- what is aggregated -----------------------------------------------------------------------------------------------


def _choose(other: pd.DataFrame, relation: "Relation") -> tuple[_Plan, list[str]]:
    """The plan, and the columns there was no place for."""
    keys = {theirs for _, theirs in relation.keys}
    order = relation.time[1] if relation.time else _time_of(other, keys)
    plan = _Plan(order=order)
    if order is not None and not other[order].isna().all():
        plan.end = float(np.nanmax(_moments(other[order])))
    left_out: list[str] = []
    for name in other.columns:
        if name in keys or name == order or other[name].nunique() < 2:
            continue
        if is_category(other[name]):
            _add_category(plan, name, other[name], left_out)
        elif other[name].dtype.kind in "iufb" and not _names_rows(other[name], name):
            if len(plan.centres) < NUMBERS:
                values = _floats(other[name])
                plan.centres[name] = float(values[~np.isnan(values)].mean()) if not np.isnan(values).all() else 0.0
            else:
                left_out.append(name)
    others = [name for name in date_names(other) if name not in keys and name != order and other[name].notna().any()]
    plan.dates = [*([order] if order is not None else []), *others][:DATES]
    return plan, [*left_out, *[name for name in others if name not in plan.dates]]


def _add_category(plan: _Plan, name: str, column: "Series", left_out: list[str]) -> None:
    if len(plan.tops) == CATEGORIES:
        left_out.append(name)
        return
    counts = column.value_counts()
    commonest = [str(value) for value in counts.index[counts.to_numpy() > 0]]
    plan.tops[name] = commonest[:SHARES] if len(commonest) <= MODES else []
    if len(commonest) <= MODES:
        plan.modes[name] = sorted(commonest)


def _time_of(other: pd.DataFrame, keys: set[str]) -> str | None:
    """The date column that orders the rows: one that is named so, with the most different values."""
    names = [name for name in date_names(other) if name not in keys and other[name].notna().any()]
    return max(names, key=lambda c: (bool(TIMES.search(c)), other[c].nunique()), default=None)


def _names_rows(column: "Series", name: str) -> bool:
    """Whether a column of whole numbers numbers the rows."""
    return column.dtype.kind in "iu" and column.is_unique and bool(re.search(r"(?i)(?:^|_)id$|id$|^index$|key$", name))


def _floats(column: "Series") -> "Array":
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _moments(column: "Series") -> "Array":
    """Times as days since 1970, or numbers as they are (rows,); NaN where missing."""
    if column.dtype.kind != "M":
        return _floats(column)
    stamps = column.to_numpy(dtype="datetime64[ns]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / DAY)


# --- aggregation ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Stretches:
    """The other table's rows sorted by key and time, and the stretch of them that each row may count."""

    order: "Array"  # positions in the other table of its rows, sorted
    codes: "Array"  # their keys
    start: "Array"  # (rows,) first of the stretch
    last: "Array"  # (rows,) last of the stretch; start - 1 where it is empty
    known: "Array"  # (rows,) whether key and time of the row are there

    @property
    def count(self) -> "Array":
        """Rows of each stretch (rows,)."""
        return (self.last - self.start + 1).astype(np.float64)

    def at(self, running: "Array") -> "Array":
        """A running total at the end of each stretch, as floats (rows,); NaN for an empty one."""
        empty = self.last < self.start
        if not len(running):
            return np.full(len(empty), np.nan)
        return np.where(empty, np.nan, running[np.where(empty, 0, self.last)])

    def total(self, values: "Array") -> "Array":
        """Sum over each stretch, with the rounding errors of its own key only."""
        return self.at(pd.Series(values).groupby(self.codes, sort=False).cumsum().to_numpy())

    def latest(self, which: "Array") -> "Array":
        """Position of the last of the sorted rows for which `which` holds, in each stretch (rows,); -1 for none."""
        found = self.at(np.maximum.accumulate(np.where(which, np.arange(len(which)), -1)))
        found = np.where(np.isnan(found), -1, found).astype(np.int64)
        return np.where(found >= self.start, found, -1)


def _stretches(rows: pd.DataFrame, other: pd.DataFrame, relation: "Relation", order: str | None) -> _Stretches:
    keys, codes = Keys.of(other, [theirs for _, theirs in relation.keys])
    mine = keys.find(rows, [ours for ours, _ in relation.keys])
    missing = rows[[ours for ours, _ in relation.keys]].isna().any(axis=1).to_numpy()
    there = codes >= 0
    times = _sortable(other[order]) if order is not None else np.zeros(len(other), dtype=np.int64)
    if relation.time is not None:
        there &= other[relation.time[1]].notna().to_numpy()  # nobody knows whether it was earlier
    chosen = np.flatnonzero(there)
    sorted_ = chosen[np.lexsort((times[chosen], codes[chosen]))]
    codes, times = codes[sorted_], times[sorted_]
    first = np.searchsorted(codes, np.arange(keys.size + 1))
    at = np.maximum(mine, 0)
    start = first[at] if keys.size else np.zeros(len(rows), dtype=np.int64)
    if relation.time is None:
        stop = first[at + 1] if keys.size else start
    else:
        own = rows[relation.time[0]]
        missing |= own.isna().to_numpy()
        stop = start + _earlier(codes, times, at, _sortable(own), start)
    unknown = missing | (mine < 0)
    return _Stretches(sorted_, codes, start, np.where(unknown, start, stop) - 1, ~missing)


def _earlier(codes: "Array", times: "Array", mine: "Array", own: "Array", start: "Array") -> "Array":
    """How many of the key's sorted rows are earlier than the row (rows,)."""
    moments = np.unique(times)
    width = len(moments) + 1
    places = codes * width + np.searchsorted(moments, times)
    found: Array = np.searchsorted(places, mine * width + np.searchsorted(moments, own)) - start
    return found


def _sortable(column: "Series") -> "Array":
    """Times that sort exactly; missing ones first."""
    if column.dtype.kind == "M":
        return column.to_numpy(dtype="datetime64[ns]").astype(np.int64)
    values = _floats(column)
    return np.where(np.isnan(values), -np.inf, values)


def _aggregate(rows: pd.DataFrame, other: pd.DataFrame, relation: "Relation", plan: _Plan) -> dict[str, Any]:
    stretches = _stretches(rows, other, relation, plan.order)
    name = relation.name
    made: dict[str, Any] = {f"{name}.count": np.where(stretches.known, stretches.count, np.nan)}
    for column, centre in plan.centres.items():
        values = _floats(other[column])[stretches.order]
        made.update({f"{name}.{what}({column})": v for what, v in _numbers(values, centre, stretches).items()})
    for column in plan.tops:
        found = _categories(other[column], column, plan, stretches)
        made.update({f"{name}.{what}": v for what, v in found.items()})
    now = _moments(rows[relation.time[0]]) if relation.time else np.full(len(rows), plan.end)
    for column in plan.dates:
        values = _moments(other[column])[stretches.order]
        spans = _dates(values, now, stretches)
        if column == plan.order:
            with np.errstate(divide="ignore", invalid="ignore"):
                gap = spans["days-between"] / (stretches.count - 1)
            made[f"{name}.gap({column})"] = np.where(stretches.count > 1, gap, np.nan)
        made.update({f"{name}.{what}({column})": v for what, v in spans.items()})
    return made


def _numbers(values: "Array", centre: float, stretches: _Stretches) -> "dict[str, Array]":
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    n, total = stretches.total(known.astype(np.float64)), stretches.total(filled)
    n = np.where(n > 0, n, np.nan)
    squares = stretches.total(np.where(known, (filled - centre) ** 2, 0.0))
    off = total - n * centre
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n > 1, (squares - off**2 / n) / (n - 1), np.nan)
    place = stretches.latest(known)
    last = np.where(place >= 0, values[place] if len(values) else np.nan, np.nan)
    low, high = _extremes(values, known, stretches)
    none = stretches.known & np.isnan(n)
    return {
        "mean": total / n,
        "sum": np.where(none, 0.0, total),
        "min": np.where(np.isnan(n), np.nan, low),
        "max": np.where(np.isnan(n), np.nan, high),
        "std": np.sqrt(np.maximum(variance, 0.0)),
        "last": last,
    }


def _extremes(values: "Array", known: "Array", stretches: _Stretches) -> "tuple[Array, Array]":
    low = pd.Series(np.where(known, values, np.inf)).groupby(stretches.codes, sort=False).cummin()
    high = pd.Series(np.where(known, values, -np.inf)).groupby(stretches.codes, sort=False).cummax()
    return stretches.at(low.to_numpy()), stretches.at(high.to_numpy())


def _categories(column: "Series", name: str, plan: _Plan, stretches: _Stretches) -> "dict[str, Array | pd.Categorical]":
    """Number of distinct ones, the most common one, and shares of the commonest."""
    codes = column.cat.codes.to_numpy().astype(np.int64)[stretches.order]
    names = [str(value) for value in column.cat.categories]
    known = codes >= 0
    pairs = pd.Series(np.where(known, stretches.codes * max(1, len(names)) + codes, -1))
    first = known & ~pairs.duplicated().to_numpy()
    distinct = stretches.total(first.astype(np.float64))
    distinct = np.where(stretches.known & np.isnan(distinct), 0.0, distinct)
    made: dict[str, Array | pd.Categorical] = {f"distinct({name})": distinct}
    if name not in plan.modes:
        return made
    made[f"most-common({name})"] = _most_common(codes, names, pairs, plan.modes[name], stretches)
    n = stretches.total(known.astype(np.float64))
    n = np.where(n > 0, n, np.nan)
    for top in plan.tops[name]:
        is_top = codes == (names.index(top) if top in names else -2)
        made[f"share({name}={top})"] = stretches.total(is_top.astype(np.float64)) / n
    return made


def _most_common(
    codes: "Array", names: list[str], pairs: "Series", modes: list[str], stretches: _Stretches
) -> pd.Categorical:
    """The commonest category of each stretch; of several, the one that came last.

    The running count of a category equals the highest running count of its key whenever the category is (one of) the
    commonest so far, so the last row for which it does holds the answer.
    """
    known = codes >= 0
    runs = np.where(known, pairs.groupby(pairs, sort=False).cumcount().to_numpy() + 1, 0)
    highest = pd.Series(runs).groupby(stretches.codes, sort=False).cummax().to_numpy()
    place = stretches.latest(known & (runs == highest))
    translation = np.append(pd.Index(modes).get_indexer(pd.Index(names, dtype=object)), -1)  # the last serves -1
    found = np.where(place >= 0, codes[place] if len(codes) else -1, -1)
    return pd.Categorical.from_codes(translation[found], dtype=pd.CategoricalDtype(pd.Index(modes, dtype=object)))  # type: ignore[arg-type]


def _dates(values: "Array", now: "Array", stretches: _Stretches) -> "dict[str, Array]":
    known = ~np.isnan(values)
    low, high = _extremes(values, known, stretches)
    low, high = (np.where(np.isfinite(found), found, np.nan) for found in (low, high))
    return {"days-since-last": now - high, "days-since-first": now - low, "days-between": high - low}
